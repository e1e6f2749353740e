#include "lwm2m/exchange_cache.h"

#include <gtest/gtest.h>

#include <string>

namespace lwm2m {
namespace {

Peer PeerAt(int number) {
  Peer peer;
  peer.address = "192.0.2.1:" + std::to_string(number);
  return peer;
}

CoapRequest RequestWith(std::uint16_t message_id, const std::string& token = "t",
                        const std::string& payload = "p") {
  CoapRequest request;
  request.method = Method::kPost;
  request.message_id = message_id;
  request.token = token;
  request.path = {"rd"};
  request.payload.octets = payload;
  return request;
}

constexpr TimePoint kStart{};

TEST(ExchangeKeyTest, TellsRequestsApart) {
  const CoapRequest request = RequestWith(1);
  EXPECT_EQ(KeyOf(request), KeyOf(RequestWith(1)));
  EXPECT_FALSE(KeyOf(request) == KeyOf(RequestWith(2)));
  EXPECT_FALSE(KeyOf(request) == KeyOf(RequestWith(1, "u")));
  EXPECT_FALSE(KeyOf(request) == KeyOf(RequestWith(1, "t", "q")));
  CoapRequest other = request;
  other.method = Method::kDelete;
  EXPECT_FALSE(KeyOf(request) == KeyOf(other));
  other = request;
  other.payload.format = ContentFormat::kLinkFormat;
  EXPECT_FALSE(KeyOf(request) == KeyOf(other));
  other = request;
  other.path = {"r", "d"};
  EXPECT_FALSE(KeyOf(request) == KeyOf(other));
  other.path = {"rd"};
  other.queries = {"lt=1"};
  EXPECT_FALSE(KeyOf(request) == KeyOf(other));
}

TEST(ExchangeCacheTest, RemembersTheAnswer) {
  ExchangeCache cache(4, 10);
  const ExchangeKey key = KeyOf(RequestWith(1));
  EXPECT_FALSE(cache.Find(PeerAt(1), key, kStart));
  cache.Begin(PeerAt(1), key, true, kStart);
  EXPECT_TRUE(cache.Find(PeerAt(1), key, kStart)->waiting);
  cache.Answer(PeerAt(1), key, {Code::kCreated, "handle"});
  const auto found = cache.Find(PeerAt(1), key, kStart + Seconds(246));
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->waiting);
  EXPECT_EQ(found->answer.code, Code::kCreated);
  EXPECT_EQ(found->answer.handle, "handle");
  EXPECT_FALSE(cache.Find(PeerAt(2), key, kStart));
  EXPECT_FALSE(cache.Find(PeerAt(1), key, kStart + Seconds(247)));
}

TEST(ExchangeCacheTest, KeepsTheLastFourOfEachPeer) {
  ExchangeCache cache(4, 10);
  for (std::uint16_t id = 1; id <= 5; ++id) {
    cache.Begin(PeerAt(1), KeyOf(RequestWith(id)), true, kStart);
  }
  EXPECT_FALSE(cache.Find(PeerAt(1), KeyOf(RequestWith(1)), kStart));
  EXPECT_TRUE(cache.Find(PeerAt(1), KeyOf(RequestWith(2)), kStart));
  cache.Answer(PeerAt(1), KeyOf(RequestWith(1)), {Code::kCreated, "too late"});
  EXPECT_FALSE(cache.Find(PeerAt(1), KeyOf(RequestWith(1)), kStart));
}

TEST(ExchangeCacheTest, IsBoundedByPeers) {
  ExchangeCache cache(4, 3);
  for (int peer = 1; peer <= 1000; ++peer) {
    cache.Begin(PeerAt(peer), KeyOf(RequestWith(1)), true, kStart);
    ASSERT_LE(cache.peer_count(), 3u);
  }
  EXPECT_TRUE(cache.Find(PeerAt(1000), KeyOf(RequestWith(1)), kStart));
}

TEST(ExchangeCacheTest, ForgetsSilentPeers) {
  ExchangeCache cache(4, 10);
  cache.Begin(PeerAt(1), KeyOf(RequestWith(1)), true, kStart);
  cache.Begin(PeerAt(2), KeyOf(RequestWith(1)), true, kStart + Seconds(100));
  cache.Expire(kStart + Seconds(247));
  EXPECT_EQ(cache.peer_count(), 1u);
  cache.Expire(kStart + Seconds(347));
  EXPECT_EQ(cache.peer_count(), 0u);
}

TEST(ExchangeCacheTest, KnowsANonConfirmableOneForNonLifetimeOnly) {  // GEN-13
  ExchangeCache cache(4, 10);
  const ExchangeKey key = KeyOf(RequestWith(1));
  cache.Begin(PeerAt(1), key, false, kStart);
  EXPECT_TRUE(cache.Find(PeerAt(1), key, kStart + Seconds(144)));
  EXPECT_FALSE(cache.Find(PeerAt(1), key, kStart + Seconds(145)));
}

TEST(ExchangeCacheTest, APeerThatProvedMoreIsAnother) {
  ExchangeCache cache(4, 10);
  Peer peer = PeerAt(1);
  cache.Begin(peer, KeyOf(RequestWith(1)), true, kStart);
  peer.other_names = {"name"};
  EXPECT_FALSE(cache.Find(peer, KeyOf(RequestWith(1)), kStart));
  peer = PeerAt(1);
  peer.security = SecurityMode::kPsk;
  EXPECT_FALSE(cache.Find(peer, KeyOf(RequestWith(1)), kStart));
}

// As many exchanges as 60,000 Updates a second are: what is kept depends on the peers alone.
TEST(ExchangeCacheTest, KeepsNoMoreOfPeersThatAreHeardOften) {
  ExchangeCache cache(4, 100);
  TimePoint now = kStart;
  for (int round = 0; round < 200; ++round) {
    now += Seconds(1);
    cache.Expire(now);
    for (int number = 0; number < 50; ++number) {
      const ExchangeKey key = KeyOf(RequestWith(static_cast<std::uint16_t>(round)));
      ASSERT_FALSE(cache.Find(PeerAt(number), key, now));
      cache.Begin(PeerAt(number), key, true, now);
      cache.Answer(PeerAt(number), key, {Code::kCreated, std::to_string(round)});
    }
  }
  EXPECT_EQ(cache.peer_count(), 50u);
  for (std::uint16_t round = 196; round < 200; ++round) {
    EXPECT_EQ(cache.Find(PeerAt(7), KeyOf(RequestWith(round)), now)->answer.handle,
              std::to_string(round));
  }
  cache.Expire(now + Seconds(247));
  EXPECT_EQ(cache.peer_count(), 0u);
}

TEST(ExchangeCacheTest, ThePeerThatIsSilentForTheLongestGivesWay) {
  ExchangeCache cache(4, 2);
  cache.Begin(PeerAt(1), KeyOf(RequestWith(1)), true, kStart);
  cache.Begin(PeerAt(2), KeyOf(RequestWith(1)), true, kStart + Seconds(1));
  cache.Begin(PeerAt(1), KeyOf(RequestWith(2)), true, kStart + Seconds(2));
  cache.Begin(PeerAt(3), KeyOf(RequestWith(1)), true, kStart + Seconds(3));
  EXPECT_TRUE(cache.Find(PeerAt(1), KeyOf(RequestWith(1)), kStart + Seconds(3)));
  EXPECT_FALSE(cache.Find(PeerAt(2), KeyOf(RequestWith(1)), kStart + Seconds(3)));
  EXPECT_TRUE(cache.Find(PeerAt(3), KeyOf(RequestWith(1)), kStart + Seconds(3)));
}

}  // namespace
}  // namespace lwm2m
