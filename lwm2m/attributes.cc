#include "lwm2m/attributes.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <tuple>
#include <variant>

#include "fmt/format.h"
#include "lwm2m/value.h"
#include "lwm2m/version.h"

namespace lwm2m {

namespace {

using Count = std::optional<std::uint32_t> NotificationAttributes::*;
using Number = std::optional<double> NotificationAttributes::*;
using Flag = std::optional<bool> NotificationAttributes::*;

struct Attribute {
  std::string_view name;
  std::variant<Count, Number, Flag> member;
  std::string_view since;  // LwM2M version
};

// In the order of the struct.  (Core 1.1.1 Table 5.1.2-1; 1.2 Table 7.3.2-1)
constexpr std::array<Attribute, 10> kAttributes{{
    {"pmin", &NotificationAttributes::minimum_period, "1.0"},
    {"pmax", &NotificationAttributes::maximum_period, "1.0"},
    {"gt", &NotificationAttributes::greater_than, "1.0"},
    {"lt", &NotificationAttributes::less_than, "1.0"},
    {"st", &NotificationAttributes::step, "1.0"},
    {"epmin", &NotificationAttributes::minimum_evaluation_period, "1.1"},
    {"epmax", &NotificationAttributes::maximum_evaluation_period, "1.1"},
    {"edge", &NotificationAttributes::edge, "1.2"},
    {"con", &NotificationAttributes::confirmable, "1.2"},
    {"hqmax", &NotificationAttributes::history_length, "1.2"},
}};

const Attribute* FindAttribute(std::string_view name) {
  const auto found =
      std::find_if(kAttributes.begin(), kAttributes.end(),
                   [&](const Attribute& attribute) { return attribute.name == name; });
  return found == kAttributes.end() ? nullptr : &*found;
}

bool IsSet(const NotificationAttributes& attributes, const Attribute& attribute) {
  return std::visit([&](auto member) { return (attributes.*member).has_value(); },
                    attribute.member);
}

// Set or unset.
bool IsNamed(const NotificationAttributes& attributes, const Attribute& attribute) {
  return IsSet(attributes, attribute) || std::find(attributes.unset.begin(), attributes.unset.end(),
                                                   attribute.name) != attributes.unset.end();
}

Result<void> ValidateConditions(const NotificationAttributes& attributes) {
  const auto& [gt, lt, st] =
      std::tie(attributes.greater_than, attributes.less_than, attributes.step);
  for (const auto& [name, number] :
       {std::pair("gt", gt), std::pair("lt", lt), std::pair("st", st)}) {
    if (number && !std::isfinite(*number)) {
      return InvalidValue(fmt::format("{} is not a finite number", name));
    }
  }
  if (st && *st < 0) return InvalidValue("st is negative");
  if (gt && lt && *lt >= *gt) return InvalidValue("lt is not below gt");
  // Core 1.1.1 §5.1.2: "lt" value + 2 * "st" value < "gt" value.
  if (gt && lt && st && *lt + 2 * *st >= *gt) return InvalidValue("lt + 2 st is not below gt");
  return {};
}

Result<void> ValidateUnset(const NotificationAttributes& attributes) {
  for (auto it = attributes.unset.begin(); it != attributes.unset.end(); ++it) {
    const Attribute* const attribute = FindAttribute(*it);
    if (attribute == nullptr) return InvalidValue(fmt::format("unknown attribute {}", *it));
    const bool again = std::find(attributes.unset.begin(), it, *it) != it;
    if (again || IsSet(attributes, *attribute)) {
      return InvalidValue(fmt::format("attribute {} is named twice", *it));
    }
  }
  return {};
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

// Reads the value of one attribute into its member.
struct MemberReader {
  NotificationAttributes& attributes;
  std::string_view name;
  std::string_view text;

  Result<void> operator()(Count member) const {
    const auto count = ParseNumber<std::uint32_t>(name, text);
    if (!count) return tl::unexpected(count.error());
    attributes.*member = *count;
    return {};
  }
  Result<void> operator()(Number member) const {
    const auto number = ParseNumber<double>(name, text);
    if (!number) return tl::unexpected(number.error());
    if (!std::isfinite(*number)) {
      return InvalidValue(fmt::format("attribute {} is not a finite number", name));
    }
    attributes.*member = *number;
    return {};
  }
  Result<void> operator()(Flag member) const {
    if (text != "0" && text != "1") {
      return InvalidValue(fmt::format("attribute {} is neither 0 nor 1", name));
    }
    attributes.*member = text == "1";
    return {};
  }
};

// The value of a member as it stands in a query; "" when it is absent.
struct MemberText {
  const NotificationAttributes& attributes;

  std::string operator()(Count member) const {
    const auto& count = attributes.*member;
    return count ? std::to_string(*count) : "";
  }
  std::string operator()(Number member) const {
    const auto& number = attributes.*member;
    return number ? ToText(Value(*number)) : "";
  }
  std::string operator()(Flag member) const {
    const auto& flag = attributes.*member;
    return flag ? (*flag ? "1" : "0") : "";
  }
};

bool NamesAny(const NotificationAttributes& attributes,
              std::initializer_list<std::string_view> names) {
  return std::any_of(names.begin(), names.end(), [&](std::string_view name) {
    return IsNamed(attributes, *FindAttribute(name));
  });
}

}  // namespace

bool NotificationAttributes::empty() const { return *this == NotificationAttributes{}; }

bool NamesNumericCondition(const NotificationAttributes& attributes) {
  return NamesAny(attributes, {"gt", "lt", "st"});
}

bool NamesEdge(const NotificationAttributes& attributes) { return NamesAny(attributes, {"edge"}); }

Result<void> Validate(const NotificationAttributes& attributes, const Path& path) {
  const auto& pmin = attributes.minimum_period;
  const auto& pmax = attributes.maximum_period;
  // pmax = 0 means that there is no maximum period.
  if (pmin && pmax && *pmax != 0 && *pmax < *pmin) return InvalidValue("pmax is below pmin");
  const auto& epmin = attributes.minimum_evaluation_period;
  const auto& epmax = attributes.maximum_evaluation_period;
  if (epmin && epmax && *epmin >= *epmax) return InvalidValue("epmin is not below epmax");
  if (path.depth() < 3 && NamesNumericCondition(attributes)) {
    return InvalidValue("gt, lt and st belong to a resource");
  }
  if (!path.is_resource() && NamesEdge(attributes)) {
    return InvalidValue("edge belongs to a resource");
  }
  if (auto conditions = ValidateConditions(attributes); !conditions) return conditions;
  return ValidateUnset(attributes);
}

Result<void> CheckVersion(const NotificationAttributes& attributes, std::string_view version) {
  for (const Attribute& attribute : kAttributes) {
    if (IsAtLeast(version, attribute.since) || !IsNamed(attributes, attribute)) continue;
    return tl::unexpected(
        Error{ErrorKind::kUnsupported,
              fmt::format("attribute {} is of LwM2M {}, and the client registered with {}",
                          attribute.name, attribute.since, version)});
  }
  return {};
}

NotificationAttributes ForVersion(NotificationAttributes attributes, std::string_view version) {
  for (const Attribute& attribute : kAttributes) {
    if (IsAtLeast(version, attribute.since)) continue;
    std::visit([&](auto member) { (attributes.*member).reset(); }, attribute.member);
    std::erase(attributes.unset, attribute.name);
  }
  return attributes;
}

std::vector<std::string> ToQueries(const NotificationAttributes& attributes) {
  std::vector<std::string> queries;
  for (const Attribute& attribute : kAttributes) {
    if (!IsSet(attributes, attribute)) continue;
    queries.push_back(
        fmt::format("{}={}", attribute.name, std::visit(MemberText{attributes}, attribute.member)));
  }
  queries.insert(queries.end(), attributes.unset.begin(), attributes.unset.end());
  return queries;
}

Result<NotificationAttributes> ParseAttributes(
    const std::vector<std::pair<std::string, std::optional<std::string>>>& pairs) {
  NotificationAttributes attributes;
  for (const auto& [name, value] : pairs) {
    const Attribute* const attribute = FindAttribute(name);
    if (attribute == nullptr) return InvalidValue(fmt::format("unknown attribute {}", name));
    if (IsNamed(attributes, *attribute)) {
      return InvalidValue(fmt::format("attribute {} is named twice", name));
    }
    if (!value) {
      attributes.unset.push_back(name);
      continue;
    }
    const auto read = std::visit(MemberReader{attributes, name, *value}, attribute->member);
    if (!read) return tl::unexpected(read.error());
  }
  return attributes;
}

}  // namespace lwm2m
