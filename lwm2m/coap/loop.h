// The inside of CoapTransport: what happens between libcoap and the servers.
#ifndef LWM2M_COAP_LOOP_H_
#define LWM2M_COAP_LOOP_H_

#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "lwm2m/coap/block.h"
#include "lwm2m/coap/coap_transport.h"
#include "lwm2m/coap/downlink_transfer.h"
#include "lwm2m/coap/session_table.h"
#include "lwm2m/coap/sockets.h"
#include "lwm2m/once_per_minute.h"

namespace lwm2m {

// Loop thread only, except Wake(). Owns sockets and tables.
//
// What libcoap calls (OnRequest, OnResponse, OnNack) hands messages to a server at once. What the
// server sends meanwhile is put off until the turn is over: so the acknowledgement of a
// notification and a piggybacked answer go out first, and no session changes under libcoap's feet.
// A request that is answered before the next turn begins gets its answer in the acknowledgement,
// too, so that answers which wait for the end of a turn cost no message more.
class CoapTransport::Loop {
 public:
  explicit Loop(CoapTransportOptions options);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  Result<void> Open();

  void SetHandler(Role role, MessageHandler* handler) {
    (role == Role::kServer ? server_ : bootstrap_server_) = handler;
  }
  TimePoint RunOnce(TimePoint deadline);
  std::chrono::nanoseconds waited() const { return waited_; }
  void Wake() { sockets_->Wake(); }
  std::vector<std::string> bound_addresses(Listener listener) const {
    return sockets_->bound_addresses(listener);
  }
  CoapCounters counters() const;
  std::chrono::milliseconds Behind() const { return sockets_->queues().Behind(); }

  void Respond(ExchangeId exchange, const CoapResponse& response);
  void Send(const Peer& peer, const CoapRequest& request);
  void Cancel(const std::string& token);
  void Forget(const Peer& peer);

 private:
  // An uplink request without an answer yet.
  struct OpenExchange {
    HeldSession* held;
    std::uint16_t message_id;
    std::string token;
    bool confirmable;
    std::optional<Block> block1;  // to be repeated in the answer
    std::optional<Block> block2;  // which part of the answer is wanted
    bool acknowledged = true;     // or needs none; else the answer is piggybacked
  };
  using MessageKey = std::tuple<coap_session_t*, std::uint16_t, std::string>;
  // The request that the server looks at right now, and where its answer goes.
  struct Current {
    ExchangeId id;
    coap_session_t* session;
    coap_pdu_t* answer;
    std::optional<Block> block1;
    std::optional<Block> block2;
    bool answered = false;
  };
  // A request of a server, or the completion of a notification.
  struct Downlink {
    std::string token;  // the server's
    Peer peer;
    Role role;
    DownlinkTransfer transfer;
    bool completes_notification = false;
    HeldSession* held = nullptr;
    std::string wire_token;  // of the message under way; empty: none yet
    TimePoint started{};
    std::optional<std::list<std::shared_ptr<Downlink>>::iterator> fresh;  // its place in fresh_
  };
  using DownlinkPointer = std::shared_ptr<Downlink>;
  // A session at whose address a handshake was begun.
  struct Doubt {
    coap_session_t* session;  // may be gone
    TimePoint since;
  };
  static constexpr Seconds kDoubt{5};

  static Loop& Of(coap_session_t* session);
  static void OnRequest(coap_resource_t* resource, coap_session_t* session,
                        const coap_pdu_t* request, const coap_string_t* query,
                        coap_pdu_t* answer) noexcept;
  static coap_response_t OnResponse(coap_session_t* session, const coap_pdu_t* sent,
                                    const coap_pdu_t* received, coap_mid_t mid) noexcept;
  static void OnNack(coap_session_t* session, const coap_pdu_t* sent, coap_nack_reason_t reason,
                     coap_mid_t mid) noexcept;
  static int OnEvent(coap_session_t* session, coap_event_t event) noexcept;
  static void OnHello(Channel& channel, const coap_address_t& from,
                      const coap_address_t& to) noexcept;

  MessageHandler* HandlerOf(Role role) const {
    return role == Role::kServer ? server_ : bootstrap_server_;
  }

  void AfterTurn();

