// Containers that applications delete: watched where somebody may, passed on to the device or made
// again.  (TS-0014 §6.2, §6.4; R52, R55)
#include <utility>

#include "ipe/bridge.h"
#include "mapping/identifiers.h"

namespace ipe {

namespace {

constexpr std::chrono::milliseconds kRetryAfter{1000};

}  // namespace

// The <AE> for what stands directly below it, and each object for its instances. Costs nothing
// while nobody may delete. `anew`: the CSE has lost what was made before.
void Bridge::WatchDeletions(Endpoint& endpoint, bool anew) {
  if (access_.lists().deleters.empty() || endpoint.key().empty() || endpoint.leave_wanted) return;
  const auto want = [&](std::string parent) {
    SubscriptionPlace place{mapping::Purpose::kDeletions, std::move(parent)};
    if (anew || !own_subscriptions_.Has(endpoint.key(), place)) {
      WantSubscription(endpoint, std::move(place));
    }
  };
  want("");
  for (const lwm2m::Path& path : endpoint.stored.registration->objects->paths) {
    if (path.is_instance()) want(mapping::ContainerAddress(path.Prefix(1)));
  }
}

// A hint will do: what the CSE says when it is asked counts.
void Bridge::OnDeletionNotification(const OwnNotification& arrived) {
  Endpoint* endpoint = FindEndpoint(arrived.endpoint);
  const auto& representation = arrived.notification.representation;
  const auto* container =
      representation ? std::get_if<onem2m::Container>(&*representation) : nullptr;
  if (endpoint == nullptr || container == nullptr) return;
  deletions_.OnDeleted(*endpoint, arrived.place.parent, *container);
}

void Bridge::OnDeletionNoticed(Endpoint& endpoint) { Pump(endpoint); }

void Bridge::StartLookForDeleted(Endpoint& endpoint) {
  std::vector<DeletedContainer> deleted = deletions_.TakeDeleted(endpoint.key());
  Run(endpoint, JobClass::kNews,
      [this, session = OpenSession(endpoint), deleted = std::move(deleted),
       ae = AddressOf(endpoint), originator = ReaderFor(endpoint),
       key = endpoint.key()]() -> std::function<void()> {
        DeletionLook result = LookForDeleted(surroundings_.requests, ae, originator, deleted);
        for (const DeletedContainer& gone : result.gone) session->ForgetBelow(gone.address);
        if (result.more_is_gone) session->ForgetBelow("");
        return [this, key, deleted, result = std::move(result)] {
          Endpoint* found = FindEndpoint(key);
          if (found == nullptr) return;
          if (result.no_answer) BackOffAndRetry(*found, kRetryAfter);
          deletions_.OnLooked(*found, deleted, result, now_);
        };
      });
}

// Made again is what the tree is not said to have any more; then the device is asked for its
// values.
void Bridge::Heal(Endpoint& endpoint, const std::string& address) {
  const auto path = lwm2m::Path::Parse("/" + address);
  if (!path || path->is_root()) {  // `requests`, `responses`, or more than we know
    endpoint.furnish_wanted = true;
  }
  if (path) {
    std::erase_if(endpoint.stored.tree.Edit().paths,
                  [&](const lwm2m::Path& each) { return path->Contains(each); });
    endpoint.settle_wanted = true;
    endpoint.last_values.Clear();
    ReadBelow(endpoint, *path);
  }
  if (path && path->is_object()) {
    WantSubscription(endpoint, {mapping::Purpose::kDeletions, address});
  }
  Pump(endpoint);
}

// What is observed there; and where nothing is, the instance.
void Bridge::ReadBelow(const Endpoint& endpoint, const lwm2m::Path& path) {
  constexpr lwm2m::Id kFirmwareUpdate = 5;  // may hold an image
  const std::string key = endpoint.key();
  for (const lwm2m::Path& instance : endpoint.stored.registration->objects->paths) {
    if (!instance.is_instance() || !path.Contains(instance)) continue;
    std::vector<lwm2m::Path> wanted;
    for (const auto& target :
         surroundings_.config.interworking.profile.ObservationTargets(key, instance)) {
      wanted.push_back(target.path);
    }
    if (wanted.empty() && instance.object() != kFirmwareUpdate) wanted.push_back(instance);
    for (const lwm2m::Path& each : wanted) {
      lwm2m::Operation read;
      read.path = each;
      server_->Submit(key, std::move(read), lwm2m::Priority::kTelemetry,
                      now_ + lwm2m::kDefaultLifetime, now_,
                      [this, key, each](const lwm2m::Outcome& outcome) {
                        const lwm2m::CoapResponse* response = outcome.response();
                        if (response == nullptr || !lwm2m::IsSuccess(response->code)) return;
                        StoreValues(key, each, response->payload);
                      });
    }
  }
}

}  // namespace ipe
