#include "lwm2m/access_control.h"

#include <cstdint>
#include <optional>

namespace lwm2m {

namespace {

constexpr Id kObjectId = 0;
constexpr Id kInstanceId = 1;
constexpr Id kAcl = 2;
constexpr Id kOwner = 3;
constexpr Id kDefaultServer = 0;

std::optional<std::int64_t> IntegerOf(const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
  if (const auto* number = std::get_if<std::uint64_t>(&value)) {
    return static_cast<std::int64_t>(*number);
  }
  return std::nullopt;
}

std::optional<Id> IdOf(const Value& value) {
  const auto number = IntegerOf(value);
  if (!number || *number < 0 || *number > kMaxId) return std::nullopt;
  return static_cast<Id>(*number);
}

}  // namespace

std::vector<AccessControl> ReadAccessControl(const std::vector<Record>& records) {
  struct Read {
    AccessControl control;
    std::optional<Id> object, instance;
  };
  std::map<Id, Read> found;
  for (const Record& record : records) {
    const Path& path = record.path;
    if (path.depth() < 3 || path.object() != kAccessControlObject.object()) continue;
    Read& read = found[path.instance()];
    read.control.id = path.instance();
    if (path.resource() == kAcl) {
      const auto rights = IntegerOf(record.value);
      if (path.depth() != 4 || !rights) continue;
      read.control.acl[path.resource_instance()] =
          *rights < 0 ? 0 : static_cast<int>(*rights & kAllRights);
      continue;
    }
    const auto id = IdOf(record.value);
    if (path.resource() == kObjectId) read.object = id;
    if (path.resource() == kInstanceId) read.instance = id;
    if (path.resource() == kOwner && id) read.control.owner = *id;
  }
  std::vector<AccessControl> controls;
  for (auto& [id, read] : found) {
    if (!read.object || !read.instance || *read.object == 0 || *read.object == kMaxId) continue;
    // §8.1: instance MAX_ID is the object itself.
    read.control.target =
        *read.instance == kMaxId ? Path(*read.object) : Path(*read.object, *read.instance);
    controls.push_back(std::move(read.control));
  }
  return controls;
}

int RightsOf(const AccessControl& control, Id short_server_id) {
  const auto own = control.acl.find(short_server_id);
  if (own != control.acl.end()) return own->second;
  if (control.owner == short_server_id) return kAllRights;
  const auto others = control.acl.find(kDefaultServer);
  return others == control.acl.end() ? 0 : others->second;
}

}  // namespace lwm2m
