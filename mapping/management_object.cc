#include "mapping/management_object.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>
#include <variant>

#include "mapping/object_discovery.h"
#include "onem2m/codec/short_names.h"

namespace mapping {
namespace {

namespace names = onem2m::short_names;
using onem2m::ActionStatus;
using onem2m::AttributeValue;

constexpr lwm2m::Id kDevice = 3;
constexpr lwm2m::Id kPowerSources = 6;
constexpr lwm2m::Id kFirstManaged = 3;  // Security, Server and Access Control are the servers' own
constexpr std::int64_t kExternalBattery = 2;  // of Available Power Sources
constexpr std::string_view kExternalBatteryName = "externalBattery";
constexpr std::string_view kCoreNamespace = "m2m:";

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
char Lower(char c) { return IsUpper(c) ? static_cast<char>(c - 'A' + 'a') : c; }
char Upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

std::string Numbered(std::string_view name, lwm2m::Id number) {
  return std::string(name) + "-" + std::to_string(number);
}

const lwm2m::ObjectDefinition* DefinitionOf(lwm2m::Id object, const ManagementRules& rules) {
  const auto& versions = rules.registration.objects->versions;
  const auto version = versions.find(object);
  return rules.model.Find(object, version == versions.end() ? "" : version->second);
}

bool IsManaged(const lwm2m::Path& instance, const ManagementRules& rules) {
  return instance.is_instance() && instance.object() >= kFirstManaged &&
         rules.registration.objects->Has(instance) &&
         rules.profile.For(rules.registration.endpoint, instance).management_object;
}

// Another declared object of a lower number that has the same name keeps it.
bool IsNameTaken(const std::string& name, lwm2m::Id object, const ManagementRules& rules) {
  const auto& paths = rules.registration.objects->paths;
  return std::any_of(paths.begin(), paths.end(), [&](const lwm2m::Path& path) {
    if (path.object() >= object) return false;
    const lwm2m::ObjectDefinition* other = DefinitionOf(path.object(), rules);
    return other != nullptr && CamelCase(other->name) == name;
  });
}

std::optional<ManagementPlan> GenericPlan(const lwm2m::Path& instance,
                                          const ManagementRules& rules) {
  const lwm2m::ObjectDefinition* definition = DefinitionOf(instance.object(), rules);
  if (definition == nullptr) return std::nullopt;
  std::string name = CamelCase(definition->name);
  if (name.empty() || IsNameTaken(name, instance.object(), rules)) {
    name += (name.empty() ? "object" : "") + std::to_string(instance.object());
  }
  return ManagementPlan{Numbered(name, instance.instance()), std::string(kCoreNamespace) + name,
                        Specialisation::kGeneric, instance};
}

ManagementPlan StandardPlan(const SpecialisationRow& row, const lwm2m::Path& instance) {
  const bool numbered = row.numbered || instance.instance() != 0;
  return {numbered ? Numbered(row.name, instance.instance()) : std::string(row.name),
          std::string(row.root), row.specialisation, instance};
}

std::vector<ManagementPlan> PlansOf(const lwm2m::Path& instance, const ManagementRules& rules) {
  std::vector<ManagementPlan> plans;
  for (const SpecialisationRow& row : SpecialisationRows()) {
    if (row.object == instance.object()) plans.push_back(StandardPlan(row, instance));
  }
  if (!plans.empty()) return plans;
  if (auto generic = GenericPlan(instance, rules)) plans.push_back(*std::move(generic));
  return plans;
}

ManagementPlan ExternalBattery(const lwm2m::Path& instance, lwm2m::Id source) {
  return {Numbered(kExternalBatteryName, source), std::string(names::kBattery),
          Specialisation::kBattery, instance};
}

// ---- values

std::optional<std::int64_t> IntegerOf(const lwm2m::Value& value) {
  const auto converted = lwm2m::ConvertTo(lwm2m::Type::kInteger, value);
  if (!converted) return std::nullopt;
  return std::get<std::int64_t>(*converted);
}

std::optional<AttributeValue> Status(std::string_view action, int status) {
  return ActionStatus{std::string(action), status};
}

constexpr int kSuccessful = 1;
constexpr int kFailure = 2;
constexpr int kInProcess = 3;

// Update Result of Firmware Update: 1 success, 11 deferred, all others are failures.
std::optional<AttributeValue> FirmwareResultStatus(std::int64_t result) {
  if (result == 0) return std::nullopt;
  if (result == 1) return Status(names::kUpdate, kSuccessful);
  return Status(names::kUpdate, result == 11 ? kInProcess : kFailure);
}

// Update State of Software Management: 1 … 3 on the way to delivered, 4 installed.
std::optional<AttributeValue> SoftwareStateStatus(std::int64_t state) {
  if (state < 1 || state > 4) return std::nullopt;
  return Status(names::kInstall, state == 4 ? kSuccessful : kInProcess);
}

// Update Result of Software Management: 2 installed, 50 and above errors.
std::optional<AttributeValue> SoftwareResultStatus(std::int64_t result) {
  if (result == 2) return Status(names::kInstall, kSuccessful);
  if (result >= 50) return Status(names::kInstall, kFailure);
  return std::nullopt;
}

// Log Class: 1 system, 2 security, 3 event, 4 trace, 5 panic as in logTypeId; generic is told as
// system, what came later (charging) as event.
std::int64_t LogTypeOf(std::int64_t log_class) {
  if (log_class < 1) return 1;
  return log_class > 5 ? 3 : log_class;
}

// LogStatus: bit 0 stopped, bit 2 an error; logStatus: 1 started, 2 stopped, 5 error.
std::int64_t LogStatusOf(std::int64_t bits) {
  if ((bits & 4) != 0) return 5;
  return (bits & 1) != 0 ? 2 : 1;
}

std::optional<AttributeValue> FromInteger(Conversion conversion, std::int64_t number) {
  switch (conversion) {
    case Conversion::kInteger:
      return number;
    case Conversion::kKilobytes: {
      constexpr std::int64_t kOctets = 1000;
      if (number < 0 || number > std::numeric_limits<std::int64_t>::max() / kOctets) {
        return std::nullopt;
      }
      return number * kOctets;
    }
    case Conversion::kBatteryStatus:
      // LwM2M counts from 0, m2m:batteryStatus from 1, in the same order up to unknown.
      return number < 0 || number > 6 ? std::int64_t{7} : number + 1;
    case Conversion::kLogType:
      return LogTypeOf(number);
    case Conversion::kLogStatus:
      return LogStatusOf(number);
    case Conversion::kFirmwareState:
      return number == 0 ? std::nullopt : Status(names::kUpdate, kInProcess);
    case Conversion::kFirmwareResult:
      return FirmwareResultStatus(number);
    case Conversion::kSoftwareState:
      return SoftwareStateStatus(number);
    case Conversion::kSoftwareResult:
      return SoftwareResultStatus(number);
    case Conversion::kText:
    case Conversion::kBoolean:
    case Conversion::kTimestamp:
    case Conversion::kActivation:
    case Conversion::kUri:
    case Conversion::kExecute:
    case Conversion::kUpdateFirmware:
      break;
  }
  return std::nullopt;
}

std::optional<AttributeValue> Convert(Conversion conversion, const lwm2m::Value& value) {
  switch (conversion) {
    case Conversion::kText:
      return lwm2m::ToText(value);
    case Conversion::kBoolean:
    case Conversion::kActivation: {
      const bool* truth = std::get_if<bool>(&value);
      if (truth == nullptr) return std::nullopt;
      if (conversion == Conversion::kBoolean) return *truth;
      return Status(*truth ? names::kActivate : names::kDeactivate, kSuccessful);
    }
    case Conversion::kTimestamp: {
      const auto* time = std::get_if<lwm2m::Time>(&value);
      if (time == nullptr) return std::nullopt;
      return onem2m::FormatTimestamp(time->seconds);
    }
    case Conversion::kUri:
    case Conversion::kExecute:
    case Conversion::kUpdateFirmware:
      return std::nullopt;
    default:
      break;
  }
  const auto number = IntegerOf(value);
  return number ? FromInteger(conversion, *number) : std::nullopt;
}

// TS-0005 §6.7: an [objectAttribute] has the type that its resource has.
AttributeValue GenericValue(const lwm2m::Value& value) {
  return std::visit(
      [&](const auto& held) -> AttributeValue {
        using Held = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<Held, bool> || std::is_same_v<Held, std::int64_t> ||
                      std::is_same_v<Held, double> || std::is_same_v<Held, std::string>) {
          return held;
        } else if constexpr (std::is_same_v<Held, std::uint64_t>) {
          constexpr auto kLargest = std::numeric_limits<std::int64_t>::max();
          if (held > static_cast<std::uint64_t>(kLargest)) return std::to_string(held);
          return static_cast<std::int64_t>(held);
        } else if constexpr (std::is_same_v<Held, lwm2m::Time>) {
          return onem2m::FormatTimestamp(held.seconds);
        } else {
          return lwm2m::ToText(value);
        }
      },
      value);
}

// Collects attributes by <mgmtObj>, in the order in which they come up.
class UpdateCollector {
 public:
  explicit UpdateCollector(const ManagementRules& rules) : rules_(rules) {}

