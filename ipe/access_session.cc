#include "ipe/access_session.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "ipe/log_events.h"
#include "lwm2m/access_control.h"
#include "mapping/identifiers.h"
#include "mapping/status_codes.h"
#include "onem2m/codec/json.h"
#include "onem2m/notification.h"

namespace ipe {

using mapping::Protected;
using onem2m::AccessControlPolicy;
using onem2m::ResponseStatusCode;

namespace {

bool IsNotFound(const Answer& answer) {
  return answer && answer->status == ResponseStatusCode::kNotFound;
}

std::optional<AccessControlPolicy> PolicyIn(const Answer& answer) {
  if (!answer || !IsSuccess(answer->status)) return std::nullopt;
  auto resource = onem2m::DecodeResource(answer->content);
  if (!resource) return std::nullopt;
  auto* policy = std::get_if<AccessControlPolicy>(&*resource);
  if (policy == nullptr) return std::nullopt;
  return std::move(*policy);
}

// Which policy of ours has that resourceName.
std::optional<PolicyKey> KeyOf(std::string_view name) {
  const std::string prefix = std::string(mapping::kSharedPolicy) + "-";
  if (name.rfind(prefix, 0) != 0) return std::nullopt;
  std::string below = "/" + std::string(name.substr(prefix.size()));
  Protected what = Protected::kInstance;
  const std::size_t execute = below.rfind("-execute");
  if (execute != std::string::npos) {
    what = Protected::kExecutable;
    below.erase(execute);
  }
  std::replace(below.begin(), below.end(), '-', '/');
  const auto path = lwm2m::Path::Parse(below);
  if (!path) return std::nullopt;
  if (path->is_object()) what = Protected::kObject;
  const PolicyKey key{*path, what};
  if (mapping::PolicyName(key.path, key.what) != name) return std::nullopt;
  return key;
}

bool IsExecutable(const lwm2m::ObjectModel& model, const lwm2m::Path& path) {
  const lwm2m::ResourceDefinition* definition =
      path.depth() == 3 ? model.FindResource(path) : nullptr;
  return definition != nullptr && definition->executable;
}

}  // namespace

PolicyLinks::PolicyLinks(const MadePolicies& policies) {
  for (const auto& [key, policy] : policies) policies_[key] = policy.resource_id;
}

std::string PolicyLinks::For(const lwm2m::Path& path, const lwm2m::ObjectModel& model) const {
  const auto find = [&](const PolicyKey& key) {
    const auto found = policies_.find(key);
    return found == policies_.end() ? std::string() : found->second;
  };
  if (path.depth() < 2) return path.is_root() ? "" : find({path, Protected::kObject});
  if (IsExecutable(model, path)) {
    std::string id = find({path.Prefix(2), Protected::kExecutable});
    if (!id.empty()) return id;
  }
  return find({path.Prefix(2), Protected::kInstance});
}

std::string AccessSession::AddressOf(const PolicyKey& key) const {
  return ae_ + "/" + mapping::PolicyName(key.path, key.what);
}

// False: the job ends here, as `result` says.
bool AccessSession::Stop(const Answer& answer, const std::string& what, AccessResult& result) {
  const bool silent = !answer || mapping::VerdictOf(answer->status) == mapping::Verdict::kRetry;
  result.end = silent               ? AccessResult::End::kNoAnswer
               : IsNotFound(answer) ? AccessResult::End::kTreeGone
                                    : AccessResult::End::kRefused;
  result.detail = Describe(what, answer);
  return false;
}

AccessResult AccessSession::Run(const AccessTask& task) {
  AccessResult result;
  result.made = task.made;
  if (!Look(task, result)) return result;
  if (task.look_for_left_over && !FindLeftOver(task, result)) return result;
  const auto is_undecided = [&](const PolicyKey& key) {
    return std::any_of(result.changed.begin(), result.changed.end(),
                       [&](const ChangedPolicy& changed) { return changed.key == key; });
  };
  for (const auto& [key, rights] : task.wanted) {
    if (!is_undecided(key) && !Make(task, key, rights, result)) return result;
  }
  // The ones of executable resources last: what follows them next is linked by then.
  std::vector<PolicyKey> surplus;
  for (const auto& [key, policy] : result.made) {
    if (task.wanted.count(key) == 0) surplus.push_back(key);
  }
  for (const PolicyKey& key : surplus) {
    if (!Release(task, key, result)) return result;
  }
  return result;
}

bool AccessSession::Look(const AccessTask& task, AccessResult& result) {
  for (const PolicyKey& key : task.look) {
    const auto made = result.made.find(key);
    if (made == result.made.end()) continue;
    const Answer answer = requests_.Retrieve(AddressOf(key), context_.ipe_ae_id);
    if (IsNotFound(answer)) {
      result.made.erase(made);  // deleted: made anew below
      continue;
    }
    const auto found = PolicyIn(answer);
    if (!found) return Stop(answer, "RETRIEVE <accessControlPolicy> " + AddressOf(key), result);
    if (made->second.lists == 0) continue;  // written anew in any case
    const AccessControlPolicy& ours = made->second.shown;
    if (mapping::GrantTheSame(*found, ours, context_.ipe_ae_id)) continue;
    // What they differ in was changed; of the rest the lists, not the device, may be the reason.
    const int before = mapping::RightsGranted(key.what, ours, context_.ipe_ae_id);
    const int now = mapping::RightsGranted(key.what, *found, context_.ipe_ae_id);
    const int differing = before ^ now;
    result.changed.push_back({key, (made->second.rights & ~differing) | (now & differing)});
  }
  return true;
}

// What a run before this one made, and this one does not know.
bool AccessSession::FindLeftOver(const AccessTask& task, AccessResult& result) {
  const Answer answer =
      requests_.Retrieve(ae_, context_.ipe_ae_id, {{"fu", "1"}, {"ty", "1"}, {"lvl", "1"}});
  if (!answer) return Stop(answer, "discovery of policies below " + ae_, result);
  if (!IsSuccess(answer->status)) return true;
  const auto uris = onem2m::DecodeUriList(answer->content);
  if (!uris) return true;
  for (const std::string& uri : *uris) {
    const auto key = KeyOf(onem2m::LastSegment(uri));
    if (key && task.wanted.count(*key) == 0) result.made.try_emplace(*key);
  }
  return true;
}

bool AccessSession::Make(const AccessTask& task, const PolicyKey& key, int rights,
                         AccessResult& result) {
  MadePolicy& made = result.made[key];
  if (made.resource_id.empty() || made.rights != rights || made.lists != task.lists_version) {
    const AccessControlPolicy wanted =
        mapping::BuildDevicePolicy(key.path, key.what, rights, task.lists, context_.ipe_ae_id);
    if (!Write(key, wanted, made, result)) return false;
    made.rights = rights;
    made.lists = task.lists_version;
  }
  if (made.linked) return true;
  const bool has_execute_policy = task.wanted.count({key.path, Protected::kExecutable}) > 0;
  made.linked = Link(key, has_execute_policy, made.resource_id, result);
  return made.linked;
}

// Update, Create, or both where one of an earlier run is there.
bool AccessSession::Write(const PolicyKey& key, const AccessControlPolicy& wanted, MadePolicy& made,
                          AccessResult& result) {
  const std::string address = AddressOf(key);
  const auto update = [&] { return requests_.Update(address, context_.ipe_ae_id, wanted); };
  Answer answer;
  if (!made.resource_id.empty()) answer = update();
  if (made.resource_id.empty() || IsNotFound(answer)) {
    made = {};
    result.fresh.push_back(key);
    answer = requests_.Create(ae_, context_.ipe_ae_id, wanted);
    if (Exists(answer) && !IsSuccess(answer->status)) answer = update();
  }
  if (answer && mapping::VerdictOf(answer->status) == mapping::Verdict::kForbidden &&
      !made.resource_id.empty()) {
    // An administrator has taken our rights on it (R64). It stands as it is.
    spdlog::warn("event=access-policy-not-ours policy={} cause={}", LogValue(address),
                 LogValue(Describe("UPDATE", answer)));
    return true;
  }
  if (!answer || !IsSuccess(answer->status)) {
    if (made.resource_id.empty()) result.made.erase(key);
    return Stop(answer, "<accessControlPolicy> " + address, result);
  }
  auto shown = PolicyIn(answer);
  if (!shown && made.resource_id.empty()) {
    answer = requests_.Retrieve(address, context_.ipe_ae_id);
    shown = PolicyIn(answer);
  }
  if (shown && !shown->resource_id.empty()) made.resource_id = shown->resource_id;
  if (made.resource_id.empty()) {
    result.made.erase(key);
    return Stop(answer, "RETRIEVE <accessControlPolicy> " + address, result);
  }
  made.shown = shown && !shown->privileges.empty() ? *std::move(shown) : wanted;
  return true;
}

bool AccessSession::Release(const AccessTask& task, const PolicyKey& key, AccessResult& result) {
  std::string successor = context_.access_control_policy_ids.front();
  const auto of_instance = result.made.find({key.path, Protected::kInstance});
  if (key.what == Protected::kExecutable && of_instance != result.made.end() &&
      !of_instance->second.resource_id.empty()) {
    successor = of_instance->second.resource_id;
  }
  const bool has_execute_policy = task.wanted.count({key.path, Protected::kExecutable}) > 0;
  if (!Link(key, has_execute_policy, successor, result)) return false;
  const Answer answer = requests_.Delete(AddressOf(key), context_.ipe_ae_id);
  if (!answer || (!IsSuccess(answer->status) && !IsNotFound(answer))) {
    return Stop(answer, "DELETE <accessControlPolicy> " + AddressOf(key), result);
  }
  result.made.erase(key);
  return true;
}

// Links what `key` protects, as far as it exists; what is made later is linked as it is made.
bool AccessSession::Link(const PolicyKey& key, bool has_execute_policy,
                         const std::string& policy_id, AccessResult& result) {
  for (const std::string& container : ContainersOf(key.path)) {
    const auto path = lwm2m::Path::Parse("/" + container);
    if (!path) continue;
    const bool executable = IsExecutable(model_, *path);
    const bool is_meant = key.what == Protected::kObject ? *path == key.path
                          : key.what == Protected::kExecutable
                              ? executable
                              : !(executable && has_execute_policy);
    if (!is_meant) continue;
    onem2m::Container link;
    link.access_control_policy_ids = {policy_id};
    const std::string address = ae_ + "/" + container;
    // As it is: without accessControlPolicyIDs, which some CSEs refuse, it would say nothing.
    const Answer answer =
        requests_.UpdateAttributes(address, context_.ipe_ae_id, onem2m::EncodeUpdate(link));
    if (answer && (IsSuccess(answer->status) || IsNotFound(answer))) continue;
    return Stop(answer, "UPDATE accessControlPolicyIDs of " + address, result);
  }
  return true;
}

// Addresses below the AE of the container of `path` and those below it: what the CSE has, and what
// we know of, should it not tell.
std::set<std::string> AccessSession::ContainersOf(const lwm2m::Path& path) {
  const std::string address = mapping::ContainerAddress(path);
  std::set<std::string> containers{address};
  if (path.is_object()) return containers;
  for (auto at = known_.lower_bound(address); at != known_.end() && at->rfind(address, 0) == 0;
       ++at) {
    if (at->size() > address.size() && (*at)[address.size()] == '/') containers.insert(*at);
  }
  const Answer answer =
      requests_.Retrieve(ae_ + "/" + address, context_.ipe_ae_id, {{"fu", "1"}, {"ty", "3"}});
  if (!answer || !IsSuccess(answer->status)) return containers;
  const auto uris = onem2m::DecodeUriList(answer->content);
  if (!uris) return containers;
  const std::string below = ae_.substr(ae_.rfind('/')) + "/" + address + "/";
  for (const std::string& uri : *uris) {
    const std::size_t at = uri.find(below);
    if (at != std::string::npos) {
      containers.insert(address + uri.substr(at + below.size() - 1));
    }
  }
  return containers;
}

}  // namespace ipe
