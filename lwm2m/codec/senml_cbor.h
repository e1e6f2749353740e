// SenML CBOR, Content-Format 112, and SenML-ETCH CBOR, 322.  (LwM2M Core 1.1.1 §7.4.6; RFC 8428 §6;
// RFC 8790)
//
//   81                     array of one record
//     A2                   map of two pairs
//       21 662F332F302F30  -2 (bn): "/3/0/0"
//       03 6155            3 (vs): "U"
#ifndef LWM2M_CODEC_SENML_CBOR_H_
#define LWM2M_CODEC_SENML_CBOR_H_

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
Result<std::vector<Record>> DecodeSenmlCbor(std::string_view payload, const Path& base,
                                            const ObjectModel& model, const NameRoot& root);

// Records keep their order.
Result<std::string> EncodeSenmlCbor(const std::vector<Record>& records, const Path& base,
                                    const ObjectModel& model, const NameRoot& root);

}  // namespace lwm2m

#endif  // LWM2M_CODEC_SENML_CBOR_H_
