// CoRE link format, and the object list of a Register in it.
// (RFC 6690 §2; LwM2M Core 1.1.1 §6.2.1, Transport §6.4.1)
#ifndef LWM2M_CORE_LINK_H_
#define LWM2M_CORE_LINK_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lwm2m/content_format.h"
#include "lwm2m/error.h"
#include "lwm2m/path.h"

namespace lwm2m {

struct CoreLinkEntry {
  std::string target;                                           // between < and >
  std::vector<std::pair<std::string, std::string>> parameters;  // quotes removed; flag: value ""
  // First parameter of that name; nullptr when absent.
  const std::string* Find(std::string_view name) const;
};

// Blanks after commas are accepted, and a leading bare `lwm2m="1.0"` as some clients send
// (vectors fact 3), which is returned as an entry with target "" and that parameter.
Result<std::vector<CoreLinkEntry>> ParseCoreLinks(std::string_view text);

// What a client declared.
struct ObjectList {
  std::string root_path = "/";         // alternate root path without trailing slash (REG-12)
  std::vector<ContentFormat> formats;  // as announced by ct; empty: none announced
  std::map<Id, std::string> versions;  // `ver` of an object; absent: 1.0 (VER-3)
  std::vector<Path> paths;  // objects without instance (depth 1) and instances (depth 2),
                            // sorted, without duplicates; an object is listed at depth 1
                            // only when no instance of it is
  bool HasObject(Id object) const;
  bool Has(const Path& instance) const;
  // An instance is there, or gone; false when the list said so already.
  bool Add(const Path& instance);
  bool Remove(const Path& instance);
  friend bool operator==(const ObjectList&, const ObjectList&) = default;
};

// Drops /0, /21 and /23 (REG-9), removes the root path, ignores links that are not LwM2M paths
// (REG-10). kMalformed when the text is not link-format.
Result<ObjectList> ParseObjectList(std::string_view text);

// The list in link format, for tests and for `ipe explain`.
std::string ToString(const ObjectList& list);

}  // namespace lwm2m

#endif  // LWM2M_CORE_LINK_H_
