#include "lwm2m/coap/session_table.h"

#include <utility>

#include "lwm2m/coap/address.h"

namespace lwm2m {

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

HeldSession& SessionTable::Touch(coap_session_t* session) {
  auto* held = static_cast<HeldSession*>(coap_session_get_app_data(session));
  if (held == nullptr) {
    auto created = std::make_unique<HeldSession>();
    held = created.get();
    held->session = coap_session_reference(session);
    held->peer.transport = Peer::Transport::kUdp;
    held->peer.address = ToText(*coap_session_get_addr_remote(session));
    held->peer.local = ToText(*coap_session_get_addr_local(session));
    coap_session_set_app_data(session, held);
    held_.emplace(session, std::move(created));
    by_peer_[KeyOf(held->peer)] = held;
  }
  if (held->client) return *held;
  if (held->recent) {
    recent_.splice(recent_.begin(), recent_, held->position);
    return *held;
  }
  recent_.push_front(held);
  held->position = recent_.begin();
  held->recent = true;
  if (recent_.size() > recent_limit_) {
    HeldSession* const oldest = recent_.back();
    recent_.pop_back();
    oldest->recent = false;
    to_look_at_.push_back(oldest->session);
  }
  return *held;
}

HeldSession& SessionTable::Adopt(coap_session_t* session, Peer peer) {
  auto created = std::make_unique<HeldSession>();
  HeldSession& held = *created;
  held.session = session;
  held.peer = std::move(peer);
  held.client = true;
  coap_session_set_app_data(session, &held);
  held_.emplace(session, std::move(created));
  by_peer_[KeyOf(held.peer)] = &held;
  ++client_count_;
  return held;
}

HeldSession* SessionTable::Find(const Peer& peer) const {
  const auto found = by_peer_.find(KeyOf(peer));
  return found == by_peer_.end() ? nullptr : found->second;
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

void SessionTable::AfterTurn() {
  for (coap_session_t* const session : std::exchange(to_look_at_, {})) {
    const auto found = held_.find(session);
    if (found == held_.end()) continue;
    HeldSession& held = *found->second;
    if (held.users == 0 && (held.retire || !held.recent)) Release(held);
  }
}

void SessionTable::Release(HeldSession& held) {
  coap_session_t* const session = held.session;
  const auto by_peer = by_peer_.find(KeyOf(held.peer));
  if (by_peer != by_peer_.end() && by_peer->second == &held) by_peer_.erase(by_peer);
  if (held.recent) recent_.erase(held.position);
  if (held.client) --client_count_;
  // A server session lives on without references until libcoap evicts it; one that becomes a client
  // session goes with its last reference. coap_session_set_type_client adds one.
  const bool extra = held.retire && !held.client && coap_session_set_type_client(session) == 1;
  coap_session_set_app_data(session, nullptr);
  held_.erase(session);
  if (extra) coap_session_release(session);
  coap_session_release(session);
}

}  // namespace lwm2m
