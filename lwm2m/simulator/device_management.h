// What a simulated device answers on the Device Management interface.  (LwM2M 1.0.2 §5.4)
#ifndef LWM2M_SIMULATOR_DEVICE_MANAGEMENT_H_
#define LWM2M_SIMULATOR_DEVICE_MANAGEMENT_H_

#include <optional>
#include <string>

#include "lwm2m/simulator/datagram.h"
#include "lwm2m/simulator/device.h"
#include "lwm2m/simulator/observation.h"

namespace lwm2m::simulator {

struct Answer {
  Code code = Code::kContent;
  std::optional<std::uint32_t> format;
  Octets payload;
};

// What a request did to the device, for the narration of a demo.
struct Deed {
  std::string what;  // "write", "execute", "write-attributes"; "" when nothing was done
  std::string path;
  std::string value;
};

// The path that Uri-Path names; kNotFound when it is not a path of LwM2M.
Result<Path> RequestPath(const Datagram& request);

// Read of whatever is readable at `path`, in the format asked for: also the content of a
// notification.
Answer Read(const Device& device, const Path& path, std::optional<std::uint32_t> accept,
            TimePoint now);

// Serves every request but Observe and block-wise transfers, which are kept by the endpoint.
// `request` carries its whole payload.
Answer Serve(const Datagram& request, Device& device, AttributeTable& attributes, TimePoint now,
             Consequences& consequences, Deed& deed);

}  // namespace lwm2m::simulator

#endif  // LWM2M_SIMULATOR_DEVICE_MANAGEMENT_H_
