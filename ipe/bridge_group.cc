// What a turn of the loop has to write of endpoints: one transaction for all, and then the answers
// that depend on it.
#include <spdlog/spdlog.h>

#include <unordered_set>
#include <utility>

#include "ipe/bridge.h"
#include "ipe/log_events.h"

namespace ipe {

using lwm2m::Code;

namespace {

constexpr std::size_t kForgottenTogether = 64;

}  // namespace

void Bridge::EndTurn(std::chrono::nanoseconds waited) {
  Measure(waited);
  EndGroup();
  if (!events_.empty()) {
    AppendRows(self_, std::exchange(events_, {}), std::nullopt, /*is_news=*/true);
  }
  // While more of them are about to come, they wait for each other.
  const bool more_come = jobs_ > 0 && !stopping_ && delivered_.size() < kForgottenTogether;
  if (delivered_.empty() || more_come) return;
  if (auto done = surroundings_.store.Delivered(delivered_); !done) {
    // They go again after a restart; their names make that harmless.
    spdlog::error("event=store-failed what=delivered cause={}", LogValue(done.error().detail));
  }
  delivered_.clear();
}

// Devices first: what can wait does so while the loop is busy with them.
void Bridge::Measure(std::chrono::nanoseconds waited) {
  const auto waiting_share = load_.OnTurn(now_, waited);
  if (!waiting_share) return;
  observe_line_.OnLoad(*waiting_share);
  turns_.set_yielding(load_.busy());
  StartJobs();
}

// At the end of the turn, as it is then.
void Bridge::PersistLater(Endpoint& endpoint) {
  if (std::exchange(endpoint.unstored, true)) return;
  unstored_.push_back(&endpoint);
}

// "Nothing is lost": what is answered with success has been written. Nothing that others can see
// is done before.
void Bridge::AnswerWhenStored(Endpoint& endpoint, const Request& request) {
  PersistLater(endpoint);
  requests_.push_back({endpoint.key(), endpoint.generation, request});
}

void Bridge::EndGroup() {
  if (unstored_.empty() && requests_.empty()) return;
  const std::vector<Endpoint*> group = std::exchange(unstored_, {});
  const std::vector<WaitingRequest> requests = std::exchange(requests_, {});
  std::vector<const StoredEndpoint*> written;
  written.reserve(group.size());
  for (Endpoint* const endpoint : group) {
    endpoint->unstored = false;
    written.push_back(&endpoint->stored);
  }
  // Those that cannot be written do not keep the others from it.
  std::unordered_set<std::string> failed;
  if (!surroundings_.store.PutAll(written)) {
    for (const Endpoint* const endpoint : group) {
      if (!Persist(*endpoint)) failed.insert(endpoint->key());
    }
  }
  for (const WaitingRequest& waiting : requests) {
    const Request& request = waiting.request;
    Endpoint* const endpoint = FindEndpoint(waiting.endpoint);
    if (endpoint == nullptr || endpoint->generation != waiting.generation) {
      server_->Answer(request.ticket, SuccessOf(request.kind), now_);  // overtaken
    } else if (failed.contains(waiting.endpoint)) {
      OnNotStored(*endpoint, request);
    } else {
      OnStored(*endpoint, request);
    }
  }
}

void Bridge::OnStored(Endpoint& endpoint, const Request& request) {
  if (request.tells_cse) {
    OpenTicketFor(endpoint, request.ticket, request.kind);
    Pump(endpoint);
    return;
  }
  // Nothing that the CSE would be told has changed.
  server_->Answer(request.ticket, Code::kChanged, now_);
  Announce(endpoint);
  ObserveInTurn(endpoint);  // what failed for want of an answer
  OnAnswered(endpoint, /*anew=*/false);
}

// The device tries again; until then it is as if it had not.
void Bridge::OnNotStored(Endpoint& endpoint, const Request& request) {
  const std::string key = endpoint.key();
  server_->Answer(request.ticket, Code::kInternalServerError, now_);
  if (request.kind != OpenTicket::Kind::kDeregister) endpoint.event = {};
  if (request.kind == OpenTicket::Kind::kUpdate) {
    const lwm2m::Registration* const kept = server_->Find(key);
    if (kept != nullptr) endpoint.stored.registration = *kept;
  }
  const bool is_new = endpoint.stored.ae_id.empty() && endpoint.stored.node_resource_id.empty();
  if (request.kind == OpenTicket::Kind::kRegister && is_new && !endpoint.job_running) {
    Forget(key);
    return;
  }
  Pump(endpoint);
}

}  // namespace ipe
