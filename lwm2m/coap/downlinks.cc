// What goes to devices, and the answers to it.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <utility>

#include "lwm2m/coap/address.h"
#include "lwm2m/coap/loop.h"
#include "lwm2m/coap/pdu_translation.h"

namespace lwm2m {
namespace {

// The server has one request at a time under way with each device (NSTART 1, QM-5). libcoap must
// not make separate responses, and the rest of a notification, wait for it as well.
constexpr std::uint16_t kOutstanding = 4;

std::string RandomToken() {
  std::array<char, 8> octets{};
  coap_prng(octets.data(), octets.size());
  return {octets.data(), octets.size()};
}

coap_fixed_point_t FixedPoint(std::chrono::milliseconds time) {
  return {static_cast<std::uint16_t>(time.count() / 1000),
          static_cast<std::uint16_t>(time.count() % 1000)};
}

}  // namespace

void CoapTransport::Loop::Send(const Peer& peer, const CoapRequest& request) {
  const auto downlink =
      std::make_shared<Downlink>(Downlink{request.token,
                                          peer,
                                          sockets_->RoleOf(peer),
                                          DownlinkTransfer(request, options_.largest_body),
                                          false,
                                          nullptr,
                                          {},
                                          {},
                                          {}});
  by_token_[request.token] = downlink;
  to_send_.push_back(downlink);
}

void CoapTransport::Loop::Cancel(const std::string& token) {
  if (const auto found = by_token_.find(token); found != by_token_.end()) {
    const DownlinkPointer downlink = found->second;
    // A device that has begun a new registration may take a retransmission for a new request.
    if (downlink->held != nullptr) sessions_->Silence(*downlink->held);
    Finish(downlink);
  }
}

bool CoapTransport::Loop::IsCompletionUnderWay(const std::string& token) const {
  return completions_.contains(token);
}

bool CoapTransport::Loop::HasRoom() const {
  return fresh_.size() < options_.downlinks_at_once &&
         by_wire_token_.size() < options_.downlinks_open;
}

// False: it has to wait for a socket.
bool CoapTransport::Loop::MayStart(const Downlink& downlink) const {
  return sessions_->client_count() < options_.downlink_sessions ||
         downlink.peer.transport != Peer::Transport::kUdp ||
         sessions_->Find(downlink.peer) != nullptr;
}

bool CoapTransport::Loop::IsCancelled(const DownlinkPointer& downlink) const {
  const auto& table = downlink->completes_notification ? completions_ : by_token_;
  const auto found = table.find(downlink->token);
  return found == table.end() || found->second != downlink;
}

void CoapTransport::Loop::BeginNext(std::deque<DownlinkPointer>& line) {
  const DownlinkPointer downlink = std::move(line.front());
  line.pop_front();
  if (!IsCancelled(downlink)) Start(downlink);
}

void CoapTransport::Loop::ForgetFresh(Downlink& downlink) {
  if (downlink.fresh) fresh_.erase(*std::exchange(downlink.fresh, std::nullopt));
}

// Starts what was sent since the last turn, as far as there is room. Failures call the server,
// which may send more.
void CoapTransport::Loop::Flush() {
  sessions_->StopRetransmissions();
  while (!fresh_.empty() && now_ - fresh_.front()->started >= options_.ack_timeout) {
    const DownlinkPointer oldest = fresh_.front();
    ForgetFresh(*oldest);
  }
  while (!to_connect_.empty() && HasRoom() && MayStart(*to_connect_.front())) {
    BeginNext(to_connect_);
  }
  while (!to_send_.empty() && HasRoom()) {
    if (MayStart(*to_send_.front())) {
      BeginNext(to_send_);
    } else {
      to_connect_.push_back(std::move(to_send_.front()));
      to_send_.pop_front();
    }
  }
}

HeldSession* CoapTransport::Loop::SessionFor(const Peer& peer) {
  HeldSession* held = sessions_->Find(peer);
  // Only the peer can make a connection or a security context.
  if (peer.transport != Peer::Transport::kUdp) {
    if (held == nullptr || !CanSend(*held)) return nullptr;
  } else if (held == nullptr) {
    const auto remote = ParseAddress(peer.address);
    if (!remote) return nullptr;
    const auto parsed_local = ParseAddress(peer.local);
    const coap_address_t* const local =
        parsed_local ? &*parsed_local : sockets_->AnyListener(remote->addr.sa.sa_family);
    if (local == nullptr) return nullptr;
    coap_session_t* const session = sockets_->Connect(*remote, *local);
    if (session == nullptr) return nullptr;
    held = &sessions_->Adopt(session, peer, sockets_->RoleOf(peer));
  }
  coap_session_set_ack_timeout(held->session, FixedPoint(options_.ack_timeout));
  coap_session_set_max_retransmit(held->session,
                                  static_cast<std::uint16_t>(options_.max_retransmit));
  coap_session_set_nstart(held->session, kOutstanding);
  return held;
}

void CoapTransport::Loop::Start(const DownlinkPointer& downlink) {
  downlink->held = SessionFor(downlink->peer);
  if (downlink->held == nullptr) return Fail(downlink, Failure::kUnreachable);
  downlink->started = now_;
  downlink->fresh = fresh_.insert(fresh_.end(), downlink);
  sessions_->Use(*downlink->held);
  if (SendMessage(downlink)) {
    if (!downlink->completes_notification) ++counters_.downlinks;
    return;
  }
  // libcoap refuses to send on a server session that is being retired. The next one is of our own.
  if (!downlink->held->client && !downlink->held->lasting()) {
    sessions_->Abandon(*downlink->held);
    sessions_->Unuse(*downlink->held);
    downlink->held = SessionFor(downlink->peer);
    if (downlink->held != nullptr) {
      sessions_->Use(*downlink->held);
      if (SendMessage(downlink)) {
        ++counters_.downlinks;
        return;
      }
    }
  }
  Fail(downlink, Failure::kUnreachable);
}

// The first message has the server's token, which an observation keeps. Those that continue a
// transfer have one of their own each, so that a late answer is not taken for a later block.
bool CoapTransport::Loop::SendMessage(const DownlinkPointer& downlink) {
  const bool first = downlink->wire_token.empty() && !downlink->completes_notification;
  by_wire_token_.erase(downlink->wire_token);
  downlink->wire_token = first ? downlink->token : RandomToken();
  const DownlinkTransfer::Message message = downlink->transfer.Next();
  coap_session_t* const session = downlink->held->session;
  if (downlink->held->lasting() && !CanSend(*downlink->held)) return false;
  coap_pdu_t* const pdu =
      coap_pdu_init(COAP_MESSAGE_CON, COAP_EMPTY_CODE, coap_new_message_id(session),
                    coap_session_max_pdu_size(session));
  if (pdu == nullptr) return false;
  coap_add_token(pdu, downlink->wire_token.size(),
                 reinterpret_cast<const std::uint8_t*>(downlink->wire_token.data()));
  if (!WriteRequest(message.request, message.options, pdu)) {
    coap_delete_pdu(pdu);
    return false;
  }
  if (coap_send(session, pdu) == COAP_INVALID_MID) {
    if (first) downlink->wire_token.clear();
    return false;
  }
  by_wire_token_[downlink->wire_token] = downlink;
  return true;
}

void CoapTransport::Loop::TakeAnswer(const DownlinkPointer& downlink, const CoapResponse& response,
                                     const TransferOptions& options) {
  switch (downlink->transfer.Take(response, options)) {
    case DownlinkTransfer::Step::kSend:
      if (!SendMessage(downlink)) Fail(downlink, Failure::kUnreachable);
      return;
    case DownlinkTransfer::Step::kFailed:
      ++counters_.transfers_failed;
      if (const auto suppressed = log_limit_.Pass(LogLine::kTransferFailed, now_)) {
        spdlog::warn("event=block-transfer-failed peer={} code={} suppressed={}",
                     downlink->peer.address, ToString(response.code), *suppressed);
      }
      return Fail(downlink, Failure::kTimedOut);
    case DownlinkTransfer::Step::kDone:
      break;
  }
  CoapResponse answer = downlink->transfer.TakeAnswer();
  answer.token = downlink->token;
  const Peer peer = downlink->held->peer;
  const Role role = downlink->role;
  const bool completes_notification = downlink->completes_notification;
  Finish(downlink);
  // An error instead of the rest says nothing about the observation.
  if (completes_notification && !IsSuccess(answer.code)) {
    ++counters_.transfers_failed;
    return;
  }
  HandlerOf(role)->OnResponse(peer, answer, now_);
}

// Takes it out of all tables.
void CoapTransport::Loop::Finish(const DownlinkPointer& downlink) {
  const DownlinkPointer keep = downlink;
  ForgetFresh(*keep);
  by_wire_token_.erase(keep->wire_token);
  (keep->completes_notification ? completions_ : by_token_).erase(keep->token);
  if (keep->held != nullptr) sessions_->Unuse(*keep->held);
  keep->held = nullptr;
}

void CoapTransport::Loop::Fail(const DownlinkPointer& downlink, Failure failure) {
  const DownlinkPointer keep = downlink;
  // A client that was killed and comes back from the same port meets no stale security context.
  if (failure == Failure::kTimedOut && keep->held != nullptr && keep->held->lasting()) {
    sessions_->Abandon(*keep->held);
  }
  Finish(keep);
  if (keep->completes_notification) {
    ++counters_.transfers_failed;
    return;
  }
  if (failure == Failure::kTimedOut) ++counters_.downlinks_timed_out;
  if (failure == Failure::kReset) ++counters_.downlinks_reset;
  if (failure == Failure::kUnreachable) ++counters_.downlinks_unreachable;
  HandlerOf(keep->role)->OnFailure(keep->peer, keep->token, failure, now_);
}

void CoapTransport::Loop::OnNack(coap_session_t* session, const coap_pdu_t* sent,
                                 coap_nack_reason_t reason, coap_mid_t) noexcept {
  // libcoap goes on retransmitting after an ICMP message; the end is one of the others.
  if (reason == COAP_NACK_ICMP_ISSUE || sent == nullptr) return;
  Loop& loop = Of(session);
  if (HeldSession* const held = SessionTable::Of(session); held && reason == COAP_NACK_RST) {
    held->hellos = 0;  // it answers, be it to a ping
  }
  if (ClassOf(static_cast<Code>(coap_pdu_get_code(sent))) >= 2) {
    ++loop.counters_.answers_undelivered;
    return;
  }
  const auto found = loop.by_wire_token_.find(TokenOf(sent));
  if (found == loop.by_wire_token_.end()) return;
  const DownlinkPointer downlink = found->second;
  // A session that has ended may have carried it to the device.
  Failure failure = downlink->peer.transport == Peer::Transport::kUdp ? Failure::kUnreachable
                                                                      : Failure::kOutcomeUnknown;
  if (reason == COAP_NACK_TOO_MANY_RETRIES) {
    failure = Failure::kTimedOut;
    if (downlink->transfer.RetryAfterTimeOut() && loop.SendMessage(downlink)) return;
  }
  if (reason == COAP_NACK_RST) failure = Failure::kReset;
  loop.Fail(downlink, failure);
}

}  // namespace lwm2m
