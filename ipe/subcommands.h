// What the program does after its command line was read. Each returns the exit status: 0 fine, 1
// failed while running, 2 wrong usage or configuration.
#ifndef IPE_SUBCOMMANDS_H_
#define IPE_SUBCOMMANDS_H_

#include <chrono>
#include <string>
#include <vector>

#include "lwm2m/simulator/simulator.h"

namespace ipe {

// Where the configuration comes from besides the environment.
struct ConfigSources {
  std::string file;               // "": none
  std::vector<std::string> sets;  // "key=value"
};

int Serve(const ConfigSources& sources);
int CheckConfig(const ConfigSources& sources);
// `address` "" : admin.bind of the configuration.
int Health(const ConfigSources& sources, const std::string& address);

struct SimulateOptions {
  lwm2m::simulator::SimulatorOptions fleet;
  std::chrono::seconds duration{0};  // 0: until interrupted
  bool events = false;               // print what happens to the devices
};
int Simulate(const SimulateOptions& options);

}  // namespace ipe

#endif  // IPE_SUBCOMMANDS_H_
