// The store of a state directory whose disk may fail.
#ifndef IPE_STORE_FALLBACK_H_
#define IPE_STORE_FALLBACK_H_

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "ipe/sqlite_store.h"
#include "ipe/store_checkpoint.h"
#include "ipe/store_schema.h"

namespace ipe {

// Loop thread only. Owns lock, database and checkpoint thread of a directory.
//
//   kWorking ──a call fails for the disk's sake──► kDegraded ──probe succeeds──► kCatchingUp ─►
//   kWorking
//                                                      ▲                              │
//                                                      └──────── a write fails ───────┘
//
// While it is not kWorking, what is written goes into a database in memory, and what is removed of
// the disk's is listed; rows of the outbox that are on disk are read from there, as long as they
// can be, and are not changed there. Epoch, names and ids go on, so that order and names are the
// same as without the failure. Catching up takes small transactions, a few in each turn of the
// loop. With OnFailure::kRefuse there is no such memory: each call tries the disk and reports.
//
// A damaged file is moved aside and a new one begun; the service then puts everything that it knows
// (TakeLoss), and undelivered rows and credentials are taken from the damaged file as far as they
// can be read.
class FallbackStore final : public Store {
 public:
  static StoreResult<std::unique_ptr<Store>> Open(StoreOptions options);
  ~FallbackStore() override;

  std::string notify_secret() const override { return numbering_->opening.notify_secret; }
  std::string epoch() const override { return EpochText(numbering_->opening.epoch); }
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

  std::optional<Trouble> trouble() const override;
  std::string note() const override { return note_; }
  TimePoint Tick(TimePoint now) override;
  bool TakeLoss() override { return std::exchange(lost_, false); }

 private:
  enum class State { kWorking, kDegraded, kCatchingUp };
  // What was removed while the disk could not be told.
  struct Gone {
    std::set<std::string> endpoints;
    std::set<std::pair<std::string, std::string>> observations;
    std::set<std::string> commands;
    std::unordered_set<RowId> rows;
    std::size_t size() const {
      return endpoints.size() + observations.size() + commands.size() + rows.size();
    }
  };

  FallbackStore(StoreOptions options, DirectoryLock lock)
      : options_(std::move(options)), lock_(std::move(lock)) {}
  StoreResult<void> Begin();
  StoreResult<void> BeginDegraded(const StoreError& error);
  template <typename Call>
  auto Write(Call call) -> decltype(call(std::declval<SqliteStore&>()));
  template <typename Call>
  auto Read(Call call) -> decltype(call(std::declval<SqliteStore&>()));
  StoreResult<void> TakesRemovals(std::size_t count) const;
  StoreResult<void> PullRow(RowId row);
  StoreResult<std::uint64_t> RemoveFromDisk(std::string_view endpoint,
                                            std::optional<std::string_view> container, RowId after,
                                            RowId before);
  bool IsOnDisk(RowId row) const;

  // --- store_recovery.cc ---
  StoreResult<void> OpenForReading();
  void Adopt(std::unique_ptr<SqliteStore> disk);
  bool FileExists() const;
  void Degrade(const StoreError& error);
  void Report();
  void KeepInMemory();
  std::optional<StoreError> FileGone() const;
  StoreResult<void> Probe();
  StoreResult<void> Replace(std::string_view word);
  StoreResult<bool> CatchUp();
  StoreResult<std::size_t> RemoveGone(std::size_t most);
  void Recovered();
  bool keeps_in_memory() const { return options_.on_failure == StoreOptions::OnFailure::kMemory; }

  const StoreOptions options_;
  DirectoryLock lock_;
  std::shared_ptr<Numbering> numbering_;
  std::unique_ptr<SqliteStore> disk_;  // null: cannot be read either
  bool disk_is_readable_only_ = false;
  std::pair<std::uint64_t, std::uint64_t> file_{};  // device and inode of the database
  std::unique_ptr<Checkpointer> checkpointer_;

  State state_ = State::kWorking;
  StoreError error_;                     // of the last failure
  std::unique_ptr<SqliteStore> memory_;  // while not kWorking
  Gone gone_;
  // The directory was not read: what is in it is older than all that is put meanwhile.
  bool disk_is_unknown_ = false;
  std::unordered_set<std::string> known_anew_;  // endpoints put meanwhile
  std::uint64_t shed_before_ = 0;
  std::string note_;
  bool lost_ = false;
  TimePoint now_{};
  TimePoint probe_at_{};
  std::optional<TimePoint> logged_at_;
  StoreCause logged_cause_ = StoreCause::kOther;
};

}  // namespace ipe

#endif  // IPE_STORE_FALLBACK_H_
