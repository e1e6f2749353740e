#include "onem2m/module_classes.h"

#include <algorithm>

#include "onem2m/codec/short_names.h"

namespace onem2m {
namespace {

constexpr DataPointType kBoolean = DataPointType::kBoolean;
constexpr DataPointType kInteger = DataPointType::kInteger;
constexpr DataPointType kFloat = DataPointType::kFloat;

// Only the data points that LwM2M has values for.
const std::vector<ModuleClass>& Classes() {
  static const std::vector<ModuleClass> classes = {
      {"acousticSensor", "cod:acoSr", {{"loudness", "louds", kFloat, true}}},
      {"alarmSpeaker", "cod:alaSr", {{"alarmStatus", "alaSs", kBoolean, true}}},
      {"barometer", "cod:baror", {{"atmosphericPressure", "atmPe", kFloat, true}}},
      {"battery",
       "cod:bat",
       {{"level", "lvl", kInteger, true},
        {"charging", "charg", kBoolean, false},
        {"lowBattery", "lowBy", kBoolean, false}}},
      {"binarySwitch", "cod:binSh", {{"state", "state", kBoolean, true}}},
      {"brightness", "cod:brigs", {{"brightness", "brigs", kInteger, true}}},
      {"energyConsumption",
       "cod:eneCn",
       {{"power", "power", kFloat, false}, {"absoluteEnergyConsumption", "abECn", kFloat, true}}},
      {"geoLocation",
       "cod:geoLn",
       {{"latitude", "latie", kFloat, true},
        {"longitude", "longe", kFloat, true},
        {"altitude", "altie", kFloat, false},
        {"heading", "headg", kFloat, false},
        {"horizontalAccuracy", "horAy", kFloat, false}}},
      {"headingSensor", "cod:heaSr", {{"heading", "headg", kFloat, true}}},
      {"motionSensor", "cod:motSr", {{"alarm", "alarm", kBoolean, true}}},
      {"numberValue",
       "cod:numVe",
       {{"numberValue", "numVe", kFloat, true},
        {"minValue", "minVe", kFloat, false},
        {"maxValue", "maxVe", kFloat, false}}},
      {"pushButton", "cod:pusBn", {{"pushed", "pushd", kBoolean, true}}},
      {"relativeHumidity", "cod:relHy", {{"relativeHumidity", "relHy", kFloat, true}}},
      {"signalStrength",
       "cod:sigSh",
       {{"lqi", "lqi", kInteger, true}, {"rssi", "rssi", kFloat, false}}},
      {"temperature", "cod:tempe", {{"currentTemperature", "curT0", kFloat, true}}},
      {"weight", "cod:weigt", {{"weight", "weigt", kFloat, true}}},
  };
  return classes;
}

template <typename List, typename Matches>
auto FindIn(const List& list, const Matches& matches) -> decltype(&list.front()) {
  const auto found = std::find_if(list.begin(), list.end(), matches);
  return found == list.end() ? nullptr : &*found;
}

}  // namespace

const std::string_view kModuleDataGenerationTime = short_names::kDataGenerationTime;

std::string ModuleClass::definition() const {
  return "org.onem2m.common.moduleclass." + std::string(name);
}

const DataPoint* ModuleClass::Find(std::string_view data_point) const {
  return FindIn(data_points, [&](const DataPoint& point) { return point.name == data_point; });
}

const DataPoint* ModuleClass::FindByShortName(std::string_view wanted) const {
  return FindIn(data_points, [&](const DataPoint& point) { return point.short_name == wanted; });
}

const ModuleClass* FindModuleClass(std::string_view name) {
  return FindIn(Classes(), [&](const ModuleClass& module) { return module.name == name; });
}

const ModuleClass* FindModuleClassByShortName(std::string_view short_name) {
  return FindIn(Classes(),
                [&](const ModuleClass& module) { return module.short_name == short_name; });
}

}  // namespace onem2m
