#include "ipe/endpoint.h"

#include <algorithm>

namespace ipe {
namespace {

constexpr auto kByPath = [](const auto& entry, const lwm2m::Path& path) {
  return entry.first < path;
};

}  // namespace

mapping::EndpointNames NamesOf(const Endpoint& endpoint) {
  mapping::EndpointNames names = mapping::KeptNames(endpoint.stored.name, endpoint.key());
  if (!endpoint.stored.device.empty()) mapping::PlaceOnDevice(endpoint.stored.device, names);
  return names;
}

bool LastValues::Knows(const lwm2m::Path& path) const {
  const auto at = std::lower_bound(values_->begin(), values_->end(), path, kByPath);
  return at != values_->end() && at->first == path;
}

void LastValues::ForgetAllBut(const std::set<lwm2m::Path>& kept) {
  std::erase_if(values_.Edit(), [&](const auto& entry) { return kept.count(entry.first) == 0; });
}

bool LastValues::Changes(const lwm2m::Path& path, std::uint64_t hash) {
  auto& values = values_.Edit();
  const auto at = std::lower_bound(values.begin(), values.end(), path, kByPath);
  if (at == values.end() || at->first != path) {
    values.insert(at, {path, hash});
    return true;
  }
  const bool changed = at->second != hash;
  at->second = hash;
  return changed;
}

}  // namespace ipe
