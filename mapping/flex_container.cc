#include "mapping/flex_container.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "mapping/identifiers.h"
#include "mapping/object_discovery.h"
#include "onem2m/module_classes.h"
#include "onem2m/types.h"

namespace mapping {

namespace {

using onem2m::AttributeValue;
using onem2m::DataPoint;
using onem2m::DataPointType;
using onem2m::ModuleClass;

// Which resource a data point is. `is`: the data point is a Boolean that is true for this value of
// an enumeration.
struct Source {
  std::string_view data_point;
  lwm2m::Id resource = 0;
  std::optional<std::int64_t> is;
};

struct ModuleRule {
  std::vector<std::pair<lwm2m::Id, lwm2m::Id>> objects;  // inclusive ranges
  std::string_view module;
  std::vector<Source> sources;
};

constexpr std::int64_t kBatteryCharging = 1;  // /3/0/20 (LwM2M Core 1.1.1 Table E.4-1)
constexpr std::int64_t kBatteryLow = 4;

// What TS-0023 has no module for, but is one number, is a `numberValue`; the labels of the instance
// container above it say of what.
const std::vector<ModuleRule>& Rules() {
  static const std::vector<ModuleRule> rules = {
      {{{3, 3}},
       "battery",
       {{"level", 9, {}}, {"charging", 20, kBatteryCharging}, {"lowBattery", 20, kBatteryLow}}},
      {{{4, 4}}, "signalStrength", {{"rssi", 2, {}}, {"lqi", 3, {}}}},
      {{{6, 6}},
       "geoLocation",
       {{"latitude", 0, {}},
        {"longitude", 1, {}},
        {"altitude", 2, {}},
        {"horizontalAccuracy", 3, {}}}},
      {{{3300, 3301}, {3316, 3321}, {3323, 3323}, {3325, 3330}, {3346, 3346}},
       "numberValue",
       {{"numberValue", 5700, {}}, {"minValue", 5603, {}}, {"maxValue", 5604, {}}}},
      {{{3302, 3302}}, "motionSensor", {{"alarm", 5500, {}}}},
      {{{3303, 3303}}, "temperature", {{"currentTemperature", 5700, {}}}},
      {{{3304, 3304}}, "relativeHumidity", {{"relativeHumidity", 5700, {}}}},
      {{{3305, 3305}},
       "energyConsumption",
       {{"power", 5800, {}}, {"absoluteEnergyConsumption", 5805, {}}}},
      {{{3306, 3306}, {3311, 3312}}, "binarySwitch", {{"state", 5850, {}}}},
      {{{3308, 3308}}, "numberValue", {{"numberValue", 5900, {}}}},
      {{{3311, 3311}}, "brightness", {{"brightness", 5851, {}}}},
      {{{3315, 3315}}, "barometer", {{"atmosphericPressure", 5700, {}}}},
      {{{3322, 3322}}, "weight", {{"weight", 5700, {}}}},
      {{{3324, 3324}}, "acousticSensor", {{"loudness", 5700, {}}}},
      // 5805 in its version 1.0.
      {{{3331, 3331}},
       "energyConsumption",
       {{"absoluteEnergyConsumption", 5700, {}}, {"absoluteEnergyConsumption", 5805, {}}}},
      {{{3332, 3332}}, "headingSensor", {{"heading", 5705, {}}}},
      // Text in its version 1.0.
      {{{3336, 3336}},
       "geoLocation",
       {{"latitude", 6051, {}},
        {"longitude", 6052, {}},
        {"latitude", 5514, {}},
        {"longitude", 5515, {}},
        {"heading", 5705, {}},
        {"horizontalAccuracy", 6053, {}}}},
      {{{3338, 3338}}, "alarmSpeaker", {{"alarmStatus", 5850, {}}}},
      {{{3342, 3342}}, "binarySwitch", {{"state", 5500, {}}}},
      {{{3343, 3343}}, "brightness", {{"brightness", 5548, {}}}},
      {{{3347, 3347}}, "pushButton", {{"pushed", 5500, {}}}},
  };
  return rules;
}

bool IsFor(const ModuleRule& rule, lwm2m::Id object) {
  return std::any_of(rule.objects.begin(), rule.objects.end(), [&](const auto& range) {
    return range.first <= object && object <= range.second;
  });
}

std::string AddressOf(const lwm2m::Path& path, std::string_view module) {
  return ContainerAddress(path.Prefix(2)) + "/" + std::string(module);
}

std::optional<double> NumberOf(const lwm2m::Value& value) {
  if (const auto* number = std::get_if<double>(&value)) return *number;
  if (const auto* number = std::get_if<std::int64_t>(&value)) return static_cast<double>(*number);
  if (const auto* number = std::get_if<std::uint64_t>(&value)) return static_cast<double>(*number);
  if (const auto* boolean = std::get_if<bool>(&value)) return *boolean ? 1 : 0;
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return std::nullopt;
  const auto read = lwm2m::FromText(lwm2m::Type::kFloat, *text);
  return read ? std::optional<double>(std::get<double>(*read)) : std::nullopt;
}

std::optional<AttributeValue> ToDataPoint(const Source& source, DataPointType type,
                                          const lwm2m::Value& value) {
  const auto number = NumberOf(value);
  if (!number || !std::isfinite(*number)) return std::nullopt;
  if (source.is) return AttributeValue(*number == static_cast<double>(*source.is));
  switch (type) {
    case DataPointType::kBoolean:
      return AttributeValue(*number != 0);
    case DataPointType::kInteger: {
      const auto integer = onem2m::AsInteger(std::round(*number));
      return integer ? std::optional<AttributeValue>(*integer) : std::nullopt;
    }
    case DataPointType::kFloat:
      return AttributeValue(*number);
  }
  return std::nullopt;
}

// The rule and module that an address names; nothing when there are none.
struct Place {
  const ModuleRule* rule = nullptr;
  const ModuleClass* module = nullptr;
  lwm2m::Path instance;
};

std::optional<Place> PlaceOf(std::string_view address) {
  const std::size_t slash = address.rfind('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto instance = lwm2m::Path::Parse("/" + std::string(address.substr(0, slash)));
  const std::string_view name = address.substr(slash + 1);
  if (!instance || !instance->is_instance()) return std::nullopt;
  for (const ModuleRule& rule : Rules()) {
    if (rule.module == name && IsFor(rule, instance->object())) {
      return Place{&rule, onem2m::FindModuleClass(name), *instance};
    }
  }
  return std::nullopt;
}

std::optional<std::string> TimestampOf(const lwm2m::Record& record) {
  constexpr double kYear10000 = 253402300800.0;
  if (!record.time || !(*record.time >= 0 && *record.time < kYear10000)) return std::nullopt;
  return onem2m::FormatTimestamp(static_cast<std::int64_t>(std::floor(*record.time)));
}

// Into the last Update of that module, or into a new one when that has the data point already.
void Add(const std::string& address, const ModuleClass& module, std::string_view short_name,
         AttributeValue value, const lwm2m::Record& record, std::vector<ModuleUpdate>& updates) {
  const auto last = std::find_if(updates.rbegin(), updates.rend(), [&](const ModuleUpdate& update) {
    return update.address == address;
  });
  const bool is_newer =
      last == updates.rend() || FindAttribute(last->changes.attributes, short_name) != nullptr;
  if (is_newer) {
    updates.push_back({address, {}});
    updates.back().changes.root = module.short_name;
  }
  ModuleUpdate& update = is_newer ? updates.back() : *last;
  SetAttribute(update.changes.attributes, short_name, std::move(value));
  if (const auto time = TimestampOf(record)) {
    SetAttribute(update.changes.attributes, onem2m::kModuleDataGenerationTime, *time);
  }
}

// The value as the resource takes it; nothing when it does not fit.
std::optional<lwm2m::Value> ToResource(const AttributeValue& value, lwm2m::Type type) {
  const auto boolean = onem2m::AsBoolean(value);
  if (type == lwm2m::Type::kBoolean) {
    return boolean ? std::optional<lwm2m::Value>(*boolean) : std::nullopt;
  }
  const auto number = onem2m::AsNumber(value);
  if (!number) return std::nullopt;
  const auto converted = lwm2m::ConvertTo(type, *number);
  return converted ? std::optional<lwm2m::Value>(*converted) : std::nullopt;
}

const Source* WritableSource(const Place& place, const DataPoint& point,
                             const lwm2m::ObjectModel& model) {
  for (const Source& source : place.rule->sources) {
    if (source.data_point != point.name || source.is) continue;
    const auto* resource = model.FindResource(
        lwm2m::Path(place.instance.object(), place.instance.instance(), source.resource));
    if (resource != nullptr && resource->writable) return &source;
  }
  return nullptr;
}

}  // namespace

std::vector<ModuleUpdate> ModuleUpdates(const std::vector<lwm2m::Record>& records) {
  std::vector<ModuleUpdate> updates;
  for (const lwm2m::Record& record : records) {
    if (record.path.depth() != 3) continue;
    for (const ModuleRule& rule : Rules()) {
      if (!IsFor(rule, record.path.object())) continue;
      const ModuleClass& module = *onem2m::FindModuleClass(rule.module);
      for (const Source& source : rule.sources) {
        if (source.resource != record.path.resource()) continue;
        const DataPoint& point = *module.Find(source.data_point);
        auto value = ToDataPoint(source, point.type, record.value);
        if (!value) continue;
        Add(AddressOf(record.path, rule.module), module, point.short_name, *std::move(value),
            record, updates);
      }
    }
  }
  return updates;
}

onem2m::Result<onem2m::FlexContainer> CompleteModule(std::string_view address,
                                                     onem2m::FlexContainer changes,
                                                     const CreationRules& rules) {
  const auto place = PlaceOf(address);
  if (!place || changes.root != place->module->short_name) {
    return tl::unexpected(
        onem2m::Error{onem2m::ResponseStatusCode::kNotFound, std::string(address)});
  }
  for (const DataPoint& point : place->module->data_points) {
    if (point.mandatory && FindAttribute(changes.attributes, point.short_name) == nullptr) {
      return onem2m::BadRequest(std::string(point.short_name));
    }
  }
  changes.resource_name = place->module->name;
  changes.definition = place->module->definition();
  changes.expiration_time = rules.expiration_time;
  changes.access_control_policy_ids = rules.context.access_control_policy_ids;
  changes.labels =
      ContainerLabels(place->instance, rules.registration.objects, rules.context.labels);
  return changes;
}

bool IsWritableModule(std::string_view address, const lwm2m::ObjectModel& model) {
  const auto place = PlaceOf(address);
  return place && std::any_of(place->module->data_points.begin(), place->module->data_points.end(),
                              [&](const DataPoint& point) {
                                return WritableSource(*place, point, model) != nullptr;
                              });
}

ModuleWrites WritesOf(std::string_view address, const onem2m::NamedAttributes& changed,
                      const lwm2m::ObjectModel& model) {
  ModuleWrites writes;
  const auto place = PlaceOf(address);
  if (!place) return writes;
  for (const onem2m::NamedAttribute& attribute : changed) {
    const DataPoint* const point = place->module->FindByShortName(attribute.name);
    if (point == nullptr) continue;  // says nothing about the device
    const Source* const source = WritableSource(*place, *point, model);
    std::optional<lwm2m::Value> value;
    lwm2m::Path path;
    if (source != nullptr) {
      path = lwm2m::Path(place->instance.object(), place->instance.instance(), source->resource);
      value = ToResource(attribute.value, model.FindResource(path)->type);
    }
    if (value) {
      writes.values.push_back({path, *std::move(value), std::nullopt});
    } else {
      writes.refused.push_back(attribute.name);
    }
  }
  return writes;
}

std::string WriteCommand(const lwm2m::Record& value) {
  const bool* const boolean = std::get_if<bool>(&value.value);
  const std::string text =
      boolean == nullptr ? lwm2m::ToText(value.value) : (*boolean ? "true" : "false");
  return fmt::format(R"({{"op":"write","path":"{}","value":{}}})", value.path.ToString(), text);
}

onem2m::NamedAttributes DataPointsOf(std::string_view address,
                                     const onem2m::NamedAttributes& attributes) {
  onem2m::NamedAttributes points;
  const auto place = PlaceOf(address);
  if (!place) return points;
  for (const onem2m::NamedAttribute& attribute : attributes) {
    if (place->module->FindByShortName(attribute.name) != nullptr) points.push_back(attribute);
  }
  return points;
}

bool IsSameDataPoint(const AttributeValue& a, const AttributeValue& b) {
  const auto number = onem2m::AsNumber(a);
  if (number && onem2m::AsNumber(b)) return number == onem2m::AsNumber(b);
  const auto boolean = onem2m::AsBoolean(a);
  return boolean && onem2m::AsBoolean(b) ? boolean == onem2m::AsBoolean(b) : a == b;
}

std::vector<std::string> ModuleAddresses(const lwm2m::Path& instance) {
  std::vector<std::string> addresses;
  for (const ModuleRule& rule : Rules()) {
    if (IsFor(rule, instance.object())) addresses.push_back(AddressOf(instance, rule.module));
  }
  return addresses;
}

}  // namespace mapping
