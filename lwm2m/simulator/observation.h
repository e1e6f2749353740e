// Observations and their attributes on the side of the device.
#ifndef LWM2M_SIMULATOR_OBSERVATION_H_
#define LWM2M_SIMULATOR_OBSERVATION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lwm2m/error.h"
#include "lwm2m/path.h"
#include "lwm2m/simulator/device.h"
#include "lwm2m/simulator/payload.h"

namespace lwm2m::simulator {

// The NOTIFICATION attributes of LwM2M 1.0.2 §5.1.2.
struct NotificationAttributes {
  std::optional<std::int64_t> pmin, pmax;
  std::optional<double> gt, lt, st;

  // ";pmin=10;pmax=60", as Discover shows them.
  std::string ToLinkParameters() const;
};

// What Write-Attributes attached where. A value.
class AttributeTable {
 public:
  // The Uri-Query options of a Write-Attributes on an existing path; all or nothing. kMalformed for
  // an unknown name, a wrong value, or a combination that ATT-3 forbids.
  Result<void> Apply(const Path& path, const std::vector<std::string>& queries);

  NotificationAttributes Own(const Path& path) const;
  // With what the levels above lend: resource over instance over object.  (ATT-2)
  NotificationAttributes Effective(const Path& path) const;
  void Clear() { attached_.clear(); }

 private:
  std::vector<std::pair<Path, NotificationAttributes>> attached_;
};

// One observation of a server. A value.
struct Observation {
  Octets token;
  Path path;
  std::optional<std::uint32_t> accept;
  std::uint32_t sequence = 0;  // RFC 7641 §4.4: 24 bits are sent
  std::uint64_t sent = 0;      // notifications, without the answer to the Observe
  std::uint16_t last_message_id = 0;
  TimePoint last_sent_at;
  bool pending = false;                           // a change waits for pmin
  std::vector<std::pair<Path, double>> reported;  // numbers of the last notification

  // Remembers the numbers that a message with these values reports.
  void Report(const std::vector<Leaf>& leaves, TimePoint now);
  // Becomes pending when one of the changed values has to be told.  (ATT-6)
  void Consider(const std::vector<Path>& changed, const Device& device,
                const AttributeTable& attributes, TimePoint now);
  // When the next notification is due: TimePoint::max() for "not before something changes".
  TimePoint Due(const Device& device, const AttributeTable& attributes) const;
};

}  // namespace lwm2m::simulator

#endif  // LWM2M_SIMULATOR_OBSERVATION_H_
