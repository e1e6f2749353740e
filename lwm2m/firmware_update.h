// The update of one endpoint's firmware, step by step.  (LwM2M Core 1.1.1 §E.6; FW-1 … FW-7)
#ifndef LWM2M_FIRMWARE_UPDATE_H_
#define LWM2M_FIRMWARE_UPDATE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lwm2m/error.h"
#include "lwm2m/firmware.h"
#include "lwm2m/object_model.h"
#include "lwm2m/operations.h"
#include "lwm2m/registration.h"

namespace lwm2m {

// What is to be done.
struct FirmwareOrder {
  std::shared_ptr<const FirmwareImage> image;  // null: the device must pull
  std::vector<std::string> sources;            // URIs that it can be pulled from, best first
  std::optional<FirmwareMethod> method;        // absent: push where the device takes it, else pull
  bool may_execute_cancel = false;             // object version 1.1 or later: it has /5/0/10
  TimePoint deadline{};                        // the device must have been told to update by then
};

struct FirmwareTimes {
  Seconds first_poll{5};       // when nothing was heard; doubles up to …
  Seconds longest_poll{300};   // … this
  Seconds install{3600};       // from Execute to a result
  Seconds execute_again{247};  // EXCHANGE_LIFETIME: no copy of an Execute is on its way any more
};

enum class FirmwareStep {
  kInspecting,   // reading what the device can, and where it stands
  kResetting,    // bringing it back to Idle (FW-4)
  kDownloading,  // the image is on its way
  kDownloaded,   // it says Downloaded; Execute comes next
  kUpdating,     // Execute was sent, perhaps
  kCancelling,
  kDone,
  kFailed,
};
std::string_view ToString(FirmwareStep step);  // "downloading"

// Why an update failed.
enum class FirmwareFailure {
  kNone,
  kNotSupported,  // no object 5, or not that method or protocol
  kRefused,       // the device answered an operation with an error
  kBusy,          // it is installing something already
  kResult,        // it said so in /5/0/5
  kNoAnswer,      // it stayed silent
  kExpired,       // the deadline passed
  kCancelled,     // Cancel() was called
};

// Where an update stands. All that needs to be kept for a restart is in it.
struct FirmwareStatus {
  FirmwareStep step = FirmwareStep::kInspecting;
  std::optional<FirmwareMethod> method;       // once it is chosen
  std::optional<FirmwareState> state;         // as the device said last
  std::optional<std::int64_t> result;         // as the device said last
  std::size_t sent = 0, total = 0;            // octets of a push; total 0: not known
  unsigned downloads = 0;                     // begun
  unsigned executes = 0;                      // sent
  bool write_accepted = false;                // of this download: the device has taken the Write
  std::optional<std::int64_t> result_before;  // before the Write, the Execute
  std::string version_before, version;        // /3/0/3, at first and after success; "": not known
  FirmwareFailure failure = FirmwareFailure::kNone;
  std::string reason;  // of a failure, for a human
  bool finished() const { return step == FirmwareStep::kDone || step == FirmwareStep::kFailed; }
};

//   inspecting ─► resetting ─► downloading ─► downloaded ─► updating ─► done
//       └──────── Idle ─────────┘   └─ interrupted: inspecting, at most 3 downloads
//   any but updating ─Cancel()─► cancelling ─► failed                any ─► failed
//
// Every conclusion is drawn from a look: State, then Update Result, read one after the other. A
// notification, a Register or a time-out causes a look; none of them decides by itself. An Execute
// goes out only after a look that found Downloaded (FW-5), and again only when the device still
// says so after the first one can no longer be on its way; at most 3 times.
//
// A value without I/O; time is an argument. At most one operation is out at a time: Next() gives it
// once, OnOutcome() takes its end.
class FirmwareUpdate {
 public:
  FirmwareUpdate(FirmwareOrder order, FirmwareTimes times, const ObjectModel& model, TimePoint now);
  // Goes on where an earlier run was: an interrupted push begins again, a pull is watched, and
  // whether an Execute arrived is found out by a look.
  FirmwareUpdate(FirmwareOrder order, FirmwareTimes times, const ObjectModel& model,
                 FirmwareStatus saved, TimePoint now);

