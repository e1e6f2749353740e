#include "ipe/config.h"

#include <fmt/format.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <functional>
#include <optional>
#include <sstream>
#include <utility>

#include "ipe/config_profile.h"
#include "ipe/config_rule_members.h"
#include "ipe/config_schema.h"
#include "ipe/config_values.h"

namespace ipe {
namespace {

using Texts = std::vector<std::string>;
using Failure = std::optional<ConfigError>;
// The place of a YAML node: file and line, or the variable or flag that held the text.
using Where = std::function<std::string(const YAML::Node&)>;

// Takes one value after another into a configuration and remembers where each came from.
class Reader {
 public:
  explicit Reader(Config& config) : config_(config) {}

  Failure File(const std::string& file);
  Failure Environment(const std::map<std::string, std::string>& environment);
  Failure Flags(const std::map<std::string, std::string>& flags);
  Failure Json(const ConfigKey& key, const std::string& json, const std::string& where);
  // What one key alone cannot tell; then the profile is built.
  Failure Finish();

 private:
  Failure CheckSecurity();
  Failure CheckBootstrap();
  // Two keys that mean something only together.
  Failure CheckTogether(const char* name, const std::string& value, const char* other_name,
                        const std::string& other_value, const char* why);
  Failure Section(const YAML::Node& map, const std::string& prefix, const Where& where);
  Failure Value(const ConfigKey& key, const YAML::Node& node, const Where& where);
  Failure Text(const ConfigKey& key, const std::string& text, const std::string& where);
  Failure Take(const ConfigKey& key, const Texts& texts, const std::string& where);
  Failure TakeRules(const YAML::Node& node, const Where& where);

