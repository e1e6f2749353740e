// CoAP messages as UDP datagrams, written for the simulator alone.  (RFC 7252 §3)
#ifndef LWM2M_SIMULATOR_DATAGRAM_H_
#define LWM2M_SIMULATOR_DATAGRAM_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lwm2m/error.h"

namespace lwm2m::simulator {

// Octets as they are on the wire, in no character set.
using Octets = std::string;

enum class MessageType : std::uint8_t {
  kConfirmable = 0,
  kNonConfirmable = 1,
  kAcknowledgement = 2,
  kReset = 3,
};

// c.dd as one octet, c in the upper three bits. Other values than these may occur.  (RFC 7252
// §12.1)
enum class Code : std::uint8_t {
  kEmpty = 0x00,
  kGet = 0x01,
  kPost = 0x02,
  kPut = 0x03,
  kDelete = 0x04,
  kCreated = 0x41,
  kDeleted = 0x42,
  kChanged = 0x44,
  kContent = 0x45,
  kContinue = 0x5f,
  kBadRequest = 0x80,
  kBadOption = 0x82,
  kNotFound = 0x84,
  kMethodNotAllowed = 0x85,
  kNotAcceptable = 0x86,
  kRequestEntityIncomplete = 0x88,
  kRequestEntityTooLarge = 0x8d,
  kUnsupportedContentFormat = 0x8f,
};

constexpr unsigned CodeClass(Code code) { return static_cast<unsigned>(code) >> 5; }
// "4.04"
std::string ToString(Code code);

// RFC 7252 §12.2, RFC 7641 §2, RFC 7959 §2.1.
enum OptionNumber : std::uint16_t {
  kUriHost = 3,
  kObserve = 6,
  kUriPort = 7,
  kLocationPath = 8,
  kUriPath = 11,
  kContentFormat = 12,
  kUriQuery = 15,
  kAccept = 17,
  kBlock2 = 23,
  kBlock1 = 27,
};

struct Option {
  std::uint16_t number = 0;
  Octets value;
  friend bool operator==(const Option&, const Option&) = default;
};

// A value. Options stay sorted by number; those of one number keep their order.
struct Datagram {
  MessageType type = MessageType::kConfirmable;
  Code code = Code::kEmpty;
  std::uint16_t message_id = 0;
  Octets token;  // 0 to 8 octets
  std::vector<Option> options;
  Octets payload;

  void Add(std::uint16_t number, std::string_view value);
  // In as few octets as possible; 0 is empty.  (RFC 7252 §3.2)
  void AddNumber(std::uint16_t number, std::uint32_t value);
  // The first of that number; nothing when absent or longer than four octets.
  std::optional<std::uint32_t> Number(std::uint16_t number) const;
  std::vector<std::string> Texts(std::uint16_t number) const;
  bool is_request() const { return code != Code::kEmpty && CodeClass(code) == 0; }

  friend bool operator==(const Datagram&, const Datagram&) = default;
};

Octets Encode(const Datagram& datagram);
Result<Datagram> Decode(std::string_view octets);

}  // namespace lwm2m::simulator

#endif  // LWM2M_SIMULATOR_DATAGRAM_H_
