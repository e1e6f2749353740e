#include "lwm2m/value.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

#include "fmt/format.h"

namespace lwm2m {

namespace {

template <typename... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};
template <typename... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

// The whole of `text` as a number, or nothing.
template <typename Number>
std::optional<Number> ParseWhole(std::string_view text) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, number);
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return number;
}

std::string FloatToText(double number) {
  // Table C-1 shows plain decimals (0.00000000006667); an exponent only where that would get long.
  constexpr std::ptrdiff_t kPlainLimit = 25;
  std::array<char, 400> buffer;  // the longest plain double has 343 characters
  const auto plain =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), number, std::chars_format::fixed);
  if (plain.ptr - buffer.data() < kPlainLimit) return {buffer.data(), plain.ptr};
  const auto scientific = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number,
                                        std::chars_format::scientific);
  return {buffer.data(), scientific.ptr};
}

// "66:0"; the null link is printed 65535:65535 in Table C-1 and FFFF:FFFF in the JSON example of
// LwM2M 1.0 §6.4.4.
std::optional<ObjectLink> ParseObjectLink(std::string_view text) {
  if (text == "FFFF:FFFF" || text == "ffff:ffff") return ObjectLink{};
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto object = ParseWhole<Id>(text.substr(0, colon));
  const auto instance = ParseWhole<Id>(text.substr(colon + 1));
  if (!object || !instance) return std::nullopt;
  return ObjectLink{*object, *instance};
}

// The number behind any numeric alternative, exactly.
using Number = std::variant<std::int64_t, std::uint64_t, double>;

std::optional<Number> NumberOf(const Value& value) {
  return std::visit(Overloaded{
                        [](std::int64_t n) { return std::optional<Number>(n); },
                        [](std::uint64_t n) { return std::optional<Number>(n); },
                        [](double n) { return std::optional<Number>(n); },
                        [](Time t) { return std::optional<Number>(t.seconds); },
                        [](const auto&) { return std::optional<Number>(); },
                    },
                    value);
}

// `number` as a To when it is exactly representable. Ranges are compared before the cast, because a
// cast out of range is undefined.
template <typename To, typename From>
std::optional<To> Exactly(From number) {
  if constexpr (std::is_floating_point_v<To>) {
    const auto converted = static_cast<double>(number);
    if constexpr (std::is_integral_v<From>) {
      // 2^63 and 2^64 are doubles; the largest integers round up to them and do not fit back.
      if (converted >= std::ldexp(1.0, std::numeric_limits<From>::digits)) return std::nullopt;
      if (static_cast<From>(converted) != number) return std::nullopt;
    }
    return converted;
  } else if constexpr (std::is_floating_point_v<From>) {
    const double limit = std::ldexp(1.0, std::numeric_limits<To>::digits);
    const double lowest = std::is_signed_v<To> ? -limit : 0.0;
    if (!(number >= lowest && number < limit) || std::trunc(number) != number) return std::nullopt;
    return static_cast<To>(number);
  } else {
    if (!std::in_range<To>(number)) return std::nullopt;
    return static_cast<To>(number);
  }
}

template <typename To>
std::optional<To> Exactly(const std::optional<Number>& number) {
  if (!number) return std::nullopt;
  return std::visit([](auto n) { return Exactly<To>(n); }, *number);
}

std::string_view NameOf(Type type) {
  switch (type) {
    case Type::kNone:
      return "none";
    case Type::kString:
      return "String";
    case Type::kInteger:
      return "Integer";
    case Type::kUnsignedInteger:
      return "Unsigned Integer";
    case Type::kFloat:
      return "Float";
    case Type::kBoolean:
      return "Boolean";
    case Type::kOpaque:
      return "Opaque";
    case Type::kTime:
      return "Time";
    case Type::kObjectLink:
      return "Objlnk";
    case Type::kCoreLink:
      return "Corelnk";
  }
  return "unknown";
}

template <typename Alternative>
Result<Value> Require(std::optional<Alternative> parsed, Type type, std::string_view what) {
  if (!parsed) return InvalidValue(fmt::format("{} {}", what, NameOf(type)));
  return Value(std::in_place_type<Alternative>, *std::move(parsed));
}