  void Add(const lwm2m::Record& record);
  std::vector<ManagementUpdate> Take() { return std::move(updates_); }

 private:
  onem2m::NamedAttributes& AttributesOf(const ManagementPlan& plan);
  void Set(const ManagementPlan& plan, std::string_view name, AttributeValue value) {
    onem2m::SetAttribute(AttributesOf(plan), name, std::move(value));
  }
  void AddGeneric(const lwm2m::Record& record);
  void AddTo(const ManagementRow& row, const lwm2m::Path& instance, const lwm2m::Value& value);

  const ManagementRules& rules_;
  std::vector<ManagementUpdate> updates_;
};

onem2m::NamedAttributes& UpdateCollector::AttributesOf(const ManagementPlan& plan) {
  const auto found =
      std::find_if(updates_.begin(), updates_.end(),
                   [&](const ManagementUpdate& update) { return update.object.name == plan.name; });
  if (found != updates_.end()) return found->attributes;
  updates_.push_back({plan, {}});
  return updates_.back().attributes;
}

void UpdateCollector::AddTo(const ManagementRow& row, const lwm2m::Path& instance,
                            const lwm2m::Value& value) {
  if (!IsManaged(instance, rules_)) return;
  auto attribute = Convert(row.conversion, value);
  if (!attribute) return;
  Set(StandardPlan(*FindSpecialisation(row.specialisation), instance), row.attribute,
      *std::move(attribute));
}

void UpdateCollector::Add(const lwm2m::Record& record) {
  const lwm2m::Path& path = record.path;
  if (path.depth() < 3) return;
  bool is_standard = false;
  for (const SpecialisationRow& row : SpecialisationRows()) {
    is_standard |= row.object == path.object();
  }
  if (!is_standard) return AddGeneric(record);
  if (path.object() == kDevice && path.resource() == kPowerSources && path.depth() == 4) {
    // The level and the status that Device tells are those of the internal battery. Of an external
    // one it tells that it is there.
    if (IntegerOf(record.value) == kExternalBattery && IsManaged(path.Prefix(2), rules_)) {
      const SpecialisationRow& battery = *FindSpecialisation(Specialisation::kBattery);
      for (const MandatoryAttribute& unknown : battery.mandatory) {
        Set(ExternalBattery(path.Prefix(2), path.resource_instance()), unknown.name,
            unknown.unknown);
      }
    }
    return;
  }
  if (path.depth() != 3) return;
  for (const ManagementRow& row : ManagementRows()) {
    if (row.object != path.object() || row.resource != path.resource()) continue;
    const lwm2m::Id home = FindSpecialisation(row.specialisation)->object;
    if (home == path.object()) {
      AddTo(row, path.Prefix(2), record.value);
      continue;
    }
    // What Device says about another object.
    for (const lwm2m::Path& declared : rules_.registration.objects->paths) {
      if (declared.object() == home) AddTo(row, declared, record.value);
    }
  }
}

void UpdateCollector::AddGeneric(const lwm2m::Record& record) {
  const lwm2m::Path instance = record.path.Prefix(2);
  if (!IsManaged(instance, rules_)) return;
  const auto plan = GenericPlan(instance, rules_);
  const auto* definition = plan ? DefinitionOf(instance.object(), rules_) : nullptr;
  const auto* resource = definition == nullptr ? nullptr : definition->Find(record.path.resource());
  if (resource == nullptr) return;
  // JSON has no number for it.
  const auto* number = std::get_if<double>(&record.value);
  if (number != nullptr && !std::isfinite(*number)) return;
  const std::string name = GenericAttribute(*definition, *resource);
  if (record.path.depth() == 3) return Set(*plan, name, GenericValue(record.value));
  // A multiple resource is a list.
  onem2m::NamedAttributes& attributes = AttributesOf(*plan);
  const AttributeValue* listed = onem2m::FindAttribute(attributes, name);
  std::vector<std::string> list;
  if (listed != nullptr) list = onem2m::AsList(*listed).value_or(list);
  list.push_back(lwm2m::ToText(record.value));
  onem2m::SetAttribute(attributes, name, std::move(list));
}

}  // namespace

