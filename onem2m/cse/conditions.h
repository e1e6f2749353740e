// The conditions that filterCriteria and eventNotificationCriteria have in common.
// (TS-0001 v3 Tables 8.1.2-2 and 9.6.8-2)
#ifndef ONEM2M_CSE_CONDITIONS_H_
#define ONEM2M_CSE_CONDITIONS_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "onem2m/cse/timestamp.h"
#include "onem2m/error.h"

namespace onem2m::cse {

struct Resource;

class Conditions {
 public:
  // crb, cra, ms, us, exb, exa (timestamps) and sts, stb, sza, szb (numbers).
  static bool IsName(std::string_view name);
  Result<void> Add(std::string_view name, std::string_view value);

  // One verdict per condition, appended.
  void Judge(const Resource& resource, std::vector<bool>& verdicts) const;

 private:
  struct TimeCondition {
    std::string_view name;
    TimePoint value;
  };
  struct NumberCondition {
    std::string_view name;
    std::int64_t value;
  };
  std::vector<TimeCondition> times_;
  std::vector<NumberCondition> numbers_;
};

}  // namespace onem2m::cse

#endif  // ONEM2M_CSE_CONDITIONS_H_
