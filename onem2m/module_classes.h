// Module classes of the common domain: what a <flexContainer> of each holds.
// (TS-0023 v4 §5.3.1; short names of its §6.3)
#ifndef ONEM2M_MODULE_CLASSES_H_
#define ONEM2M_MODULE_CLASSES_H_

#include <string>
#include <string_view>
#include <vector>

namespace onem2m {

enum class DataPointType { kBoolean, kInteger, kFloat };

// A property or data point of a module class.
struct DataPoint {
  std::string_view name;
  std::string_view short_name;
  DataPointType type = DataPointType::kFloat;
  bool mandatory = false;
};

struct ModuleClass {
  std::string_view name;        // "temperature"
  std::string_view short_name;  // JSON root: "cod:tempe"
  std::vector<DataPoint> data_points;

  std::string definition() const;  // containerDefinition
  const DataPoint* Find(std::string_view data_point) const;
  const DataPoint* FindByShortName(std::string_view short_name) const;
};

// Every module may carry when its values were taken, a timestamp.
extern const std::string_view kModuleDataGenerationTime;

// nullptr for a class that the interworking does not use.
const ModuleClass* FindModuleClass(std::string_view name);
const ModuleClass* FindModuleClassByShortName(std::string_view short_name);

}  // namespace onem2m

#endif  // ONEM2M_MODULE_CLASSES_H_
