// SenML JSON, Content-Format 110, and SenML-ETCH JSON, 320.  (LwM2M Core 1.1.1 §7.4.5; RFC 8428 §5;
// RFC 8790)
//
//   [{"bn":"/3/0/","bt":1700000000,"n":"0","vs":"…"},{"n":"13","v":5,"t":-5}]
//
//   v number, vs String or Corelnk, vb Boolean, vd Opaque in base64url, vlo Object Link
#ifndef LWM2M_CODEC_SENML_JSON_H_
#define LWM2M_CODEC_SENML_JSON_H_

#include <string>
#include <string_view>
#include <vector>

#include "lwm2m/codec/name_root.h"
#include "lwm2m/error.h"
#include "lwm2m/object_model.h"
#include "lwm2m/path.h"
#include "lwm2m/value.h"

namespace lwm2m {

// Names and times resolve as SenmlResolver says.
Result<std::vector<Record>> DecodeSenmlJson(std::string_view payload, const Path& base,
                                            const ObjectModel& model, const NameRoot& root);

// Records keep their order.
Result<std::string> EncodeSenmlJson(const std::vector<Record>& records, const Path& base,
                                    const ObjectModel& model, const NameRoot& root);

}  // namespace lwm2m

#endif  // LWM2M_CODEC_SENML_JSON_H_
