// Sensors and actuators as the modules of TS-0023: a <flexContainer> for each Object Instance.
// (TS-0001 §9.6.35; TS-0023 v4 §5.3.1; docs/mapping.md)
#ifndef MAPPING_FLEX_CONTAINER_H_
#define MAPPING_FLEX_CONTAINER_H_

#include <string>
#include <string_view>
#include <vector>

#include "lwm2m/object_model.h"
#include "lwm2m/value.h"
#include "mapping/creation.h"
#include "onem2m/error.h"
#include "onem2m/resources.h"

namespace mapping {

// New values of one module.
struct ModuleUpdate {
  std::string address;  // below the endpoint's AE: "3303/0/temperature"
  onem2m::FlexContainer changes;
};

// What `records`, oldest first, change in modules. A value that a later record of the same resource
// replaces makes an Update of its own, so that subscribers see each. Values that do not fit, such
// as a latitude that is no number, are passed over.
std::vector<ModuleUpdate> ModuleUpdates(const std::vector<lwm2m::Record>& records);

// The addresses of the modules of an Object Instance; empty: TS-0023 has none for the object.
std::vector<std::string> ModuleAddresses(const lwm2m::Path& instance);

// Adds to `changes` what the Create needs. 4000 when a mandatory value is not among them yet.
onem2m::Result<onem2m::FlexContainer> CompleteModule(std::string_view address,
                                                     onem2m::FlexContainer changes,
                                                     const CreationRules& rules);

// True when `model` lets a data point of the module be written.
bool IsWritableModule(std::string_view address, const lwm2m::ObjectModel& model);

// What an application changed, as values to be written to the device. Data points that the device
// does not let be written are in `refused`, by short name.
struct ModuleWrites {
  std::vector<lwm2m::Record> values;
  std::vector<std::string> refused;
};
ModuleWrites WritesOf(std::string_view address, const onem2m::NamedAttributes& changed,
                      const lwm2m::ObjectModel& model);
// The command of docs/mapping.md that writes `value`, a number or a Boolean.
std::string WriteCommand(const lwm2m::Record& value);

// Of `attributes`, those that the module at `address` is about.
onem2m::NamedAttributes DataPointsOf(std::string_view address,
                                     const onem2m::NamedAttributes& attributes);
// However a CSE writes them: 1, 1.0 and "1" are the same, and so are true and "true".
bool IsSameDataPoint(const onem2m::AttributeValue& a, const onem2m::AttributeValue& b);

}  // namespace mapping

#endif  // MAPPING_FLEX_CONTAINER_H_
