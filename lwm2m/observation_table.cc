#include "lwm2m/observation_table.h"

#include <algorithm>
#include <functional>
#include <tuple>
#include <utility>

namespace lwm2m {
namespace {

std::uint64_t HashOf(const NotificationKey& key) {
  const std::uint64_t order = std::uint64_t{key.message_id} << 32 | key.sequence;
  return (key.payload_hash ^ order * 0x9e3779b97f4a7c15u) * 0xff51afd7ed558ccdu;
}

}  // namespace

bool IsFresher(const NotificationOrder& seen, const NotificationOrder& incoming) {
  constexpr std::uint32_t kHalfRange = 1u << 23;
  constexpr auto kAlwaysFreshAfter = std::chrono::seconds(128);
  if (incoming.at > seen.at + kAlwaysFreshAfter) return true;
  return incoming.sequence > seen.sequence ? incoming.sequence - seen.sequence < kHalfRange
                                           : seen.sequence - incoming.sequence > kHalfRange;
}

NotificationKey KeyOf(const CoapResponse& notification) {
  return {notification.message_id, notification.observe.value_or(0),
          std::hash<std::string>{}(notification.payload.octets)};
}

ObservationState::ObservationState(const std::string& endpoint, Observation observation)
    : endpoint_(&endpoint),
      token_(std::move(observation.token)),
      path_(observation.path),
      accept_(observation.accept) {
  More more{std::move(observation.paths), std::move(observation.attributes),
            observation.maximum_period};
  if (more.paths.empty() && more.attributes.empty() && !more.maximum_period) return;
  more_ = std::move(more);
}

Observation ObservationState::observation() const {
  return {*endpoint_, path_, token_, accept_, paths(), attributes(), maximum_period()};
}

bool ObservationState::WasReceived(const NotificationKey& key) const {
  const auto end = recent_.begin() + remembered_;
  return std::find(recent_.begin(), end, HashOf(key)) != end;
}

void ObservationState::Remember(const NotificationKey& key) {
  if (remembered_ == kRecent) {
    std::move(recent_.begin() + 1, recent_.end(), recent_.begin());
    --remembered_;
  }
  recent_[remembered_++] = HashOf(key);
}

void ObservationState::Forget(const NotificationKey& key) {
  const auto end = recent_.begin() + remembered_;
  remembered_ =
      static_cast<std::uint8_t>(std::remove(recent_.begin(), end, HashOf(key)) - recent_.begin());
}

ObservationState* ObservationTable::Find(const std::string& token) {
  return by_token_
      .Find(Hash{}(token), [&](const ObservationState* each) { return each->token() == token; })
      .value_or(nullptr);
}

const ObservationState* ObservationTable::Find(const std::string& token) const {
  return const_cast<ObservationTable*>(this)->Find(token);
}

const ObservationTable::States& ObservationTable::StatesOrNone(std::string_view endpoint) const {
  static const States kNone;
  const auto found = by_endpoint_.find(endpoint);
  return found == by_endpoint_.end() ? kNone : found->second;
}

// Where it stands, or would stand.
ObservationTable::States::const_iterator ObservationTable::Place(const States& states,
                                                                 const Path& path,
                                                                 const std::vector<Path>& paths) {
  return std::lower_bound(states.begin(), states.end(), std::tie(path, paths),
                          [](const std::unique_ptr<ObservationState>& state, const auto& target) {
                            return std::tie(state->path(), state->paths()) < target;
                          });
}

const ObservationState* ObservationTable::Find(std::string_view endpoint, const Path& path,
                                               const std::vector<Path>& paths) const {
  const States& states = StatesOrNone(endpoint);
  const auto at = Place(states, path, paths);
  const bool found = at != states.end() && (*at)->path() == path && (*at)->paths() == paths;
  return found ? at->get() : nullptr;
}

std::vector<Observation> ObservationTable::Of(std::string_view endpoint) const {
  std::vector<Observation> observations;
  for (const auto& state : StatesOrNone(endpoint)) observations.push_back(state->observation());
  return observations;
}

std::vector<ObservationState*> ObservationTable::StatesOf(std::string_view endpoint) {
  std::vector<ObservationState*> states;
  for (const auto& state : StatesOrNone(endpoint)) states.push_back(state.get());
  return states;
}

std::size_t ObservationTable::CountOf(std::string_view endpoint) const {
  return StatesOrNone(endpoint).size();
}

void ObservationTable::Put(Observation observation) {
  const auto of_endpoint = by_endpoint_.try_emplace(observation.endpoint).first;
  States& states = of_endpoint->second;
  const auto at = Place(states, observation.path, observation.paths);
  const bool is_known = at != states.end() && (*at)->path() == observation.path &&
                        (*at)->paths() == observation.paths;
  auto state = std::make_unique<ObservationState>(of_endpoint->first, std::move(observation));
  by_token_.Add(Hash{}(state->token()), state.get());
  if (!is_known) {
    states.insert(at, std::move(state));
    return;
  }
  std::unique_ptr<ObservationState>& known = states[static_cast<std::size_t>(at - states.begin())];
  by_token_.Remove(Hash{}(known->token()), known.get());
  known = std::move(state);
}

std::optional<Observation> ObservationTable::Remove(const std::string& token) {
  ObservationState* const state = Find(token);
  if (state == nullptr) return std::nullopt;
  Observation removed = state->observation();
  by_token_.Remove(Hash{}(token), state);
  const auto of_endpoint = by_endpoint_.find(std::string_view(removed.endpoint));
  States& states = of_endpoint->second;
  states.erase(Place(states, removed.path, removed.paths));
  if (states.empty()) by_endpoint_.erase(of_endpoint);
  return removed;
}

std::vector<Observation> ObservationTable::RemoveAll(std::string_view endpoint) {
  std::vector<Observation> removed = Of(endpoint);
  const auto of_endpoint = by_endpoint_.find(endpoint);
  if (of_endpoint == by_endpoint_.end()) return removed;
  for (const auto& state : of_endpoint->second) {
    by_token_.Remove(Hash{}(state->token()), state.get());
  }
  by_endpoint_.erase(of_endpoint);
  return removed;
}

}  // namespace lwm2m
