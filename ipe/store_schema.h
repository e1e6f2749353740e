// The database file: its lock, its tables, its version, and the values that identify this opening.
#ifndef IPE_STORE_SCHEMA_H_
#define IPE_STORE_SCHEMA_H_

#include <cstdint>
#include <string>

#include "ipe/store.h"
#include "ipe/store_sqlite.h"

namespace ipe {

inline constexpr std::int64_t kSchemaVersion = 6;

bool IsMemory(const StoreOptions& options);
std::string DatabaseFile(const StoreOptions& options);  // ":memory:" for a memory store

// Keeps every other process (and every other Store of this one) out of the directory until it is
// destroyed. The kernel lets go of it when the process dies, however it dies.
class DirectoryLock {
 public:
  DirectoryLock() = default;  // of a memory store: locks nothing
  // Makes the directory when it is missing. The error names the process that holds the lock.
  static StoreResult<DirectoryLock> Take(const std::string& directory);
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
StoreResult<sqlite::Connection> OpenDatabase(const StoreOptions& options);

// What tells this opening from all others; written for good before anything else.
struct Opening {
  std::int64_t number = 0;  // 1, 2, 3 …: the upper bits of row ids
  std::uint64_t epoch = 0;
  std::string notify_secret;
};
StoreResult<Opening> BeginOpening(const StoreOptions& options, sqlite::Connection& database);
// A new epoch for an opening whose names are used up. Within the caller's transaction.
StoreResult<std::uint64_t> BeginEpoch(const StoreOptions& options, sqlite::Connection& database);

}  // namespace ipe

#endif  // IPE_STORE_SCHEMA_H_
