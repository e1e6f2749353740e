#include "mapping/profile.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "mapping/identifiers.h"

namespace mapping {

namespace {

constexpr lwm2m::Id kFirstObservedObject = 3;  // 0–2 hold credentials, servers and rights
constexpr lwm2m::Id kFirmwareUpdate = 5;
constexpr lwm2m::Id kFirmwareState = 3;
constexpr lwm2m::Id kFirmwareResult = 5;

// The rule has a path, and `path` is it or below it.
bool Covers(const Rule& rule, const lwm2m::Path& path) {
  if (!rule.any_instance) return rule.path->Contains(path);
  if (path.depth() < rule.path->depth()) return false;
  for (std::size_t level = 0; level < rule.path->depth(); ++level) {
    if (level != 1 && path[level] != (*rule.path)[level]) return false;
  }
  return true;
}

// LwM2M Core 1.1.1 §5.1.2: gt, lt and st belong to a resource; a device refuses them elsewhere.
constexpr std::size_t kResourceDepth = 3;

// The level that an ontologyRef of the rule is for.
std::size_t NamedDepth(const Rule& rule) {
  return rule.path && !rule.path->is_root() ? rule.path->depth() : 1;
}

void AddLabels(const std::vector<std::string>& labels, std::vector<std::string>& to) {
  for (const std::string& label : labels) {
    if (std::find(to.begin(), to.end(), label) == to.end()) to.push_back(label);
  }
}

template <typename Setting, typename Given>
void Override(Setting& setting, const std::optional<Given>& given) {
  if (given) setting = *given;
}

void Apply(const Rule& rule, const lwm2m::Path& path, Settings& settings) {
  Override(settings.semantic, rule.semantic);
  Override(settings.transparent, rule.transparent);
  Override(settings.management_object, rule.management_object);
  Override(settings.flex_container, rule.flex_container);
  Override(settings.time_series, rule.time_series);
  Override(settings.observe, rule.observe);
  Override(settings.transparent_commands, rule.transparent_commands);
  Override(settings.read_on_demand, rule.read_on_demand);
  if (rule.no_pmin) settings.pmin.reset();
  Override(settings.pmin, rule.pmin);
  Override(settings.pmax, rule.pmax);
  Override(settings.greater_than, rule.greater_than);
  Override(settings.less_than, rule.less_than);
  Override(settings.step, rule.step);
  Override(settings.epmin, rule.epmin);
  Override(settings.epmax, rule.epmax);
  Override(settings.create, rule.create);
  Override(settings.commands, rule.commands);
  Override(settings.subscribe, rule.subscribe);
  Override(settings.repeat, rule.repeat);
  Override(settings.delivery, rule.delivery);
  Override(settings.max_number_of_instances, rule.max_number_of_instances);
  Override(settings.max_byte_size, rule.max_byte_size);
  Override(settings.max_instance_age, rule.max_instance_age);
  Override(settings.descriptor, rule.descriptor);
  if (path.depth() == NamedDepth(rule)) Override(settings.ontology_ref, rule.ontology_ref);
  AddLabels(rule.labels, settings.labels);
}

Profile::ObservationTarget TargetOf(const lwm2m::Path& path, const Settings& settings) {
  Profile::ObservationTarget target{path, {}};
  lwm2m::NotificationAttributes& attributes = target.attributes;
  attributes.minimum_period = settings.pmin;
  attributes.maximum_period = settings.pmax;
  attributes.minimum_evaluation_period = settings.epmin;
  attributes.maximum_evaluation_period = settings.epmax;
  if (path.depth() >= kResourceDepth) {
    attributes.greater_than = settings.greater_than;
    attributes.less_than = settings.less_than;
    attributes.step = settings.step;
  }
  // LwM2M Core 1.1.1 §5.1.2: pmax below pmin is void. A rule that sets only pmax meets the pmin of
  // the built-in rules, and the rule is what the user asked for.
  const bool has_maximum = settings.pmax.value_or(0) != 0;  // 0: no maximum
  if (settings.pmin && has_maximum && *settings.pmax < *settings.pmin) {
    attributes.minimum_period = settings.pmax;
  }
  if (lwm2m::Validate(attributes, path)) return target;
  // Each rule by itself is sound (the configuration sees to it), together they are not.
  attributes.greater_than = attributes.less_than = attributes.step = std::nullopt;
  attributes.minimum_evaluation_period = attributes.maximum_evaluation_period = std::nullopt;
  return target;
}

// What a pattern with one * has there; "" when it has none.
std::string_view StarOf(std::string_view pattern, std::string_view text) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return "";
  return text.substr(star, text.size() - (pattern.size() - 1));
}

void Replace(std::string& text, std::string_view what, std::string_view by) {
  for (std::size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
}

}  // namespace

bool Matches(const Rule& rule, std::string_view endpoint, const lwm2m::Path& path) {
  if (!rule.objects.empty()) {
    if (path.is_root()) return false;
    const auto holds = [&](const auto& range) {
      return range.first <= path.object() && path.object() <= range.second;
    };
    if (std::none_of(rule.objects.begin(), rule.objects.end(), holds)) return false;
  }
  if (!rule.endpoint.empty() && !GlobMatches(rule.endpoint, endpoint)) return false;
  return !rule.path || Covers(rule, path);
}

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

void Profile::Add(Rule rule) {
  std::vector<Rule> rules = *rules_;
  rules.push_back(std::move(rule));
  rules_ = std::make_shared<const std::vector<Rule>>(std::move(rules));
}

Settings Profile::For(std::string_view endpoint, const lwm2m::Path& path) const {
  Settings settings;
  for (const Rule& rule : *rules_) {
    if (Matches(rule, endpoint, path)) Apply(rule, path, settings);
  }
  return settings;
}

bool Profile::HasManagementObjects() const {
  return std::any_of(rules_->begin(), rules_->end(),
                     [](const Rule& rule) { return rule.management_object == true; });
}

bool Profile::TakesUpdates() const {
  return std::any_of(rules_->begin(), rules_->end(), [](const Rule& rule) {
    return rule.management_object == true || rule.flex_container == true;
  });
}

std::string Profile::Filled(std::string Rule::*pattern, std::string_view endpoint) const {
  for (auto rule = rules_->rbegin(); rule != rules_->rend(); ++rule) {
    const bool is_for_it = rule->endpoint.empty() || GlobMatches(rule->endpoint, endpoint);
    if (((*rule).*pattern).empty() || !is_for_it) continue;
    std::string text = (*rule).*pattern;
    Replace(text, "{*}", StarOf(rule->endpoint, endpoint));
    Replace(text, "{endpoint}", WithoutUrn(endpoint));
    return text;
  }
  return "";
}

std::string Profile::NameFor(std::string_view endpoint) const {
  return Filled(&Rule::name, endpoint);
}

std::string Profile::DeviceFor(std::string_view endpoint) const {
  return Filled(&Rule::device, endpoint);
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
    for (const Rule& rule : *rules_) {
      if (rule.observe != true || !rule.path || rule.path->depth() <= instance.depth()) continue;
      lwm2m::Path part = instance;
      for (std::size_t level = instance.depth(); level < rule.path->depth(); ++level) {
        part = part.Child((*rule.path)[level]);
      }
      if (!Matches(rule, endpoint, part)) continue;
      if (std::find(candidates.begin(), candidates.end(), part) == candidates.end()) {
        candidates.push_back(part);
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
