// What the operator asks: which rules, names and states hold for an endpoint and a path.
#include <algorithm>
#include <utility>

#include "ipe/bridge.h"
#include "ipe/explanation.h"
#include "lwm2m/value.h"
#include "mapping/identifiers.h"

namespace ipe {

namespace {

std::string OperationsOf(const lwm2m::ResourceDefinition& resource) {
  std::string operations;
  if (resource.readable) operations += "R";
  if (resource.writable) operations += "W";
  if (resource.executable) operations += "E";
  return operations;
}

const char* NameOf(lwm2m::Type type) {
  switch (type) {
    case lwm2m::Type::kNone:
      return "none";
    case lwm2m::Type::kString:
      return "String";
    case lwm2m::Type::kInteger:
      return "Integer";
    case lwm2m::Type::kUnsignedInteger:
      return "Unsigned Integer";
    case lwm2m::Type::kFloat:
      return "Float";
    case lwm2m::Type::kBoolean:
      return "Boolean";
    case lwm2m::Type::kOpaque:
      return "Opaque";
    case lwm2m::Type::kTime:
      return "Time";
    case lwm2m::Type::kObjectLink:
      return "Objlnk";
    case lwm2m::Type::kCoreLink:
      return "Corelnk";
  }
  return "";
}

void ExplainDefinition(const lwm2m::ObjectModel& model, const lwm2m::ObjectList& objects,
                       Explanation& it) {
  const auto declared = objects.versions.find(it.path->object());
  const auto* object =
      model.Find(it.path->object(), declared == objects.versions.end() ? "" : declared->second);
  if (object == nullptr) return;
  it.object_name = object->name;
  it.object_version = object->version;
  if (it.path->depth() < 3) return;
  const auto* resource = object->Find(it.path->resource());
  if (resource == nullptr) return;
  it.resource_name = resource->name;
  it.type = NameOf(resource->type);
  it.operations = OperationsOf(*resource);
}

const char* TreeOf(const Endpoint& endpoint) {
  switch (endpoint.stored.phase) {
    case StoredEndpoint::Phase::kWanted:
      return "not made yet";
    case StoredEndpoint::Phase::kReady:
      return "ready";
    case StoredEndpoint::Phase::kLeaving:
      return "being deleted";
  }
  return "";
}

}  // namespace

void Bridge::ExplainObservation(const Endpoint& endpoint, Explanation& it) const {
  const lwm2m::Path& path = *it.path;
  const auto targets = surroundings_.config.interworking.profile.ObservationTargets(
      endpoint.key(), path.Prefix(std::min<std::size_t>(path.depth(), 2)));
  const auto target = std::find_if(targets.begin(), targets.end(), [&](const auto& each) {
    return each.path.Contains(path) || path.Contains(each.path);
  });
  if (target != targets.end() && path.depth() >= 2) it.target = *target;
  for (const lwm2m::Observation& held : server_->Observations(endpoint.key())) {
    const bool composite = std::any_of(held.paths.begin(), held.paths.end(),
                                       [&](const auto& each) { return each.Contains(path); });
    if (!(held.paths.empty() && held.path.Contains(path)) && !composite) continue;
    it.observation = Explanation::Observation::kEstablished;
    it.observed_path = held.path.ToString();
    return;
  }
  if (!it.target) return;
  const auto refused = endpoint.unobservable->find(it.target->path);
  if (refused != endpoint.unobservable->end()) {
    it.observation = Explanation::Observation::kRefused;
    it.refusal = lwm2m::ToString(refused->second);
  } else {
    it.observation = Explanation::Observation::kUnderWay;
  }
}

void Bridge::ExplainPath(const Endpoint& endpoint, Explanation& it) const {
  const lwm2m::Path& path = *it.path;
  const lwm2m::ObjectList& objects = endpoint.stored.registration->objects;
  const std::string container = mapping::ContainerAddress(path);
  it.declared = path.depth() >= 2 ? objects.Has(path.Prefix(2)) || objects.Has(path.Prefix(1))
                                  : objects.HasObject(path.object());
  ExplainDefinition(surroundings_.model, objects, it);
  it.container = AddressOf(endpoint) + "/" + container;
  // The job under way knows more.
  if (!endpoint.job_running) it.container_exists = endpoint.memory.containers.Has(container);
  it.commands_subscribed = own_subscriptions_.Has(
      endpoint.key(), SubscriptionPlace{mapping::Purpose::kCommands, container, false});
  if (path.depth() >= 3) it.value_known = endpoint.last_values.Knows(path);
  ExplainObservation(endpoint, it);
  const auto rows =
      surroundings_.store.Pending(endpoint.key(), endpoint.after, Explanation::kRowsLookedAt);
  if (!rows) return;
  it.path_rows = static_cast<std::uint64_t>(
      std::count_if(rows->begin(), rows->end(), [&](const OutboxRow& row) {
        return row.container == container || row.container.starts_with(container + "/");
      }));
}

Explanation Bridge::Explain(const std::string& key, const std::optional<lwm2m::Path>& path) const {
  Explanation it;
  it.endpoint = key;
  if (path && !path->is_root()) it.path = *path;
  it.cse_up = health_.up();
  it.cse_reason = health_.reason();
  it.cse_since = std::chrono::duration_cast<std::chrono::seconds>(now_ - health_.since()).count();
  const mapping::Profile& profile = surroundings_.config.interworking.profile;
  if (it.path) {
    it.settings = ExplainSettings(profile, key, *it.path);
    it.effective = profile.For(key, *it.path);
  }
  const auto found = endpoints_.find(key);
  if (key.empty() || found == endpoints_.end()) return it;
  const Endpoint& endpoint = **found;
  const lwm2m::Registration& registration = endpoint.stored.registration;
  it.known = true;
  it.registered = server_->Find(key) != nullptr;
  it.awake = it.registered && server_->IsAwake(key, now_);
  it.version = registration.version;
  it.lifetime = registration.lifetime.count();
  it.binding = registration.binding;
  it.peer = registration.peer.address;
  it.security = lwm2m::ToString(registration.peer.security);
  it.objects = lwm2m::ToString(registration.objects);
  for (const auto format : registration.objects->formats) {
    it.formats.push_back(static_cast<int>(format));
  }
  it.ae = AddressOf(endpoint);
  it.ae_id = endpoint.stored.ae_id;
  it.node = base_ + "/" + NamesOf(endpoint).node_name;
  it.tree = TreeOf(endpoint);
  it.rules_pending = endpoint.change != nullptr || standing_.count(key) > 0;
  it.forbidden = endpoint.forbidden;
  it.trouble = *endpoint.trouble;
  it.rows = endpoint.rows;
  if (it.path) ExplainPath(endpoint, it);
  return it;
}

}  // namespace ipe
