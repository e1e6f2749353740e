// The objects of one simulated device and how they behave.
#ifndef LWM2M_SIMULATOR_DEVICE_H_
#define LWM2M_SIMULATOR_DEVICE_H_

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lwm2m/path.h"
#include "lwm2m/simulator/payload.h"

namespace lwm2m::simulator {

using TimePoint = std::chrono::steady_clock::time_point;

// Operations of a server on a resource, a sum.
inline constexpr unsigned kReadable = 1;
inline constexpr unsigned kWritable = 2;
inline constexpr unsigned kExecutable = 4;

// A resource of the table that all devices share.
struct ResourceDefinition {
  Path path;
  DataType type = DataType::kNone;
  unsigned operations = 0;
  bool multiple = false;
};

// What an operation or the passing of time brought about, for the endpoint to act on.
struct Consequences {
  std::vector<Path> changed;  // leaves with a new value
  bool update = false;        // a registration parameter changed, or an Update was asked for
  bool reboot = false;        // the device starts again and registers anew
};

struct DeviceOptions {
  std::string serial_number;
  std::string binding = "U";
  std::chrono::seconds lifetime{300};
  std::chrono::milliseconds drift{2000};
  std::uint64_t seed = 1;
  std::int64_t unix_time = 0;  // when the steady clock shows `start`
  TimePoint start;
};

// Objects 1 Server, 3 Device, 5 Firmware Update and 3303 Temperature, one instance each, with the
// resources of LwM2M 1.0.2 Appendix D and E. Reads no clock and does no I/O.
//
// One thread only. Owns its values; the table of definitions is shared and immutable.
class Device {
 public:
  explicit Device(const DeviceOptions& options);

  static const std::vector<Path>& Instances();
  // The definition of the resource that a path of depth 3 or 4 names; nullptr when there is none.
  static const ResourceDefinition* FindResource(const Path& path);
  // All resources at or below an object or instance, in order.
  static std::vector<const ResourceDefinition*> ResourcesBelow(const Path& path);
  // True for every object, instance, resource and resource instance that is there.
  static bool Exists(const Path& path);

  // The readable values at or below `path`, sorted by path.
  std::vector<Leaf> Read(const Path& path, TimePoint now) const;

  // Requires an existing writable leaf and a value of its type; kInvalidValue outside its range.
  Result<void> Write(const Path& path, const Value& value, TimePoint now, Consequences& out);
  // Requires an executable resource; kNotAllowed in a state that forbids it.
  Result<void> Execute(const Path& path, Consequences& out, TimePoint now);

  // Drifting values and the firmware download go on in time.
  TimePoint next_step() const { return std::min(next_drift_, firmware_step_); }
  void Advance(TimePoint now, Consequences& out);

  std::chrono::seconds lifetime() const;
  // Default Minimum and Maximum Period, /1/0/2 and /1/0/3.
  std::int64_t default_pmin() const;
  std::int64_t default_pmax() const;

 private:
  const Value& ValueAt(const Path& path) const;
  template <typename T>
  void Set(const Path& path, T value, Consequences& out);
  void Drift(Consequences& out);
  void WriteFirmwareSource(const Path& path, std::string_view source, TimePoint now,
                           Consequences& out);
  double Random();  // in [-1, 1]

  std::vector<Value> values_;  // in step with the table of leaves
  std::uint64_t random_state_;
  std::chrono::milliseconds drift_;
  TimePoint start_;
  std::int64_t unix_time_;
  TimePoint next_drift_;
  TimePoint firmware_step_ = TimePoint::max();
  unsigned drifts_ = 0;
  unsigned firmware_revision_ = 0;
};

}  // namespace lwm2m::simulator

#endif  // LWM2M_SIMULATOR_DEVICE_H_
