#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <thread>

#include "ipe/concurrency/guarded.h"
#include "ipe/signal_watch.h"
#include "ipe/subcommands.h"

namespace ipe {
namespace {

using lwm2m::simulator::Simulator;
using lwm2m::simulator::SimulatorEvent;

constexpr std::chrono::seconds kProgressInterval{5};

// Prints a line about the fleet every few seconds and ends the run after its duration. Its thread
// is the only one that prints progress; stdio keeps lines whole.
class Progress {
 public:
  Progress(Simulator& simulator, std::size_t endpoints, std::chrono::seconds duration)
      : simulator_(simulator),
        endpoints_(endpoints),
        duration_(duration),
        thread_([this] { Run(); }) {}

  ~Progress() {
    *stopping_.Lock() = true;
    wake_.notify_all();
    thread_.join();
    Print();
  }

 private:
  using Clock = std::chrono::steady_clock;

  void Run() {
    const bool ends = duration_.count() > 0;
    const auto end = Clock::now() + duration_;
    auto next = Clock::now() + kProgressInterval;
    while (true) {
      const bool ends_first = ends && end <= next;
      if (!WaitUntil(ends_first ? end : next)) return;
      if (ends_first) break;
      Print();
      next += kProgressInterval;
    }
    simulator_.Stop();
  }

  // False: stop.
  bool WaitUntil(Clock::time_point time) {
    auto stopping = stopping_.Lock();
    return !wake_.wait_until(stopping.lock(), time, [&] { return *stopping; });
  }

  void Print() const {
    const auto counters = simulator_.counters();
    fmt::print(
        "registered {}/{}  failures {}  updates {}  notifications {}  requests {}  "
        "retransmissions {}  malformed {}\n",
        counters.registered, endpoints_, counters.register_failures, counters.updates,
        counters.notifications, counters.requests, counters.retransmissions, counters.malformed);
    std::fflush(stdout);
  }

  Simulator& simulator_;
  const std::size_t endpoints_;
  const std::chrono::seconds duration_;
  Guarded<bool> stopping_{false};
  std::condition_variable wake_;
  std::thread thread_;  // last: it uses the others
};

void PrintEvent(const SimulatorEvent& event) {
  fmt::print("{} {}{}{}{}{}\n", event.endpoint, event.what, event.path.empty() ? "" : " ",
             event.path, event.value.empty() ? "" : " = ", event.value);
}

}  // namespace

int Simulate(const SimulateOptions& options) {
  SignalWatch signals;  // before any thread
  const auto simulator = options.events ? Simulator::Create(options.fleet, PrintEvent)
                                        : Simulator::Create(options.fleet);
  if (!simulator) {
    fmt::print(stderr, "ipe simulate: {}\n", simulator.error().detail);
    return 1;
  }
  Simulator& fleet = **simulator;
  fmt::print("{} endpoint(s) {}… at {}\n", options.fleet.endpoints, options.fleet.prefix,
             options.fleet.server);
  signals.Start([&fleet](int) { fleet.Stop(); });
  const Progress progress(fleet, options.fleet.endpoints, options.duration);
  fleet.Run();
  return 0;
}

}  // namespace ipe
