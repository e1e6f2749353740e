#include "lwm2m/simulator/device.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace lwm2m::simulator {
namespace {

constexpr Path kLifetime{1, 0, 1};
constexpr Path kDefaultPmin{1, 0, 2};
constexpr Path kDefaultPmax{1, 0, 3};
constexpr Path kUpdateTrigger{1, 0, 8};
constexpr Path kFirmwareVersion{3, 0, 3};
constexpr Path kReboot{3, 0, 4};
constexpr Path kBatteryLevel{3, 0, 9};
constexpr Path kErrorCode{3, 0, 11, 0};
constexpr Path kResetErrorCode{3, 0, 12};
constexpr Path kCurrentTime{3, 0, 13};
constexpr Path kFirmwarePackage{5, 0, 0};
constexpr Path kFirmwareUri{5, 0, 1};
constexpr Path kFirmwareUpdate{5, 0, 2};
constexpr Path kFirmwareState{5, 0, 3};
constexpr Path kFirmwareResult{5, 0, 5};
constexpr Path kMeasuredMin{3303, 0, 5601};
constexpr Path kMeasuredMax{3303, 0, 5602};
constexpr Path kResetMinMax{3303, 0, 5605};
constexpr Path kTemperature{3303, 0, 5700};

// /5/0/3 State and /5/0/5 Update Result.  (LwM2M 1.0.2 §E.6)
enum FirmwareState : std::int64_t { kIdle = 0, kDownloading = 1, kDownloaded = 2, kUpdating = 3 };
enum FirmwareResult : std::int64_t { kInitial = 0, kSuccess = 1, kInvalidUri = 7 };

constexpr auto kDownloadTime = std::chrono::seconds(2);
constexpr auto kUpdateTime = std::chrono::seconds(3);
constexpr double kMeanTemperature = 21.0;
constexpr unsigned kDriftsPerBatteryPercent = 30;

struct InitialLeaf {
  Path path;
  DataType type;
  unsigned operations;
  Value value;
};

std::string Text(const char* text) { return text; }

// Leaves in the order of their paths.
const std::vector<InitialLeaf>& Leaves() {
  using enum DataType;
  using Number = std::int64_t;
  constexpr unsigned kReadWrite = kReadable | kWritable;
  static const std::vector<InitialLeaf> kLeaves = {
      {Path(1, 0, 0), kInteger, kReadable, Number{1}},
      {kLifetime, kInteger, kReadWrite, Number{300}},
      {kDefaultPmin, kInteger, kReadWrite, Number{0}},
      {kDefaultPmax, kInteger, kReadWrite, Number{0}},
      {Path(1, 0, 6), kBoolean, kReadWrite, false},
      {Path(1, 0, 7), kString, kReadable, Text("U")},
      {kUpdateTrigger, kNone, kExecutable, Number{0}},
      {Path(3, 0, 0), kString, kReadable, Text("Simulated Devices")},
      {Path(3, 0, 1), kString, kReadable, Text("Thermometer One")},
      {Path(3, 0, 2), kString, kReadable, Text("0")},
      {kFirmwareVersion, kString, kReadable, Text("1.0.0")},
      {kReboot, kNone, kExecutable, Number{0}},
      {Path(3, 0, 6, 0), kInteger, kReadable, Number{1}},
      {Path(3, 0, 6, 1), kInteger, kReadable, Number{5}},
      {Path(3, 0, 7, 0), kInteger, kReadable, Number{3800}},
      {Path(3, 0, 7, 1), kInteger, kReadable, Number{5000}},
      {kBatteryLevel, kInteger, kReadable, Number{100}},
      {Path(3, 0, 10), kInteger, kReadable, Number{15}},
      {kErrorCode, kInteger, kReadable, Number{0}},
      {kResetErrorCode, kNone, kExecutable, Number{0}},
      {kCurrentTime, kTime, kReadWrite, Number{0}},
      {Path(3, 0, 14), kString, kReadWrite, Text("+00:00")},
      {Path(3, 0, 15), kString, kReadWrite, Text("Etc/UTC")},
      {Path(3, 0, 16), kString, kReadable, Text("U")},
      {Path(3, 0, 20), kInteger, kReadable, Number{0}},
      {Path(3, 0, 21), kInteger, kReadable, Number{64}},
      {kFirmwarePackage, kOpaque, kWritable, Text("")},
      {kFirmwareUri, kString, kReadWrite, Text("")},
      {kFirmwareUpdate, kNone, kExecutable, Number{0}},
      {kFirmwareState, kInteger, kReadable, Number{kIdle}},
      {kFirmwareResult, kInteger, kReadable, Number{kInitial}},
      {Path(5, 0, 9), kInteger, kReadable, Number{2}},
      {kMeasuredMin, kFloat, kReadable, kMeanTemperature},
      {kMeasuredMax, kFloat, kReadable, kMeanTemperature},
      {Path(3303, 0, 5603), kFloat, kReadable, -40.0},
      {Path(3303, 0, 5604), kFloat, kReadable, 85.0},
      {kResetMinMax, kNone, kExecutable, Number{0}},
      {kTemperature, kFloat, kReadable, kMeanTemperature},
      {Path(3303, 0, 5701), kString, kReadable, Text("Cel")},
  };
  return kLeaves;
}

const std::vector<ResourceDefinition>& Resources() {
  static const std::vector<ResourceDefinition> kResources = [] {
    std::vector<ResourceDefinition> resources;
    for (const InitialLeaf& leaf : Leaves()) {
      const Path path = leaf.path.Prefix(3);
      if (!resources.empty() && resources.back().path == path) continue;
      resources.push_back({path, leaf.type, leaf.operations, leaf.path.depth() == 4});
    }
    return resources;
  }();
  return kResources;
}

std::size_t IndexOf(const Path& path) {
  const auto& leaves = Leaves();
  const auto found =
      std::lower_bound(leaves.begin(), leaves.end(), path,
                       [](const InitialLeaf& leaf, const Path& p) { return leaf.path < p; });
  return static_cast<std::size_t>(found - leaves.begin());
}

bool HasKnownScheme(std::string_view uri) {
  for (const std::string_view scheme : {"coap://", "coaps://", "http://", "https://"}) {
    if (uri.size() > scheme.size() && uri.substr(0, scheme.size()) == scheme) return true;
  }
  return false;
}

}  // namespace

