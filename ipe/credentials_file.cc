#include "ipe/credentials_file.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "ipe/credentials_keys.h"

namespace ipe {
namespace {

using lwm2m::Credential;
using lwm2m::SecurityMode;
using Outcome = tl::expected<void, std::string>;
using Members = std::map<std::string, YAML::Node>;

class Reader {
 public:
  explicit Reader(CredentialsFile& file) : file_(file) {}

  Outcome Read(const std::string& text);

 private:
  Outcome Entry(const YAML::Node& node);
  Outcome Psk(const YAML::Node& node, Credential& credential) const;
  Outcome RawPublicKey(const YAML::Node& node, Credential& credential) const;
  Outcome Certificate(const YAML::Node& node, Credential& credential) const;
  Outcome Take(FileCredential entry);

  // The members of a map; each must be one of `known` and there once.
  tl::expected<Members, std::string> MembersOf(const YAML::Node& node, const std::string& name,
                                               const std::vector<std::string>& known) const;
  // "" when there is no such member.
  tl::expected<std::string, std::string> Text(const Members& members,
                                              const std::string& member) const;
  tl::unexpected<std::string> Wrong(const YAML::Node& node, std::string_view what) const {
    return tl::unexpected(fmt::format("{}: {}", At(LineOf(node)), what));
  }
  std::string At(int line) const {
    return line < 1 ? file_.path : fmt::format("{}:{}", file_.path, line);
  }
  // yaml-cpp counts from 0, and from -1 for what has none.
  static int LineOf(const YAML::Node& node) { return node.Mark().line + 1; }

