// interworking.profile: rules of the mapping profile in YAML, and back.
#ifndef IPE_CONFIG_PROFILE_H_
#define IPE_CONFIG_PROFILE_H_

#include <yaml-cpp/yaml.h>

#include <functional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "ipe/config.h"

namespace ipe {

// Reads a sequence of rules; a mistake names its member ("interworking.profile[2].pmin"). `where`
// gives the place of a node.
tl::expected<std::vector<mapping::Rule>, ConfigError> ReadRules(
    const YAML::Node& sequence, const std::function<std::string(const YAML::Node&)>& where);

YAML::Node WriteRules(const std::vector<mapping::Rule>& rules);

}  // namespace ipe

#endif  // IPE_CONFIG_PROFILE_H_
