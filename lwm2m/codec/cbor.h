// CBOR, Content-Format 60: one value, by itself.  (LwM2M Core 1.1.1 §7.4.3)
#ifndef LWM2M_CODEC_CBOR_H_
#define LWM2M_CODEC_CBOR_H_

#include <string>
#include <string_view>
#include <vector>

#include "lwm2m/error.h"
#include "lwm2m/object_model.h"
#include "lwm2m/path.h"
#include "lwm2m/value.h"

namespace lwm2m {

// An empty payload is no record where `base` is not a resource (DM-11).
Result<std::vector<Record>> DecodeCbor(std::string_view payload, const Path& base,
                                       const ObjectModel& model);

// Exactly one record.
Result<std::string> EncodeCbor(const std::vector<Record>& records, const Path& base,
                               const ObjectModel& model);

}  // namespace lwm2m

#endif  // LWM2M_CODEC_CBOR_H_
