// What the program does after its command line was read. Each returns the exit status: 0 fine, 1
// failed while running, 2 wrong usage or configuration.
#ifndef IPE_SUBCOMMANDS_H_
#define IPE_SUBCOMMANDS_H_

#include <chrono>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "ipe/config.h"
#include "lwm2m/simulator/simulator.h"

namespace ipe {

// Where the configuration comes from besides the environment.
struct ConfigSources {
  std::string file;               // "": none
  std::vector<std::string> sets;  // "key=value"
};

inline constexpr int kFine = 0;
inline constexpr int kFailed = 1;
inline constexpr int kWrongUsage = 2;

tl::expected<Config, ConfigError> LoadConfig(const ConfigSources& sources);
// Prints the error; kWrongUsage.
int Complain(const ConfigError& error);

int Serve(const ConfigSources& sources);
int CheckConfig(const ConfigSources& sources);
// `address` "" : admin.bind of the configuration.
int Health(const ConfigSources& sources, const std::string& address);

struct ExplainOptions {
  std::string endpoint, path;  // "" : the endpoint only
  std::string address;         // "" : admin.bind of the configuration
  bool json = false;
  bool offline = false;  // which rules of the configuration apply, without a service
};
int Explain(const ConfigSources& sources, const ExplainOptions& options);

struct SimulateOptions {
  lwm2m::simulator::SimulatorOptions fleet;
  std::chrono::seconds duration{0};  // 0: until interrupted
  bool events = false;               // print what happens to the devices
};
int Simulate(const SimulateOptions& options);

// Which credential; the members of one mode, and only those, are set.
struct AddCredentialOptions {
  std::string endpoint;          // "" : the same as identity or certificate name
  std::string identity;          // PSK; "" : the same as endpoint
  std::string key_file;          // PSK; "" : asked for, or generated
  bool generate = false;         // PSK; printed to standard output, once
  std::string public_key;        // raw public key: PEM file or base64
  std::string certificate_name;  // X.509
  bool replace = false;          // change one that is there
};
// They change or read the store of the state directory, also while a service runs on it, and show
// what the file of credentials has; never a key, but for the generated one.
int AddCredential(const ConfigSources& sources, const AddCredentialOptions& options);
int ListCredentials(const ConfigSources& sources);
// `mode`: psk, rpk, x509, or "" when only one has that identity.
int RemoveCredential(const ConfigSources& sources, const std::string& identity,
                     const std::string& mode);

}  // namespace ipe

#endif  // IPE_SUBCOMMANDS_H_
