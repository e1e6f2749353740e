// State on disk: endpoints, observations, outbox, commands, credentials.  (SQLite, WAL;
// docs/operations.md)
#ifndef IPE_STORE_H_
#define IPE_STORE_H_

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
  lwm2m::Registration registration;  // last_seen is not stored; see seen_at
  std::int64_t seen_at = 0;          // Unix seconds of the last Register or Update
  std::string name;                  // resourceName of its <AE>: given once, kept
  std::string ae_id;                 // as the CSE answered; "" before it was created
  std::string ae_resource_id;        // ri; "" before
  std::string node_resource_id;      // "" when the CSE has no <node>
  std::int64_t expires_at = 0;       // et last written, Unix seconds; 0: none
  std::string tree;  // object list (link format) that the CSE's tree was made of; "" : none
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

struct StoreError {
  std::string detail;  // operation, SQLite's message, path
};
template <typename T>
using StoreResult = tl::expected<T, StoreError>;

struct StoreOptions {
  std::string directory;  // made when missing; "memory": nothing on disk
  bool sync_full = false;
  std::uint64_t max_bytes = 1ull << 30;  // of undelivered rows; above: telemetry is shed
};

// Loop thread only, except as noted. Every call is one transaction; a failed write is reported,
// changes nothing.
class Store {
 public:
  // Opens or makes the database, with a new epoch greater than any before. A database made by a
  // newer schema is refused with both versions named.
  static StoreResult<std::unique_ptr<Store>> Open(StoreOptions options);
  ~Store();

  // --- identity ---
  // Unguessable path segment of the notify URL, made once.
  std::string notify_secret() const;
  std::string epoch() const;  // 10 hex digits

  // --- endpoints ---
  StoreResult<void> Put(const StoredEndpoint& endpoint);
  StoreResult<void> Remove(
      std::string_view endpoint);  // with its observations, cursors and open commands
  StoreResult<std::vector<StoredEndpoint>> Endpoints();
  StoreResult<void> Touch(std::string_view endpoint, std::int64_t seen_at);

  // --- observations ---
  StoreResult<void> Put(const lwm2m::Observation& observation);
  StoreResult<void> Remove(const lwm2m::Observation& observation);
  StoreResult<std::vector<lwm2m::Observation>> Observations();

  // --- outbox ---
  // Appends the rows of one message in one transaction, with its key when there is one; fills id
  // and name and writes `name` into the body of each instance in place of the text "@name@". A key
  // seen among the endpoint's last 32 gives an empty list: it is a retransmission.
  StoreResult<std::vector<RowId>> Append(std::string_view endpoint, std::vector<OutboxRow> rows,
                                         const std::optional<MessageKey>& key = std::nullopt);
  // The oldest rows of an endpoint after `after`, at most `limit`, in order.
  StoreResult<std::vector<OutboxRow>> Pending(std::string_view endpoint, RowId after,
                                              std::size_t limit);
  // Endpoints that have rows, with their numbers.
  struct Backlog {
    std::string endpoint;
    std::uint64_t rows = 0;
  };
  StoreResult<std::vector<Backlog>> Backlogs();
  StoreResult<void> Delivered(const std::vector<RowId>& rows);
  // An attempt ended without answer.
  StoreResult<void> MarkMaybeSent(const std::vector<RowId>& rows);
  // A new name after a collision; returns the row as it now is. An error when the row is gone, or
  // has no name.
  StoreResult<OutboxRow> Rename(RowId row);
  // Sets a row aside with the reason, in a bounded table (10,000; the oldest go).
  StoreResult<void> Refuse(RowId row, int rsc, std::string_view reason);
  // delivery: latest. Removes undelivered telemetry of that container with an id between `after`
  // and `before`.
  StoreResult<std::uint64_t> Supersede(std::string_view endpoint, std::string_view container,
                                       RowId after, RowId before);
  // The bodies of the kUpdate rows of that resource with an id above `after`, oldest first: each
  // holds only what changed, so that what follows them has to say it all.
  StoreResult<std::vector<std::string>> PendingUpdates(std::string_view endpoint,
                                                       std::string_view container, RowId after);
  // Removes every row of an endpoint.
  StoreResult<std::uint64_t> Drop(std::string_view endpoint);
  std::uint64_t pending_rows() const;
  std::uint64_t pending_bytes() const;
  std::uint64_t shed_rows() const;     // since opening
  std::uint64_t refused_rows() const;  // in the table now

  // --- commands ---
  StoreResult<void> Put(const CommandCursor& cursor);
  StoreResult<std::vector<CommandCursor>> Cursors();
  StoreResult<void> Put(const OpenCommand& command);
  StoreResult<void> CloseCommand(std::string_view resource_id);
  StoreResult<std::vector<OpenCommand>> OpenCommands();
  // Nothing when its command is not open.
  StoreResult<void> Put(const StoredFirmwareUpdate& update);
  StoreResult<std::vector<StoredFirmwareUpdate>> FirmwareUpdates();

  // --- credentials ---
  // Of this moment: what `ipe credentials` (CredentialTable) committed before counts.
  StoreResult<std::optional<lwm2m::Credential>> FindCredential(lwm2m::SecurityMode mode,
                                                               std::string_view identity);
  StoreResult<void> Put(const lwm2m::Credential& credential);  // a valid one

  // From its own thread and connection: one passive checkpoint of the write-ahead log.
  class Checkpointer;

 private:
  class State;
  explicit Store(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// A thread that moves the write-ahead log into the database once a second, so that the loop never
// waits for it. Nothing for a memory store. Stops and joins in the destructor.
class Store::Checkpointer {
 public:
  explicit Checkpointer(const StoreOptions& options);
  ~Checkpointer();

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace ipe

#endif  // IPE_STORE_H_