std::string CamelCase(std::string_view name) {
  std::string result;
  std::size_t at = 0;
  while (at < name.size()) {
    if (!IsLetter(name[at]) && !IsDigit(name[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < name.size() && (IsLetter(name[end]) || IsDigit(name[end]))) ++end;
    std::string word(name.substr(at, end - at));
    // An abbreviation is a word like others: "SMSC address" is smscAddress.
    if (std::none_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; })) {
      std::transform(word.begin(), word.end(), word.begin(), Lower);
    }
    word.front() = result.empty() ? Lower(word.front()) : Upper(word.front());
    result += word;
    at = end;
  }
  return result;
}

std::string GenericAttribute(const lwm2m::ObjectDefinition& object,
                             const lwm2m::ResourceDefinition& resource) {
  std::string name = CamelCase(resource.name);
  const bool twice = std::any_of(
      object.resources.begin(), object.resources.end(),
      [&](const auto& other) { return other.id < resource.id && CamelCase(other.name) == name; });
  if (name.empty() || twice) name += (name.empty() ? "r" : "") + std::to_string(resource.id);
  return name;
}

std::vector<ManagementPlan> PlanManagementObjects(const ManagementRules& rules) {
  std::vector<ManagementPlan> plans;
  for (const lwm2m::Path& path : rules.registration.objects->paths) {
    if (!IsManaged(path, rules)) continue;
    for (ManagementPlan& plan : PlansOf(path, rules)) plans.push_back(std::move(plan));
  }
  return plans;
}

