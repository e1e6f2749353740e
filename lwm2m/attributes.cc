#include "lwm2m/attributes.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "fmt/format.h"
#include "lwm2m/value.h"

namespace lwm2m {

namespace {

using Period = std::optional<std::uint32_t> NotificationAttributes::*;
using Number = std::optional<double> NotificationAttributes::*;

// The attributes in the order of the struct: periods in seconds, then numeric conditions in
// between.
struct PeriodName {
  std::string_view name;
  Period member;
};
struct NumberName {
  std::string_view name;
  Number member;
};

constexpr std::array<PeriodName, 2> kNotificationPeriods{
    {{"pmin", &NotificationAttributes::minimum_period},
     {"pmax", &NotificationAttributes::maximum_period}}};
constexpr std::array<NumberName, 3> kConditions{{{"gt", &NotificationAttributes::greater_than},
                                                 {"lt", &NotificationAttributes::less_than},
                                                 {"st", &NotificationAttributes::step}}};
constexpr std::array<PeriodName, 2> kEvaluationPeriods{
    {{"epmin", &NotificationAttributes::minimum_evaluation_period},
     {"epmax", &NotificationAttributes::maximum_evaluation_period}}};

std::optional<Period> FindPeriod(std::string_view name) {
  for (const auto& periods : {kNotificationPeriods, kEvaluationPeriods}) {
    for (const PeriodName& period : periods) {
      if (period.name == name) return period.member;
    }
  }
  return std::nullopt;
}

std::optional<Number> FindCondition(std::string_view name) {
  for (const NumberName& condition : kConditions) {
    if (condition.name == name) return condition.member;
  }
  return std::nullopt;
}

bool IsSet(const NotificationAttributes& attributes, std::string_view name) {
  if (const auto period = FindPeriod(name)) return (attributes.**period).has_value();
  if (const auto condition = FindCondition(name)) return (attributes.**condition).has_value();
  return false;
}

Result<void> ValidateConditions(const NotificationAttributes& attributes) {
  for (const NumberName& condition : kConditions) {
    const std::optional<double>& number = attributes.*condition.member;
    if (number && !std::isfinite(*number)) {
      return InvalidValue(fmt::format("{} is not a finite number", condition.name));
    }
  }
  const auto& [gt, lt, st] =
      std::tie(attributes.greater_than, attributes.less_than, attributes.step);
  if (st && *st < 0) return InvalidValue("st is negative");
  if (gt && lt && *lt >= *gt) return InvalidValue("lt is not below gt");
  // Core 1.1.1 §5.1.2: "lt" value + 2 * "st" value < "gt" value.
  if (gt && lt && st && *lt + 2 * *st >= *gt) return InvalidValue("lt + 2 st is not below gt");
  return {};
}

Result<void> ValidateUnset(const NotificationAttributes& attributes) {
  for (auto it = attributes.unset.begin(); it != attributes.unset.end(); ++it) {
    if (!FindPeriod(*it) && !FindCondition(*it)) {
      return InvalidValue(fmt::format("unknown attribute {}", *it));
    }
    const bool again = std::find(attributes.unset.begin(), it, *it) != it;
    if (again || IsSet(attributes, *it)) {
      return InvalidValue(fmt::format("attribute {} is named twice", *it));
    }
  }
  return {};
}

bool NamesCondition(const NotificationAttributes& attributes) {
  return std::any_of(kConditions.begin(), kConditions.end(), [&](const NumberName& condition) {
    return (attributes.*condition.member).has_value() ||
           std::find(attributes.unset.begin(), attributes.unset.end(), condition.name) !=
               attributes.unset.end();
  });
}

template <typename T>
Result<T> ParseNumber(std::string_view name, std::string_view text) {
  T number{};
  const char* const end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, number);
  if (result.ec != std::errc() || result.ptr != end) {
    return InvalidValue(fmt::format("attribute {} is not a number in its range", name));
  }
  return number;
}

}  // namespace

bool NotificationAttributes::empty() const { return *this == NotificationAttributes{}; }

Result<void> Validate(const NotificationAttributes& attributes, const Path& path) {
  const auto& pmin = attributes.minimum_period;
  const auto& pmax = attributes.maximum_period;
  // pmax = 0 means that there is no maximum period.
  if (pmin && pmax && *pmax != 0 && *pmax < *pmin) return InvalidValue("pmax is below pmin");
  const auto& epmin = attributes.minimum_evaluation_period;
  const auto& epmax = attributes.maximum_evaluation_period;
  if (epmin && epmax && *epmin >= *epmax) return InvalidValue("epmin is not below epmax");
  if (path.depth() < 3 && NamesCondition(attributes)) {
    return InvalidValue("gt, lt and st belong to a resource");
  }
  if (auto conditions = ValidateConditions(attributes); !conditions) return conditions;
  return ValidateUnset(attributes);
}

std::vector<std::string> ToQueries(const NotificationAttributes& attributes) {
  std::vector<std::string> queries;
  const auto add_periods = [&](const auto& periods) {
    for (const PeriodName& period : periods) {
      const auto& seconds = attributes.*period.member;
      if (seconds) queries.push_back(fmt::format("{}={}", period.name, *seconds));
    }
  };
  add_periods(kNotificationPeriods);
  for (const NumberName& condition : kConditions) {
    const auto& number = attributes.*condition.member;
    if (number) queries.push_back(fmt::format("{}={}", condition.name, ToText(Value(*number))));
  }
  add_periods(kEvaluationPeriods);
  queries.insert(queries.end(), attributes.unset.begin(), attributes.unset.end());
  return queries;
}

Result<NotificationAttributes> ParseAttributes(
    const std::vector<std::pair<std::string, std::optional<std::string>>>& pairs) {
  NotificationAttributes attributes;
  for (const auto& [name, value] : pairs) {
    const auto period = FindPeriod(name);
    const auto condition = FindCondition(name);
    if (!period && !condition) return InvalidValue(fmt::format("unknown attribute {}", name));
    const bool unset_before =
        std::find(attributes.unset.begin(), attributes.unset.end(), name) != attributes.unset.end();
    if (unset_before || IsSet(attributes, name)) {
      return InvalidValue(fmt::format("attribute {} is named twice", name));
    }
    if (!value) {
      attributes.unset.push_back(name);
    } else if (period) {
      const auto seconds = ParseNumber<std::uint32_t>(name, *value);
      if (!seconds) return tl::unexpected(seconds.error());
      attributes.** period = *seconds;
    } else {
      const auto number = ParseNumber<double>(name, *value);
      if (!number) return tl::unexpected(number.error());
      if (!std::isfinite(*number)) {
        return InvalidValue(fmt::format("attribute {} is not a finite number", name));
      }
      attributes.** condition = *number;
    }
  }
  return attributes;
}

}  // namespace lwm2m
