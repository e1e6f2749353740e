#include "ipe/store_schema.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <thread>

#include "ipe/store_names.h"

namespace ipe {
namespace {

using sqlite::Connection;
using sqlite::Statement;

// "ipe1" in ASCII: tells our files from other SQLite databases.
constexpr std::int64_t kApplicationId = 0x69706531;

// `opened` of an outbox row is the number of the opening in which it got its name and has not been
// sent since; any other number means that it may have been sent before.
constexpr const char* kFirstTables = R"sql(
CREATE TABLE identity (
  key TEXT PRIMARY KEY,
  value
) WITHOUT ROWID;
CREATE TABLE endpoints (
  endpoint TEXT PRIMARY KEY,
  handle TEXT NOT NULL,
  transport INTEGER NOT NULL,
  address TEXT NOT NULL,
  local TEXT NOT NULL,
  identity TEXT NOT NULL,
  version TEXT NOT NULL,
  lifetime INTEGER NOT NULL,
  binding TEXT NOT NULL,
  queue_mode INTEGER NOT NULL,
  sms_number TEXT,
  objects TEXT NOT NULL,
  seen_at INTEGER NOT NULL,
  name TEXT NOT NULL,
  ae_id TEXT NOT NULL,
  ae_resource_id TEXT NOT NULL,
  node_resource_id TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  tree TEXT NOT NULL,
  phase INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE observations (
  endpoint TEXT NOT NULL,
  token BLOB NOT NULL,
  path TEXT NOT NULL,
  accept INTEGER,
  PRIMARY KEY (endpoint, token)
) WITHOUT ROWID;
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY,
  endpoint TEXT NOT NULL,
  container TEXT NOT NULL,
  name TEXT NOT NULL,
  body TEXT NOT NULL,
  kind INTEGER NOT NULL,
  opened INTEGER NOT NULL,
  size INTEGER NOT NULL
);
CREATE INDEX outbox_by_endpoint ON outbox (endpoint, id);
CREATE TABLE messages (
  endpoint TEXT PRIMARY KEY,
  recent BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE refused (
  position INTEGER PRIMARY KEY,
  endpoint TEXT NOT NULL,
  container TEXT NOT NULL,
  name TEXT NOT NULL,
  body TEXT NOT NULL,
  rsc INTEGER NOT NULL,
  reason TEXT NOT NULL,
  refused_at INTEGER NOT NULL
);
CREATE TABLE cursors (
  endpoint TEXT NOT NULL,
  container TEXT NOT NULL,
  creation_time TEXT NOT NULL,
  resource_id TEXT NOT NULL,
  PRIMARY KEY (endpoint, container)
) WITHOUT ROWID;
CREATE TABLE commands (
  resource_id TEXT PRIMARY KEY,
  endpoint TEXT NOT NULL,
  container TEXT NOT NULL,
  content TEXT NOT NULL,
  resource_name TEXT NOT NULL,
  deadline INTEGER NOT NULL,
  started INTEGER NOT NULL
) WITHOUT ROWID;
)sql";

// Besides the loop, `ipe credentials` writes this one. `mode` is lwm2m::SecurityMode.
constexpr const char* kCredentials = R"sql(
CREATE TABLE credentials (
  mode INTEGER NOT NULL,
  identity TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  key BLOB NOT NULL,
  PRIMARY KEY (mode, identity)
) WITHOUT ROWID;
)sql";

// Goes with its command, however that ends. `step` is lwm2m::FirmwareStep, `method`
// lwm2m::FirmwareMethod.
constexpr const char* kFirmwareUpdates = R"sql(
CREATE TABLE firmware_updates (
  command TEXT PRIMARY KEY,
  step INTEGER NOT NULL,
  method INTEGER,
  downloads INTEGER NOT NULL,
  executes INTEGER NOT NULL,
  write_accepted INTEGER NOT NULL,
  result_before INTEGER,
  version_before TEXT NOT NULL
) WITHOUT ROWID;
CREATE TRIGGER firmware_update_ends AFTER DELETE ON commands BEGIN
  DELETE FROM firmware_updates WHERE command = old.resource_id;
END;
)sql";

