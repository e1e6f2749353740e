// Which rule decides what: modes, observation, creation and commands by object, endpoint and path.
// (TS-0014 §5.3, §6.7.2.2; R5, R6, R8, R66)
#ifndef MAPPING_PROFILE_H_
#define MAPPING_PROFILE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lwm2m/attributes.h"
#include "lwm2m/path.h"

namespace mapping {

enum class Create { kLazy, kEager };  // resource containers: with the first value, or at once
enum class Commands { kDirect, kRequests };  // an own subscription on writable containers, or not
// What the IPE subscribes to in the CSE (TS-0014 Table 6.5.2-1; R56).
enum class Subscribe { kNone, kCommands, kAll };
enum class Repeat { kChanged, kAll };  // of a message over several resources
enum class DeliveryKind {
  kEvery,
  kLatest
};  // kLatest replaces an undelivered value of the resource

// What holds for one endpoint and path.
struct Settings {
  bool semantic = true;            // clause 8
  bool transparent = false;        // clause 7
  bool management_object = false;  // TS-0005, below <node>
  bool flex_container = false;
  bool time_series = false;
  bool observe = true;
  std::optional<std::uint32_t> pmin;  // s; absent: not written
  std::optional<std::uint32_t> pmax;
  std::optional<double> greater_than, less_than, step;  // gt, lt, st
  std::optional<std::uint32_t> epmin, epmax;            // s
  Create create = Create::kLazy;
  Commands commands = Commands::kDirect;
  Subscribe subscribe = Subscribe::kCommands;
  bool read_on_demand = false;  // R53
  bool transparent_commands =
      false;  // a contentInstance in a transparent instance container is a Write
  Repeat repeat = Repeat::kChanged;
  DeliveryKind delivery = DeliveryKind::kEvery;
  std::optional<std::int64_t> max_number_of_instances;  // of the containers made
  std::optional<std::int64_t> max_byte_size;
  std::optional<std::int64_t> max_instance_age;  // s
  bool descriptor = false;                       // a semanticDescriptor on the containers
  std::string ontology_ref;                      // "" : the URN of the object, on objects
  std::vector<std::string> labels;               // besides those that every container has
  friend bool operator==(const Settings&, const Settings&) = default;
};

// One rule: a filter and the settings that it changes. Absent members leave what earlier rules
// said; labels add up.
struct Rule {
  // Filter; every part that is given must match.
  std::vector<std::pair<lwm2m::Id, lwm2m::Id>> objects;  // inclusive ranges; empty: all
  std::string endpoint;                                  // glob with * and ?; "": all
  std::optional<lwm2m::Path> path;                       // this path and below
  bool any_instance = false;  // the instance in `path` stands for each: /3303/*/5700
  // Settings.
  std::optional<bool> semantic, transparent, management_object, flex_container, time_series;
  std::optional<bool> observe, transparent_commands, descriptor, read_on_demand;
  std::optional<std::uint32_t> pmin, pmax, epmin, epmax;
  bool no_pmin = false;                                 // removes what an earlier rule set
  std::optional<double> greater_than, less_than, step;  // of the path of a resource
  std::optional<Create> create;
  std::optional<Commands> commands;
  std::optional<Subscribe> subscribe;
  std::optional<Repeat> repeat;
  std::optional<DeliveryKind> delivery;
  std::optional<std::int64_t> max_number_of_instances, max_byte_size, max_instance_age;
  std::optional<std::string> ontology_ref;  // of the container of `path`; without one, of objects
  std::vector<std::string> labels;
  // Of the endpoint, see ServerSettingsFor; written to its Server object.
  // (TS-0014 R66; LwM2M Core 1.1.1 Appendix E.2)
  std::optional<std::uint32_t> lifetime, default_pmin, default_pmax;  // s
  std::optional<bool> store_notifications;
  std::string name;    // of the endpoint's <AE>, see Profile::NameFor; "" : says nothing
  std::string device;  // that the endpoint runs on, see Profile::DeviceFor; "" : says nothing
  // Where it was written: "ipe.yaml:12"; "" : built in.
  std::string place;
  friend bool operator==(const Rule&, const Rule&) = default;
};

// Ordered rules, later ones win. Copies share them, so that a job can be given one cheaply;
// immutable once built.
class Profile {
 public:
  // The built-in rules: semantic for every object; observe from object 3 up, pmin 60 s for 3–7 and
  // 10 s above, 5/0/3 and 5/0/5 without pmin.
  static Profile Default();
  void Add(Rule rule);
  const std::vector<Rule>& rules() const { return *rules_; }
  Settings For(std::string_view endpoint, const lwm2m::Path& path) const;

  // False when no rule at all has the mode: then nobody need ask about a path.
  bool HasManagementObjects() const;
  // The same of the modes whose resources applications update to command: <mgmtObj>s and modules.
  bool TakesUpdates() const;

  // What the resourceName of the endpoint's <AE> is to be made of: `name` of the last rule for it,
  // in which {endpoint} stands for the Endpoint Client Name without urn: and {*} for what the only
  // * of the rule's pattern matched. "" : no rule says.
  std::string NameFor(std::string_view endpoint) const;
  // R14: the device that the endpoint runs on, made of `device` in the same way; endpoints of which
  // it is the same share a <node>. "" : the device is the endpoint's alone.
  std::string DeviceFor(std::string_view endpoint) const;

  // What to observe of a declared instance: itself, or for object 5 the resources 3 and 5 singly;
  // nothing for objects below 3 or when the settings say no, but then what rules with `observe`
  // name below it. A pmin above pmax is lowered to it, and conditions of several rules that
  // contradict each other are left out (ATT-3).
  struct ObservationTarget {
    lwm2m::Path path;
    lwm2m::NotificationAttributes attributes;
    friend bool operator==(const ObservationTarget&, const ObservationTarget&) = default;
  };
  std::vector<ObservationTarget> ObservationTargets(std::string_view endpoint,
                                                    const lwm2m::Path& instance) const;

 private:
  std::string Filled(std::string Rule::*pattern, std::string_view endpoint) const;

  std::shared_ptr<const std::vector<Rule>> rules_ = std::make_shared<const std::vector<Rule>>();
};

// Whether `rule` counts for that endpoint and path.
bool Matches(const Rule& rule, std::string_view endpoint, const lwm2m::Path& path);

// '*' any run of characters, '?' any one.
bool GlobMatches(std::string_view pattern, std::string_view text);

}  // namespace mapping

#endif  // MAPPING_PROFILE_H_
