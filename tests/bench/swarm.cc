// A swarm of simulated devices that does what it is told on standard input:
//
//   swarm --server 127.0.0.1:5683 --devices 100000
//
//   register first=0 count=1000 window=64     each device once; window=0: all at once
//   update seconds=5 window=64                the devices in turn, for that long
//   notify seconds=10 rate=5000 confirmable=0
//   deregister
//   serve seconds=2                           only answers what the server asks
//
// Each line is answered with one line of JSON. Between lines and meanwhile it answers the server's
// requests. The end of the input is its end. Devices have the source addresses 127.1.0.0 and up, so
// it loads a server on the same machine only.
#include "lwm2m/simulator/swarm.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>

namespace lwm2m::simulator {
namespace {

using Clock = std::chrono::steady_clock;

// Lines of standard input, taken without waiting.
class Orders {
 public:
  Orders() { fcntl(STDIN_FILENO, F_SETFL, fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK); }
  // True when there is a line, or none will come.
  bool is_ready() {
    std::array<char, 4096> buffer;
    ssize_t size = 0;
    while ((size = read(STDIN_FILENO, buffer.data(), buffer.size())) > 0) {
      text_.append(buffer.data(), static_cast<std::size_t>(size));
    }
    ended_ = ended_ || size == 0;
    return ended_ || text_.find('\n') != std::string::npos;
  }
  std::optional<std::string> Next() {
    const auto end = text_.find('\n');
    if (end == std::string::npos) return std::nullopt;
    std::string line = text_.substr(0, end);
    text_.erase(0, end + 1);
    return line;
  }

 private:
  std::string text_;
  bool ended_ = false;
};

struct Order {
  std::string verb;
  std::map<std::string, double> numbers;

  double Number(const std::string& name, double otherwise) const {
    const auto found = numbers.find(name);
    return found == numbers.end() ? otherwise : found->second;
  }
};

Result<Order> ParseOrder(const std::string& line) {
  std::istringstream words(line);
  Order order;
  words >> order.verb;
  for (std::string word; words >> word;) {
    const auto equals = word.find('=');
    std::istringstream digits(equals == std::string::npos ? "" : word.substr(equals + 1));
    double number = 0;
    if (!(digits >> number) || !digits.eof() || number < 0) {
      return InvalidValue("'" + word + "': expected NAME=NUMBER");
    }
    order.numbers[word.substr(0, equals)] = number;
  }
  for (const auto& [name, number] : order.numbers) {
    if (name != "first" && name != "count" && name != "window" && name != "rate" &&
        name != "seconds" && name != "confirmable") {
      return InvalidValue("'" + name + "': unknown");
    }
  }
  return order;
}

std::chrono::milliseconds Duration(const Order& order) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(1000 * order.Number("seconds", 0)));
}

std::optional<SwarmLoad> LoadOf(const Order& order) {
  static const std::map<std::string, SwarmLoad::Action> actions{
      {"register", SwarmLoad::Action::kRegister},
      {"update", SwarmLoad::Action::kUpdate},
      {"deregister", SwarmLoad::Action::kDeregister},
      {"notify", SwarmLoad::Action::kNotify}};
  const auto action = actions.find(order.verb);
  if (action == actions.end()) return std::nullopt;
  SwarmLoad load;
  load.action = action->second;
  load.first = static_cast<std::size_t>(order.Number("first", 0));
  load.count = static_cast<std::size_t>(order.Number("count", 0));
  load.window = static_cast<std::size_t>(order.Number("window", 64));
  load.rate = order.Number("rate", 0);
  load.duration = Duration(order);
  load.confirmable = order.Number("confirmable", 1) != 0;
  return load;
}

double ProcessorSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::size_t ResidentBytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t size = 0, resident = 0;
  file >> size >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

std::string CodesOf(const SwarmReport& report) {
  std::string codes;
  for (std::size_t code = 0; code < report.codes.size(); ++code) {
    if (report.codes[code] == 0) continue;
    codes += fmt::format("{}\"{}.{:02}\":{}", codes.empty() ? "" : ",", code >> 5, code & 31,
                         report.codes[code]);
  }
  return codes;
}

