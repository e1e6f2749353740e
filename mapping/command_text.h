// The JSON of a command, read and typed but not yet understood.  (docs/mapping.md)
#ifndef MAPPING_COMMAND_TEXT_H_
#define MAPPING_COMMAND_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "onem2m/error.h"

namespace mapping {

// A JSON value that is no array, object or null. Integers that fit are integers, others double.
using JsonScalar = std::variant<bool, std::int64_t, std::uint64_t, double, std::string>;

// Members of a command; absent ones are empty. "" and absent are the same for `endpoint`.
struct CommandText {
  std::string id;        // "" when absent or not usable as a label
  std::string endpoint;  // member "ep"
  std::string op;
  std::string path;
  std::optional<std::vector<std::string>> paths;
  std::optional<JsonScalar> value;
  std::optional<std::vector<std::pair<std::string, JsonScalar>>> values;
  std::optional<std::string> content;
  std::optional<std::uint16_t> format;
  std::optional<std::uint16_t> accept;   // a Content-Format
  std::optional<unsigned> depth;         // 0 … 3
  std::optional<std::string> arguments;  // member "args"
  // A member whose value is null unsets the attribute.
  std::optional<std::vector<std::pair<std::string, std::optional<std::string>>>> attributes;
  std::optional<std::string> file, uri, method;  // of firmware-update
  std::optional<std::int64_t> ttl;
  bool high_priority = false;
};

// Fills `text`. Of a command that is refused, `text` still holds id, ep, op and path where these
// could be read, so that the outcome can name them. The detail of an error starts with the member
// in quotes. Any input is safe: nesting is read without recursion and size is bounded by
// kMaxCommandOctets.
onem2m::Result<void> ReadCommandText(std::string_view json, CommandText& text);
inline constexpr std::size_t kMaxCommandOctets = 1 << 20;

// `text` in quotes for a detail, cut to a few words at a character boundary.
std::string Quoted(std::string_view text);
// A scalar as it may stand behind "found" in a detail.
std::string Described(const JsonScalar& scalar);

}  // namespace mapping

#endif  // MAPPING_COMMAND_TEXT_H_
