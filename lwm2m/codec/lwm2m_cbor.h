// LwM2M CBOR, Content-Format 11544.  (LwM2M Core 1.2 §7.4.7)
//
//   A1 0D             13      a map per level; paths begin at the object, whatever was read
//     A1 18 1A        /26
//       A2 01 18 2A   /1 = 42
//          02 15      /2 = 21
//
//   BF 83 0D 18 1A 01 18 2A FF   an array as key: several levels at once; lengths may be indefinite
#ifndef LWM2M_CODEC_LWM2M_CBOR_H_
#define LWM2M_CODEC_LWM2M_CBOR_H_

#include <string>
#include <string_view>
#include <vector>

#include "lwm2m/error.h"
#include "lwm2m/object_model.h"
#include "lwm2m/path.h"
#include "lwm2m/value.h"

namespace lwm2m {

Result<std::vector<Record>> DecodeLwm2mCbor(std::string_view payload, const Path& base,
                                            const ObjectModel& model);

// One key per level, ascending. Times of records have no place in this format and are left out; a
// path given twice is kInvalidValue.
Result<std::string> EncodeLwm2mCbor(const std::vector<Record>& records, const Path& base,
                                    const ObjectModel& model);

}  // namespace lwm2m

#endif  // LWM2M_CODEC_LWM2M_CBOR_H_
