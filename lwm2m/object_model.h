// Definitions of LwM2M Objects and their Resources: ids, names, operations, types, units.
// (LwM2M Core 1.1.1 §7.1, Appendix D)
#ifndef LWM2M_OBJECT_MODEL_H_
#define LWM2M_OBJECT_MODEL_H_

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lwm2m/path.h"
#include "lwm2m/value.h"

namespace lwm2m {

struct ResourceDefinition {
  Id id = 0;
  std::string name;
  bool readable = false;
  bool writable = false;
  bool executable = false;
  bool multiple = false;
  bool mandatory = false;
  Type type = Type::kNone;
  std::string range;  // as printed by OMA, e.g. "0..100"; "" when open
  std::string units;
  friend bool operator==(const ResourceDefinition&, const ResourceDefinition&) = default;
};

struct ObjectDefinition {
  Id id = 0;
  std::string name;
  std::string version = "1.0";
  bool multiple = false;
  bool mandatory = false;
  std::vector<ResourceDefinition> resources;  // ascending ids

  const ResourceDefinition* Find(Id resource) const;
  friend bool operator==(const ObjectDefinition&, const ObjectDefinition&) = default;
};

// urn:oma:lwm2m:{oma|ext|x}:id[:version]; `oma` below 1024, `ext` for 2048–10240, `x` above, other
// ids `oma`; the version is left out for 1.0 and "".  (VER-1, VER-2)
std::string ObjectUrn(Id object, std::string_view version = {});

// All definitions that the service knows. Copies share them, so that another thread can be given
// one cheaply; immutable once built.
class ObjectModel {
 public:
  // Replaces a definition of the same id and version.
  void Add(ObjectDefinition definition);

  // The definition of exactly `version`; else, minor versions being compatible (VER-4), the highest
  // of the same major version; for "" the highest of all. nullptr when there is none. The pointer
  // lives as long as the model is not changed.
  const ObjectDefinition* Find(Id object, std::string_view version = {}) const;
  // Definition of the resource that `path` (depth 3 or 4) names, in the highest version that has
  // it.
  const ResourceDefinition* FindResource(const Path& path) const;
  std::size_t size() const { return objects_->size(); }
  friend bool operator==(const ObjectModel& a, const ObjectModel& b) {
    return a.objects_ == b.objects_ || *a.objects_ == *b.objects_;
  }

 private:
  using Objects = std::map<std::pair<Id, std::string>, ObjectDefinition>;
  std::shared_ptr<Objects> objects_ = std::make_shared<Objects>();  // changed by its only owner
};

}  // namespace lwm2m

#endif  // LWM2M_OBJECT_MODEL_H_
