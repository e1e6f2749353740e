#include "ipe/config_rule_members.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "ipe/config_values.h"
#include "lwm2m/value.h"

namespace ipe {
namespace {

using mapping::Rule;
using Range = std::pair<lwm2m::Id, lwm2m::Id>;

std::string ScalarOf(const YAML::Node& node) { return node.IsScalar() ? node.Scalar() : ""; }

YAML::Node Absent() { return YAML::Node(YAML::NodeType::Undefined); }

YAML::Node FlowList(const std::vector<std::string>& texts) {
  YAML::Node list(YAML::NodeType::Sequence);
  list.SetStyle(YAML::EmitterStyle::Flow);
  for (const std::string& text : texts) list.push_back(text);
  return list;
}

// One text, or a list of texts.
std::optional<std::vector<std::string>> ReadTexts(const YAML::Node& node) {
  if (node.IsScalar()) return std::vector<std::string>{node.Scalar()};
  if (!node.IsSequence()) return std::nullopt;
  std::vector<std::string> texts;
  for (const YAML::Node& element : node) {
    if (!element.IsScalar()) return std::nullopt;
    texts.push_back(element.Scalar());
  }
  return texts;
}

// ---- the filter

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
  const auto texts = ReadTexts(node);
  if (!texts || texts->empty()) return false;
  return std::all_of(texts->begin(), texts->end(), [&rule](const std::string& text) {
    const auto range = ReadRange(text);
    if (range) rule.objects.push_back(*range);
    return range.has_value();
  });
}

YAML::Node WriteObjects(const Rule& rule) {
  if (rule.objects.empty()) return Absent();
  std::vector<std::string> texts;
  for (const auto& [first, last] : rule.objects) {
    texts.push_back(first == last ? std::to_string(first) : fmt::format("{}-{}", first, last));
  }
  return FlowList(texts);
}

bool ReadEndpoint(const YAML::Node& node, Rule& rule) {
  rule.endpoint = ScalarOf(node);
  return !rule.endpoint.empty();
}

YAML::Node WriteEndpoint(const Rule& rule) {
  return rule.endpoint.empty() ? Absent() : YAML::Node(rule.endpoint);
}

// /3303/0/5700; /3303/*/5700 for that of each instance.
bool ReadPath(const YAML::Node& node, Rule& rule) {
  std::string text = ScalarOf(node);
  const std::size_t star = text.find("/*");
  if (star != std::string::npos) {
    text.replace(star, 2, "/0");
    rule.any_instance = true;
  }
  const auto path = lwm2m::Path::Parse(text);
  if (!path) return false;
  rule.path = *path;
  // The star is the second identifier.
  return !rule.any_instance || (star == path->Prefix(1).ToString().size() && path->depth() >= 2);
}

YAML::Node WritePath(const Rule& rule) {
  if (!rule.path) return Absent();
  if (!rule.any_instance) return YAML::Node(rule.path->ToString());
  std::string text = rule.path->Prefix(1).ToString() + "/*";
  for (std::size_t level = 2; level < rule.path->depth(); ++level) {
    text += fmt::format("/{}", (*rule.path)[level]);
  }
  return YAML::Node(text);
}

// ---- modes

struct Mode {
  const char* name;
  std::optional<bool> Rule::*member;
};

constexpr std::array<Mode, 5> kModes = {{{"semantic", &Rule::semantic},
                                         {"transparent", &Rule::transparent},
                                         {"mgmtobj", &Rule::management_object},
                                         {"flexcontainer", &Rule::flex_container},
                                         {"timeseries", &Rule::time_series}}};

bool ReadModes(const YAML::Node& node, Rule& rule) {
  const auto modes = ReadTexts(node);
  if (!modes || !std::all_of(modes->begin(), modes->end(), IsMode)) return false;
  SetModes(*modes, rule);
  return true;
}

YAML::Node WriteModes(const Rule& rule) {
  if (!rule.semantic) return Absent();
  std::vector<std::string> names;
  for (const Mode& mode : kModes) {
    if ((rule.*mode.member).value_or(false)) names.emplace_back(mode.name);
  }
  return FlowList(names);
}

// ---- single values

template <std::optional<bool> Rule::*kMember>
bool ReadFlag(const YAML::Node& node, Rule& rule) {
  rule.*kMember = ParseBoolean(ScalarOf(node));
  return (rule.*kMember).has_value();
}

template <std::optional<std::uint32_t> Rule::*kMember>
bool ReadSeconds(const YAML::Node& node, Rule& rule) {
  const auto number = ParseNumber(ScalarOf(node));
  if (!number || *number > std::numeric_limits<std::uint32_t>::max()) return false;
  rule.*kMember = static_cast<std::uint32_t>(*number);
  return true;
}

// LwM2M Core 1.1.1 Appendix E.2: no device registers for no time at all.
bool ReadLifetime(const YAML::Node& node, Rule& rule) {
  return ReadSeconds<&Rule::lifetime>(node, rule) && *rule.lifetime > 0;
}

bool ReadPmin(const YAML::Node& node, Rule& rule) {
  rule.no_pmin = node.IsNull();
  return rule.no_pmin || ReadSeconds<&Rule::pmin>(node, rule);
}

YAML::Node WritePmin(const Rule& rule) {
  if (rule.no_pmin) return YAML::Node(YAML::NodeType::Null);
  return rule.pmin ? YAML::Node(*rule.pmin) : Absent();
}

template <std::optional<double> Rule::*kMember>
bool ReadDouble(const YAML::Node& node, Rule& rule) {
  const std::string text = ScalarOf(node);
  double number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return false;
  rule.*kMember = number;
  return std::isfinite(number);
}

template <std::optional<double> Rule::*kMember>
YAML::Node WriteDouble(const Rule& rule) {
  const auto& number = rule.*kMember;
  return number ? YAML::Node(lwm2m::ToText(lwm2m::Value(*number))) : Absent();
}

template <std::optional<std::int64_t> Rule::*kMember>
bool ReadLimit(const YAML::Node& node, Rule& rule) {
  const auto number = ParseNumber(ScalarOf(node));
  if (!number || *number > std::numeric_limits<std::int64_t>::max()) return false;
  rule.*kMember = static_cast<std::int64_t>(*number);
  return true;
}

template <auto kMember>
YAML::Node Write(const Rule& rule) {
  const auto& value = rule.*kMember;
  return value ? YAML::Node(*value) : Absent();
}

template <typename T>
struct Choice {
  const char* name;
  T value;
};
constexpr std::array<Choice<mapping::Create>, 2> kCreate = {
    {{"lazy", mapping::Create::kLazy}, {"eager", mapping::Create::kEager}}};
constexpr std::array<Choice<mapping::Commands>, 2> kCommands = {
    {{"direct", mapping::Commands::kDirect}, {"requests", mapping::Commands::kRequests}}};
constexpr std::array<Choice<mapping::Subscribe>, 3> kSubscribe = {
    {{"none", mapping::Subscribe::kNone},
     {"commands", mapping::Subscribe::kCommands},
     {"all", mapping::Subscribe::kAll}}};
constexpr std::array<Choice<mapping::Repeat>, 2> kRepeat = {
    {{"changed", mapping::Repeat::kChanged}, {"all", mapping::Repeat::kAll}}};
constexpr std::array<Choice<mapping::DeliveryKind>, 2> kDelivery = {
    {{"every", mapping::DeliveryKind::kEvery}, {"latest", mapping::DeliveryKind::kLatest}}};

template <auto kMember, const auto& kChoices>
bool ReadChoice(const YAML::Node& node, Rule& rule) {
  const std::string text = ScalarOf(node);
  for (const auto& choice : kChoices) {
    if (text == choice.name) rule.*kMember = choice.value;
  }
  return (rule.*kMember).has_value();
}

template <auto kMember, const auto& kChoices>
YAML::Node WriteChoice(const Rule& rule) {
  for (const auto& choice : kChoices) {
    if (rule.*kMember == choice.value) return YAML::Node(choice.name);
  }
  return Absent();
}

// ---- texts

// RFC 3986 §3: a scheme, a colon, and no blanks.
bool IsUri(std::string_view text) {
  const std::size_t colon = text.find(':');
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return IsOriginator(text) && colon != std::string_view::npos && colon > 0 &&
         colon + 1 < text.size() && is_letter(text.front());
}

bool ReadOntology(const YAML::Node& node, Rule& rule) {
  rule.ontology_ref = ScalarOf(node);
  return IsUri(*rule.ontology_ref);
}

// What splits lists of tokens must not split a label; so it has no blanks.
bool ReadLabels(const YAML::Node& node, Rule& rule) {
  const auto labels = ReadTexts(node);
  if (!labels) return false;
  rule.labels = *labels;
  return std::all_of(labels->begin(), labels->end(), IsOriginator);
}

YAML::Node WriteLabels(const Rule& rule) {
  return rule.labels.empty() ? Absent() : FlowList(rule.labels);
}

template <auto kMember>
bool ReadName(const YAML::Node& node, Rule& rule) {
  rule.*kMember = ScalarOf(node);
  std::string literal = rule.*kMember;
  for (const std::string_view placeholder : {"{endpoint}", "{*}"}) {
    for (std::size_t at = literal.find(placeholder); at != std::string::npos;
         at = literal.find(placeholder)) {
      literal.replace(at, placeholder.size(), "x");
    }
  }
  return IsResourceName(literal);
}

template <auto kMember>
YAML::Node WriteName(const Rule& rule) {
  return (rule.*kMember).empty() ? Absent() : YAML::Node(rule.*kMember);
}

constexpr const char* kFlag = "true or false";
constexpr const char* kSeconds = "seconds";
constexpr const char* kFinite = "a number";
constexpr const char* kNamePattern = "a resource name, in which {endpoint} and {*} may stand";

}  // namespace

