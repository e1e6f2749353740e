// Subscriptions of our own: what they tell goes to whom it concerns, and lost ones are made again.
// (TS-0014 §6.5.2; R50, R56, R57)
#include <spdlog/spdlog.h>

#include <utility>

#include "ipe/bridge.h"
#include "ipe/log_events.h"
#include "mapping/node_child.h"
#include "mapping/object_discovery.h"

namespace ipe {

void Bridge::OnCseNotification(const onem2m::ReceivedNotification& received) {
  own_subscriptions_.OnNotification(received, now_);
}

void Bridge::OnOwnNotification(const OwnNotification& arrived) {
  switch (arrived.place.purpose) {
    case mapping::Purpose::kCommands:
      commands_.OnNotification(arrived, now_);
      return;
    case mapping::Purpose::kSubscriptions:
      subscriptions_.OnNotification(arrived, now_);
      return;
    case mapping::Purpose::kUpdates:
    case mapping::Purpose::kActions:
      if (arrived.place.below_node) management_.OnNotification(arrived);
      return;
    case mapping::Purpose::kRetrievals:
      read_on_demand_.OnNotification(arrived, now_);
      return;
    case mapping::Purpose::kManagement:
      if (!arrived.place.below_node) modules_.OnNotification(arrived);
      return;
    case mapping::Purpose::kAccess:
      OnPolicyNotification(arrived);
      return;
    case mapping::Purpose::kDeletions:
      OnDeletionNotification(arrived);
      return;
  }
}

void Bridge::OnSubscribed(const std::string& key, const std::vector<MadeSubscription>& made) {
  for (const MadeSubscription& subscription : made) {
    own_subscriptions_.Add(key, subscription);
    if (subscription.place.purpose == mapping::Purpose::kCommands) {
      commands_.AddContainer(key, subscription);
    }
  }
}

// The CSE deletes a subscription with what it stands in, or because its notifications failed.
void Bridge::OnSubscriptionLost(const std::string& key, const SubscriptionPlace& place) {
  Endpoint* endpoint = FindEndpoint(key);
  if (endpoint == nullptr || endpoint->leave_wanted) return;
  if (place.purpose == mapping::Purpose::kSubscriptions && !subscriptions_.Watches(key, place)) {
    return;
  }
  spdlog::info("event=subscription-lost endpoint={} container={} name={} effect=\"made again\"",
               LogValue(key), LogValue(place.parent), mapping::SubscriptionName(place.purpose));
  if (place.below_node && !place.parent.empty()) {
    management_.OnSubscriptionLost(*endpoint, place);
  } else if (place.purpose == mapping::Purpose::kCommands && place.parent == "requests") {
    endpoint->furnish_wanted = true;  // with the container, should that be gone as well
  } else {
    WantSubscription(*endpoint, place);
  }
  // Meanwhile something may have happened that nobody told us of.
  if (place.purpose == mapping::Purpose::kCommands) endpoint->read_back_wanted = true;
  Pump(*endpoint);
}

void Bridge::WantSubscription(Endpoint& endpoint, SubscriptionPlace place) {
  own_subscriptions_.Want(endpoint.key(), std::move(place));
  endpoint.subscriptions_wanted = true;
  Pump(endpoint);
}

void Bridge::DropSubscription(Endpoint& endpoint, SubscriptionPlace place) {
  own_subscriptions_.Drop(endpoint.key(), place);
  endpoint.subscriptions_wanted = true;
  Pump(endpoint);
}

void Bridge::StartSubscribe(Endpoint& endpoint) {
  endpoint.subscriptions_wanted = false;
  endpoint.building = true;
  EndpointSession* session = OpenSession(endpoint);
  Run(endpoint, JobClass::kNews,
      [this, session, plan = PlanOf(endpoint), key = endpoint.key(),
       wanted = own_subscriptions_.TakeWanted(endpoint.key()),
       dropped = own_subscriptions_.TakeDropped(endpoint.key())]() -> std::function<void()> {
        for (const SubscriptionPlace& place : dropped) session->Unsubscribe(plan, place);
        std::vector<MadeSubscription> made;
        std::vector<SubscriptionPlace> failed;
        for (const SubscriptionPlace& place : wanted) {
          if (!session->Subscribe(plan, place, "", made)) failed.push_back(place);
        }
        return [this, key, dropped, made = std::move(made), failed = std::move(failed)] {
          Endpoint* found = FindEndpoint(key);
          if (found == nullptr) return;
          for (const SubscriptionPlace& place : dropped) own_subscriptions_.Forget(key, place);
          OnSubscribed(key, made);
          if (failed.empty()) found->furnish_failures = 0;
          if (failed.empty() || found->leave_wanted) return;
          FurnishLater(*found);
          for (const SubscriptionPlace& place : failed) WantSubscription(*found, place);
        };
      });
}

bool Bridge::IsRetrieving(const Endpoint& endpoint, const std::string& container) {
  return surroundings_.requests.IsRetrieving(base_ + "/" + endpoint.stored.name + "/" + container);
}

// ---- subscriptions of applications
// --------------------------------------------------------------------------------

LookPlan Bridge::PlanLook() const {
  LookPlan plan;
  if (context_ == nullptr || endpoints_.size() < 2) return plan;  // the IPE itself is one
  plan.base = base_;
  // The administrator first: some CSEs show a subscription that has no policy of its own to its
  // creator and to the administrator only, and leave it out of the list of everybody else.
  const std::string& administrator = session_surroundings_.node_originator;
  if (administrator != surroundings_.config.cse.originator) {
    plan.originators.push_back(administrator);
  }
  plan.originators.push_back(context_->ipe_ae_id);
  return plan;
}

void Bridge::RunLook(const LookPlan& plan, std::function<void(const LookResult&)> done) {
  ++jobs_;
  surroundings_.run_job(JobClass::kBackground, [this, plan, done = std::move(done)] {
    surroundings_.mailbox.Post(
        [this, done, result = LookForSubscriptions(surroundings_.requests, plan)] {
          --jobs_;
          if (!stopping_) done(result);
        });
  });
}

void Bridge::OnCommandObserved(std::string_view key, const lwm2m::Path& path) {
  subscriptions_.OnCommandObserved(std::string(key), path);
}

bool Bridge::MayCancelObserve(std::string_view key, const lwm2m::Path& path) {
  return subscriptions_.MayCancel(std::string(key), path);
}

// `subscribe: all` (R56): on the containers of declared objects and instances; those of resources
// get theirs when they are made.
void Bridge::WatchDeclared(Endpoint& endpoint) {
  const mapping::Profile& profile = surroundings_.config.interworking.profile;
  const auto watch = [&](const lwm2m::Path& path) {
    const SubscriptionPlace place{mapping::Purpose::kSubscriptions,
                                  mapping::ContainerAddress(path)};
    if (profile.For(endpoint.key(), path).subscribe == mapping::Subscribe::kAll &&
        !own_subscriptions_.Has(endpoint.key(), place)) {
      WantSubscription(endpoint, place);
    }
  };
  for (const lwm2m::Path& path : endpoint.stored.registration->objects->paths) {
    if (path.is_instance()) watch(path.Prefix(1));
    watch(path);
  }
}

Endpoint* Bridge::FindOnNode(std::string_view node, std::string_view child) {
  std::string_view ae_name = mapping::ParseNodeChild(child).ae_name;
  constexpr std::string_view kSuffix = "-node";  // mapping::NamesFor
  if (ae_name.empty() && node.ends_with(kSuffix)) {
    ae_name = node.substr(0, node.size() - kSuffix.size());
  }
  Endpoint* endpoint = FindByAeName(ae_name);
  return endpoint != nullptr && NamesOf(*endpoint).node_name == node ? endpoint : nullptr;
}

}  // namespace ipe