std::string ToJson(const SwarmReport& report, const SwarmLoad& load) {
  const double timed = static_cast<double>(load.duration.count()) / 1000;
  const double rate = timed > 0 ? static_cast<double>(report.answered_in_time) / timed
                                : static_cast<double>(report.answered) / report.seconds;
  const auto milliseconds = [&report](double share) {
    return static_cast<double>(report.latency.Percentile(share)) / 1000;
  };
  return fmt::format(
      R"("begun":{},"answered":{},"refused":{},"timed_out":{},"skipped":{},"retransmissions":{},)"
      R"("postponements":{},"seconds":{:.3f},"rate":{:.1f},"latency_ms":{{"p50":{:.3f},"p99":{:.3f},)"
      R"("max":{:.3f}}},"codes":{{{}}},)",
      report.begun, report.answered, report.refused, report.timed_out, report.skipped,
      report.retransmissions, report.postponements, report.seconds, rate, milliseconds(0.5),
      milliseconds(0.99), milliseconds(1), CodesOf(report));
}

std::string ToJson(const Swarm& swarm, double processor_seconds) {
  const SwarmCounters& counters = swarm.counters();
  return fmt::format(
      R"("registered":{},"observations":{},"asked":{{"reads":{},"observes":{},"cancels":{},"discovers":{},)"
      R"("writes":{},"executes":{},"refused":{},"malformed":{}}},"swarm":{{"processor_seconds":{:.3f},)"
      R"("resident_bytes":{},"octets_per_device":{}}})",
      swarm.registered(), swarm.observed(), counters.reads, counters.observes, counters.cancels,
      counters.discovers, counters.writes, counters.executes, counters.refused, counters.malformed,
      processor_seconds, ResidentBytes(), sizeof(SwarmDevice));
}

void Follow(Swarm& swarm, const std::string& line) {
  const double before = ProcessorSeconds();
  const auto order = ParseOrder(line);
  if (!order) return fmt::print("{{\"error\":\"{}\"}}\n", order.error().detail);
  std::string report;
  if (const auto load = LoadOf(*order)) {
    report = ToJson(swarm.Run(*load), *load);
  } else if (order->verb == "serve") {
    const auto end = Clock::now() + Duration(*order);
    swarm.Serve([end] { return Clock::now() >= end; });
  } else {
    return fmt::print("{{\"error\":\"'{}': unknown order\"}}\n", order->verb);
  }
  fmt::print("{{{}{}}}\n", report, ToJson(swarm, ProcessorSeconds() - before));
}

int Main(int argc, char** argv) {
  SwarmOptions options;
  CLI::App app("A swarm of simulated LwM2M devices on loopback");
  app.add_option("--server", options.server, "127.x.y.z:PORT of the server")->required();
  app.add_option("--devices", options.devices)->required();
  app.add_option("--prefix", options.dialect.prefix, "of the Endpoint Client Names");
  app.add_option("--version", options.dialect.version, "of LwM2M");
  app.add_option("--binding", options.dialect.binding);
  app.add_option("--lifetime", options.dialect.lifetime, "seconds");
  app.add_option("--seed", options.seed, "of the back-offs");
  CLI11_PARSE(app, argc, argv);
  const auto swarm = Swarm::Create(options);
  if (!swarm) {
    fmt::print(stderr, "swarm: {}\n", swarm.error().detail);
    return 1;
  }
  Orders orders;
  while (true) {
    (*swarm)->Serve([&orders] { return orders.is_ready(); }, STDIN_FILENO);
    const auto line = orders.Next();
    if (!line) return 0;
    Follow(**swarm, *line);
    std::fflush(stdout);
  }
}

}  // namespace
}  // namespace lwm2m::simulator

int main(int argc, char** argv) { return lwm2m::simulator::Main(argc, argv); }
