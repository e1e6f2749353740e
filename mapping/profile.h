// Which rule decides what: modes, observation, creation and commands by object, endpoint and path.
// (TS-0014 §5.3, §6.7.2.2; R5, R6, R8, R66)
#ifndef MAPPING_PROFILE_H_
#define MAPPING_PROFILE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lwm2m/path.h"

namespace mapping {

enum class Create { kLazy, kEager };  // resource containers: with the first value, or at once
enum class Commands { kDirect, kRequests };  // an own subscription on writable containers, or not
enum class Repeat { kChanged, kAll };        // of a message over several resources
enum class DeliveryKind {
  kEvery,
  kLatest
};  // kLatest replaces an undelivered value of the resource

// What holds for one endpoint and path.
struct Settings {
  bool semantic = true;      // clause 8
  bool transparent = false;  // clause 7
  bool observe = true;
  std::optional<std::uint32_t> pmin;  // s; absent: not written
  std::optional<std::uint32_t> pmax;
  Create create = Create::kLazy;
  Commands commands = Commands::kDirect;
  bool transparent_commands =
      false;  // a contentInstance in a transparent instance container is a Write
  Repeat repeat = Repeat::kChanged;
  DeliveryKind delivery = DeliveryKind::kEvery;
  std::optional<std::int64_t> max_number_of_instances;  // of the containers made
  std::optional<std::int64_t> max_byte_size;
  std::optional<std::int64_t> max_instance_age;  // s
  friend bool operator==(const Settings&, const Settings&) = default;
};

// One rule: a filter and the settings that it changes. Absent members leave what earlier rules
// said.
struct Rule {
  // Filter; every part that is given must match.
  std::vector<std::pair<lwm2m::Id, lwm2m::Id>> objects;  // inclusive ranges; empty: all
  std::string endpoint;                                  // glob with * and ?; "": all
  std::optional<lwm2m::Path> path;                       // this path and below
  // Settings.
  std::optional<bool> semantic, transparent, observe, transparent_commands;
  std::optional<std::uint32_t> pmin, pmax;
  bool no_pmin = false;  // removes what an earlier rule set
  std::optional<Create> create;
  std::optional<Commands> commands;
  std::optional<Repeat> repeat;
  std::optional<DeliveryKind> delivery;
  std::optional<std::int64_t> max_number_of_instances, max_byte_size, max_instance_age;
};

// Ordered rules, later ones win. Immutable once built.
class Profile {
 public:
  // The built-in rules: semantic for every object; observe from object 3 up, pmin 60 s for 3–7 and
  // 10 s above, 5/0/3 and 5/0/5 without pmin.
  static Profile Default();
  void Add(Rule rule);
  Settings For(std::string_view endpoint, const lwm2m::Path& path) const;

  // What to observe of a declared instance: itself, or for object 5 the resources 3 and 5 singly;
  // nothing for objects below 3 or when the settings say no, but then what rules with `observe`
  // name below it. A pmin above pmax is lowered to it (ATT-3).
  struct ObservationTarget {
    lwm2m::Path path;
    std::optional<std::uint32_t> pmin, pmax;
  };
  std::vector<ObservationTarget> ObservationTargets(std::string_view endpoint,
                                                    const lwm2m::Path& instance) const;

 private:
  std::vector<Rule> rules_;
};

// '*' any run of characters, '?' any one.
bool GlobMatches(std::string_view pattern, std::string_view text);

}  // namespace mapping

#endif  // MAPPING_PROFILE_H_
