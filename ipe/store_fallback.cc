#include "ipe/store_fallback.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <limits>

#include "ipe/config.h"
#include "ipe/log_events.h"

namespace ipe {
namespace {

// Of removals that the disk could not be told; above, they fail.
constexpr std::size_t kMostGone = 1'000'000;
constexpr std::size_t kAllRows = 1'000'000;

bool IsOfTheDisk(StoreCause cause) { return cause != StoreCause::kOther; }

}  // namespace

std::string_view ToString(StoreCause cause) {
  switch (cause) {
    case StoreCause::kOther:
      return "other";
    case StoreCause::kFull:
      return "full";
    case StoreCause::kIo:
      return "io";
    case StoreCause::kReadOnly:
      return "read-only";
    case StoreCause::kCorrupt:
      return "corrupt";
    case StoreCause::kGone:
      return "gone";
    case StoreCause::kBusy:
      return "busy";
  }
  return "other";
}

StoreOptions StoreOptionsOf(const Config& config) {
  using OnFailure = StoreOptions::OnFailure;
  return {config.state.directory, config.store.sync_full, config.store.max_bytes,
          config.store.refuses_on_failure ? OnFailure::kRefuse : OnFailure::kMemory};
}

StoreResult<std::unique_ptr<Store>> Store::Open(StoreOptions options) {
  return FallbackStore::Open(std::move(options));
}

StoreResult<std::unique_ptr<Store>> FallbackStore::Open(StoreOptions options) {
  if (IsMemory(options)) {
    auto memory = SqliteStore::Open(std::move(options));
    if (!memory) return tl::unexpected(memory.error());
    return std::unique_ptr<Store>(*std::move(memory));
  }
  auto lock = DirectoryLock::Take(options.directory);
  const bool may_do_without = !lock && IsOfTheDisk(lock.error().cause) &&
                              options.on_failure == StoreOptions::OnFailure::kMemory;
  if (!lock && !may_do_without) return tl::unexpected(lock.error());
  auto store = std::unique_ptr<FallbackStore>(
      new FallbackStore(std::move(options), lock ? *std::move(lock) : DirectoryLock()));
  auto begun = lock ? store->Begin() : store->BeginDegraded(lock.error());
  if (!begun) return tl::unexpected(begun.error());
  return std::unique_ptr<Store>(std::move(store));
}

FallbackStore::~FallbackStore() {
  if (!memory_) return;
  // The last chance of what is in memory.
  auto done = state_ == State::kCatchingUp ? StoreResult<void>() : Probe();
  while (done) {
    const auto caught_up = CatchUp();
    if (!caught_up) done = tl::unexpected(caught_up.error());
    if (!caught_up || *caught_up) break;
  }
  if (done) {
    Recovered();
  } else {
    spdlog::error("event=store-memory-lost undelivered={} cause={}", pending_rows(),
                  LogValue(done.error().detail));
  }
}

// ---- one call on disk or memory
// ----------------------------------------------------------------------------------

template <typename Call>
auto FallbackStore::Write(Call call) -> decltype(call(std::declval<SqliteStore&>())) {
  if (memory_) return call(*memory_);
  if (!disk_) return tl::unexpected(error_);
  auto done = call(*disk_);
  if (done) {
    if (state_ != State::kWorking) Recovered();
    return done;
  }
  if (!IsOfTheDisk(done.error().cause)) return done;
  Degrade(done.error());
  return memory_ ? call(*memory_) : std::move(done);
}

// What was there at the opening. What cannot be read is as if it were not there, except with
// kRefuse.
template <typename Call>
auto FallbackStore::Read(Call call) -> decltype(call(std::declval<SqliteStore&>())) {
  if (!disk_) return memory_ ? call(*memory_) : tl::unexpected(error_);
  auto read = call(*disk_);
  if (read || !IsOfTheDisk(read.error().cause)) return read;
  Degrade(read.error());
  return memory_ ? call(*memory_) : std::move(read);
}

// Room for so many removals more.
StoreResult<void> FallbackStore::TakesRemovals(std::size_t count) const {
  if (gone_.size() + count <= kMostGone) return {};
  return tl::unexpected(
      StoreError{"remove: too much was removed while the disk fails", error_.cause});
}

// ---- endpoints, observations, commands, credentials
// --------------------------------------------------------------

StoreResult<void> FallbackStore::Put(const StoredEndpoint& endpoint) { return PutAll({&endpoint}); }

StoreResult<void> FallbackStore::PutAll(const std::vector<const StoredEndpoint*>& endpoints) {
  auto put = Write([&](SqliteStore& store) {
    return endpoints.size() == 1 ? store.Put(*endpoints.front()) : store.PutAll(endpoints);
  });
  if (!put || !disk_is_unknown_) return put;
  // What the directory says of them is older; once, since later it may say what was written back.
  for (const StoredEndpoint* const endpoint : endpoints) {
    const std::string& name = endpoint->registration->endpoint;
    if (known_anew_.insert(name).second) gone_.endpoints.insert(name);
  }
  return put;
}

StoreResult<void> FallbackStore::Remove(std::string_view endpoint) {
  auto removed = Write([&](SqliteStore& store) { return store.Remove(endpoint); });
  if (removed && memory_) {
    if (auto takes = TakesRemovals(1); !takes) return takes;
    gone_.endpoints.emplace(endpoint);
  }
  return removed;
}

StoreResult<void> FallbackStore::Put(const lwm2m::Observation& observation) {
  return Write([&](SqliteStore& store) { return store.Put(observation); });
}

StoreResult<void> FallbackStore::Remove(const lwm2m::Observation& observation) {
  auto removed = Write([&](SqliteStore& store) { return store.Remove(observation); });
  if (removed && memory_) {
    if (auto takes = TakesRemovals(1); !takes) return takes;
    gone_.observations.emplace(observation.endpoint, observation.token);
  }
  return removed;
}

StoreResult<void> FallbackStore::Put(const CommandCursor& cursor) {
  return Write([&](SqliteStore& store) { return store.Put(cursor); });
}

StoreResult<void> FallbackStore::Put(const OpenCommand& command) {
  return Write([&](SqliteStore& store) { return store.Put(command); });
}

StoreResult<void> FallbackStore::CloseCommand(std::string_view resource_id) {
  auto closed = Write([&](SqliteStore& store) { return store.CloseCommand(resource_id); });
  if (closed && memory_) {
    if (auto takes = TakesRemovals(1); !takes) return takes;
    gone_.commands.emplace(resource_id);
  }
  return closed;
}

StoreResult<void> FallbackStore::Put(const StoredFirmwareUpdate& update) {
  return Write([&](SqliteStore& store) { return store.Put(update); });
}

StoreResult<void> FallbackStore::Put(const lwm2m::Credential& credential) {
  return Write([&](SqliteStore& store) { return store.Put(credential); });
}

StoreResult<std::optional<lwm2m::Credential>> FallbackStore::FindCredential(
    lwm2m::SecurityMode mode, std::string_view identity) {
  if (memory_) {
    auto found = memory_->FindCredential(mode, identity);
    if (!found || *found || !disk_) return found;
  }
  return Read([&](SqliteStore& store) { return store.FindCredential(mode, identity); });
}

StoreResult<std::vector<StoredEndpoint>> FallbackStore::Endpoints() {
  return Read([](SqliteStore& store) { return store.Endpoints(); });
}

StoreResult<std::vector<lwm2m::Observation>> FallbackStore::Observations() {
  return Read([](SqliteStore& store) { return store.Observations(); });
}

StoreResult<std::vector<CommandCursor>> FallbackStore::Cursors() {
  return Read([](SqliteStore& store) { return store.Cursors(); });
}

StoreResult<std::vector<OpenCommand>> FallbackStore::OpenCommands() {
  return Read([](SqliteStore& store) { return store.OpenCommands(); });
}

StoreResult<void> FallbackStore::Put(const StoredSetting& setting) {
  return Write([&](SqliteStore& store) { return store.Put(setting); });
}

StoreResult<std::vector<StoredSetting>> FallbackStore::Settings() {
  return Read([](SqliteStore& store) { return store.Settings(); });
}

StoreResult<std::vector<StoredFirmwareUpdate>> FallbackStore::FirmwareUpdates() {
  return Read([](SqliteStore& store) { return store.FirmwareUpdates(); });
}

// ---- outbox
// ------------------------------------------------------------------------------------------------------

StoreResult<void> FallbackStore::Append(std::vector<Message>& messages) {
  for (Message& message : messages) {
    if (!memory_ || !disk_ || !message.key) continue;
    const auto seen = disk_->Remembers(message.endpoint, *message.key);
    if (seen && *seen) message = Message{message.endpoint, {}};
  }
  return Write([&](SqliteStore& store) { return store.Append(messages); });
}

StoreResult<std::vector<OutboxRow>> FallbackStore::Pending(std::string_view endpoint, RowId after,
                                                           std::size_t limit) {
  if (!memory_) {
    return Write([&](SqliteStore& store) { return store.Pending(endpoint, after, limit); });
  }
  auto pending = memory_->Pending(endpoint, after, limit);
  if (!pending || !disk_) return pending;
  const std::size_t of_memory = pending->size();
  for (RowId position = after; pending->size() - of_memory < limit;) {
    // What cannot be read waits for the disk, or for the next start.
    auto rows = disk_->Pending(endpoint, position, limit);
    if (!rows || rows->empty()) break;
    position = rows->back().id;
    for (OutboxRow& row : *rows) {
      if (IsOnDisk(row.id)) pending->push_back(std::move(row));
    }
  }
  std::sort(pending->begin(), pending->end(),
            [](const OutboxRow& left, const OutboxRow& right) { return left.id < right.id; });
  if (pending->size() > limit) pending->resize(limit);
  return pending;
}

StoreResult<std::vector<Store::Backlog>> FallbackStore::Backlogs() {
  return Read([](SqliteStore& store) { return store.Backlogs(); });
}

// Of those that the memory does not hold.
bool FallbackStore::IsOnDisk(RowId row) const { return gone_.rows.count(row) == 0; }

// A row of the disk that is to be changed lives in memory from then on.
StoreResult<void> FallbackStore::PullRow(RowId row) {
  if (!memory_ || !disk_ || !IsOnDisk(row)) return {};
  const auto held = memory_->HasRow(row);
  if (!held) return tl::unexpected(held.error());
  if (*held) return {};
  if (auto copied = disk_->CopyRow(row, *memory_); !copied) return copied;
  gone_.rows.insert(row);
  return {};
}

StoreResult<void> FallbackStore::Delivered(const std::vector<RowId>& rows) {
  auto done = Write([&](SqliteStore& store) { return store.Delivered(rows); });
  if (done && memory_ && disk_) {
    if (auto takes = TakesRemovals(rows.size()); !takes) return takes;
    gone_.rows.insert(rows.begin(), rows.end());
  }
  return done;
}

StoreResult<void> FallbackStore::MarkMaybeSent(const std::vector<RowId>& rows) {
  return Write([&](SqliteStore& store) -> StoreResult<void> {
    for (const RowId row : rows) {
      if (auto pulled = PullRow(row); !pulled) return pulled;
    }
    return store.MarkMaybeSent(rows);
  });
}

StoreResult<OutboxRow> FallbackStore::Rename(RowId row) {
  return Write([&](SqliteStore& store) -> StoreResult<OutboxRow> {
    if (auto pulled = PullRow(row); !pulled) return tl::unexpected(pulled.error());
    return store.Rename(row);
  });
}

StoreResult<void> FallbackStore::Refuse(RowId row, int rsc, std::string_view reason) {
  return Write([&](SqliteStore& store) -> StoreResult<void> {
    if (auto pulled = PullRow(row); !pulled) return pulled;
    return store.Refuse(row, rsc, reason);
  });
}

StoreResult<std::uint64_t> FallbackStore::RemoveFromDisk(std::string_view endpoint,
                                                         std::optional<std::string_view> container,
                                                         RowId after, RowId before) {
  if (!memory_ || !disk_) return 0;
  auto ids = disk_->RowIds(endpoint, container, after, before);
  if (!ids) return 0;  // cannot be read, so it is not delivered either
  if (auto takes = TakesRemovals(ids->size()); !takes) return tl::unexpected(takes.error());
  std::uint64_t removed = 0;
  for (const RowId id : *ids) removed += gone_.rows.insert(id).second ? 1 : 0;
  return removed;
}

StoreResult<std::uint64_t> FallbackStore::Supersede(std::string_view endpoint,
                                                    std::string_view container, RowId after,
                                                    RowId before) {
  auto removed = Write(
      [&](SqliteStore& store) { return store.Supersede(endpoint, container, after, before); });
  if (!removed) return removed;
  const auto more = RemoveFromDisk(endpoint, container, after, before);
  return more ? *removed + *more : more;
}

// Seldom, so that the rows themselves are asked.
StoreResult<std::vector<std::string>> FallbackStore::PendingUpdates(std::string_view endpoint,
                                                                    std::string_view container,
                                                                    RowId after) {
  if (!memory_) {
    return Write(
        [&](SqliteStore& store) { return store.PendingUpdates(endpoint, container, after); });
  }
  auto rows = Pending(endpoint, after, kAllRows);
  if (!rows) return tl::unexpected(rows.error());
  std::vector<std::string> bodies;
  for (OutboxRow& row : *rows) {
    if (row.form == OutboxRow::Form::kUpdate && row.container == container) {
      bodies.push_back(std::move(row.body));
    }
  }
  return bodies;
}

StoreResult<std::uint64_t> FallbackStore::Drop(std::string_view endpoint) {
  auto removed = Write([&](SqliteStore& store) { return store.Drop(endpoint); });
  if (!removed) return removed;
  const auto more = RemoveFromDisk(endpoint, std::nullopt, 0, std::numeric_limits<RowId>::max());
  return more ? *removed + *more : more;
}

std::uint64_t FallbackStore::pending_rows() const {
  std::uint64_t rows = disk_ ? disk_->pending_rows() : 0;
  rows -= std::min<std::uint64_t>(rows, gone_.rows.size());
  return rows + (memory_ ? memory_->pending_rows() : 0);
}

std::uint64_t FallbackStore::pending_bytes() const {
  return (disk_ ? disk_->pending_bytes() : 0) + (memory_ ? memory_->pending_bytes() : 0);
}

std::uint64_t FallbackStore::shed_rows() const {
  return shed_before_ + (disk_ ? disk_->shed_rows() : 0) + (memory_ ? memory_->shed_rows() : 0);
}

std::uint64_t FallbackStore::refused_rows() const {
  return (disk_ ? disk_->refused_rows() : 0) + (memory_ ? memory_->refused_rows() : 0);
}

}  // namespace ipe