  // peers.cc
  HeldSession& Heard(coap_session_t* session);
  HeldSession& Touched(HeldSession& held);
  void TakeEvent(coap_session_t* session, coap_event_t event);
  void TakeHello(const Peer& place);
  void EndDoubts();
  void Displace(HeldSession& held);
  void MakeRoom(Channel& channel);
  void Drop(coap_session_t* session);
  void Begin(coap_session_t* session);
  void CountBrokenHandshake(const coap_session_t* session);
  void LogRefusal(const coap_session_t* session,
                  std::optional<PeerAuthentication::Refusal> refusal);
  void WorkOffClosedSessions();

  // uplinks.cc
  void TakeRequest(coap_session_t* session, const coap_pdu_t* pdu, coap_pdu_t* answer);
  bool Reassemble(const HeldSession& held, const Block& block, CoapRequest& request,
                  coap_pdu_t* answer);
  void HandOver(HeldSession& held, const CoapRequest& request, const TransferOptions& options,
                coap_pdu_t* answer);
  void PutOffAcknowledgement(OpenExchange& exchange, ExchangeId id, coap_pdu_t* answer);
  void Acknowledge();
  void AnswerLater(const OpenExchange& exchange, const CoapResponse& response);
  coap_response_t TakeResponse(coap_session_t* session, const coap_pdu_t* pdu);
  coap_response_t TakeNotification(HeldSession& held, const coap_pdu_t* pdu,
                                   const CoapResponse& response, const TransferOptions& options);
  void AcknowledgeStored(bool stored);
  bool StartCompletion(const HeldSession& held, const CoapResponse& first,
                       const TransferOptions& options);

  // downlinks.cc
  void Flush();
  bool HasRoom() const;
  bool MayStart(const Downlink& downlink) const;
  bool IsCancelled(const DownlinkPointer& downlink) const;
  void BeginNext(std::deque<DownlinkPointer>& line);
  void ForgetFresh(Downlink& downlink);
  void Start(const DownlinkPointer& downlink);
  HeldSession* SessionFor(const Peer& peer);
  bool SendMessage(const DownlinkPointer& downlink);
  void TakeAnswer(const DownlinkPointer& downlink, const CoapResponse& response,
                  const TransferOptions& options);
  void Finish(const DownlinkPointer& downlink);
  void Fail(const DownlinkPointer& downlink, Failure failure);
  bool IsCompletionUnderWay(const std::string& token) const;

  const CoapTransportOptions options_;
  MessageHandler* server_ = nullptr;
  MessageHandler* bootstrap_server_ = nullptr;
  std::unique_ptr<Sockets> sockets_;
  std::unique_ptr<SessionTable> sessions_;
  BlockAssembly assembly_;
  TimePoint now_{};
  TimePoint next_look_{};
  std::chrono::nanoseconds waited_{};

  ExchangeId next_exchange_ = 1;
  Current* current_ = nullptr;
  std::unordered_map<ExchangeId, OpenExchange> open_;
  std::map<MessageKey, ExchangeId> open_by_message_;
  std::vector<ExchangeId> unacknowledged_;  // requests of this turn; some have an answer since

  // Confirmable notifications of this turn, acknowledged at its end.
  std::vector<std::pair<coap_session_t*, coap_mid_t>> pending_;

  std::deque<DownlinkPointer> to_send_;
  std::deque<DownlinkPointer> to_connect_;  // until there is room for one more socket
  std::list<DownlinkPointer> fresh_;  // under way, and not sent a second time yet; oldest first
  std::unordered_map<std::string, DownlinkPointer> by_token_;     // requests, by the server's token
  std::unordered_map<std::string, DownlinkPointer> completions_;  // by the observation's token
  std::unordered_map<std::string, DownlinkPointer> by_wire_token_;
  std::vector<coap_session_t*> closed_;  // that we hold and whose downlinks are to be failed
  std::deque<Doubt> doubted_;            // oldest first
  CoapCounters counters_;
  enum class LogLine { kHandshakeFailed, kTransferFailed, kCount };
  OncePerMinute<LogLine> log_limit_;
};

}  // namespace lwm2m

#endif  // LWM2M_COAP_LOOP_H_
