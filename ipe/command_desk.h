// Commands of applications: from a contentInstance in the CSE to an operation, and its outcome
// back.
#ifndef IPE_COMMAND_DESK_H_
#define IPE_COMMAND_DESK_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "ipe/administration_desk.h"
#include "ipe/endpoint.h"
#include "ipe/firmware_desk.h"
#include "ipe/log_events.h"
#include "ipe/metrics.h"
#include "ipe/own_subscriptions.h"
#include "ipe/store.h"
#include "lwm2m/object_model.h"
#include "lwm2m/server.h"
#include "mapping/commands.h"

namespace ipe {

// Loop thread only. Takes a contentInstance as a command exactly once, by its resource id; keeps it
// in the store until its outcome is in the outbox. (TS-0014 §6.4; R50–R55; docs/mapping.md
// "Commands")
class CommandDesk {
 public:
  using FetchDone = std::function<void(tl::expected<onem2m::ContentInstance, std::string>)>;

  // What the desk asks of its owner, which outlives it.
  class Surroundings {
   public:
    virtual ~Surroundings() = default;
    virtual Endpoint* FindEndpoint(std::string_view endpoint) = 0;  // "" : the IPE itself
    // Into `responses` of that endpoint's AE, through the outbox.
    virtual void SendOutcome(std::string_view queue, onem2m::ContentInstance outcome) = 0;
    // Reads a contentInstance from the CSE as that endpoint; the answer comes on the loop.
    virtual void Fetch(std::string_view endpoint, const std::string& address, FetchDone done) = 0;
    // A value that a command read goes the way of notifications.
    virtual void StoreValues(std::string_view endpoint, const lwm2m::Path& path,
                             const lwm2m::Payload& payload) = 0;
    virtual FirmwareDesk& firmware() = 0;
    virtual AdministrationDesk& administration() = 0;
    // A command observes the path, or would cancel that; false: an application that subscribes to
    // it wants it observed all the same.
    virtual void OnCommandObserved(std::string_view endpoint, const lwm2m::Path& path) = 0;
    virtual bool MayCancelObserve(std::string_view endpoint, const lwm2m::Path& path) = 0;
    // Of those that TakeWritten() took.
    virtual void OnCommandBegun(const OpenCommand& open) = 0;
    virtual void OnFirmwareStep(const OpenCommand& open, const lwm2m::FirmwareStatus& status) = 0;
    virtual void OnCommandEnded(const OpenCommand& open, bool succeeded) = 0;
    virtual std::string BaseName() const = 0;
    virtual std::string IpeAeId() const = 0;  // "" before the first set-up
  };

  CommandDesk(Surroundings& surroundings, const OwnSubscriptions& subscriptions, Store& store,
              Metrics& metrics, const lwm2m::ObjectModel& model,
              std::function<std::int64_t()> unix_now);

  // Cursors and open commands of an earlier run: what was given to a device and may not be repeated
  // is reported failed, the rest is taken up again by TakeUp().
  StoreResult<void> Load();
  void set_server(lwm2m::Server& server) { server_ = &server; }

  // A subscription for commands is there.
  void AddContainer(std::string_view endpoint, const MadeSubscription& made);
  // Once more into a store that has lost them.
  void PutCursors();
  void ForgetEndpoint(std::string_view endpoint);
  // Where commands for an endpoint may arrive, as far as we know.
  std::vector<std::string> ContainersOf(std::string_view endpoint) const;
  // A job of the endpoint has ended: notifications that had to wait for the resource ids it brought
  // are looked at.
  void OnJobEnded(Endpoint& endpoint, lwm2m::TimePoint now);
  // The CSE has lost its tree: it may give the resource ids of what was taken to others.
  void ForgetResourceIds();
  // Commands wait until it was looked what else there is.
  bool KeepsSome(std::string_view endpoint) const;
  // Our own contentInstance: never a command (R54).
  void OnOwnInstance(Endpoint& endpoint, const std::string& resource_id);

