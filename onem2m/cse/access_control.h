// Who may do what. (TS-0001 v3 §9.6.1.3, §9.6.2; TS-0003 v3 §7.1)
#ifndef ONEM2M_CSE_ACCESS_CONTROL_H_
#define ONEM2M_CSE_ACCESS_CONTROL_H_

#include <optional>
#include <string>
#include <string_view>

#include "onem2m/cse/resource_tree.h"
#include "onem2m/error.h"

namespace onem2m::cse {

// Checks pv or pvs of an <accessControlPolicy>: 4000 for what is not m2m:setOfAcrs, 5001 for rules
// that depend on a context nobody evaluates here: such a rule must not grant anything by accident.
Result<void> CheckRules(std::string_view name, const Value& rules);

// The rules:
// - the administrator may do everything;
// - the <CSEBase> may be read and discovered by everybody, an <AE> created by everybody, a <node>
// or
//   <accessControlPolicy> by every registered AE;
// - who created a resource may do everything with it and with what is below it, up to the next
//   resource with a policy of its own; the AE everything in its own subtree;
// - accessControlPolicyIDs decide for the rest; a resource without them follows its parent;
// - an <accessControlPolicy> itself follows its selfPrivileges.
// Holds nothing; the tree outlives it.
class AccessControl {
 public:
  AccessControl(const ResourceTree& tree, std::string administrator);

  // `operation` is one of kMayCreate … kMayDiscover; `child` is the type that is to be created.
  bool Allows(std::string_view originator, int operation, const Resource& target,
              std::optional<ResourceType> child = std::nullopt) const;
  // Changing accessControlPolicyIDs needs UPDATE in the selfPrivileges of a policy that is in
  // force.
  bool AllowsPolicyChange(std::string_view originator, const Resource& target) const;
  bool IsAdministrator(std::string_view originator) const { return originator == administrator_; }

 private:
  bool AllowsAtBase(std::string_view originator, int operation,
                    std::optional<ResourceType> child) const;
  bool Grants(const Resource& policy, std::string_view attribute, std::string_view originator,
              int operation, const Resource& target, std::optional<ResourceType> child) const;

  const ResourceTree& tree_;
  std::string administrator_;
};

// "*" stands for any characters, also none.
bool MatchesWildcard(std::string_view pattern, std::string_view text);

}  // namespace onem2m::cse

#endif  // ONEM2M_CSE_ACCESS_CONTROL_H_
