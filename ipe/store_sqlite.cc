#include "ipe/store_sqlite.h"

#include <fmt/format.h>

#include <utility>

#include "ipe/store_schema.h"

namespace ipe::sqlite {
namespace {

// What the operator can do about it; "" when SQLite's own words say enough.
std::string_view Advice(int code) {
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return "; the file is damaged: move it away to start with an empty store";
    case SQLITE_FULL:
      return "; the disk is full";
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      return "; the user of the service may not write there";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "; another program holds the database";
  }
  return "";
}

int LastErrno(sqlite3* database) {
  sqlite3_file* log = nullptr;
  int error = 0;
  if (sqlite3_file_control(database, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK &&
      log != nullptr && log->pMethods != nullptr) {
    log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &error);
  }
  return error != 0 ? error : sqlite3_system_errno(database);
}

// SQLite's URIs end a path at '?' or '#'.
std::string EscapedForUri(std::string_view path) {
  std::string escaped;
  for (const char c : path) {
    const bool is_special = c == '?' || c == '#' || c == '%';
    escaped +=
        is_special ? fmt::format("%{:02x}", static_cast<unsigned char>(c)) : std::string(1, c);
  }
  return escaped;
}

StoreCause CauseOfCode(int code) {
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return StoreCause::kCorrupt;
    case SQLITE_FULL:
      return StoreCause::kFull;
    case SQLITE_READONLY:
      return code == SQLITE_READONLY_DBMOVED ? StoreCause::kGone : StoreCause::kReadOnly;
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
    case SQLITE_AUTH:
      return StoreCause::kReadOnly;
    case SQLITE_IOERR:
      return StoreCause::kIo;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return StoreCause::kBusy;
  }
  return StoreCause::kOther;
}

}  // namespace

StoreResult<Connection> Connection::Open(const std::string& file, Access access) {
  sqlite3* handle = nullptr;
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_READWRITE;
  std::string name = file;
  if (access == Access::kWrite) flags |= SQLITE_OPEN_CREATE;
  if (access == Access::kRead || access == Access::kReadFrozen) {
    flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_READONLY;
  }
  if (access == Access::kReadFrozen) {
    flags |= SQLITE_OPEN_URI;
    name = "file:" + EscapedForUri(file) + "?immutable=1";
  }
  const int code = sqlite3_open_v2(name.c_str(), &handle, flags, nullptr);
  Connection connection(std::unique_ptr<sqlite3, Close>(handle), file);
  if (handle == nullptr) return tl::unexpected(StoreError{"open " + file + ": out of memory"});
  if (code != SQLITE_OK) return connection.Failure("open");
  // Only a checkpoint that restarts the log (Checkpointer) or `ipe credentials` ever holds a writer
  // up, for moments.
  sqlite3_busy_timeout(handle, 2000);
  return connection;
}

StoreResult<void> Connection::Execute(const char* sql, std::string_view operation) {
  if (sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
    return Failure(operation.empty() ? sql : operation);
  }
  return {};
}

StoreResult<std::int64_t> Connection::QueryInteger(const char* sql) {
  auto statement = Statement::Prepare(*this, sql);
  if (!statement) return tl::unexpected(statement.error());
  Statement::Use use(*statement);
  const auto row = use.Step(*this, sql);
  if (!row) return tl::unexpected(row.error());
  return *row ? use.Integer(0) : 0;
}

