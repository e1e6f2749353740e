#include "lwm2m/simulator/payload.h"

#include <array>
#include <bit>
#include <charconv>
#include <cstddef>
#include <optional>
#include <utility>

namespace lwm2m::simulator {
namespace {

constexpr std::string_view kBase64Digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string EncodeBase64(std::string_view octets) {
  std::string text;
  for (std::size_t i = 0; i < octets.size(); i += 3) {
    std::uint32_t group = 0;
    const std::size_t count = std::min<std::size_t>(3, octets.size() - i);
    for (std::size_t j = 0; j < 3; ++j) {
      group = group << 8 | (j < count ? static_cast<std::uint8_t>(octets[i + j]) : 0u);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      text += j <= count ? kBase64Digits[group >> (18 - 6 * j) & 0x3f] : '=';
    }
  }
  return text;
}

Result<Octets> DecodeBase64(std::string_view text) {
  if (text.size() % 4 != 0) return Malformed("base64 length");
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  if (text.size() % 4 == 1) return Malformed("base64 padding");
  Octets octets;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    const auto digit = kBase64Digits.find(c);
    if (digit == std::string_view::npos) return Malformed("base64 digit");
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    held += 6;
    if (held >= 8) {
      held -= 8;
      octets += static_cast<char>(bits >> held & 0xff);
    }
  }
  return octets;
}

template <typename Number>
Result<Value> ParseNumber(std::string_view text, std::string_view what) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    return Malformed("text of " + std::string(what));
  }
  return Value(number);
}

// Appendix C allows no exponent in text, so never one here.
std::string FloatText(double number) {
  std::array<char, 400> buffer;
  const auto [end, error] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), number, std::chars_format::fixed);
  return error == std::errc() ? std::string(buffer.data(), end) : "0";
}

void AppendBigEndian(std::uint64_t value, int width, Octets& out) {
  for (int shift = (width - 1) * 8; shift >= 0; shift -= 8) {
    out += static_cast<char>(value >> shift & 0xff);
  }
}

Octets IntegerOctets(std::int64_t value) {
  Octets octets;
  const int width = value == static_cast<std::int8_t>(value)    ? 1
                    : value == static_cast<std::int16_t>(value) ? 2
                    : value == static_cast<std::int32_t>(value) ? 4
                                                                : 8;
  AppendBigEndian(static_cast<std::uint64_t>(value), width, octets);
  return octets;
}

Octets FloatOctets(double value) {
  Octets octets;
  const auto narrow = static_cast<float>(value);
  if (static_cast<double>(narrow) == value) {
    AppendBigEndian(std::bit_cast<std::uint32_t>(narrow), 4, octets);
  } else {
    AppendBigEndian(std::bit_cast<std::uint64_t>(value), 8, octets);
  }
  return octets;
}

Octets TlvValue(const Leaf& leaf) {
  switch (leaf.type) {
    case DataType::kInteger:
    case DataType::kTime:
      return IntegerOctets(std::get<std::int64_t>(leaf.value));
    case DataType::kFloat:
      return FloatOctets(std::get<double>(leaf.value));
    case DataType::kBoolean:
      return Octets(1, std::get<bool>(leaf.value) ? '\x01' : '\x00');
    case DataType::kString:
    case DataType::kOpaque:
      return std::get<std::string>(leaf.value);
    case DataType::kNone:
      return {};
  }
  return {};
}

//  7 6   5   4 3   2 1 0
// | kind | w | len | n   |   w: identifier is 16 bits; len: octets of the length field, 0 meaning
//                            that the length is n itself.  (LwM2M 1.0.2 §6.4.3)
enum class TlvKind {
  kObjectInstance = 0,
  kResourceInstance = 1,
  kMultipleResource = 2,
  kResource = 3
};
constexpr unsigned kWideIdentifier = 0x20;

void AppendTlv(TlvKind kind, Id id, std::string_view content, Octets& out) {
  unsigned head = static_cast<unsigned>(kind) << 6;
  int length_width = 0;
  if (id > 0xff) head |= kWideIdentifier;
  if (content.size() < 8) {
    head |= static_cast<unsigned>(content.size());
  } else {
    length_width = content.size() <= 0xff ? 1 : content.size() <= 0xffff ? 2 : 3;
    head |= static_cast<unsigned>(length_width) << 3;
  }
  out += static_cast<char>(head);
  AppendBigEndian(id, id > 0xff ? 2 : 1, out);
  AppendBigEndian(content.size(), length_width, out);
  out += content;
}

