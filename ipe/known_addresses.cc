#include "ipe/known_addresses.h"

#include <functional>
#include <utility>

namespace ipe {

bool KnownAddresses::Add(const std::string& address) {
  return !Has(address) && addresses_.Edit().insert(address).second;
}

void KnownAddresses::Remove(const std::string& address) {
  if (Has(address)) addresses_.Edit().erase(address);
}

void KnownAddresses::RemoveBelow(const std::string& address) {
  if (address.empty()) return Clear();
  std::set<std::string> kept = *addresses_;
  const bool fewer = std::erase_if(kept, [&](const std::string& known) {
                       return known == address || known.starts_with(address + "/");
                     }) > 0;
  if (fewer) addresses_ = std::move(kept);
}

void SharedAddresses::Unite(KnownAddresses& addresses) {
  const std::set<std::string>& wanted = addresses.all();
  if (wanted.empty()) return addresses.Clear();
  std::size_t hash = wanted.size();
  for (const std::string& address : wanted) {
    hash = hash * 0x9e3779b97f4a7c15u + std::hash<std::string>{}(address);
  }
  const auto [begin, end] = sets_.equal_range(hash);
  for (auto known = begin; known != end; ++known) {
    if (!(known->second == addresses.addresses_)) continue;
    addresses.addresses_ = known->second;
    return;
  }
  if (sets_.size() >= kSets) {
    std::erase_if(sets_, [](const auto& entry) { return entry.second.IsUnique(); });
    if (sets_.size() >= kSets) sets_.clear();
  }
  sets_.emplace(hash, addresses.addresses_);
}

}  // namespace ipe
