// Information reporting: what is observed, when again, and what notifications and Sends become.
// (TS-0014 §6.5, R49, R62; LwM2M Core 1.1.1 §6.4; IR-1 … IR-17)
#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "ipe/bridge.h"
#include "ipe/log_events.h"
#include "lwm2m/codec/codec.h"
#include "lwm2m/send.h"

namespace ipe {

using lwm2m::Code;
using lwm2m::TimePoint;

namespace {

// By rules that changed.
bool IsToBeCancelled(const Endpoint& endpoint, const lwm2m::Path& path) {
  if (endpoint.change == nullptr) return false;
  const auto& operations = endpoint.change->operations;
  return std::any_of(operations.begin(), operations.end(), [&](const auto& operation) {
    return operation.kind == lwm2m::OperationKind::kCancelObserve && operation.path == path;
  });
}

// What a retransmission is recognised by; over TCP nothing comes twice.
std::optional<MessageKey> KeyOf(const lwm2m::Peer& peer, const std::string& token,
                                std::uint16_t message_id, const lwm2m::Payload& payload) {
  if (!lwm2m::HasMessageIds(peer.transport)) return std::nullopt;
  return MessageKey{token, message_id, HashOfPayload(payload.octets)};
}

}  // namespace

// When it is the endpoint's turn, at once unless many want to be observed. (ipe/observe_line.h)
void Bridge::ObserveInTurn(const Endpoint& endpoint) {
  observe_line_.Add(endpoint.key());
  BeginObserving();
}

TimePoint Bridge::BeginObserving() {
  while (const auto key = observe_line_.Next(now_)) {
    Endpoint* const endpoint = FindEndpoint(*key);
    // GEN-10: one that registers anew meanwhile comes again when that is answered.
    if (endpoint == nullptr || endpoint->leave_wanted) continue;
    if (server_->Find(*key) != nullptr) Observe(*endpoint);
  }
  return observe_line_.next_start();
}

// Observes by the profile (R49, R62) and for subscriptions of applications (R58) what is not
// observed yet, then what applications had observed before the client registered anew (IR-5), then
// again what the CSE has lost; a few at a time. GEN-10: only after the Register was answered.
void Bridge::Observe(Endpoint& endpoint) {
  endpoint.observe_wanted = false;
  SubmitChange(endpoint);
  const std::vector<lwm2m::Observation> held = server_->Observations(endpoint.key());
  for (const lwm2m::Path& path : endpoint.stored.registration->objects->paths) {
    if (!path.is_instance()) continue;
    ObserveTargets(
        endpoint,
        surroundings_.config.interworking.profile.ObservationTargets(endpoint.key(), path), held);
  }
  ObserveTargets(endpoint, subscriptions_.Wanted(endpoint), held);
  const std::size_t at_a_time = ObservesAtATime(endpoint, held);
  while (!endpoint.lost_observations->empty() && endpoint.observing->size() < at_a_time) {
    const lwm2m::Observation lost = endpoint.lost_observations->back();
    endpoint.lost_observations.Edit().pop_back();
    const bool is_held =
        std::any_of(held.begin(), held.end(), [&](const lwm2m::Observation& observation) {
          return observation.path == lost.path && observation.paths == lost.paths;
        });
    if (!is_held) ObserveAgain(endpoint, lost);
  }
  while (!endpoint.renewals->empty() && endpoint.observing->size() < at_a_time) {
    const lwm2m::Observation renewal = endpoint.renewals->back();
    endpoint.renewals.Edit().pop_back();
    ObserveAgain(endpoint, renewal);
  }
}

void Bridge::ObserveTargets(Endpoint& endpoint,
                            const std::vector<mapping::Profile::ObservationTarget>& targets,
                            const std::vector<lwm2m::Observation>& held) {
  const std::size_t at_a_time = ObservesAtATime(endpoint, held);
  for (const auto& target : targets) {
    if (endpoint.observing->size() >= at_a_time) {
      endpoint.observe_wanted = true;
      return;
    }
    const bool is_held =
        std::any_of(held.begin(), held.end(), [&](const lwm2m::Observation& observation) {
          return observation.path == target.path && observation.paths.empty();
        });
    if (is_held || endpoint.unobservable->count(target.path) > 0) continue;
    if (!endpoint.observing.Edit().insert({target.path, {}}).second) continue;
    ObserveTarget(endpoint.key(), subscriptions_.Joined(endpoint.key(), target));
  }
}

// An endpoint may have more instances than its queue has places, and commands need some of them.
// The next ones follow when these are answered. Of a device that has answered none yet only one
// waits: a fleet that is silent costs little.
std::size_t Bridge::ObservesAtATime(const Endpoint& endpoint,
                                    const std::vector<lwm2m::Observation>& held) const {
  if (held.empty() && endpoint.unobservable->empty()) return 1;
  return std::clamp<std::size_t>(surroundings_.config.queue_mode.depth / 4, 1, 8);
}

// The CSE has lost the values. Observing again what is observed brings them, in the device's own
// time.
void Bridge::ObserveAgain(Endpoint& endpoint) {
  // What waits in the outbox still comes.
  constexpr std::size_t kLooks = 1000;
  std::set<lwm2m::Path> waiting;
  const auto rows = surroundings_.store.Pending(endpoint.key(), endpoint.after, kLooks);
  for (const OutboxRow& row : rows ? *rows : std::vector<OutboxRow>{}) {
    if (const auto path = lwm2m::Path::Parse("/" + row.container)) waiting.insert(*path);
  }
  endpoint.last_values.ForgetAllBut(waiting);
  management_.OnCseLost(endpoint);
  std::vector<lwm2m::Observation> renewals = server_->Observations(endpoint.key());
  std::erase_if(renewals,
                [&](const lwm2m::Observation& observation) { return access_.Owns(observation); });
  endpoint.renewals = std::move(renewals);
  ObserveInTurn(endpoint);
}

void Bridge::ObserveAgain(Endpoint& endpoint, const lwm2m::Observation& observation) {
  if (!endpoint.observing.Edit().insert({observation.path, observation.paths}).second) return;
  const bool composite = !observation.paths.empty();
  lwm2m::Operation observe;
  observe.kind =
      composite ? lwm2m::OperationKind::kObserveComposite : lwm2m::OperationKind::kObserve;
  observe.path = observation.path;
  observe.paths = observation.paths;
  observe.attributes = observation.attributes;
  SubmitObserve(endpoint.key(), std::move(observe), /*is_refresh=*/true);
}

void Bridge::ObserveTarget(const std::string& key,
                           const mapping::Profile::ObservationTarget& target) {
  const lwm2m::Registration* registration = server_->Find(key);
  auto attributes =
      lwm2m::ForVersion(target.attributes, registration == nullptr ? "1.0" : registration->version);
  if (!attributes.empty()) {
    // R59: the criteria first, so that the observation starts with them. A device that refuses them
    // is observed all the same.
    lwm2m::Operation write;
    write.kind = lwm2m::OperationKind::kWriteAttributes;
    write.path = target.path;
    write.attributes = std::move(attributes);
    SubmitInTurn(key, std::move(write),
                 [this, key, path = target.path](const lwm2m::Outcome& outcome) {
                   const lwm2m::CoapResponse* const response = outcome.response();
                   const bool refused = response != nullptr && !lwm2m::IsSuccess(response->code);
                   if (refused && LogTraffic()) {
                     spdlog::info("event=write-attributes-refused endpoint={} path={} code={}",
                                  LogValue(key), path.ToString(), lwm2m::ToString(response->code));
                   }
                 });
  }
  lwm2m::Operation observe;
  observe.kind = lwm2m::OperationKind::kObserve;
  observe.path = target.path;
  SubmitObserve(key, std::move(observe));
}

void Bridge::SubmitObserve(const std::string& key, lwm2m::Operation observe, bool is_refresh) {
  SubmitInTurn(key, observe,
               [this, key, path = observe.path, paths = observe.paths,
                is_refresh](const lwm2m::Outcome& outcome) {
                 const lwm2m::CoapResponse* const response = outcome.response();
                 if (Endpoint* observed = FindEndpoint(key)) {
                   observed->observing.Edit().erase({path, paths});
                   if (observed->observing->empty()) observed->observing = {};
                   observed->observe_wanted |= response == nullptr;
                   const bool refused = response != nullptr && !response->observe;
                   if (refused && paths.empty())
                     observed->unobservable.Edit().emplace(path, response->code);
                   const std::size_t at_a_time =
                       ObservesAtATime(*observed, server_->Observations(key));
                   const bool room = observed->observing->size() <= at_a_time / 2;
                   if (response != nullptr && room) Observe(*observed);
                 }
                 if (response == nullptr) {
                   if (!LogTraffic()) return;
                   spdlog::info("event=observe-failed endpoint={} path={} cause={}", LogValue(key),
                                path.ToString(), lwm2m::ToString(*outcome.failure()));
                 } else if (!lwm2m::IsSuccess(response->code)) {
                   if (!LogTraffic()) return;
                   spdlog::info("event=observe-refused endpoint={} path={} code={}", LogValue(key),
                                path.ToString(), lwm2m::ToString(response->code));
                 } else {
                   StoreObserved(key, path, *response, is_refresh);
                 }
               });
}

// Counts among what the line waits for, from when it is sent until its outcome.
void Bridge::SubmitInTurn(const std::string& key, lwm2m::Operation operation,
                          lwm2m::Server::Done done) {
  const auto sent = std::make_shared<std::uint64_t>(0);
  server_->Submit(
      key, std::move(operation), lwm2m::Priority::kTelemetry, now_ + lwm2m::kDefaultLifetime, now_,
      [this, sent, done = std::move(done)](const lwm2m::Outcome& outcome) {
        observe_line_.OnDone(*sent);
        done(outcome);
      },
      [this, sent] {
        observe_line_.OnDone(*sent);  // it may be repeated without an Accept
        *sent = observe_line_.OnSent(now_);
      });
}

// A device can repeat it as often as it likes: counted each time, logged once a minute per
// endpoint.
void Bridge::ReportUndecodable(const Endpoint& endpoint, const lwm2m::Path& path,
                               const lwm2m::Payload& payload, const lwm2m::Error& error) {
  undecodable_.Increment();
  if (!log_limiter_.Allow("payload-undecodable " + endpoint.key(), now_)) return;
  spdlog::warn("event=payload-undecodable endpoint={} path={} format={} cause={} suppressed={}",
               LogValue(endpoint.key()), path.ToString(), static_cast<int>(FormatOf(payload, path)),
               LogValue(error.detail), log_limiter_.suppressed());
}

std::string Bridge::AddressOf(const Endpoint& endpoint) const {
  return base_ + "/" + endpoint.stored.name;
}

TelemetryRules Bridge::RulesFor(const std::string& ae_address) const {
  return {ae_address, surroundings_.config.interworking.profile, surroundings_.model,
          surroundings_.unix_now()};
}

// In all modes.
lwm2m::Result<std::vector<OutboxRow>> Bridge::RowsFor(Endpoint& endpoint, const lwm2m::Path& path,
                                                      const lwm2m::Payload& payload,
                                                      bool is_refresh) {
  const std::string address = AddressOf(endpoint);
  TelemetryRules rules = RulesFor(address);
  rules.is_refresh = is_refresh;
  auto rows = RowsOf(endpoint, path, payload, rules);
  if (!rows) return rows;
  auto managed = management_.RowsOf(endpoint, path, payload);
  if (!managed) return managed;
  rows->insert(rows->end(), std::make_move_iterator(managed->begin()),
               std::make_move_iterator(managed->end()));
  return rows;
}

lwm2m::Result<std::vector<OutboxRow>> Bridge::RowsForSend(Endpoint& endpoint,
                                                          std::vector<lwm2m::Record> records,
                                                          const lwm2m::Payload& payload) {
  std::vector<OutboxRow> managed = management_.RowsOf(endpoint, records);
  auto rows = RowsOfSend(endpoint, std::move(records), payload, RulesFor(AddressOf(endpoint)));
  if (!rows) return rows;
  rows->insert(rows->end(), std::make_move_iterator(managed.begin()),
               std::make_move_iterator(managed.end()));
  return rows;
}

void Bridge::StoreValues(std::string_view key, const lwm2m::Path& path,
                         const lwm2m::Payload& payload) {
  if (Endpoint* endpoint = FindEndpoint(key)) {
    StoreAnswer(*endpoint, path, payload, std::nullopt, /*is_refresh=*/false);
  }
}

// The answer to an Observe may be a notification that was on its way, or come separately: either
// is sent again when its acknowledgement gets lost, also to the next run of the program.
void Bridge::StoreObserved(std::string_view key, const lwm2m::Path& path,
                           const lwm2m::CoapResponse& response, bool is_refresh) {
  Endpoint* endpoint = FindEndpoint(key);
  if (endpoint == nullptr) return;
  const auto message = KeyOf(endpoint->stored.registration->peer, response.token,
                             response.message_id, response.payload);
  StoreAnswer(*endpoint, path, response.payload, message, is_refresh);
}

void Bridge::StoreAnswer(Endpoint& endpoint, const lwm2m::Path& path, const lwm2m::Payload& payload,
                         const std::optional<MessageKey>& message, bool is_refresh) {
  if (payload.octets.empty()) return;
  firmware_.OnValue(endpoint.key(), path, payload, now_);
  gateways_.OnValue(endpoint.key(), path, payload, now_);
  auto rows = RowsFor(endpoint, path, payload, is_refresh);
  if (!rows) {
    ReportUndecodable(endpoint, path, payload, rows.error());
    return;
  }
  AppendRows(endpoint, std::move(*rows), message, /*is_news=*/false);
}

// "Nothing is lost": the rows are committed before the acknowledgement leaves.
bool Bridge::OnNotification(const lwm2m::Notification& notification) {
  Endpoint* const found = FindEndpoint(notification.registration.endpoint);
  if (found == nullptr) return true;  // left meanwhile: nowhere to put it
  if (access_.Owns(notification.observation)) {
    access_.OnNotification(notification);
    return true;
  }
  Endpoint& endpoint = *found;
  const lwm2m::Payload& payload = notification.message.payload;
  firmware_.OnValue(endpoint.key(), notification.observation.path, payload, now_);
  gateways_.OnValue(endpoint.key(), notification.observation.path, payload, now_);
  auto rows = RowsFor(endpoint, notification.observation.path, payload, /*is_refresh=*/false);
  if (!rows) {
    ReportUndecodable(endpoint, notification.observation.path, payload, rows.error());
    return true;
  }
  if (rows->empty()) return true;
  const auto key = KeyOf(notification.registration.peer, notification.observation.token,
                         notification.message.message_id, payload);
  return Arrive(endpoint, std::move(*rows), key);
}

// IR-11. The rows are committed before the answer leaves.
Code Bridge::OnSend(const lwm2m::Sending& sending) {
  Endpoint* const found = FindEndpoint(sending.registration.endpoint);
  if (found == nullptr || found->leave_wanted) return Code::kNotFound;
  Endpoint& endpoint = *found;
  const auto devices = server_->EndDevicesOf(endpoint.key());
  if (!devices.empty()) return OnGatewaySend(sending, devices);
  const lwm2m::Payload& payload = sending.request.payload;
  auto records = lwm2m::ReadSend(payload, sending.registration, surroundings_.model);
  if (!records) {
    ReportUndecodable(endpoint, lwm2m::Path(), payload, records.error());
    return lwm2m::AnswerTo(records.error());
  }
  auto rows = RowsForSend(endpoint, std::move(*records), payload);
  if (!rows) {
    ReportUndecodable(endpoint, lwm2m::Path(), payload, rows.error());
    return lwm2m::AnswerTo(rows.error());
  }
  const auto key = KeyOf(sending.peer, sending.request.token, sending.request.message_id, payload);
  if (!AppendRows(endpoint, std::move(*rows), key, /*is_news=*/true)) {
    return Code::kServiceUnavailable;
  }
  stored_.Increment();
  return Code::kChanged;
}

// A Send of a gateway, for itself and for the devices behind it: all of it or nothing, each part in
// the queue of its endpoint, encoded anew.
Code Bridge::OnGatewaySend(const lwm2m::Sending& sending,
                           const std::vector<const lwm2m::Registration*>& devices) {
  std::vector<const lwm2m::Registration*> senders = {&sending.registration};
  senders.insert(senders.end(), devices.begin(), devices.end());
  const lwm2m::Payload& payload = sending.request.payload;
  const auto refuse = [&](const lwm2m::Error& error) {
    ReportUndecodable(*FindEndpoint(sending.registration.endpoint), lwm2m::Path(), payload, error);
    return lwm2m::AnswerTo(error);
  };
  auto all = lwm2m::ReadGatewaySend(payload, senders, surroundings_.model);
  if (!all) return refuse(all.error());
  std::vector<std::pair<Endpoint*, std::vector<OutboxRow>>> parts;
  for (std::size_t i = 0; i < senders.size(); ++i) {
    Endpoint* const endpoint = FindEndpoint(senders[i]->endpoint);
    if (endpoint == nullptr || (*all)[i].empty()) continue;
    auto octets = lwm2m::Encode(*payload.format, (*all)[i], lwm2m::Path(), surroundings_.model);
    if (!octets) return refuse(octets.error());
    auto rows = RowsForSend(*endpoint, std::move((*all)[i]), {payload.format, *std::move(octets)});
    if (!rows) return refuse(rows.error());
    parts.emplace_back(endpoint, *std::move(rows));
  }
  // What of it is stored already when one fails is recognised by its key when it comes again.
  const auto key = KeyOf(sending.peer, sending.request.token, sending.request.message_id, payload);
  for (auto& [endpoint, rows] : parts) {
    if (!AppendRows(*endpoint, std::move(rows), key, /*is_news=*/true)) {
      return Code::kServiceUnavailable;
    }
  }
  stored_.Increment();
  return Code::kChanged;
}

void Bridge::OnObservationStarted(const lwm2m::Observation& observation) {
  if (auto put = surroundings_.store.Put(observation); !put) {
    spdlog::error("event=store-failed what=put-observation cause={}", LogValue(put.error().detail));
  }
}

void Bridge::OnObservationEnded(const lwm2m::Observation& observation, std::string_view reason) {
  // With its registration: wanted again when the client registers anew, and no news of its own.
  const bool with_registration = server_->Find(observation.endpoint) == nullptr;
  if (!with_registration && LogTraffic()) {
    spdlog::info("event=observation-ended endpoint={} path={} reason={}",
                 LogValue(observation.endpoint), observation.path.ToString(), LogValue(reason));
  }
  if (Endpoint* const endpoint = FindEndpoint(observation.endpoint)) {
    endpoint->observe_wanted = true;
    if (with_registration && !access_.Owns(observation) &&
        !IsToBeCancelled(*endpoint, observation.path)) {
      endpoint->lost_observations.Edit().push_back(observation);
    }
  }
  if (auto removed = surroundings_.store.Remove(observation); !removed) {
    spdlog::error("event=store-failed what=remove-observation cause={}",
                  LogValue(removed.error().detail));
  }
}

}  // namespace ipe
