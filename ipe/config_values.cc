#include "ipe/config_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <limits>
#include <system_error>
#include <utility>

namespace ipe {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

// Largest first, so that the first exact one prints shortest.
constexpr std::array<Unit, 5> kDurations = {
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::array<Unit, 3> kSizes = {{{"GiB", 1u << 30}, {"MiB", 1u << 20}, {"KiB", 1u << 10}}};

bool IsDigit(char character) { return character >= '0' && character <= '9'; }
bool IsLetter(char character) {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
}

template <std::size_t kCount>
std::optional<std::uint64_t> ParseWithUnit(std::string_view text,
                                           const std::array<Unit, kCount>& units,
                                           std::uint64_t without_unit) {
  const auto* digits_end = std::find_if_not(text.begin(), text.end(), IsDigit);
  const auto digits = static_cast<std::size_t>(digits_end - text.begin());
  const auto number = ParseNumber(text.substr(0, digits));
  if (!number) return std::nullopt;
  text.remove_prefix(digits);
  std::uint64_t factor = without_unit;
  if (!text.empty()) {
    const auto unit = std::find_if(units.begin(), units.end(),
                                   [&](const Unit& candidate) { return candidate.name == text; });
    if (unit == units.end()) return std::nullopt;
    factor = unit->factor;
  }
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (*number > kMax / factor) return std::nullopt;
  return *number * factor;
}

template <std::size_t kCount>
std::string TextWithUnit(std::uint64_t value, const std::array<Unit, kCount>& units) {
  for (const Unit& unit : units) {
    if (value >= unit.factor && value % unit.factor == 0) {
      return fmt::format("{}{}", value / unit.factor, unit.name);
    }
  }
  return std::to_string(value);
}

bool IsPort(std::string_view text) {
  const auto port = ParseNumber(text);
  return port && *port <= 65'535;
}

bool IsHostName(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char character) {
    return IsLetter(character) || IsDigit(character) || character == '.' || character == '-' ||
           character == '_';
  });
}

// "[2001:db8::1]"
bool IsBracketedIpv6(std::string_view text) {
  if (text.size() < 4 || text.front() != '[' || text.back() != ']') return false;
  text = text.substr(1, text.size() - 2);
  return text.find(':') != std::string_view::npos &&
         text.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
}

bool IsHost(std::string_view text) { return IsHostName(text) || IsBracketedIpv6(text); }

}  // namespace

std::optional<std::uint64_t> ParseNumber(std::string_view text) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || error != std::errc() || stop != end) return std::nullopt;
  return number;
}

std::optional<bool> ParseBoolean(std::string_view text) {
  if (text == "true" || text == "yes" || text == "on") return true;
  if (text == "false" || text == "no" || text == "off") return false;
  return std::nullopt;
}

std::optional<std::chrono::milliseconds> ParseDuration(std::string_view text) {
  const auto milliseconds = ParseWithUnit(text, kDurations, 1'000);
  if (!milliseconds) return std::nullopt;
  return std::chrono::milliseconds(static_cast<std::int64_t>(*milliseconds));
}

std::string DurationText(std::chrono::milliseconds duration) {
  return TextWithUnit(static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0)),
                      kDurations);
}

std::optional<std::uint64_t> ParseSize(std::string_view text) {
  return ParseWithUnit(text, kSizes, 1);
}

std::string SizeText(std::uint64_t bytes) { return TextWithUnit(bytes, kSizes); }

std::vector<std::string> SplitList(std::string_view text) {
  std::vector<std::string> elements;
  while (true) {
    const std::size_t comma = text.find(',');
    const std::string_view element = text.substr(0, comma);
    const std::size_t first = element.find_first_not_of(" \t");
    const std::size_t last = element.find_last_not_of(" \t");
    if (first != std::string_view::npos) elements.emplace_back(element, first, last - first + 1);
    if (comma == std::string_view::npos) return elements;
    if (first == std::string_view::npos) elements.emplace_back();
    text.remove_prefix(comma + 1);
  }
}

bool IsBindAddress(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  return colon != std::string_view::npos && IsHost(text.substr(0, colon)) &&
         IsPort(text.substr(colon + 1));
}

bool IsHttpUrl(std::string_view text, bool path_allowed) {
  if (text.starts_with("http://")) {
    text.remove_prefix(7);
  } else if (text.starts_with("https://")) {
    text.remove_prefix(8);
  } else {
    return false;
  }
  const std::size_t slash = text.find('/');
  if (slash != std::string_view::npos && !path_allowed && slash + 1 != text.size()) return false;
  const bool visible = std::all_of(
      text.begin(), text.end(), [](char character) { return character > ' ' && character < 0x7f; });
  const std::string_view authority = text.substr(0, slash);
  return visible && (IsHost(authority) || IsBindAddress(authority));
}

bool IsCoapUrl(std::string_view text) {
  const std::size_t end = text.find("://");
  if (end == std::string_view::npos) return false;
  const std::string_view scheme = text.substr(0, end);
  const bool known =
      scheme == "coap" || scheme == "coaps" || scheme == "coap+tcp" || scheme == "coaps+tcp";
  return known && IsHttpUrl("http" + std::string(text.substr(end)), false);
}

bool IsResourceName(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char character) {
    return IsLetter(character) || IsDigit(character) ||
           std::string_view("-._~").find(character) != std::string_view::npos;
  });
}

bool IsCseId(std::string_view text) {
  return text.starts_with('/') && IsResourceName(text.substr(1));
}

bool IsOriginator(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char character) {
    return character > ' ' && character < 0x7f;
  });
}

bool IsCredential(std::string_view text) {
  const auto is_visible = [](char character) {
    return static_cast<unsigned char>(character) > ' ' && character != 0x7f;
  };
  if (!std::all_of(text.begin(), text.end(), is_visible)) return false;
  if (text.starts_with("bearer:")) return text.size() > 7;
  if (!text.starts_with("basic:")) return false;
  const std::size_t colon = text.find(':', 6);
  return colon != std::string_view::npos && colon > 6;
}

bool IsReadableFile(std::string_view path) {
  std::error_code error;
  const std::filesystem::path file{std::string(path)};
  return std::filesystem::is_regular_file(file, error) && std::ifstream(file).good();
}

bool IsDirectory(std::string_view path) {
  std::error_code error;
  return std::filesystem::is_directory(std::string(path), error);
}

}  // namespace ipe
