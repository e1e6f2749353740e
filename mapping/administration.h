// Commands for the IPE itself, of its administrators.  (TS-0014 §6.7, §6.8; R66–R69)
#ifndef MAPPING_ADMINISTRATION_H_
#define MAPPING_ADMINISTRATION_H_

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lwm2m/object_model.h"
#include "lwm2m/path.h"
#include "lwm2m/registration.h"
#include "mapping/commands.h"
#include "onem2m/resources.h"

namespace mapping {

// Names below the AE of the IPE.
inline constexpr std::string_view kAdministration = "administration";  // commands
inline constexpr std::string_view kConfiguration = "configuration";    // what counts now
inline constexpr std::string_view kAdministrationPolicy = "administration-access";

inline constexpr std::size_t kMostEndpointsListed = 1000;

// What is asked of the IPE beside what every command says.
struct AdministrationOrder {
  enum class Kind { kConfigure, kListEndpoints, kBootstrap, kReload };
  Kind kind = Kind::kReload;
  std::map<std::string, std::string> set;  // key of the configuration → its value as JSON
  std::vector<std::string> unset;
  std::size_t offset = 0;
  std::size_t limit = 100;
  std::string pattern;  // of endpoints to be listed, with * and ?; "" : all
};

struct AdministrationCommand {
  Command command;
  std::optional<AdministrationOrder> order;  // none: an operation on a device
};

// A contentInstance of `administration`; docs/mapping.md has the JSON. Any input is safe, as for
// ParseCommand.
tl::expected<AdministrationCommand, RefusedCommand> ParseAdministration(
    std::string_view content, std::string_view resource_name, const lwm2m::ObjectModel& model);

// Outcome of an order, for `responses`; `value`: JSON, "" : none.
onem2m::ContentInstance AdministrationOutcome(const Command& command, CommandStatus status,
                                              onem2m::ResponseStatusCode rsc,
                                              std::string_view reason, const std::string& value);

// Administrators retrieve, discover and create children, the IPE has all rights, nobody else any.
onem2m::AccessControlPolicy BuildAdministrationPolicy(
    const std::vector<std::string>& administrators, const std::string& ipe_ae_id);

}  // namespace mapping

#endif  // MAPPING_ADMINISTRATION_H_
