// How a resource looks in JSON. (TS-0004 v3 §7.5.2, §8.4)
#ifndef ONEM2M_CSE_REPRESENTATION_H_
#define ONEM2M_CSE_REPRESENTATION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "onem2m/cse/resource_tree.h"
#include "onem2m/cse/timestamp.h"
#include "onem2m/cse/value.h"

namespace onem2m::cse {

// All attributes, those of the hosting CSE among them. `now` is the currentTime of a <CSEBase>.
Object Represent(const Resource& resource, TimePoint now);
// One of them; nullopt when the resource has none of that name.
std::optional<Value> AttributeOf(const Resource& resource, std::string_view name);
// contentSize of a <flexContainer>: the octets of its custom attributes. (TS-0001 v3 §9.6.35)
std::int64_t ContentSizeOf(const Resource& resource);
// Only those named.
Object Select(Object attributes, const std::vector<std::string>& selected);
// An entry of m2m:rrf: {nm, typ, val}.
Object ReferenceTo(const Resource& resource, std::string address);

}  // namespace onem2m::cse

#endif  // ONEM2M_CSE_REPRESENTATION_H_
