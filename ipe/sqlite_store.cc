#include "ipe/sqlite_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "ipe/store_state.h"
#include "lwm2m/known_object_lists.h"

namespace ipe {
namespace {

using sqlite::Statement;

std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

StoreResult<StoredEndpoint> ReadEndpoint(const Statement::Use& row,
                                         lwm2m::KnownObjectLists& lists) {
  StoredEndpoint endpoint;
  lwm2m::Registration& registration = endpoint.registration.Edit();
  registration.endpoint = row.Text(0);
  registration.handle = row.Text(1);
  registration.peer.transport = static_cast<lwm2m::Peer::Transport>(row.Integer(2));
  registration.peer.address = row.Text(3);
  registration.peer.local = row.Text(4);
  registration.peer.identity = row.Text(5);
  registration.version = row.Text(6);
  registration.lifetime = lwm2m::Seconds(row.Integer(7));
  registration.binding = row.Text(8);
  registration.queue_mode = row.Integer(9) != 0;
  if (!row.IsNull(10)) registration.sms_number = row.Text(10);
  auto objects = lists.Read(row.Text(11));
  if (!objects) {
    return tl::unexpected(StoreError{
        fmt::format("read endpoint {}: {}", registration.endpoint, objects.error().detail),
        StoreCause::kCorrupt});
  }
  registration.objects = *std::move(objects);
  endpoint.seen_at = row.Integer(12);
  endpoint.name = row.Text(13);
  endpoint.ae_id = row.Text(14);
  endpoint.ae_resource_id = row.Text(15);
  endpoint.node_resource_id = row.Text(16);
  endpoint.expires_at = row.Integer(17);
  if (auto tree = lists.Read(row.Text(18))) endpoint.tree = *std::move(tree);
  endpoint.phase = static_cast<StoredEndpoint::Phase>(row.Integer(19));
  registration.peer.security = static_cast<lwm2m::SecurityMode>(row.Integer(20));
  registration.peer.other_names = Lines(row.Text(21));
  registration.gateway = row.Text(22);
  endpoint.device = row.Text(23);
  return endpoint;
}

// What is observed, as one text: "/3303/0", "/3303/0?pmin=10&gt=5" with attributes of its query, or
// "/ /3/0/9 /3303/0" for a composite observation.
std::string TargetText(const lwm2m::Observation& observation) {
  std::string text = observation.path.ToString();
  for (const lwm2m::Path& path : observation.paths) text += " " + path.ToString();
  const std::vector<std::string> queries = lwm2m::ToQueries(observation.attributes);
  if (!queries.empty()) text += fmt::format("?{}", fmt::join(queries, "&"));
  return text;
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

lwm2m::Result<void> ReadTarget(std::string_view text, lwm2m::Observation& observation) {
  const std::size_t mark = std::min(text.find('?'), text.size());
  for (const std::string_view written : Split(text.substr(0, mark), ' ')) {
    const auto path = lwm2m::Path::Parse(written);
    if (!path) return tl::unexpected(path.error());
    if (written.data() == text.data()) {
      observation.path = *path;
    } else {
      observation.paths.push_back(*path);
    }
  }
  std::vector<std::pair<std::string, std::optional<std::string>>> pairs;
  for (const std::string_view query : Split(text.substr(std::min(mark + 1, text.size())), '&')) {
    const std::size_t equals = query.find('=');
    auto& [name, value] = pairs.emplace_back(query.substr(0, equals), std::nullopt);
    if (equals != std::string_view::npos) value = query.substr(equals + 1);
  }
  auto attributes = lwm2m::ParseAttributes(pairs);
  if (!attributes) return tl::unexpected(attributes.error());
  observation.attributes = *std::move(attributes);
  return {};
}

}  // namespace

StoreResult<std::unique_ptr<SqliteStore>> SqliteStore::Open(StoreOptions options,
                                                            std::shared_ptr<Numbering> numbering,
                                                            Access access) {
  auto database = OpenDatabase(options, access);
  if (!database) return tl::unexpected(database.error());
  auto begun = Begin(options, *database, std::move(numbering), access);
  if (!begun) return tl::unexpected(begun.error());
  auto state = std::make_unique<State>(std::move(options), *std::move(database), *std::move(begun));
  if (auto done = state->PrepareStatements(); !done) return tl::unexpected(done.error());
  if (auto done = state->ReadTotals(); !done) return tl::unexpected(done.error());
  return std::unique_ptr<SqliteStore>(new SqliteStore(std::move(state)));
}

SqliteStore::SqliteStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
SqliteStore::~SqliteStore() = default;

std::string SqliteStore::notify_secret() const { return state_->numbering().opening.notify_secret; }
std::string SqliteStore::epoch() const { return EpochText(state_->numbering().opening.epoch); }
std::uint64_t SqliteStore::pending_rows() const { return state_->totals().rows; }
std::uint64_t SqliteStore::pending_bytes() const { return state_->totals().bytes; }
std::uint64_t SqliteStore::shed_rows() const { return state_->totals().shed; }
std::uint64_t SqliteStore::refused_rows() const { return state_->totals().refused; }

StoreResult<void> SqliteStore::Put(const StoredEndpoint& endpoint) {
  const lwm2m::Registration& registration = endpoint.registration;
  const std::string& objects = state_->TextOf(registration.objects);
  const std::string tree = endpoint.tree->paths.empty() ? "" : lwm2m::ToString(*endpoint.tree);
  const std::string other_names = fmt::format("{}", fmt::join(registration.peer.other_names, "\n"));
  return Statement::Use(state_->Kept(Query::kPutEndpoint))
      .Bind(registration.endpoint)
      .Bind(registration.handle)
      .Bind(static_cast<std::int64_t>(registration.peer.transport))
      .Bind(registration.peer.address)
      .Bind(registration.peer.local)
      .Bind(registration.peer.identity)
      .Bind(registration.version)
      .Bind(std::int64_t{registration.lifetime.count()})
      .Bind(registration.binding)
      .Bind(std::int64_t{registration.queue_mode ? 1 : 0})
      .BindOptional(registration.sms_number)
      .Bind(objects)
      .Bind(endpoint.seen_at)
      .Bind(endpoint.name)
      .Bind(endpoint.ae_id)
      .Bind(endpoint.ae_resource_id)
      .Bind(endpoint.node_resource_id)
      .Bind(endpoint.expires_at)
      .Bind(tree)
      .Bind(static_cast<std::int64_t>(endpoint.phase))
      .Bind(static_cast<std::int64_t>(registration.peer.security))
      .Bind(other_names)
      .Bind(registration.gateway)
      .Bind(endpoint.device)
      .Run(state_->database(), "write endpoint");
}

StoreResult<void> SqliteStore::PutAll(const std::vector<const StoredEndpoint*>& endpoints) {
  return state_->Transact([&](State::Totals&) -> StoreResult<void> {
    for (const StoredEndpoint* const endpoint : endpoints) {
      if (auto put = Put(*endpoint); !put) return put;
    }
    return {};
  });
}

StoreResult<void> SqliteStore::Remove(std::string_view endpoint) {
  return state_->Transact([&](State::Totals&) -> StoreResult<void> {
    for (const Query query :
         {Query::kRemoveEndpoint, Query::kRemoveObservations, Query::kRemoveCursors,
          Query::kRemoveCommands, Query::kRemoveMessages}) {
      auto done = Statement::Use(state_->Kept(query))
                      .Bind(endpoint)
                      .Run(state_->database(), "remove endpoint");
      if (!done) return done;
    }
    return {};
  });
}

StoreResult<std::vector<StoredEndpoint>> SqliteStore::Endpoints() {
  std::vector<StoredEndpoint> endpoints;
  lwm2m::KnownObjectLists objects;
  Statement::Use rows(state_->Kept(Query::kReadEndpoints));
  while (true) {
    const auto row = rows.Step(state_->database(), "read endpoints");
    if (!row) return tl::unexpected(row.error());
    if (!*row) return endpoints;
    auto endpoint = ReadEndpoint(rows, objects);
    if (!endpoint) return tl::unexpected(endpoint.error());
    endpoints.push_back(*std::move(endpoint));
  }
}

StoreResult<void> SqliteStore::Put(const lwm2m::Observation& observation) {
  const std::string target = TargetText(observation);
  std::optional<std::int64_t> accept;
  if (observation.accept) accept = static_cast<std::int64_t>(*observation.accept);
  std::optional<std::int64_t> period;
  if (observation.maximum_period) period = observation.maximum_period->count();
  return Statement::Use(state_->Kept(Query::kPutObservation))
      .Bind(observation.endpoint)
      .BindBlob(observation.token)
      .Bind(target)
      .BindOptional(accept)
      .BindOptional(period)
      .Run(state_->database(), "write observation");
}

StoreResult<void> SqliteStore::Remove(const lwm2m::Observation& observation) {
  return Statement::Use(state_->Kept(Query::kRemoveObservation))
      .Bind(observation.endpoint)
      .BindBlob(observation.token)
      .Run(state_->database(), "remove observation");
}

StoreResult<std::vector<lwm2m::Observation>> SqliteStore::Observations() {
  std::vector<lwm2m::Observation> observations;
  Statement::Use rows(state_->Kept(Query::kReadObservations));
  while (true) {
    const auto row = rows.Step(state_->database(), "read observations");
    if (!row) return tl::unexpected(row.error());
    if (!*row) return observations;
    lwm2m::Observation observation;
    observation.endpoint = rows.Text(0);
    observation.token = rows.Text(1);
    if (auto read = ReadTarget(rows.Text(2), observation); !read) {
      return tl::unexpected(StoreError{
          fmt::format("read observation of {}: {}", observation.endpoint, read.error().detail),
          StoreCause::kCorrupt});
    }
    if (!rows.IsNull(3)) observation.accept = static_cast<lwm2m::ContentFormat>(rows.Integer(3));
    if (!rows.IsNull(4)) observation.maximum_period = lwm2m::Seconds(rows.Integer(4));
    observations.push_back(std::move(observation));
  }
}

StoreResult<void> SqliteStore::Put(const CommandCursor& cursor) {
  return Statement::Use(state_->Kept(Query::kPutCursor))
      .Bind(cursor.endpoint)
      .Bind(cursor.container)
      .Bind(cursor.creation_time)
      .Bind(cursor.resource_ids)
      .Run(state_->database(), "write command cursor");
}

StoreResult<std::vector<CommandCursor>> SqliteStore::Cursors() {
  std::vector<CommandCursor> cursors;
  Statement::Use rows(state_->Kept(Query::kReadCursors));
  while (true) {
    const auto row = rows.Step(state_->database(), "read command cursors");
    if (!row) return tl::unexpected(row.error());
    if (!*row) return cursors;
    cursors.push_back({rows.Text(0), rows.Text(1), rows.Text(2), rows.Text(3)});
  }
}

StoreResult<void> SqliteStore::Put(const OpenCommand& command) {
  return Statement::Use(state_->Kept(Query::kPutCommand))
      .Bind(command.resource_id)
      .Bind(command.endpoint)
      .Bind(command.container)
      .Bind(command.content)
      .Bind(command.resource_name)
      .Bind(command.deadline)
      .Bind(std::int64_t{command.started ? 1 : 0})
      .Run(state_->database(), "write command");
}

StoreResult<void> SqliteStore::CloseCommand(std::string_view resource_id) {
  return Statement::Use(state_->Kept(Query::kCloseCommand))
      .Bind(resource_id)
      .Run(state_->database(), "close command");
}

StoreResult<std::vector<OpenCommand>> SqliteStore::OpenCommands() {
  std::vector<OpenCommand> commands;
  Statement::Use rows(state_->Kept(Query::kReadCommands));
  while (true) {
    const auto row = rows.Step(state_->database(), "read commands");
    if (!row) return tl::unexpected(row.error());
    if (!*row) return commands;
    OpenCommand command;
    command.resource_id = rows.Text(0);
    command.endpoint = rows.Text(1);
    command.container = rows.Text(2);
    command.content = rows.Text(3);
    command.resource_name = rows.Text(4);
    command.deadline = rows.Integer(5);
    command.started = rows.Integer(6) != 0;
    commands.push_back(std::move(command));
  }
}

StoreResult<void> SqliteStore::Put(const StoredSetting& setting) {
  return Statement::Use(state_->Kept(Query::kPutSetting))
      .Bind(setting.key)
      .Bind(setting.value)
      .Bind(setting.configured)
      .Run(state_->database(), "write setting");
}

StoreResult<std::vector<StoredSetting>> SqliteStore::Settings() {
  std::vector<StoredSetting> settings;
  Statement::Use rows(state_->Kept(Query::kReadSettings));
  while (true) {
    const auto row = rows.Step(state_->database(), "read settings");
    if (!row) return tl::unexpected(row.error());
    if (!*row) return settings;
    settings.push_back({rows.Text(0), rows.Text(1), rows.Text(2)});
  }
}

}  // namespace ipe
