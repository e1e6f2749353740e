// The bridge's half that finds out what is wrong with the CSE, and heals it. (docs/operations.md
// "States of the CSE")
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "ipe/bridge.h"
#include "ipe/log_events.h"

namespace ipe {

using lwm2m::TimePoint;

namespace {

constexpr std::chrono::seconds kLookEvery{60};
constexpr std::chrono::seconds kHealedAgain{1};  // how often it is seen whether all is well again
constexpr int kLooksInVain = 2;
constexpr int kFailingAfter = 3;  // 5xxx in a row
const SubscriptionPlace kCanary{mapping::Purpose::kCommands, "requests"};

constexpr CseState kWhyDown[] = {CseState::kUnreachable, CseState::kResetting, CseState::kRefusing,
                                 CseState::kFailing, CseState::kForbidden};
constexpr CseState kLosses[] = {CseState::kEmptied, CseState::kPartial,
                                CseState::kSubscriptionsLost, CseState::kIdentitiesChanged};

}  // namespace

// A request of anybody's, or the set-up, has shown that the CSE does not serve us.
void Bridge::NoteDown(CseState state, const std::string& cause) {
  for (const CseState other : kWhyDown) {
    if (other != state) condition_.Leave(other, now_);
  }
  condition_.Enter(state, cause, now_);
}

CseState Bridge::WhyDown() const {
  switch (surroundings_.requests.tally().Read().last) {
    case CseReading::Last::kServerError:
      return CseState::kFailing;
    case CseReading::Last::kBroken:
      return CseState::kResetting;
    case CseReading::Last::kNothing:
    case CseReading::Last::kAnswer:
    case CseReading::Last::kSilent:
      break;
  }
  return CseState::kUnreachable;
}

// Slow and failing, which many answers show; and whether what was lost is there again.
TimePoint Bridge::TickCondition() {
  const CseReading reading = surroundings_.requests.tally().Read();
  const auto slow_after = surroundings_.requests.slow_after();
  if (reading.usual >= slow_after) {
    condition_.Enter(CseState::kSlow, fmt::format("an answer takes {} ms", reading.usual.count()),
                     now_);
  } else if (reading.usual < slow_after / 2) {
    condition_.Leave(CseState::kSlow, now_);
  }
  if (reading.server_errors >= kFailingAfter) {
    condition_.Enter(CseState::kFailing, fmt::format("{} answers 5xxx in a row", kFailingAfter),
                     now_);
  } else if (reading.server_errors == 0 && health_.up()) {
    condition_.Leave(CseState::kFailing, now_);
  }
  // More at a time make a CSE that cannot keep up slower still.
  const std::size_t connections = surroundings_.config.cse.connections;
  turns_.set_limit(condition_.Is(CseState::kFailing) ? 1
                   : condition_.Is(CseState::kSlow)  ? std::max<std::size_t>(1, connections / 2)
                                                     : 2 * connections);
  TimePoint next = TimePoint::max();
  if (health_.up() && context_ != nullptr && !stopping_) {
    const TimePoint look = std::max(looked_at_, heard_look_at_) + kLookEvery;
    if (look <= now_ && !is_looking_) {
      StartLook();
    } else if (!is_looking_) {
      next = look;
    }
  }
  return std::min(next, SeeWhetherHealed());
}

TimePoint Bridge::SeeWhetherHealed() {
  const bool has_losses = condition_.Is(CseState::kForbidden) ||
                          std::any_of(std::begin(kLosses), std::end(kLosses),
                                      [this](CseState state) { return condition_.Is(state); });
  if (!has_losses || !health_.up()) return TimePoint::max();
  if (now_ < see_again_at_) return see_again_at_;
  see_again_at_ = now_ + kHealedAgain;
  bool all_healed = true;
  bool any_forbidden = false;
  for (const std::unique_ptr<Endpoint>& endpoint : endpoints_) {
    any_forbidden |= endpoint->forbidden;
    if (!endpoint->healing) continue;
    if (endpoint->settle_wanted || endpoint->furnish_wanted || endpoint->subscriptions_wanted ||
        endpoint->building) {
      all_healed = false;
    } else {
      endpoint->healing = false;
    }
  }
  if (all_healed) {
    for (const CseState state : kLosses) condition_.Leave(state, now_);
  }
  if (!any_forbidden) condition_.Leave(CseState::kForbidden, now_);
  return all_healed && !any_forbidden ? TimePoint::max() : see_again_at_;
}

void Bridge::UpdateConditionGauges() {
  condition_.SetGauges();
  std::map<std::string_view, int> by_state = {
      {"settled", 0}, {"building", 0}, {"retrying", 0}, {"forbidden", 0}, {"leaving", 0}};
  for (const std::unique_ptr<Endpoint>& endpoint : endpoints_) {
    const std::string& key = endpoint->key();
    if (key.empty()) continue;
    const bool wants = endpoint->settle_wanted || endpoint->furnish_wanted ||
                       endpoint->subscriptions_wanted || endpoint->building;
    ++by_state[endpoint->leave_wanted || endpoint->delete_unanswered      ? "leaving"
               : endpoint->forbidden                                      ? "forbidden"
               : endpoint->failures > 0 || endpoint->furnish_failures > 0 ? "retrying"
               : wants                                                    ? "building"
                                                                          : "settled"];
  }
  for (const auto& [state, count] : by_state) {
    surroundings_.metrics.SetGauge("endpoints_by_state", "Endpoints by what the CSE has of them",
                                   count, {{"state", std::string(state)}});
  }
}

// Some of the endpoint's resources are gone or not what they were: all are looked at.
void Bridge::Relearn(Endpoint& endpoint, CseState state, const std::string& cause) {
  condition_.Enter(state, cause, now_);
  see_again_at_ = now_ + kHealedAgain;
  if (endpoint.key().empty() || endpoint.leave_wanted) return;
  endpoint.healing = endpoint.relearn_wanted = endpoint.settle_wanted = true;
  endpoint.furnish_wanted = true;
}

// What the set-up found out about our own resources holds for those of the endpoints, too.
void Bridge::NoteSetup(const SetupResult& result, bool was_known) {
  for (const CseState state : {CseState::kUnreachable, CseState::kResetting, CseState::kRefusing}) {
    condition_.Leave(state, now_);
  }
  if (surroundings_.requests.tally().Read().server_errors == 0) {
    condition_.Leave(CseState::kFailing, now_);
  }
  if (result.others_uri.empty()) {
    condition_.Leave(CseState::kShared, now_);
  } else {
    condition_.Enter(CseState::kShared,
                     "what is put into our `requests` is told to " + result.others_uri +
                         ": another IPE has our cse.originator and interworking.name",
                     now_);
  }
  Endpoint& self = self_;
  const std::string before = std::exchange(self.stored.ae_resource_id, result.ae_resource_id);
  const std::string policy = std::exchange(own_policy_id_, result.access_policy_id);
  if (!was_known) return;
  std::optional<CseState> state;
  std::string cause;
  if (result.ae_was_missing) {
    state = CseState::kEmptied;
    cause = "our <AE> is not there";
  } else if (!before.empty() && !result.ae_resource_id.empty() && before != result.ae_resource_id) {
    state = CseState::kIdentitiesChanged;
    cause = "our <AE> was " + before + " and is " + result.ae_resource_id;
  } else if (!policy.empty() && !result.access_policy_id.empty() &&
             policy != result.access_policy_id) {
    state = CseState::kPartial;
    cause = "our <accessControlPolicy> is another one";
  } else if (result.subscription_was_missing) {
    state = CseState::kSubscriptionsLost;
    cause =
        "our subscription to " + result.base + "/" + self.stored.name + "/requests is not there";
  }
  if (!state) return;
  const bool ids_are_others = *state == CseState::kIdentitiesChanged;
  if (ids_are_others) commands_.ForgetResourceIds();
  for (const std::unique_ptr<Endpoint>& endpoint : endpoints_) {
    const std::string& key = endpoint->key();
    if (ids_are_others) endpoint->own_resource_ids = {};
    if (key.empty() || endpoint->leave_wanted) continue;
    endpoint->read_back_wanted = surroundings_.config.interworking.commands_per_endpoint;
    for (SubscriptionPlace& place : own_subscriptions_.Renew(key)) {
      if (place != kCanary) WantSubscription(*endpoint, std::move(place));
    }
    Relearn(*endpoint, *state, cause);
  }
  condition_.Enter(*state, cause, now_);  // also without any endpoint
  see_again_at_ = now_ + kHealedAgain;
}

// One request a minute, whatever the number of endpoints: is the subscription to our own `requests`
// still there, and is it still the same? A CSE that lost its subscriptions, or was replaced between
// two of our requests, tells nobody.
void Bridge::StartLook() {
  is_looking_ = true;
  ++jobs_;
  const Endpoint& self = self_;
  const bool at_subscription =
      own_subscriptions_.Has("", kCanary) && looks_in_vain_ <= kLooksInVain;
  std::string address = base_ + "/" + self.stored.name;
  if (at_subscription) {
    address += "/requests/";
    address += mapping::SubscriptionName(mapping::Purpose::kCommands);
  }
  surroundings_.run_job(
      JobClass::kBackground, [this, address, originator = context_->ipe_ae_id, at_subscription] {
        const Answer answer = surroundings_.requests.Retrieve(address, originator);
        const std::string id = ResourceIdOf(answer);
        surroundings_.mailbox.Post([this, address, answer, id, at_subscription] {
          --jobs_;
          is_looking_ = false;
          heard_look_at_ = now_;
          OnLooked(Describe("RETRIEVE " + address, answer), answer, id, at_subscription);
        });
      });
}

void Bridge::OnLooked(const std::string& what, const Answer& answer, const std::string& id,
                      bool at_subscription) {
  if (!answer) {
    if (health_.up()) OnCseSilent(what);
    return;
  }
  heard_at_ = now_;
  const bool is_gone = answer->status == onem2m::ResponseStatusCode::kNotFound;
  const bool is_other = at_subscription && !id.empty() && !own_subscriptions_.HasId(id);
  const bool is_known = is_other && condition_.Is(CseState::kShared);
  if ((!is_gone && !is_other) || is_known) {
    if (at_subscription) looks_in_vain_ = 0;
    return;
  }
  // A CSE may not show subscriptions at all: then our <AE> has to do.
  if (at_subscription && ++looks_in_vain_ > kLooksInVain) return;
  look_cause_ = what;
  look_at_ = now_;
  LookIfDue();
}

}  // namespace ipe
