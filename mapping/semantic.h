// Semantic interworking: one contentInstance per value.  (TS-0014 clause 8; R6, R73–R77)
#ifndef MAPPING_SEMANTIC_H_
#define MAPPING_SEMANTIC_H_

#include <string>
#include <vector>

#include "lwm2m/value.h"
#include "mapping/delivery.h"

namespace mapping {

// con = LwM2M text form, cnf `text/plain:0`; Opaque in base64 with `application/octet-stream:2`;
// label `LWM2M-Time:<timestamp>` where the device gave one; Objlnk also as contentRef `ObjectLink`
// to the destination's container below `ae_address` (SP-relative or CSE-relative address of the
// endpoint's AE), not for the null link. Order kept.
std::vector<Delivery> SemanticDeliveries(const std::vector<lwm2m::Record>& records,
                                         const std::string& ae_address);

}  // namespace mapping

#endif  // MAPPING_SEMANTIC_H_
