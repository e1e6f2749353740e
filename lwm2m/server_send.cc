// Send and its answer; by which address or identity an endpoint is found.  (LwM2M Core 1.1.1
// §6.4.6; Transport 1.1.1 §6.4.5)
#include <algorithm>
#include <utility>

#include "lwm2m/server_state.h"

namespace lwm2m {

void Server::State::Index(const EndpointPointer& endpoint) {
  by_sender_.Add(SenderKey(endpoint->registration->peer), endpoint);
}

void Server::State::Unindex(const EndpointPointer& endpoint) {
  by_sender_.Remove(SenderKey(endpoint->registration->peer), endpoint);
}

void Server::State::SetPeer(const EndpointPointer& endpoint, const Peer& peer) {
  if (endpoint->registration->peer == peer) return;
  if (const std::string& gateway = endpoint->registration->gateway; !gateway.empty()) {
    if (const EndpointPointer route = FindEndpoint(gateway)) SetPeer(route, peer);
    return;
  }
  for (const EndpointPointer& device : EndDevices(endpoint->registration->endpoint)) {
    device->registration.Edit().peer = peer;
  }
  Unindex(endpoint);
  const Peer before = std::exchange(endpoint->registration.Edit().peer, peer);
  Index(endpoint);
  const bool has_session = before.transport != Peer::Transport::kUdp;
  if (has_session && before.address != peer.address) LetGo(before);
}

// A session that no registration uses any more only stands in the way of the next one from there.
void Server::State::LetGo(const Peer& peer) {
  const auto user = by_sender_.Find(SenderKey(peer), [&](const EndpointPointer& endpoint) {
    const Peer& registered = endpoint->registration->peer;
    return registered.transport == peer.transport && registered.address == peer.address;
  });
  if (!user) transport_.Forget(peer);
}

// A Send does not name its endpoint. Several endpoints may share an identity, and then the address
// decides; or an address, and then it is the one that was heard last.
Server::State::EndpointPointer Server::State::FindSender(const Peer& peer) const {
  std::vector<EndpointPointer> candidates;
  by_sender_.ForEach(SenderKey(peer), [&](const EndpointPointer& endpoint) {
    if (IsSameDevice(endpoint->registration->peer, peer)) candidates.push_back(endpoint);
  });
  if (candidates.size() > 1) {
    std::erase_if(candidates, [&](const EndpointPointer& candidate) {
      return candidate->registration->peer.address != peer.address;
    });
  }
  const auto latest =
      std::max_element(candidates.begin(), candidates.end(),
                       [](const EndpointPointer& left, const EndpointPointer& right) {
                         return left->last_seen < right->last_seen;
                       });
  return latest == candidates.end() ? nullptr : *latest;
}

void Server::State::TakeSend(const Uplink& uplink) {
  if (uplink.request.method != Method::kPost) {
    return Refuse(uplink, Code::kMethodNotAllowed, Complaint::kRequest, "method on /dp");
  }
  const EndpointPointer endpoint = FindSender(uplink.peer);
  if (!endpoint) {
    // IR-12: nothing of it is registered. The client registers anew.
    return Refuse(uplink, Code::kNotFound, Complaint::kUnknownSender, "Send of nobody registered");
  }
  if (!Admit(uplink, Admission::Request::kSend, endpoint->registration->endpoint)) return;
  SetPeer(endpoint, uplink.peer);
  MarkAwake(*endpoint, uplink.now);  // QM-3
  const Code code = listener_.OnSend(Sending{endpoint->registration, uplink.peer, uplink.request});
  if (IsSuccess(code)) {
    ++counters_.sends;
    Reply(uplink.exchange, uplink.peer, uplink.key, code);
  } else {
    Refuse(uplink, code, Complaint::kSend, "Send of " + endpoint->registration->endpoint);
  }
  Pump(endpoint, uplink.now);  // QM-8: after the answer
}

}  // namespace lwm2m
