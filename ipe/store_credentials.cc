#include "ipe/store_credentials.h"

#include <utility>

#include "ipe/store_schema.h"
#include "ipe/store_state.h"

namespace ipe {

using lwm2m::Credential;
using lwm2m::SecurityMode;
using sqlite::Statement;

namespace {

// Runs a bound statement that returns the row it changes; whether there was one. It is committed
// only when it has run to its end.
StoreResult<bool> ChangesOne(const sqlite::Connection& database, Statement::Use& use,
                             std::string_view operation) {
  const auto row = use.Step(database, operation);
  if (!row || !*row) return row;
  const auto done = use.Step(database, operation);
  if (!done) return done;
  return true;
}

}  // namespace

StoreResult<std::optional<Credential>> SqliteStore::FindCredential(SecurityMode mode,
                                                                   std::string_view identity) {
  Statement::Use row(state_->Kept(Query::kFindCredential));
  row.Bind(static_cast<std::int64_t>(mode)).Bind(identity);
  const auto found = row.Step(state_->database(), "find credential");
  if (!found) return tl::unexpected(found.error());
  if (!*found) return std::optional<Credential>();
  return Credential{mode, std::string(identity), row.Text(0), row.Text(1)};
}

StoreResult<void> SqliteStore::Put(const Credential& credential) {
  return Statement::Use(state_->Kept(Query::kPutCredential))
      .Bind(static_cast<std::int64_t>(credential.mode))
      .Bind(credential.identity)
      .Bind(credential.endpoint)
      .BindBlob(credential.key)
      .Run(state_->database(), "write credential");
}

StoreResult<CredentialTable> CredentialTable::Open(const std::string& directory) {
  if (auto made = MakeDirectory(directory); !made) return tl::unexpected(made.error());
  StoreOptions options;
  options.directory = directory;
  auto database = OpenDatabase(options);
  if (!database) return tl::unexpected(database.error());
  // Keys that are replaced or removed do not stay in unused pages.
  if (auto done = database->Execute("PRAGMA secure_delete=ON"); !done) {
    return tl::unexpected(done.error());
  }
  return CredentialTable(*std::move(database));
}

StoreResult<bool> CredentialTable::Put(const Credential& credential, bool replace) {
  auto statement = Statement::Prepare(
      database_, replace ? "INSERT OR REPLACE INTO credentials (mode, identity, endpoint, key)"
                           " VALUES (?, ?, ?, ?) RETURNING mode"
                         : "INSERT OR IGNORE INTO credentials (mode, identity, endpoint, key)"
                           " VALUES (?, ?, ?, ?) RETURNING mode");
  if (!statement) return tl::unexpected(statement.error());
  Statement::Use use(*statement);
  use.Bind(static_cast<std::int64_t>(credential.mode))
      .Bind(credential.identity)
      .Bind(credential.endpoint)
      .BindBlob(credential.key);
  return ChangesOne(database_, use, "write credential");
}

StoreResult<bool> CredentialTable::Remove(SecurityMode mode, std::string_view identity) {
  auto statement = Statement::Prepare(
      database_, "DELETE FROM credentials WHERE mode = ? AND identity = ? RETURNING mode");
  if (!statement) return tl::unexpected(statement.error());
  Statement::Use use(*statement);
  use.Bind(static_cast<std::int64_t>(mode)).Bind(identity);
  return ChangesOne(database_, use, "remove credential");
}

StoreResult<std::vector<Credential>> CredentialTable::All() {
  auto statement = Statement::Prepare(
      database_, "SELECT mode, identity, endpoint FROM credentials ORDER BY mode, identity");
  if (!statement) return tl::unexpected(statement.error());
  std::vector<Credential> credentials;
  Statement::Use rows(*statement);
  while (true) {
    const auto row = rows.Step(database_, "read credentials");
    if (!row) return tl::unexpected(row.error());
    if (!*row) return credentials;
    credentials.push_back(
        {static_cast<SecurityMode>(rows.Integer(0)), rows.Text(1), rows.Text(2), ""});
  }
}

}  // namespace ipe
