// CoAP Content-Format numbers that LwM2M uses.  (LwM2M Core 1.1.1 §7.4; IANA CoAP registry)
#ifndef LWM2M_CONTENT_FORMAT_H_
#define LWM2M_CONTENT_FORMAT_H_

#include <cstdint>
#include <string_view>

namespace lwm2m {

// An open set: a peer may name a number that is not listed.
enum class ContentFormat : std::uint16_t {
  kText = 0,
  kLinkFormat = 40,
  kOpaque = 42,
  kCbor = 60,
  kSenmlJson = 110,
  kSenmlCbor = 112,
  kSenmlEtchJson = 320,
  kSenmlEtchCbor = 322,
  kOldText = 1541,  // numbers used before LwM2M 1.0 was approved; tolerated on input
  kOldTlv = 1542,
  kOldJson = 1543,
  kOldOpaque = 1544,
  kTlv = 11542,
  kJson = 11543,
  kLwm2mCbor = 11544,
};

// 1541 → 0, 1542 → 11542, 1543 → 11543, 1544 → 42; any other stays.
ContentFormat Canonical(ContentFormat format);

// Media type, "" when unknown: 11542 → "application/vnd.oma.lwm2m+tlv".
std::string_view MediaType(ContentFormat format);

// True when a payload of this format is binary and travels as base64 in oneM2M (TS-0014 clause 7).
bool IsBinary(ContentFormat format);

}  // namespace lwm2m

#endif  // LWM2M_CONTENT_FORMAT_H_
