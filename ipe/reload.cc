#include "ipe/reload.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>

#include "ipe/config_schema.h"
#include "ipe/log_events.h"

namespace ipe {
namespace {

// Read by the loop alone, each time that they are needed.
constexpr std::array<std::string_view, 13> kLive = {
    "interworking.labels",  "interworking.expiration", "interworking.expiration_grace",
    "interworking.modes",   "interworking.profile",    "registration.patience",
    "registration.waiting", "access.readers",          "access.writers",
    "access.deleters",      "registration.policy",     "log.level",
    "lwm2m.models"};

// Wherever they stand in the file.
std::vector<mapping::Rule> WithoutPlaces(std::vector<mapping::Rule> rules) {
  for (mapping::Rule& rule : rules) rule.place.clear();
  return rules;
}

bool SameRules(const Config& a, const Config& b) {
  return WithoutPlaces(a.interworking.rules) == WithoutPlaces(b.interworking.rules);
}

void TakePlace(const std::string& key, const Config& wanted, Config& current) {
  const auto place = wanted.places.find(key);
  if (place == wanted.places.end()) {
    current.places.erase(key);
  } else {
    current.places[key] = place->second;
  }
}

}  // namespace

bool MayChangeLive(std::string_view key) {
  return std::find(kLive.begin(), kLive.end(), key) != kLive.end();
}

ConfigChanges TakeOver(const Config& wanted, Config& current) {
  ConfigChanges changes;
  Config copy = wanted;  // write() goes through the same accessors as read()
  for (const ConfigKey& key : ConfigKeys()) {
    if (MayChangeLive(key.name)) TakePlace(key.name, wanted, current);
    const bool are_rules = key.shape == ConfigKey::Shape::kRules;
    const bool same =
        are_rules ? SameRules(wanted, current) : key.write(copy) == key.write(current);
    if (same) continue;
    if (!MayChangeLive(key.name)) {
      changes.need_restart.push_back(key.name);
      continue;
    }
    changes.applied.push_back(key.name);
    if (!are_rules) key.read(key.write(copy), current);
  }
  current.interworking.rules = wanted.interworking.rules;
  current.interworking.profile = wanted.interworking.profile;
  return changes;
}

void LogChanges(const ConfigChanges& changes) {
  spdlog::info("event=configuration-reloaded changed={}",
               LogValue(fmt::format("{}", fmt::join(changes.applied, ","))));
  if (changes.need_restart.empty()) return;
  spdlog::warn("event=configuration-needs-restart keys={} effect=\"they stay as they were\"",
               LogValue(fmt::format("{}", fmt::join(changes.need_restart, ","))));
}

}  // namespace ipe