  // The operation to send now; nullopt: none before wake(). The caller stores status() before it is
  // sent.
  std::optional<Operation> Next(TimePoint now);
  void OnOutcome(const Outcome& outcome, TimePoint now);
  // Of the Write that is out.
  void OnProgress(std::size_t sent, std::size_t total);
  // The device has fetched a part of the image from a source of ours: its download has begun.
  void OnFetch();
  // A notification, or any other value of /5/0/3, /5/0/5, or what they are part of.
  void OnValue(const Path& path, const Payload& payload, TimePoint now);
  // The endpoint has a registration again, or still (FW-7).
  void OnRegistered(TimePoint now);

  // Ends it in the device too. The operation that is out is given up: its outcome must not be
  // handed over any more. kNotAllowed while the device installs, and after the end.
  Result<void> Cancel(TimePoint now);

  // When Next() may have something, or a deadline passes; TimePoint::max() after the end.
  TimePoint wake() const;
  const FirmwareStatus& status() const { return status_; }
  bool is_out() const { return out_; }
  // The last that an operation may wait in a queue; what is not over by then fails.
  TimePoint deadline() const;

 private:
  // What is asked of the device next.
  enum class Ask {
    kDelivery,
    kProtocols,
    kVersion,
    kState,
    kResult,
    kResetUri,
    kResetPackage,
    kWritePackage,
    kWriteUri,
    kExecute,
    kCancel,
  };

  Operation OperationFor(Ask ask) const;
  void OnAnswer(const CoapResponse& response, TimePoint now);
  void OnSilence(Failure failure, TimePoint now);
  void OnReset(const CoapResponse& response, TimePoint now);
  void OnPackageWritten(const CoapResponse& response, TimePoint now);
  void OnUriWritten(const CoapResponse& response, TimePoint now);
  void OnExecuted(const CoapResponse& response, TimePoint now);
  void Judge(TimePoint now);
  void JudgeInspection(TimePoint now);
  void JudgeReset(TimePoint now);
  void JudgeDownload(TimePoint now);
  void JudgeUpdate(TimePoint now);
  void JudgeCancel(TimePoint now);
  bool ChooseMethod();
  bool MayPush() const;
  const std::string* SourceForDevice() const;
  bool ResetInAnotherWay(TimePoint now);
  void Download(TimePoint now);
  void DownloadAgain(const std::string& reason, TimePoint now);
  void Execute(TimePoint now);
  void Look(TimePoint at);
  void Poll(TimePoint now);
  void Go(Ask ask, TimePoint at);
  void Fail(FirmwareFailure failure, std::string reason);
  void FailByResult();
  FirmwareResult result() const { return static_cast<FirmwareResult>(status_.result.value_or(0)); }
  std::optional<std::int64_t> Number(const Path& path, const Payload& payload) const;

  FirmwareOrder order_;
  FirmwareTimes times_;
  const ObjectModel* model_;
  FirmwareStatus status_;

  Ask ask_ = Ask::kDelivery;
  TimePoint wake_;
  bool out_ = false;
  bool looks_again_ = false;    // something was heard while an operation was out
  Seconds poll_{};              // the next one
  unsigned silences_ = 0;       // in a row
  unsigned idle_looks_ = 0;     // in a row, since the Write was accepted
  Ask reset_ = Ask::kResetUri;  // the last that was tried
  bool inspected_ = false;      // delivery_ and protocols_ were asked for
  bool was_busy_ = false;  // since the Write, the device has been seen in another state than Idle
  bool as_tlv_ = false;
  std::string refusal_;  // what the last Write or Execute was answered, when it failed
  std::optional<std::int64_t> delivery_;                // /5/0/9
  std::optional<std::vector<std::int64_t>> protocols_;  // /5/0/8
  TimePoint executed_at_{}, update_ends_{};
};

}  // namespace lwm2m

#endif  // LWM2M_FIRMWARE_UPDATE_H_
