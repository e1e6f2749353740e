#include "mapping/command_value.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <string>
#include <type_traits>

namespace mapping {

namespace {

using lwm2m::Type;
using lwm2m::Value;

std::string_view WithArticle(Type type) {
  switch (type) {
    case Type::kNone:
      return "no value";
    case Type::kString:
      return "a String";
    case Type::kInteger:
      return "an Integer";
    case Type::kUnsignedInteger:
      return "an Unsigned Integer";
    case Type::kFloat:
      return "a Float";
    case Type::kBoolean:
      return "a Boolean (true or false)";
    case Type::kOpaque:
      return "an Opaque in base64";
    case Type::kTime:
      return "a Time (seconds since 1970)";
    case Type::kObjectLink:
      return "an Objlnk like \"66:0\"";
    case Type::kCoreLink:
      return "a Corelnk";
  }
  return "a value";
}

std::optional<Value> AsOptional(lwm2m::Result<Value> value) {
  if (!value) return std::nullopt;
  return *std::move(value);
}

// A number of JSON, or one in a string.
std::optional<Value> Numeric(Type type, const JsonScalar& scalar) {
  if (const auto* text = std::get_if<std::string>(&scalar)) {
    return AsOptional(lwm2m::FromText(type, *text));
  }
  if (const auto* number = std::get_if<std::int64_t>(&scalar)) {
    return AsOptional(lwm2m::ConvertTo(type, Value(*number)));
  }
  if (const auto* number = std::get_if<std::uint64_t>(&scalar)) {
    return AsOptional(lwm2m::ConvertTo(type, Value(*number)));
  }
  if (const auto* number = std::get_if<double>(&scalar)) {
    return AsOptional(lwm2m::ConvertTo(type, Value(*number)));
  }
  return std::nullopt;
}

std::optional<Value> Truth(const JsonScalar& scalar) {
  if (const auto* truth = std::get_if<bool>(&scalar)) return Value(*truth);
  const auto* number = std::get_if<std::int64_t>(&scalar);
  if (number != nullptr && (*number == 0 || *number == 1)) return Value(*number == 1);
  return std::nullopt;
}

std::optional<Value> Typed(Type type, const JsonScalar& scalar) {
  switch (type) {
    case Type::kNone:
      return std::nullopt;
    case Type::kInteger:
    case Type::kUnsignedInteger:
    case Type::kFloat:
    case Type::kTime:
      return Numeric(type, scalar);
    case Type::kBoolean:
      return Truth(scalar);
    case Type::kString:
    case Type::kOpaque:
    case Type::kObjectLink:
    case Type::kCoreLink:
      break;
  }
  const auto* text = std::get_if<std::string>(&scalar);
  if (text == nullptr) return std::nullopt;
  return AsOptional(lwm2m::FromText(type, *text));
}

Value Inferred(const JsonScalar& scalar) {
  return std::visit([](const auto& alternative) { return Value(alternative); }, scalar);
}

struct Range {
  double lowest;
  double highest;
};

// OMA prints "0..100", "-90..90"; whatever else it prints ("1 byte", "0,1,2") says nothing here.
std::optional<Range> RangeOf(std::string_view text) {
  const auto number = [](std::string_view digits) -> std::optional<double> {
    double parsed = 0;
    const char* const end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, parsed);
    if (error != std::errc() || stop != end) return std::nullopt;
    return parsed;
  };
  const std::size_t dots = text.find("..");
  if (dots == std::string_view::npos) return std::nullopt;
  const auto lowest = number(text.substr(0, dots));
  const auto highest = number(text.substr(dots + 2));
  if (!lowest || !highest || *lowest > *highest) return std::nullopt;
  return Range{*lowest, *highest};
}

std::optional<double> NumberOf(const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return static_cast<double>(*number);
  if (const auto* number = std::get_if<std::uint64_t>(&value)) return static_cast<double>(*number);
  if (const auto* number = std::get_if<double>(&value)) return *number;
  return std::nullopt;
}

}  // namespace

onem2m::Result<lwm2m::Value> ValueFromJson(const lwm2m::ResourceDefinition* definition,
                                           const JsonScalar& scalar) {
  if (definition == nullptr) return Inferred(scalar);
  auto value = Typed(definition->type, scalar);
  if (!value) {
    return onem2m::BadRequest(
        fmt::format("expected {}, found {}", WithArticle(definition->type), Described(scalar)));
  }
  if (auto range = CheckRange(*definition, *value); !range) return tl::unexpected(range.error());
  return *std::move(value);
}

onem2m::Result<void> CheckRange(const lwm2m::ResourceDefinition& definition,
                                const lwm2m::Value& value) {
  const auto range = RangeOf(definition.range);
  const auto number = NumberOf(value);
  if (!range || !number) return {};
  if (*number >= range->lowest && *number <= range->highest) return {};
  return onem2m::BadRequest(
      fmt::format("expected {}, found {}", definition.range, lwm2m::ToText(value)));
}

}  // namespace mapping
