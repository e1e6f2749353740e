// CoAP over UDP, DTLS, TCP and TLS with libcoap.
#ifndef LWM2M_COAP_COAP_TRANSPORT_H_
#define LWM2M_COAP_COAP_TRANSPORT_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lwm2m/credentials.h"
#include "lwm2m/error.h"
#include "lwm2m/registration.h"
#include "lwm2m/transport.h"

namespace lwm2m {

// Every address is "address:port"; port 0 is one that is free. On UDP and DTLS "0.0.0.0" and "[::]"
// stand for every local address, looked up at start and every 30 s.
struct CoapTransportOptions {
  std::vector<std::string> coap = {"0.0.0.0:5683"};
  std::vector<std::string> coaps;      // PSK and, with `ca_file`, X.509
  std::vector<std::string> coaps_rpk;  // PSK and raw public keys
  std::vector<std::string> coap_tcp;   // RFC 8323
  std::vector<std::string> coaps_tcp;  // security as for `coaps`
  std::vector<std::string> bootstrap_coap;
  std::vector<std::string> bootstrap_coaps;  // security as for `coaps`

  // PEM files. X.509 is on when certificate, key and CA are there; clients must chain to the CA.
  struct Security {
    std::string certificate_file, key_file, ca_file;
    std::string rpk_key_file;                 // private key of `coaps_rpk`, on secp256r1 (SEC-6)
    CredentialSource* credentials = nullptr;  // needed for every secured listener; outlives this
    std::size_t handshakes = 2048;            // unfinished at a time, for each kind of listener
    double handshake_share = 1;               // of the loop's time, as long as others are heard
  };
  Security security;

  std::size_t sessions_held = 64;         // kept after an uplink, for the downlinks that it causes
  std::size_t idle_sessions = 32;         // of libcoap on plain UDP, beyond those
  std::size_t lasting_sessions = 131072;  // of DTLS, TCP and TLS; the most silent one gives way
  Seconds session_idle{std::chrono::hours(24 * 7)};  // after which a lasting session is closed
  std::size_t downlink_sessions = 128;  // sockets open at a time for peers without a live session
  // Requests under way at a time. libcoap keeps them in one list that it walks for each, so that a
  // herd of devices that are all observed must not be asked at once; and those that answer do so
  // within the time of the first retransmission, while those that are gone count for the other.
  std::size_t downlinks_at_once = 512;
  std::size_t downlinks_open = 4096;
  std::size_t largest_body = std::size_t{64} * 1024;  // of a block-wise transfer
  std::size_t completions = 1024;               // block-wise notifications being fetched at a time
  std::chrono::milliseconds ack_timeout{2000};  // RFC 7252 §4.8; at least 1 s
  unsigned max_retransmit = 4;                  // at least 1
};

// Monotonic counts since construction, except the last line.
struct CoapCounters {
  std::uint64_t requests = 0;         // uplinks handed to the server
  std::uint64_t retransmissions = 0;  // uplinks acknowledged again while they wait
  std::uint64_t notifications = 0;    // responses that are no answer to a request under way
  std::uint64_t acks_withheld = 0;    // notifications that were not stored
  std::uint64_t resets_sent = 0;      // notifications with an unknown token
  std::uint64_t downlinks = 0;        // requests sent, without retransmissions and blocks
  std::uint64_t downlinks_timed_out = 0, downlinks_reset = 0, downlinks_unreachable = 0;
  std::uint64_t answers_undelivered = 0;  // separate responses that were never acknowledged
  std::uint64_t transfers_failed = 0;     // block-wise transfers that did not come to an end
  std::uint64_t handshakes_done = 0;      // of DTLS and TLS, with a first message
  std::uint64_t handshakes_unknown = 0;   // PSK identity or raw public key that nobody knows
  std::uint64_t handshakes_refused = 0;   // certificate that names nobody, or is none
  std::uint64_t handshakes_broken = 0;    // ended before the first message, for another reason
  std::uint64_t hellos_put_off = 0;       // ClientHellos that have to come again, in a flood
  std::uint64_t sessions_displaced = 0;   // of a peer that shook hands anew from the same port
  std::uint64_t connections_refused = 0;  // TCP and TLS: too many that have not sent anything yet
  std::uint64_t datagrams_dropped = 0;    // by the kernel, since its queue was full
  std::size_t handshakes_open = 0;        // unfinished, or without a first message
  std::size_t sessions = 0, downlink_sessions = 0, open_exchanges = 0, downlinks_open = 0;
  std::size_t sessions_dtls = 0, sessions_tcp = 0, sessions_tls = 0;
};

// A list of CoapTransportOptions.
enum class Listener {
  kCoap,
  kCoaps,
  kCoapsRpk,
  kCoapTcp,
  kCoapsTcp,
  kBootstrapCoap,
  kBootstrapCoaps
};

// The sockets of the LwM2M server and bootstrap server, and the only thing that waits on them. The
// owner's loop is
//
//   while (!stop) {
//     transport->RunOnce(std::min(server.Tick(now), other deadlines));
//     mailbox.Drain();
//   }
//
// Block-wise transfer is done here, in tables of its own (RFC 7959). A notification is acknowledged
// when the server took it, answered with Reset when nobody knows its token, and met with silence
// when it could not be stored. Several things work around libcoap 4.3.1; each says so where it
// stands.
//
// A peer of DTLS or TLS has the identity that its handshake proved; without one nothing of it is
// taken. Downlinks to DTLS, TCP and TLS peers go over the session that the peer has made, and fail
// with kUnreachable at once when there is none.
//
// Loop thread only, except Wake(). Owns its sockets; the handlers outlive every RunOnce().
class CoapTransport : public Transport {
 public:
  // Binds all addresses; kInvalidValue names one that is wrong, kUnreachable one that is taken.
  static Result<std::unique_ptr<CoapTransport>> Create(CoapTransportOptions options);
  ~CoapTransport() override;
  CoapTransport(const CoapTransport&) = delete;
  CoapTransport& operator=(const CoapTransport&) = delete;

  // Where messages go, before the first RunOnce(): those of the bootstrap listeners to
  // `bootstrap_server`, all others to `server`. Requests nobody serves are answered 4.04.
  void SetServer(MessageHandler* server);
  void SetBootstrapServer(MessageHandler* bootstrap_server);

  // Waits for datagrams, Wake() or the deadline, whichever comes first, and works off what there
  // is. Returns the time now.
  TimePoint RunOnce(TimePoint deadline);
  // How long it has waited, in all.
  std::chrono::nanoseconds waited() const;
  // Ends the wait of RunOnce(). Thread-safe.
  void Wake();

  // With the real ports: "127.0.0.1:40125".
  std::vector<std::string> bound_addresses(Listener listener = Listener::kCoap) const;
  CoapCounters counters() const;

  void Respond(ExchangeId exchange, const CoapResponse& response) override;
  void Send(const Peer& peer, const CoapRequest& request) override;
  void Cancel(const Peer& peer, const std::string& token) override;
  void Forget(const Peer& peer) override;
  std::chrono::milliseconds Behind() const override;

 private:
  class Loop;
  explicit CoapTransport(std::unique_ptr<Loop> loop);
  std::unique_ptr<Loop> loop_;
};

}  // namespace lwm2m

#endif  // LWM2M_COAP_COAP_TRANSPORT_H_
