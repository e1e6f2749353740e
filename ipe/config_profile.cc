#include "ipe/config_profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "ipe/config_rule_members.h"
#include "ipe/config_schema.h"
#include "lwm2m/attributes.h"

namespace ipe {
namespace {

using mapping::Rule;
using Where = std::function<std::string(const YAML::Node&)>;

constexpr const char* kKey = "interworking.profile";
constexpr std::size_t kResourceDepth = 3;

// What an operator sees of a value that is wrong.
std::string FoundIn(const YAML::Node& node) {
  if (node.IsScalar()) return node.Scalar();
  return node.IsSequence() ? "a list" : node.IsMap() ? "a section" : "nothing";
}

const RuleMember* FindMember(std::string_view name) {
  const auto& members = RuleMembers();
  const auto found = std::find_if(members.begin(), members.end(),
                                  [&](const RuleMember& member) { return member.name == name; });
  return found == members.end() ? nullptr : &*found;
}

std::string ClosestMember(std::string_view name) {
  std::vector<std::string> names;
  for (const RuleMember& member : RuleMembers()) names.emplace_back(member.name);
  return ClosestOf(name, names);
}

// A member of a rule that does not fit the others of the rule.
struct Misfit {
  std::string member;
  std::string expected;
};

// ATT-3: what a device would refuse.
std::optional<Misfit> CheckAttributes(const Rule& rule) {
  lwm2m::NotificationAttributes attributes;
  attributes.greater_than = rule.greater_than;
  attributes.less_than = rule.less_than;
  attributes.step = rule.step;
  attributes.minimum_evaluation_period = rule.epmin;
  attributes.maximum_evaluation_period = rule.epmax;
  const std::string condition = rule.step ? "st" : rule.less_than ? "lt" : "gt";
  const bool is_resource = rule.path && rule.path->depth() >= kResourceDepth;
  if (lwm2m::NamesNumericCondition(attributes) && !is_resource) {
    return Misfit{condition, "a path of a resource in the same rule, such as /3303/*/5700"};
  }
  const lwm2m::Path path = is_resource ? *rule.path : lwm2m::Path();
  const auto valid = lwm2m::Validate(attributes, path);
  if (valid) return std::nullopt;
  const bool periods = rule.epmin && rule.epmax && *rule.epmin >= *rule.epmax;
  return Misfit{periods ? "epmin" : condition,
                "attributes that fit each other: " + valid.error().detail};
}

std::optional<Misfit> CheckPattern(const Rule& rule, const char* member, const std::string& text) {
  if (text.empty()) return std::nullopt;
  if (rule.path || !rule.objects.empty()) {
    return Misfit{member,
                  "no objects and no path in the same rule: it is the endpoint that is named"};
  }
  const auto stars = std::count(rule.endpoint.begin(), rule.endpoint.end(), '*');
  const bool takes_star = text.find("{*}") != std::string::npos;
  if (takes_star && stars != 1) return Misfit{member, "{*} beside an endpoint with one *"};
  return std::nullopt;
}

std::optional<Misfit> CheckName(const Rule& rule) {
  if (auto misfit = CheckPattern(rule, "device", rule.device)) return misfit;
  if (auto misfit = CheckPattern(rule, "name", rule.name)) return misfit;
  if (rule.name.empty()) return std::nullopt;
  const bool for_many =
      rule.endpoint.empty() || rule.endpoint.find_first_of("*?") != std::string::npos;
  const bool takes_star = rule.name.find("{*}") != std::string::npos;
  if (for_many && !takes_star && rule.name.find("{endpoint}") == std::string::npos) {
    return Misfit{"name", "{endpoint} or {*} in it, since the rule is for more than one endpoint"};
  }
  return std::nullopt;
}

// R66: they are the device's, which has them once.
std::optional<Misfit> CheckServerSettings(const Rule& rule) {
  const char* const member = rule.lifetime              ? "lifetime"
                             : rule.default_pmin        ? "default_pmin"
                             : rule.default_pmax        ? "default_pmax"
                             : rule.store_notifications ? "store_notifications"
                                                        : nullptr;
  if (member == nullptr) return std::nullopt;
  if (rule.path || !rule.objects.empty()) {
    return Misfit{member, "no objects and no path in the same rule: it is of the whole device"};
  }
  const bool has_maximum = rule.default_pmax.value_or(0) != 0;  // 0: no maximum
  if (has_maximum && rule.default_pmin && *rule.default_pmax < *rule.default_pmin) {
    return Misfit{"default_pmax", "not less than default_pmin, or 0"};
  }
  return std::nullopt;
}

std::optional<ConfigError> ReadRule(const YAML::Node& map, const std::string& key,
                                    const Where& where, Rule& rule) {
  if (!map.IsMap()) return ConfigError{where(map), key, FoundIn(map), "a rule with members"};
  rule.place = where(map);
  std::map<std::string, YAML::Node> seen;
  for (const auto& entry : map) {
    const std::string name = entry.first.IsScalar() ? entry.first.Scalar() : "";
    const std::string member_key = fmt::format("{}.{}", key, name);
    const RuleMember* member = FindMember(name);
    if (member == nullptr) {
      return ConfigError{where(entry.first), member_key, name,
                         fmt::format("a member of a rule, perhaps {}", ClosestMember(name))};
    }
    if (!seen.emplace(name, entry.second).second) {
      return ConfigError{where(entry.first), member_key, name, "each member once"};
    }
    if (!member->read(entry.second, rule)) {
      return ConfigError{where(entry.second), member_key, FoundIn(entry.second), member->expected};
    }
  }
  auto misfit = CheckAttributes(rule);
  if (!misfit) misfit = CheckServerSettings(rule);
  if (!misfit) misfit = CheckName(rule);
  if (!misfit) return std::nullopt;
  const YAML::Node& wrong = seen.at(misfit->member);
  return ConfigError{where(wrong), fmt::format("{}.{}", key, misfit->member), FoundIn(wrong),
                     std::move(misfit->expected)};
}

YAML::Node WriteRule(const Rule& rule) {
  YAML::Node map(YAML::NodeType::Map);
  for (const RuleMember& member : RuleMembers()) {
    const YAML::Node value = member.write(rule);
    if (value.IsDefined()) map[member.name] = value;
  }
  return map;
}

}  // namespace

tl::expected<std::vector<Rule>, ConfigError> ReadRules(const YAML::Node& sequence,
                                                       const Where& where) {
  std::vector<Rule> rules;
  if (sequence.IsNull()) return rules;
  if (!sequence.IsSequence()) {
    return tl::unexpected(ConfigError{where(sequence), kKey, FoundIn(sequence), "a list of rules"});
  }
  for (const YAML::Node& node : sequence) {
    Rule rule;
    const std::string key = fmt::format("{}[{}]", kKey, rules.size());
    if (auto error = ReadRule(node, key, where, rule)) return tl::unexpected(*std::move(error));
    rules.push_back(std::move(rule));
  }
  return rules;
}

YAML::Node WriteRules(const std::vector<Rule>& rules) {
  YAML::Node sequence(YAML::NodeType::Sequence);
  for (const Rule& rule : rules) sequence.push_back(WriteRule(rule));
  return sequence;
}

}  // namespace ipe
