#include "lwm2m/simulator/simulator.h"

#include <utility>

#include "lwm2m/simulator/fleet.h"

namespace lwm2m::simulator {
namespace {

// Options come from a command line: say what is wrong with them before a socket is opened.
Result<void> Check(const SimulatorOptions& options) {
  if (options.endpoints == 0 || options.endpoints > 999999) {
    return InvalidValue("endpoints: expected 1..999999");
  }
  if (options.version != "1.0" && options.version != "1.1" && options.version != "1.2") {
    return InvalidValue("version '" + options.version + "': expected 1.0, 1.1 or 1.2");
  }
  if (options.binding != "U" && options.binding != "UQ") {
    return InvalidValue("binding '" + options.binding + "': expected U or UQ");
  }
  if (!(options.loss >= 0 && options.loss <= 1)) return InvalidValue("loss: expected 0..1");
  if (options.lifetime.count() < 0) return InvalidValue("lifetime: expected 0 or more");
  if (options.latency.count() < 0) return InvalidValue("latency: expected 0 or more");
  if (options.ramp.count() < 0) return InvalidValue("ramp: expected 0 or more");
  if (options.drift.count() < 1) return InvalidValue("drift: expected at least 1 ms");
  return {};
}

}  // namespace

Result<std::unique_ptr<Simulator>> Simulator::Create(
    SimulatorOptions options, std::function<void(const SimulatorEvent&)> on_event) {
  if (const auto checked = Check(options); !checked) return tl::unexpected(checked.error());
  auto fleet = std::make_unique<Fleet>(std::move(options), std::move(on_event));
  if (const auto opened = fleet->Open(); !opened) return tl::unexpected(opened.error());
  return std::unique_ptr<Simulator>(new Simulator(std::move(fleet)));
}

Simulator::Simulator(std::unique_ptr<Fleet> fleet) : fleet_(std::move(fleet)) {}

Simulator::~Simulator() = default;

void Simulator::Run() { fleet_->Run(); }

void Simulator::Stop() { fleet_->Stop(); }

void Simulator::Leave(std::string_view endpoint, bool silently) {
  fleet_->Leave(endpoint, silently);
}

SimulatorCounters Simulator::counters() const { return fleet_->counters(); }

}  // namespace lwm2m::simulator
