// One client's registration and the parameters of Register and Update.
// (LwM2M Core 1.1.1 §6.2; Transport §6.4.3; C10 §5.3)
#ifndef LWM2M_REGISTRATION_H_
#define LWM2M_REGISTRATION_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lwm2m/core_link.h"
#include "lwm2m/error.h"
#include "lwm2m/message.h"
#include "lwm2m/shared.h"

namespace lwm2m {

// Steady time; the server never asks for it, it is told.
using TimePoint = std::chrono::steady_clock::time_point;
using Seconds = std::chrono::seconds;

inline constexpr Seconds kDefaultLifetime{86400};

// Uri-Query of Register and Update; only what was present.  (§3.1 of the registration interface)
struct RegistrationQuery {
  std::optional<std::string> endpoint;    // ep
  std::optional<Seconds> lifetime;        // lt; 0: unlimited
  std::optional<std::string> version;     // lwm2m, "1.0"
  std::optional<std::string> binding;     // b
  bool queue_mode = false;                // Q (1.1+)
  std::optional<std::string> sms_number;  // sms
  std::optional<std::string> profile_id;  // pid (1.2)
  std::vector<std::string> unknown;       // ignored, kept for the log
};
// kMalformed names the parameter: lt not a number, ep empty, over 255 octets, not UTF-8 or with
// control characters; a parameter given twice.
// Quotes around the value of lt, lwm2m or b are removed (REG-23).
Result<RegistrationQuery> ParseRegistrationQuery(const std::vector<std::string>& queries);

// What an Endpoint Client Name has to be: 1 to 255 octets of UTF-8 without control characters.
bool IsEndpointName(std::string_view text);

// Whether `text` is a binding of that LwM2M version: U, UQ, S, SQ, US, UQS in 1.0; U, T, S, N and
// from 1.2 on M, H in any order, each once, after that.
bool IsBinding(std::string_view version, std::string_view text);

// What stands until the next Register or Update changes it.
struct Registration {
  std::string endpoint;  // Endpoint Client Name
  std::string handle;    // last segment of the Location, unguessable
  Peer peer;
  std::string version = "1.0";  // LwM2M enabler version announced
  Seconds lifetime = kDefaultLifetime;
  std::string binding = "U";
  bool queue_mode = false;  // Q, or Q inside b of 1.0  (QM-1)
  std::optional<std::string> sms_number;
  Shared<ObjectList> objects;
  // Endpoint Client Name of the LwM2M Gateway that this device is behind; "": of its own. Then
  // `peer` is the gateway's, `objects->root_path` the prefix, and the registration lasts as the
  // gateway's.
  std::string gateway = {};

  friend bool operator==(const Registration&, const Registration&) = default;
};

}  // namespace lwm2m

#endif  // LWM2M_REGISTRATION_H_
