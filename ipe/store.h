// What must outlive the process: endpoints, observations, outbox, commands, credentials.
// (docs/operations.md)
#ifndef IPE_STORE_H_
#define IPE_STORE_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "lwm2m/credentials.h"
#include "lwm2m/firmware_update.h"
#include "lwm2m/registration.h"
#include "lwm2m/server.h"

namespace ipe {

// Number of an outbox row: grows, never reused. With the epoch of the opening that made it, it is
// the resourceName of the instance for life.
using RowId = std::int64_t;

// What is remembered of an endpoint. The key is the Endpoint Client Name.
struct StoredEndpoint {
  lwm2m::Shared<lwm2m::Registration> registration;
  std::int64_t seen_at = 0;      // Unix seconds of the last Register or Update that was written
  std::string name;              // resourceName of its <AE>: given once, kept
  std::string device;            // that it shares a <node> on, given once, kept; "" : none
  std::string ae_id;             // as the CSE answered; "" before it was created
  std::string ae_resource_id;    // ri; "" before
  std::string node_resource_id;  // "" when the CSE has no <node>
  std::int64_t expires_at = 0;   // et last written, Unix seconds; 0: none
  // What the CSE's tree was made of; without paths: there is none, or it is not known.
  lwm2m::Shared<lwm2m::ObjectList> tree;
  enum class Phase { kWanted = 0, kReady = 1, kLeaving = 2 };
  Phase phase = Phase::kWanted;  // kLeaving: to be deleted in the CSE, registration is over
};

// One thing to be told to the CSE: an instance to be created, or attributes to be updated.
struct OutboxRow {
  RowId id = 0;          // given by Append
  std::string endpoint;  // whose queue; "" : the IPE's own
  // Address below the AE of that endpoint: "3/0/9", "responses"; of a kUpdate row that of the
  // resource itself, "3303/0/temperature", or, below the endpoint's <node>, "@node/firmware".
  std::string container;
  std::string name;  // resourceName, given by Append: <epoch>-<sequence>, fixed width; of instances
  std::string body;  // JSON of the Create with that name, or of the Update
  enum class Kind { kTelemetry = 0, kOutcome = 1, kEvent = 2 };
  Kind kind = Kind::kTelemetry;  // only telemetry is ever shed
  enum class Form { kContentInstance = 0, kUpdate = 1, kTimeSeriesInstance = 2 };
  Form form = Form::kContentInstance;
  bool may_have_been_sent = false;  // an attempt without answer, or found at start-up
};

// Key of a CoAP message that produced rows, to recognise its retransmission after a restart.
struct MessageKey {
  std::string token;
  std::uint16_t message_id = 0;
  std::uint64_t payload_hash = 0;
  friend bool operator==(const MessageKey&, const MessageKey&) = default;
};

struct CommandCursor {
  std::string endpoint;       // "" : the IPE's own container
  std::string container;      // "requests", "3/0/14"
  std::string creation_time;  // ct of the last contentInstance taken
  std::string resource_ids;   // ri of those taken that are as old, separated by blanks
};

struct OpenCommand {
  std::string resource_id;  // ri of the contentInstance: its identity
  std::string endpoint;
  std::string container;  // where it was put
  std::string content;    // con
  std::string resource_name;
  std::int64_t deadline = 0;  // Unix seconds
  bool started = false;       // was given to the device: after a restart its outcome is unknown
};

// A firmware update under way; it is removed with its command.
struct StoredFirmwareUpdate {
  std::string command;  // OpenCommand::resource_id
  // Without what the device says anew: state, result, version, and how far the image has come.
  lwm2m::FirmwareStatus status;
};

// A key of the configuration that an administrator set in the CSE.
struct StoredSetting {
  std::string key;         // "registration.patience"
  std::string value;       // JSON; "" : no longer set
  std::string configured;  // what file, environment and flags said of it then, as JSON
};

// What a failure means for what follows. Everything but kOther and kBusy at the start is the disk's
// fault, and passes to the state of docs/operations.md "When the disk fails".
enum class StoreCause {
  kOther,     // of this call only: a value, a missing row, a newer schema
  kFull,      // no space, or above a limit of the user
  kIo,        // the disk does not do what it is told
  kReadOnly,  // not writable for the user of the service
  kCorrupt,   // what is in the file cannot be
  kGone,      // the file was deleted or replaced while the service runs
  kBusy,      // another program holds it
};
std::string_view ToString(StoreCause cause);  // "disk full"

struct StoreError {
  std::string detail;  // operation, the system's words, path
  StoreCause cause = StoreCause::kOther;
};
template <typename T>
using StoreResult = tl::expected<T, StoreError>;

struct StoreOptions {
  std::string directory;  // made when missing; "memory": nothing on disk
  bool sync_full = false;
  std::uint64_t max_bytes = 1ull << 30;  // of undelivered rows; above: telemetry is shed
  enum class OnFailure { kMemory, kRefuse };
  OnFailure on_failure = OnFailure::kMemory;  // of the disk
};

struct Config;
StoreOptions StoreOptionsOf(const Config& config);

// Loop thread only. Every call is one transaction: success means that it will be
// found again by the next opening, as far as store.sync promises and trouble() does not deny it; a
// failed call changes nothing. Nothing here is SQLite's, and nobody reads back what he wrote but
// from the outbox and the credentials: an implementation may commit several calls together, or
// later, as long as the order stays; and one that many instances share keeps the queue of an
// endpoint with the instance that serves it.
class Store {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // The store of a state directory, or of memory. A database made by a newer schema is refused with
  // both versions named; so is a directory that another process holds, or that cannot be one. Any
  // other failure of the disk is bridged in memory, unless `on_failure` is kRefuse.
  static StoreResult<std::unique_ptr<Store>> Open(StoreOptions options);
  virtual ~Store() = default;

