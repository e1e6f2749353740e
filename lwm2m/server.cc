#include "lwm2m/server.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "lwm2m/server_state.h"

namespace lwm2m {

bool IsSameDevice(const Peer& registered, const Peer& peer) {
  if (IsSecure(registered.transport) && !registered.identity.empty()) {
    return IsSecure(peer.transport) && registered.security == peer.security &&
           registered.identity == peer.identity;
  }
  return registered.transport == peer.transport && registered.address == peer.address;
}

std::size_t SenderKey(const Peer& peer) {
  const bool proven = IsSecure(peer.transport) && !peer.identity.empty();
  return std::hash<std::string>{}(proven ? peer.identity : peer.address);
}

namespace {

std::uint32_t SeedOf(std::string_view octets) {
  std::uint32_t seed = 0;
  for (const char octet : octets) seed = seed << 8 | static_cast<unsigned char>(octet);
  return seed;
}

}  // namespace

Server::State::State(ServerOptions options, Transport& transport, ServerListener& listener,
                     std::function<std::string(std::size_t)> random_octets)
    : options_(std::move(options)),
      transport_(transport),
      listener_(listener),
      random_octets_(std::move(random_octets)),
      exchanges_(options_.exchanges_per_peer, options_.exchange_peers),
      profiles_(options_.profiles),
      admission_(options_.admission, SeedOf(random_octets_(4))) {}

Server::State::EndpointPointer Server::State::FindEndpoint(std::string_view endpoint) const {
  return endpoints_
      .Find(HashOf(endpoint),
            [&](const EndpointPointer& each) { return each->registration->endpoint == endpoint; })
      .value_or(nullptr);
}

const Registration* Server::State::Find(std::string_view endpoint) const {
  const EndpointPointer found = FindEndpoint(endpoint);
  return found ? &*found->registration : nullptr;
}

TimePoint Server::State::LastSeen(std::string_view endpoint) const {
  const EndpointPointer found = FindEndpoint(endpoint);
  return found ? found->last_seen : TimePoint{};
}

std::vector<const Registration*> Server::State::Registrations() const {
  std::vector<const Registration*> all;
  all.reserve(endpoints_.size());
  endpoints_.ForEach(
      [&](const EndpointPointer& endpoint) { all.push_back(&*endpoint->registration); });
  return all;
}

bool Server::State::IsAwake(std::string_view endpoint, TimePoint now) const {
  const EndpointPointer found = FindEndpoint(endpoint);
  return found && IsListening(*found, now);
}

std::size_t Server::State::asleep_count(TimePoint now) const {
  std::size_t count = 0;
  endpoints_.ForEach([&](const EndpointPointer& endpoint) {
    if (!IsListening(*endpoint, now)) ++count;
  });
  return count;
}

bool Server::State::IsListening(const Endpoint& endpoint, TimePoint now) const {
  const Endpoint* const route = RegisteredRouteOf(endpoint);
  if (route == nullptr) return false;
  return !route->unreachable && (!route->registration->queue_mode || now < route->awake_until);
}

// QM-4: the window starts again with every message of the client, and what brought the message can
// carry one back.
void Server::State::MarkAwake(Endpoint& endpoint, TimePoint now) const {
  Endpoint& route = RouteOf(endpoint);
  route.awake_until = now + options_.awake_window;
  route.unreachable = false;
}

TimePoint Server::State::NextEvent(const Endpoint& endpoint, Seconds answer_timeout) {
  TimePoint next = TimePoint::max();
  const Registration& registration = endpoint.registration;
  const bool expires = registration.lifetime.count() > 0 && registration.gateway.empty();
  if (expires && endpoint.waiting.empty()) {
    next = endpoint.last_seen + registration.lifetime;
  }
  if (const auto deadline = endpoint.queue.EarliestDeadline()) next = std::min(next, *deadline);
  next = std::min(next, endpoint.silence_check);
  if (endpoint.queue.in_flight) {
    next = std::min(next, endpoint.queue.in_flight->sent_at + answer_timeout);
  }
  return next;
}

void Server::State::Reschedule(const EndpointPointer& endpoint) {
  const TimePoint next = NextEvent(*endpoint, options_.answer_timeout);
  const TimePoint looked_at = timers_.Has(*endpoint) ? timers_.Of(*endpoint) : TimePoint::max();
  if (next < looked_at) timers_.Set(*endpoint, next);
}

void Server::State::OnTimer(const EndpointPointer& endpoint, TimePoint now) {
  timers_.Remove(*endpoint);
  const Registration& registration = endpoint->registration;
  // REG-7. An Update that waits for its verdict has shown that the device is alive.
  if (registration.lifetime.count() > 0 && registration.gateway.empty() &&
      endpoint->waiting.empty() && endpoint->last_seen + registration.lifetime <= now) {
    ++counters_.expired;
    const Shared<Registration> ended = End(endpoint, "registration expired");
    EndEndDevices(ended, /*deregistered=*/false);
    LetGo(ended->peer);
    Call([this, ended] { listener_.OnExpired(ended); });
    return;
  }
  auto& flight = endpoint->queue.in_flight;
  const bool is_due = flight && flight->sent_at + options_.answer_timeout <= now;
  if (is_due && flight->progressed) {
    flight->progressed = false;  // blocks are being confirmed: the time begins anew
    flight->sent_at = now;
  } else if (is_due) {
    // Some clients acknowledge a request and never answer it (tests/vectors/README.md, fact 7).
    transport_.Cancel(registration.peer, flight->token);
    Fail(endpoint, Failure::kTimedOut, now);
  }
  if (endpoint->silence_check <= now) RenewSilent(endpoint, now);
  Pump(endpoint, now);
}

TimePoint Server::State::Tick(TimePoint now) {
  exchanges_.Expire(now);
  while (!timers_.empty() && timers_.earliest() <= now) {
    OnTimer(FindEndpoint(timers_.first().registration->endpoint), now);
  }
  Drain();
  return timers_.empty() ? TimePoint::max() : timers_.earliest();
}

void Server::State::Drain() {
  if (draining_) return;
  draining_ = true;
  while (!calls_.empty()) {
    const std::function<void()> call = std::move(calls_.front());
    calls_.pop_front();
    call();
  }
  draining_ = false;
  assert(IsConsistent());
}

bool Server::State::IsConsistent() const {
  const std::size_t own = endpoints_.size() - end_device_count_;
  return own == by_handle_.size() && own == by_sender_.size() &&
         by_token_in_flight_.size() <= endpoints_.size() && timers_.size() <= endpoints_.size() &&
         registering_.size() <= waiting_.size();
}

// --- the public face
// -------------------------------------------------------------------------------

Server::Server(ServerOptions options, Transport& transport, ServerListener& listener,
               std::function<std::string(std::size_t)> random_octets)
    : state_(std::make_unique<State>(std::move(options), transport, listener,
                                     std::move(random_octets))) {}

Server::~Server() = default;

void Server::OnRequest(ExchangeId exchange, const Peer& peer, const CoapRequest& request,
                       TimePoint now) {
  state_->OnRequest(exchange, peer, request, now);
}

Server::Reception Server::OnResponse(const Peer& peer, const CoapResponse& response,
                                     TimePoint now) {
  return state_->OnResponse(peer, response, now);
}

void Server::BeginTurn() { state_->BeginTurn(); }

bool Server::EndTurn() { return state_->EndTurn(); }

void Server::OnFailure(const Peer&, const std::string& token, Failure failure, TimePoint now) {
  state_->OnFailure(token, failure, now);
}

TimePoint Server::Tick(TimePoint now) { return state_->Tick(now); }

void Server::Answer(Ticket ticket, Code code, TimePoint now) { state_->Answer(ticket, code, now); }

void Server::Submit(std::string_view endpoint, Operation operation, Priority priority,
                    TimePoint deadline, TimePoint now, Done done, std::function<void()> sent) {
  state_->Submit(
      endpoint,
      QueuedOperation{std::move(operation), priority, deadline, std::move(done), std::move(sent)},
      now);
}

void Server::Cancel(std::string_view endpoint, OperationKind kind, const Path& path,
                    TimePoint now) {
  state_->Cancel(endpoint, kind, path, now);
}

void Server::Withdraw(std::string_view endpoint, TimePoint now) { state_->Withdraw(endpoint, now); }

void Server::Restore(Shared<Registration> registration, TimePoint last_seen) {
  state_->Restore(std::move(registration), last_seen);
}

void Server::Restore(Observation observation) { state_->Restore(std::move(observation)); }

Result<void> Server::RegisterEndDevice(std::string_view gateway, EndDevice device, TimePoint now) {
  return state_->RegisterEndDevice(gateway, std::move(device), now);
}

void Server::DeregisterEndDevice(std::string_view endpoint, TimePoint now) {
  state_->DeregisterEndDevice(endpoint, now);
}

std::vector<const Registration*> Server::EndDevicesOf(std::string_view gateway) const {
  return state_->EndDevicesOf(gateway);
}

std::optional<CoapRequest> Server::RequestOfObservation(const Peer& peer,
                                                        const std::string& token) const {
  return state_->RequestOfObservation(peer, token);
}

const Registration* Server::Find(std::string_view endpoint) const { return state_->Find(endpoint); }

TimePoint Server::LastSeen(std::string_view endpoint) const { return state_->LastSeen(endpoint); }

std::vector<const Registration*> Server::Registrations() const { return state_->Registrations(); }

std::vector<Observation> Server::Observations(std::string_view endpoint) const {
  return state_->observations().Of(endpoint);
}

bool Server::IsAwake(std::string_view endpoint, TimePoint now) const {
  return state_->IsAwake(endpoint, now);
}

std::size_t Server::asleep_count(TimePoint now) const { return state_->asleep_count(now); }

std::size_t Server::registration_count() const { return state_->registration_count(); }

std::size_t Server::observation_count() const { return state_->observations().size(); }

const ServerCounters& Server::counters() const { return state_->counters(); }

}  // namespace lwm2m
