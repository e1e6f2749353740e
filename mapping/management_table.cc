#include "mapping/management_table.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "onem2m/codec/short_names.h"

namespace mapping {
namespace {

namespace names = onem2m::short_names;

constexpr lwm2m::Id kDevice = 3;
constexpr lwm2m::Id kFirmwareUpdate = 5;
constexpr lwm2m::Id kSoftwareManagement = 9;
constexpr lwm2m::Id kDeviceCapabilityManagement = 15;
constexpr lwm2m::Id kEventLogObject = 20;

constexpr std::int64_t kStatusUnknown = 7;     // m2m:batteryStatus
constexpr std::int64_t kLogStatusUnknown = 3;  // m2m:logStatus
constexpr std::int64_t kLogOfSystem = 1;       // m2m:logTypeId

}  // namespace

const std::vector<ManagementRow>& ManagementRows() {
  using S = Specialisation;
  using C = Conversion;
  static const std::vector<ManagementRow> rows = {
      {S::kDeviceInfo, names::kManufacturer, kDevice, 0, C::kText},
      {S::kDeviceInfo, names::kModel, kDevice, 1, C::kText},
      {S::kDeviceInfo, names::kDeviceLabel, kDevice, 2, C::kText},
      {S::kDeviceInfo, names::kFirmwareVersion, kDevice, 3, C::kText},
      {S::kDeviceInfo, names::kSystemTime, kDevice, 13, C::kTimestamp, true},
      {S::kDeviceInfo, names::kDeviceType, kDevice, 17, C::kText},
      {S::kDeviceInfo, names::kHardwareVersion, kDevice, 18, C::kText},
      {S::kDeviceInfo, names::kSoftwareVersion, kDevice, 19, C::kText},
      {S::kBattery, names::kBatteryLevel, kDevice, 9, C::kInteger},
      {S::kBattery, names::kBatteryStatus, kDevice, 20, C::kBatteryStatus},
      {S::kMemory, names::kMemoryAvailable, kDevice, 10, C::kKilobytes},
      {S::kMemory, names::kMemoryTotal, kDevice, 21, C::kKilobytes},
      {S::kReboot, names::kRebootNow, kDevice, 4, C::kExecute},
      {S::kReboot, names::kFactoryReset, kDevice, 5, C::kExecute},
      {S::kFirmware, names::kVersion, kDevice, 3, C::kText},
      {S::kFirmware, names::kUpdate, kFirmwareUpdate, 2, C::kUpdateFirmware, false,
       names::kUpdateStatus},
      {S::kFirmware, names::kUpdateStatus, kFirmwareUpdate, 3, C::kFirmwareState},
      {S::kFirmware, names::kUpdateStatus, kFirmwareUpdate, 5, C::kFirmwareResult},
      {S::kFirmware, names::kFirmwareName, kFirmwareUpdate, 6, C::kText},
      {S::kSoftware, names::kSoftwareName, kSoftwareManagement, 0, C::kText},
      {S::kSoftware, names::kVersion, kSoftwareManagement, 1, C::kText},
      {S::kSoftware, names::kUrl, kSoftwareManagement, 3, C::kUri, true},
      {S::kSoftware, names::kInstall, kSoftwareManagement, 4, C::kExecute, false,
       names::kInstallStatus},
      {S::kSoftware, names::kUninstall, kSoftwareManagement, 6, C::kExecute, false,
       names::kInstallStatus},
      {S::kSoftware, names::kInstallStatus, kSoftwareManagement, 7, C::kSoftwareState},
      {S::kSoftware, names::kInstallStatus, kSoftwareManagement, 9, C::kSoftwareResult},
      {S::kSoftware, names::kActivate, kSoftwareManagement, 10, C::kExecute, false,
       names::kActiveStatus},
      {S::kSoftware, names::kDeactivate, kSoftwareManagement, 11, C::kExecute, false,
       names::kActiveStatus},
      {S::kSoftware, names::kActiveStatus, kSoftwareManagement, 12, C::kActivation},
      {S::kDeviceCapability, names::kCapabilityName, kDeviceCapabilityManagement, 0, C::kText},
      {S::kDeviceCapability, names::kAttached, kDeviceCapabilityManagement, 3, C::kBoolean},
      {S::kDeviceCapability, names::kCurrentState, kDeviceCapabilityManagement, 4, C::kBoolean},
      {S::kDeviceCapability, names::kEnable, kDeviceCapabilityManagement, 5, C::kExecute, false,
       names::kCapabilityActionStatus},
      {S::kDeviceCapability, names::kDisable, kDeviceCapabilityManagement, 6, C::kExecute, false,
       names::kCapabilityActionStatus},
      {S::kEventLog, names::kLogTypeId, kEventLogObject, 4010, C::kLogType},
      {S::kEventLog, names::kLogStart, kEventLogObject, 4011, C::kExecute},
      {S::kEventLog, names::kLogStop, kEventLogObject, 4012, C::kExecute},
      {S::kEventLog, names::kLogStatus, kEventLogObject, 4013, C::kLogStatus},
      {S::kEventLog, names::kLogDetail, kEventLogObject, 4014, C::kText},
  };
  return rows;
}

const std::vector<SpecialisationRow>& SpecialisationRows() {
  using S = Specialisation;
  const std::string none;
  static const std::vector<SpecialisationRow> rows = {
      {S::kDeviceInfo,
       kDevice,
       "deviceInfo",
       names::kDeviceInfo,
       false,
       false,
       {{names::kDeviceLabel, none},
        {names::kManufacturer, none},
        {names::kModel, none},
        {names::kDeviceType, none}}},
      {S::kBattery,
       kDevice,
       "battery",
       names::kBattery,
       false,
       false,
       {{names::kBatteryLevel, std::int64_t{0}}, {names::kBatteryStatus, kStatusUnknown}}},
      {S::kMemory,
       kDevice,
       "memory",
       names::kMemory,
       false,
       false,
       {{names::kMemoryAvailable, std::int64_t{0}}, {names::kMemoryTotal, std::int64_t{0}}}},
      {S::kReboot, kDevice, "reboot", names::kReboot, false, true, {}},
      {S::kFirmware,
       kFirmwareUpdate,
       "firmware",
       names::kFirmware,
       false,
       true,
       {{names::kVersion, none},
        {names::kFirmwareName, none},
        {names::kUrl, none},
        {names::kUpdate, false}}},
      {S::kSoftware,
       kSoftwareManagement,
       "software",
       names::kSoftware,
       true,
       true,
       {{names::kVersion, none}, {names::kSoftwareName, none}, {names::kUrl, none}}},
      {S::kDeviceCapability,
       kDeviceCapabilityManagement,
       "deviceCapability",
       names::kDeviceCapability,
       true,
       true,
       {{names::kCapabilityName, none},
        {names::kAttached, false},
        {names::kCapabilityActionStatus, onem2m::ActionStatus{}},
        {names::kCurrentState, false}}},
      {S::kEventLog,
       kEventLogObject,
       "eventLog",
       names::kEventLog,
       false,
       true,
       {{names::kLogTypeId, kLogOfSystem},
        {names::kLogDetail, none},
        {names::kLogStatus, kLogStatusUnknown}}},
  };
  return rows;
}

const SpecialisationRow* FindSpecialisation(Specialisation specialisation) {
  const auto& rows = SpecialisationRows();
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const SpecialisationRow& row) {
    return row.specialisation == specialisation;
  });
  return found == rows.end() ? nullptr : &*found;
}

bool IsNotForCreate(Specialisation specialisation, std::string_view attribute) {
  if (specialisation == Specialisation::kFirmware) return attribute == names::kUpdateStatus;
  if (specialisation != Specialisation::kSoftware) return false;
  return attribute == names::kInstall || attribute == names::kUninstall ||
         attribute == names::kActivate || attribute == names::kDeactivate ||
         attribute == names::kInstallStatus || attribute == names::kActiveStatus;
}

}  // namespace mapping