// How the identity of a peer was proved (lwm2m::SecurityMode; 3: not at all), the other names of
// its certificate, one a line, and the pmax that holds for an observation.
constexpr const char* kPeersAndPeriods = R"sql(
ALTER TABLE endpoints ADD COLUMN security INTEGER NOT NULL DEFAULT 3;
ALTER TABLE endpoints ADD COLUMN other_names TEXT NOT NULL DEFAULT '';
ALTER TABLE observations ADD COLUMN maximum_period INTEGER;
)sql";

// How a row of the outbox is told to the CSE (OutboxRow::Form); those of earlier releases are
// contentInstances.
constexpr const char* kForms = R"sql(
ALTER TABLE outbox ADD COLUMN form INTEGER NOT NULL DEFAULT 0;
)sql";

// The gateway that a device is behind.
constexpr const char* kGateways = R"sql(
ALTER TABLE endpoints ADD COLUMN gateway TEXT NOT NULL DEFAULT '';
)sql";

// The device whose <node> an endpoint shares.
constexpr const char* kDevices = R"sql(
ALTER TABLE endpoints ADD COLUMN device TEXT NOT NULL DEFAULT '';
)sql";

// Keys of the configuration that administrators set in the CSE. One that is no longer set has an
// empty value, so that nothing is ever removed.
constexpr const char* kSettings = R"sql(
CREATE TABLE settings (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL,
  configured TEXT NOT NULL
) WITHOUT ROWID;
)sql";

// Step n makes version n + 1 of version n; a new database takes all of them. Steps only add, so
// that a service of an older release that is still running is not disturbed.
constexpr std::array<const char*, kSchemaVersion> kSteps = {
    kFirstTables, kCredentials, kFirmwareUpdates, kPeersAndPeriods,
    kForms,       kGateways,    kDevices,         kSettings};

tl::unexpected<StoreError> SystemFailure(std::string_view operation, const std::string& path,
                                         int error) {
  return tl::unexpected(
      StoreError{fmt::format("{} {}: {}", operation, path, std::generic_category().message(error)),
                 CauseOf(error)});
}

// Makes the file of the database, for its owner only, before SQLite does with wider rights; the
// write-ahead log takes its rights. Made by root it belongs to the owner of the directory, whose
// service must be able to open it. That of an earlier release is protected, too.
StoreResult<void> MakeFile(const std::string& directory, const std::string& path) {
  struct stat owner {};
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0) {
    if (errno != EEXIST) return SystemFailure("make", path, errno);
    // Somebody else's: then who may read it is not ours to say.
    static_cast<void>(chmod(path.c_str(), S_IRUSR | S_IWUSR));
    return {};
  }
  const bool given = stat(directory.c_str(), &owner) == 0 &&
                     (geteuid() != 0 || fchown(file, owner.st_uid, owner.st_gid) == 0);
  const int error = errno;
  close(file);
  if (!given) return SystemFailure("make", path, error);
  return {};
}

// Within a transaction, since another process may have been quicker.
StoreResult<void> Upgrade(Connection& database) {
  auto transaction = sqlite::Transaction::Begin(database);
  if (!transaction) return tl::unexpected(transaction.error());
  const auto version = database.QueryInteger("PRAGMA user_version");
  if (!version) return tl::unexpected(version.error());
  for (std::int64_t step = *version; step < kSchemaVersion; ++step) {
    if (auto done = database.Execute(kSteps[static_cast<std::size_t>(step)]); !done) return done;
  }
  const std::string marks =
      fmt::format("PRAGMA application_id={};PRAGMA user_version={}", kApplicationId,
                  std::max<std::int64_t>(*version, kSchemaVersion));
  if (auto done = database.Execute(marks.c_str()); !done) return done;
  return transaction->Commit();
}

