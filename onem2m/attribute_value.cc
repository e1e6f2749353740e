#include "onem2m/attribute_value.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

namespace onem2m {
namespace {

std::optional<double> ParseNumber(const std::string& text) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec != std::errc() || read.ptr != end || !std::isfinite(number)) return std::nullopt;
  return number;
}

std::optional<std::int64_t> ParseInteger(const std::string& text) {
  std::int64_t integer = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, integer);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return integer;
}

std::optional<std::int64_t> ToInteger(double number) {
  constexpr double kBeyondInt64 = 9223372036854775808.0;
  if (!(number >= -kBeyondInt64 && number < kBeyondInt64) || std::trunc(number) != number) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(number);
}

}  // namespace

const AttributeValue* FindAttribute(const NamedAttributes& attributes, std::string_view name) {
  const auto found =
      std::find_if(attributes.begin(), attributes.end(),
                   [name](const NamedAttribute& attribute) { return attribute.name == name; });
  return found == attributes.end() ? nullptr : &found->value;
}

void SetAttribute(NamedAttributes& attributes, std::string_view name, AttributeValue value) {
  const auto found =
      std::find_if(attributes.begin(), attributes.end(),
                   [name](const NamedAttribute& attribute) { return attribute.name == name; });
  if (found == attributes.end()) {
    attributes.push_back({std::string(name), std::move(value)});
  } else {
    found->value = std::move(value);
  }
}

std::optional<bool> AsBoolean(const AttributeValue& value) {
  if (const bool* boolean = std::get_if<bool>(&value)) return *boolean;
  if (const auto* text = std::get_if<std::string>(&value)) {
    if (*text == "true") return true;
    if (*text == "false") return false;
  }
  const auto number = AsInteger(value);
  if (number == 1) return true;
  if (number == 0) return false;
  return std::nullopt;
}

std::optional<std::int64_t> AsInteger(const AttributeValue& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return *integer;
  if (const double* number = std::get_if<double>(&value)) return ToInteger(*number);
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return std::nullopt;
  if (const auto integer = ParseInteger(*text)) return integer;
  const auto number = ParseNumber(*text);
  return number ? ToInteger(*number) : std::nullopt;
}

std::optional<double> AsNumber(const AttributeValue& value) {
  if (const double* number = std::get_if<double>(&value)) return *number;
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    return static_cast<double>(*integer);
  }
  const auto* text = std::get_if<std::string>(&value);
  return text == nullptr ? std::nullopt : ParseNumber(*text);
}

std::optional<std::string> AsText(const AttributeValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const bool* boolean = std::get_if<bool>(&value)) return *boolean ? "true" : "false";
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return std::to_string(*integer);
  const double* number = std::get_if<double>(&value);
  if (number == nullptr) return std::nullopt;
  char digits[32];  // the shortest text that reads back as the same number
  return std::string(digits, std::to_chars(digits, digits + sizeof digits, *number).ptr);
}

std::optional<std::vector<std::string>> AsList(const AttributeValue& value) {
  if (const auto* list = std::get_if<std::vector<std::string>>(&value)) return *list;
  auto text = AsText(value);
  if (!text) return std::nullopt;
  return std::vector<std::string>{*std::move(text)};
}

}  // namespace onem2m
