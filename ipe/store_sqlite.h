// SQLite with values instead of codes: connection, kept statements, transaction.
#ifndef IPE_STORE_SQLITE_H_
#define IPE_STORE_SQLITE_H_

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "ipe/sqlite_store.h"

namespace ipe::sqlite {

struct Finalize {
  void operator()(sqlite3_stmt* handle) const { sqlite3_finalize(handle); }
};
using StatementHandle = std::unique_ptr<sqlite3_stmt, Finalize>;

// One thread only. A connection to one database file.
class Connection {
 public:
  // `file` may be ":memory:".
  static StoreResult<Connection> Open(const std::string& file, Access access = Access::kWrite);

  // Several statements without parameters or results; `operation` as in Failure, or the text.
  StoreResult<void> Execute(const char* sql, std::string_view operation = "");
  // The first column of the first row, of a pragma or a count.
  StoreResult<std::int64_t> QueryInteger(const char* sql);
  std::int64_t last_insert_rowid() const { return sqlite3_last_insert_rowid(handle_.get()); }
  sqlite3* handle() const { return handle_.get(); }

  StoreResult<void> Begin();
  StoreResult<void> Commit();
  void RollBack();

  // The failure of `operation` with SQLite's reason, what it means to an operator, and the file.
  tl::unexpected<StoreError> Failure(std::string_view operation) const;

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  Connection(std::unique_ptr<sqlite3, Close> handle, std::string file)
      : handle_(std::move(handle)), file_(std::move(file)) {}
  StoreResult<void> RunKept(StatementHandle& kept, const char* sql);

  std::unique_ptr<sqlite3, Close> handle_;
  StatementHandle begin_, commit_;  // kept, for they frame every call
  std::string file_;
};

// A prepared statement that lives as long as the store and is used through Use.
class Statement {
 public:
  static StoreResult<Statement> Prepare(Connection& connection, const char* sql);

  // One run of the statement: binds parameters in order, steps, reads columns; leaves the statement
  // reset, so that no read lock outlives the call.
  class Use {
   public:
    explicit Use(Statement& statement) : handle_(statement.handle_.get()) {}
    ~Use();
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

    // Texts and blobs are not copied: they outlive this Use.
    Use& Bind(std::string_view text);
    Use& BindBlob(std::string_view octets);
    Use& Bind(std::int64_t number);
    Use& BindOptional(const std::optional<std::int64_t>& number);
    Use& BindOptional(const std::optional<std::string>& text);
    // Rewinds for another run with other values.
    void Reset();

    // True: a row is there; false: done.
    StoreResult<bool> Step(const Connection& connection, std::string_view operation);
    // For statements without rows.
    StoreResult<void> Run(const Connection& connection, std::string_view operation);

    std::string Text(int column) const;
    std::int64_t Integer(int column) const { return sqlite3_column_int64(handle_, column); }
    bool IsNull(int column) const { return sqlite3_column_type(handle_, column) == SQLITE_NULL; }
    // The next parameter takes a column as it is, until the row is left.
    Use& BindColumn(const Use& row, int column);
    int columns() const { return sqlite3_column_count(handle_); }

   private:
    Use& Took(int code);
    sqlite3_stmt* handle_;
    int bound_ = 0;
    bool refused_ = false;  // a value that SQLite did not take
  };

 private:
  explicit Statement(sqlite3_stmt* handle) : handle_(handle) {}
  StatementHandle handle_;
};

// Rolls back unless committed.
class Transaction {
 public:
  static StoreResult<Transaction> Begin(Connection& connection);
  ~Transaction();
  Transaction(Transaction&& other) noexcept : connection_(std::exchange(other.connection_, {})) {}
  Transaction& operator=(Transaction&&) = delete;
  StoreResult<void> Commit();

 private:
  explicit Transaction(Connection& connection) : connection_(&connection) {}
  Connection* connection_;
};

}  // namespace ipe::sqlite

#endif  // IPE_STORE_SQLITE_H_