// All leaves from `begin` that share the identifier at `level`.
std::size_t EndOfGroup(const std::vector<Leaf>& leaves, std::size_t begin, std::size_t level) {
  std::size_t end = begin + 1;
  while (end < leaves.size() &&
         leaves[end].path.Prefix(level + 1) == leaves[begin].path.Prefix(level + 1)) {
    ++end;
  }
  return end;
}

void AppendGroups(const std::vector<Leaf>& leaves, std::size_t level, Octets& out) {
  for (std::size_t begin = 0; begin < leaves.size();) {
    const std::size_t end = EndOfGroup(leaves, begin, level);
    const Leaf& first = leaves[begin];
    if (level + 1 == first.path.depth()) {
      AppendTlv(level == 3 ? TlvKind::kResourceInstance : TlvKind::kResource, first.path[level],
                TlvValue(first), out);
    } else {
      Octets content;
      AppendGroups({leaves.begin() + static_cast<std::ptrdiff_t>(begin),
                    leaves.begin() + static_cast<std::ptrdiff_t>(end)},
                   level + 1, content);
      AppendTlv(level == 1 ? TlvKind::kObjectInstance : TlvKind::kMultipleResource,
                first.path[level], content, out);
    }
    begin = end;
  }
}

struct Tlv {
  TlvKind kind;
  Id id;
  std::string_view content;
};

std::optional<std::uint32_t> TakeNumber(std::string_view& in, unsigned width) {
  if (in.size() < width) return std::nullopt;
  std::uint32_t number = 0;
  for (unsigned i = 0; i < width; ++i) number = number << 8 | static_cast<std::uint8_t>(in[i]);
  in.remove_prefix(width);
  return number;
}

Result<Tlv> TakeTlv(std::string_view& in) {
  const auto head = TakeNumber(in, 1);
  if (!head) return Malformed("TLV type");
  const auto id = TakeNumber(in, *head & kWideIdentifier ? 2 : 1);
  if (!id) return Malformed("TLV identifier");
  const unsigned length_width = *head >> 3 & 0x3;
  const auto length =
      length_width == 0 ? std::optional<std::uint32_t>(*head & 0x7) : TakeNumber(in, length_width);
  if (!length) return Malformed("TLV length");
  if (*length > in.size()) return Malformed("TLV length exceeds payload");
  const Tlv tlv{static_cast<TlvKind>(*head >> 6), static_cast<Id>(*id), in.substr(0, *length)};
  in.remove_prefix(*length);
  return tlv;
}

// The level at which an entry of this kind has its identifier: /object/instance/resource/instance.
std::size_t LevelOf(TlvKind kind) {
  switch (kind) {
    case TlvKind::kObjectInstance:
      return 1;
    case TlvKind::kMultipleResource:
    case TlvKind::kResource:
      return 2;
    case TlvKind::kResourceInstance:
      return 3;
  }
  return 0;
}

Result<void> ReadTlvs(const Path& parent, std::string_view in, std::vector<RawLeaf>& leaves) {
  while (!in.empty()) {
    const auto tlv = TakeTlv(in);
    if (!tlv) return tl::unexpected(tlv.error());
    const std::size_t level = LevelOf(tlv->kind);
    // A payload may begin one level above what the path names: /3/0/14 as resource 14.
    const bool repeats = parent.depth() == level + 1 && parent[level] == tlv->id;
    if (parent.depth() != level && !repeats) return Malformed("TLV entry at the wrong level");
    const Path path = repeats ? parent : parent.Child(tlv->id);
    if (tlv->kind == TlvKind::kResource || tlv->kind == TlvKind::kResourceInstance) {
      leaves.push_back({path, Octets(tlv->content)});
    } else if (const auto inner = ReadTlvs(path, tlv->content, leaves); !inner) {
      return inner;
    }
  }
  return {};
}

void AppendJsonText(std::string_view text, std::string& out) {
  out += '"';
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20) {
      out += c < 0x10 ? "\\u000" : "\\u001";
      out += "0123456789abcdef"[c & 0xf];
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

std::string JsonMember(const Leaf& leaf) {
  switch (leaf.type) {
    case DataType::kInteger:
    case DataType::kTime:
    case DataType::kFloat:
      return "\"v\":" + EncodeText(leaf.value, leaf.type);
    case DataType::kBoolean:
      return std::get<bool>(leaf.value) ? "\"bv\":true" : "\"bv\":false";
    case DataType::kString:
    case DataType::kOpaque:
    case DataType::kNone: {
      std::string member = "\"sv\":";
      AppendJsonText(EncodeText(leaf.value, leaf.type), member);
      return member;
    }
  }
  return {};
}

}  // namespace

