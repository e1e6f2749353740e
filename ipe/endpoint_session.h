// Work in the CSE for one endpoint: make its tree, fill it, take it away.
#ifndef IPE_ENDPOINT_SESSION_H_
#define IPE_ENDPOINT_SESSION_H_

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "ipe/access_session.h"
#include "ipe/cse_requests.h"
#include "ipe/known_addresses.h"
#include "ipe/own_subscriptions.h"
#include "ipe/store.h"
#include "lwm2m/object_model.h"
#include "lwm2m/registration.h"
#include "mapping/context.h"
#include "mapping/endpoint_lifecycle.h"
#include "mapping/identifiers.h"
#include "mapping/object_discovery.h"
#include "mapping/profile.h"
#include "mapping/status_codes.h"

namespace ipe {

// What every session works with. What is referred to outlives the sessions and is thread-safe.
struct SessionSurroundings {
  CseRequests& requests;
  mapping::Profile profile;
  lwm2m::ObjectModel model;
  std::string node_originator;  // cse.admin_originator
  bool commands_per_endpoint = true;
};

// What the CSE knows of an endpoint: carried into a job and, changed, back out of it.
struct CseIdentity {
  std::string ae_id;  // as the CSE answered; "" : no AE yet
  std::string ae_resource_id;
  std::string node_resource_id;           // "" : none
  std::int64_t expires_at = 0;            // Unix seconds, CSE's time; 0: none
  lwm2m::Shared<lwm2m::ObjectList> tree;  // StoredEndpoint::tree
};

// A snapshot that a job works from.
struct EndpointPlan {
  lwm2m::Shared<lwm2m::Registration> registration;
  mapping::EndpointNames names;
  std::shared_ptr<const mapping::Context> context;
  std::string base;  // resource name of <CSEBase>
  CseIdentity known;
  std::vector<mapping::Companion> companions = {};  // that share its <node>
  bool ae_must_exist = false;  // R28: that it is gone is the answer, it is not made anew
  std::shared_ptr<const PolicyLinks> links = nullptr;  // policies of its own; null: none
  // Nothing of what is known counts: the CSE has lost some of it, or made it anew.
  bool relearn = false;
};

// Whether `resource` was made by this IPE for some endpoint.
bool IsOurs(const onem2m::Common& resource, const EndpointPlan& plan);

// What sessions of one endpoint hand on from job to job.
struct SessionMemory {
  KnownAddresses containers;   // rows' addresses known to exist: containers, and others
  bool tree_is_known = false;  // `containers` is complete: made in this run
  bool is_relearned = false;   // by the last Settle
};

// How a job ended.
enum class JobEnd {
  kDone,
  kRefused,    // the CSE answered with a code that decides against it
  kNoAnswer,   // unreachable, time-out, 5xxx: later again
  kNameTaken,  // the AE's name or AE-ID belongs to somebody else
};

struct TreeResult {
  JobEnd end = JobEnd::kDone;
  onem2m::ResponseStatusCode status = onem2m::ResponseStatusCode::kOk;  // of the deciding request
  std::string detail;  // for the log: what was asked and what came back
  CseIdentity known;
  bool node_is_gone = false;  // deleted by a Leave
  bool ae_was_lost = false;   // known before, and had to be made anew: the CSE may have lost more
};

struct RowResult {
  RowId row = 0;
  mapping::Verdict verdict = mapping::Verdict::kDone;
  onem2m::ResponseStatusCode status = onem2m::ResponseStatusCode::kCreated;
  std::string detail;
  std::string resource_id;      // ri of what was created: how our own come back is told (R54)
  bool without_target = false;  // kDone, since the CSE has no resource of that type: not delivered
};

struct DeliveryResult {
  std::vector<RowResult> rows;    // those that got an answer, in order; the last may be no success
  bool no_answer = false;         // stopped because the CSE was silent …
  std::vector<RowId> maybe_sent;  // … with these possibly executed
  std::string detail;
  bool lost_container = false;               // one that we knew was gone
  std::vector<MadeSubscription> subscribed;  // made on the way
  // A resource that holds several values was deleted and is made anew with those of one row: the
  // others have to be asked for again.
  bool values_were_lost = false;
};

// Blocking requests for one endpoint, in order.
//
// One strand only: the bridge has at most one job of an endpoint under way, and makes a session for
// it; what the next one needs is in memory(). Implements TS-0014 §6.2.2.2, §6.3.2.2 (what the IPE
// does in the CSE on Register, Update, De-register).
class EndpointSession {
 public:
  EndpointSession(SessionSurroundings surroundings, SessionMemory memory)
      : surroundings_(std::move(surroundings)),
        containers_(std::move(memory.containers)),
        is_relearned_(memory.is_relearned),
        tree_is_known_(memory.tree_is_known) {}

