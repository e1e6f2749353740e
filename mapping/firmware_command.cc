#include "mapping/firmware_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace mapping {
namespace {

using lwm2m::FirmwareFailure;
using lwm2m::FirmwareResult;
using lwm2m::FirmwareStep;
using onem2m::ResponseStatusCode;

constexpr std::string_view kUpdate = "firmware-update";
constexpr std::string_view kCancel = "firmware-cancel";

// FW-3 in the codes of TS-0004 §6.6.3.
ResponseStatusCode StatusOf(FirmwareResult result) {
  switch (result) {
    case FirmwareResult::kNoFlash:
    case FirmwareResult::kNoMemory:
      return ResponseStatusCode::kNotAcceptable;
    case FirmwareResult::kConnectionLost:
      return ResponseStatusCode::kTargetNotReachable;
    case FirmwareResult::kIntegrity:
    case FirmwareResult::kUnsupportedType:
      return ResponseStatusCode::kContentsUnacceptable;
    case FirmwareResult::kInvalidUri:
      return ResponseStatusCode::kNotFound;
    case FirmwareResult::kUnsupportedProtocol:
      return ResponseStatusCode::kNotImplemented;
    case FirmwareResult::kInitial:
    case FirmwareResult::kSuccess:
    case FirmwareResult::kUpdateFailed:
    case FirmwareResult::kCancelled:
    case FirmwareResult::kDeferred:
      break;
  }
  return ResponseStatusCode::kInternalServerError;
}

ResponseStatusCode StatusOf(const lwm2m::FirmwareStatus& status) {
  switch (status.failure) {
    case FirmwareFailure::kNone:
      return ResponseStatusCode::kUpdated;
    case FirmwareFailure::kNotSupported:
      return ResponseStatusCode::kNotImplemented;
    case FirmwareFailure::kRefused:
      return ResponseStatusCode::kOperationNotAllowed;
    case FirmwareFailure::kBusy:
      return ResponseStatusCode::kConflict;
    case FirmwareFailure::kResult:
      return StatusOf(static_cast<FirmwareResult>(status.result.value_or(0)));
    case FirmwareFailure::kNoAnswer:
    case FirmwareFailure::kExpired:
      return ResponseStatusCode::kRequestTimeout;
    case FirmwareFailure::kCancelled:
      return ResponseStatusCode::kInternalServerError;
  }
  return ResponseStatusCode::kInternalServerError;
}

tl::unexpected<onem2m::Error> Refuse(std::string_view member, std::string_view detail) {
  return onem2m::BadRequest(fmt::format("\"{}\": {}", member, detail));
}

}  // namespace

bool IsFirmwareOp(std::string_view op) { return op == kUpdate || op == kCancel; }

onem2m::Result<FirmwareCommand> ReadFirmwareCommand(const CommandText& text) {
  const bool cancels = text.op == kCancel;
  const std::array<std::pair<std::string_view, bool>, 13> foreign{{
      {"path", !text.path.empty()},
      {"paths", text.paths.has_value()},
      {"value", text.value.has_value()},
      {"values", text.values.has_value()},
      {"content", text.content.has_value()},
      {"format", text.format.has_value()},
      {"accept", text.accept.has_value()},
      {"depth", text.depth.has_value()},
      {"args", text.arguments.has_value()},
      {"attributes", text.attributes.has_value()},
      {"file", cancels && text.file.has_value()},
      {"uri", cancels && text.uri.has_value()},
      {"method", cancels && text.method.has_value()},
  }};
  for (const auto& [member, given] : foreign) {
    if (given) return Refuse(member, fmt::format("not used by {}", text.op));
  }
  FirmwareCommand command;
  command.cancels = cancels;
  if (cancels) return command;
  command.file = text.file.value_or("");
  command.uri = text.uri.value_or("");
  if (command.file.empty() && command.uri.empty()) {
    return Refuse("file", "missing; name a file, or give its \"uri\"");
  }
  if (!command.file.empty() && !command.uri.empty()) {
    return Refuse("uri", "only one of \"file\" and \"uri\" can be given");
  }
  if (text.method) {
    command.method = lwm2m::ParseFirmwareMethod(*text.method);
    if (!command.method) {
      return Refuse("method", "expected \"push\" or \"pull\", found " + Quoted(*text.method));
    }
  }
  return command;
}

FirmwareReport ReportOf(const lwm2m::FirmwareStatus& status) {
  FirmwareReport report;
  if (status.step == FirmwareStep::kDone) report.outcome = FirmwareOutcome::kDone;
  if (status.step == FirmwareStep::kFailed) report.outcome = FirmwareOutcome::kFailed;
  if (status.failure == FirmwareFailure::kExpired) report.outcome = FirmwareOutcome::kExpired;
  if (status.finished()) report.status = StatusOf(status);
  report.reason = status.reason;

  if (!status.finished()) report.members.emplace_back("step", std::string(ToString(status.step)));
  if (status.method) report.members.emplace_back("method", std::string(ToString(*status.method)));
  const bool pushes = status.method == lwm2m::FirmwareMethod::kPush;
  if (pushes && status.step == FirmwareStep::kDownloading && status.total > 0) {
    report.members.emplace_back("percent", std::uint64_t{status.sent * 100 / status.total});
  }
  if (status.finished() && status.result) report.members.emplace_back("result", *status.result);
  if (!status.version.empty()) report.members.emplace_back("version", status.version);
  return report;
}

}  // namespace mapping
