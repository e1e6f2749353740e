// Values of a command: from JSON by the type that the definition of the resource gives.
#ifndef MAPPING_COMMAND_VALUE_H_
#define MAPPING_COMMAND_VALUE_H_

#include <string_view>

#include "lwm2m/object_model.h"
#include "lwm2m/value.h"
#include "mapping/command_text.h"
#include "onem2m/error.h"

namespace mapping {

// Typed by `definition`, or by the kind of JSON where there is none (nullptr). Numbers are also
// taken as strings, because JSON readers lose digits beyond 2^53; Time is an integer, Opaque
// base64, Objlnk "66:0". The detail says what was expected and found. A number outside the range of
// the definition is refused (LwM2M Core 1.1.1 §7.1).
onem2m::Result<lwm2m::Value> ValueFromJson(const lwm2m::ResourceDefinition* definition,
                                           const JsonScalar& scalar);

// The same check for a value that came another way.
onem2m::Result<void> CheckRange(const lwm2m::ResourceDefinition& definition,
                                const lwm2m::Value& value);

}  // namespace mapping

#endif  // MAPPING_COMMAND_VALUE_H_
