#include "lwm2m/bootstrap_account.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <set>
#include <utility>

#include "lwm2m/codec/typing.h"

namespace lwm2m {
namespace {

constexpr Id kSecurityObject = 0;
constexpr Id kServerObject = 1;
constexpr Id kAccessControlObject = 2;
constexpr Id kOscoreObject = 21;

tl::unexpected<Error> Wrong(const std::string& member, std::string_view what) {
  return InvalidValue(fmt::format("{}: {}", member, what));
}

// "coaps://host:5684" → "coaps"; "" for anything that is no URI with a host.
std::string_view SchemeOf(std::string_view uri) {
  const std::size_t colon = uri.find("://");
  const bool visible =
      std::all_of(uri.begin(), uri.end(), [](char octet) { return octet > ' ' && octet < 0x7f; });
  if (colon == std::string_view::npos || !visible) return {};
  const std::string_view rest = uri.substr(colon + 3);
  if (rest.empty() || rest.front() == ':' || rest.front() == '/') return {};
  return uri.substr(0, colon);
}

Result<void> CheckUri(const BootstrapServerEntry& entry, const std::string& member) {
  constexpr std::size_t kMaxUri = 255;
  const std::string_view scheme = SchemeOf(entry.uri);
  const bool plain = scheme == "coap" || scheme == "coap+tcp";
  const bool secure = scheme == "coaps" || scheme == "coaps+tcp";
  if ((!plain && !secure) || entry.uri.size() > kMaxUri) {
    return Wrong(member, "expected coap://host:port, coaps://, coap+tcp:// or coaps+tcp://");
  }
  if (secure == (entry.mode != SecurityMode::kNoSec)) return {};
  return Wrong(member, secure ? "coaps does not go with security nosec"
                              : "coap goes only with security nosec");
}

// SEC-7 for PSK; the others are DER, of which only the first octet is looked at.
Result<void> CheckKeys(const BootstrapServerEntry& entry, const std::string& member) {
  if (entry.mode == SecurityMode::kNoSec) {
    const bool none =
        entry.public_key.empty() && entry.server_public_key.empty() && entry.secret_key.empty();
    if (none) return {};
    return Wrong(member, "nosec has no keys");
  }
  if (entry.mode == SecurityMode::kPsk) {
    const Credential credential{SecurityMode::kPsk, entry.public_key, "", entry.secret_key};
    if (auto valid = Validate(credential); !valid) return Wrong(member, valid.error().detail);
    return {};
  }
  constexpr char kSequence = 0x30;
  const std::array<std::pair<const char*, const std::string*>, 3> keys = {{
      {".public_key", &entry.public_key},
      {".server_public_key", &entry.server_public_key},
      {".secret_key", &entry.secret_key},
  }};
  for (const auto& [name, key] : keys) {
    if (key->empty() || key->front() != kSequence) return Wrong(member + name, "expected DER");
  }
  return {};
}

// §3.2: letters of 1.0 to 1.2, each once.
bool IsBinding(std::string_view binding) {
  constexpr std::string_view kLetters = "UTSNMHQ";
  const std::set<char> letters(binding.begin(), binding.end());
  return !binding.empty() && letters.size() == binding.size() &&
         letters.count('Q') < letters.size() &&
         std::all_of(letters.begin(), letters.end(),
                     [&](char letter) { return kLetters.find(letter) != std::string_view::npos; });
}

Result<void> CheckResources(const std::map<Id, Value>& resources, Id object,
                            const ObjectModel& model, const std::string& member) {
  for (const auto& [id, value] : resources) {
    if (auto conform = Conform(model, Path(object, 0, id), value); !conform) {
      return Wrong(member, conform.error().detail);
    }
  }
  return {};
}

// pmin and pmax that a client could not both keep.
bool PeriodsFit(const std::map<Id, Value>& server) {
  const auto pmin = server.find(2);
  const auto pmax = server.find(3);
  if (pmin == server.end() || pmax == server.end()) return true;
  const auto* least = std::get_if<std::int64_t>(&pmin->second);
  const auto* most = std::get_if<std::int64_t>(&pmax->second);
  return least == nullptr || most == nullptr || *most == 0 || *least <= *most;
}

Result<void> CheckServer(const BootstrapServerEntry& entry, const std::string& member,
                         const ObjectModel& model) {
  // BS-14: "0 and 65535 not for a server".
  if (entry.short_server_id == 0 || entry.short_server_id == kMaxId) {
    return Wrong(member + ".short_server_id", "expected a number from 1 to 65534");
  }
  if (auto uri = CheckUri(entry, member + ".uri"); !uri) return uri;
  if (auto keys = CheckKeys(entry, member); !keys) return keys;
  if (entry.lifetime.count() < 0 ||
      entry.lifetime.count() > std::numeric_limits<std::int32_t>::max()) {
    return Wrong(member + ".lifetime", "expected 0 to 2147483647 seconds");
  }
  if (!IsBinding(entry.binding)) return Wrong(member + ".binding", "expected letters of UTSNMHQ");
  if (!PeriodsFit(entry.server_resources)) return Wrong(member + ".pmax", "expected at least pmin");
  for (const auto& instance : {entry.security_instance, entry.server_instance}) {
    if (instance == kMaxId) return Wrong(member, "expected instances below 65535");
  }
  if (auto fit = CheckResources(entry.security_resources, kSecurityObject, model, member); !fit) {
    return fit;
  }
  return CheckResources(entry.server_resources, kServerObject, model, member);
}

Result<void> CheckServers(const BootstrapAccount& account, const ObjectModel& model) {
  // BS-13: a payload without a server account is none.
  if (account.servers.empty()) return Wrong("servers", "expected at least one");
  std::set<Id> ids;
  std::set<Id> security_instances;
  std::set<Id> server_instances;
  for (std::size_t i = 0; i < account.servers.size(); ++i) {
    const BootstrapServerEntry& entry = account.servers[i];
    const std::string member = fmt::format("servers[{}]", i);
    if (auto checked = CheckServer(entry, member, model); !checked) return checked;
    if (!ids.insert(entry.short_server_id).second) {
      return Wrong(member + ".short_server_id", "expected one that no other server has");
    }
    const bool unique =
        (!entry.security_instance || security_instances.insert(*entry.security_instance).second) &&
        (!entry.server_instance || server_instances.insert(*entry.server_instance).second);
    if (!unique) return Wrong(member, "expected instances that no other server has");
  }
  return {};
}

Result<void> CheckAccessControl(const BootstrapAccount& account) {
  std::set<Id> known = {0};
  for (const BootstrapServerEntry& entry : account.servers) known.insert(entry.short_server_id);
  std::set<std::pair<Id, Id>> targets;
  for (std::size_t i = 0; i < account.access_control.size(); ++i) {
    const BootstrapAccessControl& entry = account.access_control[i];
    const std::string member = fmt::format("acl[{}]", i);
    if (entry.object == kSecurityObject || entry.object == kMaxId) {
      return Wrong(member + ".object", "expected 1 to 65534");
    }
    if (entry.owner != kMaxId && (entry.owner == 0 || known.count(entry.owner) == 0)) {
      return Wrong(member + ".owner", "expected the short_server_id of a server, or 65535");
    }
    for (const auto& [server, rights] : entry.rights) {
      if (known.count(server) == 0) {
        return Wrong(member + ".rights", "expected the short_server_id of a server, or 0");
      }
      if (rights > 31) return Wrong(member + ".rights", "expected 0 to 31");
    }
    if (!targets.emplace(entry.object, entry.instance).second) {
      return Wrong(member, "expected one entry for each object instance");
    }
  }
  return {};
}

Result<void> CheckValues(const BootstrapAccount& account, const ObjectModel& model) {
  std::set<Path> paths;
  for (const Record& record : account.values) {
    const std::string member = fmt::format("objects.{}", record.path.ToString());
    if (record.path.depth() < 3) return Wrong(member, "expected the path of a resource");
    const Id object = record.path.object();
    if (object <= kAccessControlObject || object == kOscoreObject) {
      return Wrong(member, "expected an object other than 0, 1, 2 and 21");
    }
    if (auto conform = Conform(model, record.path, record.value); !conform) {
      return Wrong(member, conform.error().detail);
    }
    if (!paths.insert(record.path).second) return Wrong(member, "expected each path once");
  }
  return {};
}

// BS-6, BS-8.
Result<void> CheckPaths(const BootstrapAccount& account) {
  for (std::size_t i = 0; i < account.deletes.size(); ++i) {
    if (account.deletes[i].depth() <= 2) continue;
    return Wrong(fmt::format("delete[{}]", i), "expected /, an object or an instance");
  }
  for (std::size_t i = 0; i < account.reads.size(); ++i) {
    const Path& path = account.reads[i];
    const bool fits = (path.is_object() || path.is_instance()) &&
                      (path.object() == kServerObject || path.object() == kAccessControlObject);
    if (!fits) return Wrong(fmt::format("read[{}]", i), "expected /1 or /2, or an instance");
  }
  return {};
}

}  // namespace

Result<void> Validate(const BootstrapAccount& account, const ObjectModel& model) {
  if (auto servers = CheckServers(account, model); !servers) return servers;
  if (auto access = CheckAccessControl(account); !access) return access;
  if (auto values = CheckValues(account, model); !values) return values;
  return CheckPaths(account);
}

bool MayTravel(const BootstrapAccount& account, bool secure) {
  return secure || account.keys_in_clear ||
         std::none_of(
             account.servers.begin(), account.servers.end(),
             [](const BootstrapServerEntry& entry) { return entry.mode != SecurityMode::kNoSec; });
}

std::vector<Record> SecurityRecords(const BootstrapServerEntry& entry, Id instance) {
  const Path base(kSecurityObject, instance);
  std::vector<Record> records = {
      {base.Child(0), entry.uri, {}},
      {base.Child(1), false, {}},
      {base.Child(2), std::int64_t{static_cast<std::uint8_t>(entry.mode)}, {}},
      {base.Child(3), Opaque{entry.public_key}, {}},
      {base.Child(4), Opaque{entry.server_public_key}, {}},
      {base.Child(5), Opaque{entry.secret_key}, {}},
      {base.Child(10), std::int64_t{entry.short_server_id}, {}},
  };
  for (const auto& [id, value] : entry.security_resources) {
    records.push_back({base.Child(id), value, {}});
  }
  return records;
}

std::vector<Record> ServerRecords(const BootstrapServerEntry& entry, Id instance) {
  const Path base(kServerObject, instance);
  std::vector<Record> records = {
      {base.Child(0), std::int64_t{entry.short_server_id}, {}},
      {base.Child(1), std::int64_t{entry.lifetime.count()}, {}},
      {base.Child(6), entry.store_notifications, {}},
      {base.Child(7), entry.binding, {}},
  };
  for (const auto& [id, value] : entry.server_resources) {
    records.push_back({base.Child(id), value, {}});
  }
  return records;
}

std::vector<Record> AccessControlRecords(const BootstrapAccessControl& entry, Id instance) {
  const Path base(kAccessControlObject, instance);
  std::vector<Record> records = {
      {base.Child(0), std::int64_t{entry.object}, {}},
      {base.Child(1), std::int64_t{entry.instance}, {}},
  };
  for (const auto& [server, rights] : entry.rights) {
    records.push_back({base.Child(2).Child(server), std::int64_t{rights}, {}});
  }
  records.push_back({base.Child(3), std::int64_t{entry.owner}, {}});
  return records;
}

}  // namespace lwm2m
