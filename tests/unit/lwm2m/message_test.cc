#include "lwm2m/message.h"

#include <gtest/gtest.h>

#include <unordered_set>

namespace lwm2m {
namespace {

TEST(CodeTest, PrintsClassAndTwoDigitsOfDetail) {
  EXPECT_EQ(ToString(Code::kEmpty), "0.00");
  EXPECT_EQ(ToString(Code::kContent), "2.05");
  EXPECT_EQ(ToString(Code::kContinue), "2.31");
  EXPECT_EQ(ToString(Code::kUnsupportedContentFormat), "4.15");
  EXPECT_EQ(ToString(Code{0xff}), "7.31");
}

TEST(CodeTest, OnlyClassTwoIsSuccess) {
  EXPECT_TRUE(IsSuccess(Code::kChanged));
  EXPECT_FALSE(IsSuccess(Code::kEmpty));
  EXPECT_FALSE(IsSuccess(Code::kNotFound));
  EXPECT_FALSE(IsSuccess(Code::kServiceUnavailable));
}

TEST(PeerTest, HashFollowsEveryMember) {
  const Peer peer{Peer::Transport::kUdp, "192.0.2.1:5683", "192.0.2.9:5683", "id", {}};
  std::unordered_set<std::size_t> hashes;
  const std::hash<Peer> hash;
  Peer other = peer;
  EXPECT_EQ(hash(other), hash(peer));
  hashes.insert(hash(peer));
  other.transport = Peer::Transport::kDtls;
  hashes.insert(hash(other));
  other = peer;
  other.address = "192.0.2.2:5683";
  hashes.insert(hash(other));
  other = peer;
  std::swap(other.address, other.local);
  hashes.insert(hash(other));
  other = peer;
  other.identity.clear();
  hashes.insert(hash(other));
  EXPECT_EQ(hashes.size(), 5u);
}

}  // namespace
}  // namespace lwm2m
