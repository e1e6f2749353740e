// Observations that fall silent. Ids (IR-*, ATT-*) are those of docs/conformance.md.
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/lwm2m/server_fixture.h"

namespace lwm2m {
namespace {

class ServerRenewalTest : public ServerFixture {
 protected:
  std::string RegisterForLong(const std::string& more = "b=U") {
    Request(UdpPeer(1), RegisterRequest("one", "1.1", "0", more, "</>;ct=11542,</3303/0>"));
    return server_->Find("one")->handle;
  }
  void WritePeriod(Path path, std::uint32_t maximum, Code answer = Code::kChanged) {
    Operation write = Make(OperationKind::kWriteAttributes, path);
    write.attributes.maximum_period = maximum;
    Submit("one", write);
    Respond(answer);
  }
};

TEST_F(ServerRenewalTest, ObservesAgainAfterSilenceBeyondPmaxAndAMargin) {  // IR-7
  RegisterForLong();
  WritePeriod(Path(3303, 0), 60);
  const std::string token = Observe("one", Path(3303, 0));
  const std::size_t sent = transport_.sent.size();
  Advance(Seconds(100));
  Notify(token, 2, "1");
  Advance(Seconds(152));
  EXPECT_EQ(transport_.sent.size(), sent);
  Advance(Seconds(1));
  ASSERT_EQ(transport_.sent.size(), sent + 1);
  EXPECT_EQ(Last().request.observe, 0u);
  EXPECT_EQ(Last().request.path, (std::vector<std::string>{"3303", "0"}));
  EXPECT_EQ(Last().request.token, token);
  EXPECT_EQ(Last().request.accept, ContentFormat::kTlv);
  EXPECT_EQ(server_->counters().silent_observations, 1u);

  // What it answers is what it would have notified.
  Respond(Code::kContent, "the value now", 1);
  EXPECT_EQ(DeliveredValues(), (std::vector<std::string>{"1", "the value now"}));
  EXPECT_EQ(server_->observation_count(), 1u);
  Notify(token, 2, "and the next");
  EXPECT_EQ(DeliveredValues().back(), "and the next");
}

TEST_F(ServerRenewalTest, TakesADayForAnObservationWithoutPmax) {  // RFC 7641 §4.5, IR-8
  RegisterForLong();
  WritePeriod(Path(3303, 0), 60, Code::kBadRequest);  // refused: it does not hold
  Observe("one", Path(3303, 0));
  const std::size_t sent = transport_.sent.size();
  Advance(Seconds(86400 + 92));
  EXPECT_EQ(transport_.sent.size(), sent);
  Advance(Seconds(1));
  EXPECT_EQ(transport_.sent.size(), sent + 1);
}

TEST_F(ServerRenewalTest, TakesTheNearestPmax) {  // ATT-2, ATT-4
  RegisterForLong();
  WritePeriod(Path(3303), 1000);
  WritePeriod(Path(3303, 0), 60);
  WritePeriod(Path(3304), 10);
  Observe("one", Path(3303, 0, 5700));
  EXPECT_EQ(server_->Observations("one")[0].maximum_period, Seconds(60));
  WritePeriod(Path(3303, 0, 5700), 20);
  EXPECT_EQ(server_->Observations("one")[0].maximum_period, Seconds(20));
  Operation unset = Make(OperationKind::kWriteAttributes, Path(3303, 0, 5700));
  unset.attributes.unset = {"pmax"};
  Submit("one", unset);
  Respond(Code::kChanged);
  EXPECT_EQ(server_->Observations("one")[0].maximum_period, Seconds(60));
}

TEST_F(ServerRenewalTest, TriesOnceAPeriod) {
  RegisterForLong();
  WritePeriod(Path(3303, 0), 60);
  Observe("one", Path(3303, 0));
  const std::size_t sent = transport_.sent.size();
  Advance(Seconds(153));
  server_->OnFailure(Last().peer, Last().request.token, Failure::kTimedOut, now_);
  Advance(Seconds(152));
  EXPECT_EQ(transport_.sent.size(), sent + 1);
  EXPECT_EQ(server_->observation_count(), 1u);
  Advance(Seconds(1));
  EXPECT_EQ(transport_.sent.size(), sent + 2);
}

TEST_F(ServerRenewalTest, WakesNobody) {  // QM-2
  const std::string handle = RegisterForLong("Q");
  WritePeriod(Path(3303, 0), 60);
  Observe("one", Path(3303, 0));
  const std::size_t sent = transport_.sent.size();
  for (int minute = 0; minute < 10; ++minute) Advance(Seconds(60));
  EXPECT_EQ(transport_.sent.size(), sent);
  Request(UdpPeer(1), Uplink(Method::kPost, {"rd", handle}));
  EXPECT_EQ(transport_.sent.size(), sent + 1);
  Respond(Code::kContent, "1", 1);
  EXPECT_EQ(transport_.sent.size(), sent + 1);  // once, however long it slept
}

TEST_F(ServerRenewalTest, SpreadsTheRenewalsOfAFleet) {
  ServerOptions options;
  options.renewals_per_second = 2;
  Create(options);
  for (int number = 0; number < 5; ++number) {
    Registration registration;
    registration.endpoint = "e" + std::to_string(number);
    registration.handle = registration.endpoint;
    registration.peer = UdpPeer(number);
    registration.lifetime = Seconds(0);
    server_->Restore(registration, now_);
    Observation observation{registration.endpoint, Path(3, 0), "token" + std::to_string(number),
                            std::nullopt};
    observation.maximum_period = Seconds(7);  // as stored before the restart
    server_->Restore(observation);
  }
  Advance(Seconds(99));
  EXPECT_TRUE(transport_.sent.empty());
  Advance(Seconds(1));
  EXPECT_EQ(transport_.sent.size(), 2u);
  Advance(Seconds(1));
  EXPECT_EQ(transport_.sent.size(), 4u);
  Advance(Seconds(1));
  EXPECT_EQ(transport_.sent.size(), 5u);
}

TEST_F(ServerRenewalTest, EndsWithTheRegistration) {
  Request(UdpPeer(1), RegisterRequest("one", "1.1", "100000"));
  Observe("one", Path(3, 0));
  Advance(Seconds(86400 + 93));
  Register("one", "1.1");  // its renewal was under way
  EXPECT_EQ(server_->observation_count(), 0u);
  EXPECT_EQ(server_->Tick(now_), now_ + Seconds(300));
}

}  // namespace
}  // namespace lwm2m