  SessionMemory memory() const { return {containers_, tree_is_known_, is_relearned_}; }

  // Makes, adopts or adapts <node>, <AE> and the containers of everything declared. AE and
  // containers decide (R27, R28); when one of them is refused, what this call made is deleted again
  // (R32).
  TreeResult Settle(const EndpointPlan& plan);
  // `requests`, `responses`, the subscription on `requests`, hostedAELinks, containers made
  // eagerly. Nothing here decides; what failed is logged. False: try again later.
  bool Furnish(const EndpointPlan& plan, std::vector<MadeSubscription>& subscribed);
  // What the last Furnish failed for: the AE is to be made anew.
  bool ae_is_missing() const { return ae_is_missing_; }
  // Labels, ontologyRef and limits of the containers that exist, where they differ between the
  // rules before and those in use; then containers made eagerly. False: try again later.
  // (endpoint_adapt.cc)
  bool Adapt(const EndpointPlan& plan, const mapping::Profile& before,
             const mapping::Context& context_before, std::vector<MadeSubscription>& subscribed);
  // Creates the instances and makes the Updates of `rows`, with the resources above them, and the
  // updated ones, when these are missing. Stops at the first row that is neither done nor refused.
  DeliveryResult Deliver(const EndpointPlan& plan, const std::vector<OutboxRow>& rows);
  // Deletes <AE> and <node>. kDone: neither exists any more; `status`: what the AE's Delete was
  // answered.
  TreeResult Leave(const EndpointPlan& plan);
  // Makes, adopts or replaces a subscription of ours; `parent_id` "" when it is not known. False:
  // try again later, as the log says.
  bool Subscribe(const EndpointPlan& plan, const SubscriptionPlace& wanted,
                 const std::string& parent_id, std::vector<MadeSubscription>& subscribed);
  // Deletes one of ours.
  void Unsubscribe(const EndpointPlan& plan, const SubscriptionPlace& place);
  // Addresses below the AE that are known to exist.
  const std::set<std::string>& containers() const { return containers_.all(); }
  // The container of `address` and what is below it do not exist; "" : we know of nothing.
  void ForgetBelow(const std::string& address);

 private:
  using Request = std::function<Answer(const std::string& originator)>;
  enum class FormEnd { kDone, kLacking, kFailed };
  FormEnd SubscribeWith(const EndpointPlan& plan, const SubscriptionPlace& place,
                        const onem2m::Subscription& form, const std::string& parent_id,
                        std::vector<MadeSubscription>& subscribed);
  Answer AsOwner(const EndpointPlan& plan, const std::string& owner, const Request& request);
  std::string AddressOf(const EndpointPlan& plan, const std::string& below) const;
  bool SettleNode(const EndpointPlan& plan, const std::string& expiration, TreeResult& result);
  bool SettleAe(const EndpointPlan& plan, const std::string& expiration, TreeResult& result);
  bool CreateAe(const EndpointPlan& plan, const std::string& expiration, TreeResult& result);
  bool AdoptAe(const EndpointPlan& plan, const onem2m::Ae& wanted, TreeResult& result);
  bool SettleContainers(const EndpointPlan& plan, const std::string& expiration,
                        TreeResult& result);
  // Of what a Create has just said to be there: workers of a CSE that cache apart may say 4004.
  static Answer RetrieveExisting(const std::function<Answer()>& retrieve);
  // Containers that the CSE lists below the endpoint's <AE>, as "3/0"; `query` narrows the
  // discovery. Empty also when it tells nothing.
  std::vector<std::string> DiscoverContainers(
      const EndpointPlan& plan, const TreeResult& result,
      std::vector<std::pair<std::string, std::string>> query = {});
  void RelinkPolicies(const EndpointPlan& plan, const TreeResult& result);
  void RemoveStrangers(const EndpointPlan& plan, const TreeResult& result);
  void Undo(const EndpointPlan& plan, TreeResult& result);
  bool CreateContainers(const EndpointPlan& plan,
                        const std::vector<mapping::ContainerPlan>& containers, TreeResult& result);
  // True when `answer` means that the step is done; else fills `result`.
  static bool Decide(const Answer& answer, const std::string& what, TreeResult& result);