  Config& config_;
};

// yaml-cpp counts lines from 0, and from -1 for what has none.
std::string AtLine(const std::string& file, const YAML::Mark& mark) {
  return mark.line < 0 ? file : fmt::format("{}:{}", file, mark.line + 1);
}

// The library's only way to report a mistake in YAML is to throw.
tl::expected<YAML::Node, ConfigError> ParseYaml(const std::string& text, const std::string& source,
                                                const std::string& key) {
  try {
    return YAML::Load(text);
  } catch (const YAML::Exception& mistake) {
    return tl::unexpected(
        ConfigError{AtLine(source, mistake.mark), key, mistake.msg, "well-formed YAML"});
  }
}

std::vector<std::string> KeyNames() {
  std::vector<std::string> names;
  for (const ConfigKey& key : ConfigKeys()) names.push_back(key.name);
  return names;
}

bool IsSection(const std::string& name) {
  const auto& keys = ConfigKeys();
  return std::any_of(keys.begin(), keys.end(),
                     [&](const ConfigKey& key) { return key.name.starts_with(name + "."); });
}

ConfigError UnknownKey(std::string where, const std::string& name) {
  return {std::move(where), name, name,
          fmt::format("a known key, perhaps {}", ClosestOf(name, KeyNames()))};
}

Failure Reader::File(const std::string& file) {
  std::ifstream in(file);
  std::stringstream content;
  // Reading nothing from an empty file is no failure; a directory opens but cannot be read.
  if (in && in.peek() != std::ifstream::traits_type::eof()) content << in.rdbuf();
  if (!in.is_open() || in.bad()) {
    return ConfigError{file, "", std::strerror(errno), "a readable file"};
  }
  const auto root = ParseYaml(content.str(), file, "");
  if (!root) return root.error();
  const Where where = [&file](const YAML::Node& node) { return AtLine(file, node.Mark()); };
  if (root->IsNull()) return std::nullopt;
  if (!root->IsMap()) return ConfigError{where(*root), "", "no section", "keys with values"};
  return Section(*root, "", where);
}

Failure Reader::Section(const YAML::Node& map, const std::string& prefix, const Where& where) {
  Texts seen;
  for (const auto& entry : map) {
    const std::string member = entry.first.IsScalar() ? entry.first.Scalar() : "?";
    const std::string name = prefix.empty() ? member : prefix + "." + member;
    if (std::find(seen.begin(), seen.end(), member) != seen.end()) {
      return ConfigError{where(entry.first), name, member, "each key once"};
    }
    seen.push_back(member);
    Failure failure;
    if (const ConfigKey* key = FindConfigKey(name)) {
      failure = Value(*key, entry.second, where);
    } else if (!IsSection(name)) {
      failure = UnknownKey(where(entry.first), name);
    } else if (entry.second.IsMap()) {
      failure = Section(entry.second, name, where);
    } else if (!entry.second.IsNull()) {
      failure = ConfigError{where(entry.second), name,
                            entry.second.IsScalar() ? entry.second.Scalar() : "a list",
                            "a section of keys"};
    }
    if (failure) return failure;
  }
  return std::nullopt;
}

Failure Reader::Value(const ConfigKey& key, const YAML::Node& node, const Where& where) {
  if (key.shape == ConfigKey::Shape::kRules) return TakeRules(node, where);
  const bool is_list = key.shape == ConfigKey::Shape::kList;
  if (node.IsNull()) return Take(key, is_list ? Texts() : Texts{""}, where(node));
  if (node.IsScalar()) return Text(key, node.Scalar(), where(node));
  if (node.IsMap()) return ConfigError{where(node), key.name, "a section", key.expected};
  if (!is_list) return ConfigError{where(node), key.name, "a list", key.expected};
  Texts texts;
  for (const YAML::Node& element : node) {
    if (!element.IsScalar()) {
      return ConfigError{where(element), key.name, "no plain value", key.expected};
    }
    texts.push_back(element.Scalar());
  }
  return Take(key, texts, where(node));
}

Failure Reader::Text(const ConfigKey& key, const std::string& text, const std::string& where) {
  if (key.shape == ConfigKey::Shape::kScalar) return Take(key, {text}, where);
  if (key.shape == ConfigKey::Shape::kList) return Take(key, SplitList(text), where);
  const auto node = ParseYaml(text, where, key.name);
  if (!node) return node.error();
  return TakeRules(*node, [&where](const YAML::Node&) { return where; });
}

Failure Reader::Take(const ConfigKey& key, const Texts& texts, const std::string& where) {
  if (!key.read(texts, config_)) {
    std::string found = key.secret ? "***" : fmt::format("{}", fmt::join(texts, ","));
    return ConfigError{where, key.name, std::move(found), key.expected};
  }
  config_.places[key.name] = where;
  return std::nullopt;
}

Failure Reader::TakeRules(const YAML::Node& node, const Where& where) {
  auto rules = ReadRules(node, where);
  if (!rules) return rules.error();
  config_.interworking.rules = *std::move(rules);
  config_.places["interworking.profile"] = where(node);
  return std::nullopt;
}

Failure Reader::Json(const ConfigKey& key, const std::string& json, const std::string& where) {
  const auto node = ParseYaml(json, where, key.name);
  if (!node) return node.error();
  return Value(key, *node, [&where](const YAML::Node&) { return where; });
}

Failure Reader::Environment(const std::map<std::string, std::string>& environment) {
  std::map<std::string, const ConfigKey*> variables;
  for (const ConfigKey& key : ConfigKeys()) variables[EnvironmentName(key.name)] = &key;
  for (const auto& [variable, text] : environment) {
    const std::string where = "environment " + variable;
    const auto key = variables.find(variable);
    if (key == variables.end()) {
      Texts known;
      for (const auto& [name, ignored] : variables) known.push_back(name);
      return ConfigError{where, variable, variable,
                         fmt::format("a known variable, perhaps {}", ClosestOf(variable, known))};
    }
    if (auto failure = Text(*key->second, text, where)) return failure;
  }
  return std::nullopt;
}

Failure Reader::Flags(const std::map<std::string, std::string>& flags) {
  for (const auto& [name, text] : flags) {
    const std::string where = "flag --set " + name;
    const ConfigKey* key = FindConfigKey(name);
    if (key == nullptr) return UnknownKey(where, name);
    if (auto failure = Text(*key, text, where)) return failure;
  }
  return std::nullopt;
}

Failure Reader::CheckTogether(const char* name, const std::string& value, const char* other_name,
                              const std::string& other_value, const char* why) {
  if (value.empty() == other_value.empty()) return std::nullopt;
  const bool first_is_missing = value.empty();
  return ConfigError{config_.places[first_is_missing ? other_name : name],
                     first_is_missing ? name : other_name, "", why};
}

Failure Reader::CheckSecurity() {
  const Config::Lwm2m& lwm2m = config_.lwm2m;
  constexpr const char* kHalves = "the other half: a certificate and its key go together";
  if (auto failure = CheckTogether("lwm2m.tls.certificate", lwm2m.certificate_file, "lwm2m.tls.key",
                                   lwm2m.key_file, kHalves)) {
    return failure;
  }
  if (auto failure = CheckTogether(
          "lwm2m.tls.certificate", lwm2m.certificate_file, "lwm2m.tls.ca", lwm2m.ca_file,
          "a file: the server's certificate and the authorities of its clients go together")) {
    return failure;
  }
  if (!lwm2m.coaps_rpk.empty() && lwm2m.rpk_key_file.empty()) {
    return ConfigError{config_.places["lwm2m.coaps_rpk"], "lwm2m.rpk.key", "",
                       "the private key of the server, which lwm2m.coaps_rpk needs"};
  }
  if (lwm2m.coap.empty() && lwm2m.coaps.empty() && lwm2m.coaps_rpk.empty() &&
      lwm2m.coap_tcp.empty() && lwm2m.coaps_tcp.empty()) {
    return ConfigError{config_.places["lwm2m.coap"], "lwm2m.coap", "",
                       "at least one address to listen on, here or in lwm2m.coaps"};
  }
  return std::nullopt;
}

Failure Reader::CheckBootstrap() {
  const Config::Lwm2m& lwm2m = config_.lwm2m;
  if (!lwm2m.bootstrap_accounts_file.empty()) return std::nullopt;
  for (const auto& [key, addresses] :
       {std::pair{"lwm2m.bootstrap.coap", &lwm2m.bootstrap_coap},
        std::pair{"lwm2m.bootstrap.coaps", &lwm2m.bootstrap_coaps}}) {
    if (addresses->empty()) continue;
    return ConfigError{config_.places[key], "lwm2m.bootstrap.accounts", "",
                       fmt::format("a file with accounts, which {} needs", key)};
  }
  return std::nullopt;
}

Failure Reader::Finish() {
  const auto& cse = config_.cse;
  if (auto failure =
          CheckTogether("cse.tls.certificate", cse.certificate_file, "cse.tls.key", cse.key_file,
                        "the other half: a certificate and its key go together")) {
    return failure;
  }
  if (auto failure = CheckSecurity()) return failure;
  if (auto failure = CheckBootstrap()) return failure;
  if (config_.interworking.modes.empty()) {
    return ConfigError{config_.places["interworking.modes"], "interworking.modes", "",
                       "at least one mode"};
  }
  auto& interworking = config_.interworking;
  interworking.profile = mapping::Profile::Default();
  mapping::Rule for_all;
  SetModes(interworking.modes, for_all);
  for_all.place =
      config_.places.count("interworking.modes") > 0 ? config_.places["interworking.modes"] : "";
  interworking.profile.Add(for_all);
  for (const mapping::Rule& rule : interworking.rules) interworking.profile.Add(rule);
  return std::nullopt;
}

void WriteJson(rapidjson::Writer<rapidjson::StringBuffer>& writer, const YAML::Node& node) {
  const auto text = [&writer](const std::string& scalar) {
    writer.String(scalar.data(), static_cast<rapidjson::SizeType>(scalar.size()));
  };
  if (node.IsMap()) {
    writer.StartObject();
    for (const auto& member : node) {
      text(member.first.Scalar());
      WriteJson(writer, member.second);
    }
    writer.EndObject();
  } else if (node.IsSequence()) {
    writer.StartArray();
    for (const YAML::Node& element : node) WriteJson(writer, element);
    writer.EndArray();
  } else if (node.IsScalar()) {
    text(node.Scalar());
  } else {
    writer.Null();
  }
}

// The node of "a.b.c" below `node`, made as needed. A YAML::Node is a reference to shared content.
YAML::Node Descend(YAML::Node node, std::string_view name) {
  const std::size_t dot = name.find('.');
  YAML::Node child = node[std::string(name.substr(0, dot))];
  return dot == std::string_view::npos ? child : Descend(child, name.substr(dot + 1));
}

}  // namespace

std::string ConfigError::ToString() const {
  std::string text = where.empty() ? "" : where + ": ";
  if (!key.empty()) text += key + ": ";
  return text + fmt::format("found \"{}\", expected {}", found, expected);
}

tl::expected<Config, ConfigError> LoadConfig(const std::string& file,
                                             const std::map<std::string, std::string>& environment,
                                             const std::map<std::string, std::string>& flags) {
  Config config;
  Reader reader(config);
  Failure failure;
  if (!file.empty()) failure = reader.File(file);
  if (!failure) failure = reader.Environment(environment);
  if (!failure) failure = reader.Flags(flags);
  if (!failure) failure = reader.Finish();
  if (failure) return tl::unexpected(*std::move(failure));
  return config;
}

tl::expected<Config, ConfigError> WithValues(const Config& base,
                                             const std::map<std::string, std::string>& values,
                                             const std::string& where) {
  Config config = base;
  Reader reader(config);
  Failure failure;
  for (const auto& [name, json] : values) {
    const ConfigKey* key = FindConfigKey(name);
    failure = key == nullptr ? UnknownKey(where, name) : reader.Json(*key, json, where);
    if (failure) return tl::unexpected(*std::move(failure));
  }
  failure = reader.Finish();
  if (failure) return tl::unexpected(*std::move(failure));
  return config;
}

std::string ValueAsJson(const Config& config, std::string_view key) {
  const ConfigKey& found = *FindConfigKey(key);
  Config copy = config;  // write() goes through the same accessors as read()
  YAML::Node node;
  if (found.shape == ConfigKey::Shape::kRules) {
    node = WriteRules(config.interworking.rules);
  } else if (found.shape == ConfigKey::Shape::kList) {
    node = YAML::Node(YAML::NodeType::Sequence);
    for (const std::string& text : found.write(copy)) node.push_back(text);
  } else {
    node = YAML::Node(found.secret ? "***" : found.write(copy).front());
  }
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  WriteJson(writer, node);
  return {buffer.GetString(), buffer.GetSize()};
}

std::map<std::string, std::string> IpeEnvironment() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    const std::string_view name = text.substr(0, equals);
    const bool foreign = name == "IPE_CONFIG" || name == "IPE_PORT" ||
                         name.starts_with("IPE_PORT_") || name.starts_with("IPE_SERVICE_") ||
                         name.starts_with("IPE_DEMO_");
    if (equals == std::string_view::npos || !name.starts_with("IPE_") || foreign) continue;
    variables.emplace(name, text.substr(equals + 1));
  }
  return variables;
}

std::string ToYaml(const Config& config) {
  Config copy = config;  // write() goes through the same accessors as read()
  YAML::Node root(YAML::NodeType::Map);
  for (const ConfigKey& key : ConfigKeys()) {
    YAML::Node node = Descend(root, key.name);
    if (key.shape == ConfigKey::Shape::kRules) {
      node = WriteRules(config.interworking.rules);
      continue;
    }
    const Texts texts = key.write(copy);
    if (key.shape == ConfigKey::Shape::kList) {
      node = YAML::Node(YAML::NodeType::Sequence);
      node.SetStyle(YAML::EmitterStyle::Flow);
      for (const std::string& text : texts) node.push_back(text);
    } else {
      node = key.secret && !texts.front().empty() ? "***" : texts.front();
    }
  }
  YAML::Emitter out;
  out << root;
  return std::string(out.c_str()) + "\n";
}

}  // namespace ipe
