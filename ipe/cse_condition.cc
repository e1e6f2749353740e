#include "ipe/cse_condition.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <chrono>

#include "ipe/log_events.h"

namespace ipe {

using lwm2m::TimePoint;

namespace {

std::int64_t SecondsBetween(TimePoint since, TimePoint now) {
  return std::chrono::duration_cast<std::chrono::seconds>(now - since).count();
}

}  // namespace

std::string_view ToString(CseState state) {
  switch (state) {
    case CseState::kUnreachable:
      return "unreachable";
    case CseState::kResetting:
      return "resetting";
    case CseState::kRefusing:
      return "refusing";
    case CseState::kFailing:
      return "failing";
    case CseState::kForbidden:
      return "forbidden";
    case CseState::kSlow:
      return "slow";
    case CseState::kEmptied:
      return "emptied";
    case CseState::kPartial:
      return "partial";
    case CseState::kSubscriptionsLost:
      return "subscriptions-lost";
    case CseState::kIdentitiesChanged:
      return "identities-changed";
    case CseState::kShared:
      return "shared";
  }
  return "unknown";
}

void CseCondition::Enter(CseState state, const std::string& cause, TimePoint now) {
  std::optional<Entry>& entry = entries_[Index(state)];
  if (entry) return;
  entry = Entry{cause, now};
  metrics_
      .counter("cse_state_entered", "Times that the CSE was found in a state",
               {{"state", std::string(ToString(state))}})
      .Increment();
  spdlog::warn("event=cse-state-entered state={} cause={}", ToString(state), LogValue(cause));
}

void CseCondition::Leave(CseState state, TimePoint now) {
  std::optional<Entry>& entry = entries_[Index(state)];
  if (!entry) return;
  spdlog::info("event=cse-state-left state={} after={}s", ToString(state),
               SecondsBetween(entry->since, now));
  entry.reset();
}

std::vector<std::string> CseCondition::Lines(TimePoint now) const {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < kCseStates; ++i) {
    if (!entries_[i]) continue;
    lines.push_back(fmt::format("cse: {} for {} s: {}", ToString(static_cast<CseState>(i)),
                                SecondsBetween(entries_[i]->since, now), entries_[i]->cause));
  }
  return lines;
}

void CseCondition::SetGauges() const {
  for (std::size_t i = 0; i < kCseStates; ++i) {
    metrics_.SetGauge("cse_state", "1 while the CSE is in that state", entries_[i] ? 1 : 0,
                      {{"state", std::string(ToString(static_cast<CseState>(i)))}});
  }
}

}  // namespace ipe
