// Endpoints and Object Instances in the words of the base ontology, as <semanticDescriptor>.
// (TS-0014 §8.3; TS-0012 v3 §6; TS-0001 §9.6.30; R78)
#ifndef MAPPING_BASE_ONTOLOGY_H_
#define MAPPING_BASE_ONTOLOGY_H_

#include <string>
#include <string_view>

#include "lwm2m/object_model.h"
#include "lwm2m/path.h"
#include "lwm2m/registration.h"
#include "mapping/context.h"
#include "onem2m/resources.h"

namespace mapping {

// resourceName of every descriptor that the IPE makes.
inline constexpr std::string_view kDescriptorName = "descriptor";

struct DescriptorRules {
  const lwm2m::Registration& registration;
  const Context& context;
  const lwm2m::ObjectModel& model;
  std::string base;        // resourceName of <CSEBase>
  std::string ae_address;  // of the endpoint
  std::string expiration_time;
};

// For the <AE>: the client is an InterworkedDevice, in the AreaNetwork of all AEs of this IPE; each
// of its Object Instances is a Service that exposes a Functionality.
onem2m::SemanticDescriptor DescribeEndpoint(const DescriptorRules& rules);

// For the container of an Object Instance, by the definition that the client's version has: a
// readable resource is an OutputDataPoint, a writable one an InputDataPoint, both one that is both;
// one to be executed an Operation that exposes a Command; one that does not change a ThingProperty
// of the device; a multiple one is structured: what it holds are Variables that it
// hasSubStructure. Of an object without definition only the Service is described.
onem2m::SemanticDescriptor DescribeInstance(const lwm2m::Path& instance,
                                            const DescriptorRules& rules);

}  // namespace mapping

#endif  // MAPPING_BASE_ONTOLOGY_H_
