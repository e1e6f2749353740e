#include "ipe/store_names.h"

#include <fmt/format.h>

#include <algorithm>

namespace ipe {

std::uint64_t NextEpoch(std::uint64_t stored, std::uint64_t clock) {
  return std::max(stored, clock) + 1;
}

std::string EpochText(std::uint64_t epoch) { return fmt::format("{:010x}", epoch); }

std::string InstanceNames::Next() { return fmt::format("{:010x}-{:010}", epoch_, ++used_); }

}  // namespace ipe
