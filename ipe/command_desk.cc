#include "ipe/command_desk.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "ipe/log_events.h"
#include "mapping/creation.h"
#include "mapping/identifiers.h"
#include "mapping/status_codes.h"

namespace ipe {

using lwm2m::OperationKind;
using lwm2m::TimePoint;

namespace {

constexpr std::size_t kTakenKept = 65'536;
constexpr std::size_t kOwnKept = 32;
constexpr std::size_t kWaitingKept = 256;
constexpr std::chrono::seconds kDirectTtl{86'400};
constexpr std::size_t kCursorSize = 4096;  // of the ids of one second
constexpr char kRequests[] = "requests";

// A resource that applications update, not a container of contentInstances.
bool IsWritten(const std::string& container) {
  return container != kRequests && container != mapping::kAdministration &&
         !lwm2m::Path::Parse("/" + container);
}

// A <mgmtObj>.
bool IsBelowNode(const std::string& container) {
  return container.substr(0, mapping::kBelowNode.size()) == mapping::kBelowNode;
}

// Of the IPE's own AE.
bool IsAdministration(const std::string& container) {
  return container == mapping::kAdministration;
}

// A container with nothing but commands.
bool HoldsCommands(const std::string& container) {
  return container == kRequests || IsAdministration(container);
}

// Holds commands, not values.
bool IsRequests(const std::string& container) {
  return HoldsCommands(container) || IsWritten(container);
}

// Is `id` one of the blank-separated `ids`?
bool Names(std::string_view ids, std::string_view id) {
  const std::string padded = " " + std::string(ids) + " ";
  return padded.find(" " + std::string(id) + " ") != std::string::npos;
}

// A contentInstance by its name, among ids; "" when it has none.
std::string NameMark(const onem2m::ContentInstance& instance) {
  return instance.resource_name.empty() ? "" : "=" + instance.resource_name;
}

// Unix seconds until which a command may be run. OpenCommand has it for the longest `ttl` of a
// command without one.
std::int64_t DeadlineOf(const OpenCommand& open, const mapping::Command& command) {
  return open.deadline - kDirectTtl.count() + command.ttl.count();
}

}  // namespace

CommandDesk::CommandDesk(Surroundings& surroundings, const OwnSubscriptions& subscriptions,
                         Store& store, Metrics& metrics, const lwm2m::ObjectModel& model,
                         std::function<std::int64_t()> unix_now)
    : surroundings_(surroundings),
      subscriptions_(subscriptions),
      store_(store),
      model_(model),
      unix_now_(std::move(unix_now)),
      started_at_(unix_now_()),
      ids_hold_since_(started_at_),
      accepted_(metrics.counter("commands", "Commands of applications that were taken")),
      refused_(
          metrics.counter("commands_refused", "Commands that could not be read or may not be run")),
      own_(metrics.counter("own_instances_ignored",
                           "Notifications about contentInstances of our own")),
      foreign_(metrics.counter(
          "notifications_refused",
          "Notifications of no subscription of ours, or not confirmed by the CSE")) {}

StoreResult<void> CommandDesk::Load() {
  auto cursors = store_.Cursors();
  if (!cursors) return tl::unexpected(cursors.error());
  for (CommandCursor& cursor : *cursors) {
    desks_[cursor.endpoint].cursors[cursor.container] = std::move(cursor);
  }
  auto open = store_.OpenCommands();
  if (!open) return tl::unexpected(open.error());
  for (OpenCommand& command : *open) {
    taken_.insert(command.resource_id);
    taken_order_.push_back(command.resource_id);
    desks_[command.endpoint].left_over.push_back(std::move(command));
  }
  return {};
}

void CommandDesk::AddContainer(std::string_view endpoint, const MadeSubscription& made) {
  const Place place{std::string(endpoint), made.place.parent};
  Desk& desk = desks_[place.endpoint];
  if (desk.cursors.count(place.container) > 0) return;
  if (made.parent_id.empty()) {
    // It existed before the store knew it: what stands in it is answered, not run (OnReadBack).
    if (Endpoint* found = surroundings_.FindEndpoint(endpoint)) found->read_back_wanted = true;
    return;
  }
  // Made by us just now: everything in it is yet to come.
  const CommandCursor cursor{place.endpoint, place.container, "", ""};
  desk.cursors[place.container] = cursor;
  PutCursor(cursor);
}

void CommandDesk::PutCursors() {
  for (const auto& [endpoint, desk] : desks_) {
    for (const auto& [container, cursor] : desk.cursors) PutCursor(cursor);
  }
}

void CommandDesk::PutCursor(const CommandCursor& cursor) {
  if (auto put = store_.Put(cursor); !put) {
    spdlog::error("event=store-failed what=put-cursor cause={}", LogValue(put.error().detail));
  }
}

std::vector<std::string> CommandDesk::ContainersOf(std::string_view endpoint) const {
  std::vector<std::string> containers{kRequests};
  const auto desk = desks_.find(std::string(endpoint));
  if (desk == desks_.end()) return containers;
  for (const auto& [container, cursor] : desk->second.cursors) {
    if (!IsRequests(container) || IsAdministration(container)) containers.push_back(container);
  }
  return containers;
}

void CommandDesk::ForgetEndpoint(std::string_view endpoint) { desks_.erase(std::string(endpoint)); }

void CommandDesk::OnOwnInstance(Endpoint& endpoint, const std::string& resource_id) {
  if (resource_id.empty()) return;
  std::vector<std::string>& own = endpoint.own_resource_ids.Edit();
  own.push_back(resource_id);
  if (own.size() > kOwnKept) own.erase(own.begin());
}

// ---- from a notification to a contentInstance
// ---------------------------------------------------------------------

void CommandDesk::OnNotification(const OwnNotification& arrived, TimePoint now) {
  now_ = now;
  const onem2m::Notification& notification = arrived.notification;
  const Place place{arrived.endpoint, arrived.place.parent};
  const auto* instance = notification.representation
                             ? std::get_if<onem2m::ContentInstance>(&*notification.representation)
                             : nullptr;
  if (arrived.trusted && instance != nullptr && !instance->resource_id.empty()) {
    Take(place, *instance, now);
  } else {
    FetchAndTake(place, notification);
  }
}

void CommandDesk::FetchAndTake(const Place& place, const onem2m::Notification& notification) {
  const Endpoint* endpoint = surroundings_.FindEndpoint(place.endpoint);
  if (endpoint == nullptr) return;
  std::string name;
  if (notification.representation) name = CommonOf(*notification.representation).resource_name;
  // By name below our container where it can be had, so that it certainly stands there.
  const bool by_name = !name.empty() && name.find('/') == std::string::npos;
  std::string address = by_name ? surroundings_.BaseName() + "/" + endpoint->stored.name + "/" +
                                      place.container + "/" + name
                                : notification.resource_uri;
  if (address.empty() && notification.representation) {
    address = CommonOf(*notification.representation).resource_id;
  }
  if (address.empty()) {
    foreign_.Increment();
    return;
  }
  surroundings_.Fetch(
      place.endpoint, address,
      [this, place, address, by_name](tl::expected<onem2m::ContentInstance, std::string> fetched) {
        const bool stands_there =
            by_name ||
            (fetched && subscriptions_.IsParent(
                            std::string(onem2m::LastSegment(fetched->parent_id)), place.endpoint,
                            {mapping::Purpose::kCommands, place.container}));
        if (fetched && stands_there) {
          Take(place, *fetched, now_);
          return;
        }
        foreign_.Increment();
        if (!log_limiter_.Allow("notification-unconfirmed", now_)) return;
        spdlog::warn("event=notification-unconfirmed address={} cause={} suppressed={}",
                     LogValue(address), LogValue(fetched ? "stands elsewhere" : fetched.error()),
                     log_limiter_.suppressed());
      });
}

// R54: by the creator where the CSE tells it, else by the resource ids that the CSE gave our own;
// never by a name.
CommandDesk::Ownership CommandDesk::OwnershipOf(const Endpoint& endpoint,
                                                const onem2m::ContentInstance& instance) const {
  if (!instance.creator.empty()) {
    const std::string_view creator = onem2m::LastSegment(instance.creator);
    const bool ours = creator == onem2m::LastSegment(endpoint.stored.ae_id) ||
                      creator == onem2m::LastSegment(surroundings_.IpeAeId());
    return ours ? Ownership::kOurs : Ownership::kTheirs;
  }
  const std::vector<std::string>& own = *endpoint.own_resource_ids;
  if (std::find(own.begin(), own.end(), instance.resource_id) != own.end()) return Ownership::kOurs;
  return endpoint.job_running || endpoint.unanswered_create ? Ownership::kUnclear
                                                            : Ownership::kTheirs;
}

bool CommandDesk::KeepsSome(std::string_view endpoint) const {
  const auto desk = desks_.find(std::string(endpoint));
  return desk != desks_.end() && !desk->second.waiting.empty();
}

void CommandDesk::OnJobEnded(Endpoint& endpoint, TimePoint now) {
  now_ = now;
  const auto desk = desks_.find(endpoint.key());
  if (desk == desks_.end() || desk->second.waiting.empty()) return;
  const auto instances = std::exchange(desk->second.waiting, {});
  for (const auto& [place, instance] : instances) Take(place, instance, now);
}

// ---- from a contentInstance to a command
// ---------------------------------------------------------------------------

std::int64_t CommandDesk::CreatedAt(const onem2m::ContentInstance& instance) const {
  return onem2m::ParseTimestamp(instance.creation_time).value_or(unix_now_());
}

// Also by an earlier run, which the cursor tells: a CSE may repeat a notification after a restart.
bool CommandDesk::WasTaken(const Place& place, const onem2m::ContentInstance& instance) const {
  if (taken_.count(instance.resource_id) > 0) return true;
  const auto desk = desks_.find(place.endpoint);
  if (desk == desks_.end()) return false;
  const auto cursor = desk->second.cursors.find(place.container);
  if (cursor == desk->second.cursors.end()) return false;
  const CommandCursor& last = cursor->second;
  if (instance.creation_time == last.creation_time) {
    if (Names(last.resource_ids, instance.resource_id)) return true;
    // A CSE that was restored may have given it another id.
    const std::string name = NameMark(instance);
    const bool may_have_other_id = CreatedAt(instance) < ids_hold_since_;
    return may_have_other_id && !name.empty() && Names(last.resource_ids, name);
  }
  return instance.creation_time < last.creation_time && CreatedAt(instance) < started_at_;
}

bool CommandDesk::Remember(const std::string& resource_id) {
  if (!taken_.insert(resource_id).second) return false;
  taken_order_.push_back(resource_id);
  if (taken_order_.size() > kTakenKept) {
    taken_.erase(taken_order_.front());
    taken_order_.pop_front();
  }
  return true;
}

void CommandDesk::ForgetResourceIds() {
  taken_.clear();
  taken_order_.clear();
  ids_hold_since_ = unix_now_();
}

void CommandDesk::MoveCursor(const Place& place, const onem2m::ContentInstance& instance) {
  CommandCursor& cursor = desks_[place.endpoint].cursors[place.container];
  if (instance.creation_time < cursor.creation_time) return;
  std::string ids = instance.resource_id;
  if (const std::string name = NameMark(instance); !name.empty()) ids += " " + name;
  if (instance.creation_time == cursor.creation_time && !cursor.resource_ids.empty()) {
    ids = cursor.resource_ids + " " + ids;
    if (ids.size() > kCursorSize) ids.erase(0, ids.find(' ', ids.size() - kCursorSize) + 1);
  }
  cursor = {place.endpoint, place.container, instance.creation_time, std::move(ids)};
  PutCursor(cursor);
}

bool CommandDesk::Postpone(const Place& place, const onem2m::ContentInstance& instance) {
  auto& waiting = desks_[place.endpoint].waiting;
  if (waiting.size() >= kWaitingKept) return false;
  waiting.emplace_back(place, instance);
  return true;
}

bool CommandDesk::Take(const Place& place, const onem2m::ContentInstance& instance, TimePoint now) {
  Endpoint* endpoint = surroundings_.FindEndpoint(place.endpoint);
  if (endpoint == nullptr || WasTaken(place, instance)) return false;
  // The cursor would pass the older ones that nobody has told us of.
  if (endpoint->read_back_wanted || endpoint->may_have_missed_commands || endpoint->reading_back) {
    return Postpone(place, instance);
  }
  if (!IsRequests(place.container)) {
    switch (OwnershipOf(*endpoint, instance)) {
      case Ownership::kOurs:
        own_.Increment();
        return false;
      case Ownership::kUnclear:
        return Postpone(place, instance);
      case Ownership::kTheirs:
        break;
    }
  }
  Remember(instance.resource_id);
  OpenCommand open;
  open.resource_id = instance.resource_id;
  open.endpoint = place.endpoint;
  open.container = place.container;
  open.content = instance.content;
  open.resource_name = instance.resource_name;
  open.deadline = CreatedAt(instance) + kDirectTtl.count();
  if (auto put = store_.Put(open); !put) {
    spdlog::error("event=store-failed what=put-command cause={}", LogValue(put.error().detail));
    return false;
  }
  MoveCursor(place, instance);
  accepted_.Increment();
  ++open_;
  Run(open, now);
  return true;
}

bool CommandDesk::TakeWritten(const std::string& endpoint, const std::string& container,
                              const onem2m::ContentInstance& command, TimePoint now) {
  now_ = now;
  return Take({endpoint, container}, command, now);
}

void CommandDesk::OnReadBack(std::string_view endpoint, const std::string& container,
                             std::vector<onem2m::ContentInstance> instances, TimePoint now) {
  now_ = now;
  const Place place{std::string(endpoint), container};
  const auto& cursors = desks_[place.endpoint].cursors;
  const auto cursor = cursors.find(container);
  const bool is_known = cursor != cursors.end();
  const CommandCursor last = is_known ? cursor->second : CommandCursor{};
  for (const onem2m::ContentInstance& instance : instances) {
    if (!HoldsCommands(container) && instance.creator.empty()) continue;  // may well be our own
    if (is_known) {
      if (instance.creation_time >= last.creation_time) Take(place, instance, now);
      continue;
    }
    if (CreatedAt(instance) >= started_at_) {
      Take(place, instance, now);
      continue;
    }
    MoveCursor(place, instance);
    if (HoldsCommands(container) && Remember(instance.resource_id)) {
      const auto parsed = ParseOld(container, instance);
      if (!parsed) continue;  // nothing to say about what is no command
      surroundings_.SendOutcome(
          endpoint, mapping::CommandOutcome(*parsed, endpoint, mapping::CommandStatus::kExpired,
                                            onem2m::ResponseStatusCode::kRequestTimeout,
                                            "made before this service knew the container"));
    }
  }
  if (!is_known && instances.empty()) MoveCursor(place, onem2m::ContentInstance{});
}

void CommandDesk::TakeUp(std::string_view endpoint, TimePoint now) {
  now_ = now;
  const auto desk = desks_.find(std::string(endpoint));
  if (desk == desks_.end()) return;
  const std::vector<OpenCommand> commands = std::exchange(desk->second.left_over, {});
  for (const OpenCommand& open : commands) {
    ++open_;
    Run(open, now);
  }
}

// ---- from a command to its outcome
// ---------------------------------------------------------------------------------

void CommandDesk::Run(const OpenCommand& open, TimePoint now) {
  if (IsBelowNode(open.container)) surroundings_.OnCommandBegun(open);
  if (open.endpoint.empty() && IsAdministration(open.container)) {
    RunAdministration(open, now);
  } else if (IsRequests(open.container)) {
    RunRequest(open, now);
  } else {
    RunDirect(open, now);
  }
}

void CommandDesk::ReportRefused(const std::string& endpoint, const OpenCommand& open,
                                const std::string& cause) {
  refused_.Increment();
  if (!log_limiter_.Allow("command-refused " + endpoint, now_)) return;
  spdlog::warn("event=command-refused endpoint={} container={} request={} cause={} suppressed={}",
               LogValue(endpoint), LogValue(open.container), LogValue(open.resource_name),
               LogValue(cause), log_limiter_.suppressed());
}

void CommandDesk::RunRequest(const OpenCommand& open, TimePoint now) {
  auto command = mapping::ParseCommand(open.content, open.resource_name, model_);
  const std::string endpoint = open.endpoint.empty()
                                   ? (command ? command->endpoint : command.error().endpoint)
                                   : open.endpoint;
  if (command && open.endpoint.empty() && endpoint.empty()) {
    command = tl::unexpected(mapping::RefusedCommand{
        command->id,
        command->request,
        "",
        command->op,
        command->operation.path.ToString(),
        {onem2m::ResponseStatusCode::kBadRequest,
         "\"ep\": missing; name the Endpoint Client Name in the shared container"}});
  } else if (command && !command->endpoint.empty() && command->endpoint != endpoint) {
    command =
        tl::unexpected(mapping::RefusedCommand{command->id,
                                               command->request,
                                               endpoint,
                                               command->op,
                                               command->operation.path.ToString(),
                                               {onem2m::ResponseStatusCode::kBadRequest,
                                                "\"ep\": this container is of another endpoint"}});
  }
  if (!command) {
    ReportRefused(endpoint, open, command.error().error.detail);
    Finish(open, mapping::CommandOutcome(command.error(), endpoint));
    return;
  }
  command->endpoint = endpoint;
  Submit(open, std::move(*command), now);
}

std::optional<mapping::Command> CommandDesk::ParseOld(
    const std::string& container, const onem2m::ContentInstance& instance) const {
  if (!IsAdministration(container)) {
    auto parsed = mapping::ParseCommand(instance.content, instance.resource_name, model_);
    return parsed ? std::optional(*std::move(parsed)) : std::nullopt;
  }
  auto parsed = mapping::ParseAdministration(instance.content, instance.resource_name, model_);
  return parsed ? std::optional(std::move(parsed->command)) : std::nullopt;
}

void CommandDesk::RunAdministration(const OpenCommand& open, TimePoint now) {
  AdministrationDesk& administration = surroundings_.administration();
  auto asked = mapping::ParseAdministration(open.content, open.resource_name, model_);
  if (asked && !administration.enabled()) {
    asked = tl::unexpected(
        mapping::RefusedCommand{asked->command.id,
                                asked->command.request,
                                asked->command.endpoint,
                                asked->command.op,
                                "",
                                {onem2m::ResponseStatusCode::kOriginatorHasNoPrivilege,
                                 "access.administrators names nobody"}});
  }
  if (!asked) {
    ReportRefused("", open, asked.error().error.detail);
    Finish(open, mapping::CommandOutcome(asked.error(), ""));
    return;
  }
  if (!asked->order) return RunRequest(open, now);
  const mapping::Command& command = asked->command;
  if (DeadlineOf(open, command) <= unix_now_()) {
    Finish(open, mapping::AdministrationOutcome(command, mapping::CommandStatus::kExpired,
                                                onem2m::ResponseStatusCode::kRequestTimeout,
                                                "its ttl passed before it could be run", ""));
    return;
  }
  Finish(open, administration.Run(*asked, now, unix_now_()));
}

void CommandDesk::RunDirect(const OpenCommand& open, TimePoint now) {
  onem2m::ContentInstance instance;
  instance.content = open.content;
  instance.resource_name = open.resource_name;
  mapping::Command command;
  command.id = command.request = open.resource_name;
  command.endpoint = open.endpoint;
  const auto path = lwm2m::Path::Parse("/" + open.container);
  auto operation = path ? mapping::DirectOperation(*path, instance, model_)
                        : onem2m::Result<lwm2m::Operation>(onem2m::BadRequest(open.container));
  if (!operation) {
    ReportRefused(open.endpoint, open, operation.error().detail);
    Finish(open, mapping::CommandOutcome(
                     mapping::RefusedCommand{command.id, command.request, open.endpoint, "write",
                                             "/" + open.container, operation.error()},
                     open.endpoint));
    // The application's value stands in the container: what the device has is put above it.
    if (path) ReadAgain(open.endpoint, *path, now);
    return;
  }
  command.op = operation->kind == OperationKind::kExecute ? "execute" : "write";
  command.operation = std::move(*operation);
  Submit(open, std::move(command), now);
}

void CommandDesk::Submit(const OpenCommand& open, mapping::Command command, TimePoint now) {
  if (command.firmware && surroundings_.firmware().IsLeftOver(open.resource_id)) {
    return RunFirmware(open, command, now);  // begun in time; it knows its own deadlines
  }
  const std::int64_t remaining = DeadlineOf(open, command) - unix_now_();
  if (remaining <= 0) {
    Finish(open,
           mapping::CommandOutcome(command, command.endpoint, mapping::CommandStatus::kExpired,
                                   onem2m::ResponseStatusCode::kRequestTimeout,
                                   "its ttl passed before it could be run"));
    return;
  }
  if (command.firmware) return RunFirmware(open, command, now);
  if (open.started && !MayBeRepeated(command.operation.kind)) {
    Finish(open, mapping::CommandOutcome(command, command.endpoint,
                                         lwm2m::Outcome{lwm2m::Failure::kOutcomeUnknown}, model_));
    return;
  }
  const lwm2m::Registration* const registration = server_->Find(command.endpoint);
  if (registration == nullptr) {
    Finish(open, mapping::CommandOutcome(command, command.endpoint,
                                         lwm2m::Outcome{lwm2m::Failure::kNotRegistered}, model_));
    return;
  }
  command.root_path = registration->objects->root_path;
  if (command.op == mapping::kUpdateRegistration) {
    command.operation.path = mapping::RegistrationUpdateTrigger(registration->objects);
  }
  // ATT-8: a client below 1.2 takes the attributes of an Observe with a Write-Attributes before it.
  const std::optional<lwm2m::Operation> attributes =
      mapping::TakeAttributes(command.operation, registration->version);
  auto fits = mapping::CheckClient(command.operation, *registration);
  if (fits && attributes) fits = mapping::CheckClient(*attributes, *registration);
  if (!fits) return RefuseUnfit(open, command, fits.error(), now);
  if (command.operation.kind == OperationKind::kCancelObserve &&
      !surroundings_.MayCancelObserve(command.endpoint, command.operation.path)) {
    Finish(open, mapping::CommandOutcome(command, command.endpoint, mapping::CommandStatus::kDone,
                                         onem2m::ResponseStatusCode::kOk,
                                         "subscribed to, and so observed further on"));
    return;
  }
  if (!server_->IsAwake(command.endpoint, now)) {
    surroundings_.SendOutcome(
        open.endpoint,
        mapping::CommandOutcome(command, command.endpoint, mapping::CommandStatus::kAccepted,
                                onem2m::ResponseStatusCode::kAccepted, "the device is asleep"));
  }
  spdlog::info("event=command endpoint={} op={} path={} id={}", LogValue(command.endpoint),
               command.op, command.operation.path.ToString(), command.id);
  const TimePoint deadline = now + std::chrono::seconds(remaining);
  if (!attributes) {
    Send(open, std::move(command), deadline, now);
    return;
  }
  const std::string endpoint = command.endpoint;
  server_->Submit(
      endpoint, *attributes, lwm2m::Priority::kCommand, deadline, now,
      [this, open, deadline, command = std::move(command)](const lwm2m::Outcome& outcome) {
        const lwm2m::CoapResponse* response = outcome.response();
        if (response != nullptr && lwm2m::IsSuccess(response->code)) {
          Send(open, command, deadline, now_);
        } else {
          Finish(open, mapping::CommandOutcome(command, command.endpoint, outcome, model_));
        }
      });
}

void CommandDesk::RefuseUnfit(const OpenCommand& open, const mapping::Command& command,
                              const onem2m::Error& error, TimePoint now) {
  ReportRefused(command.endpoint, open, error.detail);
  Finish(open, mapping::CommandOutcome(command, command.endpoint, mapping::CommandStatus::kFailed,
                                       error.status, error.detail));
  // The application's value stands in the container: what the device has is put above it.
  const lwm2m::Operation& operation = command.operation;
  const bool direct_write = open.container != kRequests &&
                            operation.kind == OperationKind::kWriteReplace &&
                            operation.path.depth() >= 3;
  if (direct_write) ReadAgain(command.endpoint, operation.path.Prefix(3), now);
}

void CommandDesk::Send(const OpenCommand& open, mapping::Command command, TimePoint deadline,
                       TimePoint now) {
  const std::string endpoint = command.endpoint;
  lwm2m::Operation operation = command.operation;
  // What may not be run twice is known to have been given to the device before it is.
  std::function<void()> sent;
  if (!MayBeRepeated(operation.kind)) sent = [this, open] { MarkStarted(open); };
  server_->Submit(
      endpoint, std::move(operation), lwm2m::Priority::kCommand, deadline, now,
      [this, open, command = std::move(command)](const lwm2m::Outcome& outcome) {
        OnOutcome(open, command, outcome);
      },
      std::move(sent));
}

void CommandDesk::MarkStarted(OpenCommand open) {
  open.started = true;
  if (auto put = store_.Put(open); !put) {
    spdlog::error("event=store-failed what=put-command cause={}", LogValue(put.error().detail));
  }
}

void CommandDesk::RunFirmware(const OpenCommand& open, const mapping::Command& command,
                              TimePoint now) {
  FirmwareDesk& firmware = surroundings_.firmware();
  const auto finish = [&](mapping::CommandStatus status, onem2m::ResponseStatusCode code,
                          std::string_view reason) {
    Finish(open, mapping::CommandOutcome(command, command.endpoint, status, code, reason));
  };
  if (command.firmware->cancels) {
    if (auto cancelled = firmware.Cancel(command.endpoint, now); !cancelled) {
      return finish(mapping::CommandStatus::kFailed, cancelled.error().status,
                    cancelled.error().detail);
    }
    return finish(mapping::CommandStatus::kDone, onem2m::ResponseStatusCode::kUpdated, "");
  }
  const FirmwareOrder order{open.resource_id,         command.endpoint,
                            command.firmware->file,   command.firmware->uri,
                            command.firmware->method, DeadlineOf(open, command)};
  const auto begun = firmware.Start(
      order, [this, open, command](const auto& status) { OnFirmware(open, command, status); }, now);
  if (!begun) {
    ReportRefused(command.endpoint, open, begun.error().detail);
    return finish(mapping::CommandStatus::kFailed, begun.error().status, begun.error().detail);
  }
  if (*begun == FirmwareDesk::Begin::kResumed) return;
  surroundings_.SendOutcome(
      open.endpoint,
      mapping::CommandOutcome(command, command.endpoint, mapping::CommandStatus::kAccepted,
                              onem2m::ResponseStatusCode::kAccepted, ""));
}

void CommandDesk::OnFirmware(const OpenCommand& open, const mapping::Command& command,
                             const lwm2m::FirmwareStatus& status) {
  onem2m::ContentInstance outcome = mapping::CommandOutcome(command, mapping::ReportOf(status));
  if (IsBelowNode(open.container)) surroundings_.OnFirmwareStep(open, status);
  if (status.finished()) {
    Finish(open, std::move(outcome), status.step == lwm2m::FirmwareStep::kDone);
  } else {
    surroundings_.SendOutcome(open.endpoint, std::move(outcome));
  }
}

void CommandDesk::OnOutcome(const OpenCommand& open, const mapping::Command& command,
                            const lwm2m::Outcome& outcome) {
  const lwm2m::CoapResponse* response = outcome.response();
  const bool succeeded = response != nullptr && lwm2m::IsSuccess(response->code);
  Finish(open, mapping::CommandOutcome(command, command.endpoint, outcome, model_), succeeded);
  const OperationKind kind = command.operation.kind;
  if (succeeded && kind == OperationKind::kObserve) {
    surroundings_.OnCommandObserved(command.endpoint, command.operation.path);
  }
  // What was read is news for everybody (R47).
  const bool read = kind == OperationKind::kRead || kind == OperationKind::kObserve ||
                    kind == OperationKind::kReadComposite ||
                    kind == OperationKind::kObserveComposite;
  if (succeeded && read) {
    surroundings_.StoreValues(command.endpoint, command.operation.path, response->payload);
  }
  if (!succeeded && kind == OperationKind::kWriteReplace && open.container != kRequests) {
    ReadAgain(open.endpoint, command.operation.path, now_);
  }
}

void CommandDesk::ReadAgain(const std::string& endpoint, const lwm2m::Path& path, TimePoint now) {
  const lwm2m::ResourceDefinition* definition =
      path.depth() >= 3 ? model_.FindResource(path) : nullptr;
  if (definition == nullptr || !definition->readable || server_->Find(endpoint) == nullptr) return;
  lwm2m::Operation read;
  read.path = path;
  server_->Submit(endpoint, std::move(read), lwm2m::Priority::kTelemetry,
                  now + lwm2m::kDefaultLifetime, now,
                  [this, endpoint, path](const lwm2m::Outcome& outcome) {
                    const lwm2m::CoapResponse* response = outcome.response();
                    if (response == nullptr || !lwm2m::IsSuccess(response->code)) return;
                    surroundings_.StoreValues(endpoint, path, response->payload);
                  });
}

void CommandDesk::Finish(const OpenCommand& open, onem2m::ContentInstance outcome, bool succeeded) {
  surroundings_.SendOutcome(open.endpoint, std::move(outcome));
  if (IsBelowNode(open.container)) surroundings_.OnCommandEnded(open, succeeded);
  if (open_ > 0) --open_;
  if (auto closed = store_.CloseCommand(open.resource_id); !closed) {
    spdlog::error("event=store-failed what=close-command cause={}",
                  LogValue(closed.error().detail));
  }
}

}  // namespace ipe
