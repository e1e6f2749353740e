// Values and data formats of the simulated devices, written for the simulator alone.
#ifndef LWM2M_SIMULATOR_PAYLOAD_H_
#define LWM2M_SIMULATOR_PAYLOAD_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lwm2m/error.h"
#include "lwm2m/path.h"
#include "lwm2m/simulator/datagram.h"

namespace lwm2m::simulator {

// LwM2M 1.0.2 Appendix C. kNone is an executable resource, which has no value.
enum class DataType { kNone, kString, kInteger, kFloat, kBoolean, kOpaque, kTime };

// kInteger and kTime are int64_t, kString and kOpaque are std::string.
using Value = std::variant<std::int64_t, double, bool, std::string>;

// One resource, or one instance of a multiple resource.
struct Leaf {
  Path path;
  DataType type = DataType::kNone;
  Value value;
};

// A TLV resource value whose type the reader has to know.
struct RawLeaf {
  Path path;
  Octets octets;
};

// Content-Formats that the simulated devices understand.  (LwM2M 1.0.2 §6.4)
inline constexpr std::uint32_t kTextFormat = 0;
inline constexpr std::uint32_t kLinkFormat = 40;
inline constexpr std::uint32_t kOpaqueFormat = 42;
inline constexpr std::uint32_t kTlvFormat = 11542;
inline constexpr std::uint32_t kJsonFormat = 11543;

// LwM2M 1.0.2 §6.4.1, Appendix C: text/plain of a single value; opaque values are base64.
std::string EncodeText(const Value& value, DataType type);
Result<Value> DecodeText(std::string_view text, DataType type);

// LwM2M 1.0.2 §6.4.3. `leaves` are sorted by path and lie at or below `base`, the path of the
// request.
Octets EncodeTlv(const Path& base, const std::vector<Leaf>& leaves);
Result<std::vector<RawLeaf>> DecodeTlv(const Path& base, std::string_view octets);
Result<Value> DecodeTlvValue(std::string_view octets, DataType type);

// LwM2M 1.0.2 §6.4.4.
std::string EncodeJson(const Path& base, const std::vector<Leaf>& leaves);

}  // namespace lwm2m::simulator

#endif  // LWM2M_SIMULATOR_PAYLOAD_H_
