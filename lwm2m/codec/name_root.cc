#include "lwm2m/codec/name_root.h"

namespace lwm2m {
namespace {

// Whether the first segment is an identifier: a prefix never is (Transport §6.4.1).
bool BeginsWithIdentifier(std::string_view name) {
  name.remove_prefix(name.starts_with('/') ? 1 : 0);
  const std::string_view segment = name.substr(0, name.find('/'));
  return segment.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::optional<std::string_view> BelowRoot(std::string_view name, const NameRoot& root) {
  const std::string_view prefix = root.prefix();
  if (prefix.empty()) {
    return root.exclusive && !BeginsWithIdentifier(name) ? std::nullopt : std::optional(name);
  }
  const bool is_below =
      name.starts_with(prefix) && (name.size() == prefix.size() || name[prefix.size()] == '/');
  if (is_below) {
    name.remove_prefix(prefix.size());
    return name.empty() ? std::string_view("/") : name;
  }
  return root.exclusive ? std::nullopt : std::optional(name);
}

}  // namespace lwm2m
