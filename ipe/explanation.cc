#include "ipe/explanation.h"

#include <fmt/format.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <utility>

#include "ipe/config_rule_members.h"
#include "lwm2m/attributes.h"

namespace ipe {
namespace {

using mapping::Rule;
using Observation = Explanation::Observation;

// What holds where no rule says anything.
Rule Defaults() {
  const mapping::Settings settings;
  Rule rule;
  rule.semantic = settings.semantic;
  rule.transparent = settings.transparent;
  rule.management_object = settings.management_object;
  rule.flex_container = settings.flex_container;
  rule.time_series = settings.time_series;
  rule.observe = settings.observe;
  rule.create = settings.create;
  rule.commands = settings.commands;
  rule.transparent_commands = settings.transparent_commands;
  rule.read_on_demand = settings.read_on_demand;
  rule.subscribe = settings.subscribe;
  rule.repeat = settings.repeat;
  rule.delivery = settings.delivery;
  rule.descriptor = settings.descriptor;
  return rule;
}

bool IsFilter(std::string_view member) {
  return member == "objects" || member == "endpoint" || member == "path" || member == "name";
}

std::string Emit(const YAML::Node& node) {
  YAML::Emitter out;
  out << node;
  return node.IsNull() ? "none" : out.c_str();
}

std::string PlaceOf(const Rule& rule) { return rule.place.empty() ? "built in" : rule.place; }

std::string RuleOf(const Explanation& explanation, std::string_view setting) {
  for (const SettingExplanation& each : explanation.settings) {
    if (each.name == setting) return each.rule;
  }
  return "built in";
}

std::string Seconds(std::int64_t seconds) {
  if (seconds < 120) return fmt::format("{} s", seconds);
  if (seconds < 7200) return fmt::format("{} min", seconds / 60);
  return fmt::format("{} h", seconds / 3600);
}

bool HasNoMode(const mapping::Settings& settings) {
  return !settings.semantic && !settings.transparent && !settings.management_object &&
         !settings.flex_container && !settings.time_series;
}

// What keeps everything of the endpoint from the CSE.
void AddGeneral(const Explanation& it, std::vector<std::string>& reasons) {
  if (!it.cse_up) {
    reasons.push_back(fmt::format("The CSE is not reached since {}: {}.", Seconds(it.cse_since),
                                  it.cse_reason.empty() ? "no attempt yet" : it.cse_reason));
  }
  if (it.forbidden) {
    reasons.push_back("The CSE forbids it (tried again every minute): " + it.trouble + ".");
  } else if (it.tree != "ready") {
    reasons.push_back(fmt::format("The endpoint's resources are {}{}.", it.tree,
                                  it.trouble.empty() ? "" : ": " + it.trouble));
  }
  if (it.rules_pending) reasons.emplace_back("Rules that changed are still being applied to it.");
}

void AddObservation(const Explanation& it, std::vector<std::string>& reasons) {
  const std::string path = it.path->ToString();
  if (it.observation == Observation::kEstablished) return;
  if (!it.target) {
    if (it.path->object() < 3) {
      reasons.push_back("Objects 0, 1 and 2 are never observed; a command can read them.");
    } else if (!it.effective.observe) {
      reasons.push_back(fmt::format("{} is not observed: observe is false by the rule {}.", path,
                                    RuleOf(it, "observe")));
    } else {
      reasons.push_back(fmt::format(
          "{} is not observed: nothing that is observed of this object holds it.", path));
    }
  } else if (it.observation == Observation::kRefused) {
    reasons.push_back(fmt::format(
        "The device refused to let {} be observed, with {}; it is asked again when it registers.",
        it.target->path.ToString(), it.refusal));
  } else {
    reasons.push_back(fmt::format("{} is to be observed, and {}.", it.target->path.ToString(),
                                  it.awake ? "the device has not answered yet"
                                           : "the device sleeps; it is asked when it wakes"));
  }
}

void AddValue(const Explanation& it, std::vector<std::string>& reasons) {
  if (it.value_known == false && it.observation == Observation::kEstablished) {
    reasons.push_back(fmt::format(
        "The device has sent no value of {} since it registered or the service started.",
        it.path->ToString()));
  }
  const bool has_conditions =
      it.effective.greater_than || it.effective.less_than || it.effective.step;
  if (has_conditions && it.target && it.target->path.depth() < 3) {
    reasons.push_back(
        fmt::format("gt, lt and st have no effect: it is observed as part of {}, not by itself.",
                    it.target->path.ToString()));
  }
}

}  // namespace

std::vector<SettingExplanation> ExplainSettings(const mapping::Profile& profile,
                                                std::string_view endpoint,
                                                const lwm2m::Path& path) {
  const Rule defaults = Defaults();
  const mapping::Settings effective = profile.For(endpoint, path);
  std::vector<SettingExplanation> settings;
  for (const RuleMember& member : RuleMembers()) {
    const std::string_view name = member.name;
    if (IsFilter(name)) continue;
    std::optional<SettingExplanation> decided;
    const auto consider = [&](const Rule& rule) {
      const YAML::Node value = member.write(rule);
      if (!value.IsDefined()) return;
      // It is for one level.
      if (name == "ontology_ref" && rule.ontology_ref != effective.ontology_ref) return;
      if (decided && name == "labels") settings.push_back(*decided);
      decided = SettingExplanation{member.name, Emit(value), PlaceOf(rule)};
    };
    consider(defaults);
    for (const Rule& rule : profile.rules()) {
      if (mapping::Matches(rule, endpoint, path)) consider(rule);
    }
    if (decided) settings.push_back(*std::move(decided));
  }
  return settings;
}

std::vector<std::string> ReasonsOf(const Explanation& it) {
  std::vector<std::string> reasons;
  if (!it.known) {
    return {"No endpoint of this name is registered, nor was one that is still being deleted."};
  }
  AddGeneral(it, reasons);
  if (!it.registered) reasons.emplace_back("It is not registered any more.");
  if (it.path && it.registered) {
    if (!it.declared) {
      reasons.push_back(fmt::format("The device did not declare {}; it declared {}.",
                                    it.path->ToString(), it.objects));
    } else {
      if (HasNoMode(it.effective)) {
        reasons.push_back(
            fmt::format("No mode is on: modes is [] by the rule {}.", RuleOf(it, "modes")));
      }
      AddObservation(it, reasons);
      AddValue(it, reasons);
    }
  }
  const std::uint64_t waiting = it.path ? it.path_rows : it.rows;
  if (waiting > 0) reasons.push_back(fmt::format("{} values wait to be delivered.", waiting));
  if (!it.trouble.empty() && !it.forbidden && it.tree == "ready") {
    reasons.push_back("The last request that the CSE did not carry out: " + it.trouble + ".");
  }
  if (reasons.empty()) {
    reasons.emplace_back(
        it.path && it.effective.repeat == mapping::Repeat::kChanged
            ? "Nothing stands in the way. A value that is the same again, in a message that covers "
              "several resources, is not delivered again (repeat: changed)."
            : "Nothing stands in the way.");
  }
  return reasons;
}

namespace {

const char* NameOf(Observation observation) {
  switch (observation) {
    case Observation::kNone:
      return "none";
    case Observation::kEstablished:
      return "established";
    case Observation::kUnderWay:
      return "not answered yet";
    case Observation::kRefused:
      return "refused";
  }
  return "none";
}

std::string AttributesOf(const Explanation& it) {
  if (!it.target) return "";
  return fmt::format("{}", fmt::join(lwm2m::ToQueries(it.target->attributes), " "));
}

// The lines of the text and the members of the JSON: name and value, "" left out.
std::vector<std::pair<std::string, std::string>> Facts(const Explanation& it) {
  std::vector<std::pair<std::string, std::string>> facts;
  const auto add = [&](const char* name, std::string value) {
    if (!value.empty()) facts.emplace_back(name, std::move(value));
  };
  add("endpoint", it.endpoint);
  if (it.path) add("path", it.path->ToString());
  add("state", !it.known        ? "unknown"
               : !it.registered ? "not registered"
               : it.awake       ? "awake"
                                : "asleep");
  add("version", it.version);
  if (it.registered) add("lifetime", fmt::format("{} s", it.lifetime));
  add("binding", it.binding);
  add("peer", it.peer);
  add("security", it.security);
  add("objects", it.objects);
  if (it.registered) {
    add("formats",
        it.formats.empty() ? "none announced" : fmt::format("{}", fmt::join(it.formats, " ")));
  }
  add("ae", it.ae);
  add("ae_id", it.ae_id);
  add("node", it.node);
  add("tree", it.tree);
  add("cse", it.cse_up ? "up" : "not reached: " + it.cse_reason);
  if (it.known) add("undelivered", std::to_string(it.rows));
  add("trouble", it.trouble);
  if (!it.path || !it.known) return facts;
  add("declared", it.declared ? "yes" : "no");
  add("object", it.object_name);
  add("object_version", it.object_version);
  add("resource", it.resource_name);
  add("type", it.type);
  add("operations", it.operations);
  add("container", it.container);
  if (it.container_exists)
    add("container_exists", *it.container_exists ? "yes" : "not yet known to");
  add("subscribed", it.commands_subscribed ? "yes" : "no");
  add("observation", NameOf(it.observation));
  add("observed_at", it.observed_path);
  add("attributes", AttributesOf(it));
  add("refused_with", it.refusal);
  if (it.value_known) add("value_seen", *it.value_known ? "yes" : "no");
  return facts;
}

}  // namespace

std::string ToJson(const Explanation& it) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  const auto text = [&](std::string_view value) {
    writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  };
  writer.StartObject();
  for (const auto& [name, value] : Facts(it)) {
    text(name);
    text(value);
  }
  text("settings");
  writer.StartArray();
  for (const SettingExplanation& setting : it.settings) {
    writer.StartObject();
    text("name");
    text(setting.name);
    text("value");
    text(setting.value);
    text("rule");
    text(setting.rule);
    writer.EndObject();
  }
  writer.EndArray();
  text("reasons");
  writer.StartArray();
  for (const std::string& reason : ReasonsOf(it)) text(reason);
  writer.EndArray();
  writer.EndObject();
  return std::string(buffer.GetString(), buffer.GetSize()) + "\n";
}

std::string ToText(const Explanation& it) {
  std::string text;
  for (const auto& [name, value] : Facts(it)) text += fmt::format("{:<17} {}\n", name, value);
  if (!it.settings.empty()) text += "\nsettings, and which rule says so\n";
  for (const SettingExplanation& setting : it.settings) {
    text += fmt::format("  {:<21} {:<24} {}\n", setting.name, setting.value, setting.rule);
  }
  text += it.path ? "\nwhy nothing was delivered, if nothing was\n" : "\nwhat stands in the way\n";
  for (const std::string& reason : ReasonsOf(it)) text += "  - " + reason + "\n";
  return text;
}

}  // namespace ipe
