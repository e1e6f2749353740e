#include "mapping/time_series.h"

#include <fmt/format.h>

#include <cmath>

#include "mapping/identifiers.h"
#include "mapping/object_discovery.h"
#include "onem2m/types.h"

namespace mapping {

namespace {

constexpr std::string_view kSuffix = "-ts";
constexpr std::int64_t kMillisecondsOfASecond = 1000;

// m2m:timestamp takes a fraction behind a comma (TS-0004 Table 6.3.3-1); in microseconds, since
// values of one series must differ in their time.
std::string TimestampOf(double seconds) {
  constexpr double kMicro = 1e6;
  const double whole = std::floor(seconds);
  const auto fraction = static_cast<std::int64_t>(std::floor((seconds - whole) * kMicro));
  std::string text = onem2m::FormatTimestamp(static_cast<std::int64_t>(whole));
  if (fraction != 0) text += fmt::format(",{:06}", fraction);
  return text;
}

bool IsTime(const std::optional<double>& seconds) {
  constexpr double kYear10000 = 253402300800.0;
  return seconds && *seconds >= 0 && *seconds < kYear10000;
}

}  // namespace

std::string TimeSeriesAddress(const lwm2m::Path& path) {
  return ContainerAddress(path) + std::string(kSuffix);
}

std::optional<lwm2m::Path> PathOfTimeSeries(std::string_view address) {
  if (address.size() <= kSuffix.size() ||
      address.substr(address.size() - kSuffix.size()) != kSuffix) {
    return std::nullopt;
  }
  address.remove_suffix(kSuffix.size());
  const auto path = lwm2m::Path::Parse("/" + std::string(address));
  if (!path || path->depth() < 3) return std::nullopt;
  return *path;
}

onem2m::TimeSeries PlanTimeSeries(const lwm2m::Path& path, const CreationRules& rules) {
  const Settings settings = rules.profile.For(rules.registration.endpoint, path);
  onem2m::TimeSeries series;
  const std::string address = TimeSeriesAddress(path);
  series.resource_name = address.substr(address.rfind('/') + 1);
  series.expiration_time = rules.expiration_time;
  series.labels = ContainerLabels(path, rules.registration.objects, rules.context.labels);
  series.access_control_policy_ids = rules.context.access_control_policy_ids;
  series.max_number_of_instances = settings.max_number_of_instances;
  series.max_byte_size = settings.max_byte_size;
  series.max_instance_age = settings.max_instance_age;
  if (settings.pmax) series.periodic_interval = *settings.pmax * kMillisecondsOfASecond;
  return series;
}

onem2m::TimeSeriesInstance TimeSeriesInstanceOf(const lwm2m::Record& record, double received) {
  onem2m::TimeSeriesInstance instance;
  instance.data_generation_time = TimestampOf(IsTime(record.time) ? *record.time : received);
  instance.content = lwm2m::ToText(record.value);
  return instance;
}

}  // namespace mapping
