// The database file: its lock, its tables, its version, and the values that identify this opening.
#ifndef IPE_STORE_SCHEMA_H_
#define IPE_STORE_SCHEMA_H_

#include <cstdint>
#include <memory>
#include <string>

#include "ipe/sqlite_store.h"
#include "ipe/store_names.h"
#include "ipe/store_sqlite.h"

namespace ipe {

inline constexpr std::int64_t kSchemaVersion = 8;

bool IsMemory(const StoreOptions& options);
std::string DatabaseFile(const StoreOptions& options);  // ":memory:" for a memory store

// Keeps every other process (and every other Store of this one) out of the directory until it is
// destroyed. The kernel lets go of it when the process dies, however it dies.
class DirectoryLock {
 public:
  DirectoryLock() = default;  // of a memory store: locks nothing
  // Makes the directory when it is missing. The error names the process that holds the lock.
  static StoreResult<DirectoryLock> Take(const std::string& directory);
  // False: its file was deleted or replaced, and another process may hold the directory.
  bool Holds(const std::string& directory) const;
  ~DirectoryLock();
  DirectoryLock(DirectoryLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
  DirectoryLock& operator=(DirectoryLock&& other) noexcept {
    std::swap(file_, other.file_);
    return *this;
  }

 private:
  explicit DirectoryLock(int file) : file_(file) {}
  int file_ = -1;
};

// Makes the directory when it is missing, for its owner only: it holds secrets.
StoreResult<void> MakeDirectory(const std::string& directory);

// Opens or makes the database and its tables, and adds to those of an older version what they lack.
// Refuses a file that another program or a newer version of this one made. Safe beside a running
// service and other openings of the kind.
StoreResult<sqlite::Connection> OpenDatabase(const StoreOptions& options,
                                             Access access = Access::kWrite);

// What tells this opening from all others; written for good before anything else.
struct Opening {
  std::int64_t number = 0;  // 1, 2, 3 …: the upper bits of row ids
  std::uint64_t epoch = 0;
  std::string notify_secret;
};

// Where names and ids of an opening have come to; shared by the databases that it writes.
struct Numbering {
  explicit Numbering(Opening begun) : opening(std::move(begun)), names(opening.epoch) {}
  Opening opening;
  InstanceNames names;
  RowId used_ids = 0;
};

// A new opening, or the one of `numbering`, which the database then knows.
StoreResult<std::shared_ptr<Numbering>> Begin(const StoreOptions& options,
                                              sqlite::Connection& database,
                                              std::shared_ptr<Numbering> numbering, Access access);
// Raises what the database knows of openings and epochs to that of `opening`.
StoreResult<void> WriteOpening(sqlite::Connection& database, const Opening& opening);
// One for a state directory that cannot be read: greater than any that may be in there, so that
// neither names nor ids come twice.
StoreResult<Opening> OpeningWithoutDatabase();
// A new epoch for an opening whose names are used up. Within the caller's transaction.
StoreResult<std::uint64_t> BeginEpoch(const StoreOptions& options, sqlite::Connection& database);

// Renames the database and what belongs to it to `<file>.<word>-<time>`; the new name.
StoreResult<std::string> MoveAside(const StoreOptions& options, std::string_view word);
// The cause of an errno.
StoreCause CauseOf(int error);

}  // namespace ipe

#endif  // IPE_STORE_SCHEMA_H_
