// The module classes of TS-0023 that <flexContainer>s are made of here: those in which values of
// LwM2M objects have a place. Release 2 and 3 put them into the home domain (prefix hd:), later
// versions into the common domain (prefix cod:); short names are the same in both.
// (TS-0023; TS-0001 v3 §9.6.35)
#include "onem2m/cse/module_classes.h"

#include <string>
#include <string_view>

#include "onem2m/codec/short_names.h"

namespace onem2m::cse {
namespace {

namespace names = short_names;

constexpr auto kM = Permission::kMandatory;
constexpr auto kO = Permission::kOptional;
constexpr auto kNS = Permission::kNotServed;

struct Domain {
  std::string_view prefix;
  std::string_view module_classes;  // what a containerDefinition begins with
};

constexpr Domain kHome = {"hd:", "org.onem2m.home.moduleclass."};
constexpr Domain kCommon = {"cod:", "org.onem2m.common.moduleclass."};

struct DataPoint {
  std::string_view name;
  Shape shape;
  Permission create = kO;
  const Domain* only_in = nullptr;  // where the versions of TS-0023 differ
};

struct ModuleClass {
  std::string_view root;        // without its prefix
  std::string_view definition;  // without its domain
  std::vector<DataPoint> data_points;
};

std::vector<ModuleClass> EnvironmentClasses() {
  return {{"tempe",
           "temperature",
           {{"curT0", Shape::kNumber, kM},
            {"tarTe", Shape::kNumber},
            {"unit", Shape::kNonNegative},
            {"minVe", Shape::kNumber},
            {"maxVe", Shape::kNumber},
            {"steVe", Shape::kNumber}}},
          {"relHy", "relativeHumidity", {{"relHy", Shape::kNumber, kM}, {"desHy", Shape::kNumber}}},
          {"baror",
           "barometer",
           {{"atmPe", Shape::kNumber, kM},
            {"alarm", Shape::kBoolean},
            {"miPTd", Shape::kInteger},
            {"maPTd", Shape::kInteger}}},
          {"acoSr", "acousticSensor", {{"louds", Shape::kNumber, kM}, {"acoSs", Shape::kInteger}}},
          {"aiQSr",
           "airQualitySensor",
           {{"monEd", Shape::kBoolean},
            {"pm1", Shape::kInteger},
            {"pm25", Shape::kInteger},
            {"pm10", Shape::kInteger},
            {"tsp", Shape::kNumber},
            {"odor", Shape::kInteger},
            {"humiy", Shape::kNumber},
            {"tempe", Shape::kNumber},
            {"airPe", Shape::kNumber},
            {"co", Shape::kNumber},
            {"co2", Shape::kNumber},
            {"ch2o", Shape::kNumber},
            {"voc", Shape::kNumber},
            {"no2", Shape::kNumber},
            {"so2", Shape::kNumber},
            {"o3", Shape::kNumber},
            {"noise", Shape::kNumber},
            {"winDn", Shape::kNumber},
            {"winSd", Shape::kNumber}}},
          {"anemr", "anemometer", {{"winSd", Shape::kNumber, kM}}},
          {"uveSr", "uvSensor", {{"uvaVe", Shape::kNumber, kM}, {"uvtSs", Shape::kNonNegative}}}};
}

std::vector<ModuleClass> ActuatorClasses() {
  return {{"binSh",
           "binarySwitch",
           {{"powSe", Shape::kBoolean, kM, &kHome}, {"state", Shape::kBoolean, kM, &kCommon}}},
          {"brigs", "brightness", {{"brigs", Shape::kInteger, kM}}},
          {"color",
           "colour",
           {{"red", Shape::kInteger, kM},
            {"green", Shape::kInteger, kM},
            {"blue", Shape::kInteger, kM}}},
          {"colSn", "colourSaturation", {{"colSn", Shape::kInteger, kM}}},
          {"numVe",
           "numberValue",
           {{"numVe", Shape::kNumber, kM},
            {"minVe", Shape::kNumber},
            {"maxVe", Shape::kNumber},
            {"defVe", Shape::kNumber},
            {"step", Shape::kNumber}}},
          {"opeLl",
           "openLevel",
           {{"opeLl", Shape::kInteger, kM},
            {"steVe", Shape::kInteger},
            {"minLl", Shape::kInteger},
            {"maxLl", Shape::kInteger}}},
          {"lock", "lock", {{"lock", Shape::kBoolean, kM}}},
          {"pusBn", "pushButton", {{"pushd", Shape::kBoolean, kM}}},
          {"alaSr",
           "alarmSpeaker",
           {{"alaSs", Shape::kBoolean, kM},
            {"tone", Shape::kNonNegative},
            {"light", Shape::kNonNegative}}},
          {"texMe",
           "textMessage",
           {{"texMe", Shape::kString, kM},
            {"suMVs", Shape::kStringList},
            {"minLh", Shape::kInteger},
            {"maxLh", Shape::kInteger},
            {"mesEg", Shape::kString},
            {"defVe", Shape::kString}}}};
}

std::vector<ModuleClass> SensorClasses() {
  return {
      {"motSr",
       "motionSensor",
       {{"alarm", Shape::kBoolean, kM}, {"silTe", Shape::kInteger}, {"sensy", Shape::kInteger}}},
      {"dooSs",
       "doorStatus",
       {{"dooSe", Shape::kNonNegative, kM},
        {"opeDn", Shape::kTimestamp},
        {"opeAm", Shape::kBoolean}}},
      {"smoSr",
       "smokeSensor",
       {{"alarm", Shape::kBoolean, kM},
        {"detTe", Shape::kTimestamp},
        {"smoTd", Shape::kInteger},
        {"crv", Shape::kInteger},
        {"senFt", Shape::kBoolean},
        {"lowVe", Shape::kBoolean},
        {"dismd", Shape::kBoolean},
        {"powOn", Shape::kBoolean}}},
      {"watSr", "waterSensor", {{"alarm", Shape::kBoolean, kM}}},
      {"impSr",
       "impactSensor",
       {{"impSs", Shape::kBoolean, kM},
        {"impLl", Shape::kNumber},
        {"imDHl", Shape::kNumber},
        {"imDVl", Shape::kNumber}}},
      {"heaSr", "headingSensor", {{"headg", Shape::kNumber, kM}, {"heaAy", Shape::kNumber}}},
      {"liqLl", "liquidLevel", {{"liqLl", Shape::kNonNegative, kM}}},
      {"weigt", "weight", {{"weigt", Shape::kNumber, kM}, {"unit", Shape::kNonNegative}}},
      {"geoLn",
       "geoLocation",
       {{"latie", Shape::kNumber, kM},
        {"longe", Shape::kNumber, kM},
        {"altie", Shape::kNumber},
        {"headg", Shape::kNumber},
        {"horAy", Shape::kNumber},
        {"verAy", Shape::kNumber},
        {"heaAy", Shape::kNumber},
        {"tarLe", Shape::kNumber},
        {"tarL0", Shape::kNumber},
        {"tarAe", Shape::kNumber}}}};
}

std::vector<ModuleClass> DeviceClasses() {
  return {{"bat",
           "battery",
           {{"lvl", Shape::kInteger, kM},
            {"capay", Shape::kInteger},
            {"reche", Shape::kBoolean},
            {"charg", Shape::kBoolean},
            {"discg", Shape::kBoolean},
            {"lowBy", Shape::kBoolean},
            {"batTd", Shape::kInteger},
            {"chaVe", Shape::kNumber},
            {"chaAe", Shape::kNumber},
            {"disVe", Shape::kNumber},
            {"disAe", Shape::kNumber},
            {"batMl", Shape::kNonNegative},
            {"batSe", Shape::kNonNegative},
            {"eleEy", Shape::kNonNegative},
            {"volte", Shape::kNumber},
            {"matel", Shape::kString}}},
          {"eneCn",
           "energyConsumption",
           {{"power", Shape::kNumber, kM, &kHome},
            {"power", Shape::kNumber, kO, &kCommon},
            {"abECn", Shape::kNumber, kO, &kHome},
            {"abECn", Shape::kNumber, kM, &kCommon},
            {"roECn", Shape::kInteger},
            {"sigDs", Shape::kInteger},
            {"mulFs", Shape::kInteger},
            {"volte", Shape::kNumber},
            {"currt", Shape::kNumber},
            {"freqy", Shape::kNumber},
            {"meaSe", Shape::kString}}},
          {"eneGn",
           "energyGeneration",
           {{"poGDa", Shape::kNumber},
            {"roEGn", Shape::kInteger},
            {"sigDs", Shape::kInteger},
            {"mulFs", Shape::kInteger},
            {"genSe", Shape::kString, kO, &kHome},
            {"genSe", Shape::kString, kM, &kCommon}}},
          {"sigSh", "signalStrength", {{"lqi", Shape::kInteger, kM}, {"rssi", Shape::kNumber}}},
          {"fauDn",
           "faultDetection",
           {{"sus", Shape::kBoolean, kM}, {"code", Shape::kInteger}, {"dc", Shape::kString}}},
          {"powS0", "powerSave", {{"poSEd", Shape::kBoolean, kM}}},
          {"timer",
           "timer",
           {{"refTr", Shape::kInteger},
            {"tTTSt", Shape::kInteger},
            {"tTTSp", Shape::kInteger},
            {"eTTEd", Shape::kInteger},
            {"runTe", Shape::kInteger},
            {"tarDn", Shape::kInteger},
            {"abSTe", Shape::kTimestamp},
            {"abST0", Shape::kTimestamp}}}};
}

// What every <flexContainer> has, then the data points of its class.
TypePolicy PolicyOf(const Domain& domain, const ModuleClass& module_class) {
  constexpr auto kNP = Permission::kNotPermitted;
  TypePolicy policy;
  policy.type = ResourceType::kFlexContainer;
  policy.root = std::string(domain.prefix) + std::string(module_class.root);
  policy.container_definition =
      std::string(domain.module_classes) + std::string(module_class.definition);
  policy.id_prefix = "fcn";
  policy.has_policy_ids = true;
  policy.has_creator = true;
  policy.attributes = {{names::kContainerDefinition, Shape::kNonEmptyString, kM, kNP},
                       {names::kStateTag, Shape::kNonNegative, kNP, kNP},
                       {names::kContentSize, Shape::kNonNegative, kNP, kNP},
                       {names::kOntologyRef, Shape::kString, kO, kO},
                       {names::kNodeLink, Shape::kNonEmptyString, kO, kO},
                       // <flexContainerInstance>s of release 4.
                       {names::kInstancesEnabled, Shape::kBoolean, kNS, kNS},
                       {names::kMaxNrOfInstances, Shape::kNonNegative, kNS, kNS},
                       {names::kMaxByteSize, Shape::kNonNegative, kNS, kNS},
                       {names::kMaxInstanceAge, Shape::kNonNegative, kNS, kNS},
                       {names::kCurrentNrOfInstances, Shape::kNonNegative, kNP, kNP},
                       {names::kCurrentByteSize, Shape::kNonNegative, kNP, kNP}};
  policy.first_custom_attribute = policy.attributes.size();
  policy.attributes.push_back({names::kDataGenerationTime, Shape::kTimestamp, kO, kO});
  for (const DataPoint& point : module_class.data_points) {
    if (point.only_in && point.only_in->prefix != domain.prefix) continue;
    policy.attributes.push_back({point.name, point.shape, point.create, kO});
  }
  return policy;
}

}  // namespace

void AddModuleClassPolicies(std::vector<TypePolicy>& all) {
  for (const auto& classes :
       {EnvironmentClasses(), ActuatorClasses(), SensorClasses(), DeviceClasses()}) {
    for (const ModuleClass& each : classes) {
      all.push_back(PolicyOf(kHome, each));
      all.push_back(PolicyOf(kCommon, each));
    }
  }
}

}  // namespace onem2m::cse
