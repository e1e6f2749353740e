// Who is behind a session, and what becomes of a session that ends.
#include <spdlog/spdlog.h>

#include <utility>
#include <vector>

#include "lwm2m/coap/address.h"
#include "lwm2m/coap/loop.h"

namespace lwm2m {
namespace {

Peer::Transport TransportOf(const coap_session_t* session) {
  switch (coap_session_get_proto(session)) {
    case COAP_PROTO_DTLS:
      return Peer::Transport::kDtls;
    case COAP_PROTO_TCP:
      return Peer::Transport::kTcp;
    case COAP_PROTO_TLS:
      return Peer::Transport::kTls;
    case COAP_PROTO_NONE:
    case COAP_PROTO_UDP:
    default:  // libcoap counts its protocols in the same enumeration
      return Peer::Transport::kUdp;
  }
}

}  // namespace

HeldSession& CoapTransport::Loop::Heard(coap_session_t* session) {
  HeldSession* held = SessionTable::Of(session);
  if (held == nullptr) {
    Channel& channel = ChannelOf(session);
    Peer peer;
    peer.transport = TransportOf(session);
    peer.address = ToText(*coap_session_get_addr_remote(session));
    peer.local = ToText(*coap_session_get_addr_local(session));
    if (channel.authentication) {
      if (auto proven = channel.authentication->IdentityOf(session)) {
        peer.identity = std::move(proven->identity);
        peer.other_names = std::move(proven->other_names);
        peer.security = proven->mode;
        ++counters_.handshakes_done;
      } else {
        ++counters_.handshakes_refused;
      }
      channel.authentication->Forget(session);
    }
    held = &sessions_->Hold(session, std::move(peer), channel.role);
  }
  sessions_->Touch(*held, now_);
  return *held;
}

void CoapTransport::Loop::TakeEvent(coap_session_t* session, coap_event_t event) {
  Channel& channel = ChannelOf(session);
  switch (event) {
    case COAP_EVENT_SERVER_SESSION_NEW:
      // libcoap may have freed another one at this address without a word.
      if (channel.authentication) channel.authentication->Forget(session);
      return;
    case COAP_EVENT_DTLS_CLOSED:
    case COAP_EVENT_DTLS_ERROR:
    case COAP_EVENT_TCP_CLOSED:
    case COAP_EVENT_TCP_FAILED:
    case COAP_EVENT_SESSION_CLOSED:
    case COAP_EVENT_SESSION_FAILED:
      break;
    default:  // an open set
      return;
  }
  HeldSession* const held = SessionTable::Of(session);
  if (held == nullptr) {
    if (event == COAP_EVENT_DTLS_CLOSED) CountBrokenHandshake(session);
    return;
  }
  if (held->closed) return;
  held->closed = true;
  closed_.push_back(session);
}

void CoapTransport::Loop::CountBrokenHandshake(const coap_session_t* session) {
  // One that has shown no cookie is nobody's handshake yet.
  if (coap_session_get_type(session) == COAP_SESSION_TYPE_HELLO) return;
  PeerAuthentication* const authentication = ChannelOf(session).authentication.get();
  if (authentication == nullptr) return;
  const auto refusal = authentication->RefusalOf(session);
  authentication->Forget(session);
  if (!refusal) {
    ++counters_.handshakes_broken;
  } else if (*refusal == PeerAuthentication::Refusal::kUnknown) {
    ++counters_.handshakes_unknown;
  } else {
    ++counters_.handshakes_refused;
  }
  LogRefusal(session, refusal);
}

void CoapTransport::Loop::LogRefusal(const coap_session_t* session,
                                     std::optional<PeerAuthentication::Refusal> refusal) {
  const auto suppressed = log_limit_.Pass(LogLine::kHandshakeFailed, now_);
  if (!suppressed) return;
  std::string_view reason = "aborted, wrong key or untrusted chain";
  if (refusal == PeerAuthentication::Refusal::kUnknown) reason = "unknown identity";
  if (refusal == PeerAuthentication::Refusal::kUntrusted) reason = "certificate names nobody";
  spdlog::warn("event=handshake-failed peer={} reason=\"{}\" suppressed={}",
               ToText(*coap_session_get_addr_remote(session)), reason, *suppressed);
}

// Downlinks that were under way on a session that has ended: their answers cannot come any more.
void CoapTransport::Loop::WorkOffClosedSessions() {
  for (coap_session_t* const session : std::exchange(closed_, {})) {
    HeldSession& held = *SessionTable::Of(session);
    std::vector<DownlinkPointer> lost;
    for (const auto* table : {&by_token_, &completions_}) {
      for (const auto& [token, downlink] : *table) {
        if (downlink->held == &held) lost.push_back(downlink);
      }
    }
    sessions_->Abandon(held);
    for (const DownlinkPointer& downlink : lost) {
      if (downlink->held == &held) Fail(downlink, Failure::kUnreachable);
    }
  }
}

void CoapTransport::Loop::Forget(const Peer& peer) {
  HeldSession* const held = sessions_->Find(peer);
  if (held != nullptr) sessions_->LetGo(*held, std::chrono::steady_clock::now());
}

}  // namespace lwm2m
