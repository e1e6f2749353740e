// One entry to every LwM2M data format: octets ↔ records.  (LwM2M Core 1.1.1 §7.4)
#ifndef LWM2M_CODEC_CODEC_H_
#define LWM2M_CODEC_CODEC_H_

#include <string>
#include <string_view>
#include <vector>

#include "lwm2m/codec/name_root.h"
#include "lwm2m/content_format.h"
#include "lwm2m/error.h"
#include "lwm2m/object_model.h"
#include "lwm2m/path.h"
#include "lwm2m/value.h"

namespace lwm2m {

// Decodes a payload that answers, notifies or writes `base`. Record paths are absolute and lie at
// or below `base` (a record outside it is kMalformed). Types come from `model`; without a
// definition they are inferred from the octets (FMT-1): TLV → String when it is printable UTF-8,
// else Opaque. An empty payload decodes to no records where the format allows it (DM-11). Formats:
// 0, 42, 60, 110, 112, 320, 322, 11542, 11543, 11544 and the numbers used before 1.0;
// kUnsupportedFormat for others. Throws nothing. Names, in the formats that have any, are read
// below `root`.
Result<std::vector<Record>> Decode(ContentFormat format, std::string_view payload, const Path& base,
                                   const ObjectModel& model, const NameRoot& root = {});

// Encodes records at or below `base`. TLV wraps object instances exactly when `base` does not name
// the instance (Core §7.4.4). Text, Opaque and CBOR (60) take exactly one record.
// Names are written below `root`.
Result<std::string> Encode(ContentFormat format, const std::vector<Record>& records,
                           const Path& base, const ObjectModel& model, const NameRoot& root = {});

}  // namespace lwm2m

#endif  // LWM2M_CODEC_CODEC_H_
