// Which optional resource types, and specialisations of them, this CSE offers.
#ifndef IPE_CSE_RESOURCE_TYPES_H_
#define IPE_CSE_RESOURCE_TYPES_H_

#include <atomic>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "ipe/concurrency/guarded.h"
#include "onem2m/types.h"

namespace ipe {

// A type, and which specialisation of it: the containerDefinition of a <flexContainer>, the root of
// a <mgmtObj>; "" : the type as a whole.
struct OptionalType {
  onem2m::ResourceType type = onem2m::ResourceType::kContainer;
  std::string specialisation;
  friend bool operator<(const OptionalType& a, const OptionalType& b) {
    return std::tie(a.type, a.specialisation) < std::tie(b.type, b.specialisation);
  }
};

// "<flexContainer> org.onem2m.common.moduleclass.battery", for logs and the operator.
std::string ToString(const OptionalType& type);

// Thread-safe. `supportedResourceType` of the <CSEBase> says of some that they are missing
// (TS-0001 §9.6.3); of the rest the first refusal of a Create does. Both count until the next
// set-up, when all are asked for again. What is wanted and missing is logged once for each kind.
class CseResourceTypes {
 public:
  // The next set-up. `supported` is what the <CSEBase> lists, empty when it does not say.
  void Expect(const std::vector<std::int64_t>& supported);

  bool LacksAnything() const { return !all_offered_; }
  // True unless the CSE is known not to have it.
  bool Offers(const OptionalType& type);
  // A resource of that kind exists: from now on a refusal is about the resource.
  void LearnPresent(const OptionalType& type);
  // A Create was refused with `status`. True when that says that the CSE does not have the kind.
  bool LearnRefusal(const OptionalType& type, onem2m::ResponseStatusCode status);

  // What was wanted and is missing, for the operator.
  std::vector<std::string> Missing();

 private:
  struct State {
    std::set<std::int64_t> supported;  // empty: not said
    std::set<OptionalType> missing;
    std::set<OptionalType> present;
    std::set<OptionalType> reported;  // as long as the service runs
  };
  static void Report(State& state, const OptionalType& type, std::string_view cause);

  Guarded<State> state_;
  std::atomic<bool> all_offered_{true};  // as far as is known: nothing to look up
};

}  // namespace ipe

#endif  // IPE_CSE_RESOURCE_TYPES_H_
