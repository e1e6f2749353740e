// Object lists by the text that declares them: devices of a kind declare the same.
#ifndef LWM2M_KNOWN_OBJECT_LISTS_H_
#define LWM2M_KNOWN_OBJECT_LISTS_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

#include "lwm2m/core_link.h"
#include "lwm2m/error.h"
#include "lwm2m/shared.h"

namespace lwm2m {

// A text that was read before is not parsed again, and all who declared it share one list. Used by
// one thread. Owns what it remembers: a bounded number of texts of bounded length.
class KnownObjectLists {
 public:
  static constexpr std::size_t kTexts = 1024;
  static constexpr std::size_t kLongest = 4096;  // octets; longer ones are parsed each time

  // As ParseObjectList().
  Result<Shared<ObjectList>> Read(std::string_view text);

  std::size_t size() const { return lists_.size(); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  std::unordered_map<std::string, Shared<ObjectList>, Hash, std::equal_to<>> lists_;
};

}  // namespace lwm2m

#endif  // LWM2M_KNOWN_OBJECT_LISTS_H_