std::string EncodeText(const Value& value, DataType type) {
  switch (type) {
    case DataType::kInteger:
    case DataType::kTime:
      return std::to_string(std::get<std::int64_t>(value));
    case DataType::kFloat:
      return FloatText(std::get<double>(value));
    case DataType::kBoolean:
      return std::get<bool>(value) ? "1" : "0";
    case DataType::kString:
      return std::get<std::string>(value);
    case DataType::kOpaque:
      return EncodeBase64(std::get<std::string>(value));
    case DataType::kNone:
      return {};
  }
  return {};
}

Result<Value> DecodeText(std::string_view text, DataType type) {
  switch (type) {
    case DataType::kInteger:
      return ParseNumber<std::int64_t>(text, "Integer");
    case DataType::kTime:
      return ParseNumber<std::int64_t>(text, "Time");
    case DataType::kFloat:
      return ParseNumber<double>(text, "Float");
    case DataType::kBoolean:
      if (text != "0" && text != "1") return Malformed("text of Boolean");
      return Value(text == "1");
    case DataType::kString:
      return Value(std::string(text));
    case DataType::kOpaque: {
      auto octets = DecodeBase64(text);
      if (!octets) return tl::unexpected(octets.error());
      return Value(std::move(*octets));
    }
    case DataType::kNone:
      return Malformed("text of a resource without value");
  }
  return Malformed("data type");
}

Octets EncodeTlv(const Path& base, const std::vector<Leaf>& leaves) {
  // A read of a resource names the resource again, a read of an instance lists its resources bare,
  // a read of an object wraps each instance.
  Octets out;
  const std::size_t level = base.depth() < 3 ? base.depth() : base.depth() - 1;
  AppendGroups(leaves, level, out);
  return out;
}

Result<std::vector<RawLeaf>> DecodeTlv(const Path& base, std::string_view octets) {
  std::vector<RawLeaf> leaves;
  if (const auto read = ReadTlvs(base, octets, leaves); !read) {
    return tl::unexpected(read.error());
  }
  return leaves;
}

Result<Value> DecodeTlvValue(std::string_view octets, DataType type) {
  const auto number = [&] {
    std::uint64_t bits = 0;
    for (const char c : octets) bits = bits << 8 | static_cast<std::uint8_t>(c);
    return bits;
  };
  const std::size_t size = octets.size();
  const bool numeric_width = size == 4 || size == 8;
  switch (type) {
    case DataType::kInteger:
    case DataType::kTime: {
      if (size != 1 && size != 2 && !numeric_width) return Malformed("TLV Integer length");
      const auto unused_bits = static_cast<int>(64 - 8 * size);
      return Value(static_cast<std::int64_t>(number() << unused_bits) >> unused_bits);
    }
    case DataType::kFloat:
      if (!numeric_width) return Malformed("TLV Float length");
      if (size == 8) return Value(std::bit_cast<double>(number()));
      return Value(static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(number()))));
    case DataType::kBoolean:
      if (size != 1 || number() > 1) return Malformed("TLV Boolean");
      return Value(number() == 1);
    case DataType::kString:
    case DataType::kOpaque:
      return Value(std::string(octets));
    case DataType::kNone:
      return Malformed("TLV value of a resource without value");
  }
  return Malformed("data type");
}

std::string EncodeJson(const Path& base, const std::vector<Leaf>& leaves) {
  // A single value is named by the base name alone, so that there is no "n".  (§6.4.4)
  const bool named = base.depth() < 3 || leaves.size() != 1 || leaves.front().path != base;
  std::string out = R"({"bn":")" + base.ToString() + (named ? "/" : "") + R"(","e":[)";
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    out += i == 0 ? "{" : ",{";
    if (named) {
      std::string name;
      for (std::size_t level = base.depth(); level < leaves[i].path.depth(); ++level) {
        name += (name.empty() ? "" : "/") + std::to_string(leaves[i].path[level]);
      }
      out += R"("n":")" + name + "\",";
    }
    out += JsonMember(leaves[i]) + "}";
  }
  return out + "]}";
}

}  // namespace lwm2m::simulator
