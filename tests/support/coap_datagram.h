// CoAP datagrams for tests, written without the product's own translation.  (RFC 7252 §3)
#ifndef TESTS_SUPPORT_COAP_DATAGRAM_H_
#define TESTS_SUPPORT_COAP_DATAGRAM_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tests {

struct CoapDatagram {
  enum Type { kCon = 0, kNon = 1, kAck = 2, kRst = 3 };
  enum Option {
    kObserve = 6,
    kLocationPath = 8,
    kUriPath = 11,
    kContentFormat = 12,
    kUriQuery = 15,
    kAccept = 17,
    kBlock2 = 23,
    kBlock1 = 27,
    kSize1 = 60,
  };
  int type = kCon;
  int code = 0;  // 0x45 is 2.05
  std::uint16_t message_id = 0;
  std::string token;
  std::vector<std::pair<int, std::string>> options;  // ascending
  std::string payload;

  CoapDatagram& Add(int number, std::string value) {
    options.emplace_back(number, std::move(value));
    return *this;
  }
  CoapDatagram& AddNumber(int number, std::uint32_t value) {
    std::string octets;
    for (; value != 0; value >>= 8) octets.insert(octets.begin(), static_cast<char>(value & 0xff));
    return Add(number, octets);
  }
  std::vector<std::string> All(int number) const {
    std::vector<std::string> values;
    for (const auto& option : options) {
      if (option.first == number) values.push_back(option.second);
    }
    return values;
  }
  std::optional<std::uint32_t> Number(int number) const {
    const auto values = All(number);
    if (values.empty()) return std::nullopt;
    std::uint32_t result = 0;
    for (const char octet : values[0]) result = result << 8 | static_cast<unsigned char>(octet);
    return result;
  }
};

namespace detail {

// The nibble and the extension octets of an option's delta or length.
inline std::pair<unsigned, std::string> Extended(std::size_t value) {
  if (value < 13) return {static_cast<unsigned>(value), {}};
  if (value < 269) return {13, std::string(1, static_cast<char>(value - 13))};
  const std::size_t rest = value - 269;
  return {14, {static_cast<char>(rest >> 8), static_cast<char>(rest & 0xff)}};
}

inline std::optional<std::size_t> ReadExtended(unsigned nibble, std::string_view& in) {
  const std::size_t octets = nibble < 13 ? 0 : nibble - 12;
  if (nibble == 15 || in.size() < octets) return std::nullopt;
  std::size_t value = nibble;
  if (octets == 1) value = 13u + static_cast<unsigned char>(in[0]);
  if (octets == 2) {
    value = 269u + (static_cast<std::size_t>(static_cast<unsigned char>(in[0])) << 8) +
            static_cast<unsigned char>(in[1]);
  }
  in.remove_prefix(octets);
  return value;
}

}  // namespace detail

inline std::string Encode(const CoapDatagram& message) {
  std::string out;
  out.push_back(
      static_cast<char>(0x40 | message.type << 4 | static_cast<int>(message.token.size())));
  out.push_back(static_cast<char>(message.code));
  out.push_back(static_cast<char>(message.message_id >> 8));
  out.push_back(static_cast<char>(message.message_id & 0xff));
  out += message.token;
  int previous = 0;
  for (const auto& [number, value] : message.options) {
    const auto delta = detail::Extended(static_cast<std::size_t>(number - previous));
    const auto length = detail::Extended(value.size());
    out.push_back(static_cast<char>(delta.first << 4 | length.first));
    out += delta.second + length.second + value;
    previous = number;
  }
  if (!message.payload.empty()) out += '\xff' + message.payload;
  return out;
}

inline std::optional<CoapDatagram> Decode(std::string_view in) {
  if (in.size() < 4) return std::nullopt;
  const auto octet = [&in](std::size_t i) { return static_cast<unsigned char>(in[i]); };
  CoapDatagram message;
  const std::size_t token_length = octet(0) & 0xf;
  if (octet(0) >> 6 != 1 || token_length > 8 || in.size() < 4 + token_length) return std::nullopt;
  message.type = octet(0) >> 4 & 0x3;
  message.code = octet(1);
  message.message_id = static_cast<std::uint16_t>(octet(2) << 8 | octet(3));
  message.token = in.substr(4, token_length);
  in.remove_prefix(4 + token_length);
  std::size_t number = 0;
  while (!in.empty() && octet(0) != 0xff) {
    const unsigned head = octet(0);
    in.remove_prefix(1);
    const auto delta = detail::ReadExtended(head >> 4, in);
    if (!delta) return std::nullopt;
    const auto length = detail::ReadExtended(head & 0xf, in);
    if (!length || in.size() < *length) return std::nullopt;
    number += *delta;
    message.Add(static_cast<int>(number), std::string(in.substr(0, *length)));
    in.remove_prefix(*length);
  }
  if (!in.empty()) {
    in.remove_prefix(1);
    if (in.empty()) return std::nullopt;
    message.payload = in;
  }
  return message;
}

inline std::string FromHex(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
  std::string octets;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    octets.push_back(static_cast<char>(digit(hex[i]) << 4 | digit(hex[i + 1])));
  }
  return octets;
}

}  // namespace tests

#endif  // TESTS_SUPPORT_COAP_DATAGRAM_H_
