// The body of a downlink request, in a Content-Format that the client has.
// (LwM2M Core 1.1.1 §7.4; DM-13, DM-14, DM-24)
#ifndef LWM2M_OPERATION_BODY_H_
#define LWM2M_OPERATION_BODY_H_

#include <vector>

#include "lwm2m/content_format.h"
#include "lwm2m/error.h"
#include "lwm2m/message.h"
#include "lwm2m/operations.h"
#include "lwm2m/registration.h"

namespace lwm2m {

// The formats that can carry the records or paths of `operation`, best first: those that the client
// announced, then the one that a client of its version has in any case. Empty for an operation
// whose payload was given, or that has none.
std::vector<ContentFormat> BodyFormats(const Operation& operation,
                                       const Registration& registration);

// The body in one of these formats. Where a client is to choose the number of a new instance and
// the format has no way to leave it open (all but TLV), it is the lowest that is not declared
// (DM-19). An error means that the operation is not valid (see Validate).
Result<Payload> EncodeBody(const Operation& operation, const Registration& registration,
                           ContentFormat format);

// Where a request with such a body goes: to `operation.path`; a Create to its object (DM-7), and an
// update of some instances of a resource to its object instance, since clients take a POST on a
// resource for an Execute (DM-4; docs/interop.md).
Path TargetOf(const Operation& operation);

// The format to ask a composite answer in, by what the client announced; TLV and the JSON of 1.0
// have no place in it (DM-13, DM-24).
ContentFormat CompositeAnswerFormat(const Registration& registration);

}  // namespace lwm2m

#endif  // LWM2M_OPERATION_BODY_H_
