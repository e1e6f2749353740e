// Which resources below an endpoint's <AE> are known to exist.
#ifndef IPE_KNOWN_ADDRESSES_H_
#define IPE_KNOWN_ADDRESSES_H_

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "lwm2m/shared.h"

namespace ipe {

// A set of addresses below the <AE>, "3/0/9", that endpoints with the same tree share. A value.
class KnownAddresses {
 public:
  bool Has(const std::string& address) const { return addresses_->count(address) > 0; }
  // False: it was known.
  bool Add(const std::string& address);
  void Remove(const std::string& address);
  // `address` and what is below it; "" : all.
  void RemoveBelow(const std::string& address);
  void Clear() { addresses_ = {}; }
  const std::set<std::string>& all() const { return *addresses_; }

 private:
  friend class SharedAddresses;
  lwm2m::Shared<std::set<std::string>> addresses_;
};

// The sets that endpoints have, each in memory once. Used by one thread. Owns what it remembers: a
// bounded number of sets.
class SharedAddresses {
 public:
  static constexpr std::size_t kSets = 4096;

  // Makes `addresses` share with an equal set that is there already.
  void Unite(KnownAddresses& addresses);
  std::size_t size() const { return sets_.size(); }

 private:
  using Set = lwm2m::Shared<std::set<std::string>>;
  std::unordered_multimap<std::size_t, Set> sets_;  // by hash
};

}  // namespace ipe

#endif  // IPE_KNOWN_ADDRESSES_H_
