#include "ipe/bootstrap_file.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "ipe/bootstrap_keys.h"
#include "ipe/config_schema.h"
#include "ipe/config_values.h"
#include "ipe/credentials_keys.h"

namespace ipe {
namespace {

using lwm2m::BootstrapAccount;
using lwm2m::BootstrapServerEntry;
using lwm2m::SecurityMode;
using Outcome = tl::expected<void, std::string>;
using Members = std::map<std::string, YAML::Node>;
using Names = std::vector<std::string>;

// Members of a server that are one resource each.
struct ResourceMember {
  const char* name;
  lwm2m::Id object;
  lwm2m::Id resource;
};
constexpr std::array<ResourceMember, 12> kResourceMembers = {{
    {"hold_off", 0, 11},
    {"sni", 0, 14},
    {"certificate_usage", 0, 15},
    {"pmin", 1, 2},
    {"pmax", 1, 3},
    {"disable_timeout", 1, 5},
    {"priority", 1, 13},
    {"initial_delay", 1, 14},
    {"retry_count", 1, 17},
    {"retry_timer", 1, 18},
    {"preferred_transport", 1, 22},
    {"mute", 1, 23},
}};

const Names kAccountMembers = {"endpoint", "servers",       "acl",  "objects",
                               "delete",   "keys_in_clear", "read", "discover"};
const Names kAclMembers = {"object", "instance", "owner", "rights"};

Names ServerMembers() {
  Names names = {"uri",
                 "short_server_id",
                 "lifetime",
                 "binding",
                 "security",
                 "identity",
                 "key",
                 "key_file",
                 "credential",
                 "public_key",
                 "server_public_key",
                 "secret_key",
                 "server_instance",
                 "security_instance",
                 "store_notifications"};
  for (const ResourceMember& member : kResourceMembers) names.emplace_back(member.name);
  return names;
}

std::string TextOf(const YAML::Node& node) { return node.IsScalar() ? node.Scalar() : ""; }

std::optional<lwm2m::Id> IdOf(const YAML::Node& node) {
  const auto number = ParseNumber(TextOf(node));
  if (!number || *number > lwm2m::kMaxId) return std::nullopt;
  return static_cast<lwm2m::Id>(*number);
}

class Reader {
 public:
  Reader(std::string path, const lwm2m::ObjectModel& model, BootstrapFile& file)
      : path_(std::move(path)), model_(model), file_(file) {}

  Outcome Read(const std::string& text);

 private:
  Outcome Template(const YAML::Node& node);
  Outcome Server(const YAML::Node& node, const std::string& name, BootstrapTemplate& out);
  Outcome Security(const Members& members, const YAML::Node& node, const std::string& name,
                   BootstrapServerEntry& entry, KeySource& source);
  Outcome PresharedKey(const Members& members, const YAML::Node& node, const std::string& name,
                       BootstrapServerEntry& entry, KeySource& source);
  Outcome Keys(const Members& members, const YAML::Node& node, const std::string& name,
               BootstrapServerEntry& entry);
  Outcome Resources(const Members& members, const std::string& name, BootstrapServerEntry& entry);
  Outcome AccessControl(const YAML::Node& node, const std::string& name, BootstrapAccount& account);
  Outcome Objects(const YAML::Node& node, BootstrapAccount& account);
  Outcome Paths(const YAML::Node& node, const std::string& name, std::vector<lwm2m::Path>& paths);
  Outcome Check(const BootstrapTemplate& read);
  void Warn(const BootstrapTemplate& read);

  tl::expected<Members, std::string> MembersOf(const YAML::Node& node, const std::string& name,
                                               const Names& known);
  Outcome Flag(const Members& members, const std::string& name, const char* member, bool& flag);
  tl::unexpected<std::string> Wrong(const YAML::Node& node, std::string_view name,
                                    std::string_view expected) const {
    return tl::unexpected(fmt::format("{}: {}: expected {}", At(LineOf(node)), name, expected));
  }
  std::string At(int line) const { return line < 1 ? path_ : fmt::format("{}:{}", path_, line); }
  // yaml-cpp counts from 0, and from -1 for what has none.
  static int LineOf(const YAML::Node& node) { return node.Mark().line + 1; }

