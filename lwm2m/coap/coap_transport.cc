#include "lwm2m/coap/coap_transport.h"

#include <algorithm>
#include <utility>

#include "lwm2m/coap/address.h"
#include "lwm2m/coap/loop.h"

namespace lwm2m {
namespace {

constexpr Seconds kLookForAddressesEvery{30};

}  // namespace

CoapTransport::Loop::Loop(CoapTransportOptions options)
    : options_(std::move(options)),
      assembly_(BlockAssembly::Bounds{options_.largest_body, BlockAssembly::Bounds{}.octets,
                                      BlockAssembly::Bounds{}.bodies}) {}

CoapTransport::Loop::~Loop() {
  if (sockets_) sockets_->StopCallbacks();
}

Result<void> CoapTransport::Loop::Open() {
  auto sockets = Sockets::Open(
      options_, SocketCallbacks{&OnRequest, &OnResponse, &OnNack, &OnEvent, &OnHello}, this);
  if (!sockets) return tl::unexpected(std::move(sockets).error());
  sockets_ = std::move(*sockets);
  sessions_ = std::make_unique<SessionTable>(SessionTable::Bounds{
      options_.sessions_held, options_.lasting_sessions, options_.session_idle});
  next_look_ = std::chrono::steady_clock::now() + kLookForAddressesEvery;
  return {};
}

TimePoint CoapTransport::Loop::RunOnce(TimePoint deadline) {
  now_ = std::chrono::steady_clock::now();
  Acknowledge();
  AfterTurn();
  TimePoint wait_until = std::min(deadline, next_look_);
  if (!to_send_.empty() && !fresh_.empty()) {
    wait_until = std::min(wait_until, fresh_.front()->started + options_.ack_timeout);
  }
  if (!doubted_.empty()) wait_until = std::min(wait_until, doubted_.front().since + kDoubt);
  const TimePoint before = std::chrono::steady_clock::now();
  sockets_->Wait(wait_until);
  now_ = std::chrono::steady_clock::now();
  waited_ += now_ - before;
  if (server_ != nullptr) server_->BeginTurn();
  sockets_->Turn();
  if (server_ != nullptr) AcknowledgeStored(server_->EndTurn());
  EndDoubts();
  AfterTurn();
  assembly_.Expire(now_);
  if (now_ >= next_look_) {
    sockets_->LookForNewAddresses();
    next_look_ = now_ + kLookForAddressesEvery;
  }
  return now_;
}

void CoapTransport::Loop::AfterTurn() {
  WorkOffClosedSessions();
  Flush();
  WorkOffClosedSessions();  // that sending has found out
  sessions_->AfterTurn(now_);
}

CoapCounters CoapTransport::Loop::counters() const {
  CoapCounters counters = counters_;
  counters.sessions = sessions_->size();
  counters.downlink_sessions = sessions_->client_count();
  counters.sessions_dtls = sessions_->count(Peer::Transport::kDtls);
  counters.sessions_tcp = sessions_->count(Peer::Transport::kTcp);
  counters.sessions_tls = sessions_->count(Peer::Transport::kTls);
  counters.hellos_put_off = sockets_->hellos_put_off();
  counters.handshakes_open = sockets_->handshakes_open();
  counters.datagrams_dropped = sockets_->queues().dropped();
  counters.open_exchanges = open_.size();
  counters.downlinks_open = by_token_.size() + completions_.size();
  return counters;
}

CoapTransport::Loop& CoapTransport::Loop::Of(coap_session_t* session) {
  return *static_cast<Loop*>(ChannelOf(session).app);
}

void CoapTransport::Loop::OnRequest(coap_resource_t*, coap_session_t* session,
                                    const coap_pdu_t* request, const coap_string_t*,
                                    coap_pdu_t* answer) noexcept {
  Of(session).TakeRequest(session, request, answer);
}

coap_response_t CoapTransport::Loop::OnResponse(coap_session_t* session, const coap_pdu_t*,
                                                const coap_pdu_t* received, coap_mid_t) noexcept {
  return Of(session).TakeResponse(session, received);
}

int CoapTransport::Loop::OnEvent(coap_session_t* session, coap_event_t event) noexcept {
  Of(session).TakeEvent(session, event);
  return 0;
}

void CoapTransport::Loop::OnHello(Channel& channel, const coap_address_t& from,
                                  const coap_address_t& to) noexcept {
  Peer place;
  place.transport = Peer::Transport::kDtls;
  place.address = ToText(from);
  place.local = ToText(to);
  auto& loop = *static_cast<Loop*>(channel.app);
  loop.MakeRoom(channel);
  loop.TakeHello(place);
}

// --- the public face
// -------------------------------------------------------------------------------

Result<std::unique_ptr<CoapTransport>> CoapTransport::Create(CoapTransportOptions options) {
  auto loop = std::make_unique<Loop>(std::move(options));
  if (auto opened = loop->Open(); !opened) return tl::unexpected(opened.error());
  return std::unique_ptr<CoapTransport>(new CoapTransport(std::move(loop)));
}

CoapTransport::CoapTransport(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}

CoapTransport::~CoapTransport() = default;

void CoapTransport::SetServer(MessageHandler* server) { loop_->SetHandler(Role::kServer, server); }

void CoapTransport::SetBootstrapServer(MessageHandler* bootstrap_server) {
  loop_->SetHandler(Role::kBootstrap, bootstrap_server);
}

TimePoint CoapTransport::RunOnce(TimePoint deadline) { return loop_->RunOnce(deadline); }

std::chrono::nanoseconds CoapTransport::waited() const { return loop_->waited(); }

void CoapTransport::Wake() { loop_->Wake(); }

std::vector<std::string> CoapTransport::bound_addresses(Listener listener) const {
  return loop_->bound_addresses(listener);
}

CoapCounters CoapTransport::counters() const { return loop_->counters(); }

void CoapTransport::Respond(ExchangeId exchange, const CoapResponse& response) {
  loop_->Respond(exchange, response);
}

void CoapTransport::Send(const Peer& peer, const CoapRequest& request) {
  loop_->Send(peer, request);
}

void CoapTransport::Cancel(const Peer&, const std::string& token) { loop_->Cancel(token); }

void CoapTransport::Forget(const Peer& peer) { loop_->Forget(peer); }

std::chrono::milliseconds CoapTransport::Behind() const { return loop_->Behind(); }

}  // namespace lwm2m
