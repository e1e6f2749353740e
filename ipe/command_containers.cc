#include "ipe/command_containers.h"

#include <algorithm>
#include <tuple>
#include <variant>

#include "onem2m/codec/json.h"

namespace ipe {

std::optional<std::vector<onem2m::ContentInstance>> ReadInstances(CseRequests& requests,
                                                                  const std::string& container,
                                                                  const std::string& originator,
                                                                  bool& is_gone) {
  std::vector<onem2m::ContentInstance> instances;
  const Answer tree = requests.Retrieve(container, originator, {{"rcn", "4"}});
  // An answer that cannot be read is one: the latest may be readable.
  if (!tree && tree.error().kind != onem2m::NoAnswer::Kind::kMalformed) return std::nullopt;
  if (tree && tree->status == onem2m::ResponseStatusCode::kNotFound) {
    is_gone = true;
    return instances;
  }
  if (tree && IsSuccess(tree->status)) {
    if (auto resources = onem2m::DecodeTree(tree->content)) {
      for (onem2m::Resource& resource : *resources) {
        if (auto* instance = std::get_if<onem2m::ContentInstance>(&resource)) {
          instances.push_back(std::move(*instance));
        }
      }
    }
  }
  if (instances.empty()) {
    const Answer latest = requests.Retrieve(container + "/la", originator);
    if (!latest) return std::nullopt;
    if (IsSuccess(latest->status)) {
      if (auto resource = onem2m::DecodeResource(latest->content)) {
        if (auto* instance = std::get_if<onem2m::ContentInstance>(&*resource)) {
          instances.push_back(std::move(*instance));
        }
      }
    }
  }
  // CSEs list in any order: by time, then state tag, then name (docs/interop.md).
  std::sort(instances.begin(), instances.end(), [](const auto& a, const auto& b) {
    return std::tie(a.creation_time, a.state_tag, a.resource_name) <
           std::tie(b.creation_time, b.state_tag, b.resource_name);
  });
  return instances;
}

}  // namespace ipe