  CredentialsFile& file_;
  std::map<std::pair<SecurityMode, std::string>, int> lines_;  // of each mode and identity
  std::map<std::string_view, int> lines_of_keys_;              // views into file_
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
  if (!root.IsSequence()) return Wrong(root, "expected a list of credentials");
  file_.credentials.reserve(root.size());  // views into it stay what they are
  for (const YAML::Node& node : root) {
    if (auto done = Entry(node); !done) return done;
  }
  return {};
}

Outcome Reader::Entry(const YAML::Node& node) {
  const auto members = MembersOf(node, "a credential", {"endpoint", "psk", "rpk", "x509"});
  if (!members) return tl::unexpected(members.error());
  auto endpoint = Text(*members, "endpoint");
  if (!endpoint) return tl::unexpected(endpoint.error());
  FileCredential entry;
  entry.line = LineOf(node);
  entry.credential.endpoint = *std::move(endpoint);
  const bool has_psk = members->contains("psk");
  const bool has_rpk = members->contains("rpk");
  const bool has_x509 = members->contains("x509");
  if (has_psk + has_rpk + has_x509 != 1) {
    return Wrong(node, "expected one of psk, rpk and x509");
  }
  const Outcome read = has_psk   ? Psk(members->at("psk"), entry.credential)
                       : has_rpk ? RawPublicKey(members->at("rpk"), entry.credential)
                                 : Certificate(members->at("x509"), entry.credential);
  if (!read) return read;
  if (const auto valid = lwm2m::Validate(entry.credential); !valid) {
    Wipe(entry.credential.key);
    return Wrong(node, valid.error().detail);
  }
  return Take(std::move(entry));
}

Outcome Reader::Psk(const YAML::Node& node, Credential& credential) const {
  credential.mode = SecurityMode::kPsk;
  const auto members = MembersOf(node, "psk", {"identity", "key", "key_file"});
  if (!members) return tl::unexpected(members.error());
  auto identity = Text(*members, "identity");
  if (!identity) return tl::unexpected(identity.error());
  credential.identity = *std::move(identity);
  if (credential.identity.empty()) {
    if (credential.endpoint.empty() || credential.endpoint.back() == '*') {
      return Wrong(node, "psk.identity is missing");
    }
    credential.identity = credential.endpoint;
  }
  auto text = Text(*members, "key");
  if (!text) return tl::unexpected(text.error());
  const auto file = Text(*members, "key_file");
  if (!file) return tl::unexpected(file.error());
  if (text->empty() == file->empty())
    return Wrong(node, "expected one of psk.key and psk.key_file");
  auto key = file->empty() ? ParsePresharedKey(*text)
                           : ReadPresharedKeyFile(BesideFile(file_.path, *file));
  Wipe(*text);
  if (!key) {
    if (file->empty()) return Wrong(members->at("key"), "psk.key: expected " + key.error());
    return Wrong(members->at("key_file"), fmt::format("psk.key_file: {}: {}", *file, key.error()));
  }
  credential.key = *std::move(key);
  return {};
}

Outcome Reader::RawPublicKey(const YAML::Node& node, Credential& credential) const {
  credential.mode = SecurityMode::kRawPublicKey;
  const auto members = MembersOf(node, "rpk", {"public_key"});
  if (!members) return tl::unexpected(members.error());
  const auto text = Text(*members, "public_key");
  if (!text) return tl::unexpected(text.error());
  if (text->empty()) return Wrong(node, "rpk.public_key is missing");
  auto identity = PublicKeyIdentity(*text, file_.path);
  if (!identity) return Wrong(members->at("public_key"), "rpk.public_key: " + identity.error());
  credential.identity = *std::move(identity);
  return {};
}

Outcome Reader::Certificate(const YAML::Node& node, Credential& credential) const {
  credential.mode = SecurityMode::kCertificate;
  const auto members = MembersOf(node, "x509", {"name"});
  if (!members) return tl::unexpected(members.error());
  auto name = Text(*members, "name");
  if (!name) return tl::unexpected(name.error());
  if (name->empty()) return Wrong(node, "x509.name is missing");
  credential.identity = *std::move(name);
  return {};
}

Outcome Reader::Take(FileCredential entry) {
  const Credential& credential = entry.credential;
  const auto [known, is_new] =
      lines_.emplace(std::pair(credential.mode, credential.identity), entry.line);
  if (!is_new) {
    Wipe(entry.credential.key);
    return tl::unexpected(fmt::format("{}: {} identity {} is that of line {} already",
                                      At(entry.line), ToString(credential.mode),
                                      credential.identity, known->second));
  }
  file_.credentials.push_back(std::move(entry));
  const FileCredential& taken = file_.credentials.back();
  if (taken.credential.key.empty()) return {};
  // SEC-18: who has one of two equal keys is both clients.
  const auto [same, unique] = lines_of_keys_.emplace(taken.credential.key, taken.line);
  if (!unique) {
    file_.warnings.push_back(
        fmt::format("{}: the key is that of line {}, too; keys should be unique", At(taken.line),
                    same->second));
  }
  return {};
}

tl::expected<Members, std::string> Reader::MembersOf(const YAML::Node& node,
                                                     const std::string& name,
                                                     const std::vector<std::string>& known) const {
  if (!node.IsMap()) {
    return Wrong(node, fmt::format("expected {} with {}", name, fmt::join(known, ", ")));
  }
  Members members;
  for (const auto& member : node) {
    const std::string key = member.first.IsScalar() ? member.first.Scalar() : "?";
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      // Not quoted: it may be a key that slipped into its place.
      return Wrong(member.first,
                   fmt::format("unknown member of {}, expected {}", name, fmt::join(known, ", ")));
    }
    if (!members.emplace(key, member.second).second) {
      return Wrong(member.first, fmt::format("member {} of {} is there twice", key, name));
    }
  }
  return members;
}

tl::expected<std::string, std::string> Reader::Text(const Members& members,
                                                    const std::string& member) const {
  const auto found = members.find(member);
  if (found == members.end() || found->second.IsNull()) return std::string();
  if (!found->second.IsScalar()) return Wrong(found->second, member + ": expected a plain value");
  return found->second.Scalar();
}

}  // namespace

CredentialsFile& CredentialsFile::operator=(CredentialsFile&& other) noexcept {
  path.swap(other.path);
  credentials.swap(other.credentials);
  warnings.swap(other.warnings);
  return *this;
}

CredentialsFile::~CredentialsFile() {
  for (FileCredential& entry : credentials) Wipe(entry.credential.key);
}

tl::expected<CredentialsFile, std::string> ReadCredentialsFile(const std::string& path) {
  auto text = ReadWholeFile(path);
  if (!text) return tl::unexpected(fmt::format("{}: {}", path, text.error()));
  CredentialsFile file;
  file.path = path;
  if (IsReadableByOthers(path)) {
    file.warnings.push_back(path + ": everybody on this machine may read it; chmod o-r");
  }
  const Outcome read = Reader(file).Read(*text);
  Wipe(*text);
  if (!read) return tl::unexpected(read.error());
  return file;
}

}  // namespace ipe
