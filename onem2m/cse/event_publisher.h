// Turns what happens to resources into notifications of those who subscribed.
// (TS-0001 v3 §9.6.8; TS-0004 v3 §7.5.1.2)
#ifndef ONEM2M_CSE_EVENT_PUBLISHER_H_
#define ONEM2M_CSE_EVENT_PUBLISHER_H_

#include <string>
#include <string_view>
#include <vector>

#include "onem2m/cse/access_control.h"
#include "onem2m/cse/notification_sink.h"
#include "onem2m/cse/resource_tree.h"

namespace onem2m::cse {

// Called with the lock of the CSE held. Tree, access control and sink outlive it.
class EventPublisher {
 public:
  EventPublisher(const ResourceTree& tree, const AccessControl& access, NotificationSink& sink);

  // Each before the resource goes or after it came and changed.
  void Created(const Resource& child, TimePoint now);
  void Updated(const Resource& resource, const std::vector<std::string>& modified, TimePoint now);
  void Deleting(const Resource& resource, TimePoint now);

  // Subscriptions whose expirationCounter has run out since the last call: theirs to delete.
  std::vector<std::string> TakeExhausted();

  // URLs that an entry of notificationURI leads to: itself, or the points of access of the AE that
  // it names. Empty when it leads nowhere.
  std::vector<std::string> UrlsOf(std::string_view notification_uri) const;
  std::string VerificationContent(std::string_view subscription_id,
                                  std::string_view originator) const;

 private:
  void PublishTo(const Resource& subscribed, const Resource& subject, int event,
                 const std::vector<std::string>& modified, TimePoint now);
  void PublishDeletions(const Resource& resource, TimePoint now);
  void AnnounceSubscriptionEnd(const Resource& subscription);
  Object Content(const Resource& subject, const Resource& subscription, int event,
                 const std::vector<std::string>& modified, TimePoint now) const;
  std::string ReferenceOf(std::string_view subscription_id) const;

  const ResourceTree& tree_;
  const AccessControl& access_;
  NotificationSink& sink_;
  std::vector<std::string> exhausted_;
};

}  // namespace onem2m::cse

#endif  // ONEM2M_CSE_EVENT_PUBLISHER_H_
