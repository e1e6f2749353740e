// The object definitions that the service works with.
#ifndef IPE_MODELS_H_
#define IPE_MODELS_H_

#include <string>
#include <tl/expected.hpp>

#include "lwm2m/object_model.h"

namespace ipe {

// The built-in definitions and those of the OMA XML files in `directory` ("" : none), which win.
// Files that are no object definition are passed over with a log line; a directory that cannot be
// read is an error for the operator.
tl::expected<lwm2m::ObjectModel, std::string> LoadModels(const std::string& directory);

}  // namespace ipe

#endif  // IPE_MODELS_H_