StoreResult<void> CheckSchema(const StoreOptions& options, Connection& database) {
  const auto tables = database.QueryInteger("SELECT count(*) FROM sqlite_schema");
  if (!tables) return tl::unexpected(tables.error());
  if (*tables == 0) return Upgrade(database);
  const auto application = database.QueryInteger("PRAGMA application_id");
  if (!application) return tl::unexpected(application.error());
  if (*application != kApplicationId) {
    return tl::unexpected(
        StoreError{fmt::format("{} is a database of another program", DatabaseFile(options))});
  }
  const auto version = database.QueryInteger("PRAGMA user_version");
  if (!version) return tl::unexpected(version.error());
  if (*version < kSchemaVersion) return Upgrade(database);
  if (*version > kSchemaVersion) {
    return tl::unexpected(StoreError{fmt::format(
        "{} has schema version {}, made by a newer release; this release reads version {}",
        DatabaseFile(options), *version, kSchemaVersion)});
  }
  return {};
}

StoreResult<std::string> RandomHex() {
  std::array<unsigned char, 16> octets{};
  if (getentropy(octets.data(), octets.size()) != 0) {
    return SystemFailure("read random octets from", "the kernel", errno);
  }
  std::string text;
  for (const unsigned char octet : octets) text += fmt::format("{:02x}", octet);
  return text;
}

StoreResult<void> SetIdentity(Connection& database, std::string_view key, std::int64_t value) {
  auto statement =
      Statement::Prepare(database, "INSERT OR REPLACE INTO identity (key, value) VALUES (?, ?)");
  if (!statement) return tl::unexpected(statement.error());
  return Statement::Use(*statement).Bind(key).Bind(value).Run(database, "write identity");
}

// Made once, kept.
StoreResult<std::string> NotifySecret(Connection& database) {
  auto statement =
      Statement::Prepare(database, "SELECT value FROM identity WHERE key = 'notify_secret'");
  if (!statement) return tl::unexpected(statement.error());
  Statement::Use use(*statement);
  const auto row = use.Step(database, "read the notify secret");
  if (!row) return tl::unexpected(row.error());
  return *row ? StoreResult<std::string>(use.Text(0)) : RandomHex();
}

// Seconds on disk. A memory store knows no epoch before its own, so it counts 256 to the second,
// which no restart is quick enough to repeat; still 10 hex digits until the year 2106.
std::uint64_t EpochClock(const StoreOptions& options) {
  using Tick = std::chrono::duration<std::int64_t, std::ratio<1, 256>>;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const std::int64_t count = IsMemory(options)
                                 ? std::chrono::duration_cast<Tick>(now).count()
                                 : std::chrono::duration_cast<std::chrono::seconds>(now).count();
  return count > 0 ? static_cast<std::uint64_t>(count) : 0;
}

StoreResult<std::uint64_t> NextStoredEpoch(const StoreOptions& options, Connection& database) {
  const auto stored = database.QueryInteger("SELECT value FROM identity WHERE key = 'epoch'");
  if (!stored) return tl::unexpected(stored.error());
  // So that a memory store opened right after this one has another epoch.
  if (IsMemory(options)) std::this_thread::sleep_for(std::chrono::milliseconds(8));
  return NextEpoch(static_cast<std::uint64_t>(*stored), EpochClock(options));
}

// The opening that comes after those that the database knows.
StoreResult<Opening> ReadOpening(const StoreOptions& options, Connection& database) {
  Opening opening;
  const auto before = database.QueryInteger("SELECT value FROM identity WHERE key = 'openings'");
  if (!before) return tl::unexpected(before.error());
  opening.number = *before + 1;
  const auto epoch = NextStoredEpoch(options, database);
  if (!epoch) return tl::unexpected(epoch.error());
  opening.epoch = *epoch;
  auto secret = NotifySecret(database);
  if (!secret) return tl::unexpected(secret.error());
  opening.notify_secret = *std::move(secret);
  return opening;
}

}  // namespace

bool IsMemory(const StoreOptions& options) { return options.directory == "memory"; }

