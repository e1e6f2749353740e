// CoAP messages on a stream for tests.  (RFC 8323 §3.2)
#ifndef TESTS_SUPPORT_COAP_STREAM_H_
#define TESTS_SUPPORT_COAP_STREAM_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tests/support/coap_datagram.h"

namespace tests {

constexpr int kMaxMessageSize = 2;  // option of a CSM

inline std::string BigEndian(std::size_t value, int octets) {
  std::string out;
  for (int i = octets - 1; i >= 0; --i) out.push_back(static_cast<char>(value >> (8 * i) & 0xff));
  return out;
}

inline std::string EncodeStream(const CoapDatagram& message) {
  const std::string rest = Encode(message).substr(4 + message.token.size());
  unsigned nibble = static_cast<unsigned>(rest.size());
  std::string extension;
  if (rest.size() >= 65805) {
    nibble = 15;
    extension = BigEndian(rest.size() - 65805, 4);
  } else if (rest.size() >= 269) {
    nibble = 14;
    extension = BigEndian(rest.size() - 269, 2);
  } else if (rest.size() >= 13) {
    nibble = 13;
    extension = BigEndian(rest.size() - 13, 1);
  }
  std::string out(1, static_cast<char>(nibble << 4 | message.token.size()));
  out += extension;
  out.push_back(static_cast<char>(message.code));
  return out + message.token + rest;
}

inline CoapDatagram Csm(std::uint32_t max_message_size = 100000) {
  CoapDatagram csm;
  csm.code = 0xe1;
  csm.AddNumber(kMaxMessageSize, max_message_size);
  return csm;
}

// Takes the first whole message off what has been received; nullopt: there is none yet.
inline std::optional<CoapDatagram> TakeFromStream(std::string& received) {
  if (received.empty()) return std::nullopt;
  const auto octet = [&](std::size_t i) { return static_cast<unsigned char>(received[i]); };
  const unsigned nibble = octet(0) >> 4;
  const std::size_t token = octet(0) & 0xf;
  const std::size_t extension = nibble < 13 ? 0 : nibble == 13 ? 1 : nibble == 14 ? 2 : 4;
  if (received.size() < 2 + extension) return std::nullopt;
  std::size_t length = 0;
  for (std::size_t i = 1; i <= extension; ++i) length = length << 8 | octet(i);
  length += nibble < 13 ? nibble : nibble == 13 ? 13 : nibble == 14 ? 269 : 65805;
  const std::size_t header = 2 + extension;
  if (received.size() < header + token + length) return std::nullopt;
  std::string datagram(1, static_cast<char>(0x40 | token));
  datagram += received[header - 1];
  datagram += std::string(2, '\0');
  datagram += received.substr(header, token + length);
  received.erase(0, header + token + length);
  return Decode(datagram);
}

}  // namespace tests

#endif  // TESTS_SUPPORT_COAP_STREAM_H_
