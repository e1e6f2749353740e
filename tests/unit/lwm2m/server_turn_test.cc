// Notifications of one turn of the transport, which are stored together.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lwm2m/server.h"
#include "tests/unit/lwm2m/server_fixture.h"

namespace lwm2m {
namespace {

using Reception = Server::Reception;
using Values = std::vector<std::string>;

class ServerTurnTest : public ServerFixture {};

TEST_F(ServerTurnTest, WhatComesWithinATurnIsPendingUntilItsEnd) {
  Register("one");
  const std::string token = Observe("one", Path(3, 0, 9));
  server_->BeginTurn();
  EXPECT_EQ(Notify(token, 2, "1"), Reception::kPending);
  EXPECT_EQ(Notify(token, 3, "2"), Reception::kPending);
  EXPECT_EQ(Notify("unknown", 2, "1"), Reception::kUnknown);
  EXPECT_TRUE(server_->EndTurn());
  EXPECT_EQ(DeliveredValues(), (Values{"1", "2"}));
  EXPECT_EQ(Notify(token, 4, "3"), Reception::kAccepted);
}

TEST_F(ServerTurnTest, ADuplicateWithinTheTurnWaitsForTheSameEnd) {
  Register("one");
  const std::string token = Observe("one", Path(3, 0, 9));
  server_->BeginTurn();
  EXPECT_EQ(Notify(token, 2, "1", 4711), Reception::kPending);
  EXPECT_EQ(Notify(token, 2, "1", 4711), Reception::kPending);
  EXPECT_TRUE(server_->EndTurn());
  EXPECT_EQ(Notify(token, 2, "1", 4711), Reception::kAccepted);
  EXPECT_EQ(DeliveredValues(), Values{"1"});
}

TEST_F(ServerTurnTest, WhatCouldNotBeStoredIsTakenWhenItComesAgain) {
  Register("one");
  const std::string token = Observe("one", Path(3, 0, 9));
  listener_.stores_turn = false;
  server_->BeginTurn();
  EXPECT_EQ(Notify(token, 2, "1", 4711), Reception::kPending);
  EXPECT_EQ(Notify(token, 3, "2", 4712), Reception::kPending);
  EXPECT_FALSE(server_->EndTurn());
  listener_.stores_turn = true;
  server_->BeginTurn();
  EXPECT_EQ(Notify(token, 2, "1", 4711), Reception::kPending);  // neither a duplicate nor stale
  EXPECT_EQ(Notify(token, 3, "2", 4712), Reception::kPending);
  EXPECT_TRUE(server_->EndTurn());
  EXPECT_EQ(DeliveredValues(), (Values{"1", "2", "1", "2"}));
}

TEST_F(ServerTurnTest, ALastValueIsStoredAtOnceWithWhatCameBeforeIt) {  // RFC 7641 §3.2
  Register("one");
  const std::string token = Observe("one", Path(3, 0, 9));
  CoapResponse last;
  last.token = token;
  last.payload.octets = "2";
  server_->BeginTurn();
  EXPECT_EQ(Notify(token, 2, "1"), Reception::kPending);
  EXPECT_EQ(server_->OnResponse(UdpPeer(1), last, now_), Reception::kAccepted);
  EXPECT_EQ(server_->observation_count(), 0u);
  EXPECT_TRUE(server_->EndTurn());
  EXPECT_EQ(DeliveredValues(), (Values{"1", "2"}));
}

TEST_F(ServerTurnTest, ATurnFailsWhenWhatCameBeforeALastValueWasNotStored) {
  Register("one");
  const std::string token = Observe("one", Path(3, 0, 9));
  CoapResponse last;
  last.token = token;
  listener_.stores_turn = false;
  server_->BeginTurn();
  EXPECT_EQ(Notify(token, 2, "1"), Reception::kPending);
  server_->OnResponse(UdpPeer(1), last, now_);
  listener_.stores_turn = true;
  EXPECT_FALSE(server_->EndTurn());
}

}  // namespace
}  // namespace lwm2m
