// Object definitions as OMA publishes them: one XML file per object.
// (LwM2M Core 1.1.1 Appendix D; schema LWM2M.xsd)
#ifndef LWM2M_DDF_DDF_READER_H_
#define LWM2M_DDF_DDF_READER_H_

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "lwm2m/error.h"
#include "lwm2m/object_model.h"

namespace lwm2m {

// The definitions in one document. kMalformed: not XML, or a definition that cannot be understood,
// with object and resource in the detail. kUnsupportedFormat: XML that defines no objects, as the
// lists that lie beside the definitions in the registry of OMA. A document with external
// entities is refused.
Result<std::vector<ObjectDefinition>> ParseObjectDefinitions(std::string_view xml);

// The same from a file; the detail of an error begins with its name.
Result<std::vector<ObjectDefinition>> ReadDefinitionFile(const std::filesystem::path& file);

struct DefinitionFile {
  std::string name;  // without directory
  Result<std::vector<ObjectDefinition>> objects;
};

// Every *.xml file of a directory, by name. One that cannot be used does not stop the others.
// kNotFound when the directory cannot be read.
Result<std::vector<DefinitionFile>> ReadDefinitionDirectory(const std::filesystem::path& directory);

}  // namespace lwm2m

#endif  // LWM2M_DDF_DDF_READER_H_
