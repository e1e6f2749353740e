// What stands before the LwM2M paths in the names of a payload: the alternate root path of a
// client, or the prefix of a device behind an LwM2M Gateway. (LwM2M Transport 1.1.1 §6.4.1; LwM2M
// Gateway 1.1 §6)
#ifndef LWM2M_CODEC_NAME_ROOT_H_
#define LWM2M_CODEC_NAME_ROOT_H_

#include <cstddef>
#include <optional>
#include <string_view>

namespace lwm2m {

// A value that borrows its text for one call.
struct NameRoot {
  std::string_view path = "/";  // "/lwm2m", "/d01"; no slash at the end
  // A Send of a gateway carries values of several devices: those that are not below `path` are
  // passed over. Else names may leave the root out, as clients do.
  bool exclusive = false;
  std::size_t* passed_over = nullptr;  // counts them; outlives the call

  // What the names of records begin with: "" for "/".
  std::string_view prefix() const { return path == "/" ? std::string_view() : path; }
};

// `name` without the root that it begins with, or as it is when it does not; nullopt: it is to be
// passed over.
std::optional<std::string_view> BelowRoot(std::string_view name, const NameRoot& root);

}  // namespace lwm2m

#endif  // LWM2M_CODEC_NAME_ROOT_H_
