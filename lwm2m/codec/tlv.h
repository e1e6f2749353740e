// The TLV format, Content-Format 11542.  (LwM2M Core 1.1.1 §7.4.4)
//
//    7 6   5   4 3   2 1 0
//   | kind | w | len | n   |   identifier (1 or 2 octets), length (0 to 3 octets), value
//
//   kind: 00 object instance, 01 resource instance, 10 multiple resource, 11 resource with value
//   w: 1 when the identifier has 16 bits
//   len: octets of the length field; 0 means that the length is n itself
#ifndef LWM2M_CODEC_TLV_H_
#define LWM2M_CODEC_TLV_H_

#include <string>
#include <string_view>
#include <vector>

#include "lwm2m/error.h"
#include "lwm2m/object_model.h"
#include "lwm2m/path.h"
#include "lwm2m/value.h"

namespace lwm2m {

// The outermost entries may be of any level from just below the object down to `base` itself:
// clients differ in whether they wrap what the request already names. Each must fit `base`.
Result<std::vector<Record>> DecodeTlv(std::string_view payload, const Path& base,
                                      const ObjectModel& model);

// Entries ascend by identifier. A record of depth 4 is put into its multiple resource, except when
// `base` names the resource instance. Two records of one path are kInvalidValue, as TLV has no
// time.
Result<std::string> EncodeTlv(const std::vector<Record>& records, const Path& base,
                              const ObjectModel& model);

}  // namespace lwm2m

#endif  // LWM2M_CODEC_TLV_H_
