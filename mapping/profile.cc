#include "mapping/profile.h"

#include <algorithm>

namespace mapping {

namespace {

constexpr lwm2m::Id kFirstObservedObject = 3;  // 0–2 hold credentials, servers and rights
constexpr lwm2m::Id kFirmwareUpdate = 5;
constexpr lwm2m::Id kFirmwareState = 3;
constexpr lwm2m::Id kFirmwareResult = 5;

bool Matches(const Rule& rule, std::string_view endpoint, const lwm2m::Path& path) {
  if (!rule.objects.empty()) {
    if (path.is_root()) return false;
    const auto holds = [&](const auto& range) {
      return range.first <= path.object() && path.object() <= range.second;
    };
    if (std::none_of(rule.objects.begin(), rule.objects.end(), holds)) return false;
  }
  if (!rule.endpoint.empty() && !GlobMatches(rule.endpoint, endpoint)) return false;
  return !rule.path || rule.path->Contains(path);
}

template <typename Setting, typename Given>
void Override(Setting& setting, const std::optional<Given>& given) {
  if (given) setting = *given;
}

void Apply(const Rule& rule, Settings& settings) {
  Override(settings.semantic, rule.semantic);
  Override(settings.transparent, rule.transparent);
  Override(settings.observe, rule.observe);
  Override(settings.transparent_commands, rule.transparent_commands);
  if (rule.no_pmin) settings.pmin.reset();
  Override(settings.pmin, rule.pmin);
  Override(settings.pmax, rule.pmax);
  Override(settings.create, rule.create);
  Override(settings.commands, rule.commands);
  Override(settings.repeat, rule.repeat);
  Override(settings.delivery, rule.delivery);
  Override(settings.max_number_of_instances, rule.max_number_of_instances);
  Override(settings.max_byte_size, rule.max_byte_size);
  Override(settings.max_instance_age, rule.max_instance_age);
}

Profile::ObservationTarget TargetOf(const lwm2m::Path& path, const Settings& settings) {
  Profile::ObservationTarget target{path, settings.pmin, settings.pmax};
  // LwM2M Core 1.1.1 §5.1.2: pmax below pmin is void. A rule that sets only pmax meets the pmin of
  // the built-in rules, and the rule is what the user asked for.
  const bool has_maximum = target.pmax.value_or(0) != 0;  // 0: no maximum
  if (target.pmin && has_maximum && *target.pmax < *target.pmin) target.pmin = target.pmax;
  return target;
}

}  // namespace

Profile Profile::Default() {
  Profile profile;
  Rule unobserved;
  unobserved.objects = {{0, kFirstObservedObject - 1}};
  unobserved.observe = false;
  profile.Add(unobserved);

  Rule management;
  management.objects = {{3, 7}};
  management.pmin = 60;
  profile.Add(management);

  Rule others;
  others.objects = {{8, lwm2m::kMaxId}};
  others.pmin = 10;
  profile.Add(others);

  // An update of the firmware goes through its states faster than any useful pmin.
  for (const lwm2m::Id resource : {kFirmwareState, kFirmwareResult}) {
    Rule firmware;
    firmware.path = lwm2m::Path(kFirmwareUpdate, 0, resource);
    firmware.no_pmin = true;
    profile.Add(firmware);
  }
  return profile;
}

void Profile::Add(Rule rule) { rules_.push_back(std::move(rule)); }

Settings Profile::For(std::string_view endpoint, const lwm2m::Path& path) const {
  Settings settings;
  for (const Rule& rule : rules_) {
    if (Matches(rule, endpoint, path)) Apply(rule, settings);
  }
  return settings;
}

std::vector<Profile::ObservationTarget> Profile::ObservationTargets(
    std::string_view endpoint, const lwm2m::Path& instance) const {
  std::vector<lwm2m::Path> candidates;
  if (instance.object() < kFirstObservedObject) return {};
  if (instance.object() == kFirmwareUpdate) {
    candidates = {instance.Child(kFirmwareState), instance.Child(kFirmwareResult)};
  } else if (For(endpoint, instance).observe) {
    candidates = {instance};
  } else {
    // "Not the instance, but this resource of it": rules that name a path below it.
    for (const Rule& rule : rules_) {
      const bool names_part = rule.observe == true && rule.path && *rule.path != instance &&
                              instance.Contains(*rule.path);
      if (!names_part || !Matches(rule, endpoint, *rule.path)) continue;
      if (std::find(candidates.begin(), candidates.end(), *rule.path) == candidates.end()) {
        candidates.push_back(*rule.path);
      }
    }
  }
  std::vector<ObservationTarget> targets;
  for (const lwm2m::Path& path : candidates) {
    const Settings settings = For(endpoint, path);
    if (settings.observe) targets.push_back(TargetOf(path, settings));
  }
  return targets;
}

bool GlobMatches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  // Where to go on when a run that '*' was thought to match turns out too short.
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace mapping
