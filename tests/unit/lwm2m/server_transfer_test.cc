// Bodies that take many messages: their progress, their end before the end, and resources that are
// no part of LwM2M.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/unit/lwm2m/server_fixture.h"

namespace lwm2m {
namespace {

class ServerTransferTest : public ServerFixture {
 protected:
  ServerTransferTest() { Request(UdpPeer(1), RegisterRequest("dev", "1.0", "86400")); }

  // A Write of many blocks; its progress goes to `progress`.
  Operation LargeWrite() {
    Operation write = Make(OperationKind::kWriteReplace, Path(5, 0, 0));
    write.payload.format = ContentFormat::kOpaque;
    write.payload.shared = std::make_shared<const std::string>(5000, 'f');
    write.progress = [this](std::size_t sent, std::size_t total) {
      progress.emplace_back(sent, total);
    };
    return write;
  }

  std::vector<std::pair<std::size_t, std::size_t>> progress;
};

TEST_F(ServerTransferTest, ProgressReachesTheOwner) {
  Submit("dev", LargeWrite());
  const CoapRequest sent = Last().request;
  ASSERT_TRUE(sent.progress);
  EXPECT_EQ(sent.payload.body().size(), 5000u);
  sent.progress(1024, 5000);
  sent.progress(2048, 5000);
  EXPECT_EQ(progress,
            (std::vector<std::pair<std::size_t, std::size_t>>{{1024, 5000}, {2048, 5000}}));
}

TEST_F(ServerTransferTest, ProgressAfterTheEndIsNothing) {
  Submit("dev", LargeWrite());
  const CoapRequest sent = Last().request;
  Respond(Code::kChanged);
  sent.progress(5000, 5000);
  EXPECT_TRUE(progress.empty());
}

// A transfer may take longer than the time in which one answer is due.
TEST_F(ServerTransferTest, LastsAsLongAsBlocksAreConfirmed) {
  ServerOptions options;
  Submit("dev", LargeWrite());
  for (int i = 0; i < 10; ++i) {
    Advance(options.answer_timeout - Seconds(1));
    Last().request.progress(1024, 5000);
  }
  EXPECT_FALSE(outcomes_[0]);
  Advance(options.answer_timeout * 2);
  Advance(options.answer_timeout * 2);
  ASSERT_TRUE(outcomes_[0]);
  EXPECT_EQ(*outcomes_[0]->failure(), Failure::kTimedOut);
}

TEST_F(ServerTransferTest, CancelEndsWhatIsUnderWay) {
  Submit("dev", LargeWrite());
  const std::string token = Last().request.token;
  Submit("dev", Make(OperationKind::kRead, Path(5, 0, 3)));
  server_->Cancel("dev", OperationKind::kWriteReplace, Path(5, 0, 0), now_);
  ASSERT_TRUE(outcomes_[0]);
  EXPECT_EQ(*outcomes_[0]->failure(), Failure::kCancelled);
  EXPECT_EQ(transport_.cancelled, std::vector<std::string>{token});
  EXPECT_EQ(Last().request.method, Method::kGet) << "the next one goes on";
}

TEST_F(ServerTransferTest, CancelEndsWhatWaits) {
  Submit("dev", Make(OperationKind::kRead, Path(5, 0, 3)));
  Submit("dev", LargeWrite());
  Submit("dev", Make(OperationKind::kExecute, Path(3, 0, 4)));
  server_->Cancel("dev", OperationKind::kWriteReplace, Path(5, 0, 0), now_);
  EXPECT_FALSE(outcomes_[0]);
  ASSERT_TRUE(outcomes_[1]);
  EXPECT_EQ(*outcomes_[1]->failure(), Failure::kCancelled);
  EXPECT_FALSE(outcomes_[2]);
  EXPECT_TRUE(transport_.cancelled.empty());
}

TEST_F(ServerTransferTest, CancelOfNothingChangesNothing) {
  Submit("dev", Make(OperationKind::kRead, Path(5, 0, 3)));
  server_->Cancel("dev", OperationKind::kRead, Path(5, 0, 5), now_);
  server_->Cancel("nobody", OperationKind::kRead, Path(5, 0, 3), now_);
  EXPECT_FALSE(outcomes_[0]);
}

class ServerResourcesTest : public ServerFixture {
 protected:
  ServerResourcesTest() {
    ServerOptions options;
    options.resources = [this](const Peer& peer,
                               const CoapRequest& request) -> std::optional<CoapResponse> {
      asked.push_back(peer);
      if (request.path != std::vector<std::string>{"fw", "a.bin"}) return std::nullopt;
      CoapResponse response;
      response.payload.shared = body;
      return response;
    };
    Create(std::move(options));
  }

  const std::shared_ptr<const std::string> body = std::make_shared<const std::string>(5000, 'f');
  std::vector<Peer> asked;
};

TEST_F(ServerResourcesTest, AnswersAGet) {
  EXPECT_EQ(Request(UdpPeer(1), Uplink(Method::kGet, {"fw", "a.bin"})), Code::kContent);
  EXPECT_EQ(transport_.answers[exchange_].back().payload.shared, body);
  EXPECT_EQ(asked.back(), UdpPeer(1));
}

// The block that a retransmission asks for is answered with the block, not with its code.
TEST_F(ServerResourcesTest, AnswersARetransmissionInFull) {
  const CoapRequest get = Uplink(Method::kGet, {"fw", "a.bin"});
  Request(UdpPeer(1), get);
  Request(UdpPeer(1), get);
  EXPECT_EQ(transport_.answers[exchange_].back().payload.shared, body);
  EXPECT_EQ(server_->counters().duplicates, 0u);
}

TEST_F(ServerResourcesTest, WhatItDoesNotKnowIsNotFound) {
  EXPECT_EQ(Request(UdpPeer(1), Uplink(Method::kGet, {"fw", "b.bin"})), Code::kNotFound);
  EXPECT_EQ(server_->counters().bad_requests, 1u);
}

TEST_F(ServerResourcesTest, OnlyAGetIsAsked) {
  EXPECT_EQ(Request(UdpPeer(1), Uplink(Method::kPut, {"fw", "a.bin"})), Code::kNotFound);
  EXPECT_TRUE(asked.empty());
}

// RFC 7252 §5.4.1
TEST_F(ServerResourcesTest, UnknownCriticalOptionIsRefusedAllTheSame) {
  CoapRequest get = Uplink(Method::kGet, {"fw", "a.bin"});
  get.unknown_critical_option = 65001;
  EXPECT_EQ(Request(UdpPeer(1), get), Code::kBadOption);
  EXPECT_TRUE(asked.empty());
}

}  // namespace
}  // namespace lwm2m
