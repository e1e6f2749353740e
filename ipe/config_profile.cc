#include "ipe/config_profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include "ipe/config_schema.h"
#include "ipe/config_values.h"

namespace ipe {
namespace {

using mapping::Rule;
using Range = std::pair<lwm2m::Id, lwm2m::Id>;

constexpr const char* kKey = "interworking.profile";

std::string ScalarOf(const YAML::Node& node) { return node.IsScalar() ? node.Scalar() : ""; }

// What an operator sees of a value that is wrong.
std::string FoundIn(const YAML::Node& node) {
  if (node.IsScalar()) return node.Scalar();
  return node.IsSequence() ? "a list" : node.IsMap() ? "a section" : "nothing";
}

std::optional<lwm2m::Id> ReadId(std::string_view text) {
  const auto number = ParseNumber(text);
  if (!number || *number >= lwm2m::kMaxId) return std::nullopt;
  return static_cast<lwm2m::Id>(*number);
}

// 3 or 3300-3350.
std::optional<Range> ReadRange(std::string_view text) {
  const std::size_t dash = text.find('-');
  const auto first = ReadId(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : ReadId(text.substr(dash + 1));
  if (!first || !last || *first > *last) return std::nullopt;
  return Range{*first, *last};
}

bool ReadObjects(const YAML::Node& node, Rule& rule) {
  if (node.IsScalar()) {
    const auto range = ReadRange(node.Scalar());
    if (range) rule.objects.push_back(*range);
    return range.has_value();
  }
  if (!node.IsSequence() || node.size() == 0) return false;
  return std::all_of(node.begin(), node.end(), [&rule](const YAML::Node& element) {
    const auto range = ReadRange(ScalarOf(element));
    if (range) rule.objects.push_back(*range);
    return range.has_value();
  });
}

bool ReadPath(const YAML::Node& node, Rule& rule) {
  const auto path = lwm2m::Path::Parse(ScalarOf(node));
  if (!path) return false;
  rule.path = *path;
  return true;
}

bool ReadModes(const YAML::Node& node, Rule& rule) {
  std::set<std::string> modes;
  if (node.IsScalar()) {
    modes.insert(node.Scalar());
  } else if (node.IsSequence()) {
    for (const YAML::Node& element : node) modes.insert(ScalarOf(element));
  } else {
    return false;
  }
  if (!std::all_of(modes.begin(), modes.end(), IsMode)) return false;
  rule.semantic = modes.count("semantic") > 0;
  rule.transparent = modes.count("transparent") > 0;
  return true;
}

bool ReadFlag(const YAML::Node& node, std::optional<bool>& flag) {
  flag = ParseBoolean(ScalarOf(node));
  return flag.has_value();
}

bool ReadSeconds(const YAML::Node& node, std::optional<std::uint32_t>& seconds) {
  const auto number = ParseNumber(ScalarOf(node));
  if (!number || *number > std::numeric_limits<std::uint32_t>::max()) return false;
  seconds = static_cast<std::uint32_t>(*number);
  return true;
}

bool ReadPmin(const YAML::Node& node, Rule& rule) {
  rule.no_pmin = node.IsNull();
  return rule.no_pmin || ReadSeconds(node, rule.pmin);
}

bool ReadLimit(const YAML::Node& node, std::optional<std::int64_t>& limit) {
  const auto number = ParseNumber(ScalarOf(node));
  if (!number || *number > std::numeric_limits<std::int64_t>::max()) return false;
  limit = static_cast<std::int64_t>(*number);
  return true;
}

template <typename T>
bool ReadChoice(const YAML::Node& node, std::optional<T>& member, const char* first, T first_value,
                const char* second, T second_value) {
  const std::string text = ScalarOf(node);
  if (text != first && text != second) return false;
  member = text == first ? first_value : second_value;
  return true;
}

struct RuleMember {
  const char* name;
  const char* expected;
  bool (*read)(const YAML::Node& node, Rule& rule);
};

constexpr const char* kLimit = "a number";

constexpr std::array<RuleMember, 15> kMembers = {{
    {"objects", "object ids and ranges, such as [3, 3300-3350]", ReadObjects},
    {"endpoint", "a pattern of endpoint names with * and ?",
     [](const YAML::Node& node, Rule& rule) {
       rule.endpoint = ScalarOf(node);
       return !rule.endpoint.empty();
     }},
    {"path", "an LwM2M path, such as /3/0", ReadPath},
    {"modes", "a list of semantic and transparent", ReadModes},
    {"observe", "true or false",
     [](const YAML::Node& node, Rule& rule) { return ReadFlag(node, rule.observe); }},
    {"pmin", "seconds, or null for none", ReadPmin},
    {"pmax", "seconds",
     [](const YAML::Node& node, Rule& rule) { return ReadSeconds(node, rule.pmax); }},
    {"create", "lazy or eager",
     [](const YAML::Node& node, Rule& rule) {
       return ReadChoice(node, rule.create, "lazy", mapping::Create::kLazy, "eager",
                         mapping::Create::kEager);
     }},
    {"commands", "direct or requests",
     [](const YAML::Node& node, Rule& rule) {
       return ReadChoice(node, rule.commands, "direct", mapping::Commands::kDirect, "requests",
                         mapping::Commands::kRequests);
     }},
    {"transparent_commands", "true or false",
     [](const YAML::Node& node, Rule& rule) { return ReadFlag(node, rule.transparent_commands); }},
    {"repeat", "changed or all",
     [](const YAML::Node& node, Rule& rule) {
       return ReadChoice(node, rule.repeat, "changed", mapping::Repeat::kChanged, "all",
                         mapping::Repeat::kAll);
     }},
    {"delivery", "every or latest",
     [](const YAML::Node& node, Rule& rule) {
       return ReadChoice(node, rule.delivery, "every", mapping::DeliveryKind::kEvery, "latest",
                         mapping::DeliveryKind::kLatest);
     }},
    {"max_instances", kLimit,
     [](const YAML::Node& node, Rule& rule) {
       return ReadLimit(node, rule.max_number_of_instances);
     }},
    {"max_bytes", kLimit,
     [](const YAML::Node& node, Rule& rule) { return ReadLimit(node, rule.max_byte_size); }},
    {"max_age", "seconds",
     [](const YAML::Node& node, Rule& rule) { return ReadLimit(node, rule.max_instance_age); }},
}};

const RuleMember* FindMember(std::string_view name) {
  const auto* found = std::find_if(kMembers.begin(), kMembers.end(),
                                   [&](const RuleMember& member) { return member.name == name; });
  return found == kMembers.end() ? nullptr : found;
}

std::string ClosestMember(std::string_view name) {
  std::vector<std::string> names;
  for (const RuleMember& member : kMembers) names.emplace_back(member.name);
  return ClosestOf(name, names);
}

std::optional<ConfigError> ReadRule(const YAML::Node& map, const std::string& key,
                                    const std::function<std::string(const YAML::Node&)>& where,
                                    Rule& rule) {
  if (!map.IsMap()) return ConfigError{where(map), key, FoundIn(map), "a rule with members"};
  std::set<std::string> seen;
  for (const auto& entry : map) {
    const std::string name = ScalarOf(entry.first);
    const std::string member_key = fmt::format("{}.{}", key, name);
    const RuleMember* member = FindMember(name);
    if (member == nullptr) {
      return ConfigError{where(entry.first), member_key, name,
                         fmt::format("a member of a rule, perhaps {}", ClosestMember(name))};
    }
    if (!seen.insert(name).second) {
      return ConfigError{where(entry.first), member_key, name, "each member once"};
    }
    if (!member->read(entry.second, rule)) {
      return ConfigError{where(entry.second), member_key, FoundIn(entry.second), member->expected};
    }
  }
  return std::nullopt;
}

template <typename T>
void WriteOptional(YAML::Node& map, const char* name, const std::optional<T>& value) {
  if (value) map[name] = *value;
}

YAML::Node WriteObjects(const std::vector<Range>& objects) {
  YAML::Node list(YAML::NodeType::Sequence);
  list.SetStyle(YAML::EmitterStyle::Flow);
  for (const auto& [first, last] : objects) {
    list.push_back(first == last ? std::to_string(first) : fmt::format("{}-{}", first, last));
  }
  return list;
}

YAML::Node WriteModes(const Rule& rule) {
  YAML::Node list(YAML::NodeType::Sequence);
  list.SetStyle(YAML::EmitterStyle::Flow);
  if (rule.semantic.value_or(false)) list.push_back("semantic");
  if (rule.transparent.value_or(false)) list.push_back("transparent");
  return list;
}

YAML::Node WriteRule(const Rule& rule) {
  YAML::Node map(YAML::NodeType::Map);
  if (!rule.objects.empty()) map["objects"] = WriteObjects(rule.objects);
  if (!rule.endpoint.empty()) map["endpoint"] = rule.endpoint;
  if (rule.path) map["path"] = rule.path->ToString();
  if (rule.semantic || rule.transparent) map["modes"] = WriteModes(rule);
  WriteOptional(map, "observe", rule.observe);
  WriteOptional(map, "pmin", rule.pmin);
  if (rule.no_pmin) map["pmin"] = YAML::Node(YAML::NodeType::Null);
  WriteOptional(map, "pmax", rule.pmax);
  if (rule.create) map["create"] = rule.create == mapping::Create::kLazy ? "lazy" : "eager";
  if (rule.commands) {
    map["commands"] = rule.commands == mapping::Commands::kDirect ? "direct" : "requests";
  }
  WriteOptional(map, "transparent_commands", rule.transparent_commands);
  if (rule.repeat) map["repeat"] = rule.repeat == mapping::Repeat::kChanged ? "changed" : "all";
  if (rule.delivery) {
    map["delivery"] = rule.delivery == mapping::DeliveryKind::kEvery ? "every" : "latest";
  }
  WriteOptional(map, "max_instances", rule.max_number_of_instances);
  WriteOptional(map, "max_bytes", rule.max_byte_size);
  WriteOptional(map, "max_age", rule.max_instance_age);
  return map;
}

}  // namespace

tl::expected<std::vector<Rule>, ConfigError> ReadRules(
    const YAML::Node& sequence, const std::function<std::string(const YAML::Node&)>& where) {
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
