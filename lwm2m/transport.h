// What the server needs from whatever carries CoAP.
#ifndef LWM2M_TRANSPORT_H_
#define LWM2M_TRANSPORT_H_

#include <cstdint>

#include "lwm2m/message.h"

namespace lwm2m {

// One uplink request that waits for its answer. Chosen by the transport, never reused in a run.
using ExchangeId = std::uint64_t;

// Loop thread only. Never calls back into the server from within a call.
class Transport {
 public:
  virtual ~Transport() = default;

  // Answers an uplink request that was handed to Server::OnRequest; exactly once for each. Within
  // that call: piggybacked; later: as a separate response (RFC 7252 §5.2.2). A retransmission of a
  // request that still waits is acknowledged by the transport and not handed over again.
  virtual void Respond(ExchangeId exchange, const CoapResponse& response) = 0;

  // Sends a downlink request to `peer` with `request.token`, retransmits it as RFC 7252 §4.2 says,
  // and ends with exactly one Server::OnResponse or Server::OnFailure for that token. Block-wise
  // transfer of a large payload or answer happens inside.
  virtual void Send(const Peer& peer, const CoapRequest& request) = 0;

  // Forgets a request; no call follows for it.
  virtual void Cancel(const Peer& peer, const std::string& token) = 0;
};

}  // namespace lwm2m

#endif  // LWM2M_TRANSPORT_H_
