// How what devices say gets into the outbox: the messages of one turn of the loop in one
// transaction, each before its acknowledgement. ("Nothing is lost")
#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "ipe/bridge.h"
#include "ipe/latest_only.h"
#include "ipe/log_events.h"

namespace ipe {

namespace {

// Of one endpoint as many as a job takes; of all, what a moment brings.
constexpr std::size_t kAtHandOfOne = 16;
constexpr std::size_t kAtHandOfAll = 4096;

// An Update says only what changed since those before it, which have to be in the store by then.
bool CanBePutOff(const std::vector<OutboxRow>& rows) {
  return std::all_of(rows.begin(), rows.end(),
                     [](const OutboxRow& row) { return row.form != OutboxRow::Form::kUpdate; });
}

}  // namespace

void Bridge::OnTurnBegin() { in_turn_ = true; }

bool Bridge::OnTurnEnd() {
  StoreArrived();
  in_turn_ = false;
  return !std::exchange(arrivals_lost_, false);
}

bool Bridge::Arrive(Endpoint& endpoint, std::vector<OutboxRow> rows,
                    const std::optional<MessageKey>& key) {
  if (!in_turn_ || !CanBePutOff(rows)) {
    if (!AppendRows(endpoint, std::move(rows), key, /*is_news=*/true)) return false;
    stored_.Increment();
    return true;
  }
  endpoint.news = true;
  // By a name that outlives the registration, which another one may replace in this turn.
  const lwm2m::Shared<lwm2m::Registration>& from =
      arrived_from_.emplace_back(endpoint.stored.registration);
  arrived_.push_back({from->endpoint, std::move(rows), key});
  return true;
}

// What came first is stored first.
void Bridge::StoreArrived() {
  if (arrived_.empty()) return;
  auto messages = std::exchange(arrived_, {});
  const auto from = std::exchange(arrived_from_, {});
  if (Append(messages)) {
    stored_.Increment(static_cast<double>(messages.size()));
  } else {
    arrivals_lost_ = true;
  }
}

bool Bridge::AppendRows(Endpoint& endpoint, std::vector<OutboxRow> rows,
                        const std::optional<MessageKey>& key, bool is_news) {
  if (rows.empty()) return true;
  StoreArrived();
  endpoint.news |= is_news;
  std::vector<Store::Message> messages;
  messages.push_back({endpoint.key(), std::move(rows), key});
  return Append(messages);
}

bool Bridge::Append(std::vector<Store::Message>& messages) {
  std::vector<Appending> appending;
  appending.reserve(messages.size());
  for (Store::Message& message : messages) {
    Endpoint& endpoint = *FindEndpoint(message.endpoint);
    // What the job under way holds is beyond recall.
    const RowId after = endpoint.job_running ? endpoint.in_flight : endpoint.after;
    appending.push_back({&endpoint, after,
                         TakeOver(surroundings_.store, surroundings_.config.interworking.profile,
                                  endpoint.key(), after, message.rows)});
  }
  if (auto done = surroundings_.store.Append(messages); !done) {
    spdlog::error("event=store-failed what=append endpoint={} messages={} cause={}",
                  LogValue(messages.front().endpoint), messages.size(),
                  LogValue(done.error().detail));
    for (const Appending& failed : appending) {
      // The device sends it again, and it must count as news then.
      failed.endpoint->last_values.Clear();
      management_.OnRowsLost(*failed.endpoint);
    }
    return false;
  }
  for (std::size_t i = 0; i < messages.size(); ++i) {
    OnAppended(appending[i], std::move(messages[i].rows));
  }
  // Only then: a job that begins for one may begin others.
  for (const Appending& appended : appending) Pump(*appended.endpoint);
  return true;
}

void Bridge::OnAppended(const Appending& appended, std::vector<OutboxRow> rows) {
  Endpoint& endpoint = *appended.endpoint;
  if (rows.empty()) {
    retransmitted_.Increment();
    endpoint.last_values.Clear();  // it may have been older than what they had
    management_.OnRowsLost(endpoint);
    return;
  }
  for (const OutboxRow& row : rows) {
    endpoint.urgent_rows |= row.kind == OutboxRow::Kind::kOutcome;
  }
  const std::size_t count = rows.size();
  const RowId first = rows.front().id;
  endpoint.newest = rows.back().id;
  KeepAtHand(endpoint, std::move(rows));
  endpoint.rows += count;
  // Only now: of a retransmission nothing was stored, and what it repeats may still wait.
  for (const std::string& container : appended.superseded) {
    const auto gone =
        surroundings_.store.Supersede(endpoint.key(), container, appended.after, first);
    if (gone) endpoint.rows -= std::min(endpoint.rows, *gone);
    if (!gone || *gone > 0) TakeAtHand(endpoint);
  }
}

// Before they are counted.
void Bridge::KeepAtHand(Endpoint& endpoint, std::vector<OutboxRow> rows) {
  const auto found = at_hand_.find(&endpoint);
  const std::size_t before = found == at_hand_.end() ? 0 : found->second.size();
  const bool is_all = endpoint.rows == endpoint.rows_in_flight + before;
  if (!is_all || before + rows.size() > kAtHandOfOne ||
      rows_at_hand_ + rows.size() > kAtHandOfAll) {
    return;
  }
  rows_at_hand_ += rows.size();
  if (found == at_hand_.end()) {
    at_hand_.emplace(&endpoint, std::move(rows));
  } else {
    std::move(rows.begin(), rows.end(), std::back_inserter(found->second));
  }
}

std::vector<OutboxRow> Bridge::TakeAtHand(const Endpoint& endpoint) {
  std::vector<OutboxRow> rows;
  const auto found = at_hand_.find(&endpoint);
  if (found == at_hand_.end()) return rows;
  rows = std::move(found->second);
  at_hand_.erase(found);
  rows_at_hand_ -= rows.size();
  return rows;
}

}  // namespace ipe
