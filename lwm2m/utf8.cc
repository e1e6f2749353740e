// Well-formed UTF-8.  (RFC 3629 §4)
#include <cstddef>

#include "lwm2m/value.h"

namespace lwm2m {

namespace {

// Length of the character that `lead` begins, and the range its second octet must lie in: this is
// what rules out overlong forms, surrogates and code points above U+10FFFF. Length 0: no character.
struct Shape {
  std::size_t length;
  unsigned char second_min;
  unsigned char second_max;
};

constexpr Shape ShapeOf(unsigned char lead) {
  if (lead < 0x80) return {1, 0, 0};
  if (lead < 0xc2) return {0, 0, 0};
  if (lead < 0xe0) return {2, 0x80, 0xbf};
  if (lead == 0xe0) return {3, 0xa0, 0xbf};
  if (lead == 0xed) return {3, 0x80, 0x9f};
  if (lead < 0xf0) return {3, 0x80, 0xbf};
  if (lead == 0xf0) return {4, 0x90, 0xbf};
  if (lead < 0xf4) return {4, 0x80, 0xbf};
  if (lead == 0xf4) return {4, 0x80, 0x8f};
  return {0, 0, 0};
}

}  // namespace

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const Shape shape = ShapeOf(static_cast<unsigned char>(text[0]));
    if (shape.length == 0 || shape.length > text.size()) return false;
    for (std::size_t i = 1; i < shape.length; ++i) {
      const auto octet = static_cast<unsigned char>(text[i]);
      const unsigned char min = i == 1 ? shape.second_min : 0x80;
      const unsigned char max = i == 1 ? shape.second_max : 0xbf;
      if (octet < min || octet > max) return false;
    }
    text.remove_prefix(shape.length);
  }
  return true;
}

}  // namespace lwm2m
