// Names of the contentInstances that the IPE makes.
#ifndef IPE_STORE_NAMES_H_
#define IPE_STORE_NAMES_H_

#include <cstdint>
#include <string>

namespace ipe {

// The epoch of an opening: greater than the one before and than the clock, so that not even a lost
// or restored database repeats a name.
std::uint64_t NextEpoch(std::uint64_t stored, std::uint64_t clock);
std::string EpochText(std::uint64_t epoch);  // 10 hex digits

// One thread only. Gives `<epoch>-<sequence>`: fixed width, so that the order of names is the order
// in which they were given.
class InstanceNames {
 public:
  static constexpr std::uint64_t kLastSequence = 9'999'999'999;

  explicit InstanceNames(std::uint64_t epoch, std::uint64_t used = 0)
      : epoch_(epoch), used_(used) {}

  // True when the ten digits are used up: the owner begins the next epoch.
  bool exhausted() const { return used_ == kLastSequence; }
  // Requires !exhausted().
  std::string Next();
  std::uint64_t epoch() const { return epoch_; }

 private:
  std::uint64_t epoch_;
  std::uint64_t used_;
};

}  // namespace ipe

#endif  // IPE_STORE_NAMES_H_
