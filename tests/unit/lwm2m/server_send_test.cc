// Send. Ids (IR-*, QM-*) are those of docs/conformance.md.
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/lwm2m/server_fixture.h"

namespace lwm2m {
namespace {

class ServerSendTest : public ServerFixture {
 protected:
  CoapRequest Sending(const std::string& payload) {
    CoapRequest request = Uplink(Method::kPost, {"dp"});
    request.payload = {ContentFormat::kSenmlJson, payload};
    return request;
  }
  std::vector<std::string> Senders() const {
    std::vector<std::string> senders;
    for (const auto& [endpoint, payload] : listener_.sendings) senders.push_back(endpoint);
    return senders;
  }
};

TEST_F(ServerSendTest, IsHandedOverAndAnswered) {  // IR-11
  Register("one", "1.1");
  EXPECT_EQ(Request(UdpPeer(1), Sending("x")), Code::kChanged);
  ASSERT_EQ(listener_.sendings.size(), 1u);
  EXPECT_EQ(listener_.sendings[0], std::make_pair(std::string("one"), std::string("x")));
  EXPECT_EQ(server_->counters().sends, 1u);
}

TEST_F(ServerSendTest, IsAnsweredAsTheListenerSays) {
  Register("one", "1.1");
  for (const Code code : {Code::kBadRequest, Code::kNotFound, Code::kUnsupportedContentFormat,
                          Code::kServiceUnavailable}) {
    listener_.send_answer = code;
    EXPECT_EQ(Request(UdpPeer(1), Sending("x")), code);
  }
  EXPECT_EQ(server_->counters().sends, 0u);
  EXPECT_EQ(server_->counters().bad_requests, 4u);
}

TEST_F(ServerSendTest, IsRefusedFromWhoIsNotRegistered) {  // IR-12
  Register("one", "1.1");
  EXPECT_EQ(Request(UdpPeer(2), Sending("x")), Code::kNotFound);
  EXPECT_EQ(Request(DtlsPeer(1, "key"), Sending("x")), Code::kNotFound);
  EXPECT_TRUE(listener_.sendings.empty());
}

TEST_F(ServerSendTest, IsRefusedWhileTheRegisterWaits) {  // GEN-10
  listener_.answer_at_once = false;
  Request(UdpPeer(1), RegisterRequest("one", "1.1"));
  EXPECT_EQ(Request(UdpPeer(1), Sending("x")), Code::kNotFound);
}

TEST_F(ServerSendTest, IsRefusedAfterTheRegistrationEnded) {
  const std::string handle = Register("one", "1.1");
  Request(UdpPeer(1), Uplink(Method::kDelete, {"rd", handle}));
  EXPECT_EQ(Request(UdpPeer(1), Sending("x")), Code::kNotFound);
}

TEST_F(ServerSendTest, IsDeliveredOnceWhenItComesTwice) {  // GEN-13
  Register("one", "1.1");
  const CoapRequest request = Sending("x");
  EXPECT_EQ(Request(UdpPeer(1), request), Code::kChanged);
  EXPECT_EQ(Request(UdpPeer(1), request), Code::kChanged);
  EXPECT_EQ(listener_.sendings.size(), 1u);
  EXPECT_EQ(server_->counters().duplicates, 1u);
}

TEST_F(ServerSendTest, FollowsAClientToItsNewAddress) {
  const std::string handle = Register("one", "1.1");
  Request(UdpPeer(9), Uplink(Method::kPost, {"rd", handle}));
  EXPECT_EQ(Request(UdpPeer(9), Sending("x")), Code::kChanged);
  EXPECT_EQ(Request(UdpPeer(1), Sending("x")), Code::kNotFound);
}

TEST_F(ServerSendTest, IsMatchedByTheIdentityWithSecurity) {  // IR-17
  Request(DtlsPeer(1, "key"), RegisterRequest("one", "1.1"));
  EXPECT_EQ(Request(DtlsPeer(2, "key"), Sending("x")), Code::kChanged);
  // What is sent to it goes where it is now.
  EXPECT_EQ(server_->Find("one")->peer, DtlsPeer(2, "key"));
  EXPECT_EQ(Request(DtlsPeer(1, "other"), Sending("x")), Code::kNotFound);
  Peer certificate = DtlsPeer(1, "key");  // the same text, proved by somebody else
  certificate.security = SecurityMode::kCertificate;
  EXPECT_EQ(Request(certificate, Sending("x")), Code::kNotFound);
  EXPECT_EQ(Request(UdpPeer(1), Sending("x")), Code::kNotFound);
}

TEST_F(ServerSendTest, IsMatchedByTheAddressAmongEndpointsOfOneIdentity) {
  Request(DtlsPeer(1, "group"), RegisterRequest("one", "1.1"));
  Request(DtlsPeer(2, "group"), RegisterRequest("two", "1.1"));
  Request(DtlsPeer(2, "group"), Sending("x"));
  Request(DtlsPeer(1, "group"), Sending("x"));
  EXPECT_EQ(Senders(), (std::vector<std::string>{"two", "one"}));
  EXPECT_EQ(Request(DtlsPeer(3, "group"), Sending("x")), Code::kNotFound);
}

TEST_F(ServerSendTest, IsOfTheEndpointHeardLastWhereSeveralShareAnAddress) {
  Register("one", "1.1");
  Advance(Seconds(1));
  Register("two", "1.1");
  Request(UdpPeer(1), Sending("x"));
  EXPECT_EQ(Senders(), std::vector<std::string>{"two"});
}

TEST_F(ServerSendTest, WakesAQueueModeClientAfterItsAnswer) {  // QM-3, QM-8
  Request(UdpPeer(1), RegisterRequest("one", "1.1", "3600", "Q"));
  Advance(Seconds(100));
  Submit("one", Make(OperationKind::kRead, Path(3, 0)));
  transport_.log.clear();
  Request(UdpPeer(1), Sending("x"));
  EXPECT_EQ(transport_.log, (std::vector<std::string>{"respond 2.04", "send"}));
  EXPECT_TRUE(server_->IsAwake("one", now_ + Seconds(92)));
}

}  // namespace
}  // namespace lwm2m
