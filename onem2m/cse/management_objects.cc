// The specialisations of <mgmtObj>. (TS-0001 v3 §9.6.15, Annex D)
#include "onem2m/cse/management_objects.h"

#include <string>
#include <utility>

#include "onem2m/codec/short_names.h"

namespace onem2m::cse {
namespace {

namespace names = short_names;

constexpr auto kM = Permission::kMandatory;
constexpr auto kO = Permission::kOptional;
constexpr auto kNP = Permission::kNotPermitted;

constexpr int kSelfDefined = 0;

// A specialisation of <mgmtObj>: what all have, then its own. (TS-0001 v3 Annex D)
TypePolicy MgmtObjPolicy(std::string_view root, int definition, std::vector<AttributePolicy> own) {
  std::vector<AttributePolicy> all = {{names::kMgmtDefinition, Shape::kNonNegative, kM, kNP},
                                      {names::kObjectIds, Shape::kStringList, kO, kNP},
                                      {names::kObjectPaths, Shape::kStringList, kO, kNP},
                                      {names::kMgmtLink, Shape::kObjectList, kO, kO},
                                      {names::kDescription, Shape::kString, kO, kO},
                                      {names::kMgmtSchema, Shape::kString, kO, kNP}};
  all.insert(all.end(), own.begin(), own.end());
  return {ResourceType::kMgmtObj,
          std::string(root),
          root.empty() ? "mgo" : root.substr(names::kPrefix.size()),
          definition,
          true,
          true,
          std::move(all)};
}

std::vector<AttributePolicy> DeviceInfoAttributes() {
  std::vector<AttributePolicy> all = {{names::kDeviceLabel, Shape::kString, kM, kO},
                                      {names::kManufacturer, Shape::kString, kM, kO},
                                      {names::kModel, Shape::kString, kM, kO},
                                      {names::kDeviceType, Shape::kString, kM, kO},
                                      {names::kProtocol, Shape::kStringList, kO, kO}};
  for (const std::string_view name :
       {names::kDeviceName, names::kFirmwareVersion, names::kSoftwareVersion,
        names::kHardwareVersion, names::kOsVersion, names::kManufacturingDate,
        names::kManufacturerDetailsLink, names::kLocation, names::kCountry, names::kSystemTime,
        names::kSupportUrl, names::kPresentationUrl, names::kSubModel}) {
    all.push_back({name, Shape::kString, kO, kO});
  }
  return all;
}

}  // namespace

void AddMgmtObjPolicies(std::vector<TypePolicy>& all) {
  all.push_back(MgmtObjPolicy(names::kFirmware, 1001,
                              {{names::kVersion, Shape::kString, kM, kO},
                               {names::kFirmwareName, Shape::kString, kM, kO},
                               {names::kUrl, Shape::kString, kM, kO},
                               {names::kUpdate, Shape::kBoolean, kM, kO},
                               {names::kUpdateStatus, Shape::kActionStatus, kO, kO}}));
  all.push_back(MgmtObjPolicy(names::kSoftware, 1002,
                              {{names::kVersion, Shape::kString, kM, kO},
                               {names::kSoftwareName, Shape::kString, kM, kO},
                               {names::kUrl, Shape::kString, kM, kO},
                               {names::kInstall, Shape::kBoolean, kO, kO},
                               {names::kUninstall, Shape::kBoolean, kO, kO},
                               {names::kInstallStatus, Shape::kActionStatus, kO, kO},
                               {names::kActivate, Shape::kBoolean, kO, kO},
                               {names::kDeactivate, Shape::kBoolean, kO, kO},
                               {names::kActiveStatus, Shape::kActionStatus, kO, kO}}));
  all.push_back(MgmtObjPolicy(names::kMemory, 1003,
                              {{names::kMemoryAvailable, Shape::kNonNegative, kM, kO},
                               {names::kMemoryTotal, Shape::kNonNegative, kM, kO}}));
  all.push_back(MgmtObjPolicy(names::kAreaNetworkInfo, 1004,
                              {{names::kAreaNetworkType, Shape::kString, kM, kO},
                               {names::kListOfDevices, Shape::kStringList, kO, kO}}));
  all.push_back(MgmtObjPolicy(names::kAreaNetworkDeviceInfo, 1005,
                              {{names::kDeviceId, Shape::kString, kM, kO},
                               {names::kAreaDeviceType, Shape::kString, kM, kO},
                               {names::kAreaNetworkId, Shape::kString, kM, kO},
                               {names::kSleepInterval, Shape::kNonNegative, kO, kO},
                               {names::kSleepDuration, Shape::kNonNegative, kO, kO},
                               {names::kDeviceStatus, Shape::kString, kO, kO},
                               {names::kListOfNeighbors, Shape::kStringList, kO, kO}}));
  all.push_back(MgmtObjPolicy(names::kBattery, 1006,
                              {{names::kBatteryLevel, Shape::kNonNegative, kM, kO},
                               {names::kBatteryStatus, Shape::kNonNegative, kM, kO}}));
  all.push_back(MgmtObjPolicy(names::kDeviceInfo, 1007, DeviceInfoAttributes()));
  all.push_back(MgmtObjPolicy(names::kDeviceCapability, 1008,
                              {{names::kCapabilityName, Shape::kString, kM, kO},
                               {names::kAttached, Shape::kBoolean, kM, kO},
                               {names::kCapabilityActionStatus, Shape::kActionStatus, kM, kO},
                               {names::kCurrentState, Shape::kBoolean, kM, kO},
                               {names::kEnable, Shape::kBoolean, kO, kO},
                               {names::kDisable, Shape::kBoolean, kO, kO}}));
  all.push_back(MgmtObjPolicy(names::kReboot, 1009,
                              {{names::kRebootNow, Shape::kBoolean, kO, kO},
                               {names::kFactoryReset, Shape::kBoolean, kO, kO}}));
  all.push_back(MgmtObjPolicy(names::kEventLog, 1010,
                              {{names::kLogTypeId, Shape::kNonNegative, kM, kO},
                               {names::kLogDetail, Shape::kString, kM, kO},
                               {names::kLogStatus, Shape::kNonNegative, kM, kO},
                               {names::kLogStart, Shape::kBoolean, kO, kO},
                               {names::kLogStop, Shape::kBoolean, kO, kO}}));
  all.push_back(MgmtObjPolicy({}, kSelfDefined, {}));
  all.back().takes_any_attribute = true;
}

}  // namespace onem2m::cse
