#include "lwm2m/observation_table.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace lwm2m {

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

bool ObservationState::WasReceived(const NotificationKey& key) const {
  return std::find(recent.begin(), recent.end(), key) != recent.end();
}

void ObservationState::Remember(const NotificationKey& key) {
  if (recent.size() >= kRecent) recent.erase(recent.begin());
  recent.push_back(key);
}

void ObservationState::Forget(const NotificationKey& key) { std::erase(recent, key); }

ObservationState* ObservationTable::Find(const std::string& token) {
  const auto found = by_token_.find(token);
  return found == by_token_.end() ? nullptr : &found->second;
}

const ObservationState* ObservationTable::Find(const std::string& token) const {
  const auto found = by_token_.find(token);
  return found == by_token_.end() ? nullptr : &found->second;
}

const Observation* ObservationTable::Find(std::string_view endpoint, const Path& path,
                                          const std::vector<Path>& paths) const {
  const auto of_endpoint = tokens_.find(endpoint);
  if (of_endpoint == tokens_.end()) return nullptr;
  const auto token = of_endpoint->second.find(Target(path, paths));
  if (token == of_endpoint->second.end()) return nullptr;
  return &by_token_.at(token->second).observation;
}

std::vector<Observation> ObservationTable::Of(std::string_view endpoint) const {
  std::vector<Observation> observations;
  const auto of_endpoint = tokens_.find(endpoint);
  if (of_endpoint == tokens_.end()) return observations;
  for (const auto& [target, token] : of_endpoint->second) {
    observations.push_back(by_token_.at(token).observation);
  }
  return observations;
}

std::vector<ObservationState*> ObservationTable::StatesOf(std::string_view endpoint) {
  std::vector<ObservationState*> states;
  const auto of_endpoint = tokens_.find(endpoint);
  if (of_endpoint == tokens_.end()) return states;
  for (const auto& [path, token] : of_endpoint->second) states.push_back(&by_token_.at(token));
  return states;
}

std::size_t ObservationTable::CountOf(std::string_view endpoint) const {
  const auto of_endpoint = tokens_.find(endpoint);
  return of_endpoint == tokens_.end() ? 0 : of_endpoint->second.size();
}

void ObservationTable::Put(Observation observation) {
  std::string& token = tokens_[observation.endpoint][Target(observation.path, observation.paths)];
  if (token != observation.token) by_token_.erase(token);
  token = observation.token;
  ObservationState state;
  state.observation = std::move(observation);
  by_token_.insert_or_assign(token, std::move(state));
}

std::optional<Observation> ObservationTable::Remove(const std::string& token) {
  const auto found = by_token_.find(token);
  if (found == by_token_.end()) return std::nullopt;
  Observation removed = std::move(found->second.observation);
  by_token_.erase(found);
  const auto of_endpoint = tokens_.find(removed.endpoint);
  of_endpoint->second.erase(Target(removed.path, removed.paths));
  if (of_endpoint->second.empty()) tokens_.erase(of_endpoint);
  return removed;
}

std::vector<Observation> ObservationTable::RemoveAll(std::string_view endpoint) {
  std::vector<Observation> removed;
  const auto of_endpoint = tokens_.find(endpoint);
  if (of_endpoint == tokens_.end()) return removed;
  for (const auto& [target, token] : of_endpoint->second) {
    const auto found = by_token_.find(token);
    removed.push_back(std::move(found->second.observation));
    by_token_.erase(found);
  }
  tokens_.erase(of_endpoint);
  return removed;
}

}  // namespace lwm2m
