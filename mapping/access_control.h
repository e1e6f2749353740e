// Who may read, command and delete: accessControlPolicies and the Access Control object.
// (TS-0014 §6.6; R57, R63, R64; docs/mapping.md "Access")
#ifndef MAPPING_ACCESS_CONTROL_H_
#define MAPPING_ACCESS_CONTROL_H_

#include <string>
#include <string_view>
#include <vector>

#include "lwm2m/path.h"
#include "onem2m/resources.h"

namespace mapping {

// Originators of applications, by what they may do.
struct AccessLists {
  std::vector<std::string> readers = {"all"};  // read and subscribe
  std::vector<std::string> writers;            // read, subscribe and command
  std::vector<std::string> deleters;           // read and delete
  std::vector<std::string> administrators;     // change the policies themselves
  friend bool operator==(const AccessLists&, const AccessLists&) = default;
};

// Each list sorted, each originator once: the same lists are equal.
AccessLists Sorted(AccessLists lists);

inline constexpr std::string_view kSharedPolicy = "access";

// The policy `access` of everything that the IPE makes: readers 34 (retrieve, discover) and 1
// (create) limited to subscriptions; writers 35; deleters 42; the IPE 63. pvs: the IPE 63 (R64),
// administrators 38 (retrieve, update, discover).
onem2m::AccessControlPolicy BuildSharedPolicy(const AccessLists& lists,
                                              const std::string& ipe_ae_id);

// What stands below one container and has rights of its own on the device.
enum class Protected {
  kObject,      // the container of an object: who may create instances
  kInstance,    // of an instance, and those of its resources
  kExecutable,  // of a resource that is executed
};

// The part of the ACL bits `rights` that a policy for such a container shows: R and W and D, E, C.
int ShownRights(Protected what, int rights);

// resourceName of the policy of an object or instance: "access-3303", "access-3303-0",
// "access-3303-0-execute".
std::string PolicyName(const lwm2m::Path& path, Protected what);

// What `lists` grant, lowered to the ACL bits that the device grants us.
onem2m::AccessControlPolicy BuildDevicePolicy(const lwm2m::Path& path, Protected what, int rights,
                                              const AccessLists& lists,
                                              const std::string& ipe_ae_id);

// The lists that a policy stands for, as somebody may have changed it; without the IPE. Rules for
// subscriptions only do not count, and `administrators` are those of its pvs.
AccessLists ListsOf(const onem2m::AccessControlPolicy& policy, const std::string& ipe_ae_id);

// The ACL bits, of those that such a policy shows, that it grants to anybody beside the IPE.
int RightsGranted(Protected what, const onem2m::AccessControlPolicy& policy,
                  const std::string& ipe_ae_id);

// Both grant the same: order does not matter, nor how a CSE writes an originator.
bool GrantTheSame(const onem2m::AccessControlPolicy& one, const onem2m::AccessControlPolicy& other,
                  const std::string& ipe_ae_id);

// The IPE has all rights on what is linked to the policy, and on the policy (R64).
bool KeepsRightsOfIpe(const onem2m::AccessControlPolicy& policy, const std::string& ipe_ae_id);

// Label of the shared policy that tells from which configured lists it was made: whether these were
// changed since.
std::string ConfiguredLabel(const AccessLists& lists);

}  // namespace mapping

#endif  // MAPPING_ACCESS_CONTROL_H_