  // --- identity ---
  // Unguessable path segment of the notify URL, made once.
  virtual std::string notify_secret() const = 0;
  // 10 hex digits; that of an opening is greater than any before.
  virtual std::string epoch() const = 0;

  // --- endpoints ---
  virtual StoreResult<void> Put(const StoredEndpoint& endpoint) = 0;
  // All of them or none.
  virtual StoreResult<void> PutAll(const std::vector<const StoredEndpoint*>& endpoints) = 0;
  // With its observations, cursors and open commands.
  virtual StoreResult<void> Remove(std::string_view endpoint) = 0;
  // As they were at the opening; so are Observations(), Backlogs(), Cursors(), OpenCommands() and
  // FirmwareUpdates().
  virtual StoreResult<std::vector<StoredEndpoint>> Endpoints() = 0;

  // --- observations ---
  virtual StoreResult<void> Put(const lwm2m::Observation& observation) = 0;
  virtual StoreResult<void> Remove(const lwm2m::Observation& observation) = 0;
  virtual StoreResult<std::vector<lwm2m::Observation>> Observations() = 0;

  // --- outbox ---
  // What one message of a device, or of ours, makes.
  struct Message {
    std::string_view endpoint;
    std::vector<OutboxRow> rows;
    std::optional<MessageKey> key = {};
  };
  // Appends the rows of some messages in one transaction, with their keys when they have one; fills
  // id and name and writes `name` into the body of each instance in place of the text "@name@". A
  // key seen among the endpoint's last 32 leaves a message without rows: it is a retransmission.
  virtual StoreResult<void> Append(std::vector<Message>& messages) = 0;
  // The same of one; the ids of its rows.
  StoreResult<std::vector<RowId>> Append(std::string_view endpoint, std::vector<OutboxRow> rows,
                                         const std::optional<MessageKey>& key = std::nullopt);
  // The oldest rows of an endpoint after `after`, at most `limit`, in order.
  virtual StoreResult<std::vector<OutboxRow>> Pending(std::string_view endpoint, RowId after,
                                                      std::size_t limit) = 0;
  // Endpoints that have rows, with their numbers.
  struct Backlog {
    std::string endpoint;
    std::uint64_t rows = 0;
  };
  virtual StoreResult<std::vector<Backlog>> Backlogs() = 0;
  virtual StoreResult<void> Delivered(const std::vector<RowId>& rows) = 0;
  // An attempt ended without answer.
  virtual StoreResult<void> MarkMaybeSent(const std::vector<RowId>& rows) = 0;
  // A new name after a collision; returns the row as it now is. An error when the row is gone, or
  // has no name.
  virtual StoreResult<OutboxRow> Rename(RowId row) = 0;
  // Sets a row aside with the reason, in a bounded table (10,000; the oldest go).
  virtual StoreResult<void> Refuse(RowId row, int rsc, std::string_view reason) = 0;
  // delivery: latest. Removes undelivered telemetry of that container with an id between `after`
  // and `before`.
  virtual StoreResult<std::uint64_t> Supersede(std::string_view endpoint,
                                               std::string_view container, RowId after,
                                               RowId before) = 0;
  // The bodies of the kUpdate rows of that resource with an id above `after`, oldest first: each
  // holds only what changed, so that what follows them has to say it all.
  virtual StoreResult<std::vector<std::string>> PendingUpdates(std::string_view endpoint,
                                                               std::string_view container,
                                                               RowId after) = 0;
  // Removes every row of an endpoint.
  virtual StoreResult<std::uint64_t> Drop(std::string_view endpoint) = 0;
  virtual std::uint64_t pending_rows() const = 0;
  virtual std::uint64_t pending_bytes() const = 0;
  virtual std::uint64_t shed_rows() const = 0;     // since opening
  virtual std::uint64_t refused_rows() const = 0;  // in the table now