std::optional<ManagementPlan> FindManagementObject(std::string_view name,
                                                   const ManagementRules& rules) {
  for (ManagementPlan& plan : PlanManagementObjects(rules)) {
    if (plan.name == name) return std::move(plan);
    if (plan.specialisation != Specialisation::kBattery) continue;
    const std::string external = std::string(kExternalBatteryName) + "-";
    if (name.substr(0, external.size()) == external) {
      plan.name = name;
      return std::move(plan);
    }
  }
  return std::nullopt;
}

std::vector<ManagementUpdate> ManagementUpdates(const std::vector<lwm2m::Record>& records,
                                                const ManagementRules& rules) {
  UpdateCollector collector(rules);
  for (const lwm2m::Record& record : records) collector.Add(record);
  return collector.Take();
}

onem2m::ManagementObject BuildManagementObject(const ManagementPlan& object,
                                               const onem2m::NamedAttributes& attributes,
                                               const lwm2m::Registration& registration,
                                               const Context& context,
                                               const std::string& expiration_time) {
  const lwm2m::ObjectList& objects = registration.objects;
  onem2m::ManagementObject built;
  built.resource_name = object.name;
  built.root = object.root;
  built.definition = static_cast<std::int64_t>(object.specialisation);
  built.labels = ContainerLabels(object.instance, objects, context.labels);
  built.access_control_policy_ids = context.access_control_policy_ids;
  if (context.expiration == Expiration::kExact) built.expiration_time = expiration_time;
  // TS-0005 §6.2.2, §6.2.3: the URN of the object, and where its instance is on the device, an
  // alternate root path included.
  const lwm2m::Id id = object.instance.object();
  const auto version = objects.versions.find(id);
  built.object_ids = {
      lwm2m::ObjectUrn(id, version == objects.versions.end() ? "" : version->second)};
  const std::string root = objects.root_path == "/" ? "" : objects.root_path;
  built.object_paths = {root + object.instance.ToString()};
  for (const onem2m::NamedAttribute& attribute : attributes) {
    if (!IsNotForCreate(object.specialisation, attribute.name)) {
      built.attributes.push_back(attribute);
    }
  }
  if (const SpecialisationRow* row = FindSpecialisation(object.specialisation)) {
    for (const MandatoryAttribute& mandatory : row->mandatory) {
      if (onem2m::FindAttribute(built.attributes, mandatory.name) == nullptr) {
        onem2m::SetAttribute(built.attributes, mandatory.name, mandatory.unknown);
      }
    }
  }
  return built;
}

bool IsTicking(const ManagementPlan& object, std::string_view attribute) {
  return object.specialisation == Specialisation::kDeviceInfo && attribute == names::kSystemTime;
}

}  // namespace mapping
