// The command line. docs/operations.md describes each subcommand.
#include <malloc.h>

#include <CLI/CLI.hpp>
#include <string>

#include "ipe/demo.h"
#include "ipe/subcommands.h"

namespace {

constexpr const char* kFooter = R"(
Examples:
  ipe serve --config /etc/ipe/ipe.yaml
  ipe serve --set cse.url=http://127.0.0.1:8080 --set state.directory=./state
  IPE_CSE_URL=http://cse:8080 ipe check-config
  ipe health --address 127.0.0.1:8090
  ipe explain urn:imei:990000862471854 /3/0/9
  ipe credentials add urn:imei:990000862471854 --generate
  ipe simulate --server coap://127.0.0.1:5683 --endpoints 100
  ipe demo

Exit status: 0 fine; 1 failed while running; 2 wrong usage or configuration.)";

void AddConfigOptions(CLI::App& command, ipe::ConfigSources& sources) {
  command.add_option("-c,--config", sources.file, "YAML file; see docs/configuration.md")
      ->envname("IPE_CONFIG")
      ->type_name("FILE");
  command
      .add_option("-s,--set", sources.sets,
                  "one key of the configuration, over file and IPE_* environment; repeatable")
      ->type_name("KEY=VALUE")
      ->take_all()
      ->allow_extra_args(false);
}

void AddExplainOptions(CLI::App& command, ipe::ExplainOptions& options) {
  command.add_option("endpoint", options.endpoint, "Endpoint Client Name")->required();
  command.add_option("path", options.path, "LwM2M path, such as /3/0/9");
  command.add_option("-a,--address", options.address,
                     "host:port; default: admin.bind of the configuration");
  command.add_flag("--json", options.json, "for programs");
  command.add_flag("--offline", options.offline,
                   "which rules of the configuration apply, without asking a service");
}

// Options whose unit is not that of the struct are read as numbers and moved over after parsing.
struct SimulateNumbers {
  long lifetime = 300;
  long latency = 0;
  long ramp = 1000;
  long drift = 2000;
  long duration = 0;
  bool keep = false;
};

void AddSimulateOptions(CLI::App& command, ipe::SimulateOptions& options,
                        SimulateNumbers& numbers) {
  auto& fleet = options.fleet;
  const auto number = [&command](const char* name, long& value, const char* text,
                                 const char* unit) {
    command.add_option(name, value, text)
        ->capture_default_str()
        ->type_name(unit)
        ->check(CLI::NonNegativeNumber);
  };
  command.add_option("--server", fleet.server, "LwM2M server")->capture_default_str();
  command.add_option("-n,--endpoints", fleet.endpoints, "how many devices")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000));
  command.add_option("--prefix", fleet.prefix, "of the endpoint names, followed by six digits")
      ->capture_default_str();
  command.add_option("--lwm2m", fleet.version, "LwM2M version announced")
      ->capture_default_str()
      ->check(CLI::IsMember({"1.0", "1.1", "1.2"}));
  number("--lifetime", numbers.lifetime, "lifetime of the registrations", "SECONDS");
  command.add_option("--binding", fleet.binding, "U, or UQ to sleep between updates")
      ->capture_default_str()
      ->check(CLI::IsMember({"U", "UQ"}));
  command.add_option("--loss", fleet.loss, "share of datagrams lost, each way")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0));
  number("--latency", numbers.latency, "added to each datagram, each way", "MILLISECONDS");
  number("--ramp", numbers.ramp, "time over which the devices register", "MILLISECONDS");
  number("--drift", numbers.drift, "how often measured values change", "MILLISECONDS");
  command.add_option("--seed", fleet.seed, "same seed, same values")->capture_default_str();
  number("--duration", numbers.duration, "end after this time; 0: when interrupted", "SECONDS");
  command.add_flag("--no-deregister", numbers.keep, "leave without De-register");
  command.add_flag("--events", options.events, "print what happens to the devices");
}

int RunSimulate(ipe::SimulateOptions& options, const SimulateNumbers& numbers) {
  options.fleet.lifetime = std::chrono::seconds(numbers.lifetime);
  options.fleet.latency = std::chrono::milliseconds(numbers.latency);
  options.fleet.ramp = std::chrono::milliseconds(numbers.ramp);
  options.fleet.drift = std::chrono::milliseconds(numbers.drift);
  options.fleet.deregister = !numbers.keep;
  options.duration = std::chrono::seconds(numbers.duration);
  return ipe::Simulate(options);
}

// `ipe credentials` and what is below it.
class CredentialsCommand {
 public:
  CredentialsCommand(CLI::App& app, ipe::ConfigSources& sources)
      : sources_(sources),
        command_(*app.add_subcommand("credentials", "who may connect over DTLS or TLS")),
        add_(*command_.add_subcommand("add", "let one more device connect, at once")),
        list_(*command_.add_subcommand("list", "credentials of file and store, without keys")),
        remove_(*command_.add_subcommand("remove", "refuse a device from now on")) {
    command_.require_subcommand(1);
    command_.footer(kCredentialsFooter);
    for (CLI::App* subcommand : {&add_, &list_, &remove_}) AddConfigOptions(*subcommand, sources_);
    DescribeAdd();
    remove_.add_option("identity", identity_, "as ipe credentials list shows it")->required();
    remove_.add_option("--mode", mode_, "when several modes have that identity")
        ->check(CLI::IsMember({"psk", "rpk", "x509"}));
  }

