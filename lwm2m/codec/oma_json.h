// The JSON format of LwM2M 1.0, Content-Format 11543.  (LwM2M 1.0.2 §6.4.4)
//
//   {"bn":"/3/0/","bt":1700000000,"e":[{"n":"0","sv":"…"},{"n":"13","v":5,"t":-5}]}
//
//   v number, sv String, Opaque in base64 or Corelnk, bv Boolean, ov Object Link
#ifndef LWM2M_CODEC_OMA_JSON_H_
#define LWM2M_CODEC_OMA_JSON_H_

#include <string>
#include <string_view>
#include <vector>

#include "lwm2m/codec/name_root.h"
#include "lwm2m/error.h"
#include "lwm2m/object_model.h"
#include "lwm2m/path.h"
#include "lwm2m/value.h"

namespace lwm2m {

// The name of a record is bn + n; without bn, n is below `base` unless it is itself an absolute
// path at or below `base`. The time of a record is bt + t; a sum below 2^28 counts from a moment
// that only the receiver of the message knows, so it is left out and the record means "now".
Result<std::vector<Record>> DecodeOmaJson(std::string_view payload, const Path& base,
                                          const ObjectModel& model, const NameRoot& root);

// `bn` is `base`; records keep their order, times are written absolute.
Result<std::string> EncodeOmaJson(const std::vector<Record>& records, const Path& base,
                                  const ObjectModel& model, const NameRoot& root);

}  // namespace lwm2m

#endif  // LWM2M_CODEC_OMA_JSON_H_
