// What a changed profile changes in a tree that stands.  (TS-0014 §6.3.2; R36–R40)
#include <spdlog/spdlog.h>

#include <optional>
#include <vector>

#include "ipe/endpoint_session.h"
#include "ipe/log_events.h"
#include "mapping/object_discovery.h"
#include "onem2m/codec/json.h"

namespace ipe {

using onem2m::Container;
using onem2m::ResponseStatusCode;

namespace {

// Attributes of `wanted` that differ; nullopt when none does. What is not wanted any more (a limit)
// stays: the CSE has a value of its own for none of them.
std::optional<Container> Changes(const Container& had, const Container& wanted) {
  Container changes;
  bool differs = false;
  const auto take = [&](auto member, bool is_set) {
    if (had.*member == wanted.*member || !is_set) return;
    changes.*member = wanted.*member;
    differs = true;
  };
  take(&Container::labels, !wanted.labels.empty());
  take(&Container::ontology_ref, !wanted.ontology_ref.empty());
  take(&Container::expiration_time, !wanted.expiration_time.empty());
  take(&Container::max_number_of_instances, wanted.max_number_of_instances.has_value());
  take(&Container::max_byte_size, wanted.max_byte_size.has_value());
  take(&Container::max_instance_age, wanted.max_instance_age.has_value());
  if (!differs) return std::nullopt;
  return changes;
}

}  // namespace

// The containers below the AE: resource containers are known to the CSE alone after a restart.
std::optional<std::vector<lwm2m::Path>> EndpointSession::FindContainers(const EndpointPlan& plan) {
  const Answer found = AsOwner(plan, plan.known.ae_id, [&](const std::string& originator) {
    return surroundings_.requests.Retrieve(AddressOf(plan, ""), originator,
                                           {{"fu", "1"}, {"ty", "3"}});
  });
  if (!found) return std::nullopt;
  std::vector<lwm2m::Path> paths;
  const auto uris = IsSuccess(found->status)
                        ? onem2m::DecodeUriList(found->content)
                        : onem2m::Result<std::vector<std::string>>(onem2m::BadRequest("not found"));
  if (!uris) {
    // A CSE that does not let itself be asked: what we have seen.
    for (const std::string& address : containers_.all()) {
      if (const auto path = lwm2m::Path::Parse("/" + address)) paths.push_back(*path);
    }
    return paths;
  }
  const std::string prefix = "/" + plan.names.name + "/";
  for (const std::string& uri : *uris) {
    const std::size_t at = uri.find(prefix);
    if (at == std::string::npos) continue;
    const std::string below = uri.substr(at + prefix.size() - 1);
    const auto path = lwm2m::Path::Parse(below);
    if (!path || path->is_root()) continue;
    containers_.Add(below.substr(1));
    paths.push_back(*path);
  }
  return paths;
}

bool EndpointSession::Adapt(const EndpointPlan& plan, const mapping::Profile& before,
                            const mapping::Context& context_before,
                            std::vector<MadeSubscription>& subscribed) {
  const auto paths = FindContainers(plan);
  if (!paths) return false;
  const std::string expiration =
      plan.known.expires_at == 0 ? "" : onem2m::FormatTimestamp(plan.known.expires_at);
  for (const lwm2m::Path& path : *paths) {
    const auto had =
        mapping::PlanContainer(path, plan.registration, context_before, before, expiration);
    const auto wanted = mapping::PlanContainer(path, plan.registration, *plan.context,
                                               surroundings_.profile, expiration);
    const auto changes = Changes(had.container, wanted.container);
    if (!changes) continue;
    const std::string address = AddressOf(plan, mapping::ContainerAddress(path));
    const Answer answer = AsOwner(plan, plan.known.ae_id, [&](const std::string& originator) {
      return surroundings_.requests.Update(address, originator, *changes);
    });
    if (!answer) return false;
    if (!IsSuccess(answer->status) && answer->status != ResponseStatusCode::kNotFound) {
      spdlog::warn("event=container-not-adapted endpoint={} cause={} effect=\"it stays as it was\"",
                   LogValue(plan.registration->endpoint),
                   LogValue(Describe("UPDATE <container> " + address, answer)));
    }
  }
  // Those that no rule described before; the others stand.
  std::vector<lwm2m::Path> undescribed;
  for (const lwm2m::Path& path : plan.registration->objects->paths) {
    if (!before.For(plan.registration->endpoint, path).descriptor) undescribed.push_back(path);
  }
  DescribeTree(plan, undescribed);
  return MakeEagerContainers(plan, subscribed);
}

}  // namespace ipe
