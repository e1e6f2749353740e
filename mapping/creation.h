// What is created when an Update of the outbox finds nothing to update.
// (TS-0001 §9.6.15, §9.6.35, §9.6.36: the attributes that are mandatory at Create)
#ifndef MAPPING_CREATION_H_
#define MAPPING_CREATION_H_

#include <string>
#include <string_view>

#include "lwm2m/object_model.h"
#include "lwm2m/registration.h"
#include "mapping/context.h"
#include "mapping/profile.h"
#include "onem2m/error.h"
#include "onem2m/resources.h"

namespace mapping {

// "@node/firmware": below the endpoint's <node>. Any other address is below its <AE>. '@' cannot be
// in a resourceName (TS-0004 Table 6.3.3-1).
inline constexpr std::string_view kBelowNode = "@node/";

struct CreationRules {
  const lwm2m::Registration& registration;
  const Context& context;
  const Profile& profile;
  const lwm2m::ObjectModel& model;
  std::string expiration_time;
};

// The resource of that address with all that its Create needs: its resourceName and mandatory
// attributes by `rules`, its values from `update`, the JSON of the Update ("": none, of what holds
// instances). 4004 when the interworking makes nothing at such an address.
onem2m::Result<onem2m::Resource> CompleteForCreate(std::string_view address,
                                                   std::string_view update,
                                                   const CreationRules& rules);

// What tells specialisations of one type apart: containerDefinition of a <flexContainer>, JSON root
// of a <mgmtObj>, one word for all that are self-defined; "" for other types.
inline constexpr std::string_view kSelfDefined = "self-defined";
std::string SpecialisationOf(const onem2m::Resource& resource);

}  // namespace mapping

#endif  // MAPPING_CREATION_H_
