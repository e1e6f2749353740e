// What a Send carries, checked against what its sender registered.
// (LwM2M Core 1.1.1 §6.4.6; IR-11, IR-12)
#ifndef LWM2M_SEND_H_
#define LWM2M_SEND_H_

#include <vector>

#include "lwm2m/error.h"
#include "lwm2m/message.h"
#include "lwm2m/object_model.h"
#include "lwm2m/registration.h"
#include "lwm2m/value.h"

namespace lwm2m {

// The records in the order of the payload. kUnsupportedFormat: neither SenML JSON, SenML CBOR nor
// LwM2M CBOR (4.15). kMalformed, kInvalidValue: not readable as that, no record at all, or a value
// that its resource cannot have (4.00). kNotFound: of an Object Instance that is not registered
// (4.04). Resources without a definition are taken with the type that they show.
Result<std::vector<Record>> ReadSend(const Payload& payload, const Registration& sender,
                                     const ObjectModel& model);

// The same of a Send in which an LwM2M Gateway speaks for the devices behind it, too: the records
// of each of `senders`, in their order. A record of none of them is kNotFound.
Result<std::vector<std::vector<Record>>> ReadGatewaySend(
    const Payload& payload, const std::vector<const Registration*>& senders,
    const ObjectModel& model);

// The code that answers a request which failed so.
Code AnswerTo(const Error& error);

}  // namespace lwm2m

#endif  // LWM2M_SEND_H_
