#include "lwm2m/gateway.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"
#include "lwm2m/registration.h"

namespace lwm2m {
namespace {

constexpr Id kDeviceId = 0;
constexpr Id kPrefix = 1;
constexpr Id kObjects = 3;
constexpr std::size_t kLongestPrefix = 64;

// "d01" and "/d01/" are "/d01".
Result<std::string> RootOf(std::string_view prefix) {
  while (prefix.starts_with('/')) prefix.remove_prefix(1);
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  if (prefix.empty()) return InvalidValue("prefix is empty");
  if (prefix.size() > kLongestPrefix) return InvalidValue("prefix is too long");
  // RFC 8428 §4.5.1 limits the characters of names.
  const auto is_allowed = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           std::string_view("-:._/").find(c) != std::string_view::npos;
  };
  if (!std::all_of(prefix.begin(), prefix.end(), is_allowed)) {
    return InvalidValue("prefix has a character that names must not have");
  }
  for (std::string_view rest = prefix;;) {
    const std::string_view segment = rest.substr(0, rest.find('/'));
    if (segment.find_first_not_of("0123456789") == std::string_view::npos) {
      return InvalidValue("prefix has a segment that looks like an identifier");
    }
    if (segment == "." || segment == "..") return InvalidValue("prefix is a relative path");
    if (segment.size() == rest.size()) break;
    rest.remove_prefix(segment.size() + 1);
  }
  return fmt::format("/{}", prefix);
}

}  // namespace

void GatewayInstance::Take(const Record& record) {
  if (record.path.depth() < 3) return;
  const auto text = [&]() -> std::optional<std::string> {
    if (const auto* string = std::get_if<std::string>(&record.value)) return *string;
    if (const auto* link = std::get_if<CoreLink>(&record.value)) return link->text;
    return std::nullopt;
  }();
  if (!text) return;
  if (record.path.resource() == kDeviceId) device_id = text;
  if (record.path.resource() == kPrefix) prefix = text;
  if (record.path.resource() == kObjects) objects = text;
}

Result<EndDevice> ReadEndDevice(const GatewayInstance& instance,
                                const std::vector<ContentFormat>& formats) {
  if (!IsEndpointName(*instance.device_id)) {
    return InvalidValue("Device ID is no Endpoint Client Name");
  }
  auto root = RootOf(*instance.prefix);
  if (!root) return tl::unexpected(root.error());
  // Some list the paths that a server has to ask for, with the prefix.
  const bool prefixed = instance.objects->find("<" + *root + "/") != std::string::npos;
  const std::string text =
      (prefixed ? fmt::format("<{}>;rt=\"oma.lwm2m\",", *root) : std::string()) + *instance.objects;
  auto objects = ParseObjectList(text.ends_with(',') ? text.substr(0, text.size() - 1) : text);
  if (!objects) return tl::unexpected(objects.error());
  objects->root_path = *std::move(root);
  if (objects->formats.empty()) objects->formats = formats;
  return EndDevice{*instance.device_id, *std::move(objects)};
}

}  // namespace lwm2m