  bool parsed() const { return command_.parsed(); }
  int Run() const {
    if (add_.parsed()) return ipe::AddCredential(sources_, options_);
    if (list_.parsed()) return ipe::ListCredentials(sources_);
    return ipe::RemoveCredential(sources_, identity_, mode_);
  }

 private:
  static constexpr const char* kCredentialsFooter = R"(
Examples:
  ipe credentials add urn:imei:990000862471854 --generate
  ipe credentials add sensor-1 --identity client-1 --key-file key.hex
  ipe credentials add 'sensor-*' --identity sensors < key.hex
  ipe credentials add meter-1 --public-key meter-1.pem
  ipe credentials add meter-2 --certificate-name meter-2.example.org
  ipe credentials remove client-1

A pre-shared key is 1 to 64 octets in hex digits; without --key-file and --generate it is asked for,
or read from standard input. It is never an argument, which others could see.)";

  void DescribeAdd() {
    add_.footer(kCredentialsFooter);
    add_.add_option("endpoint", options_.endpoint,
                    "Endpoint Client Name it may register as; a trailing * is any rest")
        ->required();
    CLI::Option* identity = add_.add_option("--identity", options_.identity,
                                            "PSK identity of the device; default: the endpoint");
    CLI::Option* key_file =
        add_.add_option("--key-file", options_.key_file, "file with the pre-shared key")
            ->type_name("FILE");
    CLI::Option* generate =
        add_.add_flag("--generate", options_.generate, "make a pre-shared key and print it, once");
    CLI::Option* public_key = add_.add_option("--public-key", options_.public_key,
                                              "raw public key of the device instead of a PSK")
                                  ->type_name("PEM-FILE|BASE64");
    CLI::Option* name = add_.add_option("--certificate-name", options_.certificate_name,
                                        "CN or subjectAltName of its certificate instead of a PSK")
                            ->type_name("NAME");
    add_.add_flag("--replace", options_.replace, "change the one that has that identity already");
    generate->excludes(key_file);
    for (CLI::Option* psk : {identity, key_file, generate}) psk->excludes(public_key, name);
    public_key->excludes(name);
  }

  ipe::ConfigSources& sources_;
  ipe::AddCredentialOptions options_;
  std::string identity_, mode_;
  CLI::App &command_, &add_, &list_, &remove_;
};

// The C library gives each thread a heap of its own, up to eight for each core, which keeps what it
// once needed. Two are enough for the loop and the workers.
void ShareHeaps() { mallopt(M_ARENA_MAX, 2); }

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("oneM2M - LwM2M Interworking Proxy Entity", "ipe");
  app.set_version_flag("--version", "ipe " IPE_VERSION);
  app.require_subcommand(1);
  app.footer(kFooter);

  ipe::ConfigSources sources;
  CLI::App& serve = *app.add_subcommand("serve", "run the service until SIGTERM or SIGINT");
  AddConfigOptions(serve, sources);
  CLI::App& check = *app.add_subcommand(
      "check-config", "print the effective configuration as YAML, or what is wrong and where");
  AddConfigOptions(check, sources);

  const CredentialsCommand credentials(app, sources);

  std::string address;
  CLI::App& health = *app.add_subcommand(
      "health", "ask a running service: 0 ready, 1 alive but not ready, 2 no answer");
  AddConfigOptions(health, sources);
  health.add_option("-a,--address", address, "host:port; default: admin.bind of the configuration");

  ipe::ExplainOptions explain_options;
  CLI::App& explain = *app.add_subcommand(
      "explain", "what holds for an endpoint and a path, and why nothing was delivered");
  AddConfigOptions(explain, sources);
  AddExplainOptions(explain, explain_options);

  ipe::SimulateOptions simulate_options;
  SimulateNumbers numbers;
  CLI::App& simulate = *app.add_subcommand("simulate", "run simulated LwM2M devices");
  AddSimulateOptions(simulate, simulate_options, numbers);

  ipe::DemoOptions demo_options;
  CLI::App& demo = *app.add_subcommand("demo", "embedded CSE, a few devices, and what they do");
  demo.add_flag("--once", demo_options.once, "end after one round instead of waiting for Ctrl-C");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (serve.parsed()) {
    ShareHeaps();
    return ipe::Serve(sources);
  }
  if (check.parsed()) return ipe::CheckConfig(sources);
  if (credentials.parsed()) return credentials.Run();
  if (health.parsed()) return ipe::Health(sources, address);
  if (explain.parsed()) return ipe::Explain(sources, explain_options);
  if (simulate.parsed()) return RunSimulate(simulate_options, numbers);
  return ipe::RunDemo(demo_options);
}
