// Declared Objects and Object Instances as containers.  (TS-0014 §6.3; R34–R46, R73)
#ifndef MAPPING_OBJECT_DISCOVERY_H_
#define MAPPING_OBJECT_DISCOVERY_H_

#include <string>
#include <vector>

#include "lwm2m/core_link.h"
#include "lwm2m/object_model.h"
#include "lwm2m/path.h"
#include "lwm2m/registration.h"
#include "mapping/context.h"
#include "mapping/profile.h"
#include "onem2m/resources.h"

namespace mapping {

// A container that should exist.
struct ContainerPlan {
  lwm2m::Path path;             // its LwM2M path; its address below the AE is the same digits
  onem2m::Container container;  // resourceName: the last identifier
  friend bool operator==(const ContainerPlan& a, const ContainerPlan& b) {
    return a.path == b.path;
  }
};

// Container of one path of any depth (1: object … 4: resource instance) with labels of both
// families and of the profile, ontologyRef on objects and where the profile says, limits of the
// profile on resource level and below, and above it where the path is in transparent mode.
ContainerPlan PlanContainer(const lwm2m::Path& path, const lwm2m::Registration& registration,
                            const Context& context, const Profile& profile,
                            const std::string& expiration_time);

// Every declared path and the objects above them, each once, parents before children.
std::vector<lwm2m::Path> DeclaredPaths(const lwm2m::ObjectList& objects);

// Containers of everything declared, parents before children: /3 before /3/0 (R34, R73).
std::vector<ContainerPlan> PlanDeclared(const lwm2m::Registration& registration,
                                        const Context& context, const Profile& profile,
                                        const std::string& expiration_time);

// For `create: eager`: resource containers of an instance that its definition lists as readable,
// writable or executable. Empty when the object has no definition.
std::vector<ContainerPlan> PlanResources(const lwm2m::Path& instance,
                                         const lwm2m::Registration& registration,
                                         const lwm2m::ObjectModel& model, const Context& context,
                                         const Profile& profile,
                                         const std::string& expiration_time);

// Labels of a container (seed §6.3.2 and published family).
std::vector<std::string> ContainerLabels(const lwm2m::Path& path, const lwm2m::ObjectList& objects,
                                         LabelFamily family);

}  // namespace mapping

#endif  // MAPPING_OBJECT_DISCOVERY_H_
