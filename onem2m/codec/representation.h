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

// "" for a type whose specialisations have roots of their own.
std::string_view RootOf(ResourceType type);
// The type of the resource, or of the first in a list, that stands below such a root ("m2m:cnt").
// A specialisation is told by its `ty`; where that is missing, as it is from a notification of what
// was modified, by its definition, by a root of TS-0001 Annex D, or by a prefix other than m2m,
// which only a <flexContainer> has. nullopt for what resources.h does not have.
std::optional<ResourceType> TypeOfMember(std::string_view root, const JsonValue& value);

// `attributes` is what stands below the root. 4000 with the attribute's name.
Result<Resource> DecodeAttributes(ResourceType type, std::string_view root,
                                  const JsonValue& attributes);

// {"m2m:cnt":{…}}; also {"m2m:rsp":{…}} around it, or in its place with the type in `ty`. nullopt
// when the resource is of a type that resources.h does not have.
Result<std::optional<Resource>> DecodeRepresentation(const JsonValue& json);
// A <mgmtObj> that nobody has standardised: its root is a name of its own below "m2m:" (TS-0005
// §6.7), and an Update of it does not say what it is. nullopt when there is no such member.
Result<std::optional<Resource>> DecodeSelfDefined(const JsonValue& json);

}  // namespace onem2m

#endif  // ONEM2M_CODEC_REPRESENTATION_H_
