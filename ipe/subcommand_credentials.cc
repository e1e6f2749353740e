// ipe credentials add, list, remove: on the store of the state directory, beside a running service.
#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <optional>
#include <utility>
#include <vector>

#include "ipe/credentials_file.h"
#include "ipe/credentials_keys.h"
#include "ipe/store_credentials.h"
#include "ipe/subcommands.h"

namespace ipe {
namespace {

using lwm2m::Credential;
using lwm2m::SecurityMode;

constexpr SecurityMode kModes[] = {SecurityMode::kPsk, SecurityMode::kRawPublicKey,
                                   SecurityMode::kCertificate};

int Complain(int status, std::string_view what) {
  fmt::print(stderr, "ipe credentials: {}\n", what);
  return status;
}

// What the configuration says about credentials.
struct Place {
  std::string directory;
  CredentialsFile file;  // empty when none is configured
};

// The exit status when there is no such place.
tl::expected<Place, int> FindPlace(const ConfigSources& sources) {
  const auto config = LoadConfig(sources);
  if (!config) return tl::unexpected(Complain(config.error()));
  if (config->state.directory == "memory") {
    return tl::unexpected(
        Complain(kWrongUsage,
                 "state.directory is memory, which no other program can see; name a directory, or "
                 "put credentials into the file of lwm2m.credentials"));
  }
  Place place;
  place.directory = config->state.directory;
  if (config->lwm2m.credentials_file.empty()) return place;
  auto file = ReadCredentialsFile(config->lwm2m.credentials_file);
  if (!file) return tl::unexpected(Complain(kWrongUsage, file.error()));
  place.file = *std::move(file);
  return place;
}

bool HasDatabase(const std::string& directory) {
  std::error_code error;
  return std::filesystem::exists(directory + "/ipe.db", error);
}

// "credentials.yaml:12" when the file has it.
std::optional<std::string> LineOf(const CredentialsFile& file, SecurityMode mode,
                                  std::string_view identity) {
  for (const FileCredential& entry : file.credentials) {
    if (entry.credential.mode == mode && entry.credential.identity == identity) {
      return fmt::format("{}:{}", file.path, entry.line);
    }
  }
  return std::nullopt;
}

// A line of standard input; from a terminal without showing it. Keys that send signals are taken as
// text meanwhile, so that the terminal is always left as it was.
std::string AskForKey(const std::string& identity) {
  termios before{};
  const bool is_terminal = isatty(STDIN_FILENO) != 0 && tcgetattr(STDIN_FILENO, &before) == 0;
  if (is_terminal) {
    termios silent = before;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    fmt::print(stderr, "Pre-shared key of {}, in hex digits: ", identity);
  }
  std::string line;
  std::getline(std::cin, line);
  if (is_terminal) {
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    fmt::print(stderr, "\n");
  }
  return line;
}

// The hex digits of a generated key are left in `generated`, to be printed when all went well.
KeyResult<std::string> ObtainKey(const AddCredentialOptions& options, const std::string& identity,
                                 std::string& generated) {
  if (!options.key_file.empty()) {
    auto key = ReadPresharedKeyFile(options.key_file);
    if (!key) return tl::unexpected(options.key_file + ": " + key.error());
    return key;
  }
  if (options.generate) {
    generated = GeneratePresharedKey();
    return ParsePresharedKey(generated);
  }
  std::string text = AskForKey(identity);
  auto key = ParsePresharedKey(text);
  Wipe(text);
  if (!key) return tl::unexpected("key: expected " + key.error());
  return key;
}

// Everything but a pre-shared key.
tl::expected<Credential, std::string> CredentialOf(const AddCredentialOptions& options) {
  Credential credential;
  credential.endpoint = options.endpoint;
  if (!options.public_key.empty()) {
    credential.mode = SecurityMode::kRawPublicKey;
    auto identity = PublicKeyIdentity(options.public_key, "");
    if (!identity) return tl::unexpected("--public-key: " + identity.error());
    credential.identity = *std::move(identity);
  } else if (!options.certificate_name.empty()) {
    credential.mode = SecurityMode::kCertificate;
    credential.identity = options.certificate_name;
  } else {
    credential.identity = options.identity.empty() ? options.endpoint : options.identity;
    if (options.identity.empty() && options.endpoint.ends_with('*')) {
      return tl::unexpected(std::string("--identity: needed when the endpoint ends in *"));
    }
  }
  // Before somebody types a key in vain.
  Credential trial = credential;
  if (trial.mode == SecurityMode::kPsk) trial.key = "-";
  if (const auto valid = Validate(trial); !valid) return tl::unexpected(valid.error().detail);
  return credential;
}

int PutIntoStore(const std::string& directory, const Credential& credential, bool replace) {
  auto table = CredentialTable::Open(directory);
  if (!table) return Complain(kFailed, "state.directory: " + table.error().detail);
  const auto done = table->Put(credential, replace);
  if (!done) return Complain(kFailed, "state.directory: " + done.error().detail);
  if (!*done) {
    return Complain(kFailed, fmt::format("{} {} is there already; --replace changes it",
                                         ToString(credential.mode), credential.identity));
  }
  fmt::print(stderr, "added {} {} for endpoint {}\n", ToString(credential.mode),
             credential.identity, credential.endpoint);
  return kFine;
}

struct Line {
  std::string mode, identity, endpoint, source;
};

Line LineFor(const Credential& credential, std::string source) {
  return {std::string(ToString(credential.mode)), credential.identity,
          credential.endpoint.empty() ? credential.identity : credential.endpoint,
          std::move(source)};
}

void Print(const std::vector<Line>& lines) {
  std::size_t identity = 0;
  std::size_t endpoint = 0;
  for (const Line& line : lines) {
    identity = std::max(identity, line.identity.size());
    endpoint = std::max(endpoint, line.endpoint.size());
  }
  for (const Line& line : lines) {
    fmt::print("{:<4}  {:<{}}  {:<{}}  {}\n", line.mode, line.identity, identity, line.endpoint,
               endpoint, line.source);
  }
}

}  // namespace

int AddCredential(const ConfigSources& sources, const AddCredentialOptions& options) {
  const auto place = FindPlace(sources);
  if (!place) return place.error();
  auto credential = CredentialOf(options);
  if (!credential) return Complain(kWrongUsage, credential.error());
  const std::string& identity = credential->identity;
  if (const auto line = LineOf(place->file, credential->mode, identity)) {
    return Complain(kFailed, fmt::format("{} {} is in {}, which wins; change it there",
                                         ToString(credential->mode), identity, *line));
  }
  std::string generated;
  if (credential->mode == SecurityMode::kPsk) {
    auto key = ObtainKey(options, identity, generated);
    if (!key) return Complain(kWrongUsage, key.error());
    credential->key = *std::move(key);
  }
  const int status = PutIntoStore(place->directory, *credential, options.replace);
  Wipe(credential->key);
  if (status == kFine && !generated.empty()) fmt::print("{}\n", generated);
  Wipe(generated);
  return status;
}

int ListCredentials(const ConfigSources& sources) {
  const auto place = FindPlace(sources);
  if (!place) return place.error();
  std::vector<Line> lines = {{"MODE", "IDENTITY", "ENDPOINT", "SOURCE"}};
  for (const FileCredential& entry : place->file.credentials) {
    lines.push_back(LineFor(entry.credential, fmt::format("{}:{}", place->file.path, entry.line)));
  }
  if (HasDatabase(place->directory)) {
    auto table = CredentialTable::Open(place->directory);
    const auto stored = table ? table->All() : tl::unexpected(table.error());
    if (!stored) return Complain(kFailed, "state.directory: " + stored.error().detail);
    for (const Credential& credential : *stored) {
      const bool shadowed = LineOf(place->file, credential.mode, credential.identity).has_value();
      lines.push_back(LineFor(credential, shadowed ? "store, unused: the file wins" : "store"));
    }
  }
  Print(lines);
  return kFine;
}

int RemoveCredential(const ConfigSources& sources, const std::string& identity,
                     const std::string& mode) {
  const auto place = FindPlace(sources);
  if (!place) return place.error();
  std::vector<SecurityMode> stored;
  std::optional<CredentialTable> table;
  if (HasDatabase(place->directory)) {
    auto opened = CredentialTable::Open(place->directory);
    const auto all = opened ? opened->All() : tl::unexpected(opened.error());
    if (!all) return Complain(kFailed, "state.directory: " + all.error().detail);
    for (const Credential& credential : *all) {
      const bool meant = mode.empty() || mode == ToString(credential.mode);
      if (meant && credential.identity == identity) stored.push_back(credential.mode);
    }
    table.emplace(*std::move(opened));
  }
  if (stored.size() > 1) {
    return Complain(kWrongUsage,
                    fmt::format("several modes have identity {}; --mode says which", identity));
  }
  if (stored.empty()) {
    for (const SecurityMode candidate : kModes) {
      const auto line = LineOf(place->file, candidate, identity);
      if (!line || (!mode.empty() && mode != ToString(candidate))) continue;
      return Complain(kFailed, fmt::format("{} {} is in {}; remove it there, then SIGHUP",
                                           ToString(candidate), identity, *line));
    }
    return Complain(kFailed, fmt::format("there is no credential with identity {}", identity));
  }
  const auto removed = table->Remove(stored.front(), identity);
  if (!removed) return Complain(kFailed, "state.directory: " + removed.error().detail);
  fmt::print(stderr, "removed {} {}; what is connected ends with its next handshake or Register\n",
             ToString(stored.front()), identity);
  return kFine;
}

}  // namespace ipe
