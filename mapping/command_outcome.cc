// What an application reads of its command.  (TS-0014 §6.4; R55)
#include <fmt/format.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "lwm2m/codec/codec.h"
#include "mapping/administration.h"
#include "mapping/commands.h"
#include "mapping/status_codes.h"

namespace mapping {

namespace {

using JsonWriter = rapidjson::Writer<rapidjson::StringBuffer>;

// Longer texts of a device are no diagnosis.
constexpr std::size_t kLongestDiagnosis = 200;

void WriteText(JsonWriter& writer, std::string_view text) {
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

void WriteMember(JsonWriter& writer, const char* name, std::string_view text) {
  writer.Key(name);
  WriteText(writer, text);
}

// JSON readers keep integers exactly up to 2^53; what is larger travels as text.
constexpr std::int64_t kLargestExact = std::int64_t{1} << 53;

struct ValueWriter {
  JsonWriter& writer;

  void operator()(const std::string& text) const { WriteText(writer, text); }
  void operator()(std::int64_t number) const {
    if (number >= -kLargestExact && number <= kLargestExact) {
      writer.Int64(number);
    } else {
      WriteText(writer, std::to_string(number));
    }
  }
  void operator()(std::uint64_t number) const {
    if (number <= static_cast<std::uint64_t>(kLargestExact)) {
      writer.Uint64(number);
    } else {
      WriteText(writer, std::to_string(number));
    }
  }
  void operator()(double number) const {
    if (std::isfinite(number)) {
      writer.Double(number);
    } else {
      WriteText(writer, lwm2m::ToText(lwm2m::Value(number)));  // JSON has no infinity
    }
  }
  void operator()(bool truth) const { writer.Bool(truth); }
  void operator()(lwm2m::Time time) const { (*this)(time.seconds); }
  void operator()(const lwm2m::Opaque& value) const { WriteText(writer, lwm2m::ToText(value)); }
  void operator()(lwm2m::ObjectLink value) const { WriteText(writer, lwm2m::ToText(value)); }
  void operator()(const lwm2m::CoreLink& value) const { WriteText(writer, value.text); }
};

bool IsWritableAsJson(const lwm2m::Record& record) {
  if (const auto* text = std::get_if<std::string>(&record.value)) return lwm2m::IsUtf8(*text);
  if (const auto* link = std::get_if<lwm2m::CoreLink>(&record.value)) {
    return lwm2m::IsUtf8(link->text);
  }
  return true;
}

// What the payload of an answer says, decoded where it can be.
struct Answer {
  std::optional<lwm2m::Value> value;
  std::optional<std::map<lwm2m::Path, lwm2m::Value>> values;
  std::string reason;  // why it is neither, and goes as it is
};

lwm2m::ContentFormat FormatOf(const lwm2m::Path& path, const lwm2m::Payload& payload) {
  if (payload.format) return *payload.format;
  if (path.is_root()) return lwm2m::ContentFormat::kSenmlCbor;
  // FMT-3: without the option, text for one value, else the default of the LwM2M TS.
  return path.depth() >= 3 ? lwm2m::ContentFormat::kText : lwm2m::ContentFormat::kTlv;
}

Answer DecodeValues(const lwm2m::Path& path, const lwm2m::Payload& payload,
                    const lwm2m::ObjectModel& model, const std::string& root_path) {
  auto records = lwm2m::Decode(FormatOf(path, payload), payload.octets, path, model, {root_path});
  if (!records) return {std::nullopt, std::nullopt, "undecoded: " + records.error().detail};
  if (!std::all_of(records->begin(), records->end(), IsWritableAsJson)) {
    return {std::nullopt, std::nullopt, "undecoded: a text is not UTF-8"};
  }
  Answer answer;
  if (records->size() == 1 && records->front().path == path) {
    answer.value = std::move(records->front().value);
    return answer;
  }
  answer.values.emplace();
  // Several values of one resource are its history, the newest last.
  for (lwm2m::Record& record : *records) {
    answer.values->insert_or_assign(record.path, std::move(record.value));
  }
  return answer;
}

Answer DecodeAnswer(const Command& command, const lwm2m::Payload& payload,
                    const lwm2m::ObjectModel& model) {
  switch (command.operation.kind) {
    case lwm2m::OperationKind::kRead:
    case lwm2m::OperationKind::kObserve:
    case lwm2m::OperationKind::kCancelObserve:
    case lwm2m::OperationKind::kReadComposite:
    case lwm2m::OperationKind::kObserveComposite:
    case lwm2m::OperationKind::kCancelObserveComposite:
      return DecodeValues(command.operation.path, payload, model, command.root_path);
    case lwm2m::OperationKind::kDiscover:
      if (!lwm2m::IsUtf8(payload.octets)) return {{}, {}, "undecoded: link-format is not UTF-8"};
      return {lwm2m::Value(payload.octets), {}, {}};
    case lwm2m::OperationKind::kWriteReplace:
    case lwm2m::OperationKind::kWriteUpdate:
    case lwm2m::OperationKind::kWriteAttributes:
    case lwm2m::OperationKind::kExecute:
    case lwm2m::OperationKind::kCreate:
    case lwm2m::OperationKind::kDelete:
    case lwm2m::OperationKind::kWriteComposite:
      break;
  }
  return {};
}

void WriteAnswer(JsonWriter& writer, const Answer& answer, const lwm2m::Payload& payload) {
  if (answer.value) {
    writer.Key("value");
    std::visit(ValueWriter{writer}, *answer.value);
  }
  if (answer.values) {
    writer.Key("values");
    writer.StartObject();
    for (const auto& [path, value] : *answer.values) {
      const std::string key = path.ToString();
      writer.Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
      std::visit(ValueWriter{writer}, value);
    }
    writer.EndObject();
  }
  if (!answer.reason.empty()) {
    WriteMember(writer, "content", lwm2m::EncodeBase64(payload.octets));
    if (payload.format) {
      writer.Key("format");
      writer.Uint(static_cast<unsigned>(*payload.format));
    }
  }
}

// RFC 7252 §5.5.2: the payload of an error may explain it to a human.
std::string ReasonOf(const lwm2m::CoapResponse& response) {
  std::string reason = "the device answered " + lwm2m::ToString(response.code);
  const std::string& text = response.payload.octets;
  if (!text.empty() && text.size() <= kLongestDiagnosis && lwm2m::IsUtf8(text)) {
    reason += ": " + text;
  }
  return reason;
}

std::string_view ReasonOf(lwm2m::Failure failure) {
  switch (failure) {
    case lwm2m::Failure::kTimedOut:
      return "no answer from the device";
    case lwm2m::Failure::kReset:
      return "the device answered with Reset";
    case lwm2m::Failure::kUnreachable:
      return "the device cannot be reached";
    case lwm2m::Failure::kExpired:
      return "the device was not awake before the command expired";
    case lwm2m::Failure::kCancelled:
      return "the registration of the device ended";
    case lwm2m::Failure::kQueueFull:
      return "too many commands wait for the device";
    case lwm2m::Failure::kNotRegistered:
      return "the device is not registered";
    case lwm2m::Failure::kOutcomeUnknown:
      return "interrupted by a restart; the device may have done it";
  }
  return "no answer";
}

std::string_view WordOf(CommandStatus status) {
  switch (status) {
    case CommandStatus::kDone:
      return "done";
    case CommandStatus::kFailed:
      return "failed";
    case CommandStatus::kExpired:
      return "expired";
    case CommandStatus::kAccepted:
      return "accepted";
    case CommandStatus::kRunning:
      return "running";
  }
  return "failed";
}

// The members that every outcome begins with.
struct Head {
  std::string_view id, request, endpoint, op;
  std::string path;
  CommandStatus status;
  onem2m::ResponseStatusCode rsc;
};

void WriteHead(JsonWriter& writer, const Head& head) {
  WriteMember(writer, "id", head.id);
  WriteMember(writer, "request", head.request);
  WriteMember(writer, "ep", head.endpoint);
  WriteMember(writer, "op", head.op);
  WriteMember(writer, "path", head.path);
  WriteMember(writer, "status", WordOf(head.status));
  writer.Key("rsc");
  writer.Int(onem2m::ToInt(head.rsc));
}

Head HeadOf(const Command& command, std::string_view endpoint, CommandStatus status,
            onem2m::ResponseStatusCode rsc) {
  return {command.id,
          command.request,
          endpoint.empty() ? std::string_view(command.endpoint) : endpoint,
          command.op,
          command.operation.path.ToString(),
          status,
          rsc};
}

onem2m::ContentInstance InstanceOf(std::string_view id, const rapidjson::StringBuffer& json) {
  onem2m::ContentInstance instance;
  instance.labels = {fmt::format("LWM2M-Request:{}", id)};
  instance.ask_for_creator = true;
  instance.content.assign(json.GetString(), json.GetSize());
  instance.content_info = "application/json:0";
  return instance;
}

using Members = std::vector<std::pair<std::string, JsonScalar>>;

onem2m::ContentInstance WithoutAnswer(const Head& head, std::string_view reason,
                                      const Members& members = {}) {
  rapidjson::StringBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  WriteHead(writer, head);
  if (!reason.empty()) WriteMember(writer, "reason", reason);
  for (const auto& [name, value] : members) {
    writer.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
    std::visit(ValueWriter{writer}, value);
  }
  writer.EndObject();
  return InstanceOf(head.id, buffer);
}

CommandStatus CommandStatusOf(FirmwareOutcome outcome) {
  switch (outcome) {
    case FirmwareOutcome::kRunning:
      return CommandStatus::kRunning;
    case FirmwareOutcome::kDone:
      return CommandStatus::kDone;
    case FirmwareOutcome::kFailed:
      return CommandStatus::kFailed;
    case FirmwareOutcome::kExpired:
      return CommandStatus::kExpired;
  }
  return CommandStatus::kFailed;
}

onem2m::ContentInstance WithAnswer(const Command& command, std::string_view endpoint,
                                   const lwm2m::CoapResponse& response,
                                   const lwm2m::ObjectModel& model) {
  const bool success = lwm2m::IsSuccess(response.code);
  const Answer answer = success ? DecodeAnswer(command, response.payload, model) : Answer();
  const std::string reason = success ? answer.reason : ReasonOf(response);
  const Head head =
      HeadOf(command, endpoint, success ? CommandStatus::kDone : CommandStatus::kFailed,
             StatusOf(response.code));

  rapidjson::StringBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  WriteHead(writer, head);
  WriteMember(writer, "coap", lwm2m::ToString(response.code));
  if (!reason.empty()) WriteMember(writer, "reason", reason);
  WriteAnswer(writer, answer, response.payload);
  if (success && !response.location.empty()) {
    const std::string location = fmt::format("/{}", fmt::join(response.location, "/"));
    if (lwm2m::IsUtf8(location)) WriteMember(writer, "location", location);
  }
  writer.EndObject();
  return InstanceOf(head.id, buffer);
}

}  // namespace

onem2m::ContentInstance CommandOutcome(const Command& command, std::string_view endpoint,
                                       const lwm2m::Outcome& outcome,
                                       const lwm2m::ObjectModel& model) {
  if (const lwm2m::CoapResponse* response = outcome.response()) {
    return WithAnswer(command, endpoint, *response, model);
  }
  const lwm2m::Failure failure = *outcome.failure();
  const CommandStatus status =
      failure == lwm2m::Failure::kExpired ? CommandStatus::kExpired : CommandStatus::kFailed;
  return WithoutAnswer(HeadOf(command, endpoint, status, StatusOf(failure)), ReasonOf(failure));
}

onem2m::ContentInstance CommandOutcome(const RefusedCommand& refused, std::string_view endpoint) {
  const Head head{refused.id,
                  refused.request,
                  endpoint.empty() ? std::string_view(refused.endpoint) : endpoint,
                  refused.op,
                  refused.path,
                  CommandStatus::kFailed,
                  refused.error.status};
  return WithoutAnswer(head, refused.error.detail);
}

onem2m::ContentInstance CommandOutcome(const Command& command, std::string_view endpoint,
                                       CommandStatus status, onem2m::ResponseStatusCode rsc,
                                       std::string_view reason) {
  return WithoutAnswer(HeadOf(command, endpoint, status, rsc), reason);
}

onem2m::ContentInstance AdministrationOutcome(const Command& command, CommandStatus status,
                                              onem2m::ResponseStatusCode rsc,
                                              std::string_view reason, const std::string& value) {
  rapidjson::StringBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  Head head = HeadOf(command, "", status, rsc);
  head.path.clear();
  WriteHead(writer, head);
  if (!reason.empty()) WriteMember(writer, "reason", reason);
  if (!value.empty()) {
    writer.Key("value");
    writer.RawValue(value.data(), value.size(), rapidjson::kObjectType);
  }
  writer.EndObject();
  return InstanceOf(command.id, buffer);
}

onem2m::ContentInstance CommandOutcome(const Command& command, const FirmwareReport& report) {
  const Head head =
      HeadOf(command, command.endpoint, CommandStatusOf(report.outcome), report.status);
  return WithoutAnswer(head, report.reason, report.members);
}

}  // namespace mapping
