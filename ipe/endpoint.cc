#include "ipe/endpoint.h"

#include <algorithm>

namespace ipe {
namespace {

constexpr auto kByPath = [](const auto& entry, const lwm2m::Path& path) {
  return entry.first < path;
};

}  // namespace

bool LastValues::Knows(const lwm2m::Path& path) const {
  const auto at = std::lower_bound(values_.begin(), values_.end(), path, kByPath);
  return at != values_.end() && at->first == path;
}

void LastValues::ForgetAllBut(const std::set<lwm2m::Path>& kept) {
  std::erase_if(values_, [&](const auto& entry) { return kept.count(entry.first) == 0; });
}

bool LastValues::Changes(const lwm2m::Path& path, std::uint64_t hash) {
  const auto at = std::lower_bound(values_.begin(), values_.end(), path, kByPath);
  if (at == values_.end() || at->first != path) {
    values_.insert(at, {path, hash});
    return true;
  }
  const bool changed = at->second != hash;
  at->second = hash;
  return changed;
}

}  // namespace ipe
