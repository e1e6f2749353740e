#include "ipe/ipe_session.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "ipe/log_events.h"
#include "ipe/subscribing.h"
#include "mapping/access_control.h"
#include "mapping/management_access.h"
#include "onem2m/codec/json.h"
#include "onem2m/notification.h"

namespace ipe {

using onem2m::ResponseStatusCode;

namespace {

constexpr std::size_t kOwnUrisKept = 8;
const SubscriptionPlace kRequestsPlace{mapping::Purpose::kCommands, "requests"};

template <typename T>
std::optional<T> Representation(const Answer& answer) {
  if (!answer || !IsSuccess(answer->status)) return std::nullopt;
  auto resource = onem2m::DecodeResource(answer->content);
  if (!resource) return std::nullopt;
  if (auto* found = std::get_if<T>(&*resource)) return std::move(*found);
  return std::nullopt;
}

}  // namespace

std::string NegotiateRelease(const std::vector<std::string>& supported,
                             const std::string& configured) {
  if (!configured.empty()) return configured;
  for (const char* ours : {"4", "3", "2a"}) {
    if (std::find(supported.begin(), supported.end(), ours) != supported.end()) return ours;
  }
  return "3";
}

bool IpeSession::Fail(const Answer& answer, const std::string& what, SetupResult& result) {
  const bool silent = !answer || mapping::VerdictOf(answer->status) == mapping::Verdict::kRetry;
  result.end = silent ? JobEnd::kNoAnswer : JobEnd::kRefused;
  if (answer) result.status = answer->status;
  result.detail = Describe(what, answer);
  return false;
}

SetupResult IpeSession::Setup(const std::string& notify_url, const WantedAccess& wanted) {
  SetupResult result;
  if (!FindBase(result) || !RegisterAe(notify_url, result)) return result;
  WriteAccessPolicy(wanted.lists, result);
  WriteManagementPolicy(wanted, result);
  if (!MakeContainers(result)) return result;
  SubscribeRequests(notify_url, result);
  if (!wanted.lists.administrators.empty()) {
    result.administration =
        SetUpAdministration(requests_, result.base + "/" + interworking_.name, result.ae_id,
                            wanted.lists.administrators, notify_url);
  }
  return result;
}

bool IpeSession::FindBase(SetupResult& result) {
  // "-" stands for the CSEBase's name (TS-0001 §9.3.1).
  const std::string target = cse_.base.empty() ? "-" : cse_.base;
  const Answer answer = requests_.Retrieve(target, cse_.originator);
  if (!answer) return Fail(answer, "RETRIEVE <CSEBase> " + target, result);
  result.base = cse_.base;
  result.cse_id = cse_.id;
  const auto base = Representation<onem2m::CseBase>(answer);
  if (base) {
    if (result.base.empty()) result.base = base->resource_name;
    if (result.cse_id.empty()) result.cse_id = base->cse_id;
    result.supported_types = base->supported_resource_types;
    result.release_version = NegotiateRelease(base->supported_release_versions, cse_.release);
  } else {
    if (mapping::VerdictOf(answer->status) == mapping::Verdict::kRetry) {
      return Fail(answer, "RETRIEVE <CSEBase> " + target, result);
    }
    // Some CSEs show it to registered originators only: go on with what was configured.
    result.release_version = NegotiateRelease({}, cse_.release);
  }
  if (!result.base.empty()) return true;
  result.end = JobEnd::kRefused;
  result.detail = Describe("RETRIEVE <CSEBase> at /-", answer) + "; set cse.base";
  return false;
}

bool IpeSession::RegisterAe(const std::string& notify_url, SetupResult& result) {
  onem2m::Ae ae;
  ae.resource_name = interworking_.name;
  ae.app_name = "oneM2M-LwM2M-IPE";
  ae.app_id = cse_.app_id;
  ae.request_reachability = true;
  ae.point_of_access = {notify_url};
  ae.supported_release_versions = {"2a", "3"};
  if (std::find(ae.supported_release_versions.begin(), ae.supported_release_versions.end(),
                result.release_version) == ae.supported_release_versions.end()) {
    ae.supported_release_versions.push_back(result.release_version);
  }
  ae.labels = {"Iwked-Technology:LWM2M"};
  const std::string address = result.base + "/" + interworking_.name;
  Answer answer = requests_.Update(address, cse_.originator, ae);
  if (answer && IsSuccess(answer->status)) {
    const auto found = Representation<onem2m::Ae>(requests_.Retrieve(address, cse_.originator));
    result.ae_id = found && !found->ae_id.empty() ? found->ae_id : cse_.originator;
    if (found) result.ae_resource_id = found->resource_id;
    return true;
  }
  if (!answer) return Fail(answer, "UPDATE <AE> " + address, result);
  answer = requests_.Create(result.base, cse_.originator, ae);
  if (!answer || !IsSuccess(answer->status)) {
    // Of an earlier run, at a CSE that refused the Update above: ours all the same when its AE-ID
    // says so.
    const auto found = Representation<onem2m::Ae>(requests_.Retrieve(address, cse_.originator));
    if (!found || onem2m::LastSegment(found->ae_id) != cse_.originator) {
      return Fail(answer, "CREATE <AE> " + address, result);
    }
    result.ae_id = found->ae_id;
    result.ae_resource_id = found->resource_id;
    return true;
  }
  result.ae_was_missing = true;
  const auto made = Representation<onem2m::Ae>(answer);
  result.ae_id = made && !made->ae_id.empty() ? made->ae_id : cse_.originator;
  if (made) result.ae_resource_id = made->resource_id;
  return true;
}

// A CSE without <accessControlPolicy>, or one that refuses ours, is a degraded mode: its own rules
// hold. What an administrator made of it stands until the configuration says something new, which a
// label tells: the last change counts, on whichever side it was made (R63).
void IpeSession::WriteAccessPolicy(const mapping::AccessLists& configured, SetupResult& result) {
  const std::string parent = result.base + "/" + interworking_.name;
  onem2m::AccessControlPolicy policy = mapping::BuildSharedPolicy(configured, result.ae_id);
  const bool has_administrators = !configured.administrators.empty();
  if (has_administrators) policy.labels = {mapping::ConfiguredLabel(configured)};
  result.access = configured;
  Answer answer = requests_.Create(parent, result.ae_id, policy);
  if (answer && IsSuccess(answer->status)) {
    result.access_policy_id = ResourceIdOf(answer);
  } else if (Exists(answer)) {
    const std::string address = parent + "/" + policy.resource_name;
    auto found =
        Representation<onem2m::AccessControlPolicy>(requests_.Retrieve(address, result.ae_id));
    if (found && has_administrators && found->labels == policy.labels &&
        mapping::KeepsRightsOfIpe(*found, result.ae_id)) {
      result.access = mapping::ListsOf(*found, result.ae_id);
    } else {
      answer = requests_.Update(address, result.ae_id, policy);
    }
    if (found) result.access_policy_id = found->resource_id;
  }
  if (!result.access_policy_id.empty()) return;
  spdlog::warn(
      "event=cse-without-access-control cause={} effect=\"the CSE's own rules decide who reads and "
      "commands\"",
      LogValue(Describe("CREATE <accessControlPolicy>", answer)));
}

// Only where there are resources that take commands by Update. Without writers, too: what is linked
// to it follows when there are some later.
void IpeSession::WriteManagementPolicy(const WantedAccess& wanted, SetupResult& result) {
  if (result.access_policy_id.empty() || !wanted.takes_updates) return;
  const std::string parent = result.base + "/" + interworking_.name;
  const onem2m::AccessControlPolicy policy =
      mapping::BuildManagementPolicy(result.access.readers, result.access.writers, result.ae_id);
  const Answer made = requests_.Create(parent, result.ae_id, policy);
  if (made && IsSuccess(made->status)) {
    result.management_policy_id = ResourceIdOf(made);
    return;
  }
  const std::string address = parent + "/" + policy.resource_name;
  if (Exists(made)) requests_.Update(address, result.ae_id, policy);
  const auto found =
      Representation<onem2m::AccessControlPolicy>(requests_.Retrieve(address, result.ae_id));
  if (found) result.management_policy_id = found->resource_id;
}

std::optional<SharedAccess> IpeSession::WriteAccess(const std::string& base,
                                                    const std::string& ae_id,
                                                    const WantedAccess& wanted) {
  SetupResult result;
  result.base = base;
  result.ae_id = ae_id;
  WriteAccessPolicy(wanted.lists, result);
  if (result.access_policy_id.empty()) return std::nullopt;
  WriteManagementPolicy(wanted, result);
  return SharedAccess{result.access, result.management_policy_id};
}

std::optional<SharedAccess> IpeSession::ReadAccess(const std::string& base,
                                                   const std::string& ae_id,
                                                   const WantedAccess& wanted) {
  const std::string address =
      base + "/" + interworking_.name + "/" + std::string(mapping::kSharedPolicy);
  const Answer answer = requests_.Retrieve(address, ae_id);
  const auto found = Representation<onem2m::AccessControlPolicy>(answer);
  if (!found) {
    spdlog::warn("event=access-policy-not-ours policy={} cause={}", address,
                 LogValue(Describe("RETRIEVE", answer)));
    return std::nullopt;
  }
  mapping::AccessLists lists = mapping::ListsOf(*found, ae_id);
  if (!mapping::KeepsRightsOfIpe(*found, ae_id)) {
    onem2m::AccessControlPolicy restored = mapping::BuildSharedPolicy(lists, ae_id);
    restored.labels = found->labels;
    const Answer updated = requests_.Update(address, ae_id, restored);
    if (!updated || !IsSuccess(updated->status)) {
      spdlog::warn("event=access-policy-not-ours policy={} cause={}", address,
                   LogValue(Describe("UPDATE", updated)));
    }
  }
  // What may be commanded by Update follows.
  SetupResult result;
  result.base = base;
  result.ae_id = ae_id;
  result.access = lists;
  result.access_policy_id = found->resource_id;
  WriteManagementPolicy(wanted, result);
  return SharedAccess{lists, result.management_policy_id};
}

bool IpeSession::MakeContainers(SetupResult& result) {
  const std::string parent = result.base + "/" + interworking_.name;
  for (const char* name : {"endpoints", "requests", "responses"}) {
    onem2m::Container container;
    container.resource_name = name;
    container.labels = {"Iwked-Technology:LWM2M"};
    if (!result.access_policy_id.empty()) {
      container.access_control_policy_ids = {result.access_policy_id};
    }
    const Answer answer = requests_.Create(parent, result.ae_id, container);
    if (!Exists(answer)) return Fail(answer, std::string("CREATE <container> ") + name, result);
    if (IsSuccess(answer->status)) {
      if (std::string_view(name) == "requests") {
        result.subscribed.push_back({kRequestsPlace, ResourceIdOf(answer), ""});
      }
      continue;
    }
    // Of an earlier run: its policy may have been made anew since.
    if (!result.access_policy_id.empty()) {
      onem2m::Container link;
      link.access_control_policy_ids = {result.access_policy_id};
      requests_.Update(parent + "/" + name, result.ae_id, link);
    }
  }
  return true;
}

bool IpeSession::SubscribeRequests(const std::string& notify_url, SetupResult& result) {
  mapping::Context context;
  context.notify_url = notify_url;
  const std::string container = result.base + "/" + interworking_.name + "/requests";
  // At the start what we find is of an earlier run; later somebody else uses our originator, and to
  // take it back would only begin a quarrel.
  const auto may_replace = [this](const onem2m::Subscription& found) {
    return own_uris_.empty() ||
           std::any_of(own_uris_.begin(), own_uris_.end(), [&](const std::string& uri) {
             return found.notification_uri == std::vector<std::string>{uri};
           });
  };
  if (result.subscribed.empty()) result.subscribed.push_back({kRequestsPlace, "", ""});
  const SubscribeResult made = MakeSubscription(
      requests_, container, mapping::OwnSubscription(mapping::Purpose::kCommands, context, ""),
      [&](const std::function<Answer(const std::string&)>& request) {
        return request(result.ae_id);
      },
      may_replace);
  if (made.end == SubscribeEnd::kMade &&
      std::find(own_uris_.begin(), own_uris_.end(), notify_url) == own_uris_.end()) {
    own_uris_.push_back(notify_url);
    if (own_uris_.size() > kOwnUrisKept) own_uris_.erase(own_uris_.begin());
  }
  result.others_uri = made.others_uri;
  result.subscribed.front().subscription_id = made.subscription_id;
  result.subscription_was_missing = made.is_new;
  if (made.end == SubscribeEnd::kMade) return true;
  spdlog::warn(
      "event=subscription-refused container={} cause={} effect=\"commands there are not seen\"",
      container, LogValue(Describe("CREATE <subscription>", made.answer)));
  return false;
}

}  // namespace ipe
