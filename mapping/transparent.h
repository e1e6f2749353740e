// Transparent interworking: the payload as the device encoded it.  (TS-0014 clause 7; R5, R70–R72)
#ifndef MAPPING_TRANSPARENT_H_
#define MAPPING_TRANSPARENT_H_

#include <optional>

#include "lwm2m/error.h"
#include "lwm2m/message.h"
#include "mapping/delivery.h"

namespace mapping {

// `path`: the container, that is the object or instance that was observed or read. A missing
// Content-Format means LwM2M TLV (Table 7.2-1: the default of the LwM2M TS), or text for a single
// resource.
Delivery TransparentDelivery(const lwm2m::Path& path, const lwm2m::Payload& payload);

// The reverse, for commands: media type of contentInfo and content → payload. kUnsupportedFormat
// for an unknown media type, kMalformed for bad base64.
lwm2m::Result<lwm2m::Payload> TransparentPayload(const onem2m::ContentInstance& instance);

// "application/vnd.oma.lwm2m+tlv:2"; "" for an unknown format.
std::string ContentInfoOf(lwm2m::ContentFormat format);

}  // namespace mapping

#endif  // MAPPING_TRANSPARENT_H_
