// Rows from one database to another of the same schema: what was kept in memory while the disk
// failed, and what can be read of a file that was lost.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "ipe/sqlite_store.h"
#include "ipe/store_state.h"

namespace ipe {
namespace {

using sqlite::Statement;
using Table = SqliteStore::Table;

struct TableShape {
  const char* name;
  const char* key;
};

// In the order of SqliteStore::Table.
constexpr std::array<TableShape, 10> kTables = {{{"endpoints", "endpoint"},
                                                 {"observations", "endpoint, token"},
                                                 {"cursors", "endpoint, container"},
                                                 {"commands", "resource_id"},
                                                 {"firmware_updates", "command"},
                                                 {"outbox", "id"},
                                                 {"messages", "endpoint"},
                                                 {"refused", "position"},
                                                 {"credentials", "mode, identity"},
                                                 {"settings", "key"}}};

// Columns of the outbox.
constexpr int kOutboxKind = 5;
constexpr int kOutboxSize = 7;

const TableShape& ShapeOf(Table table) { return kTables[static_cast<std::size_t>(table)]; }

std::string WriteText(Table table, int columns) {
  // Keys of both, the older first.
  if (table == Table::kMessages) {
    return "INSERT INTO messages VALUES (?1, ?2) ON CONFLICT (endpoint) DO UPDATE"
           " SET recent = CAST(recent || excluded.recent AS BLOB)";
  }
  // What is set aside is numbered anew.
  std::string values = table == Table::kRefused ? "nullif(?1, ?1)" : "?1";
  for (int column = 2; column <= columns; ++column) values += fmt::format(", ?{}", column);
  return fmt::format("INSERT OR REPLACE INTO {} VALUES ({})", ShapeOf(table).name, values);
}

}  // namespace

StoreResult<std::size_t> SqliteStore::State::CopyInto(State& other, Table table,
                                                      const std::string& which, bool all_or_none) {
  const std::string text = fmt::format("SELECT * FROM {} {}", ShapeOf(table).name, which);
  auto reading = Statement::Prepare(database_, text.c_str());
  if (!reading) return tl::unexpected(reading.error());
  Statement::Use rows(*reading);
  auto writing = Statement::Prepare(other.database_, WriteText(table, rows.columns()).c_str());
  if (!writing) return tl::unexpected(writing.error());
  return other.Transact([&](Totals& totals) -> StoreResult<std::size_t> {
    for (std::size_t copied = 0;; ++copied) {
      const auto row = rows.Step(database_, "read a table");
      if (!row && all_or_none) return tl::unexpected(row.error());
      if (!row || !*row) return copied;
      Statement::Use write(*writing);
      for (int column = 0; column < rows.columns(); ++column) write.BindColumn(rows, column);
      if (auto done = write.Run(other.database_, "copy a row"); !done) {
        return tl::unexpected(done.error());
      }
      if (table == Table::kRefused) ++totals.refused;
      if (table == Table::kOutbox) {
        totals.Count(static_cast<OutboxRow::Kind>(rows.Integer(kOutboxKind)),
                     static_cast<std::uint64_t>(rows.Integer(kOutboxSize)));
      }
    }
  });
}

StoreResult<std::size_t> SqliteStore::Move(Table table, std::size_t most, SqliteStore& other) {
  State& from = *state_;
  State& to = *other.state_;
  const TableShape& shape = ShapeOf(table);
  const std::string which = fmt::format("ORDER BY {} LIMIT {}", shape.key, most);
  const auto moved = from.CopyInto(to, table, which, /*all_or_none=*/true);
  if (!moved || *moved == 0) return moved;
  const std::string text = fmt::format("DELETE FROM {} WHERE ({}) IN (SELECT {} FROM {} {})",
                                       shape.name, shape.key, shape.key, shape.name, which);
  const std::string removed = text + (table == Table::kOutbox ? " RETURNING kind, size" : "");
  auto removing = Statement::Prepare(from.database(), removed.c_str());
  if (!removing) return tl::unexpected(removing.error());
  return from.Transact([&](State::Totals& totals) -> StoreResult<std::size_t> {
    Statement::Use remove(*removing);
    if (table == Table::kOutbox) {
      const auto deleted = from.Delete(remove, totals);
      if (!deleted) return tl::unexpected(deleted.error());
      return moved;
    }
    if (auto done = remove.Run(from.database(), "remove what was moved"); !done) {
      return tl::unexpected(done.error());
    }
    if (table == Table::kRefused) totals.refused -= std::min<std::uint64_t>(totals.refused, *moved);
    return moved;
  });
}

StoreResult<std::size_t> SqliteStore::Copy(Table table, SqliteStore& other) {
  return state_->CopyInto(*other.state_, table, "", /*all_or_none=*/false);
}

StoreResult<void> SqliteStore::CopyRow(RowId row, SqliteStore& other) {
  const auto copied = state_->CopyInto(*other.state_, Table::kOutbox,
                                       fmt::format("WHERE id = {}", row), /*all_or_none=*/true);
  if (!copied) return tl::unexpected(copied.error());
  return {};
}

StoreResult<bool> SqliteStore::HasRow(RowId row) {
  Statement::Use read(state_->Kept(Query::kReadRow));
  return read.Bind(row).Step(state_->database(), "read a row");
}

StoreResult<std::vector<RowId>> SqliteStore::RowIds(std::string_view endpoint,
                                                    std::optional<std::string_view> container,
                                                    RowId after, RowId before) {
  auto statement =
      Statement::Prepare(state_->database(),
                         "SELECT id FROM outbox WHERE endpoint = ?1 AND id > ?2 AND id < ?4"
                         " AND (?3 IS NULL OR (container = ?3 AND kind = 0))");
  if (!statement) return tl::unexpected(statement.error());
  Statement::Use rows(*statement);
  std::optional<std::string> only;
  if (container) only = std::string(*container);
  rows.Bind(endpoint).Bind(after).BindOptional(only).Bind(before);
  std::vector<RowId> ids;
  while (true) {
    const auto row = rows.Step(state_->database(), "read the outbox");
    if (!row) return tl::unexpected(row.error());
    if (!*row) return ids;
    ids.push_back(rows.Integer(0));
  }
}

StoreResult<void> SqliteStore::KeepNumbering() {
  return state_->Transact([&](State::Totals&) {
    return WriteOpening(state_->database(), state_->numbering().opening);
  });
}

std::shared_ptr<Numbering> SqliteStore::numbering() const { return state_->shared_numbering(); }

}  // namespace ipe
