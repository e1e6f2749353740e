#include "ipe/bridge.h"

#include <fmt/format.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "ipe/log_events.h"
#include "mapping/endpoint_lifecycle.h"
#include "mapping/status_codes.h"

namespace ipe {

using lwm2m::Code;
using lwm2m::TimePoint;

namespace {

// The IPE's own queue and containers are those of an endpoint without a name.
constexpr char kIpe[] = "";

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

// What an Update changed, on top of `current`.
lwm2m::Shared<lwm2m::Registration> Added(const lwm2m::Registration& before,
                                         const lwm2m::Shared<lwm2m::Registration>& after,
                                         const lwm2m::Registration& current) {
  if (before == current) return after;
  lwm2m::Shared<lwm2m::Registration> result = after;
  lwm2m::Registration& added = result.Edit();
  if (before.objects == after->objects) added.objects = current.objects;
  if (before.lifetime == after->lifetime) added.lifetime = current.lifetime;
  if (before.binding == after->binding) added.binding = current.binding;
  if (before.queue_mode == after->queue_mode) added.queue_mode = current.queue_mode;
  if (before.sms_number == after->sms_number) added.sms_number = current.sms_number;
  return result;
}

std::size_t HashOfName(std::string_view lower_case) {
  return std::hash<std::string_view>{}(lower_case);
}

}  // namespace

Bridge::Bridge(const BridgeSurroundings& surroundings, TimePoint now)
    : surroundings_(surroundings),
      now_(now),
      health_(now),
      condition_(surroundings.metrics),
      session_surroundings_{surroundings.requests, surroundings.config.interworking.profile,
                            surroundings.model,
                            surroundings.config.cse.admin_originator.empty()
                                ? surroundings.config.cse.originator
                                : surroundings.config.cse.admin_originator,
                            surroundings.config.interworking.commands_per_endpoint},
      ipe_session_(surroundings.requests, surroundings.config.cse,
                   surroundings.config.interworking),
      firmware_(surroundings.config.firmware, surroundings.model, surroundings.store,
                surroundings.metrics, surroundings.unix_now),
      administration_(*this, surroundings.administration, surroundings.config),
      gateways_(surroundings.model, surroundings.metrics, [this] { return now_; }),
      own_subscriptions_(*this, surroundings.metrics, surroundings.store.notify_secret()),
      subscriptions_(*this, own_subscriptions_, surroundings.config.interworking.profile,
                     surroundings.metrics, surroundings.config.interworking.subscriptions_interval),
      access_(*this, surroundings.config.access, surroundings.config.interworking.profile,
              surroundings.model, surroundings.metrics),
      deletions_(*this, surroundings.model, surroundings.metrics,
                 [this] { return surroundings_.requests.cse_now(); }),
      commands_(*this, own_subscriptions_, surroundings.store, surroundings.metrics,
                surroundings.model, [this] { return surroundings_.requests.cse_now(); }),
      modules_(*this, surroundings.model),
      management_(*this, surroundings.config.interworking.profile, surroundings.model,
                  [this] { return surroundings_.requests.cse_now(); }),
      read_on_demand_(*this, surroundings.metrics),
      self_(**endpoints_.insert(std::make_unique<Endpoint>()).first),
      turns_(2 * surroundings.config.cse.connections),
      stored_(surroundings.metrics.counter("notifications_stored",
                                           "Device messages whose values are in the outbox")),
      deliveries_(surroundings.metrics.counter("deliveries", "Values that the CSE has taken")),
      without_target_(surroundings.metrics.counter(
          "rows_without_target",
          "Values dropped because the CSE cannot hold the resource for them")),