StoreResult<void> Connection::RunKept(StatementHandle& kept, const char* sql) {
  if (!kept) {
    sqlite3_stmt* handle = nullptr;
    const int code =
        sqlite3_prepare_v3(handle_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
    if (code != SQLITE_OK) return Failure(sql);
    kept.reset(handle);
  }
  const int code = sqlite3_step(kept.get());
  StoreResult<void> result;
  if (code != SQLITE_DONE) result = Failure(sql);
  sqlite3_reset(kept.get());
  return result;
}

StoreResult<void> Connection::Begin() { return RunKept(begin_, "BEGIN IMMEDIATE"); }
StoreResult<void> Connection::Commit() { return RunKept(commit_, "COMMIT"); }

void Connection::RollBack() {
  // Some failures (disk full, I/O) have rolled back already.
  const bool open = sqlite3_get_autocommit(handle_.get()) == 0;
  if (open) sqlite3_exec(handle_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

tl::unexpected<StoreError> Connection::Failure(std::string_view operation) const {
  const int code = sqlite3_extended_errcode(handle_.get());
  // SQLite tells ENOSPC only from other failures to write; what is above a limit is as full.
  const bool is_full =
      (code & 0xff) == SQLITE_IOERR && CauseOf(LastErrno(handle_.get())) == StoreCause::kFull;
  return tl::unexpected(StoreError{
      fmt::format("{}: {} (SQLite {}{}), file {}", operation, sqlite3_errmsg(handle_.get()), code,
                  Advice(is_full ? SQLITE_FULL : code), file_),
      is_full ? StoreCause::kFull : CauseOfCode(code)});
}

StoreResult<Statement> Statement::Prepare(Connection& connection, const char* sql) {
  sqlite3_stmt* handle = nullptr;
  const int code =
      sqlite3_prepare_v3(connection.handle(), sql, -1, SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  if (code != SQLITE_OK) return connection.Failure(sql);
  return Statement(handle);
}

Statement::Use::~Use() { Reset(); }

void Statement::Use::Reset() {
  sqlite3_reset(handle_);
  sqlite3_clear_bindings(handle_);
  bound_ = 0;
  refused_ = false;
}

Statement::Use& Statement::Use::Took(int code) {
  refused_ = refused_ || code != SQLITE_OK;
  return *this;
}

Statement::Use& Statement::Use::Bind(std::string_view text) {
  const char* octets = text.data() == nullptr ? "" : text.data();
  return Took(
      sqlite3_bind_text64(handle_, ++bound_, octets, text.size(), SQLITE_STATIC, SQLITE_UTF8));
}

Statement::Use& Statement::Use::BindBlob(std::string_view octets) {
  const char* start = octets.data() == nullptr ? "" : octets.data();
  return Took(sqlite3_bind_blob64(handle_, ++bound_, start, octets.size(), SQLITE_STATIC));
}

Statement::Use& Statement::Use::Bind(std::int64_t number) {
  return Took(sqlite3_bind_int64(handle_, ++bound_, number));
}

Statement::Use& Statement::Use::BindOptional(const std::optional<std::int64_t>& number) {
  return number ? Bind(*number) : Took(sqlite3_bind_null(handle_, ++bound_));
}

Statement::Use& Statement::Use::BindOptional(const std::optional<std::string>& text) {
  return text ? Bind(std::string_view(*text)) : Took(sqlite3_bind_null(handle_, ++bound_));
}

Statement::Use& Statement::Use::BindColumn(const Use& row, int column) {
  return Took(sqlite3_bind_value(handle_, ++bound_, sqlite3_column_value(row.handle_, column)));
}

StoreResult<bool> Statement::Use::Step(const Connection& connection, std::string_view operation) {
  if (refused_) return connection.Failure(operation);
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return connection.Failure(operation);
}

StoreResult<void> Statement::Use::Run(const Connection& connection, std::string_view operation) {
  const auto row = Step(connection, operation);
  if (!row) return tl::unexpected(row.error());
  return {};
}

std::string Statement::Use::Text(int column) const {
  // sqlite3_column_blob first: asked for the bytes of a text it neither converts nor stops at NUL.
  const void* octets = sqlite3_column_blob(handle_, column);
  const int size = sqlite3_column_bytes(handle_, column);
  if (octets == nullptr || size <= 0) return {};
  return std::string(static_cast<const char*>(octets), static_cast<std::size_t>(size));
}

StoreResult<Transaction> Transaction::Begin(Connection& connection) {
  if (auto begun = connection.Begin(); !begun) return tl::unexpected(begun.error());
  return Transaction(connection);
}

Transaction::~Transaction() {
  if (connection_ != nullptr) connection_->RollBack();
}

StoreResult<void> Transaction::Commit() {
  if (auto committed = connection_->Commit(); !committed) return committed;
  connection_ = nullptr;
  return {};
}

}  // namespace ipe::sqlite
