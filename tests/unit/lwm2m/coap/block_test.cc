#include "lwm2m/coap/block.h"

#include <gtest/gtest.h>

#include <string>

namespace lwm2m {
namespace {

using Outcome = BlockAssembly::Outcome;

TEST(BlockTest, EncodesTheShortestForm) {  // RFC 7959 §2.2
  EXPECT_EQ(EncodeBlock({0, false, 2}), std::string("\x02", 1));
  EXPECT_EQ(EncodeBlock({0, true, 6}), std::string("\x0e", 1));
  EXPECT_EQ(EncodeBlock({15, false, 6}), std::string("\xf6", 1));
  EXPECT_EQ(EncodeBlock({16, false, 6}), std::string("\x01\x06", 2));
  EXPECT_EQ(EncodeBlock({4096, true, 0}), std::string("\x01\x00\x08", 3));
}

TEST(BlockTest, ReadsWhatItWrites) {
  for (const std::uint32_t number : {0u, 1u, 15u, 16u, 4095u, 4096u, 1048575u}) {
    for (unsigned exponent = 0; exponent <= Block::kLargestExponent; ++exponent) {
      for (const bool more : {false, true}) {
        const Block block{number, more, exponent};
        EXPECT_EQ(ParseBlock(EncodeBlock(block)), block);
      }
    }
  }
}

TEST(BlockTest, ReadsAnEmptyValueAsTheFirstBlockOf16) {
  EXPECT_EQ(ParseBlock(""), (Block{0, false, 0}));
}

TEST(BlockTest, RefusesTheReservedSizeAndFourOctets) {  // BLK-4
  EXPECT_EQ(ParseBlock("\x07"), std::nullopt);
  EXPECT_EQ(ParseBlock(std::string(4, '\x01')), std::nullopt);
}

class BlockAssemblyTest : public ::testing::Test {
 protected:
  BlockAssembly::Taken Take(std::uint32_t number, bool more, const std::string& payload,
                            const std::string& endpoint = "one") {
    CoapRequest request;
    request.method = Method::kPost;
    request.path = {"rd"};
    request.queries = {"ep=" + endpoint};
    request.payload.octets = payload;
    request.token = std::to_string(++token_);  // some clients use another one per block
    return assembly_.Take(Peer{}, request, Block{number, more, 0}, now_);
  }
  BlockAssembly assembly_{BlockAssembly::Bounds{48, 96, 3}};
  TimePoint now_{};
  int token_ = 0;
  const std::string a_ = std::string(16, 'a');
  const std::string b_ = std::string(16, 'b');
};

TEST_F(BlockAssemblyTest, PutsBlocksTogether) {  // BLK-3
  EXPECT_EQ(Take(0, true, a_).outcome, Outcome::kContinue);
  EXPECT_EQ(Take(1, true, b_).outcome, Outcome::kContinue);
  const auto last = Take(2, false, "c");
  EXPECT_EQ(last.outcome, Outcome::kComplete);
  EXPECT_EQ(last.body, a_ + b_ + "c");
}

TEST_F(BlockAssemblyTest, TakesEveryBlockTwiceWithTheSameOutcome) {
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Take(0, true, a_).outcome, Outcome::kContinue);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Take(1, true, b_).outcome, Outcome::kContinue);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Take(2, false, "c").body, a_ + b_ + "c");
  EXPECT_EQ(assembly_.octets(), 33u);
}

TEST_F(BlockAssemblyTest, KeepsWhatCameAfterALateDuplicate) {  // GEN-13
  Take(0, true, a_);
  Take(1, true, b_);
  EXPECT_EQ(Take(0, true, a_).outcome, Outcome::kContinue);
  EXPECT_EQ(Take(2, false, "c").body, a_ + b_ + "c");
  EXPECT_EQ(Take(1, true, b_).outcome, Outcome::kContinue);
  EXPECT_EQ(Take(2, false, "c").body, a_ + b_ + "c");
  EXPECT_EQ(assembly_.octets(), 33u);
}

TEST_F(BlockAssemblyTest, TakesALongerAndAShorterBodyThatBeginAlike) {
  Take(0, true, a_);
  Take(1, false, b_);
  EXPECT_EQ(Take(2, false, "c").outcome, Outcome::kIncomplete);
  Take(0, true, a_);
  EXPECT_EQ(Take(1, true, b_).outcome, Outcome::kContinue);
  EXPECT_EQ(Take(2, false, "c").body, a_ + b_ + "c");
  Take(0, true, a_);
  EXPECT_EQ(Take(1, false, "b").body, a_ + "b");
  EXPECT_EQ(assembly_.octets(), 17u);
}

TEST_F(BlockAssemblyTest, RefusesAGap) {
  EXPECT_EQ(Take(1, true, b_).outcome, Outcome::kIncomplete);
  Take(0, true, a_);
  EXPECT_EQ(Take(2, false, "c").outcome, Outcome::kIncomplete);
}

TEST_F(BlockAssemblyTest, RefusesAWrongSize) {
  EXPECT_EQ(Take(0, true, "short").outcome, Outcome::kMalformed);
  EXPECT_EQ(Take(0, false, a_ + "long").outcome, Outcome::kMalformed);
}

TEST_F(BlockAssemblyTest, BeginsAgainWithTheFirstBlock) {
  Take(0, true, a_);
  Take(1, false, "old");
  EXPECT_EQ(Take(0, true, a_).outcome, Outcome::kContinue);
  EXPECT_EQ(Take(1, false, "new").body, a_ + "new");
  EXPECT_EQ(Take(2, false, "more").outcome, Outcome::kIncomplete);
}

TEST_F(BlockAssemblyTest, KeepsTransfersApart) {
  Take(0, true, a_, "one");
  Take(0, true, b_, "two");
  EXPECT_EQ(Take(1, false, "1", "one").body, a_ + "1");
  EXPECT_EQ(Take(1, false, "2", "two").body, b_ + "2");
}

TEST_F(BlockAssemblyTest, BoundsABody) {
  Take(0, true, a_);
  Take(1, true, a_);
  EXPECT_EQ(Take(2, true, a_).outcome, Outcome::kContinue);
  EXPECT_EQ(Take(3, false, "x").outcome, Outcome::kTooLarge);
  EXPECT_EQ(assembly_.octets(), 0u);
}

TEST_F(BlockAssemblyTest, GivesUpTheOldestWhenFull) {
  for (const char* endpoint : {"one", "two", "three", "four"}) Take(0, true, a_, endpoint);
  EXPECT_EQ(assembly_.octets(), 48u);
  EXPECT_EQ(Take(1, false, "x", "one").outcome, Outcome::kIncomplete);
  EXPECT_EQ(Take(1, false, "x", "four").outcome, Outcome::kComplete);
}

TEST_F(BlockAssemblyTest, ForgetsAfterExchangeLifetime) {
  Take(0, true, a_);
  now_ += Seconds(247);
  assembly_.Expire(now_);
  EXPECT_EQ(Take(1, false, "x").outcome, Outcome::kIncomplete);
}

}  // namespace
}  // namespace lwm2m
