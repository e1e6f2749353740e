#include "ipe/live_configuration.h"

#include <fmt/format.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include <spdlog/spdlog.h>

#include <utility>

#include "ipe/config_schema.h"
#include "ipe/log_events.h"

namespace ipe {
namespace {

constexpr const char* kPlace = "administration";

onem2m::Result<void> CheckKey(std::string_view member, const std::string& name) {
  if (FindConfigKey(name) == nullptr) {
    std::vector<std::string> known;
    for (const ConfigKey& key : ConfigKeys()) {
      if (MayBeSetInCse(key.name)) known.push_back(key.name);
    }
    return onem2m::BadRequest(fmt::format(R"("{}": found "{}", expected a known key, perhaps {})",
                                          member, name, ClosestOf(name, known)));
  }
  if (MayBeSetInCse(name)) return {};
  return tl::unexpected(onem2m::Error{
      onem2m::ResponseStatusCode::kOperationNotAllowed,
      fmt::format(R"("{}": {} is changed by the operator of the host only)", member, name)});
}

}  // namespace

bool MayBeSetInCse(std::string_view key) { return MayChangeLive(key) && key != "lwm2m.models"; }

LiveConfiguration::LiveConfiguration(Config& current, Store& store)
    : current_(current), store_(store), configured_(current) {}

// Does file, environment or flag still say what it said when that was set?
bool LiveConfiguration::Stands(const StoredSetting& setting) const {
  return MayBeSetInCse(setting.key) && ValueAsJson(configured_, setting.key) == setting.configured;
}

void LiveConfiguration::Drop(const StoredSetting& setting, std::string_view cause) {
  spdlog::warn("event=setting-dropped key={} value={} cause={}", setting.key,
               LogValue(setting.value), LogValue(cause));
  static_cast<void>(Put({setting.key, "", ""}));
}

StoreResult<void> LiveConfiguration::Put(const StoredSetting& setting) {
  auto put = store_.Put(setting);
  if (!put) {
    spdlog::error("event=store-failed what=put-setting cause={}", LogValue(put.error().detail));
  }
  return put;
}

void LiveConfiguration::PutSettings() {
  for (const auto& [key, setting] : settings_) static_cast<void>(Put(setting));
}

tl::expected<Config, ConfigError> LiveConfiguration::With(const Settings& settings) const {
  std::map<std::string, std::string> values;
  for (const auto& [key, setting] : settings) values.emplace(key, setting.value);
  return WithValues(configured_, values, kPlace);
}

StoreResult<void> LiveConfiguration::Load() {
  auto stored = store_.Settings();
  if (!stored) return tl::unexpected(stored.error());
  for (StoredSetting& setting : *stored) {
    if (!Stands(setting)) {
      Drop(setting, "the configuration says something else since");
      continue;
    }
    // Of an earlier release, whose values may have been others.
    const auto fits = WithValues(configured_, {{setting.key, setting.value}}, kPlace);
    if (!fits) {
      Drop(setting, fits.error().ToString());
      continue;
    }
    std::string key = setting.key;
    settings_.emplace(std::move(key), std::move(setting));
  }
  if (settings_.empty()) return {};
  auto wanted = With(settings_);
  if (wanted) {
    Apply(*wanted);
  } else {
    for (const auto& [key, setting] : settings_) Drop(setting, wanted.error().ToString());
    settings_.clear();
  }
  return {};
}

ConfigChanges LiveConfiguration::Apply(const Config& wanted) {
  const std::string level = current_.log.level;
  ConfigChanges changes = TakeOver(wanted, current_);
  if (current_.log.level != level) {
    spdlog::default_logger()->set_level(spdlog::level::from_str(current_.log.level));
  }
  return changes;
}

ConfigChanges LiveConfiguration::Reload(const Config& configured) {
  configured_ = configured;
  for (auto at = settings_.begin(); at != settings_.end();) {
    if (Stands(at->second)) {
      ++at;
      continue;
    }
    Drop(at->second, "the configuration says something else since");
    at = settings_.erase(at);
  }
  auto wanted = With(settings_);
  return Apply(wanted ? *wanted : configured);
}

onem2m::Result<ConfigChanges> LiveConfiguration::Change(
    const std::map<std::string, std::string>& set, const std::vector<std::string>& unset) {
  Settings settings = settings_;
  for (const auto& [key, value] : set) {
    if (auto known = CheckKey("set", key); !known) return tl::unexpected(known.error());
    settings[key] = {key, value, ValueAsJson(configured_, key)};
  }
  for (const std::string& key : unset) {
    if (auto known = CheckKey("unset", key); !known) return tl::unexpected(known.error());
    settings.erase(key);
  }
  const auto wanted = With(settings);
  if (!wanted) return onem2m::BadRequest(fmt::format("\"set\": {}", wanted.error().ToString()));
  for (const auto& [key, value] : set) {
    if (auto put = Put(settings.at(key)); !put) {
      return tl::unexpected(onem2m::Error{onem2m::ResponseStatusCode::kInternalServerError,
                                          "it cannot be kept: " + put.error().detail});
    }
  }
  for (const std::string& key : unset) static_cast<void>(Put({key, "", ""}));
  settings_ = std::move(settings);
  return Apply(*wanted);
}

std::string LiveConfiguration::ToJson() const {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  const auto text = [&writer](std::string_view value) {
    writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  };
  writer.StartObject();
  for (const ConfigKey& key : ConfigKeys()) {
    if (!MayChangeLive(key.name) || key.secret) continue;
    text(key.name);
    writer.StartObject();
    text("value");
    const std::string value = ValueAsJson(current_, key.name);
    writer.RawValue(value.data(), value.size(), rapidjson::kObjectType);
    text("from");
    const auto place = current_.places.find(key.name);
    text(place == current_.places.end() || place->second.empty() ? "default" : place->second);
    writer.EndObject();
  }
  writer.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace ipe
