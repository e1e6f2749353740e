#include "lwm2m/coap/session_table.h"

#include <utility>

namespace lwm2m {
namespace {

constexpr Seconds kLetGoAfter{10};

// Stands for the entry of a session that is being freed, whose events concern nobody any more.
HeldSession& Freed() {
  static HeldSession freed;
  freed.closed = true;
  return freed;
}

}  // namespace

SessionTable::~SessionTable() {
  for (auto& [session, held] : held_) {
    coap_session_set_app_data(session, nullptr);
    coap_session_release(session);
  }
}

std::string SessionTable::KeyOf(const Peer& peer) {
  std::string key(1, static_cast<char>(peer.transport));
  key += peer.address;
  key += '|';
  key += peer.local;
  return key;
}

HeldSession* SessionTable::Of(const coap_session_t* session) {
  return static_cast<HeldSession*>(coap_session_get_app_data(session));
}

HeldSession& SessionTable::Insert(coap_session_t* session, Peer peer, Role role) {
  auto created = std::make_unique<HeldSession>();
  HeldSession& held = *created;
  held.session = session;
  held.peer = std::move(peer);
  held.role = role;
  coap_session_set_app_data(session, &held);
  held_.emplace(session, std::move(created));
  by_peer_[KeyOf(held.peer)] = &held;
  ++counts_[static_cast<std::size_t>(held.peer.transport)];
  return held;
}

HeldSession& SessionTable::Hold(coap_session_t* session, Peer peer, Role role) {
  return Insert(coap_session_reference(session), std::move(peer), role);
}

HeldSession& SessionTable::Adopt(coap_session_t* session, Peer peer, Role role) {
  HeldSession& held = Insert(session, std::move(peer), role);
  held.client = true;
  ++client_count_;
  return held;
}

void SessionTable::Touch(HeldSession& held, TimePoint now) {
  held.heard = now;
  held.hellos = 0;
  if (held.client) return;
  Sessions& list = ListOf(held);
  if (held.listed) {
    list.splice(list.begin(), list, held.position);
    return;
  }
  list.push_front(&held);
  held.position = list.begin();
  held.listed = true;
  if (held.lasting()) {
    if (list.size() > bounds_.lasting) Abandon(*list.back());
  } else if (list.size() > bounds_.recent) {
    HeldSession& oldest = *list.back();
    Unlist(oldest);
    to_look_at_.push_back(oldest.session);
  }
}

HeldSession* SessionTable::FindAt(const Peer& place) const {
  const auto found = by_peer_.find(KeyOf(place));
  return found == by_peer_.end() ? nullptr : found->second;
}

HeldSession* SessionTable::FindHeld(const coap_session_t* session) const {
  const auto found = held_.find(const_cast<coap_session_t*>(session));
  return found == held_.end() ? nullptr : found->second.get();
}

// Behind an address that a network gave to somebody else is another device.
HeldSession* SessionTable::Find(const Peer& peer) const {
  HeldSession* const held = FindAt(peer);
  return held != nullptr && held->peer.identity == peer.identity ? held : nullptr;
}

void SessionTable::Unuse(HeldSession& held) {
  if (--held.users == 0) to_look_at_.push_back(held.session);
}

void SessionTable::Retire(HeldSession& held) {
  if (held.client) return;
  held.retire = true;
  to_look_at_.push_back(held.session);
}

void SessionTable::Abandon(HeldSession& held) {
  const auto found = by_peer_.find(KeyOf(held.peer));
  if (found != by_peer_.end() && found->second == &held) by_peer_.erase(found);
  Unlist(held);
  held.retire = true;
  to_look_at_.push_back(held.session);
}

// On plain UDP this empties the queue of the session and leaves it as it was otherwise.
void SessionTable::StopRetransmissions() {
  for (coap_session_t* const session : std::exchange(to_silence_, {})) {
    const auto found = held_.find(session);
    if (found == held_.end() || found->second->peer.transport != Peer::Transport::kUdp) continue;
    coap_session_disconnected(session, COAP_NACK_NOT_DELIVERABLE);
  }
}

void SessionTable::LetGo(HeldSession& held, TimePoint now) {
  if (held.lasting()) leaving_.push_back({held.session, now});
}

void SessionTable::Unlist(HeldSession& held) {
  if (held.listed) ListOf(held).erase(held.position);
  held.listed = false;
}

void SessionTable::AfterTurn(TimePoint now) {
  while (!lasting_.empty() && now - lasting_.back()->heard >= bounds_.idle) {
    Abandon(*lasting_.back());
  }
  while (!leaving_.empty() && now - leaving_.front().since >= kLetGoAfter) {
    const Leaving leaving = leaving_.front();
    leaving_.pop_front();
    const auto found = held_.find(leaving.session);
    if (found == held_.end() || found->second->heard > leaving.since) continue;
    if (found->second->users > 0) {
      leaving_.push_back({leaving.session, now});  // its answer is still to come
    } else {
      Abandon(*found->second);
    }
  }
  for (coap_session_t* const session : std::exchange(to_look_at_, {})) {
    const auto found = held_.find(session);
    if (found == held_.end()) continue;
    HeldSession& held = *found->second;
    if (held.users == 0 && (held.retire || !held.listed)) Release(held);
  }
}

void SessionTable::Release(HeldSession& held) {
  coap_session_t* const session = held.session;
  const auto by_peer = by_peer_.find(KeyOf(held.peer));
  if (by_peer != by_peer_.end() && by_peer->second == &held) by_peer_.erase(by_peer);
  Unlist(held);
  --counts_[static_cast<std::size_t>(held.peer.transport)];
  if (held.client) --client_count_;
  const bool lasting = held.lasting();
  const bool ends = !held.client && (held.retire || !lasting);
  coap_session_set_app_data(session, lasting ? &Freed() : nullptr);
  held_.erase(session);
  // Messages in libcoap's queue refer to the session as well. It must not go with the last of them,
  // in the middle of a datagram.
  if (lasting) coap_session_disconnected(session, COAP_NACK_NOT_DELIVERABLE);
  // A server session lives on without references until libcoap evicts it, one for each that is new,
  // and it looks at all of them for each that is new: of plain UDP they would stay as many as once
  // were in use. One that becomes a client session goes with its last reference.
  // coap_session_set_type_client adds one.
  if (ends && coap_session_set_type_client(session) == 1) coap_session_release(session);
  coap_session_release(session);
}

}  // namespace lwm2m
