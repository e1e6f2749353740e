// Typed values of LwM2M resources.  (LwM2M Core 1.1.1 Appendix C)
#ifndef LWM2M_VALUE_H_
#define LWM2M_VALUE_H_

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lwm2m/error.h"
#include "lwm2m/path.h"

namespace lwm2m {

enum class Type {
  kNone,  // Execute only
  kString,
  kInteger,
  kUnsignedInteger,
  kFloat,
  kBoolean,
  kOpaque,
  kTime,
  kObjectLink,
  kCoreLink,
};

struct Opaque {
  std::string octets;
  friend bool operator==(const Opaque&, const Opaque&) = default;
};

// Seconds since 1970-01-01 UTC.
struct Time {
  std::int64_t seconds = 0;
  friend bool operator==(const Time&, const Time&) = default;
};

// 65535:65535 is the null link.
struct ObjectLink {
  Id object = kMaxId;
  Id instance = kMaxId;
  friend bool operator==(const ObjectLink&, const ObjectLink&) = default;
};

// A link-format text as a value (Corelnk, from 1.1).
struct CoreLink {
  std::string text;
  friend bool operator==(const CoreLink&, const CoreLink&) = default;
};

using Value = std::variant<std::string, std::int64_t, std::uint64_t, double, bool, Opaque, Time,
                           ObjectLink, CoreLink>;

// The type that the alternative of `value` stands for; never kNone.
Type TypeOf(const Value& value);

// One value of a Resource (depth 3) or of a Resource Instance (depth 4).
struct Record {
  Path path;
  Value value;
  // When the device took it, seconds with fraction: since 1970 UTC, or below 2^28 from the moment
  // at which the message was received (RFC 8428 §4.5.3; see AnchorTimes). Absent: not said.
  std::optional<double> time;
  friend bool operator==(const Record&, const Record&) = default;
};

// LwM2M text form (Content-Format 0, Table C-1): Boolean "1"/"0", Time in seconds, Opaque in
// base64, Object Link "66:0", Float in decimal, shortest form that reads back the same, without
// exponent where that stays below 25 characters.
std::string ToText(const Value& value);
// The reverse for a known type. Float accepts an exponent; Boolean accepts 0/1 and true/false.
// kInvalidValue names the type.
Result<Value> FromText(Type type, std::string_view text);
// Converts between numeric kinds (Integer, Unsigned, Time, Float) where no information is lost and
// String → CoreLink; otherwise kInvalidValue.
Result<Value> ConvertTo(Type type, const Value& value);

// RFC 4648 §4 (with padding) and §5 (base64url without padding). Decode accepts both alphabets,
// with or without padding, and nothing else.
std::string EncodeBase64(std::string_view octets);
std::string EncodeBase64Url(std::string_view octets);
Result<std::string> DecodeBase64(std::string_view text);

// True when every octet sequence is a well-formed UTF-8 character (RFC 3629).
bool IsUtf8(std::string_view text);

}  // namespace lwm2m

#endif  // LWM2M_VALUE_H_