bool IsMode(std::string_view text) {
  return std::any_of(kModes.begin(), kModes.end(),
                     [&](const Mode& mode) { return text == mode.name; });
}

const char* ModeNames() { return "semantic, transparent, mgmtobj, flexcontainer and timeseries"; }

void SetModes(const std::vector<std::string>& modes, Rule& rule) {
  for (const Mode& mode : kModes) {
    rule.*mode.member = std::find(modes.begin(), modes.end(), mode.name) != modes.end();
  }
}

const std::vector<RuleMember>& RuleMembers() {
  static const std::vector<RuleMember> kMembers = {
      {"objects", "object ids and ranges, such as [3, 3300-3350]", ReadObjects, WriteObjects},
      {"endpoint", "a pattern of endpoint names with * and ?", ReadEndpoint, WriteEndpoint},
      {"path", "an LwM2M path, such as /3/0 or /3303/*/5700", ReadPath, WritePath},
      {"modes", "a list of semantic, transparent, mgmtobj, flexcontainer and timeseries", ReadModes,
       WriteModes},
      {"observe", kFlag, ReadFlag<&Rule::observe>, Write<&Rule::observe>},
      {"pmin", "seconds, or null for none", ReadPmin, WritePmin},
      {"pmax", kSeconds, ReadSeconds<&Rule::pmax>, Write<&Rule::pmax>},
      {"gt", kFinite, ReadDouble<&Rule::greater_than>, WriteDouble<&Rule::greater_than>},
      {"lt", kFinite, ReadDouble<&Rule::less_than>, WriteDouble<&Rule::less_than>},
      {"st", kFinite, ReadDouble<&Rule::step>, WriteDouble<&Rule::step>},
      {"epmin", kSeconds, ReadSeconds<&Rule::epmin>, Write<&Rule::epmin>},
      {"epmax", kSeconds, ReadSeconds<&Rule::epmax>, Write<&Rule::epmax>},
      {"create", "lazy or eager", ReadChoice<&Rule::create, kCreate>,
       WriteChoice<&Rule::create, kCreate>},
      {"commands", "direct or requests", ReadChoice<&Rule::commands, kCommands>,
       WriteChoice<&Rule::commands, kCommands>},
      {"transparent_commands", kFlag, ReadFlag<&Rule::transparent_commands>,
       Write<&Rule::transparent_commands>},
      {"read_on_demand", kFlag, ReadFlag<&Rule::read_on_demand>, Write<&Rule::read_on_demand>},
      {"subscribe", "none, commands or all", ReadChoice<&Rule::subscribe, kSubscribe>,
       WriteChoice<&Rule::subscribe, kSubscribe>},
      {"repeat", "changed or all", ReadChoice<&Rule::repeat, kRepeat>,
       WriteChoice<&Rule::repeat, kRepeat>},
      {"delivery", "every or latest", ReadChoice<&Rule::delivery, kDelivery>,
       WriteChoice<&Rule::delivery, kDelivery>},
      {"max_instances", "a number", ReadLimit<&Rule::max_number_of_instances>,
       Write<&Rule::max_number_of_instances>},
      {"max_bytes", "a number", ReadLimit<&Rule::max_byte_size>, Write<&Rule::max_byte_size>},
      {"max_age", kSeconds, ReadLimit<&Rule::max_instance_age>, Write<&Rule::max_instance_age>},
      {"descriptor", kFlag, ReadFlag<&Rule::descriptor>, Write<&Rule::descriptor>},
      {"ontology_ref", "a URI", ReadOntology, Write<&Rule::ontology_ref>},
      {"labels", "a list of labels without blanks", ReadLabels, WriteLabels},
      {"name", kNamePattern, ReadName<&Rule::name>, WriteName<&Rule::name>},
      {"device", kNamePattern, ReadName<&Rule::device>, WriteName<&Rule::device>},
      {"lifetime", "seconds from 1", ReadLifetime, Write<&Rule::lifetime>},
      {"default_pmin", kSeconds, ReadSeconds<&Rule::default_pmin>, Write<&Rule::default_pmin>},
      {"default_pmax", kSeconds, ReadSeconds<&Rule::default_pmax>, Write<&Rule::default_pmax>},
      {"store_notifications", kFlag, ReadFlag<&Rule::store_notifications>,
       Write<&Rule::store_notifications>},
  };
  return kMembers;
}

}  // namespace ipe
