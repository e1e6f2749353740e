#include "ipe/access_desk.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "ipe/telemetry.h"
#include "lwm2m/codec/codec.h"
#include "lwm2m/operations.h"
#include "mapping/commands.h"

namespace ipe {

using lwm2m::Id;
using lwm2m::OperationKind;
using lwm2m::Path;
using mapping::Protected;

namespace {

constexpr Id kServerObject = 1;
constexpr Id kShortServerId = 0;
constexpr Id kLifetime = 1;
constexpr Id kAcl = 2;
constexpr int kTreesGone = 3;

// Does `registration` declare an instance of object 2?
bool HasAccessControl(const lwm2m::Registration& registration) {
  return std::any_of(registration.objects->paths.begin(), registration.objects->paths.end(),
                     [](const Path& path) {
                       return path.is_instance() && lwm2m::kAccessControlObject.Contains(path);
                     });
}

bool IsOfVersionOne(const lwm2m::Registration& registration) {
  return registration.version == "1.0";
}

lwm2m::Operation ReadOf(const Path& path) {
  lwm2m::Operation read;
  read.path = path;
  return read;
}

std::optional<std::int64_t> IntegerOf(const lwm2m::Value& value) {
  const auto number = lwm2m::ConvertTo(lwm2m::Type::kInteger, value);
  if (!number) return std::nullopt;
  return std::get<std::int64_t>(*number);
}

// A change of ours as a command would be reported, in `responses`.
mapping::Command CommandOf(const PolicyKey& key, const Path& path, std::string_view endpoint) {
  mapping::Command command;
  command.id = command.request = mapping::PolicyName(key.path, key.what);
  command.endpoint = endpoint;
  command.op = "access";
  command.operation.kind = OperationKind::kWriteUpdate;
  command.operation.path = path;
  return command;
}

}  // namespace

struct AccessDesk::State {
  std::string endpoint;
  std::optional<std::vector<lwm2m::AccessControl>> controls;  // absent: not read yet
  std::optional<std::set<Id>> servers;  // Short Server IDs that may be ours; absent: not read yet
  bool asking_controls = false;
  bool asking_servers = false;
  std::map<PolicyKey, int> wanted;
  MadePolicies made;
  std::shared_ptr<const PolicyLinks> links;
  std::set<PolicyKey> look;     // somebody may have changed these
  std::set<PolicyKey> writing;  // a Write to the device is under way
  std::set<PolicyKey> rewrite;  // to be written as we have it, whatever somebody made of it
  bool apply = false;           // `made` is not what is wanted
  bool knows_left_over = false;
  bool running = false;         // a job is
  bool lost_meanwhile = false;  // what that job says it has made
  int trees_gone = 0;           // jobs in a row that found no <AE>
};

AccessDesk::AccessDesk(Surroundings& surroundings, const Config::Access& access,
                       const mapping::Profile& profile, const lwm2m::ObjectModel& model,
                       Metrics& metrics)
    : surroundings_(surroundings),
      configured_server_(static_cast<Id>(access.short_server_id)),
      profile_(profile),
      model_(model),
      lists_(mapping::Sorted(access)),
      written_(metrics.counter("access_changes",
                               "Access control policies whose change was given to a device")),
      refused_(metrics.counter("access_changes_refused",
                               "Changes of access control policies that went back")) {}

AccessDesk::~AccessDesk() = default;

AccessDesk::State* AccessDesk::Find(std::string_view endpoint) const {
  if (states_.empty()) return nullptr;
  const auto found = states_.find(std::string(endpoint));
  return found == states_.end() ? nullptr : found->second.get();
}

bool AccessDesk::SetLists(mapping::AccessLists lists) {
  lists = mapping::Sorted(std::move(lists));
  if (lists == lists_) return false;
  lists_ = std::move(lists);
  ++lists_version_;
  for (const auto& [endpoint, state] : states_) Recompute(*state);
  return true;
}

void AccessDesk::ForgetEndpoint(std::string_view endpoint) {
  if (!states_.empty()) states_.erase(std::string(endpoint));
}

void AccessDesk::OnTreeLost(std::string_view endpoint) {
  State* state = Find(endpoint);
  if (state == nullptr) return;
  state->made.clear();
  state->lost_meanwhile = state->running;
  state->links.reset();
  state->look.clear();
  state->knows_left_over = false;
  Recompute(*state);
}

// ---- from the device
// ------------------------------------------------------------------------------------------------

void AccessDesk::OnRegistered(Endpoint& endpoint, bool anew, lwm2m::TimePoint now) {
  now_ = now;
  const lwm2m::Registration& registration = endpoint.stored.registration;
  State* state = Find(endpoint.key());
  if (!available_ || (state == nullptr && !HasAccessControl(registration))) return;
  if (state == nullptr) {
    auto made = std::make_unique<State>();
    made->endpoint = endpoint.key();
    state = made.get();
    states_.emplace(endpoint.key(), std::move(made));
  }
  if (!HasAccessControl(registration)) {
    // It has given the object up: everything is as for an endpoint that never had it.
    state->controls.emplace();
    Recompute(*state);
    return;
  }
  if (anew) {
    state->controls.reset();
    state->servers.reset();
    state->asking_controls = state->asking_servers = false;
  }
  Ask(*state, registration);
  Recompute(*state);  // other objects may be declared
}

void AccessDesk::Ask(State& state, const lwm2m::Registration& registration) {
  if (configured_server_ != 0) state.servers = std::set<Id>{configured_server_};
  if (!state.servers && !state.asking_servers) AskServers(state, registration);
  if (!state.controls && !state.asking_controls) AskControls(state, OperationKind::kObserve);
}

// Which server we are stands in the instance of object 1 that is ours. With several the client may
// show those of others, too: then the ones with the lifetime that it registered with can be ours.
void AccessDesk::AskServers(State& state, const lwm2m::Registration& registration) {
  std::vector<Path> declared;
  for (const Path& path : registration.objects->paths) {
    if (path.is_instance() && path.object() == kServerObject) declared.push_back(path);
  }
  if (declared.empty()) {
    spdlog::info("event=access-server-unknown endpoint={} effect=\"its lists are not followed\"",
                 LogValue(state.endpoint));
    return;
  }
  state.asking_servers = true;
  const Path path =
      declared.size() == 1 ? declared.front().Child(kShortServerId) : Path(kServerObject);
  server_->Submit(state.endpoint, ReadOf(path), lwm2m::Priority::kTelemetry,
                  now_ + lwm2m::kDefaultLifetime, now_,
                  [this, endpoint = state.endpoint, path](const lwm2m::Outcome& outcome) {
                    OnServers(endpoint, path, outcome);
                  });
}

void AccessDesk::OnServers(const std::string& endpoint, const Path& path,
                           const lwm2m::Outcome& outcome) {
  State* state = Find(endpoint);
  const lwm2m::Registration* registration = server_->Find(endpoint);
  if (state == nullptr || registration == nullptr) return;
  state->asking_servers = false;
  const lwm2m::CoapResponse* response = outcome.response();
  if (response == nullptr) return;  // asked again with the next Update
  std::set<Id> all, alike;
  std::map<Id, Id> ids;
  if (lwm2m::IsSuccess(response->code)) {
    const auto records =
        lwm2m::Decode(FormatOf(response->payload, path), response->payload.octets, path, model_);
    for (const lwm2m::Record& record : records ? *records : std::vector<lwm2m::Record>()) {
      const auto number = IntegerOf(record.value);
      const bool is_id = record.path.depth() == 3 && record.path.resource() == kShortServerId;
      if (is_id && number && *number > 0 && *number < lwm2m::kMaxId) {
        ids[record.path.instance()] = static_cast<Id>(*number);
        all.insert(static_cast<Id>(*number));
      }
    }
    for (const lwm2m::Record& record : records ? *records : std::vector<lwm2m::Record>()) {
      if (record.path.depth() != 3 || record.path.resource() != kLifetime) continue;
      const auto id = ids.find(record.path.instance());
      const bool is_alike = IntegerOf(record.value) == registration->lifetime.count();
      if (id != ids.end() && is_alike) alike.insert(id->second);
    }
  }
  state->servers = alike.empty() ? all : alike;
  if (state->servers->empty()) {
    spdlog::info(
        "event=access-server-unknown endpoint={} code={} effect=\"its lists are not followed\"",
        LogValue(endpoint), lwm2m::ToString(response->code));
  }
  Recompute(*state);
}

// Observing the object brings all its instances, and what becomes of them.
void AccessDesk::AskControls(State& state, OperationKind kind) {
  state.asking_controls = true;
  lwm2m::Operation operation = ReadOf(lwm2m::kAccessControlObject);
  operation.kind = kind;
  server_->Submit(state.endpoint, std::move(operation), lwm2m::Priority::kTelemetry,
                  now_ + lwm2m::kDefaultLifetime, now_,
                  [this, endpoint = state.endpoint, kind](const lwm2m::Outcome& outcome) {
                    OnControls(endpoint, kind, outcome);
                  });
}

void AccessDesk::OnControls(const std::string& endpoint, OperationKind kind,
                            const lwm2m::Outcome& outcome) {
  State* state = Find(endpoint);
  if (state == nullptr) return;
  state->asking_controls = false;
  const lwm2m::CoapResponse* response = outcome.response();
  if (response == nullptr) return;  // asked again with the next Update
  if (lwm2m::IsSuccess(response->code)) {
    TakeControls(*state, response->payload);
    return;
  }
  if (kind == OperationKind::kObserve) {
    AskControls(*state, OperationKind::kRead);
    return;
  }
  spdlog::warn(
      "event=access-control-unreadable endpoint={} code={} effect=\"the shared policy holds\"",
      LogValue(endpoint), lwm2m::ToString(response->code));
  state->controls.emplace();
  Recompute(*state);
}

bool AccessDesk::Owns(const lwm2m::Observation& observation) const {
  return observation.path == lwm2m::kAccessControlObject && Find(observation.endpoint) != nullptr;
}

void AccessDesk::OnNotification(const lwm2m::Notification& notification) {
  if (State* state = Find(notification.registration.endpoint)) {
    TakeControls(*state, notification.message.payload);
  }
}

void AccessDesk::TakeControls(State& state, const lwm2m::Payload& payload) {
  const Path& path = lwm2m::kAccessControlObject;
  auto records = lwm2m::Decode(FormatOf(payload, path), payload.octets, path, model_);
  if (!records) {
    if (log_limiter_.Allow("access-control-undecodable", now_)) {
      spdlog::warn("event=access-control-undecodable endpoint={} cause={} suppressed={}",
                   LogValue(state.endpoint), LogValue(records.error().detail),
                   log_limiter_.suppressed());
    }
    return;
  }
  state.controls = lwm2m::ReadAccessControl(*records);
  Recompute(state);
}

// ---- what follows for the CSE
// ---------------------------------------------------------------------------------------

// Of several servers that may be us, what all of them may.
std::map<PolicyKey, int> AccessDesk::Wanted(const State& state,
                                            const lwm2m::Registration& registration) const {
  std::map<PolicyKey, int> wanted;
  if (!state.controls || !state.servers || state.servers->empty()) return wanted;
  const std::string ipe = surroundings_.IpeAeId();
  const auto shared = mapping::BuildSharedPolicy(lists_, ipe);
  for (const lwm2m::AccessControl& control : *state.controls) {
    const Path& path = control.target;
    const bool is_object = path.is_object();
    const lwm2m::ObjectList& objects = registration.objects;
    if (is_object ? !objects.HasObject(path.object()) : !objects.Has(path)) continue;
    int rights = lwm2m::kAllRights;
    for (const Id server : *state.servers) rights &= lwm2m::RightsOf(control, server);
    const PolicyKey key{path, is_object ? Protected::kObject : Protected::kInstance};
    // Where it would be as the shared one it is made for an administrator only, who may change it.
    const auto policy = mapping::BuildDevicePolicy(path, key.what, rights, lists_, ipe);
    if (!lists_.administrators.empty() || !mapping::GrantTheSame(policy, shared, ipe)) {
      wanted[key] = rights;
    }
    const bool executes = (rights & lwm2m::kRightToExecute) != 0;
    const bool writes = (rights & lwm2m::kRightToWrite) != 0;
    if (!is_object && executes != writes && !lists_.writers.empty() &&
        HasExecutables(registration, path)) {
      wanted[{path, Protected::kExecutable}] = rights;
    }
  }
  return wanted;
}

// Are there containers of executable resources? They have no values, so they come with `create:
// eager` only.
bool AccessDesk::HasExecutables(const lwm2m::Registration& registration,
                                const Path& instance) const {
  if (profile_.For(registration.endpoint, instance).create != mapping::Create::kEager) return false;
  const auto version = registration.objects->versions.find(instance.object());
  const lwm2m::ObjectDefinition* definition = model_.Find(
      instance.object(), version == registration.objects->versions.end() ? "" : version->second);
  return definition != nullptr &&
         std::any_of(definition->resources.begin(), definition->resources.end(),
                     [](const lwm2m::ResourceDefinition& each) { return each.executable; });
}

void AccessDesk::Recompute(State& state) {
  Endpoint* endpoint = surroundings_.FindEndpoint(state.endpoint);
  if (endpoint == nullptr || !available_) return;
  // Until both are known, what was made before stays.
  const bool is_known = state.controls && (state.controls->empty() || state.servers);
  if (!is_known) return;
  state.wanted = Wanted(state, endpoint->stored.registration);
  const std::map<PolicyKey, int> targets = TargetsOf(state);
  const bool is_made =
      state.made.size() == targets.size() &&
      std::all_of(targets.begin(), targets.end(), [&](const auto& entry) {
        const auto made = state.made.find(entry.first);
        return made != state.made.end() && made->second.linked &&
               made->second.rights == entry.second &&
               (made->second.lists == lists_version_ || state.writing.count(entry.first) > 0);
      });
  state.apply = !is_made || !state.knows_left_over || !state.rewrite.empty();
  if (state.apply) surroundings_.OnAccessWork(*endpoint);
}

// What the next job is to make true. What is being given to the device stays as the administrator
// left it until that is decided.
std::map<PolicyKey, int> AccessDesk::TargetsOf(const State& state) {
  std::map<PolicyKey, int> targets = state.wanted;
  for (const PolicyKey& key : state.writing) {
    const auto made = state.made.find(key);
    if (made != state.made.end()) targets[key] = made->second.rights;
  }
  return targets;
}

bool AccessDesk::HasTask(std::string_view endpoint) const {
  const State* state = Find(endpoint);
  return state != nullptr && !state->running && (state->apply || !state->look.empty());
}

std::optional<AccessTask> AccessDesk::NextTask(const Endpoint& endpoint) {
  if (!HasTask(endpoint.key())) return std::nullopt;
  State* state = Find(endpoint.key());
  AccessTask task;
  task.wanted = TargetsOf(*state);
  task.made = state->made;
  for (const PolicyKey& key : state->writing) {
    state->look.erase(key);
    const auto made = task.made.find(key);
    if (made != task.made.end()) made->second.lists = lists_version_;
  }
  for (const PolicyKey& key : std::exchange(state->rewrite, {})) {
    const auto made = task.made.find(key);
    if (made != task.made.end()) made->second.lists = 0;
  }
  task.look = std::exchange(state->look, {});
  task.look_for_left_over = !state->knows_left_over;
  task.lists = lists_;
  task.lists_version = lists_version_;
  state->running = true;
  state->apply = false;
  return task;
}

void AccessDesk::OnDone(Endpoint& endpoint, const AccessResult& result, lwm2m::TimePoint now) {
  now_ = now;
  State* state = Find(endpoint.key());
  if (state == nullptr) return;
  state->running = false;
  state->made = std::exchange(state->lost_meanwhile, false) ? MadePolicies() : result.made;
  state->links = state->made.empty() ? nullptr : std::make_shared<const PolicyLinks>(state->made);
  for (const ChangedPolicy& changed : result.changed) Decide(*state, changed);
  switch (result.end) {
    case AccessResult::End::kDone:
      state->knows_left_over = true;
      state->trees_gone = 0;
      break;
    case AccessResult::End::kNoAnswer:
      break;
    case AccessResult::End::kTreeGone:
      // The <AE> is looked after before the next one. A CSE that goes on has another reason.
      if (++state->trees_gone < kTreesGone) break;
      state->trees_gone = 0;
      [[fallthrough]];
    case AccessResult::End::kRefused:
      // R63 degrades to the shared policy, until the next set-up.
      available_ = false;
      spdlog::warn(
          "event=cse-without-endpoint-policies endpoint={} cause={} effect=\"the shared policy "
          "holds; "
          "what devices' Access Control objects say is not followed\"",
          LogValue(state->endpoint), LogValue(result.detail));
      return;
  }
  Recompute(*state);
}

std::shared_ptr<const PolicyLinks> AccessDesk::LinksOf(std::string_view endpoint) const {
  const State* state = Find(endpoint);
  return state == nullptr ? nullptr : state->links;
}

// ---- from the CSE
// ---------------------------------------------------------------------------------------------------

void AccessDesk::OnPolicyChanged(Endpoint& endpoint, std::string_view name,
                                 const onem2m::AccessControlPolicy* now) {
  State* state = Find(endpoint.key());
  if (state == nullptr) return;
  for (const auto& [key, made] : state->made) {
    if (mapping::PolicyName(key.path, key.what) != name) continue;
    // Our own Update, told back to us.
    const std::string ipe = surroundings_.IpeAeId();
    if (now != nullptr && mapping::GrantTheSame(*now, made.shown, ipe)) {
      return;
    }
    state->look.insert(key);
    surroundings_.OnAccessWork(endpoint);
    return;
  }
}

// §8.2.1: only the owner may change a list, and only for a server it can name.
void AccessDesk::Decide(State& state, const ChangedPolicy& changed) {
  const PolicyKey& key = changed.key;
  const Path about = key.path;
  if (!state.controls || !state.servers) return PutBack(state, key);
  const auto control =
      std::find_if(state.controls->begin(), state.controls->end(),
                   [&](const lwm2m::AccessControl& each) { return each.target == about; });
  const auto wanted = state.wanted.find(key);
  if (control == state.controls->end() || wanted == state.wanted.end()) return PutBack(state, key);
  const int before = mapping::ShownRights(key.what, wanted->second);
  const int after = mapping::ShownRights(key.what, changed.rights);
  if (before == after) {
    // Who may is one list for all devices; here only what they may can be changed.
    Refuse(state, key, about, "originators are those of the policy \"access\"");
    return PutBack(state, key);
  }
  if (state.servers->size() != 1) {
    Refuse(state, key, about, "which server of the device we are is not known");
    return PutBack(state, key);
  }
  const Id server = *state.servers->begin();
  if (control->owner != server) {
    Refuse(state, key, Path(lwm2m::kAccessControlObject.object(), control->id, kAcl, server),
           "the access control owner is another server");
    return PutBack(state, key);
  }
  const int rights = (wanted->second & ~before) | after;
  Write(state, changed, *control, server, rights);
}

void AccessDesk::Write(State& state, const ChangedPolicy& changed,
                       const lwm2m::AccessControl& control, Id server, int rights) {
  const Path acl(lwm2m::kAccessControlObject.object(), control.id, kAcl);
  const lwm2m::Registration* registration = server_->Find(state.endpoint);
  if (registration == nullptr) return PutBack(state, changed.key);
  lwm2m::Operation write;
  const bool replaces = control.acl.count(server) > 0 && !IsOfVersionOne(*registration);
  if (replaces) {
    write.kind = OperationKind::kWriteReplace;
    write.path = acl.Child(server);
    write.records = {{write.path, static_cast<std::int64_t>(rights), {}}};
  } else {
    // The whole list: clients of LwM2M 1.0 replace a multiple resource as one.
    write.kind = OperationKind::kWriteUpdate;
    write.path = acl.Prefix(2);
    std::map<Id, int> list = control.acl;
    list[server] = rights;
    for (const auto& [each, value] : list) {
      write.records.push_back({acl.Child(each), static_cast<std::int64_t>(value), {}});
    }
  }
  state.writing.insert(changed.key);
  spdlog::info("event=access-change endpoint={} policy={} path={} rights={}",
               LogValue(state.endpoint), mapping::PolicyName(changed.key.path, changed.key.what),
               acl.Child(server).ToString(), rights);
  server_->Submit(state.endpoint, write, lwm2m::Priority::kCommand, now_ + lwm2m::kDefaultLifetime,
                  now_,
                  [this, endpoint = state.endpoint, key = changed.key, server, rights,
                   write](const lwm2m::Outcome& outcome) {
                    OnWritten(endpoint, key, write, server, rights, outcome);
                  });
}

void AccessDesk::OnWritten(const std::string& endpoint, const PolicyKey& key,
                           const lwm2m::Operation& write, Id server, int rights,
                           const lwm2m::Outcome& outcome) {
  State* state = Find(endpoint);
  if (state == nullptr) return;
  state->writing.erase(key);
  const Path acl = write.path.Prefix(2).Child(kAcl).Child(server);
  Report(*state, key, acl, outcome);
  const lwm2m::CoapResponse* response = outcome.response();
  if (response == nullptr || !lwm2m::IsSuccess(response->code)) {
    refused_.Increment();
    return PutBack(*state, key);
  }
  written_.Increment();
  if (state->controls) {
    for (lwm2m::AccessControl& control : *state->controls) {
      if (control.id == acl.instance()) control.acl[server] = rights;
    }
  }
  // It is rewritten as we would have written it: only what the lists give, and with our own rights.
  PutBack(*state, key);
}

// The next job writes it as the device's list and ours have it.
void AccessDesk::PutBack(State& state, const PolicyKey& key) {
  state.rewrite.insert(key);
  Recompute(state);
}

void AccessDesk::Report(State& state, const PolicyKey& key, const Path& path,
                        const lwm2m::Outcome& outcome) {
  surroundings_.SendOutcome(
      state.endpoint, mapping::CommandOutcome(CommandOf(key, path, state.endpoint), state.endpoint,
                                              outcome, model_));
}

void AccessDesk::Refuse(State& state, const PolicyKey& key, const Path& path,
                        const std::string& why) {
  refused_.Increment();
  spdlog::warn("event=access-change-refused endpoint={} policy={} cause={}",
               LogValue(state.endpoint), mapping::PolicyName(key.path, key.what), LogValue(why));
  surroundings_.SendOutcome(
      state.endpoint,
      mapping::CommandOutcome(CommandOf(key, path, state.endpoint), state.endpoint,
                              mapping::CommandStatus::kFailed,
                              onem2m::ResponseStatusCode::kOriginatorHasNoPrivilege, why));
}

}  // namespace ipe
