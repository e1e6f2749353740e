// Opaque, Content-Format 42: the octets of one Opaque resource.  (LwM2M Core 1.1.1 §7.4.2)
#ifndef LWM2M_CODEC_OPAQUE_H_
#define LWM2M_CODEC_OPAQUE_H_

#include <string>
#include <string_view>
#include <vector>

#include "lwm2m/error.h"
#include "lwm2m/object_model.h"
#include "lwm2m/path.h"
#include "lwm2m/value.h"

namespace lwm2m {

// One record at `base`, which names a resource or a resource instance. kInvalidValue when the model
// says that it is not Opaque.
Result<std::vector<Record>> DecodeOpaque(std::string_view payload, const Path& base,
                                         const ObjectModel& model);

Result<std::string> EncodeOpaque(const std::vector<Record>& records, const Path& base,
                                 const ObjectModel& model);

}  // namespace lwm2m

#endif  // LWM2M_CODEC_OPAQUE_H_
