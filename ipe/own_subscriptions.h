// Which subscriptions of our own there are, and whose a notification is.
#ifndef IPE_OWN_SUBSCRIPTIONS_H_
#define IPE_OWN_SUBSCRIPTIONS_H_

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ipe/log_events.h"
#include "ipe/metrics.h"
#include "lwm2m/registration.h"
#include "mapping/subscription.h"
#include "onem2m/http/http_notify_server.h"

namespace ipe {

struct Endpoint;

// Where a subscription of ours stands, or is wanted, among the resources of one endpoint.
struct SubscriptionPlace {
  mapping::Purpose purpose = mapping::Purpose::kCommands;
  std::string parent;       // what it stands in, below the AE: "requests", "3/0/14"; "" : the AE
  bool below_node = false;  // `parent` is below the <node>, not the AE
  friend bool operator==(const SubscriptionPlace&, const SubscriptionPlace&) = default;
};

// One that the CSE has.
struct MadeSubscription {
  SubscriptionPlace place;
  std::string parent_id;        // ri of what it stands in, "" when unknown
  std::string subscription_id;  // its ri, "" when unknown
};

// A notification of a subscription of ours.
struct OwnNotification {
  std::string endpoint;  // "" : the IPE itself
  SubscriptionPlace place;
  // It came on our unguessable path and names the subscription. False: only a hint, what the CSE
  // says when it is asked counts.
  bool trusted = false;
  onem2m::Notification notification;
  std::shared_ptr<void> held = nullptr;  // see onem2m::ReceivedNotification
};

// Loop thread only. The registry of every subscription that the IPE has made: by resource id, and
// by its structured address. A CSE may notify before it answers the Create of the subscription:
// such notifications wait here until Add() makes it known. What no subscription of ours has told is
// counted and dropped. Also keeps which subscriptions have to be made (again). (TS-0014 §6.5.2;
// R50, R56, R57)
class OwnSubscriptions {
 public:
  // What it asks of its owner, which outlives it.
  class Surroundings {
   public:
    virtual ~Surroundings() = default;
    virtual Endpoint* FindByAeName(std::string_view name) = 0;  // also of the IPE's own AE
    // Whose `child` is below the <node>.
    virtual Endpoint* FindOnNode(std::string_view node, std::string_view child) = 0;
    virtual std::string IpeAeId() const = 0;  // "" before the first set-up
    virtual void OnOwnNotification(const OwnNotification& arrived) = 0;
    // The CSE has deleted it, not we.
    virtual void OnSubscriptionLost(const std::string& endpoint,
                                    const SubscriptionPlace& place) = 0;
  };

  // `secret`: the part of the notification URL that only the CSE knows.
  OwnSubscriptions(Surroundings& surroundings, Metrics& metrics, std::string secret);

  // Made, or found in the CSE. What came too early for it is passed on now.
  void Add(const std::string& endpoint, const MadeSubscription& made);
  void ForgetEndpoint(const std::string& endpoint);
  // What it had in the CSE is not there any more; what is wanted stays so.
  void OnTreeLost(const std::string& endpoint);
  void OnNotification(const onem2m::ReceivedNotification& received, lwm2m::TimePoint now);
  // Gives up on notifications that no subscription has claimed; returns when to be called again.
  lwm2m::TimePoint Tick(lwm2m::TimePoint now);

  bool Has(const std::string& endpoint, const SubscriptionPlace& place) const;
  // Is `resource_id` that of what the subscription at `place` stands in?
  bool IsParent(const std::string& resource_id, const std::string& endpoint,
                const SubscriptionPlace& place) const;
  bool HasId(const std::string& subscription_id) const {
    return subscriptions_.count(subscription_id) > 0;
  }
  // Where the endpoint's stand. Their ids are forgotten: they are to be made again.
  std::vector<SubscriptionPlace> Renew(const std::string& endpoint);
  bool notified() const { return notified_; }  // anything on our path so far?

  // To be made when the endpoint's turn comes (Bridge::StartSubscribe).
  void Want(const std::string& endpoint, SubscriptionPlace place);
  std::vector<SubscriptionPlace> TakeWanted(const std::string& endpoint);
  // It is not there any more.
  void Forget(const std::string& endpoint, const SubscriptionPlace& place);
  // Not needed any more: to be deleted in the CSE when the endpoint's turn comes.
  void Drop(const std::string& endpoint, const SubscriptionPlace& place);
  std::vector<SubscriptionPlace> TakeDropped(const std::string& endpoint);

 private:
  struct Known {
    std::string endpoint;
    SubscriptionPlace place;
  };
  struct Early {
    onem2m::ReceivedNotification received;
    lwm2m::TimePoint until;
  };
  struct Ids {  // of one endpoint
    std::vector<std::string> subscriptions, parents;
  };

  std::optional<Known> BySubscription(std::string_view reference) const;
  std::optional<Known> ByParent(const onem2m::Notification& notification) const;
  bool IsOwnByCreator(const onem2m::Notification& notification) const;
  void Refuse(const onem2m::ReceivedNotification& received);

  Surroundings& surroundings_;
  const std::string secret_;
  std::unordered_map<std::string, Known> subscriptions_;  // by ri
  std::unordered_multimap<std::string, Known> parents_;   // by ri of what they stand in
  std::unordered_map<std::string, Ids> ids_;              // by endpoint
  std::unordered_map<std::string, std::vector<SubscriptionPlace>> wanted_, dropped_;
  std::deque<Early> early_;
  lwm2m::TimePoint now_{};
  LogLimiter log_limiter_;
  bool notified_ = false;
  Metrics::Counter own_, foreign_;
};

}  // namespace ipe

#endif  // IPE_OWN_SUBSCRIPTIONS_H_
