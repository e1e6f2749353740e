// Configuration: defaults, YAML file, environment, flags; later ones win.  (docs/configuration.md)
#ifndef IPE_CONFIG_H_
#define IPE_CONFIG_H_

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "mapping/access_control.h"
#include "mapping/context.h"
#include "mapping/profile.h"

namespace ipe {

struct Config {
  struct Cse {
    std::string url = "embedded";  // http(s)://host:port or "embedded"
    std::string embedded_bind = "127.0.0.1:8080";
    std::string base;  // resource name of <CSEBase>; "" : ask the CSE at /-
    std::string id;    // CSE-ID with leading slash; "" : ask
    std::string originator = "Clwm2m-ipe";
    std::string app_id = "Nlwm2m-ipe";
    std::string release;                              // "" : highest common
    std::string admin_originator;                     // "" : = originator
    std::size_t connections = 4;                      // 1..64
    std::chrono::milliseconds timeout{10'000};        // of one request
    std::string ca_file, certificate_file, key_file;  // cse.tls.ca, .certificate, .key
    std::string credential;  // "bearer:<token>" or "basic:<user>:<password>"
  } cse;
  struct Lwm2m {
    // Lists of address:port; empty: off. At least one of them, or of the Bootstrap-Server, is not.
    std::vector<std::string> coap = {"0.0.0.0:5683"};
    std::vector<std::string> coaps = {"0.0.0.0:5684"};
    std::vector<std::string> coaps_rpk, coap_tcp, coaps_tcp;
    std::string certificate_file, key_file, ca_file;  // lwm2m.tls.certificate, .key, .ca
    std::string rpk_key_file;                         // lwm2m.rpk.key
    std::size_t handshakes = 2048;                    // 10..100000, under way at a time
    std::string credentials_file;                     // lwm2m.credentials
    std::vector<std::string> bootstrap_coap, bootstrap_coaps;
    std::string bootstrap_accounts_file;  // lwm2m.bootstrap.accounts
    std::string models;                   // directory of OMA XML files
    std::size_t sessions_held = 64;
    struct Admission {
      std::size_t per_endpoint = 1000;   // requests a second; 0: no bound
      std::size_t burst = 2000;          // of one endpoint
      std::size_t total = 0;             // requests a second; 0: no bound
      std::chrono::seconds behind{10};   // until new Registers wait; 0: they never do
      std::size_t handshake_share = 80;  // lwm2m.admission.handshakes, percent
    } admission;
  } lwm2m;
  struct Notify {
    std::string bind = "0.0.0.0:8282";
    std::string url;  // "" : derived
  } notify;
  struct Admin {
    std::string bind = "127.0.0.1:8090";
  } admin;
  struct State {
    std::string directory = "/var/lib/ipe";  // "memory": nothing survives a restart
  } state;
  struct Store {
    std::uint64_t max_bytes = 1ull << 30;  // bound of the outbox
    bool sync_full = false;                // store.sync: normal | full
    bool refuses_on_failure = false;       // store.on_failure: memory | refuse
  } store;
  struct Interworking {
    std::string name = "lwm2m-ipe";  // resourceName of the IPE's AE
    mapping::LabelFamily labels = mapping::LabelFamily::kBoth;
    mapping::Expiration expiration = mapping::Expiration::kExact;
    std::chrono::seconds expiration_grace{86'400};
    bool commands_per_endpoint = true;                // commands.per_endpoint
    std::chrono::seconds subscriptions_interval{10};  // subscriptions.interval; 0: no looks
    std::vector<std::string> modes = {"semantic"};    // for all objects: semantic, transparent
    std::vector<mapping::Rule> rules;                 // interworking.profile, as configured
    mapping::Profile profile =
        mapping::Profile::Default();  // made of the defaults, modes and rules
  } interworking;
  struct Registration {
    std::chrono::milliseconds patience{20'000};
    std::size_t waiting = 256;
    bool strict = true;  // registration.policy: strict | eventual
  } registration;
  struct Access : mapping::AccessLists {
    std::size_t short_server_id = 0;  // ours in the devices; 0: they are asked
  } access;
  struct QueueMode {
    std::chrono::seconds awake{93};
    std::size_t depth = 64;
  } queue_mode;
  struct Firmware {
    std::string directory;                  // of images that may be sent; "" : none
    std::vector<std::string> urls;          // firmware.url: where devices reach us; empty: derived
    std::uint64_t max_bytes = 16ull << 20;  // of one image
    std::chrono::seconds install_timeout{3600};  // from Execute to a result
  } firmware;
  struct Log {
    std::string level = "info";  // trace debug info warning error
    bool json = false;           // log.format: text | json
  } log;
  // By key, where its value was given; what has none has its default.
  std::map<std::string, std::string> places;
};

// Where a value was found wrong, e.g. file "ipe.yaml" line 12, or variable IPE_CSE_URL, or flag
// --set.
struct ConfigError {
  std::string where;     // "ipe.yaml:12", "environment IPE_CSE_CONNECTIONS"
  std::string key;       // "cse.connections"
  std::string found;     // "many"
  std::string expected;  // "a number from 1 to 64"
  std::string ToString() const;
};

// `file` "" : none. `environment`: IPE_* variables (every key has one: IPE_ + path in upper case,
// dots as underscores; lists separated by commas). `flags`: key → text, as given with --set
// key=value. An unknown key or IPE_ variable is an error too, with the closest known key as
// expectation.
tl::expected<Config, ConfigError> LoadConfig(const std::string& file,
                                             const std::map<std::string, std::string>& environment,
                                             const std::map<std::string, std::string>& flags);

// `base` with values for keys that exist, as JSON, which is YAML.
tl::expected<Config, ConfigError> WithValues(const Config& base,
                                             const std::map<std::string, std::string>& values,
                                             const std::string& where);

// The value of a key that is no secret as JSON, as WithValues takes it.
std::string ValueAsJson(const Config& config, std::string_view key);

// The IPE_* variables of this process that are meant for LoadConfig: without IPE_CONFIG (names the
// file), IPE_DEMO_* (of the demo), and the IPE_SERVICE_* and IPE_PORT* that Kubernetes sets for a
// service named "ipe".
std::map<std::string, std::string> IpeEnvironment();

// The effective configuration as YAML with secrets replaced by "***"; for check-config.
std::string ToYaml(const Config& config);

}  // namespace ipe

#endif  // IPE_CONFIG_H_
