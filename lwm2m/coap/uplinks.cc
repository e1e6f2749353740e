// What comes from devices: requests, and responses that nobody waits for.
#include <spdlog/spdlog.h>

#include <utility>

#include "lwm2m/coap/loop.h"
#include "lwm2m/coap/pdu_translation.h"

namespace lwm2m {
namespace {

void WritePlain(Code code, const TransferOptions& options, coap_pdu_t* answer) {
  WriteResponse(CoapResponse{}, AnswerPart{code, {}, options}, answer);
}

// libcoap sends an empty answer as an acknowledgement, and nothing when it was to be
// non-confirmable.
void LeaveOut(coap_pdu_t* answer) { coap_pdu_set_type(answer, COAP_MESSAGE_NON); }

// Of the blocks that a message to this peer has room for, beside its options.
unsigned LargestExponent(const coap_session_t* session) {
  constexpr std::size_t kOptions = 128;
  unsigned exponent = Block::kLargestExponent;
  const std::size_t room = coap_session_max_pdu_size(session);
  while (exponent > 0 && (std::size_t{16} << exponent) + kOptions > room) --exponent;
  return exponent;
}

}  // namespace

// The answer is piggybacked when the server gives it within the call, or before the next turn.
// coap_register_async would keep requests, too, but is linear in the number that wait.
void CoapTransport::Loop::TakeRequest(coap_session_t* session, const coap_pdu_t* pdu,
                                      coap_pdu_t* answer) {
  HeldSession& held = Heard(session);
  // A handshake that proved nothing, which the OpenSSL flavour lets pass in some cases.
  if (IsSecured(held.peer) && held.peer.identity.empty()) {
    WritePlain(Code::kUnauthorized, {}, answer);
    return;
  }
  TransferOptions options;
  CoapRequest request = ReadRequest(pdu, IsStream(held.peer), options);
  if (!open_by_message_.empty() && !IsStream(held.peer)) {
    const auto open = open_by_message_.find(MessageKey{session, request.message_id, request.token});
    if (open != open_by_message_.end()) {
      ++counters_.retransmissions;
      if (!open_.at(open->second).acknowledged) LeaveOut(answer);
      return;
    }
  }
  if (options.malformed) {
    WritePlain(Code::kBadRequest, {}, answer);
    return;
  }
  if (options.block1 && !Reassemble(held, *options.block1, request, answer)) return;
  HandOver(held, request, options, answer);
}

// True when `request` has its whole payload now; else `answer` is written.
bool CoapTransport::Loop::Reassemble(const HeldSession& held, const Block& block,
                                     CoapRequest& request, coap_pdu_t* answer) {
  BlockAssembly::Taken taken = assembly_.Take(held.peer, request, block, now_);
  TransferOptions options;
  switch (taken.outcome) {
    case BlockAssembly::Outcome::kComplete:
      request.payload = {taken.format, std::move(taken.body)};
      return true;
    case BlockAssembly::Outcome::kContinue:
      options.block1 = block;
      WritePlain(Code::kContinue, options, answer);
      return false;
    case BlockAssembly::Outcome::kIncomplete:
      WritePlain(Code::kRequestEntityIncomplete, {}, answer);
      return false;
    case BlockAssembly::Outcome::kTooLarge:
      options.size1 = static_cast<std::uint32_t>(assembly_.bounds().body);
      WritePlain(Code::kRequestEntityTooLarge, options, answer);
      return false;
    case BlockAssembly::Outcome::kMalformed:
      WritePlain(Code::kBadRequest, {}, answer);
      return false;
  }
  return false;
}

void CoapTransport::Loop::HandOver(HeldSession& held, const CoapRequest& request,
                                   const TransferOptions& options, coap_pdu_t* answer) {
  MessageHandler* const handler = HandlerOf(held.role);
  if (handler == nullptr) {
    WritePlain(Code::kNotFound, {}, answer);
    return;
  }
  ++counters_.requests;
  Current current{next_exchange_++, held.session, answer, options.block1, options.block2};
  current_ = &current;
  handler->OnRequest(current.id, held.peer, request, now_);
  current_ = nullptr;
  if (current.answered) return;
  sessions_->Use(held);
  OpenExchange& open =
      open_
          .emplace(current.id, OpenExchange{&held, request.message_id, request.token,
                                            request.confirmable, options.block1, options.block2})
          .first->second;
  if (IsStream(held.peer)) return;  // nothing is ever retransmitted there
  open_by_message_.emplace(MessageKey{held.session, request.message_id, request.token}, current.id);
  if (request.confirmable) PutOffAcknowledgement(open, current.id, answer);
}

void CoapTransport::Loop::PutOffAcknowledgement(OpenExchange& exchange, ExchangeId id,
                                                coap_pdu_t* answer) {
  exchange.acknowledged = false;
  unacknowledged_.push_back(id);
  LeaveOut(answer);
}

// RFC 7252 §5.2.2: requests of the last turn whose answers take longer.
void CoapTransport::Loop::Acknowledge() {
  for (const ExchangeId id : unacknowledged_) {
    const auto found = open_.find(id);
    if (found == open_.end()) continue;
    OpenExchange& open = found->second;
    open.acknowledged = true;
    if (!CanSend(*open.held)) continue;
    coap_pdu_t* const pdu = coap_pdu_init(COAP_MESSAGE_ACK, COAP_EMPTY_CODE, open.message_id, 0);
    if (pdu != nullptr) coap_send(open.held->session, pdu);
  }
  unacknowledged_.clear();
}

void CoapTransport::Loop::Respond(ExchangeId exchange, const CoapResponse& response) {
  if (current_ != nullptr && current_->id == exchange) {
    AnswerPart part = CutAnswer(response, current_->block2, LargestExponent(current_->session));
    part.options.block1 = current_->block1;
    current_->answered = WriteResponse(response, part, current_->answer);
    return;
  }
  const auto found = open_.find(exchange);
  if (found == open_.end()) return;
  const OpenExchange open = std::move(found->second);
  open_.erase(found);
  if (!IsStream(open.held->peer)) {
    open_by_message_.erase(MessageKey{open.held->session, open.message_id, open.token});
  }
  AnswerLater(open, response);
  sessions_->Unuse(*open.held);
}

void CoapTransport::Loop::AnswerLater(const OpenExchange& exchange, const CoapResponse& response) {
  coap_session_t* const session = exchange.held->session;
  if (!CanSend(*exchange.held)) {
    ++counters_.answers_undelivered;
    return;
  }
  const coap_pdu_type_t type = !exchange.acknowledged ? COAP_MESSAGE_ACK
                               : exchange.confirmable ? COAP_MESSAGE_CON
                                                      : COAP_MESSAGE_NON;
  const coap_mid_t message_id =
      exchange.acknowledged ? coap_new_message_id(session) : coap_mid_t{exchange.message_id};
  coap_pdu_t* const pdu =
      coap_pdu_init(type, COAP_EMPTY_CODE, message_id, coap_session_max_pdu_size(session));
  if (pdu == nullptr) return;
  coap_add_token(pdu, exchange.token.size(),
                 reinterpret_cast<const std::uint8_t*>(exchange.token.data()));
  AnswerPart part = CutAnswer(response, exchange.block2, LargestExponent(session));
  part.options.block1 = exchange.block1;
  WriteResponse(response, part, pdu);
  if (coap_send(session, pdu) == COAP_INVALID_MID) ++counters_.answers_undelivered;
}

// COAP_RESPONSE_OK acknowledges what is confirmable, COAP_RESPONSE_FAIL answers with Reset.
coap_response_t CoapTransport::Loop::TakeResponse(coap_session_t* session, const coap_pdu_t* pdu) {
  HeldSession& held = Heard(session);
  TransferOptions options;
  const CoapResponse response = ReadResponse(pdu, IsStream(held.peer), options);
  // libcoap 4.3.1 drops the retransmission of a confirmable response without acknowledging it
  // again: one lost acknowledgement and the device would give an observation up. With security
  // the session cannot be replaced; the server observes anew what has been silent for too long.
  if (response.confirmable && held.peer.transport == Peer::Transport::kUdp) {
    sessions_->Retire(held);
  }
  if (const auto found = by_wire_token_.find(response.token); found != by_wire_token_.end()) {
    const DownlinkPointer downlink = found->second;
    TakeAnswer(downlink, response, options);
    return COAP_RESPONSE_OK;
  }
  // A late or repeated piggybacked answer: an acknowledgement is never answered (RFC 7252 §4.2).
  if (coap_pdu_get_type(pdu) == COAP_MESSAGE_ACK) return COAP_RESPONSE_OK;
  ++counters_.notifications;
  return TakeNotification(held, pdu, response, options);
}

coap_response_t CoapTransport::Loop::TakeNotification(HeldSession& held, const coap_pdu_t* pdu,
                                                      const CoapResponse& response,
                                                      const TransferOptions& options) {
  using Reception = MessageHandler::Reception;
  MessageHandler* const handler = HandlerOf(held.role);
  if (handler == nullptr) return COAP_RESPONSE_FAIL;
  Reception reception = Reception::kUnknown;
  if (options.block2 && options.block2->number == 0 && options.block2->more) {
    // IR-9. It is acknowledged before the rest is here: the device waits for that (NSTART 1).
    const bool ours = handler->RequestOfObservation(held.peer, response.token).has_value();
    if (ours && StartCompletion(held, response, options)) return COAP_RESPONSE_OK;
    reception = ours ? Reception::kNotStored : Reception::kUnknown;
  } else {
    reception = handler->OnResponse(held.peer, response, now_);
  }
  switch (reception) {
    case Reception::kAccepted:
      return COAP_RESPONSE_OK;
    case Reception::kNotStored:
      ++counters_.acks_withheld;
      // libcoap either acknowledges or resets what is confirmable. It takes a message that claims
      // to be non-confirmable for one that needs neither.
      coap_pdu_set_type(const_cast<coap_pdu_t*>(pdu), COAP_MESSAGE_NON);
      return COAP_RESPONSE_OK;
    case Reception::kPending:
      if (!response.confirmable) return COAP_RESPONSE_OK;
      pending_.emplace_back(held.session, response.message_id);
      coap_pdu_set_type(const_cast<coap_pdu_t*>(pdu), COAP_MESSAGE_NON);
      return COAP_RESPONSE_OK;
    case Reception::kUnknown:
      ++counters_.resets_sent;
      return COAP_RESPONSE_FAIL;
  }
  return COAP_RESPONSE_FAIL;
}

void CoapTransport::Loop::AcknowledgeStored(bool stored) {
  if (!stored) counters_.acks_withheld += pending_.size();
  for (const auto& [session, message_id] : std::exchange(pending_, {})) {
    const HeldSession* const held = sessions_->FindHeld(session);
    if (!stored || held == nullptr || !CanSend(*held)) continue;
    coap_pdu_t* const pdu = coap_pdu_init(COAP_MESSAGE_ACK, COAP_EMPTY_CODE, message_id, 0);
    if (pdu != nullptr) coap_send(session, pdu);
  }
}

bool CoapTransport::Loop::StartCompletion(const HeldSession& held, const CoapResponse& first,
                                          const TransferOptions& options) {
  if (IsCompletionUnderWay(first.token)) {
    Finish(completions_.at(first.token));  // a newer one: the older is of no use any more
  } else if (completions_.size() >= options_.completions) {
    return false;
  }
  auto read = HandlerOf(held.role)->RequestOfObservation(held.peer, first.token);
  if (!read) return false;
  const auto downlink = std::make_shared<Downlink>(Downlink{
      first.token,
      held.peer,
      held.role,
      DownlinkTransfer::CompletionOf(std::move(*read), first, options, options_.largest_body),
      true,
      nullptr,
      {},
      {},
      {}});
  completions_[first.token] = downlink;
  to_send_.push_back(downlink);
  return true;
}

}  // namespace lwm2m
