// Subscriptions of applications: found in the CSE, they become observations with their criteria.
#ifndef IPE_SUBSCRIPTION_DESK_H_
#define IPE_SUBSCRIPTION_DESK_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ipe/endpoint.h"
#include "ipe/log_events.h"
#include "ipe/metrics.h"
#include "ipe/own_subscriptions.h"
#include "ipe/subscription_look.h"
#include "lwm2m/server.h"
#include "mapping/profile.h"

namespace ipe {

// Loop thread only. Learns of subscriptions from a look at the whole CSE that takes a small part of
// the time whatever the number of endpoints, and from our own subscription on each container that
// has one of an application. Several at a path are one observation with the loosest criteria; the
// profile's rule, where it observes the path, is one of them. The last one gone ends it, unless the
// profile or a command of an application wants it. Keeps nothing of endpoints without
// subscriptions, and nothing on disk: after a restart the first look finds what there is. (TS-0014
// §6.5; R56, R58, R59, R61)
class SubscriptionDesk {
 public:
  // What the desk asks of its owner, which outlives it.
  class Surroundings {
   public:
    virtual ~Surroundings() = default;
    virtual Endpoint* FindEndpoint(std::string_view endpoint) = 0;
    virtual Endpoint* FindByAeName(std::string_view name) = 0;
    // Runs the look where it may block, behind everything else, and its result on the loop.
    virtual void RunLook(const LookPlan& plan, std::function<void(const LookResult&)> done) = 0;
    virtual LookPlan PlanLook() const = 0;  // who asks and where; base "" : not known yet
    virtual void WantSubscription(Endpoint& endpoint, SubscriptionPlace place) = 0;
    virtual void DropSubscription(Endpoint& endpoint, SubscriptionPlace place) = 0;
    virtual void Observe(Endpoint& endpoint) = 0;  // what Wanted() says and is not observed yet
  };

  SubscriptionDesk(Surroundings& surroundings, OwnSubscriptions& subscriptions,
                   const mapping::Profile& profile, Metrics& metrics,
                   std::chrono::seconds interval);
  void set_server(lwm2m::Server& server) { server_ = &server; }

  // The CSE is there (again): what we know may be out of date.
  void OnCseUp(lwm2m::TimePoint now);
  // Starts a look when it is time; returns when to be called again.
  lwm2m::TimePoint Tick(lwm2m::TimePoint now, bool cse_is_up);
  // Of a subscription of ours that watches for those of applications.
  void OnNotification(const OwnNotification& arrived, lwm2m::TimePoint now);
  void ForgetEndpoint(const std::string& endpoint);

  // What the profile's target is to be observed with: it and the subscriptions at its path.
  mapping::Profile::ObservationTarget Joined(const std::string& endpoint,
                                             const mapping::Profile::ObservationTarget& target);
  // What is to be observed for subscriptions alone.
  std::vector<mapping::Profile::ObservationTarget> Wanted(const Endpoint& endpoint) const;
  // A command of an application observes the path, or is about to cancel that; false: a
  // subscription still wants it observed.
  void OnCommandObserved(const std::string& endpoint, const lwm2m::Path& path);
  bool MayCancel(const std::string& endpoint, const lwm2m::Path& path);

  // Is a watch needed there?
  bool Watches(const std::string& endpoint, const SubscriptionPlace& place) const;

  std::size_t subscriptions() const;

 private:
  using Target = mapping::Profile::ObservationTarget;
  struct Place {  // one path of one endpoint
    // By resourceName; nullopt: it is not for values.
    std::map<std::string, std::optional<lwm2m::NotificationAttributes>> subscribers;
    bool active = false;                    // it is acted upon:
    lwm2m::NotificationAttributes written;  // what the device has been told
    bool held_by_command = false;
    std::vector<lwm2m::NotificationAttributes> Criteria() const;
  };
  using Places = std::map<lwm2m::Path, Place>;

  void OnLook(const LookResult& result, bool all, const std::set<std::string>& known);
  void OnDenied(const LookResult& result);
  void OnWatch(const FoundSubscription& watch);
  void Found(Endpoint& endpoint, const FoundSubscription& found, bool was_watched);
  void Remove(const std::string& key, const lwm2m::Path& path, const std::string& name);
  void Apply(Endpoint& endpoint, const lwm2m::Path& path, Place& place, bool was_watched);
  void End(Endpoint& endpoint, const lwm2m::Path& path, const Place& place);
  void Cancel(Endpoint& endpoint, const lwm2m::Path& path,
              const lwm2m::NotificationAttributes& written);
  void WriteAttributes(const std::string& key, const lwm2m::Path& path,
                       lwm2m::NotificationAttributes attributes);
  std::optional<Target> ProfileTarget(const std::string& key, const lwm2m::Path& path) const;
  // Does the place ask for more than an observation above it brings?
  bool Needs(const Endpoint& endpoint, const lwm2m::Path& path, const Place& place) const;
  bool IsObserved(const Endpoint& endpoint, const lwm2m::Path& path) const;
  lwm2m::NotificationAttributes CriteriaFor(const std::string& key, const lwm2m::Path& path,
                                            const Place& place,
                                            const std::optional<Target>& target) const;
  std::set<std::string> Known() const;
  bool EveryPlaceIsWatched() const;
  void LookAtAllSoon();

  Surroundings& surroundings_;
  OwnSubscriptions& own_subscriptions_;
  const mapping::Profile& profile_;
  const std::chrono::seconds interval_;
  lwm2m::Server* server_ = nullptr;
  std::unordered_map<std::string, Places> endpoints_;

  lwm2m::TimePoint now_{};
  lwm2m::TimePoint look_at_ = lwm2m::TimePoint::max();
  lwm2m::TimePoint look_began_{};
  lwm2m::TimePoint rest_until_{};  // no look before
  bool looking_ = false;
  bool given_up_ = false;        // the CSE lets nobody look
  std::int64_t seen_until_ = 0;  // CSE's time of the last look; 0: look at all
  int until_all_ = 0;            // looks until the next one at all
  bool reported_denied_ = false, reported_unreadable_ = false;
  LogLimiter log_limiter_;
  Metrics::Counter looks_, started_, ended_;
};

}  // namespace ipe

#endif  // IPE_SUBSCRIPTION_DESK_H_
