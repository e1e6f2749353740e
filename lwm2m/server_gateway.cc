// Devices behind LwM2M Gateways: registrations that say nothing themselves. What is for them goes
// to the gateway, below their prefix, and their registration lasts as long as the gateway's. (LwM2M
// Gateway 1.1 §6)
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "lwm2m/server_state.h"

namespace lwm2m {

Server::State::Endpoint& Server::State::RouteOf(Endpoint& endpoint) const {
  if (endpoint.registration->gateway.empty()) return endpoint;
  const EndpointPointer gateway = FindEndpoint(endpoint.registration->gateway);
  return gateway ? *gateway : endpoint;
}

// nullptr while its gateway is not registered: between two registrations of the gateway.
const Server::State::Endpoint* Server::State::RegisteredRouteOf(const Endpoint& endpoint) const {
  if (endpoint.registration->gateway.empty()) return &endpoint;
  return FindEndpoint(endpoint.registration->gateway).get();
}

// A copy, since what is done with them may end them.
std::vector<Server::State::EndpointPointer> Server::State::EndDevices(
    std::string_view gateway) const {
  if (end_device_count_ == 0) return {};
  const auto found = end_devices_.find(std::string(gateway));
  return found == end_devices_.end() ? std::vector<EndpointPointer>() : found->second;
}

std::vector<const Registration*> Server::State::EndDevicesOf(std::string_view gateway) const {
  std::vector<const Registration*> registrations;
  for (const EndpointPointer& device : EndDevices(gateway)) {
    registrations.push_back(&*device->registration);
  }
  return registrations;
}

Result<void> Server::State::RegisterEndDevice(std::string_view gateway, EndDevice device,
                                              TimePoint now) {
  const EndpointPointer route = FindEndpoint(gateway);
  if (!route) {
    return tl::unexpected(Error{ErrorKind::kNotFound, "the gateway is not registered"});
  }
  const EndpointPointer known = FindEndpoint(device.endpoint);
  // A gateway vouches for what is behind it, not for what registers by itself or through another.
  if (device.endpoint == gateway || registering_.count(device.endpoint) > 0 ||
      (known && known->registration->gateway != gateway)) {
    return tl::unexpected(
        Error{ErrorKind::kNotAllowed, "the Device ID is of another endpoint or registers now"});
  }
  const bool is_current = known && known->registration->handle == route->registration->handle;
  if (is_current) {
    if (!(known->registration->objects == device.objects)) UpdateEndDevice(known, device, now);
    Drain();
    return {};
  }
  if (waiting_.size() >= options_.waiting) {
    return tl::unexpected(Error{ErrorKind::kUnreachable, "too many requests wait"});
  }
  Registration own = route->registration;
  own.gateway = gateway;
  own.endpoint = std::move(device.endpoint);
  own.objects = std::move(device.objects);
  Shared<Registration> offered(std::move(own));
  // The handle is the gateway's: it tells of which of its registrations this one is part.
  std::optional<Shared<Registration>> replaced;
  if (known) replaced = End(known, "its gateway registered anew");
  const Ticket ticket = Wait(
      WaitingRequest{WaitingKind::kRegister, std::nullopt, offered->peer, {}, offered, {}, {}, {}});
  registering_[offered->endpoint] = ticket;
  Call([this, ticket, offered = std::move(offered), replaced = std::move(replaced)] {
    listener_.OnRegister(ticket, offered, replaced ? &**replaced : nullptr);
  });
  Drain();
  return {};
}

void Server::State::UpdateEndDevice(const EndpointPointer& endpoint, EndDevice device,
                                    TimePoint now) {
  const Shared<Registration> before = endpoint->registration;
  Shared<Registration> after = before;
  after.Edit().objects = device.objects;
  endpoint->last_seen = now;
  const Ticket ticket = Wait(WaitingRequest{WaitingKind::kUpdate,
                                            std::nullopt,
                                            before->peer,
                                            {},
                                            after,
                                            before,
                                            Change{{}, std::move(device.objects), before->peer},
                                            {}});
  endpoint->waiting.push_front(ticket);
  Reschedule(endpoint);
  Call([this, ticket, before, after = std::move(after)] {
    listener_.OnUpdate(ticket, before, after);
  });
}

void Server::State::DeregisterEndDevice(std::string_view endpoint, TimePoint) {
  const EndpointPointer known = FindEndpoint(endpoint);
  if (known && !known->registration->gateway.empty()) {
    const Shared<Registration> ended = End(known, "not behind its gateway any more");
    const Ticket ticket = Wait(
        WaitingRequest{WaitingKind::kDeregister, std::nullopt, ended->peer, {}, {}, {}, {}, {}});
    Call([this, ticket, ended] { listener_.OnDeregister(ticket, ended); });
  }
  Drain();
}

// The gateway left while the listener was asked about the device.
void Server::State::EndIfGatewayLeft(const EndpointPointer& endpoint) {
  const std::string& gateway = endpoint->registration->gateway;
  if (gateway.empty() || FindEndpoint(gateway) || registering_.count(gateway) > 0) return;
  const Shared<Registration> ended = End(endpoint, "its gateway left");
  Call([this, ended] { listener_.OnExpired(ended); });
}

// The registration of `gateway` has ended and no other follows.
void Server::State::EndEndDevices(const Registration& gateway, bool deregistered) {
  for (const EndpointPointer& device : EndDevices(gateway.endpoint)) {
    const Shared<Registration> ended = End(device, "its gateway's registration ended");
    if (!deregistered) {
      Call([this, ended] { listener_.OnExpired(ended); });
      continue;
    }
    const Ticket ticket = Wait(
        WaitingRequest{WaitingKind::kDeregister, std::nullopt, ended->peer, {}, {}, {}, {}, {}});
    Call([this, ticket, ended] { listener_.OnDeregister(ticket, ended); });
  }
}

}  // namespace lwm2m
