#include "ipe/bootstrap.h"

#include <fmt/format.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "ipe/log_events.h"

namespace ipe {
namespace {

using lwm2m::BootstrapReport;
using lwm2m::Path;
using lwm2m::TimePoint;

constexpr lwm2m::Id kServerObject = 1;
constexpr lwm2m::Id kBootstrapTrigger = 9;
constexpr auto kTriggerWithin = std::chrono::hours(24);  // of a client that sleeps

// The Server instance of the client; 0 where it declares none.
Path TriggerOf(const lwm2m::Registration& registration) {
  for (const Path& path : registration.objects->paths) {
    if (path.is_instance() && path.object() == kServerObject) {
      return path.Child(kBootstrapTrigger);
    }
  }
  return {kServerObject, 0, kBootstrapTrigger};
}

std::int64_t SecondsBetween(TimePoint from, TimePoint to) {
  return std::chrono::duration_cast<std::chrono::seconds>(to - from).count();
}

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

void WriteRun(Writer& writer, const BootstrapReport& report, TimePoint now) {
  const auto text = [&writer](const char* name, std::string_view value) {
    writer.Key(name);
    writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  };
  const bool running = report.state == BootstrapReport::State::kRunning;
  writer.StartObject();
  text("ep", report.endpoint);
  text("state", ToString(report.state));
  if (!report.detail.empty()) text("detail", report.detail);
  text("peer", report.peer.address);
  if (!report.peer.identity.empty()) text("identity", report.peer.identity);
  if (!report.version.empty()) text("version", report.version);
  writer.Key("started_seconds_ago");
  writer.Int64(SecondsBetween(report.started, now));
  writer.Key("seconds");
  writer.Int64(SecondsBetween(report.started, running ? now : report.ended));
  writer.Key("commands");
  writer.Uint(report.commands);
  writer.Key("repaired");
  writer.Bool(report.repaired);
  writer.Key("refused");
  writer.StartArray();
  for (const std::string& refusal : report.refusals) {
    writer.String(refusal.data(), static_cast<rapidjson::SizeType>(refusal.size()));
  }
  writer.EndArray();
  writer.Key("values");
  writer.StartObject();
  for (const lwm2m::Record& record : report.values) {
    text(record.path.ToString().c_str(), lwm2m::ToText(record.value));
  }
  writer.EndObject();
  writer.EndObject();
}

}  // namespace

Bootstrap::Bootstrap(const Surroundings& surroundings)
    : registered_(surroundings.server),
      accounts_(surroundings.model, surroundings.credentials, surroundings.keep_credential),
      server_(lwm2m::BootstrapOptions{}, surroundings.transport, accounts_,
              surroundings.credentials, surroundings.model, surroundings.random_octets) {}

BootstrapAnswer Bootstrap::Start(const std::string& endpoint, TimePoint now) {
  const lwm2m::Registration* registration = registered_.Find(endpoint);
  if (registration != nullptr && registration->version != "1.0") {
    lwm2m::Operation operation;
    operation.kind = lwm2m::OperationKind::kExecute;
    operation.path = TriggerOf(*registration);
    const std::string path = operation.path.ToString();
    registered_.Submit(endpoint, std::move(operation), lwm2m::Priority::kCommand,
                       now + kTriggerWithin, now, [endpoint](const lwm2m::Outcome& outcome) {
                         const std::string answer = outcome.response() != nullptr
                                                        ? lwm2m::ToString(outcome.response()->code)
                                                        : std::string(ToString(*outcome.failure()));
                         spdlog::info("event=bootstrap-triggered ep={} answer={}",
                                      LogValue(endpoint), LogValue(answer));
                       });
    return {202, fmt::format("Execute {} is on its way", path)};
  }
  if (const auto started = server_.Start(endpoint, now); !started) {
    const bool unknown = started.error().kind == lwm2m::ErrorKind::kNotFound;
    return {unknown ? 404 : 409, started.error().detail};
  }
  return {202, "the bootstrap has begun"};
}

std::string Bootstrap::Runs(TimePoint now) const {
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  writer.StartArray();
  for (const BootstrapReport* report : server_.Reports()) WriteRun(writer, *report, now);
  writer.EndArray();
  return {buffer.GetString(), buffer.GetSize()};
}

void Bootstrap::UpdateGauges(Metrics& metrics) const {
  metrics.SetGauge("bootstrap_runs", "Bootstraps under way",
                   static_cast<double>(server_.run_count()));
  const lwm2m::BootstrapCounters& counters = server_.counters();
  const std::pair<const char*, std::uint64_t> events[] = {
      {"requests", counters.requests},     {"packs", counters.packs},
      {"refused", counters.refused},       {"busy", counters.busy},
      {"duplicates", counters.duplicates}, {"finished", counters.finished},
      {"failed", counters.failed},         {"replaced", counters.replaced},
      {"repairs", counters.repairs},       {"step_refusals", counters.step_refusals}};
  for (const auto& [event, count] : events) {
    metrics.SetGauge("bootstrap_events", "What the Bootstrap-Server counted",
                     static_cast<double>(count), {{"event", event}});
  }
}

}  // namespace ipe
