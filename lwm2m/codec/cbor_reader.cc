#include "lwm2m/codec/cbor_reader.h"

#include <cbor.h>

#include <array>
#include <charconv>
#include <limits>
#include <string>
#include <utility>

#include "fmt/format.h"

namespace lwm2m {

struct CborItem {
  enum class Kind {
    kUnsigned,
    kNegative,
    kBytes,
    kText,
    kContainer,  // array, map, or string of indefinite length
    kTag,
    kFloat,
    kBoolean,
    kNull,  // and "undefined"
    kBreak,
  };
  Kind kind = Kind::kNull;
  std::uint64_t number = 0;  // n of n and of -1 - n, tag number, length of a container
  bool indefinite = false;
  double real = 0;
  bool truth = false;
  std::string_view octets;
};

namespace {

using Kind = CborItem::Kind;

// Nothing that LwM2M defines nests deeper than four levels.
constexpr std::size_t kMaxDepth = 16;
constexpr std::uint64_t kTagEpochTime = 1;
constexpr std::uint64_t kTagDecimalFraction = 4;
constexpr unsigned char kBreakOctet = 0xff;

CborItem& ItemOf(void* context) { return *static_cast<CborItem*>(context); }

template <Kind kind, typename Number>
void OnNumber(void* context, Number number) {
  ItemOf(context).kind = kind;
  ItemOf(context).number = number;
}

template <typename Real>
void OnReal(void* context, Real real) {
  ItemOf(context).kind = Kind::kFloat;
  ItemOf(context).real = static_cast<double>(real);
}

template <Kind kind>
void OnString(void* context, cbor_data octets, std::size_t length) {
  ItemOf(context).kind = kind;
  ItemOf(context).octets = {reinterpret_cast<const char*>(octets), length};
}

template <Kind kind>
void OnSimple(void* context) {
  ItemOf(context).kind = kind;
}

void OnIndefinite(void* context) {
  ItemOf(context).kind = Kind::kContainer;
  ItemOf(context).indefinite = true;
}

void OnBoolean(void* context, bool truth) {
  ItemOf(context).kind = Kind::kBoolean;
  ItemOf(context).truth = truth;
}

constexpr cbor_callbacks MakeCallbacks() {
  cbor_callbacks on{};
  on.uint8 = OnNumber<Kind::kUnsigned, std::uint8_t>;
  on.uint16 = OnNumber<Kind::kUnsigned, std::uint16_t>;
  on.uint32 = OnNumber<Kind::kUnsigned, std::uint32_t>;
  on.uint64 = OnNumber<Kind::kUnsigned, std::uint64_t>;
  on.negint8 = OnNumber<Kind::kNegative, std::uint8_t>;
  on.negint16 = OnNumber<Kind::kNegative, std::uint16_t>;
  on.negint32 = OnNumber<Kind::kNegative, std::uint32_t>;
  on.negint64 = OnNumber<Kind::kNegative, std::uint64_t>;
  on.byte_string_start = OnIndefinite;
  on.byte_string = OnString<Kind::kBytes>;
  on.string_start = OnIndefinite;
  on.string = OnString<Kind::kText>;
  on.indef_array_start = OnIndefinite;
  on.array_start = OnNumber<Kind::kContainer, std::size_t>;
  on.indef_map_start = OnIndefinite;
  on.map_start = OnNumber<Kind::kContainer, std::size_t>;
  on.tag = OnNumber<Kind::kTag, std::uint64_t>;
  on.float2 = OnReal<float>;
  on.float4 = OnReal<float>;
  on.float8 = OnReal<double>;
  on.undefined = OnSimple<Kind::kNull>;
  on.null = OnSimple<Kind::kNull>;
  on.boolean = OnBoolean;
  on.indef_break = OnSimple<Kind::kBreak>;
  return on;
}
constexpr cbor_callbacks kCallbacks = MakeCallbacks();

constexpr auto kInt64Max = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

Result<Value> NegativeOf(std::uint64_t n) {
  if (n > kInt64Max) return Malformed("CBOR integer below -2^63");
  return Value(-1 - static_cast<std::int64_t>(n));
}

Value UnsignedOf(std::uint64_t n) {
  if (n <= kInt64Max) return static_cast<std::int64_t>(n);
  return n;
}

Result<Value> TextOf(std::string text) {
  if (!IsUtf8(text)) return Malformed("CBOR text is not UTF-8");
  return Value(std::move(text));
}

}  // namespace

std::optional<CborMajor> CborReader::major() const {
  if (rest_.empty()) return std::nullopt;
  return static_cast<CborMajor>(static_cast<unsigned char>(rest_.front()) >> 5);
}

Result<CborItem> CborReader::Take() {
  CborItem item;
  const cbor_decoder_result result = cbor_stream_decode(reinterpret_cast<cbor_data>(rest_.data()),
                                                        rest_.size(), &kCallbacks, &item);
  switch (result.status) {
    case CBOR_DECODER_FINISHED:
      rest_.remove_prefix(result.read);
      return item;
    case CBOR_DECODER_NEDATA:
      return Malformed("CBOR ends within an item");
    case CBOR_DECODER_ERROR:
      break;
  }
  return Malformed("CBOR item is not well formed");
}

Result<CborContainer> CborReader::Open(CborMajor expected) {
  if (major() != expected) {
    return Malformed(expected == CborMajor::kMap ? "CBOR map expected" : "CBOR array expected");
  }
  const Result<CborItem> item = Take();
  if (!item) return tl::unexpected(item.error());
  return CborContainer{item->indefinite, item->number};
}

Result<bool> CborReader::HasNext(CborContainer& container) {
  if (!container.indefinite) {
    if (container.remaining == 0) return false;
    --container.remaining;
    return true;
  }
  if (rest_.empty()) return Malformed("CBOR ends within a container");
  if (static_cast<unsigned char>(rest_.front()) != kBreakOctet) return true;
  rest_.remove_prefix(1);
  return false;
}

Result<Value> CborReader::ReadValue() {
  if (major() != CborMajor::kTag) return ReadUntagged();
  const Result<CborItem> tag = Take();
  if (!tag) return tl::unexpected(tag.error());
  if (tag->number == kTagDecimalFraction) return ReadDecimalFraction();
  if (tag->number != kTagEpochTime) {
    return Malformed(fmt::format("CBOR tag {} has no meaning in LwM2M", tag->number));
  }
  Result<Value> time = ReadUntagged();
  if (!time) return time;
  const Type type = TypeOf(*time);
  if (type != Type::kInteger && type != Type::kUnsignedInteger && type != Type::kFloat) {
    return Malformed("CBOR tag 1 is not followed by a number");
  }
  return time;
}

Result<Value> CborReader::ReadUntagged() {
  const std::optional<CborMajor> kind = major();
  const Result<CborItem> item = Take();
  if (!item) return tl::unexpected(item.error());
  switch (item->kind) {
    case Kind::kUnsigned:
      return UnsignedOf(item->number);
    case Kind::kNegative:
      return NegativeOf(item->number);
    case Kind::kBytes:
      return Value(Opaque{std::string(item->octets)});
    case Kind::kText:
      return TextOf(std::string(item->octets));
    case Kind::kFloat:
      return Value(item->real);
    case Kind::kBoolean:
      return Value(item->truth);
    case Kind::kContainer:
      if (kind == CborMajor::kBytes || kind == CborMajor::kText) return ReadChunks(*kind);
      return Malformed("CBOR array or map where a value is expected");
    case Kind::kTag:
      return Malformed("CBOR value has more than one tag");
    case Kind::kNull:
      return Malformed("CBOR null is no value");
    case Kind::kBreak:
      break;
  }
  return Malformed("CBOR break where a value is expected");
}

// RFC 8949 §3.2.3: definite strings of the same kind, up to the break.
Result<Value> CborReader::ReadChunks(CborMajor kind) {
  std::string octets;
  CborContainer chunks{true, 0};
  while (true) {
    const Result<bool> next = HasNext(chunks);
    if (!next) return tl::unexpected(next.error());
    if (!*next) break;
    if (major() != kind) return Malformed("CBOR string has a chunk of another kind");
    const Result<CborItem> chunk = Take();
    if (!chunk) return tl::unexpected(chunk.error());
    if (chunk->indefinite) return Malformed("CBOR string has a chunk of indefinite length");
    octets += chunk->octets;
  }
  if (kind == CborMajor::kText) return TextOf(std::move(octets));
  return Value(Opaque{std::move(octets)});
}

// RFC 8949 §3.4.4: [exponent, mantissa] is mantissa * 10^exponent.
Result<Value> CborReader::ReadDecimalFraction() {
  constexpr std::string_view kWrong = "CBOR decimal fraction is not two integers";
  Result<CborContainer> parts = OpenArray();
  if (!parts) return tl::unexpected(parts.error());
  std::array<std::int64_t, 2> numbers{};
  for (std::int64_t& number : numbers) {
    const Result<bool> next = HasNext(*parts);
    if (!next) return tl::unexpected(next.error());
    if (!*next) return Malformed(std::string(kWrong));
    const Result<Value> part = ReadUntagged();
    if (!part) return part;
    const auto* integer = std::get_if<std::int64_t>(&*part);
    if (integer == nullptr) return Malformed(std::string(kWrong));
    number = *integer;
  }
  const Result<bool> more = HasNext(*parts);
  if (!more) return tl::unexpected(more.error());
  if (*more) return Malformed(std::string(kWrong));
  // Through text, because that rounds once.
  const std::string text = fmt::format("{}e{}", numbers[1], numbers[0]);
  double number = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  if (result.ec != std::errc()) return Malformed("CBOR decimal fraction is out of range");
  return Value(number);
}

Result<void> CborReader::Skip(std::size_t depth) {
  if (depth > kMaxDepth) return Malformed("CBOR nests too deep");
  const std::optional<CborMajor> kind = major();
  const Result<CborItem> item = Take();
  if (!item) return tl::unexpected(item.error());
  if (item->kind == Kind::kBreak) return Malformed("CBOR break where an item is expected");
  if (item->kind == Kind::kTag) return Skip(depth + 1);
  if (item->kind != Kind::kContainer) return {};
  CborContainer container{item->indefinite, item->number};
  while (true) {
    const Result<bool> next = HasNext(container);
    if (!next) return tl::unexpected(next.error());
    if (!*next) return {};
    const int items = kind == CborMajor::kMap ? 2 : 1;
    for (int i = 0; i < items; ++i) {
      if (auto skipped = Skip(depth + 1); !skipped) return skipped;
    }
  }
}

}  // namespace lwm2m
