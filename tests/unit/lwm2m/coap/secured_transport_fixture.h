// A CoapTransport with secured listeners, and a handler that writes down what comes.
#ifndef TESTS_UNIT_LWM2M_COAP_SECURED_TRANSPORT_FIXTURE_H_
#define TESTS_UNIT_LWM2M_COAP_SECURED_TRANSPORT_FIXTURE_H_

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lwm2m/coap/coap_transport.h"
#include "tests/support/coap_datagram.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/test_certificates.h"
#include "tests/support/tls_client.h"

namespace tests {

class FakeCredentials : public lwm2m::CredentialSource {
 public:
  std::optional<lwm2m::Credential> Find(lwm2m::SecurityMode mode,
                                        std::string_view identity) override {
    const auto found = known.find({mode, std::string(identity)});
    if (found == known.end()) return std::nullopt;
    return found->second;
  }
  void AddPsk(const std::string& identity, const std::string& key) {
    known[{lwm2m::SecurityMode::kPsk, identity}] = {lwm2m::SecurityMode::kPsk, identity, "", key};
  }
  void AddRaw(const std::string& identity) {
    known[{lwm2m::SecurityMode::kRawPublicKey, identity}] = {lwm2m::SecurityMode::kRawPublicKey,
                                                             identity, "", ""};
  }
  std::map<std::pair<lwm2m::SecurityMode, std::string>, lwm2m::Credential> known;
};

// Answers every request at once and takes every notification.
class FakeHandler : public lwm2m::MessageHandler {
 public:
  struct Received {
    lwm2m::Peer peer;
    lwm2m::CoapRequest request;
  };
  struct Answered {
    lwm2m::Peer peer;
    lwm2m::CoapResponse response;
  };
  void OnRequest(lwm2m::ExchangeId exchange, const lwm2m::Peer& peer,
                 const lwm2m::CoapRequest& request, lwm2m::TimePoint) override {
    requests.push_back({peer, request});
    exchanges.push_back(exchange);
    if (answer) transport->Respond(exchange, *answer);
  }
  Reception OnResponse(const lwm2m::Peer& peer, const lwm2m::CoapResponse& response,
                       lwm2m::TimePoint) override {
    responses.push_back({peer, response});
    return reception;
  }
  void OnFailure(const lwm2m::Peer&, const std::string& token, lwm2m::Failure failure,
                 lwm2m::TimePoint) override {
    failures.emplace_back(token, failure);
  }
  std::optional<lwm2m::CoapRequest> RequestOfObservation(const lwm2m::Peer&,
                                                         const std::string&) const override {
    return observation;
  }

  lwm2m::Transport* transport = nullptr;
  std::optional<lwm2m::CoapResponse> answer = Changed();  // nullopt: later, by the test
  Reception reception = Reception::kAccepted;
  std::optional<lwm2m::CoapRequest> observation;
  std::vector<Received> requests;
  std::vector<lwm2m::ExchangeId> exchanges;
  std::vector<Answered> responses;
  std::vector<std::pair<std::string, lwm2m::Failure>> failures;

 private:
  static lwm2m::CoapResponse Changed() {
    lwm2m::CoapResponse response;
    response.code = lwm2m::Code::kChanged;
    return response;
  }
};

class SecuredTransportFixture : public ::testing::Test {
 protected:
  using Clock = std::chrono::steady_clock;

  SecuredTransportFixture() {
    options_.coap.clear();
    options_.security.credentials = &credentials_;
    credentials_.AddPsk("device-1", "key of device 1!");
  }

  void Start() {
    auto created = lwm2m::CoapTransport::Create(options_);
    ASSERT_TRUE(created) << created.error().detail;
    transport_ = std::move(*created);
    handler_.transport = transport_.get();
    bootstrap_.transport = transport_.get();
    transport_->SetServer(&handler_);
    transport_->SetBootstrapServer(&bootstrap_);
  }
  std::uint16_t PortOf(lwm2m::Listener listener) const {
    const std::string address = transport_->bound_addresses(listener).at(0);
    return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  }
  void Turn() { transport_->RunOnce(Clock::now() + std::chrono::milliseconds(2)); }
  // Runs the loop until `done`, at most twenty seconds.
  void RunUntil(const std::function<bool()>& done) {
    const auto deadline = Clock::now() + std::chrono::seconds(20);
    while (!done()) {
      ASSERT_LT(Clock::now(), deadline) << "nothing came";
      Turn();
    }
  }
  // False when the server refused it, or was silent for so long that it will not answer any more.
  bool Connect(TlsClient& client) {
    const auto deadline = Clock::now() + std::chrono::seconds(8);
    while (!client.Step() && !client.failed() && Clock::now() < deadline) Turn();
    return client.established();
  }
  static TlsClientOptions Psk(const std::string& identity, const std::string& key) {
    TlsClientOptions options;
    options.identity = identity;
    options.key = key;
    return options;
  }
  static TlsClientOptions Device1() { return Psk("device-1", "key of device 1!"); }

  static CoapDatagram Post(std::uint16_t message_id, const std::string& path = "rd",
                           const std::string& payload = "") {
    CoapDatagram message;
    message.code = 2;
    message.message_id = message_id;
    message.token = "t" + std::to_string(message_id);
    message.Add(CoapDatagram::kUriPath, path);
    message.payload = payload;
    return message;
  }
  std::optional<CoapDatagram> Receive(TlsClient& client) {
    std::optional<std::string> octets;
    RunUntil([&] { return (octets = client.Receive()).has_value() || client.failed(); });
    return octets ? Decode(*octets) : std::nullopt;
  }
  // One request and its answer.
  std::optional<CoapDatagram> Exchange(TlsClient& client, const CoapDatagram& request) {
    client.Send(Encode(request));
    return Receive(client);
  }

  ipe::testing::TemporaryDirectory directory_;
  FakeCredentials credentials_;
  lwm2m::CoapTransportOptions options_;
  FakeHandler handler_, bootstrap_;
  std::unique_ptr<lwm2m::CoapTransport> transport_;
};

}  // namespace tests

#endif  // TESTS_UNIT_LWM2M_COAP_SECURED_TRANSPORT_FIXTURE_H_
