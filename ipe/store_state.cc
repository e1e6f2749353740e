#include "ipe/store_state.h"

namespace ipe {

const std::array<const char*, kQueryCount> kQueryTexts = {
    // kPutEndpoint
    "INSERT OR REPLACE INTO endpoints (endpoint, handle, transport, address, local, identity, "
    "version,"
    " lifetime, binding, queue_mode, sms_number, objects, seen_at, name, ae_id, ae_resource_id,"
    " node_resource_id, expires_at, tree, phase, security, other_names, gateway,"
    " device)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    // kReadEndpoints
    "SELECT endpoint, handle, transport, address, local, identity, version, lifetime, binding,"
    " queue_mode, sms_number, objects, seen_at, name, ae_id, ae_resource_id, node_resource_id,"
    " expires_at, tree, phase, security, other_names, gateway, device FROM endpoints"
    " ORDER BY endpoint",
    // kRemoveEndpoint
    "DELETE FROM endpoints WHERE endpoint = ?",
    // kRemoveObservations
    "DELETE FROM observations WHERE endpoint = ?",
    // kRemoveCursors
    "DELETE FROM cursors WHERE endpoint = ?",
    // kRemoveCommands
    "DELETE FROM commands WHERE endpoint = ?",
    // kRemoveMessages
    "DELETE FROM messages WHERE endpoint = ?",
    // kPutObservation
    "INSERT OR REPLACE INTO observations (endpoint, token, path, accept, maximum_period)"
    " VALUES (?, ?, ?, ?, ?)",
    // kRemoveObservation
    "DELETE FROM observations WHERE endpoint = ? AND token = ?",
    // kReadObservations
    "SELECT endpoint, token, path, accept, maximum_period FROM observations"
    " ORDER BY endpoint, path",
    // kInsertRow
    "INSERT INTO outbox (id, endpoint, container, name, body, kind, opened, size, form)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    // kReadPending
    "SELECT id, endpoint, container, name, body, kind, opened, form FROM outbox"
    " WHERE endpoint = ? AND id > ? ORDER BY id LIMIT ?",
    // kReadRow
    "SELECT id, endpoint, container, name, body, kind, opened, form FROM outbox WHERE id = ?",
    // kReadBacklogs
    "SELECT endpoint, count(*) FROM outbox GROUP BY endpoint",
    // kDeleteRow
    "DELETE FROM outbox WHERE id = ? RETURNING kind, size",
    // kDeleteSuperseded
    "DELETE FROM outbox WHERE endpoint = ? AND container = ? AND id > ? AND id < ? AND kind = 0"
    " RETURNING kind, size",
    // kReadUpdates
    "SELECT body FROM outbox WHERE endpoint = ? AND container = ? AND id > ? AND form = 1"
    " ORDER BY id",
    // kDeleteOfEndpoint
    "DELETE FROM outbox WHERE endpoint = ? RETURNING kind, size",
    // kMarkMaybeSent
    "UPDATE outbox SET opened = 0 WHERE id = ?",
    // kRenameRow
    "UPDATE outbox SET name = ?2, body = ?3, opened = ?4 WHERE id = ?1",
    // kSumRows
    "SELECT count(*), coalesce(sum(size), 0), coalesce(sum(kind = 0), 0) FROM outbox",
    // kOldestTelemetry
    "SELECT id, endpoint, container FROM outbox WHERE id > ? AND kind = 0 ORDER BY id LIMIT 1",
    // kHasNewer: bounded, so that a long backlog of one endpoint does not hold the loop up
    "SELECT EXISTS (SELECT 1 FROM (SELECT container, kind FROM outbox WHERE endpoint = ?1 AND id > "
    "?2"
    " ORDER BY id LIMIT 256) WHERE container = ?3 AND kind = 0)",
    // kReadMessages
    "SELECT recent FROM messages WHERE endpoint = ?",
    // kPutMessages
    "INSERT OR REPLACE INTO messages (endpoint, recent) VALUES (?, ?)",
    // kInsertRefused
    "INSERT INTO refused (endpoint, container, name, body, rsc, reason, refused_at)"
    " SELECT endpoint, container, name, body, ?2, ?3, unixepoch() FROM outbox WHERE id = ?1"
    " RETURNING position",
    // kTrimRefused
    "DELETE FROM refused WHERE position <= ? RETURNING position",
    // kCountRefused
    "SELECT count(*) FROM refused",
    // kPutCursor
    "INSERT OR REPLACE INTO cursors (endpoint, container, creation_time, resource_id)"
    " VALUES (?, ?, ?, ?)",
    // kReadCursors
    "SELECT endpoint, container, creation_time, resource_id FROM cursors"
    " ORDER BY endpoint, container",
    // kPutCommand
    "INSERT OR REPLACE INTO commands (resource_id, endpoint, container, content, resource_name,"
    " deadline, started) VALUES (?, ?, ?, ?, ?, ?, ?)",
    // kCloseCommand
    "DELETE FROM commands WHERE resource_id = ?",
    // kReadCommands
    "SELECT resource_id, endpoint, container, content, resource_name, deadline, started"
    " FROM commands ORDER BY endpoint, resource_id",
    // kPutFirmwareUpdate: not after its command has gone
    "INSERT OR REPLACE INTO firmware_updates (command, step, method, downloads, executes,"
    " write_accepted, result_before, version_before) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8"
    " WHERE EXISTS (SELECT 1 FROM commands WHERE resource_id = ?1)",
    // kReadFirmwareUpdates
    "SELECT command, step, method, downloads, executes, write_accepted, result_before,"
    " version_before FROM firmware_updates",
    // kFindCredential
    "SELECT endpoint, key FROM credentials WHERE mode = ? AND identity = ?",
    // kPutCredential
    "INSERT OR REPLACE INTO credentials (mode, identity, endpoint, key) VALUES (?, ?, ?, ?)",
    // kPutSetting
    "INSERT OR REPLACE INTO settings (key, value, configured) VALUES (?, ?, ?)",
    // kReadSettings
    "SELECT key, value, configured FROM settings WHERE value <> '' ORDER BY key",
};

void SqliteStore::State::Totals::Count(OutboxRow::Kind kind, std::uint64_t size) {
  ++rows;
  bytes += size;
  if (kind == OutboxRow::Kind::kTelemetry) ++telemetry;
}

void SqliteStore::State::Totals::Uncount(OutboxRow::Kind kind, std::uint64_t size) {
  --rows;
  bytes -= size;
  if (kind == OutboxRow::Kind::kTelemetry) --telemetry;
}

SqliteStore::State::State(StoreOptions options, sqlite::Connection database,
                          std::shared_ptr<Numbering> numbering)
    : options_(std::move(options)),
      database_(std::move(database)),
      numbering_(std::move(numbering)) {}

StoreResult<void> SqliteStore::State::PrepareStatements() {
  statements_.reserve(kQueryCount);
  for (const char* text : kQueryTexts) {
    auto statement = sqlite::Statement::Prepare(database_, text);
    if (!statement) return tl::unexpected(statement.error());
    statements_.push_back(*std::move(statement));
  }
  return {};
}

StoreResult<void> SqliteStore::State::ReadTotals() {
  sqlite::Statement::Use sums(Kept(Query::kSumRows));
  if (auto row = sums.Step(database_, "count the outbox"); !row) return tl::unexpected(row.error());
  totals_.rows = static_cast<std::uint64_t>(sums.Integer(0));
  totals_.bytes = static_cast<std::uint64_t>(sums.Integer(1));
  totals_.telemetry = static_cast<std::uint64_t>(sums.Integer(2));
  sqlite::Statement::Use refused(Kept(Query::kCountRefused));
  if (auto row = refused.Step(database_, "count the refused"); !row) {
    return tl::unexpected(row.error());
  }
  totals_.refused = static_cast<std::uint64_t>(refused.Integer(0));
  return {};
}

const std::string& SqliteStore::State::TextOf(const lwm2m::Shared<lwm2m::ObjectList>& objects) {
  if (!list_before_ || !list_before_->IsSharedWith(objects)) {
    list_before_ = objects;
    text_before_ = lwm2m::ToString(*objects);
  }
  return text_before_;
}

StoreResult<std::string> SqliteStore::State::NextName() {
  if (numbering_->names.exhausted()) {
    const auto epoch = BeginEpoch(options_, database_);
    if (!epoch) return tl::unexpected(epoch.error());
    numbering_->opening.epoch = *epoch;
    numbering_->names = InstanceNames(*epoch);
  }
  return numbering_->names.Next();
}

}  // namespace ipe
