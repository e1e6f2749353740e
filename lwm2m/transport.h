// What the server and the bootstrap server need from whatever carries CoAP, and what it calls.
#ifndef LWM2M_TRANSPORT_H_
#define LWM2M_TRANSPORT_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "lwm2m/message.h"
#include "lwm2m/operations.h"
#include "lwm2m/registration.h"

namespace lwm2m {

// One uplink request that waits for its answer. Chosen by the transport, never reused in a run.
using ExchangeId = std::uint64_t;

// What a transport hands messages to. Loop thread only.
class MessageHandler {
 public:
  virtual ~MessageHandler() = default;

  // A request of a device; `exchange` is answered exactly once with Transport::Respond.
  virtual void OnRequest(ExchangeId exchange, const Peer& peer, const CoapRequest& request,
                         TimePoint now) = 0;
  // The answer to a downlink request, or a notification. The transport sends Reset to one that is
  // kUnknown, and nothing, not even an acknowledgement, to one that is kNotStored. One that is
  // kPending, as only between BeginTurn() and EndTurn(), is what EndTurn() says.
  enum class Reception { kAccepted, kNotStored, kUnknown, kPending };
  virtual Reception OnResponse(const Peer& peer, const CoapResponse& response, TimePoint now) = 0;
  // A downlink request ended without answer: kTimedOut, kReset, kUnreachable when nothing was sent,
  // kOutcomeUnknown when its session or connection ended while it was under way.
  virtual void OnFailure(const Peer& peer, const std::string& token, Failure failure,
                         TimePoint now) = 0;
  // The request that fetches what an observation observes, without Observe and token: a transport
  // completes a notification with it of which only the first block came (IR-9). nullopt for a token
  // that is no observation of that peer's.
  virtual std::optional<CoapRequest> RequestOfObservation(const Peer& peer,
                                                          const std::string& token) const = 0;

  // A transport that can put acknowledgements off calls these before and after the messages of one
  // turn, which are then stored together. True: what was kPending in between is accepted; false:
  // it is not stored, and none of it is acknowledged.
  virtual void BeginTurn() {}
  virtual bool EndTurn() { return true; }
};

// Loop thread only. Never calls back into a MessageHandler from within a call.
class Transport {
 public:
  virtual ~Transport() = default;

  // Answers an uplink request that was handed to MessageHandler::OnRequest; exactly once for each.
  // Within that call: piggybacked; later: as a separate response (RFC 7252 §5.2.2). A
  // retransmission of a request that still waits is acknowledged by the transport and not handed
  // over again.
  virtual void Respond(ExchangeId exchange, const CoapResponse& response) = 0;

  // Sends a downlink request to `peer` with `request.token`, retransmits it as RFC 7252 §4.2 says,
  // and ends with exactly one MessageHandler::OnResponse or OnFailure for that token. Block-wise
  // transfer of a large payload or answer happens inside.
  virtual void Send(const Peer& peer, const CoapRequest& request) = 0;

  // Forgets a request; no call follows for it.
  virtual void Cancel(const Peer& peer, const std::string& token) = 0;

  // The registration of `peer` has ended: its security context or connection is closed when nothing
  // is under way on it, so that a client that comes back from the same port meets no stale one. A
  // transport without sessions has nothing to do.
  virtual void Forget(const Peer& /*peer*/) {}

  // For how long more has been waiting to be read than is good. A transport without a queue never
  // is behind.
  virtual std::chrono::milliseconds Behind() const { return {}; }
};

}  // namespace lwm2m

#endif  // LWM2M_TRANSPORT_H_
