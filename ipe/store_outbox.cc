// The outbox: what is on its way to the CSE.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "ipe/sqlite_store.h"
#include "ipe/store_state.h"
#include "onem2m/codec/short_names.h"

namespace ipe {
namespace {

using sqlite::Statement;

// A datagram may be late by seconds, and a device may say something ten times a second: after a
// restart nothing else tells a late duplicate from news.
constexpr std::size_t kRememberedMessages = 32;
constexpr std::int64_t kRefusedKept = 10'000;
constexpr std::string_view kNamePlaceholder = "@name@";

// What a row costs on disk beyond its texts: numbers, record header, index entry.
constexpr std::size_t kRowOverhead = 64;

std::uint64_t SizeOf(std::string_view endpoint, const OutboxRow& row) {
  return 2 * endpoint.size() + row.container.size() + row.name.size() + row.body.size() +
         kRowOverhead;
}

// `"rn":"<name>"`. In JSON text this sequence cannot occur inside a string, where quotes are
// escaped; so nothing that a device reported is ever taken for the placeholder.
std::string NameMember(std::string_view name) {
  std::string member = "\"";
  return member.append(onem2m::short_names::kResourceName)
      .append("\":\"")
      .append(name)
      .append("\"");
}

bool ReplaceName(std::string& body, std::string_view from, std::string_view to) {
  const std::string member = NameMember(from);
  const std::size_t position = body.find(member);
  if (position == std::string::npos) return false;
  body.replace(position, member.size(), NameMember(to));
  return true;
}

// One entry of `messages.recent`: length of token (1), token, message id (2), payload hash (8). A
// token of RFC 8974 over 255 octets is not remembered in full; we give tokens of 8.
std::string Packed(const MessageKey& key) {
  const std::string token = key.token.substr(0, 255);
  std::string entry(1, static_cast<char>(token.size()));
  entry += token;
  for (int shift = 8; shift >= 0; shift -= 8) {
    entry += static_cast<char>(key.message_id >> shift & 0xff);
  }
  for (int shift = 56; shift >= 0; shift -= 8) {
    entry += static_cast<char>(key.payload_hash >> shift & 0xff);
  }
  return entry;
}

// Octets of the entry at the beginning of `recent`; 0 when there is none.
std::size_t EntrySize(std::string_view recent) {
  if (recent.empty()) return 0;
  const std::size_t size = 1 + static_cast<unsigned char>(recent.front()) + 2 + 8;
  return size <= recent.size() ? size : 0;
}

}  // namespace

OutboxRow SqliteStore::State::ReadRow(const Statement::Use& row) const {
  OutboxRow read;
  read.id = row.Integer(0);
  read.endpoint = row.Text(1);
  read.container = row.Text(2);
  read.name = row.Text(3);
  read.body = row.Text(4);
  read.kind = static_cast<OutboxRow::Kind>(row.Integer(5));
  read.may_have_been_sent = MayHaveBeenSent(row.Integer(6));
  read.form = static_cast<OutboxRow::Form>(row.Integer(7));
  return read;
}

StoreResult<std::optional<std::string>> SqliteStore::State::Remembering(std::string_view endpoint,
                                                                        const MessageKey& key) {
  const std::string entry = Packed(key);
  std::string recent;
  {
    Statement::Use read(Kept(Query::kReadMessages));
    const auto row = read.Bind(endpoint).Step(database_, "read message keys");
    if (!row) return tl::unexpected(row.error());
    if (*row) recent = read.Text(0);
  }
  std::size_t count = 0;
  std::size_t end = 0;
  while (const std::size_t size = EntrySize(std::string_view(recent).substr(end))) {
    if (recent.compare(end, size, entry) == 0) return std::nullopt;
    end += size;
    ++count;
  }
  recent.resize(end);
  // More of them after those of two databases were joined.
  std::size_t begin = 0;
  for (; count >= kRememberedMessages; --count) {
    begin += EntrySize(std::string_view(recent).substr(begin));
  }
  recent.erase(0, begin);
  recent += entry;
  return recent;
}

StoreResult<void> SqliteStore::State::Insert(std::string_view endpoint, OutboxRow& row,
                                             Totals& totals) {
  if (row.form != OutboxRow::Form::kUpdate) {
    auto name = NextName();
    if (!name) return tl::unexpected(name.error());
    // One that an attempt gave that failed is replaced, too.
    const std::string before = row.name.empty() ? std::string(kNamePlaceholder) : row.name;
    row.name = *std::move(name);
    if (!ReplaceName(row.body, before, row.name)) {
      return tl::unexpected(StoreError{fmt::format("append to {} of {}: the body has no member {}",
                                                   row.container, endpoint, NameMember(before))});
    }
  }
  row.id = NextId();
  const std::uint64_t size = SizeOf(endpoint, row);
  const auto inserted = Statement::Use(Kept(Query::kInsertRow))
                            .Bind(row.id)
                            .Bind(endpoint)
                            .Bind(row.container)
                            .Bind(row.name)
                            .Bind(row.body)
                            .Bind(static_cast<std::int64_t>(row.kind))
                            .Bind(numbering_->opening.number)
                            .Bind(static_cast<std::int64_t>(size))
                            .Bind(static_cast<std::int64_t>(row.form))
                            .Run(database_, "append to the outbox");
  if (!inserted) return tl::unexpected(inserted.error());
  totals.Count(row.kind, size);
  return {};
}

StoreResult<void> SqliteStore::State::Append(Message& message, Totals& totals) {
  if (message.key) {
    const auto recent = Remembering(message.endpoint, *message.key);
    if (!recent) return tl::unexpected(recent.error());
    if (!*recent) {
      message.rows.clear();
      return {};
    }
    const auto written = Statement::Use(Kept(Query::kPutMessages))
                             .Bind(message.endpoint)
                             .BindBlob(**recent)
                             .Run(database_, "write message keys");
    if (!written) return tl::unexpected(written.error());
  }
  for (OutboxRow& row : message.rows) {
    if (auto inserted = Insert(message.endpoint, row, totals); !inserted) return inserted;
  }
  return {};
}

StoreResult<std::uint64_t> SqliteStore::State::Delete(Statement::Use& statement, Totals& totals) {
  std::uint64_t deleted = 0;
  while (true) {
    const auto row = statement.Step(database_, "delete from the outbox");
    if (!row) return tl::unexpected(row.error());
    if (!*row) return deleted;
    totals.Uncount(static_cast<OutboxRow::Kind>(statement.Integer(0)),
                   static_cast<std::uint64_t>(statement.Integer(1)));
    ++deleted;
  }
}

StoreResult<std::optional<RowId>> SqliteStore::State::TelemetryAfter(RowId after, bool& has_newer) {
  Statement::Use oldest(Kept(Query::kOldestTelemetry));
  const auto row = oldest.Bind(after).Step(database_, "look for what to shed");
  if (!row) return tl::unexpected(row.error());
  if (!*row) return std::nullopt;
  const RowId id = oldest.Integer(0);
  const std::string endpoint = oldest.Text(1);
  const std::string container = oldest.Text(2);
  Statement::Use newer(Kept(Query::kHasNewer));
  const auto found =
      newer.Bind(endpoint).Bind(id).Bind(container).Step(database_, "look for what to shed");
  if (!found) return tl::unexpected(found.error());
  has_newer = newer.Integer(0) != 0;
  return id;
}

StoreResult<void> SqliteStore::State::ShedOne(Totals& totals) {
  // The oldest value that a newer one of the same resource follows, so that the last news of a
  // quiet resource outlives a talkative one. The search goes on where the one before it ended and
  // looks at a few rows only; in vain, the oldest goes.
  constexpr int kLooks = 16;
  std::optional<RowId> victim;
  for (int look = 0; look < kLooks && !victim; ++look) {
    bool has_newer = false;
    const auto candidate = TelemetryAfter(shed_position_, has_newer);
    if (!candidate) return tl::unexpected(candidate.error());
    shed_position_ = candidate->value_or(0);
    if (*candidate && has_newer) victim = *candidate;
  }
  if (!victim) {
    bool has_newer = false;
    const auto oldest = TelemetryAfter(0, has_newer);
    if (!oldest) return tl::unexpected(oldest.error());
    victim = *oldest;
  }
  if (!victim) return {};
  Statement::Use statement(Kept(Query::kDeleteRow));
  const auto deleted = Delete(statement.Bind(*victim), totals);
  if (!deleted) return tl::unexpected(deleted.error());
  totals.shed += *deleted;
  return {};
}

StoreResult<void> SqliteStore::State::Shed(std::size_t added, Totals& totals) {
  // A bound that was made smaller is reached over several calls, so that none holds the loop up.
  std::size_t budget = 64 + added;
  while (totals.bytes > options_.max_bytes && totals.telemetry > 0 && budget-- > 0) {
    if (auto shed = ShedOne(totals); !shed) return shed;
  }
  return {};
}

StoreResult<bool> SqliteStore::Remembers(std::string_view endpoint, const MessageKey& key) {
  const auto recent = state_->Remembering(endpoint, key);
  if (!recent) return tl::unexpected(recent.error());
  return !recent->has_value();
}

StoreResult<std::vector<RowId>> Store::Append(std::string_view endpoint,
                                              std::vector<OutboxRow> rows,
                                              const std::optional<MessageKey>& key) {
  std::vector<Message> messages;
  messages.push_back({endpoint, std::move(rows), key});
  if (auto appended = Append(messages); !appended) return tl::unexpected(appended.error());
  std::vector<RowId> ids;
  for (const OutboxRow& row : messages.front().rows) ids.push_back(row.id);
  return ids;
}

StoreResult<void> SqliteStore::Append(std::vector<Message>& messages) {
  return state_->Transact([&](State::Totals& totals) -> StoreResult<void> {
    std::size_t appended = 0;
    for (Message& message : messages) {
      auto done = state_->Append(message, totals);
      if (!done) return done;
      appended += message.rows.size();
    }
    return state_->Shed(appended, totals);
  });
}

StoreResult<std::vector<OutboxRow>> SqliteStore::Pending(std::string_view endpoint, RowId after,
                                                         std::size_t limit) {
  std::vector<OutboxRow> pending;
  Statement::Use rows(state_->Kept(Query::kReadPending));
  rows.Bind(endpoint).Bind(after).Bind(static_cast<std::int64_t>(limit));
  while (true) {
    const auto row = rows.Step(state_->database(), "read the outbox");
    if (!row) return tl::unexpected(row.error());
    if (!*row) return pending;
    pending.push_back(state_->ReadRow(rows));
  }
}

StoreResult<std::vector<Store::Backlog>> SqliteStore::Backlogs() {
  std::vector<Backlog> backlogs;
  Statement::Use rows(state_->Kept(Query::kReadBacklogs));
  while (true) {
    const auto row = rows.Step(state_->database(), "count the outbox");
    if (!row) return tl::unexpected(row.error());
    if (!*row) return backlogs;
    backlogs.push_back({rows.Text(0), static_cast<std::uint64_t>(rows.Integer(1))});
  }
}

StoreResult<void> SqliteStore::Delivered(const std::vector<RowId>& rows) {
  return state_->Transact([&](State::Totals& totals) -> StoreResult<void> {
    Statement::Use statement(state_->Kept(Query::kDeleteRow));
    for (const RowId row : rows) {
      statement.Reset();
      const auto deleted = state_->Delete(statement.Bind(row), totals);
      if (!deleted) return tl::unexpected(deleted.error());
    }
    return {};
  });
}

StoreResult<void> SqliteStore::MarkMaybeSent(const std::vector<RowId>& rows) {
  return state_->Transact([&](State::Totals&) -> StoreResult<void> {
    Statement::Use statement(state_->Kept(Query::kMarkMaybeSent));
    for (const RowId row : rows) {
      statement.Reset();
      auto done = statement.Bind(row).Run(state_->database(), "mark as maybe sent");
      if (!done) return done;
    }
    return {};
  });
}

StoreResult<OutboxRow> SqliteStore::Rename(RowId id) {
  return state_->Transact([&](State::Totals&) -> StoreResult<OutboxRow> {
    OutboxRow row;
    {
      Statement::Use read(state_->Kept(Query::kReadRow));
      const auto found = read.Bind(id).Step(state_->database(), "read a row");
      if (!found) return tl::unexpected(found.error());
      if (!*found) return tl::unexpected(StoreError{fmt::format("rename row {}: it is gone", id)});
      row = state_->ReadRow(read);
    }
    auto name = state_->NextName();
    if (!name) return tl::unexpected(name.error());
    if (!ReplaceName(row.body, row.name, *name)) {
      return tl::unexpected(
          StoreError{fmt::format("rename row {}: its body does not carry its name", id)});
    }
    row.name = *std::move(name);
    row.may_have_been_sent = false;
    const auto written = Statement::Use(state_->Kept(Query::kRenameRow))
                             .Bind(id)
                             .Bind(row.name)
                             .Bind(row.body)
                             .Bind(state_->numbering().opening.number)
                             .Run(state_->database(), "rename a row");
    if (!written) return tl::unexpected(written.error());
    return row;
  });
}

StoreResult<void> SqliteStore::Refuse(RowId row, int rsc, std::string_view reason) {
  return state_->Transact([&](State::Totals& totals) -> StoreResult<void> {
    std::int64_t position = 0;
    {
      Statement::Use insert(state_->Kept(Query::kInsertRefused));
      const auto inserted = insert.Bind(row)
                                .Bind(std::int64_t{rsc})
                                .Bind(reason)
                                .Step(state_->database(), "set a row aside");
      if (!inserted) return tl::unexpected(inserted.error());
      if (!*inserted) return {};  // delivered or shed meanwhile
      position = insert.Integer(0);
      ++totals.refused;
    }
    Statement::Use trim(state_->Kept(Query::kTrimRefused));
    trim.Bind(position - kRefusedKept);
    while (true) {
      const auto trimmed = trim.Step(state_->database(), "bound the refused");
      if (!trimmed) return tl::unexpected(trimmed.error());
      if (!*trimmed) break;
      --totals.refused;
    }
    Statement::Use statement(state_->Kept(Query::kDeleteRow));
    const auto deleted = state_->Delete(statement.Bind(row), totals);
    if (!deleted) return tl::unexpected(deleted.error());
    return {};
  });
}

StoreResult<std::uint64_t> SqliteStore::Supersede(std::string_view endpoint,
                                                  std::string_view container, RowId after,
                                                  RowId before) {
  return state_->Transact([&](State::Totals& totals) {
    Statement::Use statement(state_->Kept(Query::kDeleteSuperseded));
    return state_->Delete(statement.Bind(endpoint).Bind(container).Bind(after).Bind(before),
                          totals);
  });
}

StoreResult<std::vector<std::string>> SqliteStore::PendingUpdates(std::string_view endpoint,
                                                                  std::string_view container,
                                                                  RowId after) {
  std::vector<std::string> bodies;
  Statement::Use rows(state_->Kept(Query::kReadUpdates));
  rows.Bind(endpoint).Bind(container).Bind(after);
  while (true) {
    const auto row = rows.Step(state_->database(), "read updates");
    if (!row) return tl::unexpected(row.error());
    if (!*row) return bodies;
    bodies.push_back(rows.Text(0));
  }
}

StoreResult<std::uint64_t> SqliteStore::Drop(std::string_view endpoint) {
  return state_->Transact([&](State::Totals& totals) {
    Statement::Use statement(state_->Kept(Query::kDeleteOfEndpoint));
    return state_->Delete(statement.Bind(endpoint), totals);
  });
}

}  // namespace ipe
