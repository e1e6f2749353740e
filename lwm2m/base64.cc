// Base64 in both alphabets.  (RFC 4648 §4, §5)
#include <array>
#include <cstddef>
#include <cstdint>

#include "lwm2m/value.h"

namespace lwm2m {

namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrlAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t kNotInAlphabet = 0xff;

constexpr std::array<std::uint8_t, 256> MakeReverse() {
  std::array<std::uint8_t, 256> reverse{};
  for (auto& sextet : reverse) sextet = kNotInAlphabet;
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    reverse[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
    reverse[static_cast<unsigned char>(kUrlAlphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return reverse;
}
constexpr std::array<std::uint8_t, 256> kReverse = MakeReverse();

std::string Encode(std::string_view octets, std::string_view alphabet, bool padded) {
  std::string text;
  text.reserve((octets.size() + 2) / 3 * 4);
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char octet : octets) {
    bits = bits << 8 | static_cast<unsigned char>(octet);
    count += 8;
    while (count >= 6) {
      count -= 6;
      text.push_back(alphabet[bits >> count & 0x3f]);
    }
  }
  if (count > 0) text.push_back(alphabet[bits << (6 - count) & 0x3f]);
  while (padded && text.size() % 4 != 0) text.push_back('=');
  return text;
}

}  // namespace

std::string EncodeBase64(std::string_view octets) { return Encode(octets, kAlphabet, true); }

std::string EncodeBase64Url(std::string_view octets) { return Encode(octets, kUrlAlphabet, false); }

Result<std::string> DecodeBase64(std::string_view text) {
  if (text.ends_with('=')) {
    if (text.size() % 4 != 0) return Malformed("base64 padding does not complete a group of four");
    text.remove_suffix(text.ends_with("==") ? 2 : 1);
  }
  if (text.size() % 4 == 1) return Malformed("base64 ends within an octet");

  std::string octets;
  octets.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char character : text) {
    const std::uint8_t sextet = kReverse[static_cast<unsigned char>(character)];
    if (sextet == kNotInAlphabet) return Malformed("base64 has a character outside its alphabet");
    bits = bits << 6 | sextet;
    count += 6;
    if (count >= 8) {
      count -= 8;
      octets.push_back(static_cast<char>(bits >> count & 0xff));
    }
  }
  // RFC 4648 §3.5: pad bits are zero; anything else would be a second spelling of the same octets.
  if ((bits & ((1u << count) - 1)) != 0) return Malformed("base64 has pad bits that are not zero");
  return octets;
}

}  // namespace lwm2m
