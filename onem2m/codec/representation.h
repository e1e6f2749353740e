// Resources out of parsed JSON, shared by the decoders of answers and of notifications.
// (TS-0004 v3 §8.4)
#ifndef ONEM2M_CODEC_REPRESENTATION_H_
#define ONEM2M_CODEC_REPRESENTATION_H_

#include <optional>
#include <string_view>
#include <vector>

#include "onem2m/codec/json_value.h"
#include "onem2m/resources.h"

namespace onem2m {

// The type whose root is spelled so ("m2m:cnt"); nullopt for types that resources.h does not have.
std::optional<ResourceType> TypeOfRoot(std::string_view root);
std::string_view RootOf(ResourceType type);

// `attributes` is what stands below the root. 4000 with the attribute's name.
Result<Resource> DecodeAttributes(ResourceType type, const JsonValue& attributes);

// {"m2m:cnt":{…}}; also {"m2m:rsp":{…}} around it, or in its place with the type in `ty`. nullopt
// when the resource is of a type that resources.h does not have.
Result<std::optional<Resource>> DecodeRepresentation(const JsonValue& json);

}  // namespace onem2m

#endif  // ONEM2M_CODEC_REPRESENTATION_H_
