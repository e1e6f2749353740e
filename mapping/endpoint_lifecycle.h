// Endpoint and device as <AE> and <node>.  (TS-0014 §6.2; R9–R26)
#ifndef MAPPING_ENDPOINT_LIFECYCLE_H_
#define MAPPING_ENDPOINT_LIFECYCLE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lwm2m/registration.h"
#include "mapping/context.h"
#include "mapping/identifiers.h"
#include "onem2m/resources.h"

namespace mapping {

// Labels of AE and node (R24, R25): the seed's text and the technology's labels, whatever
// `context.labels` says of containers; `Iwked-IPE` is how the IPE knows its own again.
std::vector<std::string> EndpointLabels(const lwm2m::Registration& registration,
                                        const Context& context);

// now + lifetime + grace as a timestamp; "" for lifetime 0 (R23). `now` in the CSE's time, Unix
// seconds.
std::string ExpirationTime(const lwm2m::Registration& registration, const Context& context,
                           std::int64_t now);
// True when less than half of (lifetime + grace) remains until `expires` (Unix seconds); false for
// lifetime 0.
bool ExpirationNeedsRefresh(const lwm2m::Registration& registration, const Context& context,
                            std::int64_t expires, std::int64_t now);

// <AE> (Table 6.2.2.2-3). `node_id` is the <node>'s resource id, "" without one.
onem2m::Ae BuildAe(const lwm2m::Registration& registration, const EndpointNames& names,
                   const Context& context, const std::string& expiration_time,
                   const std::string& node_resource_id);
// Another endpoint on the same device (R14).
struct Companion {
  lwm2m::Shared<lwm2m::Registration> registration;
  std::string ae_resource_id;
  std::int64_t expires_at = 0;  // Unix seconds; 0: never
};

// <node>, without hostedAELinks. One that several endpoints share has the labels of all of them and
// expires with the last.
onem2m::Node BuildNode(const lwm2m::Registration& registration, const EndpointNames& names,
                       const Context& context, const std::string& expiration_time,
                       const std::vector<Companion>& companions = {});

// The lifecycle event for the IPE's `endpoints` container, as JSON text. `event`: "registered",
// "updated", "deregistered", "expired"; `time`: timestamp.
std::string LifecycleEvent(std::string_view event, const lwm2m::Registration& registration,
                           const EndpointNames& names, const std::string& time);

// True when an Update changed what applications see: address, binding, version, lifetime, object
// list.
bool ChangesVisibly(const lwm2m::Registration& before, const lwm2m::Registration& after);

}  // namespace mapping

#endif  // MAPPING_ENDPOINT_LIFECYCLE_H_
