// The store in one SQLite database, in WAL mode.
#ifndef IPE_SQLITE_STORE_H_
#define IPE_SQLITE_STORE_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ipe/store.h"

namespace ipe {

struct Numbering;  // ipe/store_schema.h
// kRead needs the files of the log to be there, or to be made; kReadAlone could write to a file
// that is there, and as a store keeps the log's index in memory, with nobody else in; kReadFrozen
// takes the file as it is, without a log.
enum class Access { kWrite, kRead, kReadAlone, kReadFrozen };

// Loop thread only. Reports failures and does nothing about them: FallbackStore does. Who opens one
// holds the DirectoryLock.
class SqliteStore final : public Store {
 public:
  // With a numbering of a store that is open it goes on with that one's epoch, names and ids, in
  // place of a new opening. Other than with kWrite nothing is written, not even the opening.
  static StoreResult<std::unique_ptr<SqliteStore>> Open(
      StoreOptions options, std::shared_ptr<Numbering> numbering = nullptr,
      Access access = Access::kWrite);
  ~SqliteStore() override;

  std::string notify_secret() const override;
  std::string epoch() const override;
  StoreResult<void> Put(const StoredEndpoint& endpoint) override;
  StoreResult<void> PutAll(const std::vector<const StoredEndpoint*>& endpoints) override;
  StoreResult<void> Remove(std::string_view endpoint) override;
  StoreResult<std::vector<StoredEndpoint>> Endpoints() override;
  StoreResult<void> Put(const lwm2m::Observation& observation) override;
  StoreResult<void> Remove(const lwm2m::Observation& observation) override;
  StoreResult<std::vector<lwm2m::Observation>> Observations() override;
  using Store::Append;
  StoreResult<void> Append(std::vector<Message>& messages) override;
  StoreResult<std::vector<OutboxRow>> Pending(std::string_view endpoint, RowId after,
                                              std::size_t limit) override;
  StoreResult<std::vector<Backlog>> Backlogs() override;
  StoreResult<void> Delivered(const std::vector<RowId>& rows) override;
  StoreResult<void> MarkMaybeSent(const std::vector<RowId>& rows) override;
  StoreResult<OutboxRow> Rename(RowId row) override;
  StoreResult<void> Refuse(RowId row, int rsc, std::string_view reason) override;
  StoreResult<std::uint64_t> Supersede(std::string_view endpoint, std::string_view container,
                                       RowId after, RowId before) override;
  StoreResult<std::vector<std::string>> PendingUpdates(std::string_view endpoint,
                                                       std::string_view container,
                                                       RowId after) override;
  StoreResult<std::uint64_t> Drop(std::string_view endpoint) override;
  std::uint64_t pending_rows() const override;
  std::uint64_t pending_bytes() const override;
  std::uint64_t shed_rows() const override;
  std::uint64_t refused_rows() const override;
  StoreResult<void> Put(const CommandCursor& cursor) override;
  StoreResult<std::vector<CommandCursor>> Cursors() override;
  StoreResult<void> Put(const OpenCommand& command) override;
  StoreResult<void> CloseCommand(std::string_view resource_id) override;
  StoreResult<std::vector<OpenCommand>> OpenCommands() override;
  StoreResult<void> Put(const StoredFirmwareUpdate& update) override;
  StoreResult<std::vector<StoredFirmwareUpdate>> FirmwareUpdates() override;
  StoreResult<void> Put(const StoredSetting& setting) override;
  StoreResult<std::vector<StoredSetting>> Settings() override;
  StoreResult<std::optional<lwm2m::Credential>> FindCredential(lwm2m::SecurityMode mode,
                                                               std::string_view identity) override;
  StoreResult<void> Put(const lwm2m::Credential& credential) override;

  // --- for FallbackStore: from one database to another (store_transfer.cc) ---
  enum class Table {
    kEndpoints,
    kObservations,
    kCursors,
    kCommands,
    kFirmwareUpdates,
    kOutbox,
    kMessages,
    kRefused,
    kCredentials,
    kSettings
  };
  // Puts up to `most` rows of a table into `other`, in one transaction there, and then removes them
  // here; how many. Those of `other` with the same keys are replaced.
  StoreResult<std::size_t> Move(Table table, std::size_t most, SqliteStore& other);
  // Puts a whole table into `other`, as far as it can be read; how many rows.
  StoreResult<std::size_t> Copy(Table table, SqliteStore& other);
  StoreResult<void> CopyRow(RowId row, SqliteStore& other);  // of the outbox
  StoreResult<bool> HasRow(RowId row);
  // Rows of an endpoint with an id between `after` and `before`: of one container, telemetry only,
  // or all.
  StoreResult<std::vector<RowId>> RowIds(std::string_view endpoint,
                                         std::optional<std::string_view> container, RowId after,
                                         RowId before);
  StoreResult<bool> Remembers(std::string_view endpoint, const MessageKey& key);
  // What an epoch or opening that began elsewhere has used; something is written in any case.
  StoreResult<void> KeepNumbering();
  std::shared_ptr<Numbering> numbering() const;

  class State;

 private:
  explicit SqliteStore(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace ipe

#endif  // IPE_SQLITE_STORE_H_
