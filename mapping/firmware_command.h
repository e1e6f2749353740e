// Commands for firmware updates, and what an application reads of an update.  (docs/firmware.md)
#ifndef MAPPING_FIRMWARE_COMMAND_H_
#define MAPPING_FIRMWARE_COMMAND_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lwm2m/firmware_update.h"
#include "mapping/command_text.h"
#include "onem2m/error.h"
#include "onem2m/types.h"

namespace mapping {

// What `firmware-update` and `firmware-cancel` say beside what every command says.
struct FirmwareCommand {
  bool cancels = false;
  std::string file;  // of firmware.directory; "" : `uri`
  std::string uri;
  std::optional<lwm2m::FirmwareMethod> method;
};

bool IsFirmwareOp(std::string_view op);
// For an op of these. The error names the member.
onem2m::Result<FirmwareCommand> ReadFirmwareCommand(const CommandText& text);

enum class FirmwareOutcome { kRunning, kDone, kFailed, kExpired };

// What stands of an update in `responses`: step, method, percent, result, version.
struct FirmwareReport {
  FirmwareOutcome outcome = FirmwareOutcome::kRunning;
  onem2m::ResponseStatusCode status = onem2m::ResponseStatusCode::kAccepted;
  std::string reason;
  std::vector<std::pair<std::string, JsonScalar>> members;
};
FirmwareReport ReportOf(const lwm2m::FirmwareStatus& status);

}  // namespace mapping

#endif  // MAPPING_FIRMWARE_COMMAND_H_
