// Access control: who may do what in the CSE, as the configuration, its administrators and the
// devices say.  (TS-0014 §6.6; R63, R64)
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "ipe/bridge.h"
#include "ipe/log_events.h"

namespace ipe {

namespace {

constexpr std::chrono::milliseconds kRetryAfter{1000};

}  // namespace

void Bridge::OnAccessWork(Endpoint& endpoint) { Pump(endpoint); }

WantedAccess Bridge::AccessWanted() const {
  const Config& config = surroundings_.config;
  return {config.access, config.interworking.profile.TakesUpdates()};
}

// The shared policy is written anew, with the label of the lists: this change is the last one.
void Bridge::OnAccessConfigured() {
  if (context_ == nullptr) return;  // the set-up does it
  shared_access_ = SharedAccessWork::kWrite;
  Pump(self_);
}

// The shared policy, in the IPE's own turn: written anew, or looked at since somebody has changed
// it.
void Bridge::StartSharedAccess(Endpoint& self) {
  const bool writes =
      std::exchange(shared_access_, SharedAccessWork::kNothing) == SharedAccessWork::kWrite;
  Run(self, JobClass::kNews,
      [this, writes, base = base_, ae_id = context_->ipe_ae_id,
       wanted = AccessWanted()]() -> std::function<void()> {
        const auto access = writes ? ipe_session_.WriteAccess(base, ae_id, wanted)
                                   : ipe_session_.ReadAccess(base, ae_id, wanted);
        return [this, access] {
          if (!access) return;
          UseManagementPolicy(access->management_policy_id);
          OnAccessLists(access->lists);
        };
      });
}

// Of what is made from now on.
void Bridge::UseManagementPolicy(const std::string& id) {
  if (id.empty() || context_->management_policy_ids == std::vector<std::string>{id}) return;
  auto context = std::make_shared<mapping::Context>(*context_);
  context->management_policy_ids = {id};
  context_ = std::move(context);
}

// What the shared policy grants now; the policies of endpoints are made of the same lists.
void Bridge::OnAccessLists(const mapping::AccessLists& lists) {
  const bool had_deleters = !access_.lists().deleters.empty();
  if (!access_.SetLists(lists)) return;
  if (context_ != nullptr) {
    spdlog::info("event=access-changed readers={} writers={} deleters={} administrators={}",
                 LogValue(fmt::format("{}", fmt::join(lists.readers, " "))),
                 LogValue(fmt::format("{}", fmt::join(lists.writers, " "))),
                 LogValue(fmt::format("{}", fmt::join(lists.deleters, " "))),
                 LogValue(fmt::format("{}", fmt::join(lists.administrators, " "))));
  }
  WatchSharedPolicy(/*anew=*/false);
  if (had_deleters) return;
  for (const std::unique_ptr<Endpoint>& endpoint : endpoints_) {
    if (endpoint->stored.phase != StoredEndpoint::Phase::kReady) continue;
    WatchDeletions(*endpoint, /*anew=*/false);
    Pump(*endpoint);
  }
}

// An administrator may change it.
void Bridge::WatchSharedPolicy(bool anew) {
  if (access_.lists().administrators.empty() || context_ == nullptr ||
      context_->access_control_policy_ids.empty()) {
    return;
  }
  const SubscriptionPlace place{mapping::Purpose::kAccess, std::string(mapping::kSharedPolicy)};
  if (anew || !own_subscriptions_.Has("", place)) WantSubscription(self_, place);
}

void Bridge::OnPolicyNotification(const OwnNotification& arrived) {
  Endpoint* endpoint = FindEndpoint(arrived.endpoint);
  if (endpoint == nullptr || context_ == nullptr) return;
  const auto& representation = arrived.notification.representation;
  const auto* policy = arrived.trusted && representation
                           ? std::get_if<onem2m::AccessControlPolicy>(&*representation)
                           : nullptr;
  if (!arrived.endpoint.empty()) {
    access_.OnPolicyChanged(*endpoint, arrived.place.parent, policy);
    return;
  }
  const std::string& ipe = context_->ipe_ae_id;
  const bool is_our_own =
      policy != nullptr &&
      mapping::GrantTheSame(*policy, mapping::BuildSharedPolicy(access_.lists(), ipe), ipe);
  if (is_our_own || shared_access_ != SharedAccessWork::kNothing) return;
  shared_access_ = SharedAccessWork::kLook;
  Pump(*endpoint);
}

bool Bridge::HasAccessWork(const Endpoint& endpoint) const {
  if (endpoint.stored.ae_id.empty() || context_ == nullptr) return false;
  if (endpoint.key().empty()) {
    return shared_access_ != SharedAccessWork::kNothing &&
           !context_->access_control_policy_ids.empty();
  }
  return access_.HasTask(endpoint.key()) || deletions_.HasNoticed(endpoint.key());
}

void Bridge::StartAccess(Endpoint& endpoint) {
  if (endpoint.key().empty()) return StartSharedAccess(endpoint);
  if (access_.HasTask(endpoint.key())) return StartPolicies(endpoint);
  StartLookForDeleted(endpoint);
}

void Bridge::StartPolicies(Endpoint& endpoint) {
  auto task = access_.NextTask(endpoint);
  if (!task) return;
  Run(endpoint, JobClass::kNews,
      [this, session = OpenSession(endpoint), context = context_, task = *std::move(task),
       ae = AddressOf(endpoint), key = endpoint.key(),
       model = surroundings_.model]() -> std::function<void()> {  // a reload may replace it
        AccessSession access(surroundings_.requests, model, *context, ae, session->containers());
        return [this, key, result = access.Run(task)] {
          if (Endpoint* found = FindEndpoint(key)) OnAccessDone(*found, result);
        };
      });
}

void Bridge::OnAccessDone(Endpoint& endpoint, const AccessResult& result) {
  switch (result.end) {
    case AccessResult::End::kDone:
      endpoint.failures = 0;
      break;
    case AccessResult::End::kRefused:
      break;
    case AccessResult::End::kNoAnswer:
      endpoint.trouble = result.detail;
      BackOffAndRetry(endpoint, kRetryAfter);
      break;
    case AccessResult::End::kTreeGone:
      endpoint.settle_wanted = !endpoint.leave_wanted;
      break;
  }
  if (!access_.lists().administrators.empty()) {
    for (const auto& [key, policy] : result.made) {
      const SubscriptionPlace place{mapping::Purpose::kAccess,
                                    mapping::PolicyName(key.path, key.what)};
      const bool is_fresh =
          std::find(result.fresh.begin(), result.fresh.end(), key) != result.fresh.end();
      if (is_fresh || !own_subscriptions_.Has(endpoint.key(), place)) {
        WantSubscription(endpoint, place);
      }
    }
  }
  access_.OnDone(endpoint, result, now_);
}

}  // namespace ipe
