#include "ipe/management_desk.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "ipe/telemetry.h"
#include "lwm2m/codec/codec.h"
#include "lwm2m/record_times.h"
#include "mapping/creation.h"
#include "mapping/object_discovery.h"
#include "onem2m/codec/json.h"
#include "onem2m/codec/short_names.h"

namespace ipe {

using mapping::ManagementPlan;
using mapping::Progress;
using onem2m::NamedAttribute;
using onem2m::NamedAttributes;

namespace {

constexpr std::size_t kEchoesKept = 64;    // of one <mgmtObj>
constexpr std::int64_t kEchoFor = 60;      // seconds
constexpr std::int64_t kSameWithin = 10;   // seconds
constexpr std::size_t kLongestLabel = 64;  // docs/mapping.md, `id`

std::string AddressOf(const ManagementPlan& plan) {
  return std::string(mapping::kBelowNode) + plan.name;
}

// "" for an address that is not below a <node>.
std::string_view NameOf(std::string_view address) {
  if (address.substr(0, mapping::kBelowNode.size()) != mapping::kBelowNode) return {};
  return address.substr(mapping::kBelowNode.size());
}

OutboxRow UpdateRow(const std::string& endpoint, const ManagementPlan& plan,
                    const onem2m::ManagementObject& update, OutboxRow::Kind kind) {
  OutboxRow row;
  row.endpoint = endpoint;
  row.container = AddressOf(plan);
  row.body = onem2m::EncodeUpdate(update);
  row.kind = kind;
  row.form = OutboxRow::Form::kUpdate;
  return row;
}

// "<endpoint>@node/<name>?<attribute>@<time>.<what>": identity of a command. The times of CSEs are
// often whole seconds.
std::string IdentityOf(const std::string& endpoint, const std::string& container,
                       const mapping::ManagementCommand& command, const std::string& stamp) {
  return fmt::format("{}{}?{}@{}.{:x}", endpoint, container, command.attribute, stamp,
                     HashOfPayload(command.content));
}

std::string AttributeOf(const OpenCommand& open) {
  const std::size_t end = open.resource_id.rfind('@');
  const std::size_t begin = open.resource_id.rfind('?', end);
  if (end == std::string::npos || begin == std::string::npos) return "";
  return open.resource_id.substr(begin + 1, end - begin - 1);
}

// What stands in the outcome as `id` and `request`: "firmware-ud-20231114T221320.5".
std::string LabelOf(std::string_view name, const std::string& attribute, std::string stamp) {
  std::replace(stamp.begin(), stamp.end(), ',', '.');
  std::string tail = "-" + attribute + "-" + stamp;
  tail.resize(std::min(tail.size(), kLongestLabel));
  return std::string(name.substr(0, kLongestLabel - tail.size())) + tail;
}

}  // namespace

ManagementDesk::ManagementDesk(Surroundings& surroundings, const mapping::Profile& profile,
                               const lwm2m::ObjectModel& model,
                               std::function<std::int64_t()> unix_now)
    : surroundings_(surroundings),
      profile_(profile),
      model_(model),
      unix_now_(std::move(unix_now)) {}

mapping::ManagementRules ManagementDesk::RulesOf(const Endpoint& endpoint) const {
  return {endpoint.stored.registration, profile_, model_};
}

// ---- what is told

lwm2m::Result<std::vector<OutboxRow>> ManagementDesk::RowsOf(const Endpoint& endpoint,
                                                             const lwm2m::Path& path,
                                                             const lwm2m::Payload& payload) {
  if (!enabled() || mapping::PlanManagementObjects(RulesOf(endpoint)).empty()) {
    return std::vector<OutboxRow>();
  }
  auto records = lwm2m::Decode(FormatOf(payload, path), payload.octets, path, model_,
                               {endpoint.stored.registration->objects->root_path});
  if (!records) return tl::unexpected(records.error());
  return RowsOf(endpoint, *std::move(records));
}

std::vector<OutboxRow> ManagementDesk::RowsOf(const Endpoint& endpoint,
                                              std::vector<lwm2m::Record> records) {
  std::vector<OutboxRow> rows;
  if (!enabled() || endpoint.leave_wanted) return rows;
  const mapping::ManagementRules rules = RulesOf(endpoint);
  const auto now = static_cast<double>(unix_now_());
  lwm2m::AnchorTimes(records, now);
  lwm2m::SortByTime(records, now);
  for (const mapping::ManagementUpdate& update : mapping::ManagementUpdates(records, rules)) {
    Managed& managed = desks_[endpoint.key()].objects[update.object.name];
    NamedAttributes news = update.attributes;
    // While an update of ours is under way, its own steps are what is told.
    std::erase_if(news, [&](const NamedAttribute& attribute) {
      return attribute.name == onem2m::short_names::kUpdateStatus &&
             managed.running.count(std::string(onem2m::short_names::kUpdate)) > 0;
    });
    const bool any_news = std::any_of(news.begin(), news.end(), [&](const auto& attribute) {
      const auto* known = onem2m::FindAttribute(managed.known, attribute.name);
      return known == nullptr ||
             (*known != attribute.value && !mapping::IsTicking(update.object, attribute.name));
    });
    if (any_news) {
      Say(endpoint.key(), update.object, news, OutboxRow::Kind::kTelemetry, rows);
    }
  }
  return rows;
}

void ManagementDesk::Say(const std::string& endpoint, const ManagementPlan& plan,
                         const NamedAttributes& attributes, OutboxRow::Kind kind,
                         std::vector<OutboxRow>& rows) {
  Managed& managed = desks_[endpoint].objects[plan.name];
  onem2m::ManagementObject update, second;
  update.root = second.root = plan.root;
  for (const NamedAttribute& attribute : attributes) {
    const auto* known = onem2m::FindAttribute(managed.known, attribute.name);
    if (known != nullptr && *known == attribute.value) continue;
    onem2m::SetAttribute(managed.known, attribute.name, attribute.value);
    // The first Update may become a Create, which may not carry all (TS-0001 Annex D).
    const bool later =
        !managed.told && mapping::IsNotForCreate(plan.specialisation, attribute.name);
    (later ? second : update).attributes.push_back(attribute);
  }
  for (const onem2m::ManagementObject* part : {&update, &second}) {
    if (!part->attributes.empty()) rows.push_back(UpdateRow(endpoint, plan, *part, kind));
  }
  managed.told = true;
}

void ManagementDesk::SayNow(Endpoint& endpoint, const ManagementPlan& plan,
                            const NamedAttributes& attributes) {
  std::vector<OutboxRow> rows;
  Say(endpoint.key(), plan, attributes, OutboxRow::Kind::kOutcome, rows);
  if (!rows.empty()) surroundings_.TellCse(endpoint, std::move(rows));
}

void ManagementDesk::OnRowsLost(const Endpoint& endpoint) {
  const auto desk = desks_.find(endpoint.key());
  if (desk == desks_.end()) return;
  for (auto& [name, managed] : desk->second.objects) managed.known.clear();
}

// ---- the life of an endpoint

// A Label that it has anyway: harmless where it exists, and where it does not, it is made.
void ManagementDesk::OnRegistered(Endpoint& endpoint, bool restored) {
  if (!enabled() || endpoint.leave_wanted) return;
  const mapping::ManagementRules rules = RulesOf(endpoint);
  std::vector<OutboxRow> rows;
  for (const ManagementPlan& plan : mapping::PlanManagementObjects(rules)) {
    const auto* row = mapping::FindSpecialisation(plan.specialisation);
    const bool made_at_once = row != nullptr && row->made_at_once;
    if (!made_at_once && !(restored && mapping::TakesCommands(plan, rules))) continue;
    Managed& managed = desks_[endpoint.key()].objects[plan.name];
    if (managed.told) continue;
    managed.told = true;
    onem2m::ManagementObject update;
    update.root = plan.root;
    update.labels = mapping::ContainerLabels(plan.instance, endpoint.stored.registration->objects,
                                             mapping::LabelFamily::kBoth);
    rows.push_back(UpdateRow(endpoint.key(), plan, update, OutboxRow::Kind::kOutcome));
  }
  if (!rows.empty()) surroundings_.TellCse(endpoint, std::move(rows));
}

void ManagementDesk::OnCseLost(Endpoint& endpoint) {
  const auto desk = desks_.find(endpoint.key());
  if (desk == desks_.end()) return;
  for (auto& [name, managed] : desk->second.objects) {
    managed.known.clear();
    managed.told = managed.subscribed = false;
  }
  OnRegistered(endpoint);
}

void ManagementDesk::ForgetEndpoint(std::string_view endpoint) {
  desks_.erase(std::string(endpoint));
}

// ---- the way to the CSE

void ManagementDesk::OnSending(const Endpoint& endpoint, const std::vector<OutboxRow>& rows) {
  if (!enabled()) return;
  const auto found = desks_.find(endpoint.key());
  if (found != desks_.end()) found->second.in_flight.clear();
  for (const OutboxRow& row : rows) {
    const std::string name(NameOf(row.container));
    if (row.form != OutboxRow::Form::kUpdate || name.empty()) continue;
    Desk& desk = desks_[endpoint.key()];
    desk.in_flight.emplace_back(row.id, name);
    const auto update = onem2m::DecodeManagementUpdate(row.body);
    if (!update) continue;
    auto& echoes = desk.objects[name].echoes;
    for (const NamedAttribute& attribute : update->attributes) {
      if (echoes.size() >= kEchoesKept) echoes.pop_front();
      echoes.push_back({attribute.name, attribute.value, unix_now_() + kEchoFor, 0, ""});
    }
  }
}

void ManagementDesk::OnDelivered(Endpoint& endpoint, RowId row) {
  const auto desk = desks_.find(endpoint.key());
  if (desk == desks_.end() || endpoint.leave_wanted) return;
  const auto& in_flight = desk->second.in_flight;
  const auto sent = std::find_if(in_flight.begin(), in_flight.end(),
                                 [row](const auto& entry) { return entry.first == row; });
  if (sent == in_flight.end()) return;
  Managed& managed = desk->second.objects[sent->second];
  if (managed.subscribed) return;
  const mapping::ManagementRules rules = RulesOf(endpoint);
  const auto plan = mapping::FindManagementObject(sent->second, rules);
  if (!plan || !mapping::TakesCommands(*plan, rules)) return;
  managed.subscribed = true;
  // Of actions that the CSE itself takes back the Update after the fact tells nothing.
  const bool actions = plan->specialisation == mapping::Specialisation::kReboot ||
                       plan->specialisation == mapping::Specialisation::kDeviceCapability ||
                       plan->specialisation == mapping::Specialisation::kEventLog;
  surroundings_.WantSubscription(
      endpoint, {actions ? mapping::Purpose::kActions : mapping::Purpose::kUpdates, plan->name,
                 /*below_node=*/true});
}

// ---- from applications

// Of each Update we are told once. After that the same value is an application's, unless the CSE
// repeats itself.
bool ManagementDesk::IsEcho(Managed& managed, const NamedAttribute& attribute,
                            const std::string& modified_at) const {
  const std::int64_t now = unix_now_();
  auto& echoes = managed.echoes;
  const auto found = std::find_if(echoes.begin(), echoes.end(), [&](const Echo& echo) {
    if (echo.until < now || echo.name != attribute.name || echo.value != attribute.value) {
      return false;
    }
    if (echo.heard_at == 0) return true;
    return modified_at.empty() ? now - echo.heard_at <= kSameWithin
                               : echo.modified_at == modified_at;
  });
  if (found == echoes.end()) return false;
  if (found->heard_at != 0) return true;
  found->heard_at = now;
  found->modified_at = modified_at;
  // Notifications come in the order of the Updates: of those before it nothing is told any more.
  for (auto earlier = echoes.begin(); earlier != found; ++earlier) {
    if (earlier->name == attribute.name && earlier->heard_at == 0) earlier->until = 0;
  }
  return true;
}

// What somebody else has changed; an action that is written true always counts.
NamedAttributes ManagementDesk::Written(Managed& managed,
                                        const onem2m::ManagementObject& told) const {
  NamedAttributes written;
  for (const NamedAttribute& attribute : told.attributes) {
    const auto* known = onem2m::FindAttribute(managed.known, attribute.name);
    const bool is_true = attribute.value == onem2m::AttributeValue(true);
    const bool same = known != nullptr && *known == attribute.value;
    if (IsEcho(managed, attribute, told.last_modified_time) || (same && !is_true)) continue;
    if (is_true && managed.running.count(attribute.name) > 0) continue;  // it is being done
    written.push_back(attribute);
  }
  return written;
}

// When the CSE took it; without that, when we were told.
std::string ManagementDesk::StampOf(Managed& managed, const NamedAttributes& written,
                                    const std::string& modified_at) const {
  if (!modified_at.empty()) return modified_at;
  const std::int64_t now = unix_now_();
  const bool same = managed.last_written == written && now - managed.last_written_at <= kSameWithin;
  if (!same) managed.last_written_at = now;
  managed.last_written = written;
  return onem2m::FormatTimestamp(managed.last_written_at);
}

void ManagementDesk::OnNotification(const OwnNotification& arrived) {
  Endpoint* endpoint = surroundings_.FindEndpoint(arrived.endpoint);
  const auto& representation = arrived.notification.representation;
  const auto* told =
      representation ? std::get_if<onem2m::ManagementObject>(&*representation) : nullptr;
  // Only what came on our own path and names our subscription: anybody could say the rest.
  if (endpoint == nullptr || endpoint->leave_wanted || !arrived.trusted || told == nullptr) return;
  const mapping::ManagementRules rules = RulesOf(*endpoint);
  const auto plan = mapping::FindManagementObject(arrived.place.parent, rules);
  if (!plan) return;
  Managed& managed = desks_[endpoint->key()].objects[plan->name];
  const NamedAttributes written = Written(managed, *told);
  if (written.empty()) return;
  const std::string stamp = StampOf(managed, written, told->last_modified_time);
  const auto commands = mapping::ManagementCommands(*plan, written, managed.known, rules);
  const NamedAttributes before = managed.known;
  for (const NamedAttribute& attribute : written) {
    onem2m::SetAttribute(managed.known, attribute.name, attribute.value);
  }
  for (const mapping::ManagementCommand& command : commands) {
    onem2m::ContentInstance instance;
    instance.resource_id = IdentityOf(endpoint->key(), AddressOf(*plan), command, stamp);
    instance.resource_name = LabelOf(plan->name, command.attribute, stamp);
    instance.creation_time = stamp;
    instance.content = command.content;
    Running& running = managed.running[command.attribute];
    const bool is_first = running.command.empty();
    if (is_first) {
      running.command = instance.resource_id;
      const auto* earlier = onem2m::FindAttribute(before, command.attribute);
      if (earlier != nullptr) running.before = *earlier;
    }
    const bool taken = surroundings_.TakeCommand(endpoint->key(), AddressOf(*plan), instance);
    // Nothing will end it, and it would be in the way of the next one.
    if (!taken && is_first) managed.running.erase(command.attribute);
  }
}

void ManagementDesk::OnSubscriptionLost(Endpoint& endpoint, const SubscriptionPlace& place) {
  const mapping::ManagementRules rules = RulesOf(endpoint);
  const auto plan = mapping::FindManagementObject(place.parent, rules);
  if (!plan) return;
  Managed& managed = desks_[endpoint.key()].objects[plan->name];
  managed.subscribed = managed.told = false;
  const NamedAttributes known = std::exchange(managed.known, {});
  if (known.empty()) return OnRegistered(endpoint, /*restored=*/true);
  SayNow(endpoint, *plan, known);  // makes it anew, should it be gone
}

// ---- commands that began here

bool ManagementDesk::IsOwn(const OpenCommand& open) { return !NameOf(open.container).empty(); }

void ManagementDesk::OnCommandBegun(const OpenCommand& open) {
  Endpoint* endpoint = surroundings_.FindEndpoint(open.endpoint);
  if (endpoint == nullptr) return;
  const auto plan = mapping::FindManagementObject(NameOf(open.container), RulesOf(*endpoint));
  const std::string attribute = AttributeOf(open);
  if (!plan) return;
  Running& running = desks_[open.endpoint].objects[plan->name].running[attribute];
  if (running.command.empty()) running.command = open.resource_id;
  if (running.command != open.resource_id) return;
  SayNow(*endpoint, *plan, mapping::ProgressOf(*plan, attribute, Progress::kRunning));
}

void ManagementDesk::OnFirmware(const OpenCommand& open, const lwm2m::FirmwareStatus& status) {
  Endpoint* endpoint = surroundings_.FindEndpoint(open.endpoint);
  if (endpoint == nullptr || status.step != lwm2m::FirmwareStep::kDone || status.version.empty()) {
    return;
  }
  const auto plan = mapping::FindManagementObject(NameOf(open.container), RulesOf(*endpoint));
  if (!plan) return;
  SayNow(*endpoint, *plan, {{std::string(onem2m::short_names::kVersion), status.version}});
}

void ManagementDesk::OnCommandEnded(const OpenCommand& open, bool succeeded) {
  Endpoint* endpoint = surroundings_.FindEndpoint(open.endpoint);
  if (endpoint == nullptr || endpoint->leave_wanted) return;
  const mapping::ManagementRules rules = RulesOf(*endpoint);
  const auto plan = mapping::FindManagementObject(NameOf(open.container), rules);
  const std::string attribute = AttributeOf(open);
  if (!plan) return;
  Managed& managed = desks_[open.endpoint].objects[plan->name];
  const auto running = managed.running.find(attribute);
  // Of another that was refused because this one is under way nothing is to be seen here.
  if (running != managed.running.end() && running->second.command != open.resource_id) return;
  std::optional<onem2m::AttributeValue> before;
  if (running != managed.running.end()) {
    before = std::move(running->second.before);
    managed.running.erase(running);
  }
  if (mapping::IsAction(*plan, attribute, rules)) {
    SayNow(*endpoint, *plan,
           mapping::ProgressOf(*plan, attribute, succeeded ? Progress::kDone : Progress::kFailed));
  } else if (!succeeded && before) {
    SayNow(*endpoint, *plan, {{attribute, *before}});  // the device has not taken it
  }
}

}  // namespace ipe
