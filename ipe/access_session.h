// Work in the CSE for the rights that a device's Access Control object leaves: policies below the
// endpoint's <AE>, and what is linked to them.
#ifndef IPE_ACCESS_SESSION_H_
#define IPE_ACCESS_SESSION_H_

#include <compare>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "ipe/cse_requests.h"
#include "lwm2m/object_model.h"
#include "lwm2m/path.h"
#include "mapping/access_control.h"
#include "mapping/context.h"
#include "onem2m/resources.h"

namespace ipe {

// Which policy: of an object or instance, and of what there.
struct PolicyKey {
  lwm2m::Path path;
  mapping::Protected what = mapping::Protected::kInstance;
  friend auto operator<=>(const PolicyKey&, const PolicyKey&) = default;
};

// A policy that is in the CSE, and whether what it protects is linked to it.
struct MadePolicy {
  std::string resource_id;
  int rights = 0;                          // that its content shows
  std::uint64_t lists = 0;                 // AccessTask::lists_version that it was made of
  onem2m::AccessControlPolicy shown = {};  // as the CSE shows what we wrote
  bool linked = false;                     // false: some container may not be linked yet
};
using MadePolicies = std::map<PolicyKey, MadePolicy>;

// Where containers that are made are linked to, when not to the shared policy. Immutable.
class PolicyLinks {
 public:
  explicit PolicyLinks(const MadePolicies& policies);
  // ri of the policy for the container of `path`, "" : the shared one.
  std::string For(const lwm2m::Path& path, const lwm2m::ObjectModel& model) const;

 private:
  std::map<PolicyKey, std::string> policies_;
};

// A snapshot that a job works from.
struct AccessTask {
  std::map<PolicyKey, int> wanted;  // ACL bits
  MadePolicies made;                // as the last job left it
  std::set<PolicyKey> look;         // somebody may have changed these
  bool look_for_left_over = false;  // of an earlier run
  mapping::AccessLists lists;
  std::uint64_t lists_version = 0;
};

// A policy that somebody else has changed: left as it is until that is decided.
struct ChangedPolicy {
  PolicyKey key;
  int rights = 0;  // that it grants now, of those that it shows
};

struct AccessResult {
  enum class End {
    kDone,
    kNoAnswer,  // later again
    kTreeGone,  // the endpoint's <AE> does not exist
    kRefused,   // the CSE does not take such policies: the shared one holds
  };
  End end = End::kDone;
  std::string detail;
  MadePolicies made;
  std::vector<ChangedPolicy> changed;
  std::vector<PolicyKey> fresh;  // made or adopted by this job
};

// Blocking requests, in order, as the IPE, which every policy grants all rights (R64).
// One strand only, as EndpointSession. (TS-0014 §6.6; R63)
class AccessSession {
 public:
  // `ae`: address of the endpoint's <AE>. `known`: containers below it that are known to exist. All
  // outlive it.
  AccessSession(CseRequests& requests, const lwm2m::ObjectModel& model,
                const mapping::Context& context, std::string ae, const std::set<std::string>& known)
      : requests_(requests), model_(model), context_(context), ae_(std::move(ae)), known_(known) {}

  // Looks at what is to be looked at, makes or adapts what is wanted, links to it what it protects,
  // and gives back to the shared policy what is protected no more.
  AccessResult Run(const AccessTask& task);

 private:
  bool Look(const AccessTask& task, AccessResult& result);
  bool FindLeftOver(const AccessTask& task, AccessResult& result);
  bool Make(const AccessTask& task, const PolicyKey& key, int rights, AccessResult& result);
  bool Write(const PolicyKey& key, const onem2m::AccessControlPolicy& wanted, MadePolicy& made,
             AccessResult& result);
  bool Release(const AccessTask& task, const PolicyKey& key, AccessResult& result);
  bool Link(const PolicyKey& key, bool has_execute_policy, const std::string& policy_id,
            AccessResult& result);
  std::set<std::string> ContainersOf(const lwm2m::Path& path);
  std::string AddressOf(const PolicyKey& key) const;
  static bool Stop(const Answer& answer, const std::string& what, AccessResult& result);

  CseRequests& requests_;
  const lwm2m::ObjectModel& model_;
  const mapping::Context& context_;
  const std::string ae_;
  const std::set<std::string>& known_;
};

}  // namespace ipe

#endif  // IPE_ACCESS_SESSION_H_
