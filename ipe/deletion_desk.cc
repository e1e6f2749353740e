#include "ipe/deletion_desk.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "ipe/log_events.h"
#include "lwm2m/operations.h"
#include "mapping/commands.h"
#include "mapping/status_codes.h"

namespace ipe {

using lwm2m::Path;

namespace {

// Containers of an endpoint that are told of and not yet looked for.
constexpr std::size_t kNoticedKept = 256;

enum class Presence { kThere, kGone, kUnknown };

Presence PresenceOf(const Answer& answer) {
  if (!answer || mapping::VerdictOf(answer->status) == mapping::Verdict::kRetry) {
    return Presence::kUnknown;
  }
  return answer->status == onem2m::ResponseStatusCode::kNotFound ? Presence::kGone
                                                                 : Presence::kThere;
}

}  // namespace

DeletionLook LookForDeleted(CseRequests& requests, const std::string& ae,
                            const std::string& originator,
                            const std::vector<DeletedContainer>& deleted) {
  DeletionLook result;
  const auto look = [&](const std::string& address) {
    const Answer answer = requests.Retrieve(address, originator);
    const Presence presence = PresenceOf(answer);
    if (presence == Presence::kUnknown) {
      result.no_answer = true;
      result.detail = Describe("RETRIEVE " + address, answer);
    }
    return presence;
  };
  for (const DeletedContainer& each : deleted) {
    const std::string address = ae + "/" + each.address;
    const Presence presence = look(address);
    if (presence == Presence::kUnknown) return result;
    if (presence == Presence::kThere) continue;  // made again meanwhile, or never deleted
    const Presence parent = look(address.substr(0, address.rfind('/')));
    if (parent == Presence::kUnknown) return result;
    result.more_is_gone |= parent == Presence::kGone;
    if (parent == Presence::kThere) result.gone.push_back(each);
  }
  return result;
}

DeletionDesk::DeletionDesk(Surroundings& surroundings, const lwm2m::ObjectModel& model,
                           Metrics& metrics, std::function<std::int64_t()> unix_now)
    : surroundings_(surroundings),
      model_(model),
      unix_now_(std::move(unix_now)),
      deletions_(metrics.counter(
          "deletions", "Containers of object instances that applications have deleted")) {}

void DeletionDesk::OnDeleted(Endpoint& endpoint, const std::string& parent,
                             const onem2m::Container& container) {
  if (endpoint.leave_wanted || container.resource_name.empty()) return;
  const std::string address =
      parent.empty() ? container.resource_name : parent + "/" + container.resource_name;
  if (const auto path = Path::Parse("/" + address)) {
    const lwm2m::ObjectList& declared = endpoint.stored.registration->objects;
    if (path->depth() > 2 ||
        !(path->is_object() ? declared.HasObject(path->object()) : declared.Has(*path))) {
      return;  // by us: the device has it no more
    }
  }
  const auto expires = onem2m::ParseTimestamp(container.expiration_time);
  auto& noticed = noticed_[endpoint.key()];
  if (noticed.size() >= kNoticedKept) return;
  noticed[address] = {address, container.resource_id, expires && *expires <= unix_now_()};
  surroundings_.OnDeletionNoticed(endpoint);
}

std::vector<DeletedContainer> DeletionDesk::TakeDeleted(std::string_view endpoint) {
  std::vector<DeletedContainer> deleted;
  if (noticed_.empty()) return deleted;
  const auto found = noticed_.find(std::string(endpoint));
  if (found == noticed_.end()) return deleted;
  for (auto& [address, each] : found->second) deleted.push_back(std::move(each));
  noticed_.erase(found);
  return deleted;
}

void DeletionDesk::OnLooked(Endpoint& endpoint, const std::vector<DeletedContainer>& asked,
                            const DeletionLook& result, lwm2m::TimePoint now) {
  if (endpoint.leave_wanted) return;
  if (result.no_answer) {
    auto& noticed = noticed_[endpoint.key()];
    for (const DeletedContainer& each : asked) noticed.try_emplace(each.address, each);
    return;
  }
  if (result.more_is_gone) surroundings_.Heal(endpoint, "");
  for (const DeletedContainer& deleted : result.gone) {
    const auto path = Path::Parse("/" + deleted.address);
    const bool is_instance = path && path->is_instance() && !deleted.expired &&
                             endpoint.stored.registration->objects->Has(*path);
    if (is_instance) {
      DeleteInstance(endpoint, *path, deleted, now);
      continue;
    }
    spdlog::info("event=container-deleted endpoint={} container={} effect=\"made again\"",
                 LogValue(endpoint.key()), LogValue(deleted.address));
    surroundings_.Heal(endpoint, deleted.address);
  }
}

// R52: over Mca the DELETE of the container of an Object Instance is the Delete of the instance.
void DeletionDesk::DeleteInstance(Endpoint& endpoint, const Path& path,
                                  const DeletedContainer& deleted, lwm2m::TimePoint now) {
  const std::string key = endpoint.key();
  deletions_.Increment();
  spdlog::info("event=command endpoint={} op=delete path={} id={}", LogValue(key), path.ToString(),
               LogValue(deleted.resource_id));
  mapping::Command command;
  command.id = command.request = deleted.resource_id;
  command.endpoint = key;
  command.op = "delete";
  command.operation.kind = lwm2m::OperationKind::kDelete;
  command.operation.path = path;
  const auto refuse = [&](onem2m::ResponseStatusCode status, const std::string& why) {
    surroundings_.SendOutcome(
        key, mapping::CommandOutcome(command, key, mapping::CommandStatus::kFailed, status, why));
    surroundings_.Heal(endpoint, deleted.address);
  };
  if (const auto valid = lwm2m::Validate(command.operation); !valid) {
    return refuse(onem2m::ResponseStatusCode::kOperationNotAllowed, valid.error().detail);
  }
  if (!server_->IsAwake(key, now)) {
    surroundings_.SendOutcome(
        key,
        mapping::CommandOutcome(command, key, mapping::CommandStatus::kAccepted,
                                onem2m::ResponseStatusCode::kAccepted, "the device is asleep"));
  }
  server_->Submit(key, command.operation, lwm2m::Priority::kCommand, now + command.ttl, now,
                  [this, key, command, address = deleted.address](const lwm2m::Outcome& outcome) {
                    surroundings_.SendOutcome(
                        key, mapping::CommandOutcome(command, key, outcome, model_));
                    const lwm2m::CoapResponse* response = outcome.response();
                    if (response != nullptr && lwm2m::IsSuccess(response->code)) return;
                    // The device has it still: §6.2, what is there is in the CSE.
                    Endpoint* found = surroundings_.FindEndpoint(key);
                    if (found != nullptr && !found->leave_wanted) {
                      surroundings_.Heal(*found, address);
                    }
                  });
}

}  // namespace ipe
