#include <gtest/gtest.h>

#include "tests/unit/lwm2m/server_fixture.h"

namespace lwm2m {
namespace {

class AdmissionServerTest : public ServerFixture {
 protected:
  void Bound(double per_second, double burst) {
    ServerOptions options;
    options.admission.each = {per_second, burst};
    Create(options);
  }
  const CoapResponse& LastAnswer() const { return transport_.answers.at(exchange_).back(); }
};

TEST_F(AdmissionServerTest, AFloodOfOneEndpointIsAnswered503WithMaxAgeAndOthersAreServed) {
  Bound(1, 3);
  const std::string handle = Register("flood");
  EXPECT_EQ(Request(UdpPeer(1), Uplink(Method::kPost, {"rd", handle})), Code::kChanged);
  EXPECT_EQ(Request(UdpPeer(1), Uplink(Method::kPost, {"rd", handle})), Code::kChanged);
  EXPECT_EQ(Request(UdpPeer(1), Uplink(Method::kPost, {"rd", handle})), Code::kServiceUnavailable);
  EXPECT_GE(LastAnswer().max_age.value_or(0), 1u);
  EXPECT_EQ(Request(UdpPeer(2), RegisterRequest("flood")), Code::kServiceUnavailable)
      << "the same, from elsewhere";
  EXPECT_EQ(Request(UdpPeer(3), RegisterRequest("other")), Code::kCreated);
  EXPECT_EQ(server_->counters().not_admitted[0], 2u);
  EXPECT_NE(server_->Find("flood"), nullptr) << "a refusal changes nothing";
  now_ += Seconds(2);
  EXPECT_EQ(Request(UdpPeer(1), Uplink(Method::kPost, {"rd", handle})), Code::kChanged);
}

TEST_F(AdmissionServerTest, ARetransmissionIsNotChargedAndGetsTheSameAnswer) {
  Bound(1, 2);
  const CoapRequest first = RegisterRequest("device");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Request(UdpPeer(1), first), Code::kCreated);
  EXPECT_EQ(Request(UdpPeer(1), RegisterRequest("device")), Code::kCreated);
  const CoapRequest refused = RegisterRequest("device");
  EXPECT_EQ(Request(UdpPeer(1), refused), Code::kServiceUnavailable);
  const auto max_age = LastAnswer().max_age;
  now_ += Seconds(2);
  EXPECT_EQ(Request(UdpPeer(1), refused), Code::kServiceUnavailable);
  EXPECT_EQ(LastAnswer().max_age, max_age);
}

TEST_F(AdmissionServerTest, AnIdentityHasABucketForEachEndpointThatItSpeaksFor) {
  Bound(1, 1);
  EXPECT_EQ(Request(DtlsPeer(1, "gateway"), RegisterRequest("a")), Code::kCreated);
  EXPECT_EQ(Request(DtlsPeer(1, "gateway"), RegisterRequest("b")), Code::kCreated);
  EXPECT_EQ(Request(DtlsPeer(2, "gateway"), RegisterRequest("a")), Code::kServiceUnavailable);
  const CoapRequest unnamed = Uplink(Method::kPost, {"rd"}, {"lwm2m=1.1", "lt=300"}, "</1/0>");
  EXPECT_EQ(Request(DtlsPeer(3, "meter"), unnamed), Code::kCreated);
  EXPECT_EQ(Request(DtlsPeer(3, "meter"), RegisterRequest("meter")), Code::kServiceUnavailable);
}

TEST_F(AdmissionServerTest, ADeregisterIsNeverRefused) {
  Bound(1, 1);
  const std::string handle = Register("device");
  EXPECT_EQ(Request(UdpPeer(1), Uplink(Method::kPost, {"rd", handle})), Code::kServiceUnavailable);
  EXPECT_EQ(Request(UdpPeer(1), Uplink(Method::kDelete, {"rd", handle})), Code::kDeleted);
}

TEST_F(AdmissionServerTest, ANotificationIsNeverRefused) {
  Bound(1, 1);
  Register("device");
  const std::string token = Observe("device", Path{3303, 0, 5700});
  for (std::uint32_t i = 2; i < 20; ++i) {
    EXPECT_EQ(Notify(token, i, "21"), Server::Reception::kAccepted);
  }
}

TEST_F(AdmissionServerTest, WhileTheTransportIsBehindOnlyRegistersWait) {
  ServerOptions options;
  options.admission.behind_for = Seconds(10);
  Create(options);
  const std::string handle = Register("device");
  transport_.behind = Seconds(11);
  EXPECT_EQ(Request(UdpPeer(2), RegisterRequest("other")), Code::kServiceUnavailable);
  EXPECT_GE(LastAnswer().max_age.value_or(0), 30u);
  EXPECT_EQ(Request(UdpPeer(1), Uplink(Method::kPost, {"rd", handle})), Code::kChanged);
  transport_.behind = {};
  EXPECT_EQ(Request(UdpPeer(2), RegisterRequest("other")), Code::kCreated);
}

}  // namespace
}  // namespace lwm2m
