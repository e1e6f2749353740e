// LwM2M objects as <mgmtObj> of the <node>.  (TS-0014 clause 9; TS-0005 §6.2, §6.3, §6.7; R7,
// R79–R81)
#ifndef MAPPING_MANAGEMENT_OBJECT_H_
#define MAPPING_MANAGEMENT_OBJECT_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lwm2m/object_model.h"
#include "lwm2m/registration.h"
#include "lwm2m/value.h"
#include "mapping/context.h"
#include "mapping/management_table.h"
#include "mapping/profile.h"
#include "onem2m/resources.h"

namespace mapping {

// One <mgmtObj> that stands for an object instance, or for a part of it.
struct ManagementPlan {
  std::string name;  // resourceName below the <node>: "firmware", "software-0"
  std::string root;  // of its JSON: "m2m:fwr", "m2m:connectivityMonitoring"
  Specialisation specialisation = Specialisation::kGeneric;
  lwm2m::Path instance;
};

// Which rules hold for an endpoint. All are borrowed for one call.
struct ManagementRules {
  const lwm2m::Registration& registration;
  const Profile& profile;
  const lwm2m::ObjectModel& model;
};

// The <mgmtObj>s of the declared instances that are in this mode, in the order of the instances:
// Device gives several; an object without definition, and those below 3, none.
std::vector<ManagementPlan> PlanManagementObjects(const ManagementRules& rules);
// That of a resourceName; nullopt when the endpoint has none of that name.
std::optional<ManagementPlan> FindManagementObject(std::string_view name,
                                                   const ManagementRules& rules);

// TS-0005 §6.7: "SMSC address" is smscAddress, "PkgName" pkgName. Letters and digits only.
std::string CamelCase(std::string_view name);
// Name of the attribute that stands for a resource of an object mapped by that rule.
std::string GenericAttribute(const lwm2m::ObjectDefinition& object,
                             const lwm2m::ResourceDefinition& resource);

// What the values of a message say about the <mgmtObj>s; each has at least one attribute, of a
// history the last value counts.
struct ManagementUpdate {
  ManagementPlan object;
  onem2m::NamedAttributes attributes;
};
std::vector<ManagementUpdate> ManagementUpdates(const std::vector<lwm2m::Record>& records,
                                                const ManagementRules& rules);

// For a Create: `attributes` without those that a Create may not carry, the mandatory ones that are
// not known yet, objectIDs and objectPaths (R79).
onem2m::ManagementObject BuildManagementObject(const ManagementPlan& object,
                                               const onem2m::NamedAttributes& attributes,
                                               const lwm2m::Registration& registration,
                                               const Context& context,
                                               const std::string& expiration_time);

// True for an attribute that changes all the time: it goes along with others, but is no news.
bool IsTicking(const ManagementPlan& object, std::string_view attribute);

}  // namespace mapping

#endif  // MAPPING_MANAGEMENT_OBJECT_H_
