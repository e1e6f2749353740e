// Names that endpoints get in oneM2M.  (TS-0014 §6.2.2.1, §6.3.2.1; R11–R18, R40)
#ifndef MAPPING_IDENTIFIERS_H_
#define MAPPING_IDENTIFIERS_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lwm2m/path.h"

namespace mapping {

struct EndpointNames {
  std::string name;         // resourceName of the <AE>
  std::string node_name;    // resourceName of the <node>: name + "-node"
  std::string originator;   // AE-ID asked for: "C" + name
  std::string node_id;      // nodeID: Endpoint Client Name without leading "urn:"
  std::string device = {};  // that several endpoints run on and whose <node> they share; "": none
  friend bool operator==(const EndpointNames&, const EndpointNames&) = default;
};

struct NamingRules {
  // What the name is made of instead of the Endpoint Client Name; "" : of that.
  std::string wanted = {};
  std::string ipe_name = "lwm2m-ipe";  // resourceName of the IPE's own AE
  std::vector<std::string> reserved;   // originators that no endpoint may get, e.g. "CAdmin"
  // True when another endpoint holds that name; asked in lower case. Empty: none does.
  std::function<bool(std::string_view lower_case_name)> taken;
};

// Without leading "urn:" (any case), every character outside A-Za-z0-9-._ replaced by '-'; '-' and
// 8 hex digits of SHA-256 of the whole Endpoint Client Name appended (cut to 56 characters) when
// the result is longer than 48, empty, does not start with a letter or digit, ends in "-node",
// equals the IPE's AE name, is taken, or "C" + name is reserved; all compared without regard to
// case. Before the hash goes whatever leads the name and is no letter or digit; 16 or more digits
// where the name with 8 is taken.
EndpointNames NamesFor(std::string_view endpoint, const NamingRules& rules);
// The hashed form whatever the plain one is: for a name that is occupied in the CSE.
EndpointNames HashedNamesFor(std::string_view endpoint);
// The names of an endpoint whose <AE> has `name` already: given once, kept.
EndpointNames KeptNames(std::string name, std::string_view endpoint);

// R14: several endpoints on one `device` share a <node>, whose nodeID that is and whose
// resourceName is made of it and "-device-node", of the same characters and length as other names.
void PlaceOnDevice(const std::string& device, EndpointNames& names);

// TS-0014 §6.2.2.1: "the Endpoint Client Name URN without the 'urn:' sequence", in any case.
std::string_view WithoutUrn(std::string_view endpoint);

// Address of the container of `path` below the endpoint's AE: /3/0/9 → "3/0/9".
std::string ContainerAddress(const lwm2m::Path& path);
// The reverse, also of what stands beside containers: "3/0/9" and "3/0/9-ts" → /3/0/9,
// "3303/0/temperature" → /3303/0. nullopt where no LwM2M path leads: "responses", "@node/firmware".
std::optional<lwm2m::Path> PathOfAddress(std::string_view address);

}  // namespace mapping

#endif  // MAPPING_IDENTIFIERS_H_
