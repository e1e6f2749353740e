#include "lwm2m/simulator/datagram.h"

#include <algorithm>
#include <utility>

namespace lwm2m::simulator {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr char kPayloadMarker = '\xff';

std::uint8_t At(std::string_view octets, std::size_t index) {
  return static_cast<std::uint8_t>(octets[index]);
}

char Octet(std::size_t value) { return static_cast<char>(static_cast<std::uint8_t>(value)); }

// Option delta and length share one scheme: 0 to 12 in the nibble, 13 adds one octet (value - 13),
// 14 two (value - 269), 15 is reserved.  (RFC 7252 §3.1)
std::size_t Nibble(std::size_t value) { return value < 13 ? value : value < 269 ? 13 : 14; }

void AppendExtension(std::size_t value, Octets& out) {
  if (value >= 269) {
    out += Octet((value - 269) >> 8);
    out += Octet(value - 269);
  } else if (value >= 13) {
    out += Octet(value - 13);
  }
}

Result<std::size_t> ReadExtension(std::size_t nibble, std::string_view& in) {
  if (nibble < 13) return nibble;
  if (nibble == 15) return Malformed("CoAP option nibble 15");
  const std::size_t width = nibble - 12;
  if (in.size() < width) return Malformed("CoAP option extension");
  const std::size_t value =
      width == 1 ? At(in, 0) + 13u : (std::size_t{At(in, 0)} << 8 | At(in, 1)) + 269u;
  in.remove_prefix(width);
  return value;
}

Result<Option> ReadOption(std::string_view& in, std::size_t previous) {
  const std::uint8_t head = At(in, 0);
  in.remove_prefix(1);
  const auto delta = ReadExtension(head >> 4, in);
  if (!delta) return tl::unexpected(delta.error());
  const auto length = ReadExtension(head & 0xf, in);
  if (!length) return tl::unexpected(length.error());
  const std::size_t number = previous + *delta;
  if (number > 0xffff) return Malformed("CoAP option number above 65535");
  if (*length > in.size()) return Malformed("CoAP option length exceeds datagram");
  Option option{static_cast<std::uint16_t>(number), Octets(in.substr(0, *length))};
  in.remove_prefix(*length);
  return option;
}

}  // namespace

std::string ToString(Code code) {
  const auto value = static_cast<unsigned>(code);
  std::string text = std::to_string(value >> 5) + ".";
  text += static_cast<char>('0' + (value & 0x1f) / 10);
  text += static_cast<char>('0' + (value & 0x1f) % 10);
  return text;
}

void Datagram::Add(std::uint16_t number, std::string_view value) {
  const auto behind = std::upper_bound(
      options.begin(), options.end(), number,
      [](std::uint16_t wanted, const Option& option) { return wanted < option.number; });
  options.insert(behind, Option{number, Octets(value)});
}

void Datagram::AddNumber(std::uint16_t number, std::uint32_t value) {
  Octets octets;
  for (int shift = 24; shift >= 0; shift -= 8) {
    if (!octets.empty() || value >> shift != 0) octets += Octet(value >> shift & 0xff);
  }
  Add(number, octets);
}

std::optional<std::uint32_t> Datagram::Number(std::uint16_t number) const {
  for (const Option& option : options) {
    if (option.number != number) continue;
    if (option.value.size() > 4) return std::nullopt;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < option.value.size(); ++i) value = value << 8 | At(option.value, i);
    return value;
  }
  return std::nullopt;
}

std::vector<std::string> Datagram::Texts(std::uint16_t number) const {
  std::vector<std::string> texts;
  for (const Option& option : options) {
    if (option.number == number) texts.push_back(option.value);
  }
  return texts;
}

//  0                   1                   2                   3
// |Ver| T |  TKL  |      Code     |          Message ID           |  RFC 7252 §3
Octets Encode(const Datagram& datagram) {
  Octets out;
  out.reserve(16 + datagram.payload.size());
  out +=
      Octet(kVersion << 6 | static_cast<std::size_t>(datagram.type) << 4 | datagram.token.size());
  out += Octet(static_cast<std::size_t>(datagram.code));
  out += Octet(datagram.message_id >> 8);
  out += Octet(datagram.message_id);
  out += datagram.token;
  std::size_t previous = 0;
  for (const Option& option : datagram.options) {
    const std::size_t delta = option.number - previous;
    out += Octet(Nibble(delta) << 4 | Nibble(option.value.size()));
    AppendExtension(delta, out);
    AppendExtension(option.value.size(), out);
    out += option.value;
    previous = option.number;
  }
  if (!datagram.payload.empty()) {
    out += kPayloadMarker;
    out += datagram.payload;
  }
  return out;
}

Result<Datagram> Decode(std::string_view in) {
  if (in.size() < 4) return Malformed("CoAP header");
  if (At(in, 0) >> 6 != kVersion) return Malformed("CoAP version");
  Datagram datagram;
  datagram.type = static_cast<MessageType>(At(in, 0) >> 4 & 0x3);
  datagram.code = static_cast<Code>(At(in, 1));
  datagram.message_id = static_cast<std::uint16_t>(At(in, 2) << 8 | At(in, 3));
  const std::size_t token_length = At(in, 0) & 0xf;
  in.remove_prefix(4);
  if (token_length > 8) return Malformed("CoAP token length above 8");
  if (token_length > in.size()) return Malformed("CoAP token");
  // RFC 7252 §4.1: an Empty message has nothing after the Message ID.
  if (datagram.code == Code::kEmpty && (token_length != 0 || !in.empty())) {
    return Malformed("CoAP Empty message with content");
  }
  datagram.token = in.substr(0, token_length);
  in.remove_prefix(token_length);
  std::size_t previous = 0;
  while (!in.empty() && in.front() != kPayloadMarker) {
    auto option = ReadOption(in, previous);
    if (!option) return tl::unexpected(option.error());
    previous = option->number;
    datagram.options.push_back(std::move(*option));
  }
  if (!in.empty()) {
    in.remove_prefix(1);
    if (in.empty()) return Malformed("CoAP payload marker without payload");
    datagram.payload = in;
  }
  return datagram;
}

}  // namespace lwm2m::simulator