      undecodable_(surroundings.metrics.counter(
          "payloads_undecodable", "Device payloads that do not follow their Content-Format")),
      retransmitted_(surroundings.metrics.counter("notifications_repeated",
                                                  "Device messages recognised as stored before")) {
  base_ = surroundings.config.cse.base;
  self_.stored.name = surroundings.config.interworking.name;
  self_.read_back_wanted = true;
}

Bridge::~Bridge() = default;

// ---- registration interface
// ---------------------------------------------------------------------------------------

Endpoint& Bridge::Admit(const lwm2m::Shared<lwm2m::Registration>& registration) {
  Endpoint* known = FindEndpoint(registration->endpoint);
  if (known == nullptr) {
    mapping::NamingRules rules;
    const Config& config = surroundings_.config;
    rules.wanted = config.interworking.profile.NameFor(registration->endpoint);
    rules.ipe_name = config.interworking.name;
    rules.reserved = {config.cse.originator, config.cse.admin_originator, "CAdmin"};
    rules.taken = [this](std::string_view name) { return FindByName(name) != nullptr; };
    auto endpoint = std::make_unique<Endpoint>();
    endpoint->stored.registration = registration;
    endpoint->stored.name = mapping::NamesFor(registration->endpoint, rules).name;
    known = endpoints_.insert(std::move(endpoint)).first->get();
    by_name_.Add(HashOfName(LowerCase(known->stored.name)), known);
    Place(*known, config.interworking.profile.DeviceFor(registration->endpoint));
  }
  known->stored.registration = registration;
  known->stored.seen_at = surroundings_.unix_now();
  return *known;
}

// R14: several endpoints on one device share its <node>; "": the endpoint has one of its own.
void Bridge::Place(Endpoint& endpoint, const std::string& device) {
  const auto others = on_device_.find(endpoint.stored.device);
  if (others != on_device_.end()) {
    others->second.erase(endpoint.key());
    if (others->second.empty()) on_device_.erase(others);
  }
  endpoint.stored.device = device;
  if (!device.empty()) on_device_[device].insert(endpoint.key());
}

std::vector<Endpoint*> Bridge::CompanionsOf(const Endpoint& endpoint) {
  std::vector<Endpoint*> companions;
  const auto found = on_device_.find(endpoint.stored.device);
  if (found == on_device_.end()) return companions;
  for (const std::string& key : found->second) {
    Endpoint* const other = FindEndpoint(key);
    if (other != nullptr && other != &endpoint && !other->leave_wanted) companions.push_back(other);
  }
  return companions;
}

void Bridge::Forget(const std::string& key) {
  const auto found = endpoints_.find(key);
  if (found == endpoints_.end()) return;
  if ((*found)->unstored) std::erase(unstored_, found->get());
  StoreArrived();
  TakeAtHand(**found);
  Place(**found, "");
  by_name_.Remove(HashOfName(LowerCase((*found)->stored.name)), found->get());
  commands_.ForgetEndpoint(key);
  modules_.ForgetEndpoint(key);
  management_.ForgetEndpoint(key);
  own_subscriptions_.ForgetEndpoint(key);
  subscriptions_.ForgetEndpoint(key);
  access_.ForgetEndpoint(key);
  deletions_.ForgetEndpoint(key);
  read_on_demand_.ForgetEndpoint(key);
  if (auto removed = surroundings_.store.Remove(key); !removed) {
    spdlog::error("event=store-failed what=remove-endpoint endpoint={} cause={}", LogValue(key),
                  LogValue(removed.error().detail));
  }
  surroundings_.store.Drop(key);
  endpoints_.erase(found);
}

// What stood below its <AE> is not there any more, and the endpoint is: all of it is to be made.
void Bridge::OnTreeGone(const std::string& key) {
  own_subscriptions_.OnTreeLost(key);
  modules_.ForgetEndpoint(key);
  access_.OnTreeLost(key);
}

void Bridge::UseName(Endpoint& endpoint, std::string name) {
  by_name_.Remove(HashOfName(LowerCase(endpoint.stored.name)), &endpoint);
  endpoint.stored.name = std::move(name);
  by_name_.Add(HashOfName(LowerCase(endpoint.stored.name)), &endpoint);
}

Endpoint* Bridge::FindByName(std::string_view lower_case) const {
  return by_name_
      .Find(HashOfName(lower_case),
            [&](const Endpoint* each) { return LowerCase(each->stored.name) == lower_case; })
      .value_or(nullptr);
}

bool Bridge::Persist(const Endpoint& endpoint) {
  const auto put = surroundings_.store.Put(endpoint.stored);
  if (!put) {
    spdlog::error("event=store-failed what=put-endpoint endpoint={} cause={}",
                  LogValue(endpoint.key()), LogValue(put.error().detail));
  }
  return put.has_value();
}

void Bridge::OnRegister(lwm2m::Ticket ticket, const lwm2m::Shared<lwm2m::Registration>& offered,
                        const lwm2m::Registration* replaced) {
  if (const auto remembered = refused_.find(offered->endpoint); remembered != refused_.end()) {
    // Accepted while the CSE was away and refused by it later: now it can be said.
    const Code code = remembered->second;
    refused_.erase(remembered);
    server_->Answer(ticket, code, now_);
    return;
  }
  Endpoint& endpoint = Admit(offered);
  if (LogTraffic()) {
    if (replaced == nullptr) {
      spdlog::info("event=register endpoint={} peer={} version={} lifetime={} objects={}",
                   LogValue(offered->endpoint), offered->peer.address, offered->version,
                   offered->lifetime.count(), LogValue(lwm2m::ToString(offered->objects)));
    } else {
      spdlog::info("event=register-again endpoint={} peer={}", LogValue(offered->endpoint),
                   offered->peer.address);
    }
  }
  ++endpoint.generation;
  if (endpoint.unstored) EndGroup();
  endpoint.stored.phase = StoredEndpoint::Phase::kWanted;
  endpoint.leave_wanted = false;
  endpoint.settle_wanted = true;
  endpoint.furnish_wanted = true;
  endpoint.last_values.Clear();
  endpoint.unobservable = {};
  endpoint.failures = 0;
  endpoint.retry_at = now_;
  endpoint.event = "registered";
  AnswerWhenStored(endpoint, {ticket, OpenTicket::Kind::kRegister});
}

void Bridge::OnUpdate(lwm2m::Ticket ticket, const lwm2m::Shared<lwm2m::Registration>& before,
                      const lwm2m::Shared<lwm2m::Registration>& after) {
  Endpoint* const found = FindEndpoint(after->endpoint);
  if (found == nullptr) {
    server_->Answer(ticket, Code::kNotFound, now_);
    return;
  }
  Endpoint& endpoint = *found;
  if (endpoint.unstored) EndGroup();
  // The server follows a device with security as soon as it is heard from elsewhere; the CSE is
  // told with the Update.
  const bool moved = endpoint.stored.registration->peer.address != after->peer.address;
  const bool visible =
      moved || (!before.IsSharedWith(after) && mapping::ChangesVisibly(before, after));
  const bool tree_differs = !before.IsSharedWith(after) && (before->objects != after->objects ||
                                                            before->version != after->version ||
                                                            before->lifetime != after->lifetime);
  // Another Update that waits gets its answer, and this one's verdict counts for both.
  if (endpoint.ticket) Grant(endpoint);
  endpoint.stored.seen_at = surroundings_.unix_now();
  const bool expires_soon = context_ != nullptr && mapping::ExpirationNeedsRefresh(
                                                       after, *context_, endpoint.stored.expires_at,
                                                       surroundings_.requests.cse_now());
  const bool is_settled = endpoint.stored.phase == StoredEndpoint::Phase::kReady;
  const bool comes_anyway = !MayWait() && (endpoint.settle_wanted || endpoint.building);
  const bool tells_cse = tree_differs || expires_soon || !(is_settled || comes_anyway);
  if (!visible && !tells_cse && before->sms_number == after->sms_number) {
    // It says that the device lives, which is not written: after a restart every registration has
    // a lifetime from then on, whenever its device was heard.
    if (endpoint.stored.registration.IsSharedWith(before)) {
      endpoint.stored.registration = after;
    } else if (endpoint.stored.registration->peer != after->peer) {
      endpoint.stored.registration.Edit().peer = after->peer;
    }
    server_->Answer(ticket, Code::kChanged, now_);
    const bool asks = endpoint.observe_wanted || endpoint.change != nullptr ||
                      !endpoint.lost_observations->empty() || !endpoint.renewals->empty();
    if (asks) ObserveInTurn(endpoint);  // what failed for want of an answer
    OnAnswered(endpoint, /*anew=*/false);
    if (!is_settled) Pump(endpoint);
    return;
  }
  const lwm2m::Registration* current = server_->Find(after->endpoint);
  endpoint.stored.registration = current == nullptr ? after : Added(before, after, *current);
  if (visible) endpoint.event = "updated";
  if (tells_cse) {
    ++endpoint.generation;
    endpoint.settle_wanted = true;
  }
  AnswerWhenStored(endpoint, {ticket, OpenTicket::Kind::kUpdate, tells_cse});
}

void Bridge::OnInstancesChanged(const lwm2m::Shared<lwm2m::Registration>& registration) {
  Endpoint* const found = FindEndpoint(registration->endpoint);
  if (found == nullptr || found->leave_wanted) return;
  Endpoint& endpoint = *found;
  if (endpoint.unstored) EndGroup();
  endpoint.stored.registration.Edit().objects = registration->objects;
  endpoint.event = "updated";
  ++endpoint.generation;
  endpoint.settle_wanted = true;
  PersistLater(endpoint);
  if (!endpoint.ticket) Announce(endpoint);
  ObserveInTurn(endpoint);
  gateways_.OnRegistered(registration, /*anew=*/false, now_);
  access_.OnRegistered(endpoint, /*anew=*/false, now_);
  Pump(endpoint);
}

void Bridge::OnDeregister(lwm2m::Ticket ticket, const lwm2m::Registration& registration) {
  if (LogTraffic()) spdlog::info("event=deregister endpoint={}", LogValue(registration.endpoint));
  Leave(registration, "deregistered");
  Endpoint* const endpoint = FindEndpoint(registration.endpoint);
  if (endpoint == nullptr) {
    server_->Answer(ticket, Code::kDeleted, now_);
    return;
  }
  AnswerWhenStored(*endpoint, {ticket, OpenTicket::Kind::kDeregister});
}

void Bridge::OnExpired(const lwm2m::Registration& registration) {
  if (LogTraffic()) {
    spdlog::info("event=expired endpoint={} lifetime={}", LogValue(registration.endpoint),
                 registration.lifetime.count());
  }
  Leave(registration, "expired");
  if (Endpoint* const found = FindEndpoint(registration.endpoint)) Pump(*found);
}

void Bridge::Leave(const lwm2m::Registration& registration, std::string_view event) {
  Endpoint* const found = FindEndpoint(registration.endpoint);
  if (found == nullptr) return;
  Endpoint& endpoint = *found;
  StoreArrived();
  ++endpoint.generation;
  if (endpoint.unstored) EndGroup();
  gateways_.OnLeft(endpoint.key());
  DropTicket(endpoint);
  endpoint.stored.phase = StoredEndpoint::Phase::kLeaving;
  endpoint.settle_wanted = endpoint.furnish_wanted = endpoint.read_back_wanted = false;
  endpoint.leave_wanted = true;
  endpoint.renewals = {};
  endpoint.lost_observations = {};  // it said good-bye, or was silent for a lifetime
  endpoint.retry_at = now_;
  endpoint.event = event;
  PersistLater(endpoint);
  Announce(endpoint);
}

void Bridge::OpenTicketFor(Endpoint& endpoint, lwm2m::Ticket ticket, OpenTicket::Kind kind) {
  DropTicket(endpoint);
  endpoint.ticket = OpenTicket{ticket, kind, now_ + surroundings_.config.registration.patience};
  ++waiting_tickets_;
  if (!MayWait() || waiting_tickets_ > surroundings_.config.registration.waiting) {
    Grant(endpoint);
    return;
  }
  patience_.emplace(endpoint.ticket->patience_ends, std::make_pair(endpoint.key(), ticket));
}

void Bridge::DropTicket(Endpoint& endpoint) {
  if (!endpoint.ticket) return;
  endpoint.ticket.reset();
  --waiting_tickets_;
}

Code Bridge::SuccessOf(OpenTicket::Kind kind) {
  switch (kind) {
    case OpenTicket::Kind::kRegister:
      return Code::kCreated;
    case OpenTicket::Kind::kUpdate:
      return Code::kChanged;
    case OpenTicket::Kind::kDeregister:
      return Code::kDeleted;
  }
  return Code::kInternalServerError;
}

// Answers what waits with success: the CSE agreed, or it is away and no answer is not an answer
// code.
void Bridge::Grant(Endpoint& endpoint) {
  if (endpoint.ticket) AnswerTicket(endpoint, SuccessOf(endpoint.ticket->kind));
}

void Bridge::AnswerTicket(Endpoint& endpoint, Code code) {
  if (!endpoint.ticket) return;
  const OpenTicket open = *endpoint.ticket;
  DropTicket(endpoint);
  server_->Answer(open.ticket, code, now_);
  if (!lwm2m::IsSuccess(code) || open.kind == OpenTicket::Kind::kDeregister) return;
  Announce(endpoint);
  if (open.kind == OpenTicket::Kind::kRegister) WriteSettings(endpoint);
  ObserveInTurn(endpoint);
  management_.OnRegistered(endpoint);
  commands_.TakeUp(endpoint.key(), now_);
  OnAnswered(endpoint, open.kind == OpenTicket::Kind::kRegister);
}

// A Register (`anew`) or Update was answered with success.
void Bridge::OnAnswered(Endpoint& endpoint, bool anew) {
  firmware_.OnRegistered(endpoint.key(), now_);
  access_.OnRegistered(endpoint, anew, now_);
  gateways_.OnRegistered(endpoint.stored.registration, anew, now_);
  for (const lwm2m::Registration* registration : server_->EndDevicesOf(endpoint.key())) {
    if (Endpoint* const device = FindEndpoint(registration->endpoint)) Prolong(*device);
  }
}

// A device behind a gateway lives as long as that, and sends no Update that would say so.
void Bridge::Prolong(Endpoint& endpoint) {
  endpoint.stored.seen_at = surroundings_.unix_now();
  const lwm2m::Registration* const registration = server_->Find(endpoint.key());
  if (registration == nullptr || context_ == nullptr || endpoint.leave_wanted) return;
  const bool is_other = endpoint.stored.registration->lifetime != registration->lifetime;
  if (is_other) endpoint.stored.registration.Edit().lifetime = registration->lifetime;
  if (!is_other &&
      !mapping::ExpirationNeedsRefresh(*registration, *context_, endpoint.stored.expires_at,
                                       surroundings_.requests.cse_now())) {
    return;
  }
  ++endpoint.generation;
  endpoint.settle_wanted = true;
  PersistLater(endpoint);
  Pump(endpoint);
}

// One contentInstance in `endpoints` per lifecycle event (R68).
void Bridge::Announce(Endpoint& endpoint) {
  if (endpoint.event.empty()) return;
  onem2m::ContentInstance instance;
  instance.content =
      mapping::LifecycleEvent(endpoint.event, endpoint.stored.registration, NamesOf(endpoint),
                              onem2m::FormatTimestamp(surroundings_.requests.cse_now()));
  instance.content_info = "application/json:0";
  endpoint.event = {};
  events_.push_back(RowOf(kIpe, "endpoints", std::move(instance), OutboxRow::Kind::kEvent));
}

// ---- commands
// ------------------------------------------------------------------------------------------------------

Endpoint* Bridge::FindEndpoint(std::string_view endpoint) {
  const auto found = endpoints_.find(endpoint);
  return found == endpoints_.end() ? nullptr : found->get();
}

Endpoint* Bridge::FindByAeName(std::string_view name) {
  if (name == surroundings_.config.interworking.name) return &self_;
  return FindByName(LowerCase(name));
}

void Bridge::SendOutcome(std::string_view queue, onem2m::ContentInstance outcome) {
  Endpoint* endpoint = FindEndpoint(queue);
  if (endpoint == nullptr) return;  // left meanwhile, and its `responses` with it
  AppendRows(*endpoint, {RowOf(queue, "responses", std::move(outcome), OutboxRow::Kind::kOutcome)},
             std::nullopt, true);
}

// ---- state for the operator
// ------------------------------------------------------------------------------------

std::vector<std::string> Bridge::Troubles() const {
  std::vector<std::string> troubles;
  if (!health_.up()) {
    const bool is_tried = !health_.reason().empty();
    troubles.push_back("cse: " + (is_tried ? health_.reason() : "not reached yet"));
    const std::vector<std::string> states = condition_.Lines(now_);
    troubles.insert(troubles.end(), states.begin(), states.end());
  }
  if (!setup_trouble_.empty()) troubles.push_back("cse: " + setup_trouble_);
  if (const auto trouble = surroundings_.store.trouble()) troubles.push_back(trouble->text);
  return troubles;
}

bool Bridge::ready() const {
  return health_.up() && setup_trouble_.empty() && !surroundings_.store.trouble();
}

std::vector<std::string> Bridge::Notes() const {
  std::vector<std::string> notes;
  if (health_.up()) notes = condition_.Lines(now_);
  if (context_ != nullptr && !own_subscriptions_.notified()) {
    notes.push_back("notify: nothing received yet at " + context_->notify_url);
  }
  for (const std::string& type : surroundings_.requests.capabilities().types().Missing()) {
    notes.push_back("cse: no " + type);
  }
  if (std::string note = surroundings_.store.note(); !note.empty())
    notes.push_back(std::move(note));
  return notes;
}

bool Bridge::HasWork() const {
  return health_.up() && std::any_of(endpoints_.begin(), endpoints_.end(), [](const auto& entry) {
           return entry->rows > 0 && !entry->forbidden;
         });
}

std::string Bridge::StateOf(const std::string& key) const {
  const lwm2m::Registration* const registration = server_->Find(key);
  if (registration == nullptr) return "";
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  const auto text = [&](const char* name, std::string_view value) {
    writer.Key(name);
    writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  };
  writer.StartObject();
  text("endpoint", registration->endpoint);
  text("version", registration->version);
  text("binding", registration->binding);
  text("peer", registration->peer.address);
  text("security", lwm2m::ToString(registration->peer.security));
  text("objects", lwm2m::ToString(registration->objects));
  writer.Key("lifetime");
  writer.Int64(registration->lifetime.count());
  writer.Key("queue_mode");
  writer.Bool(registration->queue_mode);
  text("state", server_->IsAwake(key, now_) ? "awake" : "asleep");
  writer.Key("observations");
  writer.Uint64(server_->Observations(key).size());
  if (const auto found = endpoints_.find(key); found != endpoints_.end()) {
    text("ae", (*found)->stored.name);
    writer.Key("undelivered");
    writer.Uint64((*found)->rows);
    if (!(*found)->trouble->empty()) text("trouble", *(*found)->trouble);
  }
  writer.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

void Bridge::UpdateGauges() {
  Metrics& metrics = surroundings_.metrics;
  metrics.SetGauge("registrations", "Endpoints registered now",
                   static_cast<double>(server_->registration_count()));
  metrics.SetGauge("observations", "Observations established now",
                   static_cast<double>(server_->observation_count()));
  metrics.SetGauge(
      "endpoints_asleep",
      "Registered endpoints that nothing is sent to now: they sleep or have no session",
      static_cast<double>(server_->asleep_count(now_)));
  metrics.SetGauge("outbox_rows", "contentInstances not delivered yet",
                   static_cast<double>(surroundings_.store.pending_rows()));
  metrics.SetGauge("outbox_bytes", "Their size",
                   static_cast<double>(surroundings_.store.pending_bytes()));
  metrics.SetGauge("outbox_shed_rows", "Telemetry dropped because the outbox was full",
                   static_cast<double>(surroundings_.store.shed_rows()));
  metrics.SetGauge("outbox_refused_rows", "contentInstances set aside after a refusal",
                   static_cast<double>(surroundings_.store.refused_rows()));
  UpdateStoreGauges();
  metrics.SetGauge("observe_waiting", "Registered endpoints whose observations are not begun yet",
                   static_cast<double>(observe_line_.size()));
  metrics.SetGauge("commands_open", "Commands whose outcome is not known yet",
                   static_cast<double>(commands_.open_commands()));
  metrics.SetGauge("subscriptions", "Subscriptions of applications to what devices have",
                   static_cast<double>(subscriptions_.subscriptions()));
  metrics.SetGauge("firmware_updates_open", "Firmware updates under way",
                   static_cast<double>(firmware_.open_updates()));
  UpdateConditionGauges();
  metrics.SetGauge("cse_up", "1 while the CSE answers", health_.up() ? 1 : 0);
  metrics.SetGauge("cse_outages", "Times that the CSE went away",
                   static_cast<double>(health_.outages()));
  metrics.SetGauge("registrations_waiting",
                   "Registers, Updates and De-registers that wait for the CSE",
                   static_cast<double>(waiting_tickets_));
  const auto forbidden = std::count_if(endpoints_.begin(), endpoints_.end(),
                                       [](const auto& entry) { return entry->forbidden; });
  metrics.SetGauge("endpoints_forbidden", "Endpoints whose originator lacks a privilege in the CSE",
                   static_cast<double>(forbidden));
  const lwm2m::ServerCounters& counters = server_->counters();
  const std::pair<const char*, std::uint64_t> uplinks[] = {
      {"registers", counters.registers},
      {"updates", counters.updates},
      {"deregisters", counters.deregisters},
      {"sends", counters.sends},
      {"expired", counters.expired},
      {"bad_requests", counters.bad_requests},
      {"identity_refused", counters.identity_refused},
      {"duplicates", counters.duplicates},
      {"notifications", counters.notifications},
      {"stale_notifications", counters.stale_notifications},
      {"unknown_notifications", counters.unknown_notifications},
      {"operations", counters.operations},
      {"operation_failures", counters.operation_failures},
      {"operations_held", counters.operations_held},
      {"silent_observations", counters.silent_observations}};
  for (const auto& [name, value] : uplinks) {
    metrics.SetGauge("lwm2m_events", "What the LwM2M server counted since it started",
                     static_cast<double>(value), {{"event", name}});
  }
}

}  // namespace ipe
