// What is wrong with the CSE, by name.
#ifndef IPE_CSE_CONDITION_H_
#define IPE_CSE_CONDITION_H_

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ipe/metrics.h"
#include "lwm2m/registration.h"

namespace ipe {

enum class CseState {
  // It does not serve us: at most one of these, and of kFailing and kForbidden, at a time.
  kUnreachable,  // nobody there, or no answer in time
  kResetting,    // connections end in the middle of an answer
  kRefusing,     // it refuses the IPE's own resources
  // It serves us, badly.
  kFailing,    // 5xxx
  kForbidden,  // it denies a privilege
  kSlow,       // answers take long
  // It has lost what it had from us.
  kEmptied,            // everything
  kPartial,            // some of it
  kSubscriptionsLost,  // our subscriptions
  kIdentitiesChanged,  // resource ids or AE-IDs: the same names are other resources
  // Somebody else there has our originator.
  kShared,
};
constexpr std::size_t kCseStates = 11;

// As in log, /readyz and metrics: "subscriptions-lost".
std::string_view ToString(CseState state);

// Loop thread only. Several states may hold at a time. Entering and leaving are log events.
class CseCondition {
 public:
  explicit CseCondition(Metrics& metrics) : metrics_(metrics) {}

  // The cause of the first time stays, unless `state` was left meanwhile.
  void Enter(CseState state, const std::string& cause, lwm2m::TimePoint now);
  void Leave(CseState state, lwm2m::TimePoint now);
  bool Is(CseState state) const { return entries_[Index(state)].has_value(); }

  // "cse: slow for 12 s: …", of all states that hold.
  std::vector<std::string> Lines(lwm2m::TimePoint now) const;
  void SetGauges() const;

 private:
  struct Entry {
    std::string cause;
    lwm2m::TimePoint since;
  };
  static std::size_t Index(CseState state) { return static_cast<std::size_t>(state); }

  Metrics& metrics_;
  std::array<std::optional<Entry>, kCseStates> entries_;
};

}  // namespace ipe

#endif  // IPE_CSE_CONDITION_H_
