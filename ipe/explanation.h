// What holds for an endpoint and a path of it, and why nothing was delivered if nothing was.
#ifndef IPE_EXPLANATION_H_
#define IPE_EXPLANATION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lwm2m/path.h"
#include "mapping/profile.h"

namespace ipe {

// One setting, and which rule says so.
struct SettingExplanation {
  std::string name;   // as in a rule: "pmin"
  std::string value;  // as in a rule: "60"
  std::string rule;   // "ipe.yaml:12"; "built in"
};

// Every setting that holds for that endpoint and path; `labels` once for each rule that adds some.
std::vector<SettingExplanation> ExplainSettings(const mapping::Profile& profile,
                                                std::string_view endpoint, const lwm2m::Path& path);

// A value. What is not known is absent or "".
struct Explanation {
  std::string endpoint;
  std::optional<lwm2m::Path> path;

  // The registration.
  bool known = false;  // the service has something to do with it
  bool registered = false;
  bool awake = false;
  std::string version, binding, peer, security, objects;
  std::int64_t lifetime = 0;
  std::vector<int> formats;  // announced

  // In the CSE.
  std::string ae, ae_id, node, container;  // addresses; of the path where there is one
  std::string tree;                        // "ready", "not made yet", "being deleted"
  std::optional<bool> container_exists;    // as far as is known
  bool commands_subscribed = false;        // on that container, or on `requests`
  bool rules_pending = false;              // rules that changed are still to be applied
  bool forbidden = false;
  std::string trouble;  // what the CSE refused last
  bool cse_up = false;
  std::int64_t cse_since = 0;  // s
  std::string cse_reason;
  std::uint64_t rows = 0;       // contentInstances of the endpoint that wait
  std::uint64_t path_rows = 0;  // of the path and below, among the first kRowsLookedAt
  static constexpr std::size_t kRowsLookedAt = 1000;

  // The path.
  bool declared = false;
  std::string object_name, object_version, resource_name, type, operations;  // of the definition
  std::vector<SettingExplanation> settings;
  mapping::Settings effective;
  // The observation that brings its values.
  std::optional<mapping::Profile::ObservationTarget> target;
  enum class Observation { kNone, kEstablished, kUnderWay, kRefused };
  Observation observation = Observation::kNone;
  std::string observed_path;        // of the observation, also one of an application
  std::string refusal;              // "4.05"
  std::optional<bool> value_known;  // a value of the resource arrived since it registered
};

// Why values of the path are not in the CSE, the first to be looked at first; why there is nothing
// to be said against it when there is not.
std::vector<std::string> ReasonsOf(const Explanation& explanation);

std::string ToJson(const Explanation& explanation);
std::string ToText(const Explanation& explanation);

}  // namespace ipe

#endif  // IPE_EXPLANATION_H_
