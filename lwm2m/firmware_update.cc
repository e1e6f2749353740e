#include "lwm2m/firmware_update.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lwm2m/codec/codec.h"

namespace lwm2m {
namespace {

constexpr unsigned kMostDownloads = 3;  // of one update
constexpr unsigned kMostExecutes = 3;
constexpr unsigned kMostSilences = 5;  // in a row, where nothing else can bring it on
// Looks that find Idle before it counts as the end of the download: some clients go to Downloading
// a moment after they have accepted the Write.
constexpr unsigned kIdleLooks = 3;
constexpr Seconds kSoon{1};

// RFC 7252 §5.5.2: the payload of an error may explain it to a human.
std::string Described(const CoapResponse& response) {
  constexpr std::size_t kLongestDiagnosis = 200;
  std::string text = "the device answered " + ToString(response.code);
  const std::string& diagnosis = response.payload.body();
  if (!diagnosis.empty() && diagnosis.size() <= kLongestDiagnosis && IsUtf8(diagnosis)) {
    text += ": " + diagnosis;
  }
  return text;
}

Operation Read(const Path& path) {
  Operation operation;
  operation.kind = OperationKind::kRead;
  operation.path = path;
  return operation;
}

Operation Write(const Path& path, Payload payload) {
  Operation operation;
  operation.kind = OperationKind::kWriteReplace;
  operation.path = path;
  operation.payload = std::move(payload);
  return operation;
}

Operation Execution(const Path& path) {
  Operation operation;
  operation.kind = OperationKind::kExecute;
  operation.path = path;
  return operation;
}

// An optional resource that the device has not, or does not show.
bool IsAbsent(Code code) { return ClassOf(code) == 4; }

ContentFormat FormatOf(const Payload& payload) {
  return payload.format ? *payload.format : ContentFormat::kText;
}

}  // namespace

std::string_view ToString(FirmwareStep step) {
  switch (step) {
    case FirmwareStep::kInspecting:
      return "inspecting";
    case FirmwareStep::kResetting:
      return "resetting";
    case FirmwareStep::kDownloading:
      return "downloading";
    case FirmwareStep::kDownloaded:
      return "downloaded";
    case FirmwareStep::kUpdating:
      return "updating";
    case FirmwareStep::kCancelling:
      return "cancelling";
    case FirmwareStep::kDone:
      return "done";
    case FirmwareStep::kFailed:
      return "failed";
  }
  return "unknown";
}

FirmwareUpdate::FirmwareUpdate(FirmwareOrder order, FirmwareTimes times, const ObjectModel& model,
                               TimePoint now)
    : order_(std::move(order)), times_(times), model_(&model), wake_(now), poll_(times.first_poll) {
  if (order_.image) status_.total = order_.image->size();
}

FirmwareUpdate::FirmwareUpdate(FirmwareOrder order, FirmwareTimes times, const ObjectModel& model,
                               FirmwareStatus saved, TimePoint now)
    : FirmwareUpdate(std::move(order), times, model, now) {
  const std::size_t total = status_.total;
  status_ = std::move(saved);
  status_.total = total;
  status_.sent = 0;
  switch (status_.step) {
    case FirmwareStep::kInspecting:
    case FirmwareStep::kResetting:
      status_.step = FirmwareStep::kInspecting;
      break;
    case FirmwareStep::kDownloading:
      if (status_.write_accepted || status_.method == FirmwareMethod::kPull) {
        status_.write_accepted = true;
        Look(now);
      } else {
        status_.step = FirmwareStep::kInspecting;
      }
      break;
    case FirmwareStep::kDownloaded:
      status_.step = FirmwareStep::kDownloading;
      Look(now);
      break;
    case FirmwareStep::kUpdating:
      executed_at_ = now;
      update_ends_ = now + times_.install;
      Look(now);
      break;
    case FirmwareStep::kCancelling:
      Go(order_.may_execute_cancel ? Ask::kCancel : Ask::kResetUri, now);
      break;
    case FirmwareStep::kDone:
    case FirmwareStep::kFailed:
      break;
  }
}

TimePoint FirmwareUpdate::deadline() const {
  return status_.step == FirmwareStep::kUpdating ? update_ends_ : order_.deadline;
}

TimePoint FirmwareUpdate::wake() const {
  if (status_.finished()) return TimePoint::max();
  return out_ ? deadline() : std::min(wake_, deadline());
}

std::optional<Operation> FirmwareUpdate::Next(TimePoint now) {
  if (status_.finished()) return std::nullopt;
  if (now >= deadline()) {
    switch (status_.step) {
      case FirmwareStep::kUpdating:
        Fail(FirmwareFailure::kNoAnswer,
             result() == FirmwareResult::kDeferred
                 ? "the device has deferred the update and did not come back to it in time"
                 : "no result of the update within its time");
        break;
      case FirmwareStep::kCancelling:
        Fail(FirmwareFailure::kCancelled, "cancelled; the device did not confirm it");
        break;
      default:
        Fail(FirmwareFailure::kExpired,
             fmt::format("its ttl passed while {}", ToString(status_.step)));
        break;
    }
    return std::nullopt;
  }
  if (out_ || now < wake_) return std::nullopt;
  if (ask_ == Ask::kWritePackage && as_tlv_) {
    if (const auto tlv = order_.image->AsTlv(); !tlv) {
      Fail(FirmwareFailure::kNotSupported, tlv.error().detail);
      return std::nullopt;
    }
  }
  if (ask_ == Ask::kExecute) Execute(now);
  out_ = true;
  looks_again_ = false;
  return OperationFor(ask_);
}

Operation FirmwareUpdate::OperationFor(Ask ask) const {
  switch (ask) {
    case Ask::kDelivery:
      return Read(kFirmwareDelivery);
    case Ask::kProtocols:
      return Read(kFirmwareProtocols);
    case Ask::kVersion:
      return Read(kDeviceFirmwareVersion);
    case Ask::kState:
      return Read(kFirmwareState);
    case Ask::kResult:
      return Read(kFirmwareResult);
    // FW-4: "an empty string" in one, "one NUL octet" in the other.
    case Ask::kResetUri:
      return Write(kFirmwarePackageUri, Payload{ContentFormat::kText, ""});
    case Ask::kResetPackage:
      return Write(kFirmwarePackage, Payload{ContentFormat::kOpaque, std::string(1, '\0')});
    case Ask::kWritePackage: {
      Payload payload{ContentFormat::kOpaque, "", order_.image->octets()};
      if (as_tlv_) payload = Payload{ContentFormat::kTlv, "", *order_.image->AsTlv()};
      return Write(kFirmwarePackage, std::move(payload));
    }
    case Ask::kWriteUri:
      return Write(kFirmwarePackageUri, Payload{ContentFormat::kText, *SourceForDevice()});
    case Ask::kExecute:
      return Execution(kFirmwareUpdate);
    case Ask::kCancel:
      return Execution(kFirmwareCancel);
  }
  return {};
}

// ---- what comes back

void FirmwareUpdate::OnOutcome(const Outcome& outcome, TimePoint now) {
  if (!out_) return;
  out_ = false;
  if (status_.finished()) return;
  if (const Failure* failure = outcome.failure()) {
    OnSilence(*failure, now);
  } else {
    silences_ = 0;
    OnAnswer(*outcome.response(), now);
  }
  // What was heard meanwhile may be the end of the wait.
  if (looks_again_ && ask_ == Ask::kState) wake_ = std::min(wake_, now + kSoon);
}

void FirmwareUpdate::OnAnswer(const CoapResponse& response, TimePoint now) {
  const bool success = IsSuccess(response.code);
  switch (ask_) {
    case Ask::kDelivery:
      if (success) delivery_ = Number(kFirmwareDelivery, response.payload);
      return Go(Ask::kProtocols, now);
    case Ask::kProtocols:
      if (success) {
        const auto records = Decode(FormatOf(response.payload), response.payload.body(),
                                    kFirmwareProtocols, *model_);
        if (records) {
          protocols_.emplace();
          for (const Record& record : *records) {
            if (const auto* number = std::get_if<std::int64_t>(&record.value)) {
              protocols_->push_back(*number);
            }
          }
        }
      }
      inspected_ = true;
      return Go(Ask::kVersion, now);
    case Ask::kVersion: {
      if (success) {
        const auto records = Decode(FormatOf(response.payload), response.payload.body(),
                                    kDeviceFirmwareVersion, *model_);
        const auto* text = records && records->size() == 1
                               ? std::get_if<std::string>(&records->front().value)
                               : nullptr;
        if (text) {
          const bool is_new = status_.step == FirmwareStep::kUpdating;
          (is_new ? status_.version : status_.version_before) = *text;
        }
      }
      if (status_.step == FirmwareStep::kUpdating) return Judge(now);
      return Look(now);
    }
    case Ask::kState: {
      const auto number = success ? Number(kFirmwareState, response.payload) : std::nullopt;
      if (!number || *number < 0 || *number > 3) {
        if (status_.step == FirmwareStep::kInspecting && IsAbsent(response.code)) {
          return Fail(FirmwareFailure::kNotSupported,
                      "no State of Firmware Update: " + Described(response));
        }
        return Poll(now);
      }
      const auto state = static_cast<FirmwareState>(*number);
      if (status_.state != state) poll_ = times_.first_poll;
      status_.state = state;
      return Go(Ask::kResult, now);
    }
    case Ask::kResult:
      if (success) status_.result = Number(kFirmwareResult, response.payload);
      if (!success) status_.result.reset();
      return Judge(now);
    case Ask::kResetUri:
    case Ask::kResetPackage:
    case Ask::kCancel:
      return OnReset(response, now);
    case Ask::kWritePackage:
      return OnPackageWritten(response, now);
    case Ask::kWriteUri:
      return OnUriWritten(response, now);
    case Ask::kExecute:
      return OnExecuted(response, now);
  }
}

void FirmwareUpdate::OnSilence(Failure failure, TimePoint now) {
  const bool away = failure == Failure::kNotRegistered || failure == Failure::kCancelled;
  if (failure == Failure::kExpired) {
    wake_ = deadline();  // Next() says what that means
    return;
  }
  // The device may have taken it, and its answer is lost: a look tells.
  if (ask_ == Ask::kExecute) return away ? Look(TimePoint::max()) : Poll(now);
  if (ask_ == Ask::kWritePackage && status_.step == FirmwareStep::kDownloading) {
    DownloadAgain(fmt::format("the transfer was interrupted: {}", ToString(failure)), now);
    if (away && !status_.finished()) wake_ = TimePoint::max();
    return;
  }
  if (away) {  // until OnRegistered
    wake_ = TimePoint::max();
    return;
  }
  const bool waits = (status_.step == FirmwareStep::kDownloading && status_.write_accepted) ||
                     status_.step == FirmwareStep::kUpdating;
  if (waits) return Poll(now);
  if (++silences_ >= kMostSilences) {
    if (status_.step == FirmwareStep::kCancelling) {
      return Fail(FirmwareFailure::kCancelled, "cancelled; the device did not confirm it");
    }
    return Fail(FirmwareFailure::kNoAnswer, fmt::format("no answer from the device while {}: {}",
                                                        ToString(status_.step), ToString(failure)));
  }
  wake_ = now + poll_;
  poll_ = std::min(poll_ * 2, times_.longest_poll);
}

void FirmwareUpdate::OnReset(const CoapResponse& response, TimePoint now) {
  reset_ = ask_;
  if (IsSuccess(response.code)) return Look(now);
  if (ResetInAnotherWay(now)) return;
  if (status_.step == FirmwareStep::kCancelling) {
    return Fail(FirmwareFailure::kCancelled, "cancelled; " + Described(response));
  }
  Fail(FirmwareFailure::kRefused, "cannot be brought back to Idle: " + Described(response));
}

// A device may have one way back to Idle and not another.
bool FirmwareUpdate::ResetInAnotherWay(TimePoint now) {
  if (reset_ == Ask::kResetPackage) return false;
  Go(reset_ == Ask::kCancel ? Ask::kResetUri : Ask::kResetPackage, now);
  return true;
}

void FirmwareUpdate::OnPackageWritten(const CoapResponse& response, TimePoint now) {
  switch (response.code) {
    case Code::kUnsupportedContentFormat:
    case Code::kNotAcceptable:
      if (as_tlv_) break;
      as_tlv_ = true;
      return Go(Ask::kWritePackage, now);
    case Code::kRequestEntityIncomplete:
      return DownloadAgain("the transfer was interrupted: " + Described(response), now);
    case Code::kNotFound:
    case Code::kMethodNotAllowed:
    case Code::kNotImplemented:
      if (order_.method || SourceForDevice() == nullptr) break;
      status_.method = FirmwareMethod::kPull;
      return Go(Ask::kWriteUri, now);
    default:
      break;
  }
  if (IsSuccess(response.code)) {
    status_.write_accepted = true;
    status_.sent = status_.total;
  } else {
    refusal_ = Described(response);
  }
  Look(now);
}

void FirmwareUpdate::OnUriWritten(const CoapResponse& response, TimePoint now) {
  if (IsSuccess(response.code)) {
    status_.write_accepted = true;
    return Look(now + kSoon);
  }
  refusal_ = Described(response);
  Look(now);
}

void FirmwareUpdate::OnExecuted(const CoapResponse& response, TimePoint now) {
  if (!IsSuccess(response.code)) {
    refusal_ = Described(response);
    return Look(now);
  }
  Poll(now);
}

void FirmwareUpdate::OnProgress(std::size_t sent, std::size_t total) {
  status_.sent = std::min(sent, total);
  status_.total = total;
}

void FirmwareUpdate::OnFetch() {
  if (status_.step == FirmwareStep::kDownloading) was_busy_ = true;
}

void FirmwareUpdate::OnValue(const Path& path, const Payload& payload, TimePoint now) {
  if (status_.finished()) return;
  if (path == kFirmwareState) {
    const auto number = Number(path, payload);
    if (!number || *number < 0 || *number > 3) return;
    status_.state = static_cast<FirmwareState>(*number);
    if (status_.step == FirmwareStep::kDownloading && *status_.state != FirmwareState::kIdle) {
      was_busy_ = true;
    }
  } else if (path != kFirmwareResult && !path.Contains(kFirmwareResult)) {
    return;
  }
  looks_again_ = true;
  if (!out_ && ask_ == Ask::kState) wake_ = std::min(wake_, now);
}

void FirmwareUpdate::OnRegistered(TimePoint now) {
  if (status_.finished()) return;
  looks_again_ = true;
  if (!out_) wake_ = std::min(wake_, now);
}

Result<void> FirmwareUpdate::Cancel(TimePoint now) {
  if (status_.finished()) {
    return tl::unexpected(Error{ErrorKind::kNotAllowed, "the update is over"});
  }
  if (status_.step == FirmwareStep::kUpdating) {
    return tl::unexpected(
        Error{ErrorKind::kNotAllowed, "the device installs already, which cannot be cancelled"});
  }
  out_ = false;
  if (status_.step == FirmwareStep::kCancelling) return {};
  if (status_.step == FirmwareStep::kInspecting && status_.downloads == 0) {
    Fail(FirmwareFailure::kCancelled, "cancelled");
    return {};
  }
  status_.step = FirmwareStep::kCancelling;
  silences_ = 0;
  Go(order_.may_execute_cancel ? Ask::kCancel : Ask::kResetUri, now);
  return {};
}

// ---- conclusions

void FirmwareUpdate::Judge(TimePoint now) {
  if (!refusal_.empty() && status_.state != FirmwareState::kUpdating) {
    if (IsFailure(result()) && status_.result != status_.result_before) return FailByResult();
    return Fail(FirmwareFailure::kRefused, std::exchange(refusal_, {}));
  }
  refusal_.clear();
  switch (status_.step) {
    case FirmwareStep::kInspecting:
      return JudgeInspection(now);
    case FirmwareStep::kResetting:
      return JudgeReset(now);
    case FirmwareStep::kDownloading:
    case FirmwareStep::kDownloaded:
      return JudgeDownload(now);
    case FirmwareStep::kUpdating:
      return JudgeUpdate(now);
    case FirmwareStep::kCancelling:
      return JudgeCancel(now);
    case FirmwareStep::kDone:
    case FirmwareStep::kFailed:
      return;
  }
}

void FirmwareUpdate::JudgeInspection(TimePoint now) {
  if (!inspected_) return Go(Ask::kDelivery, now);  // an earlier run had
  if (status_.state == FirmwareState::kUpdating) {
    return Fail(FirmwareFailure::kBusy, "the device is installing firmware already");
  }
  if (!ChooseMethod()) return;
  if (status_.state == FirmwareState::kIdle) return Download(now);
  status_.step = FirmwareStep::kResetting;
  Go(Ask::kResetUri, now);
}

void FirmwareUpdate::JudgeReset(TimePoint now) {
  if (status_.state == FirmwareState::kIdle) return Download(now);
  if (ResetInAnotherWay(now)) return;
  Fail(FirmwareFailure::kBusy, fmt::format("cannot be brought back to Idle: the device stays {}",
                                           ToString(*status_.state)));
}

void FirmwareUpdate::JudgeDownload(TimePoint now) {
  status_.step = FirmwareStep::kDownloading;
  if (status_.state != FirmwareState::kIdle) {
    was_busy_ = true;
    idle_looks_ = 0;
  }
  switch (*status_.state) {
    case FirmwareState::kDownloading:
      return Poll(now);
    case FirmwareState::kDownloaded:
      status_.sent = status_.total;
      status_.step = FirmwareStep::kDownloaded;
      return Go(Ask::kExecute, now);
    case FirmwareState::kUpdating:  // by itself: Automatic Upgrade, /5/0/14
      status_.step = FirmwareStep::kUpdating;
      update_ends_ = now + times_.install;
      return Poll(now);
    case FirmwareState::kIdle:
      break;
  }
  // The result may be that of an earlier update, as long as nothing has happened since the Write.
  const bool is_news = was_busy_ || status_.result != status_.result_before;
  if (!is_news && ++idle_looks_ < kIdleLooks) return Poll(now);
  if (result() == FirmwareResult::kSuccess && is_news) {  // by itself, and quicker than our looks
    status_.step = FirmwareStep::kUpdating;
    update_ends_ = now + times_.install;
    return Go(Ask::kVersion, now);
  }
  if (result() == FirmwareResult::kConnectionLost) {
    return DownloadAgain("the device says: " + std::string(Explain(result())), now);
  }
  if (IsFailure(result())) return FailByResult();
  DownloadAgain("the device went back to Idle without a result", now);
}

void FirmwareUpdate::JudgeUpdate(TimePoint now) {
  if (status_.state == FirmwareState::kUpdating) return Poll(now);
  // Some keep the result of an earlier update until they have a new one.
  const bool is_news =
      status_.state == FirmwareState::kIdle || status_.result != status_.result_before;
  if (IsFailure(result()) && is_news) return FailByResult();
  if (status_.state == FirmwareState::kIdle) {
    const bool read_version = !status_.version.empty() || ask_ == Ask::kVersion;
    if (!read_version) return Go(Ask::kVersion, now);
    const bool changed = !status_.version.empty() && status_.version != status_.version_before;
    if (result() == FirmwareResult::kSuccess || changed) {
      status_.step = FirmwareStep::kDone;
      return;
    }
    return Fail(FirmwareFailure::kResult,
                "the device is Idle again, with the same firmware and without a result");
  }
  // FW-3: a device that defers goes on when it likes, but begins before the deadline.
  if (result() == FirmwareResult::kDeferred) {
    update_ends_ = std::max(update_ends_, order_.deadline + times_.install);
  }
  // Downloaded still: deferred, or not begun yet, or the Execute never arrived. Nobody answers one
  // that was lost; after EXCHANGE_LIFETIME (RFC 7252 §4.8.2) it cannot arrive any more.
  const bool lost = result() != FirmwareResult::kDeferred && status_.executes < kMostExecutes &&
                    status_.state == FirmwareState::kDownloaded &&
                    now >= executed_at_ + times_.execute_again;
  if (lost) return Go(Ask::kExecute, now);
  Poll(now);
}

void FirmwareUpdate::JudgeCancel(TimePoint now) {
  if (status_.state == FirmwareState::kIdle) return Fail(FirmwareFailure::kCancelled, "cancelled");
  if (status_.state != FirmwareState::kUpdating && ResetInAnotherWay(now)) return;
  Fail(FirmwareFailure::kCancelled,
       fmt::format("cancelled; the device stays {}", ToString(*status_.state)));
}

// ---- what is done next

bool FirmwareUpdate::MayPush() const {
  return order_.image != nullptr && delivery_ != 0;  // FW-6: 0 pull only, 1 push only, 2 both
}

// FW-1: a URI whose scheme is among the protocols in /5/0/8. Without that resource the device
// decides, and says so with result 9.
const std::string* FirmwareUpdate::SourceForDevice() const {
  if (delivery_ == 1) return nullptr;
  for (const std::string& uri : order_.sources) {
    const auto protocol = FirmwareProtocolOf(uri);
    if (!protocol) continue;
    if (!protocols_ ||
        std::find(protocols_->begin(), protocols_->end(), *protocol) != protocols_->end()) {
      return &uri;
    }
  }
  return nullptr;
}

bool FirmwareUpdate::ChooseMethod() {
  const bool push = MayPush();
  const bool pull = SourceForDevice() != nullptr;
  const bool wants_push = order_.method.value_or(FirmwareMethod::kPush) == FirmwareMethod::kPush;
  const bool wants_pull = order_.method.value_or(FirmwareMethod::kPull) == FirmwareMethod::kPull;
  if (push && wants_push) {
    status_.method = FirmwareMethod::kPush;
  } else if (pull && wants_pull) {
    status_.method = FirmwareMethod::kPull;
  } else if (delivery_ == 1 && wants_pull) {
    Fail(FirmwareFailure::kNotSupported, "the device takes firmware by push only (/5/0/9)");
  } else if (delivery_ == 0 && wants_push && !wants_pull) {
    Fail(FirmwareFailure::kNotSupported, "the device takes firmware by pull only (/5/0/9)");
  } else {
    Fail(FirmwareFailure::kNotSupported,
         "no URI of the image has a protocol that the device supports (/5/0/8)");
  }
  return !status_.finished();
}

void FirmwareUpdate::Download(TimePoint now) {
  status_.step = FirmwareStep::kDownloading;
  status_.result_before = status_.result;
  status_.write_accepted = false;
  status_.sent = 0;
  ++status_.downloads;
  was_busy_ = false;
  idle_looks_ = 0;
  poll_ = times_.first_poll;
  Go(status_.method == FirmwareMethod::kPush ? Ask::kWritePackage : Ask::kWriteUri, now);
}

void FirmwareUpdate::DownloadAgain(const std::string& reason, TimePoint now) {
  if (status_.downloads >= kMostDownloads) {
    return Fail(FirmwareFailure::kNoAnswer, fmt::format("{}, {} times", reason, status_.downloads));
  }
  status_.step = FirmwareStep::kInspecting;
  status_.sent = 0;
  Look(now + poll_);
  poll_ = std::min(poll_ * 2, times_.longest_poll);
}

void FirmwareUpdate::Execute(TimePoint now) {
  status_.step = FirmwareStep::kUpdating;
  ++status_.executes;
  status_.result_before = status_.result;
  executed_at_ = now;
  update_ends_ = now + times_.install;
  poll_ = times_.first_poll;
}

void FirmwareUpdate::Look(TimePoint at) { Go(Ask::kState, at); }

void FirmwareUpdate::Poll(TimePoint now) {
  Look(now + poll_);
  poll_ = std::min(poll_ * 2, times_.longest_poll);
}

void FirmwareUpdate::Go(Ask ask, TimePoint at) {
  ask_ = ask;
  wake_ = at;
}

void FirmwareUpdate::Fail(FirmwareFailure failure, std::string reason) {
  status_.step = FirmwareStep::kFailed;
  status_.failure = failure;
  status_.reason = std::move(reason);
}

void FirmwareUpdate::FailByResult() {
  Fail(result() == FirmwareResult::kCancelled ? FirmwareFailure::kCancelled
                                              : FirmwareFailure::kResult,
       fmt::format("Update Result {}: {}", *status_.result, Explain(result())));
}

std::optional<std::int64_t> FirmwareUpdate::Number(const Path& path, const Payload& payload) const {
  const auto records = Decode(FormatOf(payload), payload.body(), path, *model_);
  if (!records || records->size() != 1) return std::nullopt;
  const auto* number = std::get_if<std::int64_t>(&records->front().value);
  return number == nullptr ? std::nullopt : std::optional(*number);
}

}  // namespace lwm2m
