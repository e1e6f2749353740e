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
// And a handshake costs as much as a hundred messages. While devices that have finished theirs are
// heard, handshakes get no more than their share of the time; beyond it those that begin are put
// off, and clients say their ClientHello again after a second.
//
// Loop thread only. Bounded: the oldest sources are forgotten.
class HandshakeGate {
 public:
  // `share`: of the time of the loop; 1: all of it.
  explicit HandshakeGate(std::size_t limit, double share = 1) : limit_(limit), share_(share) {}

  // What libcoap keeps for a source, until its first message; twice the same is the same.
  void Began(coap_session_t* session, TimePoint now);
  void Ended(coap_session_t* session);
  std::size_t unfinished() const { return unfinished_.size(); }
  // The oldest that are to give way now: those beyond three quarters of the limit that have had a
  // while. Clients finish within a round trip or two.
  std::vector<coap_session_t*> Overdue(TimePoint now) const;
  // The unfinished one of that address; nullptr when there is none.
  coap_session_t* Find(const coap_address_t& from) const;

  // So much time has gone into handshakes.
  void Spent(TimePoint::duration time, TimePoint now);
  // A message has come of somebody who had been heard before.
  void Served(TimePoint now) { served_at_ = now; }
  // Whether a handshake may begin now, as far as time is concerned.
  bool HasTime(TimePoint now) const;

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
  const double share_;
  TimePoint paid_until_{};  // when what was spent has been made up for
  TimePoint served_at_{};
  std::list<Unfinished> unfinished_;  // oldest first
  std::unordered_map<coap_session_t*, std::list<Unfinished>::iterator> by_session_;
  std::unordered_map<std::string, TimePoint> sources_;  // when they were new
  std::deque<Seen> order_;                              // of sources_, by time
};

}  // namespace lwm2m

#endif  // LWM2M_COAP_HANDSHAKE_GATE_H_