StoreResult<void> MakeDirectory(const std::string& directory) {
  std::error_code error;
  const bool made = std::filesystem::create_directories(directory, error);
  if (error) return SystemFailure("make state directory", directory, error.value());
  if (made) {
    std::filesystem::permissions(directory, std::filesystem::perms::owner_all, error);
    if (error) return SystemFailure("protect state directory", directory, error.value());
  }
  return {};
}

std::string DatabaseFile(const StoreOptions& options) {
  return IsMemory(options) ? ":memory:" : options.directory + "/ipe.db";
}

StoreResult<DirectoryLock> DirectoryLock::Take(const std::string& directory) {
  if (auto made = MakeDirectory(directory); !made) return tl::unexpected(made.error());
  const std::string path = directory + "/lock";
  DirectoryLock lock(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR));
  const int refused = errno;
  // A lock needs no right to write.
  if (lock.file_ < 0) lock.file_ = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (lock.file_ < 0) return SystemFailure("open", path, refused);
  if (flock(lock.file_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return SystemFailure("lock", path, errno);
    std::array<char, 32> holder{};
    const ssize_t size = pread(lock.file_, holder.data(), holder.size() - 1, 0);
    const std::string pid(holder.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    return tl::unexpected(StoreError{
        fmt::format("state directory {} is in use by process {}; one directory serves one process",
                    directory, pid.empty() ? "unknown" : pid)});
  }
  // For the operator only: a full disk does not take it.
  const std::string pid = std::to_string(getpid());
  static_cast<void>(ftruncate(lock.file_, 0) == 0 &&
                    pwrite(lock.file_, pid.data(), pid.size(), 0) > 0);
  return lock;
}

bool DirectoryLock::Holds(const std::string& directory) const {
  struct stat held {};
  struct stat there {};
  return file_ >= 0 && fstat(file_, &held) == 0 &&
         stat((directory + "/lock").c_str(), &there) == 0 && held.st_ino == there.st_ino &&
         held.st_dev == there.st_dev;
}

DirectoryLock::~DirectoryLock() {
  if (file_ >= 0) close(file_);
}

StoreResult<Connection> OpenDatabase(const StoreOptions& options, Access access) {
  const bool writes = access == Access::kWrite;
  if (!IsMemory(options) && writes) {
    if (auto made = MakeFile(options.directory, DatabaseFile(options)); !made) {
      return tl::unexpected(made.error());
    }
  }
  auto database = Connection::Open(DatabaseFile(options), access);
  if (!database) return database;
  // The log is moved into the database by the Checkpointer only; the loop never pays for it.
  // Everything until the opening is written is synchronous: the epoch must not be lost with the
  // power.
  const char* pragmas =
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0;"
      "PRAGMA temp_store=MEMORY; PRAGMA journal_size_limit=67108864";
  if (!writes) pragmas = "PRAGMA temp_store=MEMORY; PRAGMA query_only=ON";
  if (access == Access::kReadAlone) {
    pragmas =
        "PRAGMA locking_mode=EXCLUSIVE; PRAGMA wal_autocheckpoint=0;"
        "PRAGMA temp_store=MEMORY; PRAGMA query_only=ON";
  }
  if (auto done = database->Execute(pragmas, "open"); !done) return tl::unexpected(done.error());
  if (auto checked = CheckSchema(options, *database); !checked) {
    return tl::unexpected(checked.error());
  }
  return database;
}

StoreResult<std::shared_ptr<Numbering>> Begin(const StoreOptions& options, Connection& database,
                                              std::shared_ptr<Numbering> numbering, Access access) {
  if (access != Access::kWrite) {
    auto read = ReadOpening(options, database);
    if (!read) return tl::unexpected(read.error());
    return numbering ? numbering : std::make_shared<Numbering>(*std::move(read));
  }
  auto transaction = sqlite::Transaction::Begin(database);
  if (!transaction) return tl::unexpected(transaction.error());
  if (!numbering) {
    auto opening = ReadOpening(options, database);
    if (!opening) return tl::unexpected(opening.error());
    numbering = std::make_shared<Numbering>(*std::move(opening));
  }
  if (auto done = WriteOpening(database, numbering->opening); !done) {
    return tl::unexpected(done.error());
  }
  if (auto done = transaction->Commit(); !done) return tl::unexpected(done.error());
  if (!options.sync_full) {
    if (auto done = database.Execute("PRAGMA synchronous=NORMAL"); !done) {
      return tl::unexpected(done.error());
    }
  }
  return numbering;
}

StoreResult<void> WriteOpening(Connection& database, const Opening& opening) {
  const std::pair<const char*, std::int64_t> numbers[] = {
      {"openings", opening.number}, {"epoch", static_cast<std::int64_t>(opening.epoch)}};
  auto raise =
      Statement::Prepare(database,
                         "INSERT INTO identity (key, value) VALUES (?1, ?2)"
                         " ON CONFLICT (key) DO UPDATE SET value = max(value, excluded.value)");
  if (!raise) return tl::unexpected(raise.error());
  for (const auto& [key, value] : numbers) {
    auto done = Statement::Use(*raise).Bind(key).Bind(value).Run(database, "write identity");
    if (!done) return done;
  }
  auto secret = Statement::Prepare(
      database, "INSERT OR REPLACE INTO identity (key, value) VALUES ('notify_secret', ?)");
  if (!secret) return tl::unexpected(secret.error());
  return Statement::Use(*secret)
      .Bind(std::string_view(opening.notify_secret))
      .Run(database, "write identity");
}

StoreResult<Opening> OpeningWithoutDatabase() {
  using Minutes = std::chrono::duration<std::int64_t, std::ratio<60>>;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const std::int64_t minutes = std::chrono::duration_cast<Minutes>(now).count();
  constexpr std::int64_t kUpperHalf = std::int64_t{1} << 22;  // of the numbers of openings
  auto secret = RandomHex();
  if (!secret) return tl::unexpected(secret.error());
  Opening opening;
  opening.number = kUpperHalf + minutes % kUpperHalf;
  opening.epoch = NextEpoch(0, EpochClock(StoreOptions()));
  opening.notify_secret = *std::move(secret);
  return opening;
}

StoreResult<std::uint64_t> BeginEpoch(const StoreOptions& options, Connection& database) {
  const auto epoch = NextStoredEpoch(options, database);
  if (!epoch) return epoch;
  if (auto done = SetIdentity(database, "epoch", static_cast<std::int64_t>(*epoch)); !done) {
    return tl::unexpected(done.error());
  }
  return epoch;
}

StoreResult<std::string> MoveAside(const StoreOptions& options, std::string_view word) {
  const std::string file = DatabaseFile(options);
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const std::int64_t seconds = std::chrono::duration_cast<std::chrono::seconds>(now).count();
  std::string aside = fmt::format("{}.{}-{}", file, word, seconds);
  for (int again = 1; access(aside.c_str(), F_OK) == 0; ++again) {
    aside = fmt::format("{}.{}-{}-{}", file, word, seconds, again);
  }
  // The log belongs to its database by name. The index of the log is made anew.
  if (rename((file + "-wal").c_str(), (aside + "-wal").c_str()) != 0 && errno != ENOENT) {
    return SystemFailure("rename", file + "-wal", errno);
  }
  unlink((file + "-shm").c_str());
  if (rename(file.c_str(), aside.c_str()) != 0 && errno != ENOENT) {
    return SystemFailure("rename", file, errno);
  }
  return aside;
}

StoreCause CauseOf(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return StoreCause::kFull;
    case EROFS:
    case EACCES:
    case EPERM:
      return StoreCause::kReadOnly;
    case EIO:
    case ESTALE:
    case ENODEV:
    case ENXIO:
    case ETIMEDOUT:
      return StoreCause::kIo;
    default:
      return StoreCause::kOther;
  }
}

}  // namespace ipe
