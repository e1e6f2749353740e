// Which attribute of a <mgmtObj> is which LwM2M resource.  (TS-0005 §6.3; TS-0001 Annex D; R81)
#ifndef MAPPING_MANAGEMENT_TABLE_H_
#define MAPPING_MANAGEMENT_TABLE_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "lwm2m/path.h"
#include "onem2m/attribute_value.h"

namespace mapping {

// Values are those of mgmtDefinition (TS-0004 §6.3.4, m2m:mgmtDefinition).
enum class Specialisation : std::int32_t {
  kGeneric = 0,  // self-defined: by the naming rule of TS-0005 §6.7
  kFirmware = 1001,
  kSoftware = 1002,
  kMemory = 1003,
  kBattery = 1006,
  kDeviceInfo = 1007,
  kDeviceCapability = 1008,
  kReboot = 1009,
  kEventLog = 1010,
};

// How a value of the resource becomes one of the attribute.
enum class Conversion {
  kText,
  kInteger,
  kBoolean,
  kKilobytes,       // of 1000 octets, to octets
  kBatteryStatus,   // 0 … 6 to 1 … 7
  kTimestamp,       // Time to m2m:timestamp
  kLogType,         // Log Class to logTypeId
  kLogStatus,       // bits to m2m:logStatus
  kFirmwareState,   // State to an action status
  kFirmwareResult,  // Update Result to an action status
  kSoftwareState,
  kSoftwareResult,
  kActivation,     // Activation State to an action status
  kUri,            // nothing comes back: what an application writes is written
  kExecute,        // written true, it is executed
  kUpdateFirmware  // written true, it is a whole firmware update
};

struct ManagementRow {
  Specialisation specialisation = Specialisation::kGeneric;
  std::string_view attribute;  // short name
  lwm2m::Id object = 0;        // that of the declared instance, or another with the same instance
  lwm2m::Id resource = 0;
  Conversion conversion = Conversion::kText;
  bool writable = false;         // what an application writes is a Write
  std::string_view status = "";  // of an action: the attribute that tells how it went
};

// What has to be there at Create, with what stands for "not known".
struct MandatoryAttribute {
  std::string_view name;
  onem2m::AttributeValue unknown;
};

struct SpecialisationRow {
  Specialisation specialisation = Specialisation::kGeneric;
  lwm2m::Id object = 0;
  std::string_view name;      // resourceName below the <node>
  std::string_view root;      // of its JSON
  bool numbered = false;      // the name always ends in the number of the instance
  bool made_at_once = false;  // it has no value that would make it
  std::vector<MandatoryAttribute> mandatory;
};

const std::vector<ManagementRow>& ManagementRows();
const std::vector<SpecialisationRow>& SpecialisationRows();
// nullptr for kGeneric.
const SpecialisationRow* FindSpecialisation(Specialisation specialisation);

// Attributes that only an Update may carry (TS-0001 Annex D: not provided at Create): actions of
// [software], and what tells how an action went.
bool IsNotForCreate(Specialisation specialisation, std::string_view attribute);

}  // namespace mapping

#endif  // MAPPING_MANAGEMENT_TABLE_H_
