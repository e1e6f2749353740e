#include "ipe/config_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <numeric>
#include <optional>
#include <utility>

#include "ipe/config_rule_members.h"
#include "ipe/config_values.h"

namespace ipe {
namespace {

using Texts = std::vector<std::string>;
using Check = std::function<bool(std::string_view)>;

template <typename T>
using Member = std::function<T&(Config&)>;

Check OrEmpty(Check check) {
  return [check = std::move(check)](std::string_view text) { return text.empty() || check(text); };
}

ConfigKey Scalar(std::string name, std::string expected,
                 std::function<bool(const std::string&, Config&)> read,
                 std::function<std::string(Config&)> write) {
  ConfigKey key;
  key.name = std::move(name);
  key.expected = std::move(expected);
  key.read = [read = std::move(read)](const Texts& texts, Config& config) {
    return read(texts.front(), config);
  };
  key.write = [write = std::move(write)](Config& config) { return Texts{write(config)}; };
  return key;
}

ConfigKey Text(std::string name, std::string expected, Check check, Member<std::string> member) {
  return Scalar(
      std::move(name), std::move(expected),
      [check = std::move(check), member](const std::string& text, Config& config) {
        if (!check(text)) return false;
        member(config) = text;
        return true;
      },
      [member](Config& config) { return member(config); });
}

ConfigKey Secret(ConfigKey key) {
  key.secret = true;
  return key;
}

ConfigKey List(std::string name, std::string expected, Check check, Member<Texts> member) {
  ConfigKey key;
  key.name = std::move(name);
  key.expected = std::move(expected);
  key.shape = ConfigKey::Shape::kList;
  key.read = [check = std::move(check), member](const Texts& texts, Config& config) {
    if (!std::all_of(texts.begin(), texts.end(), check)) return false;
    member(config) = texts;
    return true;
  };
  key.write = [member](Config& config) { return member(config); };
  return key;
}

// A number, size or duration between two bounds, which `print` also writes into the expectation.
template <typename T, typename Parse, typename Print>
ConfigKey Bounded(std::string name, const char* kind, Parse parse, Print print, T least, T most,
                  std::function<void(Config&, T)> set, std::function<T(Config&)> get) {
  return Scalar(
      std::move(name), fmt::format("{} from {} to {}", kind, print(least), print(most)),
      [parse, least, most, set = std::move(set)](const std::string& text, Config& config) {
        const auto value = parse(text);
        if (!value || *value < least || *value > most) return false;
        set(config, *value);
        return true;
      },
      [print, get = std::move(get)](Config& config) { return print(get(config)); });
}

ConfigKey Number(std::string name, std::uint64_t least, std::uint64_t most,
                 Member<std::size_t> member) {
  return Bounded<std::uint64_t>(
      std::move(name), "a number", ParseNumber,
      [](std::uint64_t number) { return std::to_string(number); }, least, most,
      [member](Config& config, std::uint64_t number) { member(config) = number; },
      [member](Config& config) { return std::uint64_t{member(config)}; });
}

template <typename Duration>
ConfigKey Period(std::string name, std::chrono::milliseconds least, std::chrono::milliseconds most,
                 Member<Duration> member) {
  constexpr bool kWholeSeconds = Duration(1) == std::chrono::seconds(1);
  const auto parse = [](const std::string& text) -> std::optional<std::chrono::milliseconds> {
    const auto value = ParseDuration(text);
    if (value && kWholeSeconds && value->count() % 1000 != 0) return std::nullopt;
    return value;
  };
  return Bounded<std::chrono::milliseconds>(
      std::move(name), kWholeSeconds ? "a duration in whole seconds" : "a duration", parse,
      DurationText, least, most,
      [member](Config& config, std::chrono::milliseconds value) {
        member(config) = std::chrono::duration_cast<Duration>(value);
      },
      [member](Config& config) { return std::chrono::milliseconds(member(config)); });
}

template <typename T>
ConfigKey Choice(std::string name, std::vector<std::pair<std::string, T>> choices,
                 Member<T> member) {
  std::string expected;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    expected += i == 0 ? "" : i + 1 == choices.size() ? " or " : ", ";
    expected += choices[i].first;
  }
  return Scalar(
      std::move(name), expected,
      [choices, member](const std::string& text, Config& config) {
        for (const auto& [choice, value] : choices) {
          if (choice != text) continue;
          member(config) = value;
          return true;
        }
        return false;
      },
      [choices, member](Config& config) {
        for (const auto& [choice, value] : choices) {
          if (value == member(config)) return choice;
        }
        return std::string();
      });
}

ConfigKey Flag(std::string name, Member<bool> member) {
  return Scalar(
      std::move(name), "true or false",
      [member](const std::string& text, Config& config) {
        const auto value = ParseBoolean(text);
        if (value) member(config) = *value;
        return value.has_value();
      },
      [member](Config& config) { return std::string(member(config) ? "true" : "false"); });
}

ConfigKey Rules(std::string name) {
  ConfigKey key;
  key.name = std::move(name);
  key.expected = "a list of rules";
  key.shape = ConfigKey::Shape::kRules;
  return key;
}

// Of the two flavours of libcoap only this one has them.
constexpr bool kHasRawPublicKeys = std::string_view(IPE_DTLS) == "gnutls";
constexpr const char* kBind = "address:port, IPv6 addresses in brackets";

void AddCseKeys(std::vector<ConfigKey>& keys) {
  using namespace std::chrono_literals;
  const auto is_cse_url = [](std::string_view text) {
    return text == "embedded" || IsHttpUrl(text, false);
  };
  const auto is_app_id = [](std::string_view text) {
    return IsOriginator(text) &&
           std::string_view("NRr").find(text.front()) != std::string_view::npos;
  };
  keys.push_back(Text("cse.url", "embedded, http://host:port or https://host:port", is_cse_url,
                      [](Config& c) -> std::string& { return c.cse.url; }));
  keys.push_back(Text("cse.embedded.bind", kBind, IsBindAddress,
                      [](Config& c) -> std::string& { return c.cse.embedded_bind; }));
  keys.push_back(Text("cse.base", "the resource name of the CSEBase, such as cse-in, or nothing",
                      OrEmpty(IsResourceName),
                      [](Config& c) -> std::string& { return c.cse.base; }));
  keys.push_back(Text("cse.id", "a CSE-ID with its slash, such as /id-in, or nothing",
                      OrEmpty(IsCseId), [](Config& c) -> std::string& { return c.cse.id; }));
  keys.push_back(Text("cse.originator", "an originator, such as Clwm2m-ipe", IsOriginator,
                      [](Config& c) -> std::string& { return c.cse.originator; }));
  keys.push_back(Text("cse.app_id", "an App-ID that starts with N, R or r", is_app_id,
                      [](Config& c) -> std::string& { return c.cse.app_id; }));
  keys.push_back(Choice<std::string>(
      "cse.release",
      {{"1", "1"}, {"2", "2"}, {"2a", "2a"}, {"3", "3"}, {"4", "4"}, {"5", "5"}, {"", ""}},
      [](Config& c) -> std::string& { return c.cse.release; }));
  keys.back().expected = "1, 2, 2a, 3, 4, 5 or nothing";
  keys.push_back(Text("cse.admin_originator", "an originator, such as CAdmin, or nothing",
                      OrEmpty(IsOriginator),
                      [](Config& c) -> std::string& { return c.cse.admin_originator; }));
  keys.push_back(Number("cse.connections", 1, 64,
                        [](Config& c) -> std::size_t& { return c.cse.connections; }));
  keys.push_back(Period<std::chrono::milliseconds>(
      "cse.timeout", 100ms, 10min,
      [](Config& c) -> std::chrono::milliseconds& { return c.cse.timeout; }));
  keys.push_back(Text("cse.tls.ca", "a readable PEM file, or nothing", OrEmpty(IsReadableFile),
                      [](Config& c) -> std::string& { return c.cse.ca_file; }));
  keys.push_back(Text("cse.tls.certificate", "a readable PEM file, or nothing",
                      OrEmpty(IsReadableFile),
                      [](Config& c) -> std::string& { return c.cse.certificate_file; }));
  keys.push_back(Text("cse.tls.key", "a readable PEM file, or nothing", OrEmpty(IsReadableFile),
                      [](Config& c) -> std::string& { return c.cse.key_file; }));
  keys.push_back(Secret(Text("cse.credential", "bearer:<token>, basic:<user>:<password> or nothing",
                             OrEmpty(IsCredential),
                             [](Config& c) -> std::string& { return c.cse.credential; })));
}

void AddDeviceKeys(std::vector<ConfigKey>& keys) {
  const auto addresses = [&keys](const char* name, Member<Texts> member) {
    keys.push_back(List(name, "a list of address:port", IsBindAddress, std::move(member)));
  };
  const auto file = [&keys](const char* name, const char* expected, Member<std::string> member) {
    keys.push_back(Text(name, expected, OrEmpty(IsReadableFile), std::move(member)));
  };
  constexpr const char* kPem = "a readable PEM file, or nothing";
  addresses("lwm2m.coap", [](Config& c) -> Texts& { return c.lwm2m.coap; });
  addresses("lwm2m.coaps", [](Config& c) -> Texts& { return c.lwm2m.coaps; });
  addresses("lwm2m.coaps_rpk", [](Config& c) -> Texts& { return c.lwm2m.coaps_rpk; });
  if (!kHasRawPublicKeys) {
    keys.back().expected =
        "nothing: this program was built with IPE_DTLS=openssl, which has no raw public keys";
    keys.back().read = [](const Texts& texts, Config&) { return texts.empty(); };
  }
  addresses("lwm2m.coap_tcp", [](Config& c) -> Texts& { return c.lwm2m.coap_tcp; });
  addresses("lwm2m.coaps_tcp", [](Config& c) -> Texts& { return c.lwm2m.coaps_tcp; });
  file("lwm2m.credentials", "a readable YAML file, or nothing",
       [](Config& c) -> std::string& { return c.lwm2m.credentials_file; });
  file("lwm2m.tls.certificate", kPem,
       [](Config& c) -> std::string& { return c.lwm2m.certificate_file; });
  file("lwm2m.tls.key", kPem, [](Config& c) -> std::string& { return c.lwm2m.key_file; });
  file("lwm2m.tls.ca", kPem, [](Config& c) -> std::string& { return c.lwm2m.ca_file; });
  file("lwm2m.rpk.key", kPem, [](Config& c) -> std::string& { return c.lwm2m.rpk_key_file; });
  keys.push_back(Number("lwm2m.handshakes", 10, 100'000,
                        [](Config& c) -> std::size_t& { return c.lwm2m.handshakes; }));
  addresses("lwm2m.bootstrap.coap", [](Config& c) -> Texts& { return c.lwm2m.bootstrap_coap; });
  addresses("lwm2m.bootstrap.coaps", [](Config& c) -> Texts& { return c.lwm2m.bootstrap_coaps; });
  file("lwm2m.bootstrap.accounts", "a readable YAML file, or nothing",
       [](Config& c) -> std::string& { return c.lwm2m.bootstrap_accounts_file; });
  keys.push_back(Text("lwm2m.models", "a directory, or nothing", OrEmpty(IsDirectory),
                      [](Config& c) -> std::string& { return c.lwm2m.models; }));
  keys.push_back(Number("lwm2m.sessions_held", 1, 100'000,
                        [](Config& c) -> std::size_t& { return c.lwm2m.sessions_held; }));
}

void AddAdmissionKeys(std::vector<ConfigKey>& keys) {
  using namespace std::chrono_literals;
  const auto number = [&](const char* name, std::uint64_t least, std::uint64_t most,
                          Member<std::size_t> member) {
    keys.push_back(Number(name, least, most, std::move(member)));
  };
  number("lwm2m.admission.per_endpoint", 0, 1'000'000,
         [](Config& c) -> std::size_t& { return c.lwm2m.admission.per_endpoint; });
  number("lwm2m.admission.burst", 1, 1'000'000,
         [](Config& c) -> std::size_t& { return c.lwm2m.admission.burst; });
  number("lwm2m.admission.total", 0, 1'000'000,
         [](Config& c) -> std::size_t& { return c.lwm2m.admission.total; });
  keys.push_back(Period<std::chrono::seconds>(
      "lwm2m.admission.behind", 0s, 1h,
      [](Config& c) -> std::chrono::seconds& { return c.lwm2m.admission.behind; }));
  number("lwm2m.admission.handshakes", 1, 100,
         [](Config& c) -> std::size_t& { return c.lwm2m.admission.handshake_share; });
}

void AddPortKeys(std::vector<ConfigKey>& keys) {
  keys.push_back(Text("notify.bind", kBind, IsBindAddress,
                      [](Config& c) -> std::string& { return c.notify.bind; }));
  keys.push_back(Text("notify.url", "http://host:port/path, https://host:port/path or nothing",
                      OrEmpty([](std::string_view text) { return IsHttpUrl(text, true); }),
                      [](Config& c) -> std::string& { return c.notify.url; }));
  keys.push_back(Text("admin.bind", kBind, IsBindAddress,
                      [](Config& c) -> std::string& { return c.admin.bind; }));
}

void AddStateKeys(std::vector<ConfigKey>& keys) {
  keys.push_back(Text(
      "state.directory", "a directory, or memory",
      [](std::string_view text) { return !text.empty(); },
      [](Config& c) -> std::string& { return c.state.directory; }));
  keys.push_back(Bounded<std::uint64_t>(
      "store.max_bytes", "a size", ParseSize, SizeText, 1u << 20, std::uint64_t{1} << 42,
      [](Config& c, std::uint64_t value) { c.store.max_bytes = value; },
      [](Config& c) { return c.store.max_bytes; }));
  keys.push_back(Choice<bool>("store.sync", {{"normal", false}, {"full", true}},
                              [](Config& c) -> bool& { return c.store.sync_full; }));
  keys.push_back(Choice<bool>("store.on_failure", {{"memory", false}, {"refuse", true}},
                              [](Config& c) -> bool& { return c.store.refuses_on_failure; }));
}

void AddInterworkingKeys(std::vector<ConfigKey>& keys) {
  using namespace std::chrono_literals;
  keys.push_back(Text("interworking.name", "a resource name", IsResourceName,
                      [](Config& c) -> std::string& { return c.interworking.name; }));
  keys.push_back(Choice<mapping::LabelFamily>(
      "interworking.labels",
      {{"seed", mapping::LabelFamily::kSeed},
       {"published", mapping::LabelFamily::kPublished},
       {"both", mapping::LabelFamily::kBoth}},
      [](Config& c) -> mapping::LabelFamily& { return c.interworking.labels; }));
  keys.push_back(Choice<mapping::Expiration>(
      "interworking.expiration",
      {{"exact", mapping::Expiration::kExact}, {"parent", mapping::Expiration::kParent}},
      [](Config& c) -> mapping::Expiration& { return c.interworking.expiration; }));
  keys.push_back(Period<std::chrono::seconds>(
      "interworking.expiration_grace", 0s, 24h * 365,
      [](Config& c) -> std::chrono::seconds& { return c.interworking.expiration_grace; }));
  keys.push_back(List("interworking.modes", "a list of " + std::string(ModeNames()), IsMode,
                      [](Config& c) -> Texts& { return c.interworking.modes; }));
  keys.push_back(Rules("interworking.profile"));
  keys.push_back(Period<std::chrono::seconds>(
      "interworking.subscriptions.interval", 0s, 24h,
      [](Config& c) -> std::chrono::seconds& { return c.interworking.subscriptions_interval; }));
  keys.push_back(Flag("commands.per_endpoint",
                      [](Config& c) -> bool& { return c.interworking.commands_per_endpoint; }));
}

void AddFirmwareKeys(std::vector<ConfigKey>& keys) {
  using namespace std::chrono_literals;
  keys.push_back(Text("firmware.directory", "a directory, or nothing", OrEmpty(IsDirectory),
                      [](Config& c) -> std::string& { return c.firmware.directory; }));
  keys.push_back(List("firmware.url", "a list of coap://host:port or coaps://host:port, or nothing",
                      IsCoapUrl, [](Config& c) -> Texts& { return c.firmware.urls; }));
  keys.push_back(Bounded<std::uint64_t>(
      "firmware.max_bytes", "a size", ParseSize, SizeText, 1, std::uint64_t{1} << 30,
      [](Config& c, std::uint64_t value) { c.firmware.max_bytes = value; },
      [](Config& c) { return c.firmware.max_bytes; }));
  keys.push_back(Period<std::chrono::seconds>(
      "firmware.install_timeout", 1min, 24h * 30,
      [](Config& c) -> std::chrono::seconds& { return c.firmware.install_timeout; }));
}

void AddBehaviourKeys(std::vector<ConfigKey>& keys) {
  using namespace std::chrono_literals;
  keys.push_back(Period<std::chrono::milliseconds>(
      "registration.patience", 0s, 2min,
      [](Config& c) -> std::chrono::milliseconds& { return c.registration.patience; }));
  keys.push_back(Number("registration.waiting", 0, 100'000,
                        [](Config& c) -> std::size_t& { return c.registration.waiting; }));
  keys.push_back(Choice<bool>("registration.policy", {{"strict", true}, {"eventual", false}},
                              [](Config& c) -> bool& { return c.registration.strict; }));
  keys.push_back(List("access.readers", "a list of originators, or all", IsOriginator,
                      [](Config& c) -> Texts& { return c.access.readers; }));
  keys.push_back(List("access.writers", "a list of originators, or all", IsOriginator,
                      [](Config& c) -> Texts& { return c.access.writers; }));
  keys.push_back(List("access.deleters", "a list of originators, or all", IsOriginator,
                      [](Config& c) -> Texts& { return c.access.deleters; }));
  keys.push_back(List("access.administrators", "a list of originators", IsOriginator,
                      [](Config& c) -> Texts& { return c.access.administrators; }));
  keys.push_back(Number("access.short_server_id", 0, 65'534,
                        [](Config& c) -> std::size_t& { return c.access.short_server_id; }));
  keys.push_back(Period<std::chrono::seconds>(
      "queue_mode.awake", 1s, 24h,
      [](Config& c) -> std::chrono::seconds& { return c.queue_mode.awake; }));
  keys.push_back(Number("queue_mode.depth", 1, 10'000,
                        [](Config& c) -> std::size_t& { return c.queue_mode.depth; }));
  keys.push_back(Choice<std::string>("log.level",
                                     {{"trace", "trace"},
                                      {"debug", "debug"},
                                      {"info", "info"},
                                      {"warning", "warning"},
                                      {"error", "error"}},
                                     [](Config& c) -> std::string& { return c.log.level; }));
  keys.push_back(Choice<bool>("log.format", {{"text", false}, {"json", true}},
                              [](Config& c) -> bool& { return c.log.json; }));
}

std::vector<ConfigKey> MakeConfigKeys() {
  std::vector<ConfigKey> keys;
  AddCseKeys(keys);
  AddDeviceKeys(keys);
  AddAdmissionKeys(keys);
  AddPortKeys(keys);
  AddStateKeys(keys);
  AddInterworkingKeys(keys);
  AddFirmwareKeys(keys);
  AddBehaviourKeys(keys);
  return keys;
}

// Levenshtein's distance.
std::size_t Distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

const std::vector<ConfigKey>& ConfigKeys() {
  static const std::vector<ConfigKey> keys = MakeConfigKeys();
  return keys;
}

const ConfigKey* FindConfigKey(std::string_view name) {
  const auto& keys = ConfigKeys();
  const auto found = std::find_if(keys.begin(), keys.end(),
                                  [&](const ConfigKey& key) { return key.name == name; });
  return found == keys.end() ? nullptr : &*found;
}

std::string EnvironmentName(std::string_view key) {
  std::string name = "IPE_";
  for (const char character : key) {
    name += character == '.'
                ? '_'
                : static_cast<char>(std::toupper(static_cast<unsigned char>(character)));
  }
  return name;
}

std::string ClosestOf(std::string_view mistyped, const std::vector<std::string>& known) {
  const auto closest =
      std::min_element(known.begin(), known.end(), [&](const std::string& a, const std::string& b) {
        return Distance(mistyped, a) < Distance(mistyped, b);
      });
  return closest == known.end() ? std::string() : *closest;
}

}  // namespace ipe