Device::Device(const DeviceOptions& options)
    : random_state_(options.seed),
      drift_(options.drift),
      start_(options.start),
      unix_time_(options.unix_time),
      next_drift_(options.start + options.drift) {
  values_.reserve(Leaves().size());
  for (const InitialLeaf& leaf : Leaves()) values_.push_back(leaf.value);
  Consequences unheard;
  Set(kLifetime, static_cast<std::int64_t>(options.lifetime.count()), unheard);
  Set(Path(1, 0, 7), options.binding, unheard);
  Set(Path(3, 0, 16), options.binding, unheard);
  Set(Path(3, 0, 2), options.serial_number, unheard);
  // A fleet that starts together shall not have one temperature.
  const double first = kMeanTemperature + std::round(Random() * 300) / 100;
  for (const Path& path : {kTemperature, kMeasuredMin, kMeasuredMax}) Set(path, first, unheard);
  const double share = (Random() + 1) / 2;
  Set(kBatteryLevel, static_cast<std::int64_t>(60 + std::lround(40 * share)), unheard);
}

const std::vector<Path>& Device::Instances() {
  static const std::vector<Path> kInstances = {Path(1, 0), Path(3, 0), Path(5, 0), Path(3303, 0)};
  return kInstances;
}

const ResourceDefinition* Device::FindResource(const Path& path) {
  if (path.depth() < 3) return nullptr;
  for (const ResourceDefinition& resource : Resources()) {
    if (resource.path == path.Prefix(3)) return &resource;
  }
  return nullptr;
}

std::vector<const ResourceDefinition*> Device::ResourcesBelow(const Path& path) {
  std::vector<const ResourceDefinition*> below;
  for (const ResourceDefinition& resource : Resources()) {
    if (path.Contains(resource.path)) below.push_back(&resource);
  }
  return below;
}

bool Device::Exists(const Path& path) {
  return !path.is_root() && std::any_of(Leaves().begin(), Leaves().end(),
                                        [&](const auto& leaf) { return path.Contains(leaf.path); });
}

std::vector<Leaf> Device::Read(const Path& path, TimePoint now) const {
  std::vector<Leaf> leaves;
  for (std::size_t i = 0; i < values_.size(); ++i) {
    const InitialLeaf& leaf = Leaves()[i];
    if (!path.Contains(leaf.path) || (leaf.operations & kReadable) == 0) continue;
    leaves.push_back({leaf.path, leaf.type, values_[i]});
    if (leaf.path == kCurrentTime) {
      const auto elapsed = std::chrono::duration_cast<std::chrono::seconds>(now - start_);
      leaves.back().value = unix_time_ + static_cast<std::int64_t>(elapsed.count());
    }
  }
  return leaves;
}

Result<void> Device::Write(const Path& path, const Value& value, TimePoint now, Consequences& out) {
  // All writable numbers are periods and times; 32 bits of seconds hold each of them.
  if (const auto* number = std::get_if<std::int64_t>(&value);
      number != nullptr && (*number < 0 || *number > 0xffffffff)) {
    return InvalidValue(path.ToString() + " outside 0..4294967295");
  }
  if (path == kFirmwarePackage || path == kFirmwareUri) {
    WriteFirmwareSource(path, std::get<std::string>(value), now, out);
  } else if (path == kCurrentTime) {
    start_ = now;
    unix_time_ = std::get<std::int64_t>(value);
    out.changed.push_back(path);
  } else {
    Set(path, value, out);
    // LwM2M 1.0.2 §5.3.2: a new Lifetime is told to the server by an Update.
    out.update = out.update || path == kLifetime;
  }
  return {};
}

