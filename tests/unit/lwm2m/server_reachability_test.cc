// Devices that sleep or whose session is gone. Ids (QM-*) are those of docs/conformance.md.
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/lwm2m/server_fixture.h"

namespace lwm2m {
namespace {

class ServerReachabilityTest : public ServerFixture {
 protected:
  void FailLast(Failure failure) {
    server_->OnFailure(Last().peer, Last().request.token, failure, now_);
  }
  std::string RegisterSecurely(const std::string& more = "b=U") {
    Request(DtlsPeer(1, "key"), RegisterRequest("one", "1.1", "86400", more));
    return server_->Find("one")->handle;
  }
};

TEST_F(ServerReachabilityTest, HoldsWhatHasNoSessionToGoOver) {  // QM-7
  const std::string handle = RegisterSecurely();
  Submit("one", Make(OperationKind::kExecute, Path(3, 0, 4)));
  Submit("one", Make(OperationKind::kRead, Path(3, 0)));
  FailLast(Failure::kUnreachable);
  EXPECT_FALSE(outcomes_[0].has_value());
  EXPECT_FALSE(server_->IsAwake("one", now_));
  EXPECT_EQ(server_->asleep_count(now_), 1u);
  EXPECT_EQ(server_->counters().operations_held, 1u);
  Advance(Seconds(60));
  EXPECT_EQ(transport_.sent.size(), 1u);

  // A new handshake on another port, and an Update over it.
  Request(DtlsPeer(2, "key"), Uplink(Method::kPost, {"rd", handle}));
  ASSERT_EQ(transport_.sent.size(), 2u);
  EXPECT_EQ(Last().request.path, (std::vector<std::string>{"3", "0", "4"}));  // in order
  EXPECT_EQ(Last().peer, DtlsPeer(2, "key"));
  Respond(Code::kChanged);
  EXPECT_EQ(outcomes_[0]->response()->code, Code::kChanged);
  EXPECT_EQ(server_->asleep_count(now_), 0u);
}

TEST_F(ServerReachabilityTest, HoldsUntilTheDeadline) {  // QM-2
  RegisterSecurely();
  Submit("one", Make(OperationKind::kRead, Path(3, 0)), Priority::kCommand, Seconds(100));
  FailLast(Failure::kUnreachable);
  Advance(Seconds(100));
  EXPECT_EQ(*outcomes_[0]->failure(), Failure::kExpired);
}

TEST_F(ServerReachabilityTest, RepeatsAfterALostSessionOnlyWhatMayBe) {
  RegisterSecurely();
  Submit("one", Make(OperationKind::kRead, Path(3, 0)));
  FailLast(Failure::kOutcomeUnknown);
  EXPECT_FALSE(outcomes_[0].has_value());
  Request(DtlsPeer(1, "key"), RegisterRequest("one", "1.1"));
  EXPECT_EQ(Last().request.path, (std::vector<std::string>{"3", "0"}));
  Respond(Code::kContent);

  for (const OperationKind kind : {OperationKind::kExecute, OperationKind::kCreate}) {
    Submit("one", Make(kind, Path(3, 0, 4)));
    FailLast(Failure::kOutcomeUnknown);
    EXPECT_EQ(*outcomes_.back()->failure(), Failure::kOutcomeUnknown);
    EXPECT_FALSE(server_->IsAwake("one", now_));
    Request(DtlsPeer(1, "key"), Uplink(Method::kPost, {"rd", server_->Find("one")->handle}));
  }
}

TEST_F(ServerReachabilityTest, FailsOverPlainUdpAtOnce) {  // QM-6
  Register("one");
  Submit("one", Make(OperationKind::kRead, Path(3, 0)));
  FailLast(Failure::kUnreachable);
  EXPECT_EQ(*outcomes_[0]->failure(), Failure::kUnreachable);
}

TEST_F(ServerReachabilityTest, ReportsATimeOutAndClosesTheSession) {  // QM-6
  RegisterSecurely();
  Submit("one", Make(OperationKind::kRead, Path(3, 0)));
  Submit("one", Make(OperationKind::kRead, Path(1, 0)));
  FailLast(Failure::kTimedOut);
  EXPECT_EQ(*outcomes_[0]->failure(), Failure::kTimedOut);
  EXPECT_EQ(transport_.forgotten, std::vector<Peer>{DtlsPeer(1, "key")});
  EXPECT_EQ(transport_.sent.size(), 1u);  // the next waits for the device
  const Failure* const none = outcomes_[1] ? outcomes_[1]->failure() : nullptr;
  EXPECT_EQ(none, nullptr);
}

TEST_F(ServerReachabilityTest, ANotificationOverANewSessionIsWhereTheDeviceIs) {  // IR-17
  RegisterSecurely();
  const std::string token = Observe("one", Path(3, 0, 9));
  Submit("one", Make(OperationKind::kRead, Path(3, 0)));
  FailLast(Failure::kUnreachable);
  EXPECT_EQ(NotifyFrom(DtlsPeer(7, "key"), token, 2, "1"), Server::Reception::kAccepted);
  EXPECT_EQ(Last().peer, DtlsPeer(7, "key"));
  EXPECT_EQ(Last().request.path, (std::vector<std::string>{"3", "0"}));
}

TEST_F(ServerReachabilityTest, HoldsForASecureDeviceAfterARestart) {
  Registration registration;
  registration.endpoint = "one";
  registration.handle = "h";
  registration.peer = DtlsPeer(1, "key");
  server_->Restore(registration, now_);
  server_->Restore(Observation{"one", Path(3, 0, 9), "token", std::nullopt});
  Submit("one", Make(OperationKind::kRead, Path(3, 0)));
  Advance(Seconds(10));
  EXPECT_TRUE(transport_.sent.empty());
  // Its registration, its observation and its queue are there when it comes back.
  EXPECT_EQ(NotifyFrom(DtlsPeer(2, "key"), "token", 7, "1"), Server::Reception::kAccepted);
  EXPECT_EQ(transport_.sent.size(), 1u);
  EXPECT_EQ(Last().peer, DtlsPeer(2, "key"));
}

TEST_F(ServerReachabilityTest, CommandsSurviveTheRegisterAfterARestart) {
  Registration registration;
  registration.endpoint = "one";
  registration.handle = "h";
  registration.peer = DtlsPeer(1, "key");
  server_->Restore(registration, now_);
  Submit("one", Make(OperationKind::kRead, Path(3, 0)));
  Request(DtlsPeer(2, "key"), RegisterRequest("one", "1.1"));
  ASSERT_EQ(transport_.sent.size(), 1u);
  EXPECT_EQ(transport_.log, (std::vector<std::string>{"forget", "respond 2.01", "send"}));
}

TEST_F(ServerReachabilityTest, ASleepingDeviceGetsNothingAfterARestart) {  // QM-2
  Registration registration;
  registration.endpoint = "one";
  registration.handle = "h";
  registration.peer = UdpPeer(1);
  registration.queue_mode = true;
  server_->Restore(registration, now_);
  Submit("one", Make(OperationKind::kObserve, Path(3, 0)), Priority::kTelemetry);
  Advance(Seconds(10));
  EXPECT_TRUE(transport_.sent.empty());
  Request(UdpPeer(1), Uplink(Method::kPost, {"rd", "h"}));
  EXPECT_EQ(transport_.sent.size(), 1u);
}

TEST_F(ServerReachabilityTest, AShorterAwakeWindowIsKept) {  // QM-4
  ServerOptions options;
  options.awake_window = Seconds(20);
  Create(options);
  Request(UdpPeer(1), RegisterRequest("one", "1.1", "3600", "Q"));
  EXPECT_TRUE(server_->IsAwake("one", now_ + Seconds(19)));
  EXPECT_FALSE(server_->IsAwake("one", now_ + Seconds(20)));
  EXPECT_EQ(server_->asleep_count(now_ + Seconds(20)), 1u);
}

TEST_F(ServerReachabilityTest, ACancelThatIsHeldStillCancels) {  // IR-4
  RegisterSecurely();
  const std::string token = Observe("one", Path(3, 0, 9));
  Submit("one", Make(OperationKind::kCancelObserve, Path(3, 0, 9)));
  FailLast(Failure::kUnreachable);
  EXPECT_EQ(server_->observation_count(), 1u);
  Request(DtlsPeer(1, "key"), Uplink(Method::kPost, {"rd", server_->Find("one")->handle}));
  EXPECT_EQ(Last().request.token, token);
  EXPECT_EQ(Last().request.observe, 1u);
}

TEST_F(ServerReachabilityTest, TellsBeforeSomethingIsSent) {
  Request(UdpPeer(1), RegisterRequest("one", "1.1", "3600", "Q"));
  Advance(Seconds(100));
  std::size_t sent_before = 99;
  server_->Submit("one", Make(OperationKind::kExecute, Path(3, 0, 4)), Priority::kCommand,
                  now_ + Seconds(600), now_, nullptr,
                  [&] { sent_before = transport_.sent.size(); });
  Advance(Seconds(10));
  EXPECT_EQ(sent_before, 99u);
  Request(UdpPeer(1), Uplink(Method::kPost, {"rd", server_->Find("one")->handle}));
  EXPECT_EQ(sent_before, 0u);
  EXPECT_EQ(transport_.sent.size(), 1u);
}

}  // namespace
}  // namespace lwm2m