  const std::string path_;
  const lwm2m::ObjectModel& model_;
  BootstrapFile& file_;
  std::map<std::string, int> lines_;  // of the members of the template that is being read
};

Outcome Reader::Read(const std::string& text) {
  YAML::Node root;
  // The library's only way to report a mistake in YAML is to throw. What it quotes, after a colon,
  // is left out.
  try {
    root = YAML::Load(text);
  } catch (const YAML::Exception& mistake) {
    return tl::unexpected(
        fmt::format("{}: {}, expected well-formed YAML", At(mistake.mark.line + 1),
                    std::string_view(mistake.msg).substr(0, mistake.msg.find(':'))));
  }
  if (root.IsNull()) return {};
  if (!root.IsSequence()) return Wrong(root, "accounts", "a list");
  for (const YAML::Node& node : root) {
    if (auto done = Template(node); !done) return done;
  }
  return {};
}

Outcome Reader::Template(const YAML::Node& node) {
  lines_.clear();
  BootstrapTemplate read;
  read.line = LineOf(node);
  const auto members = MembersOf(node, "", kAccountMembers);
  if (!members) return tl::unexpected(members.error());
  const auto has = [&](const char* member) { return members->contains(member); };
  if (has("endpoint")) read.endpoint = TextOf(members->at("endpoint"));
  const std::size_t star = read.endpoint.find('*');
  if (read.endpoint.empty() || (star != std::string::npos && star + 1 != read.endpoint.size())) {
    return Wrong(has("endpoint") ? members->at("endpoint") : node, "endpoint",
                 "an Endpoint Client Name, or its beginning and a '*'");
  }
  BootstrapAccount& account = read.account;
  if (auto done = Flag(*members, "", "discover", account.discover); !done) return done;
  if (auto done = Flag(*members, "", "keys_in_clear", account.keys_in_clear); !done) return done;
  if (has("servers")) {
    const YAML::Node& servers = members->at("servers");
    if (!servers.IsSequence()) return Wrong(servers, "servers", "a list");
    for (std::size_t i = 0; i < servers.size(); ++i) {
      auto done = Server(servers[i], fmt::format("servers[{}]", i), read);
      if (!done) return done;
    }
  }
  if (has("acl")) {
    const YAML::Node& acl = members->at("acl");
    if (!acl.IsSequence()) return Wrong(acl, "acl", "a list");
    for (std::size_t i = 0; i < acl.size(); ++i) {
      auto done = AccessControl(acl[i], fmt::format("acl[{}]", i), account);
      if (!done) return done;
    }
    account.deletes.emplace_back(2);
  }
  if (has("objects")) {
    if (auto done = Objects(members->at("objects"), account); !done) return done;
  }
  if (has("delete")) {
    if (auto done = Paths(members->at("delete"), "delete", account.deletes); !done) return done;
  }
  if (has("read")) {
    if (auto done = Paths(members->at("read"), "read", account.reads); !done) return done;
  }
  // Anybody could make the store grow.
  const bool generates = std::find(read.key_sources.begin(), read.key_sources.end(),
                                   KeySource::kGenerate) != read.key_sources.end();
  if (generates && account.keys_in_clear && star != std::string::npos) {
    return Wrong(members->at("keys_in_clear"), "keys_in_clear",
                 "false, or an endpoint without '*': keys are generated");
  }
  if (auto done = Check(read); !done) return done;
  Warn(read);
  file_.templates.push_back(std::move(read));
  return {};
}

Outcome Reader::Server(const YAML::Node& node, const std::string& name, BootstrapTemplate& out) {
  static const Names known = ServerMembers();
  const auto members = MembersOf(node, name, known);
  if (!members) return tl::unexpected(members.error());
  const auto find = [&](const char* member) {
    const auto found = members->find(member);
    return found == members->end() ? YAML::Node() : found->second;
  };
  // First, so that it is wiped with `out` whatever comes.
  BootstrapServerEntry& entry = out.account.servers.emplace_back();
  KeySource& source = out.key_sources.emplace_back(KeySource::kGiven);
  entry.uri = TextOf(find("uri"));
  const auto id = IdOf(find("short_server_id"));
  if (!id) {
    return Wrong(members->contains("short_server_id") ? find("short_server_id") : node,
                 name + ".short_server_id", "a number from 1 to 65534");
  }
  entry.short_server_id = *id;
  if (members->contains("lifetime")) {
    const auto lifetime = ParseDuration(TextOf(find("lifetime")));
    if (!lifetime || lifetime->count() % 1000 != 0) {
      return Wrong(find("lifetime"), name + ".lifetime", "a duration in whole seconds");
    }
    entry.lifetime = std::chrono::duration_cast<lwm2m::Seconds>(*lifetime);
  }
  if (members->contains("binding")) entry.binding = TextOf(find("binding"));
  auto flag = Flag(*members, name + ".", "store_notifications", entry.store_notifications);
  if (!flag) return flag;
  for (const char* member : {"security_instance", "server_instance"}) {
    if (!members->contains(member)) continue;
    const auto instance = IdOf(find(member));
    if (!instance) return Wrong(find(member), name + "." + member, "a number from 0 to 65534");
    (member[2] == 'c' ? entry.security_instance : entry.server_instance) = *instance;
  }
  if (auto done = Resources(*members, name, entry); !done) return done;
  return Security(*members, node, name, entry, source);
}

Outcome Reader::Resources(const Members& members, const std::string& name,
                          BootstrapServerEntry& entry) {
  for (const ResourceMember& member : kResourceMembers) {
    const auto found = members.find(member.name);
    if (found == members.end()) continue;
    const lwm2m::ResourceDefinition* definition =
        model_.FindResource(lwm2m::Path(member.object, 0, member.resource));
    const lwm2m::Type type = definition == nullptr ? lwm2m::Type::kString : definition->type;
    auto value = lwm2m::FromText(type, TextOf(found->second));
    if (!value) return Wrong(found->second, name + "." + member.name, value.error().detail);
    auto& resources = member.object == 0 ? entry.security_resources : entry.server_resources;
    resources[member.resource] = *std::move(value);
  }
  return {};
}

Outcome Reader::Security(const Members& members, const YAML::Node& node, const std::string& name,
                         BootstrapServerEntry& entry, KeySource& source) {
  constexpr std::array kModes = {SecurityMode::kNoSec, SecurityMode::kPsk,
                                 SecurityMode::kRawPublicKey, SecurityMode::kCertificate};
  const auto security = members.find("security");
  const std::string text = security == members.end() ? "nosec" : TextOf(security->second);
  const auto* const mode = std::find_if(
      kModes.begin(), kModes.end(), [&](SecurityMode known) { return ToString(known) == text; });
  if (mode == kModes.end()) {
    return Wrong(security->second, name + ".security", "nosec, psk, rpk or x509");
  }
  entry.mode = *mode;
  Names foreign;
  if (entry.mode != SecurityMode::kPsk) foreign = {"identity", "key", "key_file", "credential"};
  if (entry.mode == SecurityMode::kPsk || entry.mode == SecurityMode::kNoSec) {
    foreign.insert(foreign.end(), {"public_key", "server_public_key", "secret_key"});
  }
  for (const std::string& member : foreign) {
    const auto found = members.find(member);
    if (found == members.end()) continue;
    return Wrong(found->second, name + "." + member, "nothing: security is " + text);
  }
  if (entry.mode == SecurityMode::kNoSec) return {};
  if (entry.mode == SecurityMode::kPsk) return PresharedKey(members, node, name, entry, source);
  return Keys(members, node, name, entry);
}

Outcome Reader::PresharedKey(const Members& members, const YAML::Node& node,
                             const std::string& name, BootstrapServerEntry& entry,
                             KeySource& source) {
  const auto identity = members.find("identity");
  entry.public_key = identity == members.end() ? "{endpoint}" : TextOf(identity->second);
  const auto key = members.find("key");
  const auto key_file = members.find("key_file");
  const auto credential = members.find("credential");
  const int given = static_cast<int>(key != members.end()) +
                    static_cast<int>(key_file != members.end()) +
                    static_cast<int>(credential != members.end());
  if (given > 1) return Wrong(node, name, "one of key, key_file and credential");
  if (key != members.end()) {
    auto octets = ParsePresharedKey(TextOf(key->second));
    if (!octets) return Wrong(key->second, name + ".key", octets.error());
    entry.secret_key = *std::move(octets);
  } else if (key_file != members.end()) {
    auto octets = ReadPresharedKeyFile(BesideFile(path_, TextOf(key_file->second)));
    if (!octets) return Wrong(key_file->second, name + ".key_file", "a key: " + octets.error());
    entry.secret_key = *std::move(octets);
  } else {
    const std::string text = credential == members.end() ? "stored" : TextOf(credential->second);
    if (text != "stored" && text != "generate") {
      return Wrong(credential->second, name + ".credential", "stored or generate");
    }
    source = text == "stored" ? KeySource::kStored : KeySource::kGenerate;
  }
  return {};
}

Outcome Reader::Keys(const Members& members, const YAML::Node& node, const std::string& name,
                     BootstrapServerEntry& entry) {
  const bool certificates = entry.mode == SecurityMode::kCertificate;
  const char* const block = certificates ? "CERTIFICATE" : "PUBLIC KEY";
  struct File {
    const char* member;
    const char* block;
    std::string& octets;
  };
  for (const File& file : {File{"public_key", block, entry.public_key},
                           File{"server_public_key", block, entry.server_public_key},
                           File{"secret_key", "PRIVATE KEY", entry.secret_key}}) {
    const auto found = members.find(file.member);
    const std::string member = fmt::format("{}.{}", name, file.member);
    if (found == members.end()) return Wrong(node, member, "the name of a file");
    auto octets = ReadDer(BesideFile(path_, TextOf(found->second)), file.block);
    if (!octets) return Wrong(found->second, member, octets.error());
    file.octets = *std::move(octets);
  }
  return {};
}

Outcome Reader::AccessControl(const YAML::Node& node, const std::string& name,
                              BootstrapAccount& account) {
  const auto members = MembersOf(node, name, kAclMembers);
  if (!members) return tl::unexpected(members.error());
  lwm2m::BootstrapAccessControl entry;
  const std::array<std::pair<const char*, lwm2m::Id*>, 3> ids = {
      {{"object", &entry.object}, {"instance", &entry.instance}, {"owner", &entry.owner}}};
  for (const auto& [member, id] : ids) {
    const auto found = members->find(member);
    if (found == members->end()) continue;
    const auto number = IdOf(found->second);
    if (!number) return Wrong(found->second, name + "." + member, "a number up to 65535");
    *id = *number;
  }
  const auto rights = members->find("rights");
  if (rights != members->end()) {
    const auto expected = "short server ids with numbers from 0 to 31";
    if (!rights->second.IsMap()) return Wrong(rights->second, name + ".rights", expected);
    for (const auto& right : rights->second) {
      const auto server = IdOf(right.first);
      const auto bits = ParseNumber(TextOf(right.second));
      if (!server || !bits || *bits > 31) return Wrong(right.first, name + ".rights", expected);
      entry.rights[*server] = static_cast<unsigned>(*bits);
    }
  }
  account.access_control.push_back(std::move(entry));
  return {};
}

Outcome Reader::Objects(const YAML::Node& node, BootstrapAccount& account) {
  if (!node.IsMap()) return Wrong(node, "objects", "paths with values");
  for (const auto& entry : node) {
    const std::string name = "objects." + TextOf(entry.first);
    const auto path = lwm2m::Path::Parse(TextOf(entry.first));
    if (!path || path->depth() < 3) {
      return Wrong(entry.first, name, "the path of a resource, such as /3/0/14");
    }
    lines_["objects." + path->ToString()] = LineOf(entry.first);
    const lwm2m::ResourceDefinition* definition = model_.FindResource(*path);
    if (definition == nullptr || definition->type == lwm2m::Type::kNone) {
      return Wrong(entry.first, name, "a resource with a definition; see lwm2m.models");
    }
    if (definition->multiple != path->is_resource_instance()) {
      return Wrong(entry.first, name,
                   definition->multiple ? "the path of a resource instance" : "a single resource");
    }
    auto value = lwm2m::FromText(definition->type, TextOf(entry.second));
    if (!value) return Wrong(entry.second, name, value.error().detail);
    account.values.push_back({*path, *std::move(value), {}});
  }
  return {};
}

Outcome Reader::Paths(const YAML::Node& node, const std::string& name,
                      std::vector<lwm2m::Path>& paths) {
  paths.clear();
  if (node.IsNull()) return {};
  if (!node.IsSequence()) return Wrong(node, name, "a list of paths");
  for (const YAML::Node& element : node) {
    const auto path = lwm2m::Path::Parse(TextOf(element));
    if (!path) return Wrong(element, name, "a path, such as /0");
    lines_[fmt::format("{}[{}]", name, paths.size())] = LineOf(element);
    paths.push_back(*path);
  }
  return {};
}

// BS-13, BS-14, for the shortest endpoint of the pattern and a key of the usual length where it is
// not known yet.
Outcome Reader::Check(const BootstrapTemplate& read) {
  std::string endpoint = read.endpoint;
  if (endpoint.back() == '*') endpoint.back() = 'x';
  BootstrapAccount account = read.account;
  for (std::size_t i = 0; i < account.servers.size(); ++i) {
    BootstrapServerEntry& entry = account.servers[i];
    entry.uri = FillIn(entry.uri, endpoint);
    if (entry.mode != SecurityMode::kPsk) continue;
    entry.public_key = FillIn(entry.public_key, endpoint);
    if (read.key_sources[i] != KeySource::kGiven) entry.secret_key.assign(16, 'x');
  }
  const auto valid = lwm2m::Validate(account, model_);
  for (BootstrapServerEntry& entry : account.servers) Wipe(entry.secret_key);
  if (valid) return {};
  const std::string& detail = valid.error().detail;
  // The line of the member that the detail begins with, or of what it stands in.
  std::string member = detail.substr(0, detail.find(": "));
  int line = read.line;
  while (!member.empty()) {
    const auto known = lines_.find(member);
    if (known != lines_.end()) {
      line = known->second;
      break;
    }
    const std::size_t dot = member.rfind('.');
    member.resize(dot == std::string::npos ? 0 : dot);
  }
  return tl::unexpected(fmt::format("{}: {}", At(line), detail));
}

void Reader::Warn(const BootstrapTemplate& read) {
  if (read.endpoint.back() != '*') return;
  const auto& servers = read.account.servers;
  const bool shared = std::any_of(servers.begin(), servers.end(),
                                  [](const auto& entry) { return !entry.secret_key.empty(); });
  // SEC-18.
  if (!shared) return;
  file_.warnings.push_back(
      fmt::format("{}: all endpoints of {} get the same key; keys should be unique", At(read.line),
                  read.endpoint));
}

tl::expected<Members, std::string> Reader::MembersOf(const YAML::Node& node,
                                                     const std::string& name, const Names& known) {
  const std::string in = name.empty() ? "account" : name;
  if (!node.IsMap()) return Wrong(node, in, fmt::format("{}", fmt::join(known, ", ")));
  lines_[name] = LineOf(node);
  Members members;
  for (const auto& member : node) {
    const std::string key = TextOf(member.first);
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      // Not quoted: it may be a key that slipped into its place.
      return Wrong(member.first, in,
                   fmt::format("a known member, perhaps {}", ClosestOf(key, known)));
    }
    if (!members.emplace(key, member.second).second) {
      return Wrong(member.first, in, fmt::format("{} once", key));
    }
    lines_[name.empty() ? key : name + "." + key] = LineOf(member.first);
  }
  return members;
}

Outcome Reader::Flag(const Members& members, const std::string& name, const char* member,
                     bool& flag) {
  const auto found = members.find(member);
  if (found == members.end()) return {};
  const auto value = ParseBoolean(TextOf(found->second));
  if (!value) return Wrong(found->second, name + member, "true or false");
  flag = *value;
  return {};
}

}  // namespace

BootstrapTemplate::~BootstrapTemplate() {
  for (BootstrapServerEntry& entry : account.servers) Wipe(entry.secret_key);
}

std::string FillIn(const std::string& text, const std::string& endpoint) {
  constexpr std::string_view kPlaceholder = "{endpoint}";
  std::string filled;
  std::size_t from = 0;
  while (true) {
    const std::size_t found = text.find(kPlaceholder, from);
    filled.append(text, from, found - from);
    if (found == std::string::npos) return filled;
    filled += endpoint;
    from = found + kPlaceholder.size();
  }
}

tl::expected<BootstrapFile, std::string> ReadBootstrapFile(const std::string& path,
                                                           const lwm2m::ObjectModel& model) {
  auto text = ReadWholeFile(path);
  if (!text) return tl::unexpected(fmt::format("{}: {}", path, text.error()));
  BootstrapFile file;
  if (IsReadableByOthers(path)) {
    file.warnings.push_back(path + ": everybody on this machine may read it; chmod o-r");
  }
  const Outcome read = Reader(path, model, file).Read(*text);
  Wipe(*text);
  if (!read) return tl::unexpected(read.error());
  return file;
}

}  // namespace ipe
