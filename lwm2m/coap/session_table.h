// The libcoap sessions that we refer to.
#ifndef LWM2M_COAP_SESSION_TABLE_H_
#define LWM2M_COAP_SESSION_TABLE_H_

#include <coap3/coap.h>

#include <array>
#include <cstddef>
#include <deque>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "lwm2m/coap/sockets.h"
#include "lwm2m/message.h"

namespace lwm2m {

// A session of libcoap that holds exactly one reference of ours.
struct HeldSession {
  coap_session_t* session = nullptr;
  Peer peer;
  Role role = Role::kServer;
  unsigned users = 0;   // open exchanges and downlinks under way
  bool listed = false;  // among those that are kept; `position` says where
  bool retire = false;  // to be let go as soon as nobody uses it
  bool client = false;  // made for a downlink: closed as soon as nobody uses it
  bool closed = false;  // its connection or security context is gone: nothing is sent on it
  TimePoint heard{};    // of the last message
  unsigned hellos = 0;  // handshakes begun at its address since then
  TimePoint first_hello{};
  std::list<HeldSession*>::iterator position;

  // DTLS, TCP and TLS: the peer made it, and we cannot make another one.
  bool lasting() const { return peer.transport != Peer::Transport::kUdp; }
};

inline bool IsSecured(const Peer& peer) {
  return peer.transport == Peer::Transport::kDtls || peer.transport == Peer::Transport::kTls;
}
inline bool IsStream(const Peer& peer) {
  return peer.transport == Peer::Transport::kTcp || peer.transport == Peer::Transport::kTls;
}
// libcoap would make a new connection or handshake, as a client, to send on one that is gone.
inline bool CanSend(const HeldSession& held) {
  return !held.closed && (!held.lasting() ||
                          coap_session_get_state(held.session) == COAP_SESSION_STATE_ESTABLISHED);
}

// A session of the plain UDP endpoints is a cache: libcoap evicts idle ones. This table keeps those
// that are in use, and the most recent ones for the downlinks that an uplink causes. Sessions of
// DTLS, TCP and TLS last: they stay until they are closed, idle for long, or too many. References
// are given back in AfterTurn() only, never within a callback of libcoap.
//
// Loop thread only. Owns one reference per session; the contexts outlive it.
class SessionTable {
 public:
  struct Bounds {
    std::size_t recent;   // of plain UDP
    std::size_t lasting;  // the most silent one gives way
    Seconds idle;         // of a lasting one
  };
  explicit SessionTable(const Bounds& bounds) : bounds_(bounds) {}
  ~SessionTable();
  SessionTable(const SessionTable&) = delete;
  SessionTable& operator=(const SessionTable&) = delete;

  // The entry of a session; nullptr when it has none.
  static HeldSession* Of(const coap_session_t* session);
  // Makes the entry of a server session.
  HeldSession& Hold(coap_session_t* session, Peer peer, Role role);
  // A message of it has just come.
  void Touch(HeldSession& held, TimePoint now);
  // Takes over the reference that the new client session came with.
  HeldSession& Adopt(coap_session_t* session, Peer peer, Role role);
  // A live session with that peer, nullptr when there is none.
  HeldSession* Find(const Peer& peer) const;
  // The same, whatever identity it has proved.
  HeldSession* FindAt(const Peer& place) const;
  // nullptr for a session that is not held any more; `session` may be dangling.
  HeldSession* FindHeld(const coap_session_t* session) const;

  void Use(HeldSession& held) { ++held.users; }
  void Unuse(HeldSession& held);
  // libcoap drops the retransmission of a confirmable response on the session that carried it: the
  // next message of this peer shall come on a new session.
  void Retire(HeldSession& held);
  // Not found any more: libcoap refuses to send on it, or the peer is not behind it any more.
  void Abandon(HeldSession& held);
  // Nobody waits any more for the answer to what was sent on it: it shall not be sent again.
  void Silence(HeldSession& held) { to_silence_.push_back(held.session); }
  // Does what Silence() asked for; not within a callback of libcoap.
  void StopRetransmissions();
  // Abandons a lasting session in a while, for an answer on it has to arrive first; not if it
  // brings another message until then.
  void LetGo(HeldSession& held, TimePoint now);

  void AfterTurn(TimePoint now);

  std::size_t size() const { return held_.size(); }
  std::size_t client_count() const { return client_count_; }
  std::size_t count(Peer::Transport transport) const {
    return counts_[static_cast<std::size_t>(transport)];
  }

 private:
  using Sessions = std::list<HeldSession*>;  // newest first

  static std::string KeyOf(const Peer& peer);
  HeldSession& Insert(coap_session_t* session, Peer peer, Role role);
  Sessions& ListOf(const HeldSession& held) { return held.lasting() ? lasting_ : recent_; }
  void Unlist(HeldSession& held);
  void Release(HeldSession& held);

  const Bounds bounds_;
  std::unordered_map<coap_session_t*, std::unique_ptr<HeldSession>> held_;
  std::unordered_map<std::string, HeldSession*> by_peer_;
  Sessions recent_;
  Sessions lasting_;
  std::vector<coap_session_t*> to_look_at_;
  std::vector<coap_session_t*> to_silence_;
  struct Leaving {
    coap_session_t* session;
    TimePoint since;
  };
  std::deque<Leaving> leaving_;  // in the order of time
  std::size_t client_count_ = 0;
  std::array<std::size_t, 4> counts_{};  // by Peer::Transport
};

}  // namespace lwm2m

#endif  // LWM2M_COAP_SESSION_TABLE_H_
