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

HeldSession& CoapTransport::Loop::Touched(HeldSession& held) {
  sessions_->Touch(held, now_);
  return held;
}

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
    if (channel.gate) channel.gate->Ended(session);
    held = &sessions_->Hold(session, std::move(peer), channel.role);
    if (IsSecured(held->peer)) return Touched(*held);
  }
  sockets_->NoteServed(now_);
  return Touched(*held);
}

void CoapTransport::Loop::TakeEvent(coap_session_t* session, coap_event_t event) {
  Channel& channel = ChannelOf(session);
  switch (event) {
    case COAP_EVENT_SERVER_SESSION_NEW:
      Begin(session);
      return;
    case COAP_EVENT_SERVER_SESSION_DEL:
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
  if (channel.gate) channel.gate->Ended(session);
  HeldSession* const held = SessionTable::Of(session);
  if (held == nullptr) {
    if (event == COAP_EVENT_DTLS_CLOSED) CountBrokenHandshake(session);
    return;
  }
  if (held->closed) return;
  held->closed = true;
  closed_.push_back(session);
}

void CoapTransport::Loop::Begin(coap_session_t* session) {
  Channel& channel = ChannelOf(session);
  // libcoap may have freed another one at this address without a word.
  if (channel.authentication) channel.authentication->Forget(session);
  if (!channel.gate) return;
  channel.gate->Began(session, now_);
  const bool stream = TransportOf(session) != Peer::Transport::kDtls;  // libcoap limits those
  if (!stream || channel.gate->unfinished() <= options_.security.handshakes) return;
  ++counters_.connections_refused;
  Drop(session);
}

// One that has not brought a message. It goes after the turn.
void CoapTransport::Loop::Drop(coap_session_t* session) {
  Channel& channel = ChannelOf(session);
  if (channel.gate) channel.gate->Ended(session);
  Peer peer;
  peer.transport = TransportOf(session);
  peer.address = ToText(*coap_session_get_addr_remote(session));
  sessions_->Abandon(sessions_->Hold(session, std::move(peer), channel.role));
}

// Handshakes that were begun and left give way to new ones. Those that have not shown a cookie
// cannot be ended; there are not many of them, HandshakeGate::Admits sees to that.
void CoapTransport::Loop::MakeRoom(Channel& channel) {
  bool dropped = false;
  for (coap_session_t* const session : channel.gate->Overdue(now_)) {
    if (coap_session_get_type(session) != COAP_SESSION_TYPE_SERVER) continue;
    ++counters_.handshakes_broken;
    Drop(session);
    dropped = true;
  }
  if (dropped) sessions_->AfterTurn(now_);
}

// A handshake is about to begin at the address of a session. A client that was restarted does so;
// but so does anybody who forges its address, and libcoap does not hand the handshake to the
// session. The client itself would answer a ping: one that is silent, and goes on with its
// ClientHellos, has forgotten the session.
void CoapTransport::Loop::TakeHello(const Peer& place) {
  constexpr unsigned kHellos = 3;
  constexpr std::chrono::milliseconds kSilence{2500};
  HeldSession* const held = sessions_->FindAt(place);
  if (held == nullptr || held->closed) return;
  if (held->hellos++ == 0) {
    held->first_hello = now_;
    doubted_.push_back({held->session, now_});
    coap_session_send_ping(held->session);
    return;
  }
  if (held->hellos >= kHellos && now_ - held->first_hello >= kSilence) Displace(*held);
}

// Some clients say their ClientHello once. It was lost on the session, and what they wait for is
// an answer to it: an alert ends their attempt, and the next one finds the place free.
void CoapTransport::Loop::EndDoubts() {
  while (!doubted_.empty() && now_ - doubted_.front().since >= kDoubt) {
    const Doubt doubt = doubted_.front();
    doubted_.pop_front();
    HeldSession* const held = sessions_->FindHeld(doubt.session);
    if (held == nullptr || held->closed || held->hellos == 0 || held->first_hello != doubt.since) {
      continue;
    }
    sockets_->AbortHandshake(doubt.session);
    Displace(*held);
  }
}

void CoapTransport::Loop::Displace(HeldSession& held) {
  ++counters_.sessions_displaced;
  held.closed = true;
  closed_.push_back(held.session);
  WorkOffClosedSessions();
  sessions_->AfterTurn(now_);
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

// Downlinks that were under way on a session that has ended: their answers cannot come any more,
// and the device may have got them.
void CoapTransport::Loop::WorkOffClosedSessions() {
  for (coap_session_t* const session : std::exchange(closed_, {})) {
    HeldSession& held = *SessionTable::Of(session);
    std::vector<DownlinkPointer> lost;
    for (const auto* table : {&by_token_, &completions_}) {
      if (held.users == 0) break;  // nearly all of a crowd that goes
      for (const auto& [token, downlink] : *table) {
        if (downlink->held == &held) lost.push_back(downlink);
      }
    }
    sessions_->Abandon(held);
    for (const DownlinkPointer& downlink : lost) {
      if (downlink->held == &held) Fail(downlink, Failure::kOutcomeUnknown);
    }
  }
}

void CoapTransport::Loop::Forget(const Peer& peer) {
  HeldSession* const held = sessions_->Find(peer);
  if (held != nullptr) sessions_->LetGo(*held, std::chrono::steady_clock::now());
}

}  // namespace lwm2m