  // --- commands ---
  virtual StoreResult<void> Put(const CommandCursor& cursor) = 0;
  virtual StoreResult<std::vector<CommandCursor>> Cursors() = 0;
  virtual StoreResult<void> Put(const OpenCommand& command) = 0;
  virtual StoreResult<void> CloseCommand(std::string_view resource_id) = 0;
  virtual StoreResult<std::vector<OpenCommand>> OpenCommands() = 0;
  // Nothing when its command is not open.
  virtual StoreResult<void> Put(const StoredFirmwareUpdate& update) = 0;
  virtual StoreResult<std::vector<StoredFirmwareUpdate>> FirmwareUpdates() = 0;

  // --- configuration ---
  virtual StoreResult<void> Put(const StoredSetting& setting) = 0;
  virtual StoreResult<std::vector<StoredSetting>> Settings() = 0;  // those that are set

  // --- credentials ---
  // Of this moment: what `ipe credentials` (CredentialTable) committed before counts.
  virtual StoreResult<std::optional<lwm2m::Credential>> FindCredential(
      lwm2m::SecurityMode mode, std::string_view identity) = 0;
  virtual StoreResult<void> Put(const lwm2m::Credential& credential) = 0;  // a valid one

  // --- when it fails ---
  struct Trouble {
    StoreCause cause;
    std::string text;  // one line for the operator
  };
  // Set while what is written is not where it should be.
  virtual std::optional<Trouble> trouble() const { return std::nullopt; }
  // What an operator should know of an earlier failure; "" : nothing.
  virtual std::string note() const { return ""; }
  // Looks whether what failed works again, and catches up. Returns when to be called again at the
  // latest.
  virtual TimePoint Tick(TimePoint now) { return now + std::chrono::hours(1); }
  // True once after what was stored was lost while the service runs: whoever knows it puts
  // everything once more.
  virtual bool TakeLoss() { return false; }
};

}  // namespace ipe

#endif  // IPE_STORE_H_
