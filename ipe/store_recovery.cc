// When the disk fails, and when it works again.
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

#include "ipe/log_events.h"
#include "ipe/store_fallback.h"

namespace ipe {
namespace {

using Table = SqliteStore::Table;

constexpr std::chrono::seconds kProbeInterval{30};
constexpr std::chrono::hours kLogInterval{1};
constexpr std::uint64_t kMemoryBytes = 128u << 20;  // of undelivered rows
// Rows in one transaction of the catching up, some milliseconds; with store.sync: full each
// transaction is a flush of the disk.
constexpr std::size_t kRowsAtATime = 256;
constexpr std::size_t kRemovalsWithFlush = 16;
constexpr std::size_t kAll = 1'000'000;

std::string_view Describe(StoreCause cause) {
  switch (cause) {
    case StoreCause::kFull:
      return "disk full";
    case StoreCause::kIo:
      return "disk error";
    case StoreCause::kReadOnly:
      return "not writable";
    case StoreCause::kCorrupt:
      return "database damaged";
    case StoreCause::kGone:
      return "database deleted or replaced";
    case StoreCause::kBusy:
      return "database held by another program";
    case StoreCause::kOther:
      break;
  }
  return "failing";
}

std::pair<std::uint64_t, std::uint64_t> IdentityOf(const std::string& file) {
  struct stat found {};
  if (stat(file.c_str(), &found) != 0) return {};
  return {found.st_dev, found.st_ino};
}

std::string LossNote(const std::string& file, const std::string& aside) {
  return fmt::format(
      "store: {} was damaged and has been begun anew; the damaged file is {}: what only it knew is "
      "lost",
      file, aside);
}

}  // namespace

// ---- the opening
// -------------------------------------------------------------------------------------------------

StoreResult<void> FallbackStore::Begin() {
  auto opened = SqliteStore::Open(options_);
  if (!opened && opened.error().cause == StoreCause::kCorrupt && keeps_in_memory()) {
    const StoreError damage = opened.error();
    const auto aside = MoveAside(options_, "corrupt");
    if (aside) {
      note_ = LossNote(DatabaseFile(options_), *aside);
      spdlog::error("event=store-damaged file={} cause={} effect={}", LogValue(*aside),
                    LogValue(damage.detail),
                    LogValue("moved aside, begun empty: devices register again with their next "
                             "Update, undelivered values and open commands are in the file only"));
      opened = SqliteStore::Open(options_);
    }
  }
  if (!opened) {
    const StoreCause cause = opened.error().cause;
    const bool bridged =
        keeps_in_memory() && cause != StoreCause::kOther && cause != StoreCause::kBusy;
    return bridged ? BeginDegraded(opened.error()) : tl::unexpected(opened.error());
  }
  Adopt(*std::move(opened));
  return {};
}

StoreResult<void> FallbackStore::BeginDegraded(const StoreError& error) {
  if (auto read = OpenForReading(); !read) return read;
  if (!disk_) {
    auto opening = OpeningWithoutDatabase();
    if (!opening) return tl::unexpected(opening.error());
    numbering_ = std::make_shared<Numbering>(*std::move(opening));
    disk_is_unknown_ = true;
  }
  Degrade(error);
  if (!memory_) return tl::unexpected(error);
  return {};
}

// What cannot be written may be readable. An error: it is not ours to read.
StoreResult<void> FallbackStore::OpenForReading() {
  if (!FileExists()) return {};
  std::vector<Access> ways{Access::kRead, Access::kReadAlone};
  struct stat log {};
  const bool has_log =
      stat((DatabaseFile(options_) + "-wal").c_str(), &log) == 0 && log.st_size > 0;
  if (!has_log) ways.push_back(Access::kReadFrozen);
  for (const Access access : ways) {
    auto read = SqliteStore::Open(options_, numbering_, access);
    if (read) {
      disk_ = *std::move(read);
      disk_is_readable_only_ = true;
      numbering_ = disk_->numbering();
      return {};
    }
    // Of a newer release, or of another program.
    if (read.error().cause == StoreCause::kOther) return tl::unexpected(read.error());
  }
  return {};
}

void FallbackStore::Adopt(std::unique_ptr<SqliteStore> disk) {
  disk_ = std::move(disk);
  disk_is_readable_only_ = false;
  numbering_ = disk_->numbering();
  file_ = IdentityOf(DatabaseFile(options_));
  checkpointer_ = std::make_unique<Checkpointer>(options_);
}

bool FallbackStore::FileExists() const { return IdentityOf(DatabaseFile(options_)).second != 0; }

// ---- failing
// -----------------------------------------------------------------------------------------------------

void FallbackStore::Degrade(const StoreError& error) {
  const bool is_new = state_ == State::kWorking;
  state_ = State::kDegraded;
  error_ = error;
  // What is damaged or gone does not heal: it is replaced in the next turn.
  const bool at_once = error.cause == StoreCause::kCorrupt || error.cause == StoreCause::kGone;
  probe_at_ = is_new && at_once ? now_ : now_ + kProbeInterval;
  if (keeps_in_memory() && !memory_) KeepInMemory();
  Report();
}

void FallbackStore::KeepInMemory() {
  StoreOptions options;
  options.directory = "memory";
  options.max_bytes = std::min(options_.max_bytes, kMemoryBytes);
  auto opened = SqliteStore::Open(options, numbering_);
  if (!opened) {
    spdlog::error("event=store-failed what=memory cause={}", LogValue(opened.error().detail));
    return;
  }
  memory_ = *std::move(opened);
  if (!disk_) return;
  // Firmware updates belong to a command; together they are few.
  for (const Table table : {Table::kCommands, Table::kFirmwareUpdates}) {
    if (auto copied = disk_->Copy(table, *memory_); !copied) {
      spdlog::error("event=store-failed what=copy cause={}", LogValue(copied.error().detail));
    }
  }
}

// A disk that fails and works in turns says so once an hour.
void FallbackStore::Report() {
  if (logged_at_ && now_ - *logged_at_ < kLogInterval && logged_cause_ == error_.cause) return;
  logged_at_ = now_;
  logged_cause_ = error_.cause;
  spdlog::error(
      "event=store-degraded cause={} effect={} detail={}", ToString(error_.cause),
      LogValue(memory_ ? "state is kept in memory and lost with the process until the disk works"
                       : "devices are not acknowledged, nothing new is taken"),
      LogValue(error_.detail));
}

std::optional<Store::Trouble> FallbackStore::trouble() const {
  if (state_ == State::kWorking) return std::nullopt;
  return Trouble{error_.cause,
                 fmt::format("store: {}, {} ({})", Describe(error_.cause),
                             memory_ ? "keeping state in memory" : "refusing what must be stored",
                             error_.detail)};
}

// ---- working again
// -----------------------------------------------------------------------------------------------

std::optional<StoreError> FallbackStore::FileGone() const {
  if (!disk_ || disk_is_readable_only_) return std::nullopt;
  const std::string file = DatabaseFile(options_);
  if (IdentityOf(file) != file_) {
    return StoreError{file + " was deleted or replaced while the service runs", StoreCause::kGone};
  }
  if (lock_.Holds(options_.directory)) return std::nullopt;
  return StoreError{options_.directory + "/lock was deleted or replaced", StoreCause::kGone};
}

Store::TimePoint FallbackStore::Tick(TimePoint now) {
  // What failed at the opening failed now.
  if (now_ == TimePoint{} && logged_at_) logged_at_ = now;
  now_ = now;
  if (state_ == State::kCatchingUp) {
    const auto done = CatchUp();
    if (done && !*done) return now;  // the rest in the next turns
    if (done) {
      Recovered();
    } else {
      Degrade(done.error());
    }
  }
  if (now < probe_at_) return probe_at_;
  probe_at_ = now + kProbeInterval;
  if (state_ == State::kWorking) {
    if (const auto gone = FileGone()) Degrade(*gone);
  } else if (auto works = Probe(); !works) {
    // A disk that turns out to be worse: replaced in the next turn.
    if (works.error().cause == StoreCause::kCorrupt && error_.cause != StoreCause::kCorrupt) {
      probe_at_ = now;
    }
    error_ = works.error();
    Report();
  } else if (memory_) {
    state_ = State::kCatchingUp;
    return now;
  } else {
    Recovered();
  }
  return probe_at_;
}

StoreResult<void> FallbackStore::Probe() {
  if (!lock_.Holds(options_.directory)) {
    auto lock = DirectoryLock::Take(options_.directory);
    if (!lock) return tl::unexpected(lock.error());
    lock_ = *std::move(lock);
  }
  const bool replaced =
      disk_ && !disk_is_readable_only_ && IdentityOf(DatabaseFile(options_)) != file_;
  if (error_.cause == StoreCause::kCorrupt && keeps_in_memory()) return Replace("corrupt");
  if (replaced) return Replace("foreign");
  if (!disk_ || disk_is_readable_only_ || error_.cause == StoreCause::kIo) {
    // It may keep everybody else out.
    if (disk_is_readable_only_) disk_.reset();
    auto opened = SqliteStore::Open(options_, numbering_);
    if (!opened) {
      const StoreError error = opened.error();
      if (!disk_) static_cast<void>(OpenForReading());
      return tl::unexpected(error);
    }
    checkpointer_.reset();
    Adopt(*std::move(opened));
    return {};
  }
  return disk_->KeepNumbering();
}

// The old connection still reads what it has open, wherever that is now; it notices that its file
// has moved and touches nothing when it is closed.
StoreResult<void> FallbackStore::Replace(std::string_view word) {
  const bool was_there = FileExists();
  auto aside = MoveAside(options_, word);
  if (!aside) return tl::unexpected(aside.error());
  checkpointer_.reset();
  auto opened = SqliteStore::Open(options_, numbering_);
  if (!opened) return tl::unexpected(opened.error());
  const std::unique_ptr<SqliteStore> old = std::move(disk_);
  Adopt(*std::move(opened));
  std::size_t rows = 0;
  // Commands and firmware updates are in memory already, if there is one.
  std::vector<Table> tables{Table::kOutbox, Table::kMessages, Table::kRefused, Table::kCredentials,
                            Table::kSettings};
  if (!memory_) tables.insert(tables.end(), {Table::kCommands, Table::kFirmwareUpdates});
  for (const Table table : tables) {
    if (!old) break;
    const auto copied = old->Copy(table, *disk_);
    if (!copied) {
      spdlog::error("event=store-failed what=copy cause={}", LogValue(copied.error().detail));
    } else if (table == Table::kOutbox) {
      rows = *copied;
    }
  }
  lost_ = true;
  if (word == "corrupt") note_ = LossNote(DatabaseFile(options_), *aside);
  spdlog::error("event=store-replaced file={} undelivered={} effect={}",
                LogValue(was_there ? *aside : "none"), rows,
                LogValue("a new database was begun, with all that the service knows"));
  return {};
}

// False: there is more. What comes in meanwhile is less than what a turn moves, so it ends.
StoreResult<bool> FallbackStore::CatchUp() {
  std::size_t room = options_.sync_full ? kRemovalsWithFlush : kRowsAtATime;
  const auto removed = RemoveGone(room);
  if (!removed) return tl::unexpected(removed.error());
  if (*removed == room) return false;
  room = kRowsAtATime;
  for (const Table table :
       {Table::kCredentials, Table::kSettings, Table::kEndpoints, Table::kObservations,
        Table::kCursors, Table::kMessages, Table::kRefused, Table::kOutbox}) {
    const auto moved = memory_->Move(table, room, *disk_);
    if (!moved) return tl::unexpected(moved.error());
    room -= *moved;
    if (room == 0) return false;
  }
  // Last and in one turn: an update is only taken beside its command.
  for (const Table table : {Table::kFirmwareUpdates, Table::kCommands}) {
    const auto moved = memory_->Move(table, kAll, *disk_);
    if (!moved) return tl::unexpected(moved.error());
  }
  if (auto kept = disk_->KeepNumbering(); !kept) return tl::unexpected(kept.error());
  return true;
}

StoreResult<std::size_t> FallbackStore::RemoveGone(std::size_t most) {
  std::size_t removed = 0;
  for (auto& endpoints = gone_.endpoints; !endpoints.empty() && removed < most; ++removed) {
    if (auto done = disk_->Remove(*endpoints.begin()); !done) return tl::unexpected(done.error());
    endpoints.erase(endpoints.begin());
  }
  for (auto& observations = gone_.observations; !observations.empty() && removed < most;
       ++removed) {
    lwm2m::Observation observation;
    std::tie(observation.endpoint, observation.token) = *observations.begin();
    if (auto done = disk_->Remove(observation); !done) return tl::unexpected(done.error());
    observations.erase(observations.begin());
  }
  for (auto& commands = gone_.commands; !commands.empty() && removed < most; ++removed) {
    if (auto done = disk_->CloseCommand(*commands.begin()); !done) {
      return tl::unexpected(done.error());
    }
    commands.erase(commands.begin());
  }
  std::vector<RowId> rows;
  for (auto row = gone_.rows.begin(); row != gone_.rows.end() && removed + rows.size() < most;
       ++row) {
    rows.push_back(*row);
  }
  if (rows.empty()) return removed;
  if (auto done = disk_->Delivered(rows); !done) return tl::unexpected(done.error());
  for (const RowId row : rows) gone_.rows.erase(row);
  return removed + rows.size();
}

void FallbackStore::Recovered() {
  state_ = State::kWorking;
  probe_at_ = now_ + kProbeInterval;
  if (memory_) shed_before_ += memory_->shed_rows();
  memory_.reset();
  disk_is_unknown_ = false;
  known_anew_.clear();
  error_ = {};
  spdlog::info("event=store-recovered undelivered={}", pending_rows());
}

}  // namespace ipe
