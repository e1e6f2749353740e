// Plain text, Content-Format 0: one value.  (LwM2M Core 1.1.1 §7.4.1)
#ifndef LWM2M_CODEC_TEXT_H_
#define LWM2M_CODEC_TEXT_H_

#include <string>
#include <string_view>
#include <vector>

#include "lwm2m/error.h"
#include "lwm2m/object_model.h"
#include "lwm2m/path.h"
#include "lwm2m/value.h"

namespace lwm2m {

// One record at `base`, which names a resource or a resource instance. Without a definition the
// text is an Integer when all of it is one, else a Float when all of it is one, else a String. An
// empty text for anything above a resource is no record at all.
Result<std::vector<Record>> DecodeText(std::string_view payload, const Path& base,
                                       const ObjectModel& model);

Result<std::string> EncodeText(const std::vector<Record>& records, const Path& base,
                               const ObjectModel& model);

}  // namespace lwm2m

#endif  // LWM2M_CODEC_TEXT_H_