  // endpoint_delivery.cc
  struct Target;  // of a row
  Target TargetOf(const EndpointPlan& plan, const OutboxRow& row) const;
  Answer AsOwnerOf(const EndpointPlan& plan, const Target& target, const Request& request);
  Answer DeliverRow(const EndpointPlan& plan, const OutboxRow& row, DeliveryResult& result,
                    RowResult& done);
  std::string FindOwn(const EndpointPlan& plan, const OutboxRow& row);
  Answer CreateInstance(const EndpointPlan& plan, const OutboxRow& row, DeliveryResult& result,
                        RowResult& done);
  Answer CreateAtItsOwnTime(const EndpointPlan& plan, const OutboxRow& row);
  Answer UpdateResource(const EndpointPlan& plan, const OutboxRow& row, DeliveryResult& result,
                        RowResult& done);
  Answer EnsureParent(const EndpointPlan& plan, const OutboxRow& row, DeliveryResult& result,
                      RowResult& done);
  Answer MakeTarget(const EndpointPlan& plan, const OutboxRow& row, const std::string& update,
                    DeliveryResult& result, RowResult& done);
  void Listen(const EndpointPlan& plan, const OutboxRow& row, const std::string& resource_id,
              DeliveryResult& result);
  bool IsOffered(const EndpointPlan& plan, const OutboxRow& row);
  void Forget(const std::string& address);
  // Makes the container of `address` and those above it; an answer that is no success ends it.
  Answer EnsureContainer(const EndpointPlan& plan, const std::string& address,
                         std::vector<MadeSubscription>& subscribed);
  std::optional<std::vector<lwm2m::Path>> FindContainers(const EndpointPlan& plan);
  bool MakeCommandContainers(const EndpointPlan& plan, std::vector<MadeSubscription>& subscribed);
  bool MakeEagerContainers(const EndpointPlan& plan, std::vector<MadeSubscription>& subscribed);
  void LinkNode(const EndpointPlan& plan);
  Answer DeleteNodeChildren(const EndpointPlan& plan);
  Answer LeaveNode(const EndpointPlan& plan);
  Answer ForSubscription(const EndpointPlan& plan, const SubscriptionPlace& place,
                         const Request& request);
  std::string ParentOf(const EndpointPlan& plan, const SubscriptionPlace& place) const;
  void LinkPolicy(const EndpointPlan& plan, mapping::ContainerPlan& wanted) const;
  // endpoint_descriptors.cc
  void DescribeTree(const EndpointPlan& plan, const std::vector<lwm2m::Path>& instances);
  bool MakeDescriptor(const EndpointPlan& plan, const std::string& parent,
                      const onem2m::SemanticDescriptor& descriptor);

  SessionSurroundings surroundings_;
  KnownAddresses containers_;
  bool ae_is_missing_ = false;       // as the last Furnish found
  bool ae_is_new_ = false;           // made by the Settle under way
  bool is_relearned_ = false;        // by the last Settle
  bool ae_is_asked_for_ = false;     // its Create had no answer
  bool policies_are_stale_ = false;  // as the AE that it adopted links another one
  bool node_is_new_ = false;
  std::vector<std::string> new_containers_;
  bool tree_is_known_ = false;  // containers_ is complete: made in this run
};

}  // namespace ipe

#endif  // IPE_ENDPOINT_SESSION_H_
