#include "mapping/node_child.h"

namespace mapping {

std::string NodeChildName(std::string_view name, const EndpointNames& names) {
  std::string child(name);
  if (!names.device.empty()) child += "." + names.name;
  return child;
}

NodeChild ParseNodeChild(std::string_view resource_name) {
  const std::size_t dot = resource_name.find('.');
  if (dot == std::string_view::npos) return {resource_name, ""};
  return {resource_name.substr(0, dot), resource_name.substr(dot + 1)};
}

}  // namespace mapping
