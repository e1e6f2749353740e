// The libcoap sessions that we refer to.
#ifndef LWM2M_COAP_SESSION_TABLE_H_
#define LWM2M_COAP_SESSION_TABLE_H_

#include <coap3/coap.h>

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "lwm2m/message.h"

namespace lwm2m {

// A session of libcoap that holds exactly one reference of ours.
struct HeldSession {
  coap_session_t* session = nullptr;
  Peer peer;
  unsigned users = 0;   // open exchanges and downlinks under way
  bool recent = false;  // among those kept for the next downlink
  bool retire = false;  // to be replaced by a new one as soon as nobody uses it
  bool client = false;  // made for a downlink: closed as soon as nobody uses it
  std::list<HeldSession*>::iterator position;
};

// A session of the plain UDP endpoints is a cache: libcoap evicts idle ones. This table keeps those
// that are in use, and the most recent ones for the downlinks that an uplink causes. References are
// given back in AfterTurn() only, never within a callback of libcoap.
//
// Loop thread only. Owns one reference per session; the contexts outlive it.
class SessionTable {
 public:
  explicit SessionTable(std::size_t recent_limit) : recent_limit_(recent_limit) {}
  ~SessionTable();
  SessionTable(const SessionTable&) = delete;
  SessionTable& operator=(const SessionTable&) = delete;

  // The session of a message that has just come. Makes it the most recent one.
  HeldSession& Touch(coap_session_t* session);
  // Takes over the reference that the new client session came with.
  HeldSession& Adopt(coap_session_t* session, Peer peer);
  // A live session with that peer, nullptr when there is none.
  HeldSession* Find(const Peer& peer) const;

  void Use(HeldSession& held) { ++held.users; }
  void Unuse(HeldSession& held);
  // libcoap drops the retransmission of a confirmable response on the session that carried it: the
  // next message of this peer shall come on a new session.
  void Retire(HeldSession& held);
  // Not found any more: libcoap refuses to send on it.
  void Abandon(HeldSession& held);
  // Nobody waits any more for the answer to what was sent on it: it shall not be sent again.
  void Silence(HeldSession& held) { to_silence_.push_back(held.session); }
  // Does what Silence() asked for; not within a callback of libcoap.
  void StopRetransmissions();

  void AfterTurn();

  std::size_t size() const { return held_.size(); }
  std::size_t client_count() const { return client_count_; }

 private:
  static std::string KeyOf(const Peer& peer);
  void Release(HeldSession& held);

  const std::size_t recent_limit_;
  std::unordered_map<coap_session_t*, std::unique_ptr<HeldSession>> held_;
  std::unordered_map<std::string, HeldSession*> by_peer_;
  std::list<HeldSession*> recent_;  // newest first
  std::vector<coap_session_t*> to_look_at_;
  std::vector<coap_session_t*> to_silence_;
  std::size_t client_count_ = 0;
};

}  // namespace lwm2m

#endif  // LWM2M_COAP_SESSION_TABLE_H_
