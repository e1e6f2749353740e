// A fleet of simulated LwM2M clients for demos, tests and benches.
#ifndef LWM2M_SIMULATOR_SIMULATOR_H_
#define LWM2M_SIMULATOR_SIMULATOR_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lwm2m/error.h"

namespace lwm2m::simulator {

struct SimulatorOptions {
  std::string server = "coap://127.0.0.1:5683";
  std::size_t endpoints = 1;
  // Endpoint Client Names are `prefix` followed by a number of six digits from 1:
  // "urn:dev:ops:sim-000001".
  std::string prefix = "urn:dev:ops:sim-";
  std::string version = "1.0";  // lwm2m= of Register: 1.0, 1.1 or 1.2
  std::chrono::seconds lifetime{300};
  std::string binding = "U";              // "UQ": sleeps between updates
  double loss = 0.0;                      // share of datagrams dropped, each way, 0..1
  std::chrono::milliseconds latency{0};   // added to each datagram, each way
  std::chrono::milliseconds ramp{1000};   // Registers are spread over this time
  std::chrono::milliseconds drift{2000};  // how often measured values change
  std::uint64_t seed = 1;                 // same seed, same values
  bool deregister = true;                 // De-register at the end
};

struct SimulatorCounters {
  std::uint64_t registered = 0;  // endpoints that hold a Location now
  std::uint64_t register_failures = 0;
  std::uint64_t updates = 0, notifications = 0, requests = 0, retransmissions = 0, malformed = 0;
};

// Something that a device did or was made to do, for the demo's narration.
struct SimulatorEvent {
  std::string endpoint;
  std::string what;   // "registered", "write", "execute", "observe", "deregistered", …
  std::string path;   // "/3/0/14"; "" when none
  std::string value;  // text; "" when none
};

// Each endpoint has its own UDP socket and objects 1 Server, 3 Device, 5 Firmware Update and
// 3303 Temperature that behave: values drift, observation attributes are honoured, Write and
// Execute take effect. Uses its own CoAP and data-format code, none of the server's, so that a
// misreading of the standards cannot hide in both.
//
// One thread calls Run(); Stop() and counters() may be called from any thread.
class Simulator {
 public:
  static Result<std::unique_ptr<Simulator>> Create(
      SimulatorOptions options, std::function<void(const SimulatorEvent&)> on_event = {});
  ~Simulator();

  // Registers the fleet and serves it until Stop(); then De-registers (bounded by 5 s) and returns.
  void Run();
  void Stop();
  // Asks one endpoint ("" : all) to De-register, or to vanish without a word. Thread-safe.
  void Leave(std::string_view endpoint, bool silently);
  SimulatorCounters counters() const;

 private:
  class Fleet;
  explicit Simulator(std::unique_ptr<Fleet> fleet);
  std::unique_ptr<Fleet> fleet_;
};

}  // namespace lwm2m::simulator

#endif  // LWM2M_SIMULATOR_SIMULATOR_H_
