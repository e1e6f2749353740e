// Devices behind an LwM2M Gateway, as its object 25 lists them.
// (LwM2M Gateway 1.1 §6, Annex A; object urn:oma:lwm2m:oma:25:2.0)
#ifndef LWM2M_GATEWAY_H_
#define LWM2M_GATEWAY_H_

#include <optional>
#include <string>
#include <vector>

#include "lwm2m/core_link.h"
#include "lwm2m/error.h"
#include "lwm2m/path.h"
#include "lwm2m/value.h"

namespace lwm2m {

inline constexpr Id kGatewayObject = 25;

// A device that an instance of object 25 stands for.
struct EndDevice {
  std::string endpoint;  // Device ID, which is its Endpoint Client Name
  ObjectList objects;    // with its prefix as root path
  friend bool operator==(const EndDevice&, const EndDevice&) = default;
};

// What is known of one instance of object 25. A value; several messages may bring its parts.
struct GatewayInstance {
  std::optional<std::string> device_id;  // /25/x/0
  std::optional<std::string> prefix;     // /25/x/1
  std::optional<std::string> objects;    // /25/x/3, link format
  // Takes a value of the instance; others, and values of another type, are passed over.
  void Take(const Record& record);
  bool complete() const { return device_id && prefix && objects; }
};

// Requires a complete `instance`. kMalformed or kInvalidValue: a Device ID that is no Endpoint
// Client Name, a prefix that is empty, has a segment of digits only (which could not be told from
// an object) or a character that no name of a payload may have, an object list that is no link
// format. Objects may be listed with or without the prefix. `formats` are those that the gateway
// announced.
Result<EndDevice> ReadEndDevice(const GatewayInstance& instance,
                                const std::vector<ContentFormat>& formats);

}  // namespace lwm2m

#endif  // LWM2M_GATEWAY_H_
