// What the bridge finds in the store when it starts, and what it does when the store fails.
#include <spdlog/spdlog.h>

#include <utility>

#include "ipe/bridge.h"
#include "ipe/log_events.h"

namespace ipe {

using lwm2m::TimePoint;

StoreResult<void> Bridge::Start(lwm2m::Server& server, TimePoint now) {
  now_ = now;
  server_ = &server;
  commands_.set_server(server);
  subscriptions_.set_server(server);
  read_on_demand_.set_server(server);
  firmware_.set_server(server);
  administration_.set_server(server);
  gateways_.set_server(server);
  access_.set_server(server);
  deletions_.set_server(server);
  auto endpoints = surroundings_.store.Endpoints();
  if (!endpoints) return tl::unexpected(endpoints.error());
  endpoints_.reserve(endpoints->size() + 1);
  by_name_.Reserve(endpoints->size());
  for (StoredEndpoint& stored : *endpoints) TakeBack(std::move(stored));
  auto observations = surroundings_.store.Observations();
  if (!observations) return tl::unexpected(observations.error());
  for (lwm2m::Observation& observation : *observations) server.Restore(std::move(observation));
  auto backlogs = surroundings_.store.Backlogs();
  if (!backlogs) return tl::unexpected(backlogs.error());
  for (const Store::Backlog& backlog : *backlogs) {
    Endpoint* const found = FindEndpoint(backlog.endpoint);
    if (found == nullptr) {
      surroundings_.store.Drop(backlog.endpoint);  // of an endpoint that left
      continue;
    }
    found->rows = backlog.rows;
    found->news = true;
    found->unanswered_create = true;
  }
  if (auto loaded = firmware_.Load(); !loaded) return loaded;
  if (auto loaded = commands_.Load(); !loaded) return loaded;
  commands_.TakeUp("", now);
  for (const std::unique_ptr<Endpoint>& endpoint : endpoints_) {
    const std::string& key = endpoint->key();
    if (key.empty() || endpoint->leave_wanted) continue;
    commands_.TakeUp(key, now);
    management_.OnRegistered(*endpoint, /*restored=*/true);
  }
  for (const lwm2m::Registration* registration : server.Registrations()) {
    gateways_.OnRegistered(*registration, /*anew=*/false, now);
  }
  spdlog::info("event=state-restored endpoints={} observations={} undelivered={}",
               endpoints->size(), observations->size(), surroundings_.store.pending_rows());
  return {};
}

void Bridge::TakeBack(StoredEndpoint stored) {
  auto made = std::make_unique<Endpoint>();
  made->stored = std::move(stored);
  Endpoint& endpoint = **endpoints_.insert(std::move(made)).first;
  // Given once, kept.
  UseName(endpoint, endpoint.stored.name);
  Place(endpoint, std::string(endpoint.stored.device));
  if (endpoint.stored.phase == StoredEndpoint::Phase::kLeaving) {
    endpoint.leave_wanted = true;
    endpoint.delete_unanswered = true;
    return;
  }
  // Downtime does not count against the lifetime.
  server_->Restore(endpoint.stored.registration, now_);
  // Without an AE: the CSE had lost it when we stopped.
  endpoint.settle_wanted =
      endpoint.stored.phase != StoredEndpoint::Phase::kReady || endpoint.stored.ae_id.empty();
  endpoint.furnish_wanted = true;
  endpoint.observe_wanted = true;
  endpoint.read_back_wanted = surroundings_.config.interworking.commands_per_endpoint;
}

// The store has lost what was in it, not what is in use.
void Bridge::PutEverything() {
  constexpr std::size_t kAtATime = 256;  // in one transaction
  for (const std::unique_ptr<Endpoint>& endpoint : endpoints_) {
    const std::string& key = endpoint->key();
    if (key.empty()) continue;
    PersistLater(*endpoint);
    if (unstored_.size() >= kAtATime) EndGroup();
    for (const lwm2m::Observation& observation : server_->Observations(key)) {
      OnObservationStarted(observation);
    }
  }
  commands_.PutCursors();
  administration_.PutSettings();
}

TimePoint Bridge::TickStore(TimePoint now) {
  const TimePoint next = surroundings_.store.Tick(now);
  if (surroundings_.store.TakeLoss()) PutEverything();
  return next;
}

void Bridge::UpdateStoreGauges() {
  const auto trouble = surroundings_.store.trouble();
  for (const StoreCause cause : {StoreCause::kFull, StoreCause::kIo, StoreCause::kReadOnly,
                                 StoreCause::kCorrupt, StoreCause::kGone, StoreCause::kBusy}) {
    surroundings_.metrics.SetGauge("store_degraded", "1 while the state directory cannot be used",
                                   trouble && trouble->cause == cause ? 1 : 0,
                                   {{"cause", std::string(ToString(cause))}});
  }
}

}  // namespace ipe
