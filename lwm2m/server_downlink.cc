// Operations on a registered client, their outcomes, and notifications.
// (LwM2M Core 1.1.1 §6.3, §6.4; Transport 1.1.1 §6.4.4, §6.4.5, §6.5; RFC 7641)
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

#include "lwm2m/operation_body.h"
#include "lwm2m/server_state.h"

namespace lwm2m {
namespace {

constexpr std::size_t kTokenLength = 8;
constexpr std::uint32_t kObserve = 0;
constexpr std::uint32_t kCancel = 1;

// The formats we decode that carry more than one value, best first.
constexpr std::array kReadable = {ContentFormat::kSenmlCbor, ContentFormat::kSenmlJson,
                                  ContentFormat::kLwm2mCbor, ContentFormat::kTlv,
                                  ContentFormat::kJson};

Method MethodOf(OperationKind kind) {
  switch (kind) {
    case OperationKind::kRead:
    case OperationKind::kDiscover:
    case OperationKind::kObserve:
    case OperationKind::kCancelObserve:
      return Method::kGet;
    case OperationKind::kWriteReplace:
    case OperationKind::kWriteAttributes:
      return Method::kPut;
    case OperationKind::kWriteUpdate:
    case OperationKind::kExecute:
    case OperationKind::kCreate:
      return Method::kPost;
    case OperationKind::kDelete:
      return Method::kDelete;
    case OperationKind::kReadComposite:
    case OperationKind::kObserveComposite:
    case OperationKind::kCancelObserveComposite:
      return Method::kFetch;
    case OperationKind::kWriteComposite:
      return Method::kIpatch;
  }
  return Method::kGet;
}

bool Observes(OperationKind kind) {
  return kind == OperationKind::kObserve || kind == OperationKind::kObserveComposite;
}

bool Cancels(OperationKind kind) {
  return kind == OperationKind::kCancelObserve || kind == OperationKind::kCancelObserveComposite;
}

bool IsCompositeRead(OperationKind kind) {
  return kind == OperationKind::kReadComposite || kind == OperationKind::kObserveComposite ||
         kind == OperationKind::kCancelObserveComposite;
}

// GEN-8: every path is below the alternate root.
std::vector<std::string> Segments(const std::string& root_path, const Path& path) {
  std::vector<std::string> segments;
  std::size_t begin = 0;
  while (begin < root_path.size()) {
    const std::size_t end = std::min(root_path.find('/', begin), root_path.size());
    if (end > begin) segments.push_back(root_path.substr(begin, end - begin));
    begin = end + 1;
  }
  for (std::size_t level = 0; level < path.depth(); ++level) {
    segments.push_back(std::to_string(path[level]));
  }
  return segments;
}

NotificationOrder OrderOf(const CoapResponse& response, TimePoint now) {
  return {response.observe.value_or(0) & 0xffffffu, now};
}

}  // namespace

void Server::State::Submit(std::string_view endpoint, QueuedOperation operation, TimePoint now) {
  ++counters_.operations;
  const EndpointPointer known = FindEndpoint(endpoint);
  if (!known) return GiveUp(std::move(operation), Failure::kNotRegistered);
  const bool one_more =
      Observes(operation.operation.kind) &&
      !observations_.Find(endpoint, operation.operation.path, operation.operation.paths);
  if (one_more && observations_.CountOf(endpoint) >= options_.observations_per_endpoint) {
    ++counters_.queue_full;
    return GiveUp(std::move(operation), Failure::kQueueFull);
  }
  if (auto gave_way = known->queue.Push(std::move(operation))) {
    ++counters_.queue_full;
    GiveUp(std::move(*gave_way), Failure::kQueueFull);
  }
  Pump(known, now);
}

// What is heard of a gateway lets the devices behind it be asked, too, and the other way round.
void Server::State::Pump(const EndpointPointer& endpoint, TimePoint now) {
  PumpOne(endpoint, now);
  const std::string& gateway = endpoint->registration->gateway;
  const EndpointPointer route = gateway.empty() ? endpoint : FindEndpoint(gateway);
  if (!route) return;
  if (route != endpoint) PumpOne(route, now);
  for (const EndpointPointer& device : EndDevices(route->registration->endpoint)) {
    if (device != endpoint) PumpOne(device, now);
  }
}

void Server::State::PumpOne(const EndpointPointer& endpoint, TimePoint now) {
  DownlinkQueue& queue = endpoint->queue;
  for (QueuedOperation& expired : queue.TakeExpired(now)) {
    GiveUp(std::move(expired), Failure::kExpired);
  }
  // QM-2, QM-8: a client in queue mode gets it when it listens, and after the answer to its Update.
  const Endpoint* const route = RegisteredRouteOf(*endpoint);
  const bool held =
      !IsListening(*endpoint, now) || (route->registration->queue_mode && !route->waiting.empty());
  if (!held) {
    if (auto next = queue.Pop()) {
      OperationInFlight flight;
      flight.queued = std::move(*next);
      flight.chosen_accept = ChooseAccept(endpoint->registration, flight.queued.operation);
      const auto formats = BodyFormats(flight.queued.operation, endpoint->registration);
      if (!formats.empty()) flight.chosen_body = formats.front();
      Send(endpoint, std::move(flight), now);
    }
  }
  Reschedule(endpoint);
}

void Server::State::Send(const EndpointPointer& endpoint, OperationInFlight flight, TimePoint now) {
  const Operation& operation = flight.queued.operation;
  CoapRequest request = RequestFor(endpoint->registration, operation);
  if (flight.chosen_accept) request.accept = flight.chosen_accept;
  if (flight.chosen_body) {
    auto body = EncodeBody(operation, endpoint->registration, *flight.chosen_body);
    assert(body);  // Validate() has seen the operation
    if (body) request.payload = *std::move(body);
  }
  flight.token = TokenFor(*endpoint, operation);
  flight.sent_at = now;
  request.token = flight.token;
  if (!request.payload.body().empty()) {
    request.progress = [this, token = flight.token](std::size_t sent, std::size_t total) {
      OnProgress(token, sent, total);
    };
  }
  if (flight.queued.sent) flight.queued.sent();
  by_token_in_flight_[flight.token] = endpoint;
  endpoint->queue.in_flight = std::make_unique<OperationInFlight>(std::move(flight));
  transport_.Send(endpoint->registration->peer, request);
}

// An observation is renewed and cancelled with its own token (RFC 7641 §3.1, §3.6).
std::string Server::State::TokenFor(const Endpoint& endpoint, const Operation& operation) const {
  if (Observes(operation.kind) || Cancels(operation.kind)) {
    const ObservationState* known =
        observations_.Find(endpoint.registration->endpoint, operation.path, operation.paths);
    if (known) return known->token();
  }
  return random_octets_(kTokenLength);
}

// DM-14. LwM2M 1.0 clients answer in a format of 1.0 by themselves, and one of them drops requests
// with an Accept it does not know; later ones say in "ct" what they have. One that does not say
// answers in what suits it best, which mostly has types, unlike TLV.
std::optional<ContentFormat> Server::State::ChooseAccept(const Registration& registration,
                                                         const Operation& operation) const {
  const bool composite = IsCompositeRead(operation.kind);
  const bool reads = composite || operation.kind == OperationKind::kRead ||
                     operation.kind == OperationKind::kObserve ||
                     operation.kind == OperationKind::kCancelObserve;
  if (!reads || operation.accept || registration.version == "1.0") return std::nullopt;
  if (Cancels(operation.kind)) {
    // IR-4: the same options as the Observe had.
    const ObservationState* known =
        observations_.Find(registration.endpoint, operation.path, operation.paths);
    if (known) return known->accept();
  }
  if (composite) return CompositeAnswerFormat(registration);
  const auto& announced = registration.objects->formats;
  const auto announces = [&](ContentFormat format) {
    return std::find(announced.begin(), announced.end(), format) != announced.end();
  };
  const auto* const format = std::find_if(kReadable.begin(), kReadable.end(), announces);
  if (format != kReadable.end()) return *format;
  // REG-11, DM-13: CBOR is of a single value.
  const bool single = operation.path.depth() >= 3 && announces(ContentFormat::kCbor);
  return single ? std::optional(ContentFormat::kCbor) : std::nullopt;
}

CoapRequest Server::State::RequestFor(const Registration& registration,
                                      const Operation& operation) const {
  CoapRequest request;
  request.method = MethodOf(operation.kind);
  request.path = Segments(registration.objects->root_path, TargetOf(operation));
  request.accept = operation.accept;
  switch (operation.kind) {
    case OperationKind::kRead:
    case OperationKind::kDelete:
      break;
    case OperationKind::kDiscover:
      request.accept = ContentFormat::kLinkFormat;
      if (operation.depth) request.queries = {"depth=" + std::to_string(*operation.depth)};
      break;
    case OperationKind::kWriteReplace:
    case OperationKind::kWriteUpdate:
    case OperationKind::kCreate:
    case OperationKind::kReadComposite:
    case OperationKind::kWriteComposite:
      request.payload = operation.payload;
      break;
    case OperationKind::kWriteAttributes:
      request.queries = ToQueries(operation.attributes);
      break;
    case OperationKind::kExecute:
      if (!operation.arguments.empty()) {
        request.payload = Payload{ContentFormat::kText, operation.arguments};
      }
      break;
    case OperationKind::kObserve:
      request.observe = kObserve;
      request.queries = ToQueries(operation.attributes);
      break;
    case OperationKind::kCancelObserve:
      request.observe = kCancel;
      // IR-4: the same options as the Observe had.
      if (const auto* known = observations_.Find(registration.endpoint, operation.path)) {
        request.queries = ToQueries(known->attributes());
      }
      break;
    case OperationKind::kObserveComposite:
      request.observe = kObserve;
      request.payload = operation.payload;
      break;
    case OperationKind::kCancelObserveComposite:
      request.observe = kCancel;
      request.payload = operation.payload;
      break;
  }
  return request;
}

void Server::State::GiveUp(QueuedOperation operation, Failure failure) {
  ++counters_.operation_failures;
  if (!operation.done) return;
  Call([done = std::move(operation.done), failure] { done(Outcome{failure}); });
}

void Server::State::Cancel(std::string_view endpoint, OperationKind kind, const Path& path,
                           TimePoint now) {
  const EndpointPointer known = FindEndpoint(endpoint);
  if (!known) return;
  for (QueuedOperation& queued : known->queue.Take(kind, path)) {
    GiveUp(std::move(queued), Failure::kCancelled);
  }
  const auto& flight = known->queue.in_flight;
  if (flight && flight->queued.operation.kind == kind && flight->queued.operation.path == path) {
    transport_.Cancel(known->registration->peer, flight->token);
    Fail(known, Failure::kCancelled, now);
  }
  Pump(known, now);
  Drain();
}

void Server::State::OnProgress(const std::string& token, std::size_t sent, std::size_t total) {
  const auto found = by_token_in_flight_.find(token);
  if (found == by_token_in_flight_.end()) return;
  OperationInFlight& flight = *found->second->queue.in_flight;
  flight.progressed = true;
  if (const Progress& progress = flight.queued.operation.progress) {
    Call([progress, sent, total] { progress(sent, total); });
  }
  Drain();
}

void Server::State::OnFailure(const std::string& token, Failure failure, TimePoint now) {
  const auto found = by_token_in_flight_.find(token);
  if (found != by_token_in_flight_.end()) {
    const EndpointPointer endpoint = found->second;
    Fail(endpoint, failure, now);
    Pump(endpoint, now);
  }
  Drain();
}

void Server::State::Fail(const EndpointPointer& endpoint, Failure failure, TimePoint now) {
  OperationInFlight flight = std::move(*endpoint->queue.in_flight);
  endpoint->queue.in_flight.reset();
  by_token_in_flight_.erase(flight.token);
  // A client in queue mode that does not answer sleeps: nothing more until it is heard again.
  Endpoint& route = RouteOf(*endpoint);
  if (failure == Failure::kTimedOut || failure == Failure::kUnreachable) {
    route.awake_until = std::min(route.awake_until, now);
  }
  const Peer& peer = endpoint->registration->peer;
  if (failure == Failure::kTimedOut && IsSecure(peer.transport)) {
    // A client that was killed and comes back from the same port is locked out by the old session.
    route.unreachable = true;
    transport_.Forget(peer);
  }
  if (Hold(endpoint, flight, failure, now)) return;
  // The owner wanted the observation to end; what still comes is answered with Reset, which ends it
  // on the device too (IR-4).
  if (Cancels(flight.queued.operation.kind)) {
    EndObservation(flight.token, "cancelled without an answer");
  }
  GiveUp(std::move(flight.queued), failure);
}

// QM-7: a device whose session is gone makes a new one when it has something to say. What was not
// sent, or may be sent twice, waits for that.
bool Server::State::Hold(const EndpointPointer& endpoint, OperationInFlight& flight,
                         Failure failure, TimePoint now) {
  const Peer::Transport transport = endpoint->registration->peer.transport;
  if (transport == Peer::Transport::kUdp || flight.queued.deadline <= now) return false;
  const bool lost = failure == Failure::kOutcomeUnknown;
  if (failure != Failure::kUnreachable && !lost) return false;
  RouteOf(*endpoint).unreachable = true;
  if (lost && !MayBeRepeated(flight.queued.operation.kind)) return false;
  ++counters_.operations_held;
  endpoint->queue.PutBack(std::move(flight.queued));
  return true;
}

// REG-17: what is under way to an address that the client has left would block its queue until the
// time-out. As with a session that ended: what may be sent twice goes to where it is now, of the
// rest the outcome is unknown.
void Server::State::FollowToNewAddress(const EndpointPointer& endpoint, const Peer& before,
                                       TimePoint now) {
  std::unique_ptr<OperationInFlight>& slot = endpoint->queue.in_flight;
  if (!slot || before.transport != Peer::Transport::kUdp) return;
  transport_.Cancel(before, slot->token);
  OperationInFlight flight = std::move(*slot);
  slot.reset();
  by_token_in_flight_.erase(flight.token);
  const OperationKind kind = flight.queued.operation.kind;
  if (MayBeRepeated(kind) && flight.queued.deadline > now) {
    endpoint->queue.PutBack(std::move(flight.queued));
    return;
  }
  if (Cancels(kind)) EndObservation(flight.token, "cancelled without an answer");
  GiveUp(std::move(flight.queued), Failure::kOutcomeUnknown);
}

Server::Reception Server::State::OnResponse(const Peer& peer, const CoapResponse& response,
                                            TimePoint now) {
  Reception reception = Reception::kUnknown;
  const auto in_flight = by_token_in_flight_.find(response.token);
  const ObservationState* const observed = observations_.Find(response.token);
  if (in_flight != by_token_in_flight_.end()) {
    const EndpointPointer endpoint = in_flight->second;
    Conclude(endpoint, response, now);
    reception = Reception::kAccepted;
  } else if (observed == nullptr) {
    ++counters_.unknown_notifications;
  } else {
    const EndpointPointer endpoint = FindEndpoint(observed->endpoint());
    if (IsSameDevice(endpoint->registration->peer, peer)) {
      reception = Notified(endpoint, peer, response, now);
    } else {
      // Without security a client whose address changed announces it with an Update (REG-17). Reset
      // would end its observation before; silence keeps it.
      ++counters_.unknown_notifications;
      if (const auto before = complaints_.Pass(Complaint::kStrangeNotification, now)) {
        spdlog::warn("event=notification-from-other-address ep=\"{}\" peer={} suppressed={}",
                     observed->endpoint(), peer.address, *before);
      }
      reception = Reception::kNotStored;
    }
  }
  Drain();
  return reception;
}

// FMT-4: the next format that the client may have, once.
bool Server::State::TakeNextBody(const Endpoint& endpoint, OperationInFlight& flight) const {
  if (!flight.chosen_body || flight.repeated_with_other_body) return false;
  const auto formats = BodyFormats(flight.queued.operation, endpoint.registration);
  const auto refused = std::find(formats.begin(), formats.end(), *flight.chosen_body);
  if (refused == formats.end() || refused + 1 == formats.end()) return false;
  flight.chosen_body = *(refused + 1);
  flight.repeated_with_other_body = true;
  return true;
}

void Server::State::Conclude(const EndpointPointer& endpoint, const CoapResponse& response,
                             TimePoint now) {
  MarkAwake(*endpoint, now);
  OperationInFlight flight = std::move(*endpoint->queue.in_flight);
  endpoint->queue.in_flight.reset();
  by_token_in_flight_.erase(flight.token);
  if (response.code == Code::kNotAcceptable && flight.chosen_accept &&
      !flight.repeated_without_accept) {
    flight.chosen_accept.reset();
    flight.repeated_without_accept = true;
    Send(endpoint, std::move(flight), now);
    Reschedule(endpoint);
    return;
  }
  if (response.code == Code::kUnsupportedContentFormat && TakeNextBody(*endpoint, flight)) {
    Send(endpoint, std::move(flight), now);
    Reschedule(endpoint);
    return;
  }
  const OperationKind kind = flight.queued.operation.kind;
  if (Observes(kind)) ConcludeObserve(endpoint, flight, response, now);
  if (kind == OperationKind::kWriteAttributes && IsSuccess(response.code)) {
    NoteAttributes(endpoint, flight.queued.operation);
  }
  if (Cancels(kind)) EndObservation(flight.token, "cancelled");
  if ((kind == OperationKind::kCreate || kind == OperationKind::kDelete) &&
      IsSuccess(response.code)) {
    ConcludeCreateOrDelete(*endpoint, flight.queued.operation, response);
  }
  if (flight.queued.done) {
    Call([done = std::move(flight.queued.done), response] { done(Outcome{response}); });
  }
  Pump(endpoint, now);
}

void Server::State::ConcludeObserve(const EndpointPointer& endpoint,
                                    const OperationInFlight& flight, const CoapResponse& response,
                                    TimePoint now) {
  const Operation& operation = flight.queued.operation;
  if (!IsSuccess(response.code)) {
    return EndObservation(flight.token, "answered " + ToString(response.code));
  }
  // IR-2: without the option it is a value, and nothing is observed.
  if (!response.observe) return EndObservation(flight.token, "answered without Observe");
  Observation observation{endpoint->registration->endpoint,
                          operation.path,
                          flight.token,
                          flight.chosen_accept ? flight.chosen_accept : operation.accept,
                          operation.paths,
                          operation.attributes,
                          MaximumPeriodOf(*endpoint, operation)};
  observations_.Put(observation);
  ObservationState* const state = observations_.Find(flight.token);
  state->newest = OrderOf(response, now);
  state->Remember(KeyOf(response));
  state->heard = now;
  WatchSilence(endpoint, *state);
  Call([this, observation = std::move(observation)] {
    listener_.OnObservationStarted(observation);
  });
}

// The client's next Update lists the same, but that may be half a lifetime away: docs/interop.md.
void Server::State::ConcludeCreateOrDelete(Endpoint& endpoint, const Operation& operation,
                                           const CoapResponse& response) {
  Shared<ObjectList> objects = endpoint.registration->objects;
  if (operation.kind == OperationKind::kCreate) {
    // DM-19: the Location names the instance whose number the client chose.
    std::string location = fmt::format("/{}", fmt::join(response.location, "/"));
    if (objects->root_path != "/" && location.starts_with(objects->root_path + "/")) {
      location.erase(0, objects->root_path.size());
    }
    const auto named = Path::Parse(location);
    const Path instance = named && named->is_instance() ? *named : operation.path;
    if (!instance.is_instance() || !operation.path.Contains(instance)) return;
    if (!objects.Edit().Add(instance)) return;
  } else {
    if (!operation.path.is_instance() || !objects.Edit().Remove(operation.path)) return;
    for (const Observation& observation : observations_.Of(endpoint.registration->endpoint)) {
      const bool composite = observation.path.is_root();
      if (!composite && operation.path.Contains(observation.path)) {
        EndObservation(observation.token, "its instance was deleted");
      }
    }
  }
  endpoint.registration.Edit().objects = std::move(objects);
  Call(
      [this, registration = endpoint.registration] { listener_.OnInstancesChanged(registration); });
}

Server::Reception Server::State::Notified(const EndpointPointer& endpoint, const Peer& peer,
                                          const CoapResponse& response, TimePoint now) {
  ObservationState& state = *observations_.Find(response.token);
  // RFC 8323 §7.1: TCP neither repeats nor reorders, and its Observe option says nothing.
  const bool in_order = !HasMessageIds(peer.transport);
  SetPeer(endpoint, peer);
  MarkAwake(*endpoint, now);
  state.heard = now;
  Reception reception = Reception::kAccepted;
  if (!in_order && state.WasReceived(KeyOf(response))) {
    ++counters_.duplicates;
    if (!unsettled_.empty()) reception = Reception::kPending;  // the first of them may be
  } else if (!IsSuccess(response.code)) {
    // RFC 7641 §3.2: an error ends it.
    EndObservation(response.token, "answered " + ToString(response.code));
  } else if (!in_order && response.observe && state.newest &&
             !IsFresher(*state.newest, OrderOf(response, now))) {
    ++counters_.stale_notifications;
  } else {
    reception = Deliver(endpoint, response, now);
  }
  if (FindEndpoint(endpoint->registration->endpoint) == endpoint) Pump(endpoint, now);
  return reception;
}

Server::Reception Server::State::Deliver(const EndpointPointer& endpoint,
                                         const CoapResponse& response, TimePoint now) {
  // A copy, since the listener may end the observation.
  const Observation observation = observations_.Find(response.token)->observation();
  if (!Tell(endpoint, observation, response)) return Reception::kNotStored;
  ++counters_.notifications;
  const bool is_pending = in_turn_ && response.observe;
  if (ObservationState* const state = observations_.Find(response.token)) {
    if (is_pending) unsettled_.push_back({response.token, KeyOf(response), state->newest});
    state->Remember(KeyOf(response));
    if (response.observe) state->newest = OrderOf(response, now);
  }
  // RFC 7641 §3.2: a last value, no longer observed.
  if (!response.observe) EndObservation(response.token, "notified without Observe");
  return is_pending ? Reception::kPending : Reception::kAccepted;
}

// A last value ends the observation, which cannot be taken back: it is stored at once.
bool Server::State::Tell(const EndpointPointer& endpoint, const Observation& observation,
                         const CoapResponse& response) {
  const Notification notification{observation, endpoint->registration, response};
  if (!in_turn_ || response.observe) return listener_.OnNotification(notification);
  turn_failed_ = !EndTurn();
  const bool stored = listener_.OnNotification(notification);
  in_turn_ = true;
  listener_.OnTurnBegin();
  return stored;
}

void Server::State::BeginTurn() {
  in_turn_ = true;
  turn_failed_ = false;
  listener_.OnTurnBegin();
}

bool Server::State::EndTurn() {
  in_turn_ = false;
  const bool stored = listener_.OnTurnEnd() && !turn_failed_;
  if (!stored) {
    for (auto undone = unsettled_.rbegin(); undone != unsettled_.rend(); ++undone) {
      ObservationState* const state = observations_.Find(undone->token);
      if (state == nullptr) continue;
      state->Forget(undone->key);
      state->newest = undone->newest;
    }
  }
  unsettled_.clear();
  Drain();
  return stored;
}

void Server::State::EndObservation(const std::string& token, std::string_view reason) {
  if (auto ended = observations_.Remove(token)) {
    Call([this, ended = std::move(*ended), reason = std::string(reason)] {
      listener_.OnObservationEnded(ended, reason);
    });
  }
}

std::optional<CoapRequest> Server::State::RequestOfObservation(const Peer& peer,
                                                               const std::string& token) const {
  const ObservationState* const state = observations_.Find(token);
  if (!state) return std::nullopt;
  const EndpointPointer endpoint = FindEndpoint(state->endpoint());
  if (!IsSameDevice(endpoint->registration->peer, peer)) return std::nullopt;
  Operation read;
  read.path = state->path();
  read.accept = state->accept();
  read.paths = state->paths();
  if (!read.paths.empty()) read.kind = OperationKind::kReadComposite;
  CoapRequest request = RequestFor(endpoint->registration, read);
  if (const auto formats = BodyFormats(read, endpoint->registration); !formats.empty()) {
    auto body = EncodeBody(read, endpoint->registration, formats.front());
    if (body) request.payload = *std::move(body);
  }
  return request;
}

}  // namespace lwm2m
