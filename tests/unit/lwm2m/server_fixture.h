// A server between a fake transport and a fake listener, with time of its own.
#ifndef TESTS_UNIT_LWM2M_SERVER_FIXTURE_H_
#define TESTS_UNIT_LWM2M_SERVER_FIXTURE_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lwm2m/server.h"
#include "tests/support/lwm2m_fakes.h"

namespace lwm2m {

class ServerFixture : public ::testing::Test {
 protected:
  ServerFixture() { Create(ServerOptions{}); }

  void Create(ServerOptions options) {
    server_ = std::make_unique<Server>(options, transport_, listener_, tests::CountingOctets());
    listener_.server = server_.get();
    Advance(Seconds(0));
  }

  void Advance(Seconds time) {
    now_ += time;
    listener_.now = now_;
    server_->Tick(now_);
  }

  static Peer UdpPeer(int number) {
    Peer peer;
    peer.address = "192.0.2." + std::to_string(number) + ":5683";
    peer.local = "198.51.100.1:5683";
    return peer;
  }
  static Peer DtlsPeer(int number, std::string identity) {
    Peer peer = UdpPeer(number);
    peer.transport = Peer::Transport::kDtls;
    peer.identity = std::move(identity);
    peer.security = SecurityMode::kPsk;
    return peer;
  }

  // Every request has a message id and token of its own.
  CoapRequest Uplink(Method method, std::vector<std::string> path,
                     std::vector<std::string> queries = {}, std::string body = {}) {
    CoapRequest request;
    request.method = method;
    request.path = std::move(path);
    request.queries = std::move(queries);
    request.message_id = ++message_id_;
    request.token = "t" + std::to_string(message_id_);
    if (!body.empty()) request.payload = {ContentFormat::kLinkFormat, std::move(body)};
    return request;
  }
  CoapRequest RegisterRequest(const std::string& endpoint, const std::string& version = "1.0",
                              const std::string& lifetime = "300", const std::string& more = "",
                              const std::string& objects = "</1/0>,</3/0>") {
    std::vector<std::string> queries = {"ep=" + endpoint, "lwm2m=" + version, "lt=" + lifetime};
    if (!more.empty()) queries.push_back(more);
    return Uplink(Method::kPost, {"rd"}, queries, objects);
  }

  // Hands a request over; the code of its answer, kEmpty when it waits.
  Code Request(const Peer& peer, const CoapRequest& request) {
    const ExchangeId exchange = ++exchange_;
    server_->OnRequest(exchange, peer, request, now_);
    return AnswerTo(exchange);
  }
  Code AnswerTo(ExchangeId exchange) const {
    const auto found = transport_.answers.find(exchange);
    if (found == transport_.answers.end()) return Code::kEmpty;
    EXPECT_EQ(found->second.size(), 1u) << "answered more than once";
    return found->second.back().code;
  }
  // Registers and returns the handle.
  std::string Register(const std::string& endpoint, const std::string& version = "1.0",
                       const std::string& more = "", const std::string& objects = "</1/0>,</3/0>") {
    EXPECT_EQ(Request(UdpPeer(1), RegisterRequest(endpoint, version, "300", more, objects)),
              Code::kCreated);
    const Registration* registration = server_->Find(endpoint);
    return registration == nullptr ? "" : registration->handle;
  }

  void Submit(const std::string& endpoint, Operation operation,
              Priority priority = Priority::kCommand, Seconds patience = Seconds(3600)) {
    const std::size_t index = outcomes_.size();
    outcomes_.emplace_back();
    server_->Submit(endpoint, std::move(operation), priority, now_ + patience, now_,
                    [this, index](const Outcome& outcome) {
                      EXPECT_FALSE(outcomes_[index].has_value()) << "called twice";
                      outcomes_[index] = outcome;
                      order_.push_back(index);
                    });
  }
  static Operation Make(OperationKind kind, Path path) {
    Operation operation;
    operation.kind = kind;
    operation.path = path;
    return operation;
  }
  const tests::FakeTransport::Sent& Last() const { return transport_.sent.back(); }
  // Answers the request that was sent last.
  Server::Reception Respond(Code code, std::string payload = {},
                            std::optional<std::uint32_t> observe = std::nullopt) {
    CoapResponse response;
    response.code = code;
    response.payload.octets = std::move(payload);
    response.observe = observe;
    response.token = Last().request.token;
    response.message_id = ++message_id_;
    return server_->OnResponse(Last().peer, response, now_);
  }
  // Establishes an observation of `path` and returns its token.
  std::string Observe(const std::string& endpoint, Path path, std::uint32_t sequence = 1) {
    Submit(endpoint, Make(OperationKind::kObserve, path));
    EXPECT_EQ(Respond(Code::kContent, "0", sequence), Server::Reception::kAccepted);
    return Last().request.token;
  }
  Server::Reception Notify(const std::string& token, std::uint32_t sequence, std::string payload,
                           std::uint16_t message_id = 0) {
    return NotifyFrom(UdpPeer(1), token, sequence, std::move(payload), message_id);
  }
  Server::Reception NotifyFrom(const Peer& peer, const std::string& token, std::uint32_t sequence,
                               std::string payload, std::uint16_t message_id = 0) {
    CoapResponse response;
    response.payload.octets = std::move(payload);
    response.observe = sequence;
    response.token = token;
    response.message_id = message_id != 0 ? message_id : ++message_id_;
    response.confirmable = true;
    return server_->OnResponse(peer, response, now_);
  }
  std::vector<std::string> DeliveredValues() const {
    std::vector<std::string> values;
    for (const auto& delivered : listener_.notifications) {
      values.push_back(delivered.message.payload.octets);
    }
    return values;
  }

  tests::FakeTransport transport_;
  tests::FakeListener listener_;
  std::unique_ptr<Server> server_;
  TimePoint now_ = TimePoint{} + std::chrono::hours(1000);
  std::vector<std::optional<Outcome>> outcomes_;
  std::vector<std::size_t> order_;  // in which operations ended
  ExchangeId exchange_ = 0;
  std::uint16_t message_id_ = 0;
};

}  // namespace lwm2m

#endif  // TESTS_UNIT_LWM2M_SERVER_FIXTURE_H_
