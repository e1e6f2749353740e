// What the parts of the store share; only for ipe/store*.cc.
#ifndef IPE_STORE_STATE_H_
#define IPE_STORE_STATE_H_

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ipe/sqlite_store.h"
#include "ipe/store_schema.h"
#include "ipe/store_sqlite.h"

namespace ipe {

// Every statement of a running store, prepared at its opening. The order is that of kQueryTexts.
enum class Query : std::size_t {
  kPutEndpoint,
  kReadEndpoints,
  kRemoveEndpoint,
  kRemoveObservations,
  kRemoveCursors,
  kRemoveCommands,
  kRemoveMessages,
  kPutObservation,
  kRemoveObservation,
  kReadObservations,
  kInsertRow,
  kReadPending,
  kReadRow,
  kReadBacklogs,
  kDeleteRow,
  kDeleteSuperseded,
  kReadUpdates,
  kDeleteOfEndpoint,
  kMarkMaybeSent,
  kRenameRow,
  kSumRows,
  kOldestTelemetry,
  kHasNewer,
  kReadMessages,
  kPutMessages,
  kInsertRefused,
  kTrimRefused,
  kCountRefused,
  kPutCursor,
  kReadCursors,
  kPutCommand,
  kCloseCommand,
  kReadCommands,
  kPutFirmwareUpdate,
  kReadFirmwareUpdates,
  kFindCredential,
  kPutCredential,
  kPutSetting,
  kReadSettings,
  kCount,
};
inline constexpr std::size_t kQueryCount = static_cast<std::size_t>(Query::kCount);
extern const std::array<const char*, kQueryCount> kQueryTexts;

// One thread only, as the Store.
class SqliteStore::State {
 public:
  struct Totals {
    std::uint64_t rows = 0;       // in the outbox
    std::uint64_t bytes = 0;      // of them
    std::uint64_t telemetry = 0;  // of them, rows that may be shed
    std::uint64_t shed = 0;       // since opening
    std::uint64_t refused = 0;    // in that table
    void Count(const OutboxRow::Kind kind, std::uint64_t size);
    void Uncount(const OutboxRow::Kind kind, std::uint64_t size);
  };

  State(StoreOptions options, sqlite::Connection database, std::shared_ptr<Numbering> numbering);
  StoreResult<void> PrepareStatements();
  StoreResult<void> ReadTotals();

  sqlite::Statement& Kept(Query query) { return statements_[static_cast<std::size_t>(query)]; }
  sqlite::Connection& database() { return database_; }
  const StoreOptions& options() const { return options_; }
  const Numbering& numbering() const { return *numbering_; }
  const std::shared_ptr<Numbering>& shared_numbering() const { return numbering_; }
  const Totals& totals() const { return totals_; }
  // Begins a transaction, runs `work(totals)` on a copy of the totals and, when it succeeds,
  // commits both; so that a failed call changes neither the database nor what is counted.
  template <typename Work>
  auto Transact(Work work) -> decltype(work(std::declval<Totals&>()));

  // In link format. That of the list before is kept: devices of a kind share theirs.
  const std::string& TextOf(const lwm2m::Shared<lwm2m::ObjectList>& objects);

  // Within a transaction: the names of an epoch may be used up.
  StoreResult<std::string> NextName();

  // --- outbox, within a transaction (store_outbox.cc) ---
  OutboxRow ReadRow(const sqlite::Statement::Use& row) const;
  // The remembered keys of an endpoint with this one; nothing when it is among them already.
  StoreResult<std::optional<std::string>> Remembering(std::string_view endpoint,
                                                      const MessageKey& key);
  StoreResult<void> Append(Message& message, Totals& totals);
  StoreResult<void> Insert(std::string_view endpoint, OutboxRow& row, Totals& totals);
  // Runs a bound deletion that returns kind and size of each row; how many they were.
  StoreResult<std::uint64_t> Delete(sqlite::Statement::Use& statement, Totals& totals);
  // Copies rows of a table in one transaction of `other`; of a damaged one, when part will do, what
  // comes before the damage. (store_transfer.cc)
  StoreResult<std::size_t> CopyInto(State& other, Table table, const std::string& which,
                                    bool all_or_none);
  // Brings the outbox below its bound again after `added` rows.
  StoreResult<void> Shed(std::size_t added, Totals& totals);

 private:
  RowId NextId() { return numbering_->opening.number << kIdBits | ++numbering_->used_ids; }
  // A name that an earlier opening gave may have been sent by it.
  bool MayHaveBeenSent(std::int64_t opened) const { return opened != numbering_->opening.number; }
  StoreResult<void> ShedOne(Totals& totals);
  StoreResult<std::optional<RowId>> TelemetryAfter(RowId after, bool& has_newer);

  // 2^23 openings of 2^40 rows each.
  static constexpr int kIdBits = 40;

  StoreOptions options_;
  sqlite::Connection database_;
  std::vector<sqlite::Statement> statements_;
  std::shared_ptr<Numbering> numbering_;
  std::optional<lwm2m::Shared<lwm2m::ObjectList>> list_before_;
  std::string text_before_;
  RowId shed_position_ = 0;  // where shedding looks next
  Totals totals_;
};

template <typename Work>
auto SqliteStore::State::Transact(Work work) -> decltype(work(std::declval<Totals&>())) {
  auto transaction = sqlite::Transaction::Begin(database_);
  if (!transaction) return tl::unexpected(transaction.error());
  Totals totals = totals_;
  auto result = work(totals);
  if (!result) return result;
  if (auto committed = transaction->Commit(); !committed) return tl::unexpected(committed.error());
  totals_ = totals;
  return result;
}

}  // namespace ipe

#endif  // IPE_STORE_STATE_H_
