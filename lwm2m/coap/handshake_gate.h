// What is let through of the DTLS handshakes that strangers begin.
#ifndef LWM2M_COAP_HANDSHAKE_GATE_H_
#define LWM2M_COAP_HANDSHAKE_GATE_H_

#include <coap3/coap.h>

#include <cstddef>
#include <deque>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lwm2m/registration.h"

namespace lwm2m {

// libcoap keeps a session for every source of a ClientHello, also without a valid cookie, for 30 s,
// and takes no new ones when there are too many: a few dozen datagrams a second with forged sources
// would lock everybody out. Above half of the limit a source that is new has to say its ClientHello
// twice, as every client does after a second without an answer (RFC 6347 §4.2.4), and a forged one
// does not.
//
// Loop thread only. Bounded: the oldest sources are forgotten.
class HandshakeGate {
 public:
  explicit HandshakeGate(std::size_t limit) : limit_(limit) {}

  // What libcoap keeps for a source, until its first message; twice the same is the same.
  void Began(coap_session_t* session, TimePoint now);
  void Ended(coap_session_t* session);
  std::size_t unfinished() const { return unfinished_.size(); }
  // The oldest that are to give way now: those beyond three quarters of the limit that have had a
  // while. Clients finish within a round trip or two.
  std::vector<coap_session_t*> Overdue(TimePoint now) const;
  // The unfinished one of that address; nullptr when there is none.
  coap_session_t* Find(const coap_address_t& from) const;

  // True when the ClientHello of `source` (an address and port, in any form) may pass.
  bool Admits(const std::string& source, TimePoint now);

 private:
  struct Seen {
    std::string source;
    TimePoint at;
  };
  struct Unfinished {
    coap_session_t* session;
    TimePoint since;
  };
  const std::size_t limit_;
  std::list<Unfinished> unfinished_;  // oldest first
  std::unordered_map<coap_session_t*, std::list<Unfinished>::iterator> by_session_;
  std::unordered_map<std::string, TimePoint> sources_;  // when they were new
  std::deque<Seen> order_;                              // of sources_, by time
};

}  // namespace lwm2m

#endif  // LWM2M_COAP_HANDSHAKE_GATE_H_