// FW-1, FW-2, FW-4: an empty URI or a package of one NUL octet returns to Idle.
void Device::WriteFirmwareSource(const Path& path, std::string_view source, TimePoint now,
                                 Consequences& out) {
  // A package is accepted and forgotten: 10,000 devices shall not keep 10,000 images.
  if (path == kFirmwareUri) Set(kFirmwareUri, std::string(source), out);
  std::int64_t state = kIdle;
  std::int64_t result = kInitial;
  firmware_step_ = TimePoint::max();
  const bool reset = source.empty() || (path == kFirmwarePackage && source == std::string(1, '\0'));
  if (!reset && path == kFirmwarePackage) {
    state = kDownloaded;
  } else if (!reset && HasKnownScheme(source)) {
    state = kDownloading;
    firmware_step_ = now + kDownloadTime;
  } else if (!reset) {
    result = kInvalidUri;
  }
  Set(kFirmwareState, state, out);
  Set(kFirmwareResult, result, out);
}

Result<void> Device::Execute(const Path& path, Consequences& out, TimePoint now) {
  if (path == kUpdateTrigger) out.update = true;
  if (path == kReboot) out.reboot = true;
  if (path == kResetErrorCode) Set(kErrorCode, std::int64_t{0}, out);
  if (path == kResetMinMax) {
    const double current = std::get<double>(ValueAt(kTemperature));
    Set(kMeasuredMin, current, out);
    Set(kMeasuredMax, current, out);
  }
  if (path == kFirmwareUpdate) {
    // FW-5: "Execute /5/0/2 only in state 2".
    if (ValueAt(kFirmwareState) != Value(std::int64_t{kDownloaded})) {
      return tl::unexpected(Error{ErrorKind::kNotAllowed, "/5/0/2 while State is not Downloaded"});
    }
    Set(kFirmwareState, std::int64_t{kUpdating}, out);
    firmware_step_ = now + kUpdateTime;
  }
  return {};
}

void Device::Advance(TimePoint now, Consequences& out) {
  if (now >= next_drift_) {
    Drift(out);
    next_drift_ = std::max(next_drift_ + drift_, now);
  }
  if (now < firmware_step_) return;
  firmware_step_ = TimePoint::max();
  if (ValueAt(kFirmwareState) == Value(std::int64_t{kDownloading})) {
    Set(kFirmwareState, std::int64_t{kDownloaded}, out);
    return;
  }
  // FW-7: after the update the client registers again, with a new /3/0/3.
  ++firmware_revision_;
  Set(kFirmwareVersion, "1.0." + std::to_string(firmware_revision_), out);
  Set(kFirmwareState, std::int64_t{kIdle}, out);
  Set(kFirmwareResult, std::int64_t{kSuccess}, out);
  out.reboot = true;
}

void Device::Drift(Consequences& out) {
  const double before = std::get<double>(ValueAt(kTemperature));
  const double drifted = before + Random() * 0.25 + (kMeanTemperature - before) * 0.05;
  const double now = std::round(drifted * 100) / 100;
  Set(kTemperature, now, out);
  if (now < std::get<double>(ValueAt(kMeasuredMin))) Set(kMeasuredMin, now, out);
  if (now > std::get<double>(ValueAt(kMeasuredMax))) Set(kMeasuredMax, now, out);
  if (++drifts_ % kDriftsPerBatteryPercent == 0) {
    const auto level = std::get<std::int64_t>(ValueAt(kBatteryLevel));
    Set(kBatteryLevel, level > 1 ? level - 1 : std::int64_t{100}, out);
  }
}

std::chrono::seconds Device::lifetime() const {
  return std::chrono::seconds(std::get<std::int64_t>(ValueAt(kLifetime)));
}

std::int64_t Device::default_pmin() const { return std::get<std::int64_t>(ValueAt(kDefaultPmin)); }

std::int64_t Device::default_pmax() const { return std::get<std::int64_t>(ValueAt(kDefaultPmax)); }

const Value& Device::ValueAt(const Path& path) const { return values_[IndexOf(path)]; }

template <typename T>
void Device::Set(const Path& path, T value, Consequences& out) {
  Value& held = values_[IndexOf(path)];
  Value wanted(std::move(value));
  if (held == wanted) return;
  held = std::move(wanted);
  out.changed.push_back(path);
}

// SplitMix64 (public domain, Steele, Lea, Flood: "Fast splittable pseudorandom number generators"):
// eight octets of state, where a standard engine would cost each device 2.5 kB.
double Device::Random() {
  random_state_ += 0x9e3779b97f4a7c15u;
  std::uint64_t mixed = random_state_;
  mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9u;
  mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebu;
  mixed ^= mixed >> 31;
  return static_cast<double>(mixed >> 11) * 0x1.0p-52 - 1.0;
}

}  // namespace lwm2m::simulator
