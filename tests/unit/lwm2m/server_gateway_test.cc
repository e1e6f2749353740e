// Devices behind an LwM2M Gateway. (LwM2M Gateway 1.1 §6)
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/lwm2m/server_fixture.h"

namespace lwm2m {
namespace {

class ServerGatewayTest : public ServerFixture {
 protected:
  static EndDevice Device(const std::string& name, const std::string& prefix = "/d01",
                          const std::string& objects = "</3303/0>") {
    EndDevice device{name, *ParseObjectList(objects)};
    device.objects.root_path = prefix;
    return device;
  }
  std::string RegisterGateway(const std::string& more = "") {
    return Register("gateway", "1.1", more, "</3/0>,</25/0>");
  }
  Result<void> Attach(EndDevice device) {
    return server_->RegisterEndDevice("gateway", std::move(device), now_);
  }
};

TEST_F(ServerGatewayTest, RegistersADeviceAsAnEndpointOfItsOwn) {
  RegisterGateway();
  ASSERT_TRUE(Attach(Device("sensor")));
  const Registration* const sensor = server_->Find("sensor");
  ASSERT_NE(sensor, nullptr);
  EXPECT_EQ(sensor->gateway, "gateway");
  EXPECT_EQ(sensor->peer, server_->Find("gateway")->peer);
  EXPECT_EQ(sensor->version, "1.1");
  EXPECT_EQ(listener_.events, (std::vector<std::string>{"register gateway", "register sensor"}));
  EXPECT_EQ(server_->EndDevicesOf("gateway").size(), 1u);
  EXPECT_TRUE(server_->EndDevicesOf("sensor").empty());
}

TEST_F(ServerGatewayTest, AsksADeviceBelowItsPrefix) {
  RegisterGateway();
  Attach(Device("sensor"));
  Submit("sensor", Make(OperationKind::kRead, Path(3303, 0, 5700)));
  EXPECT_EQ(Last().request.path, (std::vector<std::string>{"d01", "3303", "0", "5700"}));
  EXPECT_EQ(Last().peer, UdpPeer(1));
  Respond(Code::kContent, "21.5");
  EXPECT_EQ(outcomes_[0]->response()->payload.octets, "21.5");
}

TEST_F(ServerGatewayTest, DropsADeviceThatTheListenerRefuses) {
  RegisterGateway();
  listener_.answer_at_once = false;
  Attach(Device("sensor"));
  EXPECT_FALSE(Attach(Device("sensor")));  // it registers now
  server_->Answer(listener_.registers.back().ticket, Code::kForbidden, now_);
  EXPECT_EQ(server_->Find("sensor"), nullptr);
  EXPECT_TRUE(transport_.answers.size() == 1u);  // the gateway's Register only
}

TEST_F(ServerGatewayTest, KnowsWhatIsSaidAgain) {
  RegisterGateway();
  Attach(Device("sensor"));
  ASSERT_TRUE(Attach(Device("sensor")));
  EXPECT_EQ(listener_.registers.size(), 2u);
  EXPECT_TRUE(listener_.updates.empty());
  ASSERT_TRUE(Attach(Device("sensor", "/d07", "</3303/0>,</3304/0>")));
  ASSERT_EQ(listener_.updates.size(), 1u);
  EXPECT_EQ(server_->Find("sensor")->objects->root_path, "/d07");
  EXPECT_TRUE(server_->Find("sensor")->objects->Has(Path(3304, 0)));
}

TEST_F(ServerGatewayTest, LetsAGatewayTakeNobodyElsesName) {
  Request(UdpPeer(2), RegisterRequest("meter", "1.0"));
  RegisterGateway();
  EXPECT_EQ(Attach(Device("meter")).error().kind, ErrorKind::kNotAllowed);
  EXPECT_EQ(Attach(Device("gateway")).error().kind, ErrorKind::kNotAllowed);
  EXPECT_EQ(server_->RegisterEndDevice("nobody", Device("x"), now_).error().kind,
            ErrorKind::kNotFound);
  Request(UdpPeer(3), RegisterRequest("other", "1.1", "300", "", "</25/0>"));
  Attach(Device("sensor"));
  EXPECT_EQ(server_->RegisterEndDevice("other", Device("sensor"), now_).error().kind,
            ErrorKind::kNotAllowed);
}

TEST_F(ServerGatewayTest, ADeviceThatRegistersByItselfIsNotBehindTheGatewayAnyMore) {
  RegisterGateway();
  Attach(Device("sensor"));
  EXPECT_EQ(Request(UdpPeer(5), RegisterRequest("sensor")), Code::kCreated);
  EXPECT_EQ(server_->Find("sensor")->gateway, "");
  EXPECT_TRUE(server_->EndDevicesOf("gateway").empty());
}

TEST_F(ServerGatewayTest, DevicesDeregisterWithTheirGateway) {
  const std::string handle = RegisterGateway();
  Attach(Device("sensor"));
  EXPECT_EQ(Request(UdpPeer(1), Uplink(Method::kDelete, {"rd", handle})), Code::kDeleted);
  EXPECT_EQ(server_->registration_count(), 0u);
  ASSERT_EQ(listener_.deregisters.size(), 2u);
}

TEST_F(ServerGatewayTest, DevicesExpireWithTheirGatewayAndNotBefore) {
  const std::string handle = RegisterGateway();
  Attach(Device("sensor"));
  Advance(Seconds(200));
  Request(UdpPeer(1), Uplink(Method::kPost, {"rd", handle}));
  Advance(Seconds(200));
  EXPECT_NE(server_->Find("sensor"), nullptr);
  Advance(Seconds(200));
  EXPECT_EQ(server_->registration_count(), 0u);
  EXPECT_EQ(listener_.events[3], "expired sensor");
  EXPECT_EQ(listener_.events[4], "expired gateway");
}

TEST_F(ServerGatewayTest, ADeviceThatIsGoneDeregisters) {
  RegisterGateway();
  Attach(Device("sensor"));
  server_->DeregisterEndDevice("sensor", now_);
  EXPECT_EQ(server_->Find("sensor"), nullptr);
  server_->DeregisterEndDevice("gateway", now_);  // is behind nobody
  EXPECT_NE(server_->Find("gateway"), nullptr);
  EXPECT_EQ(listener_.events.back(), "deregister sensor");
}

TEST_F(ServerGatewayTest, TakesNotificationsOfADeviceFromItsGateway) {
  RegisterGateway();
  Attach(Device("sensor"));
  const std::string token = Observe("sensor", Path(3303, 0));
  EXPECT_EQ(Notify(token, 2, "21"), Server::Reception::kAccepted);
  ASSERT_EQ(listener_.notifications.size(), 1u);
  EXPECT_EQ(listener_.notifications[0].observation.endpoint, "sensor");
  EXPECT_EQ(NotifyFrom(UdpPeer(9), token, 3, "22"), Server::Reception::kNotStored);
}

TEST_F(ServerGatewayTest, FollowsTheGatewayToItsNewAddress) {
  const std::string handle = RegisterGateway();
  Attach(Device("sensor"));
  Request(UdpPeer(9), Uplink(Method::kPost, {"rd", handle}));
  Submit("sensor", Make(OperationKind::kRead, Path(3303, 0)));
  EXPECT_EQ(Last().peer, UdpPeer(9));
}

TEST_F(ServerGatewayTest, HoldsWhatIsForADeviceWhileItsGatewaySleeps) {  // QM-2
  const std::string handle = RegisterGateway("Q");
  Attach(Device("sensor"));
  Advance(Seconds(100));
  EXPECT_FALSE(server_->IsAwake("sensor", now_));
  Submit("sensor", Make(OperationKind::kRead, Path(3303, 0)));
  EXPECT_TRUE(transport_.sent.empty());
  Request(UdpPeer(1), Uplink(Method::kPost, {"rd", handle}));
  ASSERT_EQ(transport_.sent.size(), 1u);
  EXPECT_EQ(Last().request.path.front(), "d01");
}

TEST_F(ServerGatewayTest, RegistersDevicesAnewAfterTheGateway) {
  RegisterGateway();
  Attach(Device("sensor"));
  const std::string token = Observe("sensor", Path(3303, 0));
  RegisterGateway();
  EXPECT_NE(server_->Find("sensor"), nullptr);  // until it is known whether it is still there
  ASSERT_TRUE(Attach(Device("sensor")));
  ASSERT_TRUE(listener_.registers.back().replaced.has_value());
  EXPECT_TRUE(server_->Observations("sensor").empty());
  EXPECT_EQ(Notify(token, 2, "21"), Server::Reception::kUnknown);
}

TEST_F(ServerGatewayTest, EndsDevicesWhoseGatewayIsRefusedAnew) {
  RegisterGateway();
  Attach(Device("sensor"));
  listener_.answer_at_once = false;
  Request(UdpPeer(1), RegisterRequest("gateway", "1.1", "300", "", "</25/0>"));
  server_->Answer(listener_.registers.back().ticket, Code::kForbidden, now_);
  EXPECT_EQ(server_->registration_count(), 0u);
  EXPECT_EQ(listener_.events.back(), "expired sensor");
}

TEST_F(ServerGatewayTest, EndsADeviceWhoseGatewayLeftWhileItWasJudged) {
  const std::string handle = RegisterGateway();
  listener_.answer_at_once = false;
  Attach(Device("sensor"));
  const Ticket ticket = listener_.registers.back().ticket;
  Request(UdpPeer(1), Uplink(Method::kDelete, {"rd", handle}));
  server_->Answer(ticket, Code::kCreated, now_);
  EXPECT_EQ(server_->Find("sensor"), nullptr);
  EXPECT_EQ(listener_.events.back(), "expired sensor");
}

TEST_F(ServerGatewayTest, IsThereAgainAfterARestart) {
  RegisterGateway();
  Attach(Device("sensor"));
  const Registration gateway = *server_->Find("gateway");
  const Registration sensor = *server_->Find("sensor");
  Create(ServerOptions{});
  server_->Restore(sensor, now_);
  server_->Restore(gateway, now_);
  listener_.registers.clear();
  ASSERT_TRUE(Attach(Device("sensor")));
  EXPECT_TRUE(listener_.registers.empty());
  Submit("sensor", Make(OperationKind::kRead, Path(3303, 0)));
  EXPECT_EQ(Last().request.path.front(), "d01");
}

}  // namespace
}  // namespace lwm2m