  // Of a subscription for commands.
  void OnNotification(const OwnNotification& arrived, lwm2m::TimePoint now);
  // What an application wrote into a <mgmtObj> ("@node/firmware") or a module
  // ("3312/0/binarySwitch"), as a command of `requests`.
  bool TakeWritten(const std::string& endpoint, const std::string& container,
                   const onem2m::ContentInstance& command, lwm2m::TimePoint now);
  // What stands in a command container: taken when it is newer than the cursor, answered `expired`
  // when the store does not know the container and it is older than our start.
  void OnReadBack(std::string_view endpoint, const std::string& container,
                  std::vector<onem2m::ContentInstance> instances, lwm2m::TimePoint now);
  // Open commands of an earlier run for an endpoint that is there again.
  void TakeUp(std::string_view endpoint, lwm2m::TimePoint now);

  std::size_t open_commands() const { return open_; }

 private:
  struct Place {  // a container where commands arrive
    std::string endpoint;
    std::string container;
  };

  void ReportRefused(const std::string& endpoint, const OpenCommand& open,
                     const std::string& cause);
  void FetchAndTake(const Place& place, const onem2m::Notification& notification);
  enum class Ownership { kOurs, kTheirs, kUnclear };
  Ownership OwnershipOf(const Endpoint& endpoint, const onem2m::ContentInstance& instance) const;
  bool WasTaken(const Place& place, const onem2m::ContentInstance& instance) const;
  bool Postpone(const Place& place, const onem2m::ContentInstance& instance);
  void PutCursor(const CommandCursor& cursor);
  bool Remember(const std::string& resource_id);  // false: it was taken before
  void MoveCursor(const Place& place, const onem2m::ContentInstance& instance);
  // False: it was taken before, or there is no room; nothing follows.
  bool Take(const Place& place, const onem2m::ContentInstance& instance, lwm2m::TimePoint now);
  void Run(const OpenCommand& open, lwm2m::TimePoint now);
  void RunRequest(const OpenCommand& open, lwm2m::TimePoint now);
  void RunAdministration(const OpenCommand& open, lwm2m::TimePoint now);
  std::optional<mapping::Command> ParseOld(const std::string& container,
                                           const onem2m::ContentInstance& instance) const;
  void RunDirect(const OpenCommand& open, lwm2m::TimePoint now);
  void Submit(const OpenCommand& open, mapping::Command command, lwm2m::TimePoint now);
  void RefuseUnfit(const OpenCommand& open, const mapping::Command& command,
                   const onem2m::Error& error, lwm2m::TimePoint now);
  void Send(const OpenCommand& open, mapping::Command command, lwm2m::TimePoint deadline,
            lwm2m::TimePoint now);
  void RunFirmware(const OpenCommand& open, const mapping::Command& command, lwm2m::TimePoint now);
  void OnFirmware(const OpenCommand& open, const mapping::Command& command,
                  const lwm2m::FirmwareStatus& status);
  void MarkStarted(OpenCommand open);
  void OnOutcome(const OpenCommand& open, const mapping::Command& command,
                 const lwm2m::Outcome& outcome);
  void ReadAgain(const std::string& endpoint, const lwm2m::Path& path, lwm2m::TimePoint now);
  void Finish(const OpenCommand& open, onem2m::ContentInstance outcome, bool succeeded = false);
  std::int64_t CreatedAt(const onem2m::ContentInstance& instance) const;

  Surroundings& surroundings_;
  const OwnSubscriptions& subscriptions_;
  Store& store_;

  const lwm2m::ObjectModel& model_;
  const std::function<std::int64_t()> unix_now_;
  const std::int64_t started_at_;
  lwm2m::Server* server_ = nullptr;

  // What is kept per endpoint, so that one that leaves costs nothing of the others.
  struct Desk {
    std::map<std::string, CommandCursor> cursors;  // by container
    std::vector<OpenCommand> left_over;            // of an earlier run
    // Could be ours (the creator is not told, and a Create that may have made it has no answer
    // yet), or is younger than what has to be read back first.
    std::vector<std::pair<Place, onem2m::ContentInstance>> waiting;
  };
  std::unordered_map<std::string, Desk> desks_;  // by endpoint
  lwm2m::TimePoint now_{};
  LogLimiter log_limiter_;
  std::unordered_set<std::string> taken_;  // resource ids, the last kTakenKept of them
  std::deque<std::string> taken_order_;
  // What was made before it may have other resource ids now (unix seconds).
  std::int64_t ids_hold_since_;
  std::size_t open_ = 0;
  Metrics::Counter accepted_, refused_, own_, foreign_;
};

}  // namespace ipe

#endif  // IPE_COMMAND_DESK_H_
