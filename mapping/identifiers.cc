#include "mapping/identifiers.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace mapping {

namespace {

constexpr std::size_t kLongestPlainName = 48;
constexpr std::size_t kLongestName = 56;
constexpr std::size_t kLongestDeviceName = 44;
constexpr std::string_view kNodeSuffix = "-node";
// Of names that the <node>s of devices with several endpoints are made of.
constexpr std::string_view kDeviceSuffix = "-device";

char ToLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string ToLower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) { return ToLower(c); });
  return lower;
}

bool IsLetterOrDigit(char c) {
  const char lower = ToLower(c);
  return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9');
}

// In the alphabet of a resourceName (TS-0004 Table 6.3.3-1); one '-' for each foreign character, of
// however many octets.
std::string Sanitized(std::string_view text) {
  std::string name;
  for (const char c : text) {
    const bool continues_character = (static_cast<unsigned char>(c) & 0xc0) == 0x80;
    if (continues_character) continue;
    name.push_back(IsLetterOrDigit(c) || c == '-' || c == '.' || c == '_' ? c : '-');
  }
  return name;
}

std::string Sha256Hex(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha256(), nullptr);
  std::string hex;
  for (unsigned int i = 0; i < length; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

// The plain name, cut, with `digits` of the hash. TS-0004 Table 6.3.3-1 wants a letter or digit in
// front, so whatever else stands there goes.
std::string HashedName(std::string_view endpoint, std::size_t digits,
                       std::size_t longest = kLongestName) {
  std::string name = Sanitized(WithoutUrn(endpoint));
  name.erase(name.begin(), std::find_if(name.begin(), name.end(), IsLetterOrDigit));
  if (name.empty()) name = "endpoint";
  name.resize(std::min(name.size(), longest - 1 - digits));
  return name + "-" + Sha256Hex(endpoint).substr(0, digits);
}

EndpointNames NamesOf(std::string name, std::string_view endpoint) {
  EndpointNames names;
  names.node_name = name + std::string(kNodeSuffix);
  names.originator = "C" + name;
  names.node_id = WithoutUrn(endpoint);
  names.name = std::move(name);
  return names;
}

bool IsOccupied(std::string_view name, const NamingRules& rules) {
  const std::string lower = ToLower(name);
  if (lower == ToLower(rules.ipe_name)) return true;
  const auto is_reserved = [&](const std::string& originator) {
    return ToLower(originator) == "c" + lower;
  };
  if (std::any_of(rules.reserved.begin(), rules.reserved.end(), is_reserved)) return true;
  return rules.taken && rules.taken(lower);
}

}  // namespace

// RFC 8141 §2: the scheme is case-insensitive.
std::string_view WithoutUrn(std::string_view endpoint) {
  constexpr std::string_view kUrn = "urn:";
  if (ToLower(endpoint.substr(0, kUrn.size())) == kUrn) endpoint.remove_prefix(kUrn.size());
  return endpoint;
}

EndpointNames NamesFor(std::string_view endpoint, const NamingRules& rules) {
  std::string name = Sanitized(rules.wanted.empty() ? WithoutUrn(endpoint) : rules.wanted);
  const std::string lower = ToLower(name);
  const bool legal = !name.empty() && name.size() <= kLongestPlainName &&
                     IsLetterOrDigit(name.front()) && !lower.ends_with(kNodeSuffix) &&
                     !lower.ends_with(kDeviceSuffix);
  if (legal && !IsOccupied(name, rules)) return NamesOf(std::move(name), endpoint);
  // Somebody may call itself what another one's hashed name is: then more of the hash tells them
  // apart.
  constexpr std::size_t kMostDigits = 48;
  for (std::size_t digits = 8; digits <= kMostDigits; digits += 8) {
    name = HashedName(endpoint, digits);
    if (!IsOccupied(name, rules)) break;
  }
  return NamesOf(std::move(name), endpoint);
}

EndpointNames HashedNamesFor(std::string_view endpoint) {
  return NamesOf(HashedName(endpoint, 8), endpoint);
}

EndpointNames KeptNames(std::string name, std::string_view endpoint) {
  return NamesOf(std::move(name), endpoint);
}

void PlaceOnDevice(const std::string& device, EndpointNames& names) {
  std::string name = Sanitized(device);
  const bool legal =
      !name.empty() && name.size() <= kLongestDeviceName && IsLetterOrDigit(name.front());
  // Two devices must not share a <node> because their names look alike.
  if (!legal || name != device) name = HashedName(device, 8, kLongestDeviceName);
  names.device = device;
  names.node_id = device;
  names.node_name = name + std::string(kDeviceSuffix) + std::string(kNodeSuffix);
}

std::string ContainerAddress(const lwm2m::Path& path) { return path.ToString().substr(1); }

std::optional<lwm2m::Path> PathOfAddress(std::string_view address) {
  constexpr std::string_view kSeries = "-ts";  // mapping/time_series.h
  if (address.ends_with(kSeries)) address.remove_suffix(kSeries.size());
  while (!address.empty()) {
    if (const auto path = lwm2m::Path::Parse("/" + std::string(address))) return *path;
    const std::size_t slash = address.rfind('/');
    address = address.substr(0, slash == std::string_view::npos ? 0 : slash);
  }
  return std::nullopt;
}

}  // namespace mapping
