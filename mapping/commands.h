// Commands of oneM2M applications and their outcomes.  (TS-0014 §6.4; R51–R55)
#ifndef MAPPING_COMMANDS_H_
#define MAPPING_COMMANDS_H_

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lwm2m/object_model.h"
#include "lwm2m/operations.h"
#include "lwm2m/registration.h"
#include "lwm2m/value.h"
#include "mapping/firmware_command.h"
#include "onem2m/error.h"
#include "onem2m/resources.h"

namespace mapping {

// The `op` that makes a client send an Update: an Execute, on the instance of the Server object
// that it declared.  (LwM2M Core 1.1.1 §6.2.2, Appendix E.2; R67)
inline constexpr std::string_view kUpdateRegistration = "update-registration";

// Registration Update Trigger of the first Server instance among `objects`; of /1/0 when there is
// none.
lwm2m::Path RegistrationUpdateTrigger(const lwm2m::ObjectList& objects);

// A command as it stands in `requests`, checked and ready to be sent. See docs/mapping.md for the
// JSON.
struct Command {
  std::string id;        // the application's label, or the contentInstance's rn
  std::string request;   // rn of the contentInstance
  std::string endpoint;  // member "ep"; "" in an endpoint's own container
  std::string op;        // as written: "write"
  lwm2m::Operation operation;
  // Alternate root path of the client that it goes to, or its prefix behind a gateway: what names
  // of its answer may begin with.
  std::string root_path = "/";
  std::chrono::seconds ttl{86400};
  bool high_priority = false;
  // Of firmware-update and firmware-cancel, in place of `operation`, whose path is then /5/0.
  std::optional<FirmwareCommand> firmware;
};

// Reads everything but what needs the endpoint; the error's detail is what the outcome's `reason`
// says. `id` must be ≤ 64 of A-Za-z0-9._- else the rn is used. Values are typed by `model` (Time
// integer, Opaque base64, Objlnk "66:0", beyond 2^53 as string) and stand in `operation.records`,
// since their format is chosen for the client when they are sent. `operation.paths` is sorted.
struct RefusedCommand {
  std::string id, request, endpoint, op, path;  // as far as they could be read
  onem2m::Error error;
};
tl::expected<Command, RefusedCommand> ParseCommand(std::string_view content,
                                                   std::string_view resource_name,
                                                   const lwm2m::ObjectModel& model);

// ATT-8: attributes in the query of an Observe are of LwM2M 1.2. For a client of an earlier
// `version` they are taken out of `operation` and returned as the Write-Attributes that is to go
// before it; nullopt when there is nothing to take.
std::optional<lwm2m::Operation> TakeAttributes(lwm2m::Operation& operation,
                                               std::string_view version);

// What stands against running `operation` on the client of `registration`: an operation, path or
// attribute of a later LwM2M than it registered with (5001, naming both), an object
// that it did not declare (4004). Nothing is sent then.
onem2m::Result<void> CheckClient(const lwm2m::Operation& operation,
                                 const lwm2m::Registration& registration);

// A contentInstance that an application put into the container of `path` (commands: direct): a
// Write of a writable resource with `con` in text form (base64 for opaque), an Execute with `con`
// as arguments, a Write of the encoded instance in transparent mode.
onem2m::Result<lwm2m::Operation> DirectOperation(const lwm2m::Path& path,
                                                 const onem2m::ContentInstance& instance,
                                                 const lwm2m::ObjectModel& model);
// True when a contentInstance of an application in that container can mean something.
bool AcceptsDirectCommand(const lwm2m::Path& path, const lwm2m::ObjectModel& model);

enum class CommandStatus { kDone, kFailed, kExpired, kAccepted, kRunning };

// The contentInstance for `responses`: con = the JSON of docs/mapping.md, label
// `LWM2M-Request:<id>`.
onem2m::ContentInstance CommandOutcome(const Command& command, std::string_view endpoint,
                                       const lwm2m::Outcome& outcome,
                                       const lwm2m::ObjectModel& model);
onem2m::ContentInstance CommandOutcome(const RefusedCommand& refused, std::string_view endpoint);
// Expired before it was run, accepted for a sleeping device, or failed for a reason of our own.
onem2m::ContentInstance CommandOutcome(const Command& command, std::string_view endpoint,
                                       CommandStatus status, onem2m::ResponseStatusCode rsc,
                                       std::string_view reason);
// A firmware update, under way or at its end.
onem2m::ContentInstance CommandOutcome(const Command& command, const FirmwareReport& report);

}  // namespace mapping

#endif  // MAPPING_COMMANDS_H_
