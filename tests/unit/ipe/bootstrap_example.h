// Files of bootstrap accounts for tests.
#ifndef TESTS_UNIT_IPE_BOOTSTRAP_EXAMPLE_H_
#define TESTS_UNIT_IPE_BOOTSTRAP_EXAMPLE_H_

#include <filesystem>
#include <string>

#include "tests/support/temporary_directory.h"

namespace ipe {

inline constexpr const char* kNoSecAccount = R"(
- endpoint: "urn:imei:*"
  servers:
    - uri: coap://192.0.2.1
      short_server_id: 1
)";

// A file that only its owner reads; its name with path.
inline std::string WriteSecret(const testing::TemporaryDirectory& directory,
                               const std::string& name, const std::string& content) {
  const std::string path = directory.Write(name, content);
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  return path;
}

}  // namespace ipe

#endif  // TESTS_UNIT_IPE_BOOTSTRAP_EXAMPLE_H_
