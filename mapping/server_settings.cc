#include "mapping/server_settings.h"

#include <utility>

namespace mapping {

namespace {

constexpr lwm2m::Id kServerObject = 1;
constexpr lwm2m::Id kLifetime = 1;
constexpr lwm2m::Id kDefaultMinimumPeriod = 2;
constexpr lwm2m::Id kDefaultMaximumPeriod = 3;
constexpr lwm2m::Id kNotificationStoring = 6;

template <typename T>
void Override(std::optional<T>& setting, const std::optional<T>& given) {
  if (given) setting = given;
}

lwm2m::Operation WriteOf(const lwm2m::Path& path, lwm2m::Value value) {
  lwm2m::Operation write;
  write.kind = lwm2m::OperationKind::kWriteReplace;
  write.path = path;
  write.records = {{path, std::move(value), {}}};
  return write;
}

}  // namespace

ServerSettings ServerSettingsFor(const Profile& profile, std::string_view endpoint) {
  ServerSettings settings;
  for (const Rule& rule : profile.rules()) {
    // A rule that has one of these has neither objects nor a path.
    if (!Matches(rule, endpoint, lwm2m::Path())) continue;
    Override(settings.lifetime, rule.lifetime);
    Override(settings.default_pmin, rule.default_pmin);
    Override(settings.default_pmax, rule.default_pmax);
    Override(settings.store_notifications, rule.store_notifications);
  }
  return settings;
}

std::optional<lwm2m::Path> ServerInstance(const lwm2m::ObjectList& objects) {
  for (const lwm2m::Path& path : objects.paths) {
    if (path.is_instance() && path.object() == kServerObject) return path;
  }
  if (objects.HasObject(kServerObject)) return lwm2m::Path(kServerObject, 0);
  return std::nullopt;
}

std::vector<lwm2m::Operation> WritesOf(const ServerSettings& settings,
                                       const lwm2m::ObjectList& objects) {
  const std::optional<lwm2m::Path> server = ServerInstance(objects);
  if (!server) return {};
  std::vector<lwm2m::Operation> writes;
  const auto add_seconds = [&](lwm2m::Id resource, const std::optional<std::uint32_t>& seconds) {
    if (!seconds) return;
    writes.push_back(WriteOf(server->Child(resource), static_cast<std::int64_t>(*seconds)));
  };
  add_seconds(kLifetime, settings.lifetime);
  add_seconds(kDefaultMinimumPeriod, settings.default_pmin);
  add_seconds(kDefaultMaximumPeriod, settings.default_pmax);
  if (settings.store_notifications) {
    writes.push_back(WriteOf(server->Child(kNotificationStoring), *settings.store_notifications));
  }
  return writes;
}

}  // namespace mapping
