// The configuration keys: one table that drives file, environment, flags, check-config and the test
// of docs/configuration.md.
#ifndef IPE_CONFIG_SCHEMA_H_
#define IPE_CONFIG_SCHEMA_H_

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "ipe/config.h"

namespace ipe {

// Immutable.
struct ConfigKey {
  enum class Shape {
    kScalar,  // one text
    kList,    // a YAML sequence, elsewhere separated by commas
    kRules,   // interworking.profile: YAML, see config_profile.h; has neither read nor write
  };
  std::string name;      // "cse.tls.ca"
  std::string expected;  // "a number from 1 to 64"
  Shape shape = Shape::kScalar;
  bool secret = false;  // never printed
  // Takes the texts of the value (one of a scalar) into the configuration; false: not as expected.
  std::function<bool(const std::vector<std::string>& texts, Config& config)> read;
  // The texts that read() would take again.
  std::function<std::vector<std::string>(Config& config)> write;
};

// In the order of docs/configuration.md; keys of one section stand together.
const std::vector<ConfigKey>& ConfigKeys();
const ConfigKey* FindConfigKey(std::string_view name);

// cse.tls.ca → IPE_CSE_TLS_CA
std::string EnvironmentName(std::string_view key);

// The known name nearest to a mistyped one.
std::string ClosestOf(std::string_view mistyped, const std::vector<std::string>& known);

}  // namespace ipe

#endif  // IPE_CONFIG_SCHEMA_H_
