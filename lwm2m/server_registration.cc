// The registration interface: Register, Update, De-register and their verdicts.
// (LwM2M Core 1.1.1 §6.2; Transport 1.1.1 §6.4.3; LwM2M 1.0.2 §5.3)
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cassert>
#include <charconv>
#include <utility>

#include "lwm2m/server_state.h"
#include "lwm2m/value.h"

namespace lwm2m {
namespace {

// 90 random bits that every URI and, on the heap of nobody, a std::string takes as they are.
std::string NewHandle(const std::function<std::string(std::size_t)>& random_octets) {
  std::string handle = EncodeBase64Url(random_octets(12));
  handle.pop_back();
  return handle;
}

// The major number of "1.0"; nullopt unless the text is two numbers with a dot between them.
std::optional<unsigned> MajorVersion(std::string_view version) {
  unsigned major = 0;
  unsigned minor = 0;
  const char* const end = version.data() + version.size();
  const auto [dot, major_error] = std::from_chars(version.data(), end, major);
  if (major_error != std::errc{} || dot == end || *dot != '.') return std::nullopt;
  const auto [rest, minor_error] = std::from_chars(dot + 1, end, minor);
  if (minor_error != std::errc{} || rest != end) return std::nullopt;
  return major;
}

bool AsksForQueueMode(std::string_view binding) {
  return binding.find('Q') != std::string_view::npos;
}

}  // namespace

void Server::State::OnRequest(ExchangeId exchange, const Peer& peer, const CoapRequest& request,
                              TimePoint now) {
  // A GET changes nothing, so that it can be answered as often as it comes; and a cache of answers
  // would have to keep the image.
  if (request.method == Method::kGet && options_.resources &&
      request.unknown_critical_option == 0) {
    if (const auto answer = options_.resources(peer, request)) {
      return transport_.Respond(exchange, *answer);
    }
  }
  exchanges_.Expire(now);
  const ExchangeKey key = KeyOf(request);
  const bool may_come_twice = HasMessageIds(peer.transport);
  if (const auto known = may_come_twice ? exchanges_.Find(peer, key, now)
                                        : std::optional<ExchangeCache::Found>()) {
    ++counters_.duplicates;
    // One that still waits gets its answer when there is one; the transport acknowledges meanwhile.
    if (known->waiting) return;
    return transport_.Respond(exchange, ResponseOf(known->answer));
  }
  if (may_come_twice) exchanges_.Begin(peer, key, request.confirmable, now);
  Route(Uplink{exchange, peer, request, key, now});
  Drain();
}

void Server::State::Route(const Uplink& uplink) {
  const CoapRequest& request = uplink.request;
  if (request.unknown_critical_option != 0) {
    return Refuse(uplink, Code::kBadOption, Complaint::kRequest, "unknown critical option");
  }
  const auto& path = request.path;
  if (path.size() == 1 && path[0] == "dp") return TakeSend(uplink);
  if (path.empty() || path[0] != "rd" || path.size() > 2) {
    // /bs belongs to a Bootstrap-Server.
    return Refuse(uplink, Code::kNotFound, Complaint::kRequest, "no such resource");
  }
  if (path.size() == 1) {
    if (request.method == Method::kPost) return Register(uplink);
    return Refuse(uplink, Code::kMethodNotAllowed, Complaint::kRequest, "method on /rd");
  }
  if (request.method != Method::kPost && request.method != Method::kDelete) {
    return Refuse(uplink, Code::kMethodNotAllowed, Complaint::kRequest, "method on a registration");
  }
  const EndpointPointer endpoint = FindByHandle(uplink);
  if (!endpoint) {
    // REG-15, REG-25: an expired registration is never revived.
    return Refuse(uplink, Code::kNotFound, Complaint::kUnknownHandle, "unknown registration");
  }
  if (request.method == Method::kPost) return Update(uplink, endpoint);
  Deregister(uplink, endpoint);
}

// A registration made in a security context is found only from the same identity (REG-17); one made
// without is found by its unguessable handle from any address, but not from a security context.
Server::State::EndpointPointer Server::State::FindByHandle(const Uplink& uplink) const {
  const std::string& handle = uplink.request.path[1];
  const auto found = by_handle_.Find(HashOf(handle), [&](const EndpointPointer& endpoint) {
    return endpoint->registration->handle == handle;
  });
  if (!found) return nullptr;
  const Peer& registered = (*found)->registration->peer;
  const bool may = IsSecure(registered.transport) ? IsSameDevice(registered, uplink.peer)
                                                  : !IsSecure(uplink.peer.transport);
  return may ? *found : nullptr;
}

std::optional<Shared<ObjectList>> Server::State::ReadObjectList(const Uplink& uplink,
                                                                bool& refused) {
  const Payload& payload = uplink.request.payload;
  // Some clients send no Content-Format (tests/vectors/README.md, fact 5).
  if (payload.format && *payload.format != ContentFormat::kLinkFormat && !payload.octets.empty()) {
    Refuse(uplink, Code::kUnsupportedContentFormat, Complaint::kRequest, "object list format");
    refused = true;
    return std::nullopt;
  }
  if (payload.octets.empty()) return std::nullopt;
  auto objects = object_lists_.Read(payload.octets);
  if (!objects) {
    Refuse(uplink, Code::kBadRequest, Complaint::kRequest, objects.error().detail);
    refused = true;
    return std::nullopt;
  }
  return std::move(*objects);
}

bool Server::State::MayRegister(const Peer& peer, std::string_view endpoint) const {
  return !options_.may_register || options_.may_register(peer, endpoint);
}

// REG-4: from 1.1 on the security context may name the endpoint.
Result<std::string> Server::State::EndpointOf(const Uplink& uplink,
                                              const RegistrationQuery& query) const {
  if (query.endpoint) return *query.endpoint;
  const bool may_be_left_out = *query.version != "1.0" && !uplink.peer.identity.empty();
  auto endpoint = !may_be_left_out       ? std::nullopt
                  : options_.endpoint_of ? options_.endpoint_of(uplink.peer)
                                         : std::optional(uplink.peer.identity);
  if (!endpoint) return Malformed("ep is missing");
  return *std::move(endpoint);
}

// `refusal` is the code to answer when the result is an error.
Result<Shared<Registration>> Server::State::ReadRegister(const Uplink& uplink,
                                                         const RegistrationQuery& query,
                                                         Code& refusal) {
  refusal = Code::kBadRequest;
  // REG-3: 4.00 when a mandatory parameter is missing, 4.12 when the version is not served.
  if (!query.version) return Malformed("lwm2m is missing");
  const auto major = MajorVersion(*query.version);
  if (!major) return Malformed("lwm2m is not a version");
  if (*major != 1) {
    refusal = Code::kPreconditionFailed;
    return InvalidValue("lwm2m " + *query.version + " is not served");
  }
  auto endpoint = EndpointOf(uplink, query);
  if (!endpoint) return tl::unexpected(std::move(endpoint).error());
  if (!query.unknown.empty()) {
    if (const auto before = complaints_.Pass(Complaint::kUnknownParameter, uplink.now)) {
      spdlog::info("event=register-parameters-ignored ep=\"{}\" count={} suppressed={}", *endpoint,
                   query.unknown.size(), *before);
    }
  }
  Registration registration;
  registration.endpoint = *std::move(endpoint);
  registration.version = *query.version;
  Shared<Registration> offered(std::move(registration));
  Apply(Change{query, std::nullopt, uplink.peer}, offered);
  CheckBinding(uplink, query, offered);
  return offered;
}

// What is no binding of its version is kept as it came: the registration does not depend on it.
void Server::State::CheckBinding(const Uplink& uplink, const RegistrationQuery& query,
                                 const Registration& registration) {
  if (!query.binding || IsBinding(registration.version, *query.binding)) return;
  if (const auto before = complaints_.Pass(Complaint::kBinding, uplink.now)) {
    spdlog::info("event=register-binding-unknown ep=\"{}\" version={} suppressed={}",
                 registration.endpoint, registration.version, *before);
  }
}

// REG-22: a client of 1.2 may name the profile of an object list that it has given before. False
// when the list cannot be told from it, and the client must give it.
bool Server::State::ResolveProfile(const std::string& endpoint, std::string_view version,
                                   const RegistrationQuery& query,
                                   std::optional<Shared<ObjectList>>& objects) {
  if (!query.profile_id || version == "1.0" || version == "1.1") return true;
  if (objects) {
    profiles_.Remember(endpoint, *query.profile_id, *objects);
    return true;
  }
  const Shared<ObjectList>* const known = profiles_.Find(endpoint, *query.profile_id);
  if (known == nullptr) return false;
  objects = *known;
  return true;
}

void Server::State::Register(const Uplink& uplink) {
  const auto query = ParseRegistrationQuery(uplink.request.queries);
  if (!query) return Refuse(uplink, Code::kBadRequest, Complaint::kRequest, query.error().detail);
  if (!Admit(uplink, Admission::Request::kRegister, query->endpoint.value_or(""))) return;
  Code refusal = Code::kBadRequest;
  auto read = ReadRegister(uplink, *query, refusal);
  if (!read) return Refuse(uplink, refusal, Complaint::kRequest, read.error().detail);
  Shared<Registration> offered = *std::move(read);
  if (!MayRegister(uplink.peer, offered->endpoint)) {  // SEC-8, REG-3
    ++counters_.identity_refused;
    return Refuse(uplink, Code::kBadRequest, Complaint::kIdentity,
                  "ep does not belong to the identity of the security context");
  }
  bool refused = false;
  auto objects = ReadObjectList(uplink, refused);
  if (refused) return;
  if (!ResolveProfile(offered->endpoint, offered->version, *query, objects)) {
    return Refuse(uplink, Code::kBadRequest, Complaint::kRequest, "profile id is not known");
  }
  if (objects) {
    offered.Edit().objects = std::move(*objects);
  } else if (const auto before = complaints_.Pass(Complaint::kEmptyObjectList, uplink.now)) {
    spdlog::warn("event=register-without-objects ep=\"{}\" suppressed={}", offered->endpoint,
                 *before);
  }
  const EndpointPointer known = FindEndpoint(offered->endpoint);
  const auto older = registering_.find(offered->endpoint);
  const bool held_securely =
      (known && IsSecure(known->registration->peer.transport)) ||
      (older != registering_.end() && IsSecure(waiting_.at(older->second).peer.transport));
  if (held_securely && !IsSecure(uplink.peer.transport)) {
    return Refuse(uplink, Code::kForbidden, Complaint::kRequest, "endpoint is registered securely");
  }
  if (!HasRoom(uplink)) return;
  ++counters_.registers;
  offered.Edit().handle = NewHandle(random_octets_);

  // A newer Register overtakes one that waits: the client gave up on it, or is another one by the
  // same name. 5.03 says that it was not judged.
  std::vector<QueuedOperation> commands;
  if (older != registering_.end()) {
    auto overtaken = waiting_.extract(older->second);
    registering_.erase(older);
    WaitingRequest& request = overtaken.mapped();
    commands = std::move(request.commands);
    Reply(request, Code::kServiceUnavailable);
  }
  std::optional<Shared<Registration>> replaced;
  if (known) {
    for (QueuedOperation& queued : known->queue.TakeAll()) {
      if (queued.priority == Priority::kCommand) {
        commands.push_back(std::move(queued));
      } else {
        GiveUp(std::move(queued), Failure::kCancelled);
      }
    }
    replaced = End(known, "registered anew");  // REG-6, TS-0014 R31
    const Peer& before = (*replaced)->peer;
    const bool has_session = before.transport != Peer::Transport::kUdp;
    if (has_session && before.address != uplink.peer.address) LetGo(before);
  }

  const Ticket ticket = Wait(WaitingRequest{WaitingKind::kRegister,
                                            uplink.exchange,
                                            uplink.peer,
                                            uplink.key,
                                            offered,
                                            {},
                                            {},
                                            std::move(commands)});
  registering_[offered->endpoint] = ticket;
  Call([this, ticket, offered = std::move(offered), replaced = std::move(replaced)] {
    listener_.OnRegister(ticket, offered, replaced ? &**replaced : nullptr);
  });
}

// REG-14: what is present replaces what was; REG-16: an object list is the complete new one. What
// says the same leaves the registration shared.
void Server::State::Apply(const Change& change, Shared<Registration>& registration) {
  const RegistrationQuery& query = change.query;
  const auto set = [&](auto Registration::*member, const auto& value) {
    if (!((*registration).*member == value)) registration.Edit().*member = value;
  };
  set(&Registration::peer, change.peer);
  if (query.lifetime) set(&Registration::lifetime, *query.lifetime);
  if (query.sms_number) set(&Registration::sms_number, query.sms_number);
  const bool in_binding = query.binding && AsksForQueueMode(*query.binding);
  if (query.binding) {
    set(&Registration::binding, *query.binding);
    // QM-1: part of the binding in 1.0, a parameter of its own from 1.1 on.
    if (registration->version == "1.0") set(&Registration::queue_mode, in_binding);
  }
  if (query.queue_mode || in_binding) set(&Registration::queue_mode, true);
  if (change.objects) set(&Registration::objects, *change.objects);
}

void Server::State::Update(const Uplink& uplink, const EndpointPointer& endpoint) {
  if (!Admit(uplink, Admission::Request::kUpdate, endpoint->registration->endpoint)) return;
  auto query = ParseRegistrationQuery(uplink.request.queries);
  if (!query) {
    return Refuse(uplink, Code::kBadRequest, Complaint::kRequest, query.error().detail);
  }
  if (query->endpoint && *query->endpoint != endpoint->registration->endpoint) {
    return Refuse(uplink, Code::kBadRequest, Complaint::kRequest, "ep of another endpoint");
  }
  bool refused = false;
  auto objects = ReadObjectList(uplink, refused);
  if (refused) return;
  const Shared<Registration> before = endpoint->registration;
  const Registration& registered = before;
  if (!ResolveProfile(registered.endpoint, registered.version, *query, objects)) {
    return Refuse(uplink, Code::kBadRequest, Complaint::kRequest, "profile id is not known");
  }
  if (!HasRoom(uplink)) return;
  ++counters_.updates;
  CheckBinding(uplink, *query, registered);
  MarkAwake(*endpoint, uplink.now);

  Change change{std::move(*query), std::move(objects), uplink.peer};
  Shared<Registration> after = before;
  Apply(change, after);
  const Ticket ticket = Wait(WaitingRequest{WaitingKind::kUpdate,
                                            uplink.exchange,
                                            uplink.peer,
                                            uplink.key,
                                            after,
                                            before,
                                            std::move(change),
                                            {}});
  endpoint->waiting.push_front(ticket);
  Reschedule(endpoint);
  Call([this, ticket, before, after = std::move(after)] {
    listener_.OnUpdate(ticket, before, after);
  });
}

void Server::State::Deregister(const Uplink& uplink, const EndpointPointer& endpoint) {
  ++counters_.deregisters;
  const Shared<Registration> ended = End(endpoint, "de-registered");
  EndEndDevices(ended, /*deregistered=*/true);
  const Ticket ticket = Wait(WaitingRequest{
      WaitingKind::kDeregister, uplink.exchange, uplink.peer, uplink.key, {}, {}, {}, {}});
  Call([this, ticket, ended] { listener_.OnDeregister(ticket, ended); });
}

Ticket Server::State::Wait(WaitingRequest request) {
  const Ticket ticket = next_ticket_++;
  waiting_.emplace(ticket, std::move(request));
  return ticket;
}

void Server::State::Answer(Ticket ticket, Code code, TimePoint now) {
  const auto node = waiting_.extract(ticket);
  if (node.empty()) return;
  WaitingRequest request = std::move(node.mapped());
  switch (request.kind) {
    case WaitingKind::kRegister: {
      registering_.erase(request.registration->endpoint);
      const bool accepted = code == Code::kCreated;
      // GEN-10: the answer goes out before anything else is sent to the client.
      Reply(request, code, accepted ? request.registration->handle : std::string{});
      if (!accepted) {
        EndEndDevices(request.registration, /*deregistered=*/false);
        for (QueuedOperation& queued : request.commands) {
          GiveUp(std::move(queued), Failure::kCancelled);
        }
        break;
      }
      const EndpointPointer endpoint =
          Activate(std::move(request.registration), now, now + options_.awake_window);
      for (QueuedOperation& queued : request.commands) endpoint->queue.Push(std::move(queued));
      Pump(endpoint, now);
      EndIfGatewayLeft(endpoint);
      break;
    }
    case WaitingKind::kUpdate:
      AnswerUpdate(request, ticket, code, now);
      break;
    case WaitingKind::kDeregister:
      Reply(request, code);
      if (request.exchange) LetGo(request.peer);
      break;
  }
  Drain();
}

void Server::State::AnswerUpdate(const WaitingRequest& request, Ticket ticket, Code code,
                                 TimePoint now) {
  Reply(request, code);
  // A registration that ended has taken its tickets with it.
  const EndpointPointer endpoint = FindEndpoint(request.registration->endpoint);
  assert(endpoint);
  endpoint->waiting.remove(ticket);
  if (code == Code::kNotFound) {
    EndEndDevices(End(endpoint, "Update answered 4.04"), /*deregistered=*/false);
    return;
  }
  if (code == Code::kChanged && request.exchange) {
    const Shared<Registration> before = endpoint->registration;
    SetPeer(endpoint, request.change.peer);
    if (before->peer.address != request.change.peer.address) {
      FollowToNewAddress(endpoint, before->peer, now);
    }
    if (before.IsSharedWith(request.before)) {
      endpoint->registration = request.registration;
    } else {  // it has changed meanwhile
      Apply(request.change, endpoint->registration);
    }
    endpoint->last_seen = now;
    for (const EndpointPointer& device : EndDevices(endpoint->registration->endpoint)) {
      if (device->registration->lifetime == endpoint->registration->lifetime) continue;
      device->registration.Edit().lifetime = endpoint->registration->lifetime;
    }
  } else if (code == Code::kChanged) {
    if (endpoint->registration.IsSharedWith(request.before)) {
      endpoint->registration = request.registration;
    } else {  // its gateway has moved meanwhile
      endpoint->registration.Edit().objects = *request.change.objects;
    }
  }
  if (request.exchange) MarkAwake(*endpoint, now);
  Pump(endpoint, now);  // QM-8: after the answer
}

Server::State::EndpointPointer Server::State::Activate(Shared<Registration> registration,
                                                       TimePoint last_seen, TimePoint awake_until) {
  if (const EndpointPointer known = FindEndpoint(registration->endpoint)) End(known, "restored");
  auto endpoint =
      std::make_shared<Endpoint>(std::move(registration), last_seen, options_.queue_depth);
  endpoint->awake_until = awake_until;
  endpoints_.Add(HashOf(endpoint->registration->endpoint), endpoint);
  if (const std::string& gateway = endpoint->registration->gateway; gateway.empty()) {
    by_handle_.Add(HashOf(endpoint->registration->handle), endpoint);
    Index(endpoint);
  } else {
    end_devices_[gateway].push_back(endpoint);
    ++end_device_count_;
  }
  Reschedule(endpoint);
  return endpoint;
}

Shared<Registration> Server::State::End(const EndpointPointer& endpoint, std::string_view reason) {
  timers_.Remove(*endpoint);
  if (auto& flight = endpoint->queue.in_flight) {
    transport_.Cancel(endpoint->registration->peer, flight->token);
    by_token_in_flight_.erase(flight->token);
    GiveUp(std::move(flight->queued), Failure::kCancelled);
    flight.reset();
  }
  for (QueuedOperation& queued : endpoint->queue.TakeAll()) {
    GiveUp(std::move(queued), Failure::kCancelled);
  }
  for (Observation& observation : observations_.RemoveAll(endpoint->registration->endpoint)) {
    Call([this, observation = std::move(observation), reason = std::string(reason)] {
      listener_.OnObservationEnded(observation, reason);
    });
  }
  for (const Ticket ticket : endpoint->waiting) {
    const auto node = waiting_.extract(ticket);
    Reply(node.mapped(), Code::kNotFound);
  }
  endpoint->waiting.clear();
  if (const auto devices = end_devices_.find(endpoint->registration->gateway);
      devices != end_devices_.end()) {
    std::erase(devices->second, endpoint);
    if (devices->second.empty()) end_devices_.erase(devices);
    --end_device_count_;
  } else {
    by_handle_.Remove(HashOf(endpoint->registration->handle), endpoint);
    Unindex(endpoint);
  }
  endpoints_.Remove(HashOf(endpoint->registration->endpoint), endpoint);
  spdlog::debug("event=registration-ended ep=\"{}\" reason=\"{}\"",
                endpoint->registration->endpoint, reason);
  return endpoint->registration;
}

void Server::State::Withdraw(std::string_view endpoint, TimePoint) {
  if (const EndpointPointer known = FindEndpoint(endpoint)) {
    EndEndDevices(End(known, "withdrawn"), /*deregistered=*/false);
  }
  Drain();
}

// A client in queue mode is taken to be asleep until it says something; one with a session has none
// any more.
void Server::State::Restore(Shared<Registration> registration, TimePoint last_seen) {
  const bool has_session = registration->peer.transport != Peer::Transport::kUdp;
  Activate(std::move(registration), last_seen, TimePoint{})->unreachable = has_session;
}

void Server::State::Restore(Observation observation) {
  const EndpointPointer endpoint = FindEndpoint(observation.endpoint);
  if (!endpoint) return;
  const std::string token = observation.token;
  observations_.Put(std::move(observation));
  ObservationState* const state = observations_.Find(token);
  state->heard = endpoint->last_seen;
  WatchSilence(endpoint, *state);
  Reschedule(endpoint);
}

void Server::State::Refuse(const Uplink& uplink, Code code, Complaint kind,
                           std::string_view reason) {
  ++counters_.bad_requests;
  if (const auto before = complaints_.Pass(kind, uplink.now)) {
    spdlog::warn("event=uplink-refused peer={} code={} reason=\"{}\" suppressed={}",
                 uplink.peer.address, ToString(code), reason, *before);
  }
  Reply(uplink.exchange, uplink.peer, uplink.key, code);
}

void Server::State::Reply(const WaitingRequest& request, Code code, const std::string& handle) {
  if (request.exchange) Reply(*request.exchange, request.peer, request.key, code, handle);
}

void Server::State::Reply(ExchangeId exchange, const Peer& peer, const ExchangeKey& key, Code code,
                          const std::string& handle, std::uint32_t max_age) {
  RememberedAnswer answer{code, handle, max_age};
  exchanges_.Answer(peer, key, answer);
  transport_.Respond(exchange, ResponseOf(answer));
}

}  // namespace lwm2m
