#include "lwm2m/coap/client_hello.h"

#include <cstddef>
#include <cstdint>

namespace lwm2m {
namespace {

constexpr std::size_t kRecordHeader = 13;
// Type, length (3), message number (2), offset (3) and length (3) of the fragment.
constexpr std::size_t kHandshakeHeader = 12;
constexpr std::size_t kVersionAndRandom = 2 + 32;
constexpr char kHandshake = 22;
constexpr char kClientHello = 1;

// Reads from the front; after the end everything is empty or zero, and `ok` is false.
struct Reader {
  std::string_view in;
  bool ok = true;

  std::string_view Take(std::size_t count) {
    if (count > in.size()) {
      ok = false;
      in = {};
      return {};
    }
    const std::string_view taken = in.substr(0, count);
    in.remove_prefix(count);
    return taken;
  }
  std::size_t Number(std::size_t octets) {
    std::size_t value = 0;
    for (const char octet : Take(octets)) value = value << 8 | static_cast<unsigned char>(octet);
    return value;
  }
};

struct Range {
  unsigned first, last;
};
// RFC 4279, RFC 5487, RFC 5489, RFC 6655, RFC 7905.
constexpr Range kPskSuites[] = {
    {0x008a, 0x0095}, {0x00a8, 0x00b9}, {0xc033, 0xc03b}, {0xc0a4, 0xc0ab}, {0xccab, 0xccae}};
constexpr unsigned kRenegotiationSignal = 0x00ff;
constexpr unsigned kFallbackSignal = 0x5600;

bool IsPsk(unsigned suite) {
  for (const Range& range : kPskSuites) {
    if (suite >= range.first && suite <= range.last) return true;
  }
  return false;
}

}  // namespace

bool IsHandshake(std::string_view datagram) {
  return datagram.size() > kRecordHeader && datagram[0] == kHandshake && datagram[1] == '\xfe' &&
         datagram[3] == 0 && datagram[4] == 0;
}

bool IsClientHello(std::string_view datagram) {
  return IsHandshake(datagram) && datagram[kRecordHeader] == kClientHello;
}

//  header | version (2) | random (32) | n (1) | session id (n) | n (1) | cookie (n) | n (2) |
//  suites
std::optional<ClientHello> ReadClientHello(std::string_view datagram) {
  if (!IsClientHello(datagram)) return std::nullopt;
  Reader reader{datagram};
  reader.Take(kRecordHeader + kHandshakeHeader + kVersionAndRandom);
  reader.Take(reader.Number(1));
  const std::string_view cookie = reader.Take(reader.Number(1));
  Reader suites{reader.Take(reader.Number(2))};
  if (!reader.ok) return std::nullopt;
  ClientHello hello;
  hello.has_cookie = !cookie.empty();
  while (!suites.in.empty()) {
    const auto suite = static_cast<unsigned>(suites.Number(2));
    if (suite == kRenegotiationSignal || suite == kFallbackSignal) continue;
    (IsPsk(suite) ? hello.offers_psk : hello.offers_others) = true;
  }
  if (!suites.ok) return std::nullopt;
  return hello;
}

}  // namespace lwm2m
