// What the object model says about the value at a path, for all data formats alike.
#ifndef LWM2M_CODEC_TYPING_H_
#define LWM2M_CODEC_TYPING_H_

#include <cstddef>
#include <vector>

#include "lwm2m/error.h"
#include "lwm2m/object_model.h"
#include "lwm2m/path.h"
#include "lwm2m/value.h"

namespace lwm2m {

// Type of the resource at `path`; kNone when no definition gives one.
Type TypeAt(const ObjectModel& model, const Path& path);

// `value` in the type that the model gives to `path`; as it is when the model gives none. The
// detail of an error names the path.
Result<Value> Conform(const ObjectModel& model, const Path& path, const Value& value);

// As Conform; an Object Link may also stand as its text, "66:0", which is how CBOR spells it.
// (LwM2M Core 1.1.1 Table C-2)
Result<Value> ConformWithLinks(const ObjectModel& model, const Path& path, const Value& value);

// A payload of more values is no device's: kTooLarge.
inline constexpr std::size_t kMaxRecords = 10'000;
Result<void> AddRecord(std::vector<Record>& records, Record record);

// An error with " at <path>" after its detail.
tl::unexpected<Error> At(const Path& path, Error error);

// kMalformed unless `path` names a value (depth 3 or 4) at or below `base`.
Result<void> CheckInside(const Path& base, const Path& path);

}  // namespace lwm2m

#endif  // LWM2M_CODEC_TYPING_H_
