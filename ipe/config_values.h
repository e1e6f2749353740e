// Texts of configuration values: what each kind may look like, and back.
#ifndef IPE_CONFIG_VALUES_H_
#define IPE_CONFIG_VALUES_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ipe {

// Decimal digits only.
std::optional<std::uint64_t> ParseNumber(std::string_view text);
// true, false, yes, no, on, off.
std::optional<bool> ParseBoolean(std::string_view text);
// A number with unit ms, s, m, h or d; without unit: seconds. Back with the largest unit that is
// exact.
std::optional<std::chrono::milliseconds> ParseDuration(std::string_view text);
std::string DurationText(std::chrono::milliseconds duration);
// A number with unit KiB, MiB or GiB; without unit: bytes.
std::optional<std::uint64_t> ParseSize(std::string_view text);
std::string SizeText(std::uint64_t bytes);
// Elements between commas without blanks around them; "" is the empty list.
std::vector<std::string> SplitList(std::string_view text);

// host:port, IPv6 addresses in brackets, port 0 to 65535.
bool IsBindAddress(std::string_view text);
// http(s)://host[:port], and what `path_allowed` says.
bool IsHttpUrl(std::string_view text, bool path_allowed);
// coap://host[:port], also coaps, coap+tcp and coaps+tcp, without a path.
bool IsCoapUrl(std::string_view text);
// TS-0001 §9.4: unreserved characters of RFC 3986.
bool IsResourceName(std::string_view text);
// A CSE-ID with its leading slash.
bool IsCseId(std::string_view text);
// Visible ASCII, at least one character.
bool IsOriginator(std::string_view text);
bool IsCredential(std::string_view text);
bool IsReadableFile(std::string_view path);
bool IsDirectory(std::string_view path);

}  // namespace ipe

#endif  // IPE_CONFIG_VALUES_H_
