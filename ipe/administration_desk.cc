#include "ipe/administration_desk.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>

#include "ipe/log_events.h"
#include "mapping/profile.h"

namespace ipe {

using mapping::AdministrationOrder;
using mapping::CommandStatus;
using onem2m::ResponseStatusCode;
using JsonWriter = rapidjson::Writer<rapidjson::StringBuffer>;

namespace {

void WriteText(JsonWriter& writer, std::string_view text) {
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

void WriteMember(JsonWriter& writer, const char* name, std::string_view text) {
  writer.Key(name);
  WriteText(writer, text);
}

void WriteList(JsonWriter& writer, const char* name, const std::vector<std::string>& texts) {
  writer.Key(name);
  writer.StartArray();
  for (const std::string& text : texts) WriteText(writer, text);
  writer.EndArray();
}

ResponseStatusCode StatusOf(const BootstrapAnswer& answer) {
  switch (answer.status) {
    case 202:
      return ResponseStatusCode::kOk;
    case 404:
      return ResponseStatusCode::kNotFound;
    case 409:
      return ResponseStatusCode::kConflict;
    default:
      return ResponseStatusCode::kInternalServerError;
  }
}

}  // namespace

onem2m::ContentInstance AdministrationDesk::Run(const mapping::AdministrationCommand& asked,
                                                lwm2m::TimePoint now, std::int64_t unix_now) {
  const mapping::Command& command = asked.command;
  const auto failed = [&command](ResponseStatusCode status, std::string_view reason) {
    return mapping::AdministrationOutcome(command, CommandStatus::kFailed, status, reason, "");
  };
  const auto done = [&command](const std::string& value) {
    return mapping::AdministrationOutcome(command, CommandStatus::kDone, ResponseStatusCode::kOk,
                                          "", value);
  };
  spdlog::info("event=administration op={} id={}", command.op, LogValue(command.id));
  switch (asked.order->kind) {
    case AdministrationOrder::Kind::kConfigure: {
      const auto changed = Configure(*asked.order);
      if (!changed) return failed(changed.error().status, changed.error().detail);
      return done(*changed);
    }
    case AdministrationOrder::Kind::kListEndpoints:
      return done(List(*asked.order, now, unix_now));
    case AdministrationOrder::Kind::kBootstrap:
      return Bootstrap(command);
    case AdministrationOrder::Kind::kReload:
      if (!administration_.reload) break;
      administration_.reload();
      return mapping::AdministrationOutcome(command, CommandStatus::kDone, ResponseStatusCode::kOk,
                                            "the log tells what changed", "");
  }
  return failed(ResponseStatusCode::kNotImplemented, "this service cannot do that");
}

onem2m::Result<std::string> AdministrationDesk::Configure(const AdministrationOrder& order) {
  const Config before = config_;
  const auto changes = administration_.configuration->Change(order.set, order.unset);
  if (!changes) return tl::unexpected(changes.error());
  LogChanges(*changes);
  surroundings_.OnConfigured(before);
  rapidjson::StringBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  WriteList(writer, "changed", changes->applied);
  writer.EndObject();
  return std::string(buffer.GetString(), buffer.GetSize());
}

// R68. By name, so that one page follows another.
std::string AdministrationDesk::List(const AdministrationOrder& order, lwm2m::TimePoint now,
                                     std::int64_t unix_now) const {
  std::vector<const lwm2m::Registration*> listed = server_->Registrations();
  if (!order.pattern.empty()) {
    std::erase_if(listed, [&order](const lwm2m::Registration* registration) {
      return !mapping::GlobMatches(order.pattern, registration->endpoint);
    });
  }
  const std::size_t first = std::min(order.offset, listed.size());
  const std::size_t last = std::min(first + order.limit, listed.size());
  std::partial_sort(listed.begin(), listed.begin() + static_cast<std::ptrdiff_t>(last),
                    listed.end(),
                    [](const auto* a, const auto* b) { return a->endpoint < b->endpoint; });
  rapidjson::StringBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  writer.Key("total");
  writer.Uint64(listed.size());
  writer.Key("endpoints");
  writer.StartArray();
  for (std::size_t i = first; i < last; ++i) {
    const lwm2m::Registration& registration = *listed[i];
    const Endpoint* endpoint = surroundings_.EndpointOf(registration.endpoint);
    const auto silence = std::chrono::duration_cast<std::chrono::seconds>(
        now - server_->LastSeen(registration.endpoint));
    writer.StartObject();
    WriteMember(writer, "ep", registration.endpoint);
    if (endpoint != nullptr) WriteMember(writer, "ae", endpoint->stored.name);
    WriteMember(writer, "version", registration.version);
    writer.Key("lifetime");
    writer.Int64(registration.lifetime.count());
    WriteMember(writer, "state", server_->IsAwake(registration.endpoint, now) ? "awake" : "asleep");
    WriteMember(writer, "last_seen", onem2m::FormatTimestamp(unix_now - silence.count()));
    WriteMember(writer, "objects", lwm2m::ToString(registration.objects));
    if (!registration.gateway.empty()) WriteMember(writer, "gateway", registration.gateway);
    writer.EndObject();
  }
  writer.EndArray();
  writer.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

// R69.
onem2m::ContentInstance AdministrationDesk::Bootstrap(const mapping::Command& command) const {
  BootstrapAnswer answer{501, "this service has no Bootstrap-Server"};
  if (administration_.bootstrap) answer = administration_.bootstrap(command.endpoint);
  const bool begun = answer.status == 202;
  return mapping::AdministrationOutcome(command,
                                        begun ? CommandStatus::kDone : CommandStatus::kFailed,
                                        StatusOf(answer), answer.text, "");
}

}  // namespace ipe
