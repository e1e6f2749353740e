// What rules say of the device's own LwM2M Server object: lifetime and default periods per client.
// (TS-0014 §6.7.2.2; R66; LwM2M Core 1.1.1 Appendix E.2)
#ifndef MAPPING_SERVER_SETTINGS_H_
#define MAPPING_SERVER_SETTINGS_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "lwm2m/core_link.h"
#include "lwm2m/operations.h"
#include "lwm2m/path.h"
#include "mapping/profile.h"

namespace mapping {

// Absent: the device keeps what it has.  (R66; LwM2M Core 1.1.1 Appendix E.2)
struct ServerSettings {
  std::optional<std::uint32_t> lifetime;      // /1/x/1, s
  std::optional<std::uint32_t> default_pmin;  // /1/x/2, s
  std::optional<std::uint32_t> default_pmax;  // /1/x/3, s
  std::optional<bool> store_notifications;    // /1/x/6
  friend bool operator==(const ServerSettings&, const ServerSettings&) = default;
};

// Of the rules for the endpoint; of each member the last rule that has it.  (R66)
ServerSettings ServerSettingsFor(const Profile& profile, std::string_view endpoint);

// The first Server instance among `objects`, /1/0 when the object is declared without an instance;
// nullopt when it is not declared.  (LwM2M Core 1.1.1 §6.2.1, Appendix E.2)
std::optional<lwm2m::Path> ServerInstance(const lwm2m::ObjectList& objects);

// A Write for each setting that is given, in the order of the resources; empty for a device that
// declares no Server object.  (R66; LwM2M Core 1.1.1 §6.3.3, Appendix E.2)
std::vector<lwm2m::Operation> WritesOf(const ServerSettings& settings,
                                       const lwm2m::ObjectList& objects);

}  // namespace mapping

#endif  // MAPPING_SERVER_SETTINGS_H_
