#include "mapping/subscription_criteria.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

namespace mapping {

using lwm2m::NotificationAttributes;

namespace {

constexpr std::string_view kLabelPrefix = "LWM2M-";
constexpr std::string_view kNames[] = {"pmin", "pmax", "gt", "lt", "st", "epmin", "epmax"};

bool Contains(const std::vector<int>& list, int value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

template <typename T>
void Take(std::optional<T>& into, const std::optional<T>& from) {
  if (from) into = from;
}

template <typename T>
std::optional<T> Smallest(const std::vector<NotificationAttributes>& subscribers,
                          std::optional<T> NotificationAttributes::*member) {
  std::optional<T> smallest;
  for (const NotificationAttributes& subscriber : subscribers) {
    const std::optional<T>& value = subscriber.*member;
    if (value && (!smallest || *value < *smallest)) smallest = value;
  }
  return smallest;
}

// nullopt as soon as one differs, or does not set it.
std::optional<double> Common(const std::vector<NotificationAttributes>& subscribers,
                             std::optional<double> NotificationAttributes::*member) {
  if (subscribers.empty()) return std::nullopt;
  const std::optional<double>& first = subscribers.front().*member;
  const bool same = std::all_of(subscribers.begin(), subscribers.end(),
                                [&](const auto& each) { return each.*member == first; });
  return same ? first : std::nullopt;
}

bool AnySets(const std::vector<NotificationAttributes>& subscribers,
             std::optional<double> NotificationAttributes::*member) {
  return std::any_of(subscribers.begin(), subscribers.end(),
                     [&](const auto& each) { return (each.*member).has_value(); });
}

template <typename T>
void Differ(const std::optional<T>& written, const std::optional<T>& wanted, const char* name,
            std::optional<T>& out, std::vector<std::string>& unset) {
  if (written == wanted) return;
  if (wanted) {
    out = wanted;
  } else {
    unset.emplace_back(name);
  }
}

std::optional<std::uint32_t> WholeSeconds(std::optional<double> seconds, double divisor) {
  if (!seconds || divisor < 1) return std::nullopt;
  const double whole = std::floor(*seconds / divisor);
  if (whole < 1 || whole > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return static_cast<std::uint32_t>(whole);
}

}  // namespace

bool IsForValues(const onem2m::Subscription& subscription) {
  if (subscription.event_types.empty()) return true;
  if (Contains(subscription.event_types, onem2m::kUpdateOfResource)) return true;
  if (!Contains(subscription.event_types, onem2m::kCreateOfDirectChild)) return false;
  return subscription.child_types.empty() ||
         Contains(subscription.child_types,
                  static_cast<int>(onem2m::ResourceType::kContentInstance));
}

// TS-0004 Table 6.3.5.7-1, 6.3.5.6-1: timeWindow and duration are xs:duration.
std::optional<double> SecondsOf(std::string_view duration) {
  const auto number = [](std::string_view text) -> std::optional<double> {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    if (!std::isfinite(value) || value < 0) return std::nullopt;
    return value;
  };
  if (duration.empty()) return std::nullopt;
  if (duration.front() != 'P') {
    const auto milliseconds = number(duration);
    if (!milliseconds) return std::nullopt;
    return *milliseconds / 1000;
  }
  duration.remove_prefix(1);
  struct Unit {
    char letter;
    bool of_time;  // behind the T
    double seconds;
  };
  constexpr double kDay = 86'400;
  constexpr Unit kUnits[] = {
      {'Y', false, 365 * kDay}, {'M', false, 30 * kDay}, {'W', false, 7 * kDay}, {'D', false, kDay},
      {'H', true, 3600},        {'M', true, 60},         {'S', true, 1}};
  double total = 0;
  bool of_time = false;
  bool any = false;
  while (!duration.empty()) {
    if (duration.front() == 'T' && !of_time) {
      of_time = true;
      duration.remove_prefix(1);
      continue;
    }
    const std::size_t digits = duration.find_first_not_of("0123456789.");
    if (digits == 0 || digits == std::string_view::npos) return std::nullopt;
    const auto amount = number(duration.substr(0, digits));
    const auto* const unit =
        std::find_if(std::begin(kUnits), std::end(kUnits), [&](const Unit& each) {
          return each.letter == duration[digits] && each.of_time == of_time;
        });
    if (!amount || unit == std::end(kUnits)) return std::nullopt;
    total += *amount * unit->seconds;
    any = true;
    duration.remove_prefix(digits + 1);
  }
  if (!any) return std::nullopt;
  return total;
}

NotificationAttributes CriteriaOf(const onem2m::Subscription& subscription) {
  NotificationAttributes criteria;
  // At most `number` in `window`: on average one in window / number.
  criteria.minimum_period =
      WholeSeconds(SecondsOf(subscription.rate_limit_window),
                   static_cast<double>(subscription.rate_limit_number.value_or(1)));
  criteria.maximum_period = WholeSeconds(SecondsOf(subscription.batch_duration), 1);
  for (const std::string& label : subscription.labels) {
    if (label.rfind(kLabelPrefix, 0) != 0) continue;
    const std::string text = label.substr(kLabelPrefix.size());
    const std::size_t colon = text.find(':');
    if (colon == std::string::npos) continue;
    const std::string name = text.substr(0, colon);
    if (std::find(std::begin(kNames), std::end(kNames), name) == std::end(kNames)) continue;
    const auto read = lwm2m::ParseAttributes({{name, text.substr(colon + 1)}});
    if (!read) continue;
    Take(criteria.minimum_period, read->minimum_period);
    Take(criteria.maximum_period, read->maximum_period);
    Take(criteria.greater_than, read->greater_than);
    Take(criteria.less_than, read->less_than);
    Take(criteria.step, read->step);
    Take(criteria.minimum_evaluation_period, read->minimum_evaluation_period);
    Take(criteria.maximum_evaluation_period, read->maximum_evaluation_period);
  }
  return criteria;
}

NotificationAttributes Combine(const std::vector<NotificationAttributes>& subscribers,
                               const NotificationAttributes& defaults, const lwm2m::Path& path) {
  using Attributes = NotificationAttributes;
  Attributes combined;
  for (const auto member :
       {&Attributes::minimum_period, &Attributes::maximum_period,
        &Attributes::minimum_evaluation_period, &Attributes::maximum_evaluation_period}) {
    combined.*member = Smallest(subscribers, member);
    if (!(combined.*member)) combined.*member = defaults.*member;
  }
  for (const auto member : {&Attributes::greater_than, &Attributes::less_than, &Attributes::step}) {
    combined.*member =
        AnySets(subscribers, member) ? Common(subscribers, member) : defaults.*member;
  }
  // ATT-3. A device refuses all of a Write-Attributes that contradicts itself.
  if (combined.minimum_period && combined.maximum_period.value_or(0) != 0 &&
      *combined.maximum_period < *combined.minimum_period) {
    combined.minimum_period = combined.maximum_period;
  }
  if (combined.minimum_evaluation_period && combined.maximum_evaluation_period &&
      *combined.minimum_evaluation_period >= *combined.maximum_evaluation_period) {
    combined.minimum_evaluation_period = combined.maximum_evaluation_period = std::nullopt;
  }
  if (!lwm2m::Validate(combined, path)) {
    combined.greater_than = combined.less_than = combined.step = std::nullopt;
  }
  return combined;
}

NotificationAttributes Difference(const NotificationAttributes& written,
                                  const NotificationAttributes& wanted) {
  NotificationAttributes out;
  Differ(written.minimum_period, wanted.minimum_period, "pmin", out.minimum_period, out.unset);
  Differ(written.maximum_period, wanted.maximum_period, "pmax", out.maximum_period, out.unset);
  Differ(written.greater_than, wanted.greater_than, "gt", out.greater_than, out.unset);
  Differ(written.less_than, wanted.less_than, "lt", out.less_than, out.unset);
  Differ(written.step, wanted.step, "st", out.step, out.unset);
  Differ(written.minimum_evaluation_period, wanted.minimum_evaluation_period, "epmin",
         out.minimum_evaluation_period, out.unset);
  Differ(written.maximum_evaluation_period, wanted.maximum_evaluation_period, "epmax",
         out.maximum_evaluation_period, out.unset);
  return out;
}

}  // namespace mapping
