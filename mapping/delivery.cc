#include "mapping/delivery.h"

#include <string_view>

namespace mapping {

namespace {

constexpr std::uint64_t kOffsetBasis = 0xcbf29ce484222325;
constexpr std::uint64_t kPrime = 0x00000100000001b3;

std::uint64_t Mix(std::uint64_t hash, std::string_view octets) {
  for (const char octet : octets) {
    hash = (hash ^ static_cast<unsigned char>(octet)) * kPrime;
  }
  // Ends the field: "ab" + "c" and "a" + "bc" are different values. 0xff is in no UTF-8 text.
  return (hash ^ 0xff) * kPrime;
}

}  // namespace

std::uint64_t HashOf(const onem2m::ContentInstance& instance) {
  std::uint64_t hash = Mix(kOffsetBasis, instance.content);
  hash = Mix(hash, instance.content_info);
  for (const onem2m::ContentRef& reference : instance.content_ref) {
    hash = Mix(Mix(hash, reference.name), reference.uri);
  }
  return hash;
}

}  // namespace mapping
