// The embedded CSE without its sockets: request primitives in, response primitives out.
// (TS-0001 v3 §9, §10; TS-0004 v3 §7)
#ifndef ONEM2M_CSE_CSE_H_
#define ONEM2M_CSE_CSE_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "onem2m/cse/access_control.h"
#include "onem2m/cse/attribute_policy.h"
#include "onem2m/cse/event_publisher.h"
#include "onem2m/cse/notification_sink.h"
#include "onem2m/cse/request_options.h"
#include "onem2m/cse/resource_tree.h"
#include "onem2m/cse/timestamp.h"
#include "onem2m/primitive.h"

namespace onem2m::cse {

struct CseOptions {
  std::string base = "cse-in";
  std::string cse_id = "/id-in";
  std::string admin_originator = "CAdmin";
  std::string point_of_access;  // of the <CSEBase>, "" : none
  std::size_t max_resources = 2'000'000;
};

struct CseResponse {
  ResponsePrimitive primitive;
  std::string location;  // address of what a Create made
};

// Thread-safe: readers share one lock, writers have it alone; verification requests go out while
// nothing is locked. Time is an argument. The sink outlives it.
class Cse {
 public:
  Cse(CseOptions options, NotificationSink& sink, TimePoint now);

  CseResponse Handle(const RequestPrimitive& request, TimePoint now);
  // Deletes what has expired; answers how many resources with their subtrees that were.
  std::size_t Expire(TimePoint now);
  std::size_t resource_count() const;

 private:
  struct Answer {
    ResponseStatusCode status = ResponseStatusCode::kOk;
    std::string content;
    std::string location;
  };
  // A Create that has passed every check but the verification of a subscription.
  struct Draft {
    Resource* parent = nullptr;
    std::unique_ptr<Resource> resource;
    std::vector<std::string> wished;  // names of the attributes that the originator gave
  };
  // The content of a Create or Update: {"<root>":{<body>}}.
  struct Content {
    std::string root;
    Object body;
  };
  // An Update that has passed every check but the verification of a subscription.
  struct Change {
    Resource* resource = nullptr;
    UpdateContent update;
    Attributes attributes;  // as they will be
    std::optional<TimePoint> expires;
    std::unique_ptr<SubscriptionRules> subscription;
  };
  // What each new notification target must answer; nothing when there is nowhere to ask.
  struct Verification {
    std::string notification_uri;
    std::vector<OutgoingNotification> notifications;
  };
  // A request whose envelope is sound.
  struct Context {
    const RequestPrimitive& request;
    std::string originator;  // in its local form
    RequestOptions options;
    TimePoint now;
  };

  Result<Context> Open(const RequestPrimitive& request, TimePoint now) const;
  Result<Answer> Dispatch(const Context& context);
  Result<void> Require(const Context& context, int operation, const Resource& target,
                       std::optional<ResourceType> child = std::nullopt) const;

  // cse_create.cc
  Result<Answer> Create(const Context& context);
  Result<Answer> CreateSubscription(const Context& context, Content content);
  Result<Resource*> FindParent(const Context& context, ResourceType type) const;
  Result<const TypePolicy*> PolicyFor(ResourceType type, const Content& content) const;
  Result<Draft> Prepare(const Context& context, Content content, std::string id);
  Result<std::string> ChooseAeId(const Context& context);
  Result<void> ChooseName(const Resource& parent, std::string wished, Resource& resource);
  Result<void> Compose(const Context& context, const Resource& parent, Resource& resource) const;
  Result<void> ComposeInstance(const Resource& container, Resource& instance) const;
  Answer Commit(const Context& context, Draft draft);
  void TakeInstance(Resource& container, Resource& instance, TimePoint now);

  // cse_update.cc
  Result<Answer> Update(const Context& context);
  Result<Resource*> FindUpdatable(const Context& context, const Content& content) const;
  Result<Change> PrepareChange(const Context& context, Content content) const;
  Answer Apply(const Context& context, Change change);
  void ApplyContainerLimits(Resource& container, const UpdateContent& update);

  // cse_retrieve.cc
  Result<Answer> Retrieve(const Context& context) const;
  Result<Resource*> FindReadable(std::string_view address) const;
  Result<std::string> RepresentTree(const Context& context, const Resource& target,
                                    ResultContent result) const;
  Result<Answer> Discover(const Context& context, const Resource& target) const;

  // cse_delete.cc
  Result<Answer> Delete(const Context& context);
  void Remove(Resource& resource, TimePoint now);
  void RemoveExhaustedSubscriptions(TimePoint now);

  // cse_rules.cc: what holds for Create and Update alike
  Result<Content> ReadContent(const Context& context) const;
  Result<TimePoint> ExpirationFor(std::optional<TimePoint> wished, TimePoint now) const;
  Result<void> ResolvePolicyIds(Attributes& attributes) const;
  Result<void> CheckNodeLink(const Attributes& attributes) const;
  Resource* NodeOf(const Attributes& ae) const;
  void AddHostedAe(const Resource& ae);
  void RemoveHostedAe(const Resource& ae);
  void ForgetNode(const Resource& node);
  Result<void> CheckTimeSeries(const Attributes& attributes) const;
  Result<void> CheckGenerationTime(const Resource& series, const Resource& instance) const;
  void Evict(Resource& container);
  std::vector<Verification> VerificationsFor(
      std::string_view originator, std::string_view id, const SubscriptionRules& rules,
      const std::vector<std::string>& already_verified) const;
  Result<void> Verify(const std::vector<Verification>& verifications);

  CseOptions options_;
  NotificationSink& sink_;
  mutable std::shared_mutex mutex_;
  ResourceTree tree_;
  AccessControl access_;
  EventPublisher publisher_;
};

}  // namespace onem2m::cse

#endif  // ONEM2M_CSE_CSE_H_