std::optional<bool> ParseBoolean(std::string_view text) {
  if (text == "1" || text == "true") return true;
  if (text == "0" || text == "false") return false;
  return std::nullopt;
}

// Infinity and not-a-number have no text form in Table C-1.
std::optional<double> ParseFloat(std::string_view text) {
  const auto number = ParseWhole<double>(text);
  if (!number || !std::isfinite(*number)) return std::nullopt;
  return number;
}

std::optional<Time> AsTime(std::optional<std::int64_t> seconds) {
  if (!seconds) return std::nullopt;
  return Time{*seconds};
}

}  // namespace

Type TypeOf(const Value& value) {
  return std::visit(Overloaded{
                        [](const std::string&) { return Type::kString; },
                        [](std::int64_t) { return Type::kInteger; },
                        [](std::uint64_t) { return Type::kUnsignedInteger; },
                        [](double) { return Type::kFloat; },
                        [](bool) { return Type::kBoolean; },
                        [](const Opaque&) { return Type::kOpaque; },
                        [](Time) { return Type::kTime; },
                        [](ObjectLink) { return Type::kObjectLink; },
                        [](const CoreLink&) { return Type::kCoreLink; },
                    },
                    value);
}

std::string ToText(const Value& value) {
  return std::visit(
      Overloaded{
          [](const std::string& text) { return text; },
          [](std::int64_t number) { return std::to_string(number); },
          [](std::uint64_t number) { return std::to_string(number); },
          [](double number) { return FloatToText(number); },
          [](bool truth) { return std::string(truth ? "1" : "0"); },
          [](const Opaque& opaque) { return EncodeBase64(opaque.octets); },
          [](Time time) { return std::to_string(time.seconds); },
          [](ObjectLink link) { return fmt::format("{}:{}", link.object, link.instance); },
          [](const CoreLink& link) { return link.text; },
      },
      value);
}

Result<Value> FromText(Type type, std::string_view text) {
  constexpr std::string_view kNot = "text is not of type";
  switch (type) {
    case Type::kNone:
      return InvalidValue("a resource of type none has no value");
    case Type::kString:
      if (!IsUtf8(text)) return InvalidValue("String is not UTF-8");
      return Value(std::string(text));
    case Type::kInteger:
      return Require(ParseWhole<std::int64_t>(text), type, kNot);
    case Type::kUnsignedInteger:
      return Require(ParseWhole<std::uint64_t>(text), type, kNot);
    case Type::kFloat:
      return Require(ParseFloat(text), type, kNot);
    case Type::kBoolean:
      return Require(ParseBoolean(text), type, kNot);
    case Type::kOpaque: {
      Result<std::string> octets = DecodeBase64(text);
      if (!octets) return InvalidValue("text is not of type Opaque: " + octets.error().detail);
      return Value(Opaque{*std::move(octets)});
    }
    case Type::kTime:
      return Require(AsTime(ParseWhole<std::int64_t>(text)), type, kNot);
    case Type::kObjectLink:
      return Require(ParseObjectLink(text), type, kNot);
    case Type::kCoreLink:
      if (!IsUtf8(text)) return InvalidValue("Corelnk is not UTF-8");
      return Value(CoreLink{std::string(text)});
  }
  return InvalidValue("unknown type");
}

Result<Value> ConvertTo(Type type, const Value& value) {
  if (TypeOf(value) == type) return value;
  const std::string what = fmt::format("{} cannot become", NameOf(TypeOf(value)));
  switch (type) {
    case Type::kInteger:
      return Require(Exactly<std::int64_t>(NumberOf(value)), type, what);
    case Type::kUnsignedInteger:
      return Require(Exactly<std::uint64_t>(NumberOf(value)), type, what);
    case Type::kFloat:
      return Require(Exactly<double>(NumberOf(value)), type, what);
    case Type::kTime:
      return Require(AsTime(Exactly<std::int64_t>(NumberOf(value))), type, what);
    case Type::kCoreLink:
      if (const auto* text = std::get_if<std::string>(&value)) return Value(CoreLink{*text});
      break;
    case Type::kNone:
    case Type::kString:
    case Type::kBoolean:
    case Type::kOpaque:
    case Type::kObjectLink:
      break;
  }
  return InvalidValue(fmt::format("{} {}", what, NameOf(type)));
}

}  // namespace lwm2m
