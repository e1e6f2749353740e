#include "lwm2m/codec/tlv.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>

#include "fmt/format.h"
#include "lwm2m/codec/typing.h"

namespace lwm2m {

namespace {

enum class Kind : std::uint8_t {
  kObjectInstance = 0b00,
  kResourceInstance = 0b01,
  kMultipleResource = 0b10,
  kResource = 0b11,
};

constexpr std::uint8_t kWideIdentifier = 0x20;
constexpr std::size_t kMaxLength = 0xffffff;

struct Entry {
  Kind kind;
  Id id;
  std::string_view value;
};

std::uint64_t BigEndian(std::string_view octets) {
  std::uint64_t number = 0;
  for (const char octet : octets) number = number << 8 | static_cast<unsigned char>(octet);
  return number;
}

class Reader {
 public:
  explicit Reader(std::string_view octets) : rest_(octets) {}
  bool done() const { return rest_.empty(); }

  Result<Entry> ReadEntry() {
    const auto type = ReadNumber(1);
    if (!type) return Malformed("TLV type octet");
    const auto id = ReadNumber((*type & kWideIdentifier) != 0 ? 2 : 1);
    if (!id) return Malformed("TLV identifier");
    const auto length_width = static_cast<std::size_t>(*type >> 3 & 0x3);
    const auto length = length_width == 0 ? *type & 0x7 : ReadNumber(length_width);
    if (!length) return Malformed("TLV length");
    if (*length > rest_.size()) return Malformed("TLV length exceeds payload");
    return Entry{static_cast<Kind>(*type >> 6), static_cast<Id>(*id), Take(*length)};
  }

 private:
  std::string_view Take(std::size_t count) {
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  std::optional<std::uint64_t> ReadNumber(std::size_t width) {
    if (width > rest_.size()) return std::nullopt;
    return BigEndian(Take(width));
  }

  std::string_view rest_;
};

// Two's complement of 1, 2, 4 or 8 octets.  (Appendix C, Table C-1)
std::optional<std::int64_t> ReadSigned(std::string_view octets) {
  const std::uint64_t bits = BigEndian(octets.substr(0, 8));
  switch (octets.size()) {
    case 1:
      return static_cast<std::int8_t>(bits);
    case 2:
      return static_cast<std::int16_t>(bits);
    case 4:
      return static_cast<std::int32_t>(bits);
    case 8:
      return static_cast<std::int64_t>(bits);
    default:
      return std::nullopt;
  }
}

std::optional<std::uint64_t> ReadUnsigned(std::string_view octets) {
  if (!ReadSigned(octets)) return std::nullopt;  // the same widths
  return BigEndian(octets);
}

std::optional<double> ReadFloat(std::string_view octets) {
  const std::uint64_t bits = BigEndian(octets.substr(0, 8));
  if (octets.size() == 4) return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
  if (octets.size() == 8) return std::bit_cast<double>(bits);
  return std::nullopt;
}

bool IsPrintable(std::string_view text) {
  return IsUtf8(text) && std::none_of(text.begin(), text.end(), [](char c) {
           const auto octet = static_cast<unsigned char>(c);
           return octet < 0x20 || octet == 0x7f;
         });
}

// FMT-1: values of unknown resources are delivered too, as what they look like.
Value Infer(std::string_view octets) {
  if (IsPrintable(octets)) return std::string(octets);
  return Opaque{std::string(octets)};
}

Result<Value> ReadValue(Type type, std::string_view octets) {
  const auto wrong_length = [&](std::string_view name) {
    return Malformed(fmt::format("TLV {} of {} octets", name, octets.size()));
  };
  switch (type) {
    case Type::kNone:
      return Infer(octets);
    case Type::kString:
      if (!IsUtf8(octets)) return InvalidValue("TLV String is not UTF-8");
      return Value(std::string(octets));
    case Type::kCoreLink:
      if (!IsUtf8(octets)) return InvalidValue("TLV Corelnk is not UTF-8");
      return Value(CoreLink{std::string(octets)});
    case Type::kOpaque:
      return Value(Opaque{std::string(octets)});
    case Type::kInteger:
      if (const auto number = ReadSigned(octets)) return Value(*number);
      return wrong_length("Integer");
    case Type::kUnsignedInteger:
      if (const auto number = ReadUnsigned(octets)) return Value(*number);
      return wrong_length("Unsigned Integer");
    case Type::kTime:
      if (const auto number = ReadSigned(octets)) return Value(Time{*number});
      return wrong_length("Time");
    case Type::kFloat:
      if (const auto number = ReadFloat(octets)) return Value(*number);
      return wrong_length("Float");
    case Type::kBoolean:
      if (octets.size() != 1) return wrong_length("Boolean");
      if (BigEndian(octets) > 1) return InvalidValue("TLV Boolean is neither 0 nor 1");
      return Value(BigEndian(octets) == 1);
    case Type::kObjectLink: {
      if (octets.size() != 4) return wrong_length("Objlnk");
      const std::uint64_t bits = BigEndian(octets);
      return Value(ObjectLink{static_cast<Id>(bits >> 16), static_cast<Id>(bits & 0xffff)});
    }
  }
  return InvalidValue("unknown type");
}

// Collects the records of one payload.
class Decoder {
 public:
  Decoder(const Path& base, const ObjectModel& model) : base_(base), model_(model) {}

  Result<std::vector<Record>> Decode(std::string_view payload) && {
    if (base_.is_root()) return Malformed("TLV payload for the root path");
    if (auto read = ReadOutermost(payload); !read) return tl::unexpected(std::move(read).error());
    return std::move(records_);
  }

 private:
  Result<void> ReadOutermost(std::string_view payload) {
    for (Reader in(payload); !in.done();) {
      const Result<Entry> entry = in.ReadEntry();
      if (!entry) return tl::unexpected(entry.error());
      // The level above the entry is what `base` must name at least.
      const std::size_t parent_depth = DepthOf(entry->kind) - 1;
      if (base_.depth() < parent_depth) {
        return Malformed(
            fmt::format("TLV {} needs a wrapper below {}", NameOf(entry->kind), base_.ToString()));
      }
      if (auto read = ReadAt(base_.Prefix(parent_depth), *entry); !read) return read;
    }
    return {};
  }

  // `entry` as a child of `parent`.
  Result<void> ReadAt(const Path& parent, const Entry& entry) {
    if (DepthOf(entry.kind) != parent.depth() + 1) {
      return Malformed(
          fmt::format("TLV {} directly inside {}", NameOf(entry.kind), parent.ToString()));
    }
    const Path path = parent.Child(entry.id);
    if (!base_.Contains(path) && !path.Contains(base_)) {
      return Malformed(fmt::format("{} is outside {}", path.ToString(), base_.ToString()));
    }
    switch (entry.kind) {
      case Kind::kObjectInstance:
      case Kind::kMultipleResource:
        return ReadChildren(path, entry.value);
      case Kind::kResource:
      case Kind::kResourceInstance:
        return ReadRecord(path, entry.value);
    }
    return Malformed("TLV type octet");
  }

  // Recursion ends at the third level: a resource or resource instance has no children.
  Result<void> ReadChildren(const Path& path, std::string_view octets) {
    for (Reader in(octets); !in.done();) {
      const Result<Entry> entry = in.ReadEntry();
      if (!entry) return At(path, entry.error());
      if (auto read = ReadAt(path, *entry); !read) return read;
    }
    return {};
  }

  Result<void> ReadRecord(const Path& path, std::string_view octets) {
    if (auto inside = CheckInside(base_, path); !inside) return inside;
    Result<Value> value = ReadValue(TypeAt(model_, path), octets);
    if (!value) return At(path, std::move(value).error());
    return AddRecord(records_, Record{path, *std::move(value), std::nullopt});
  }

  static std::size_t DepthOf(Kind kind) {
    switch (kind) {
      case Kind::kObjectInstance:
        return 2;
      case Kind::kMultipleResource:
      case Kind::kResource:
        return 3;
      case Kind::kResourceInstance:
        return 4;
    }
    return 4;
  }

  static std::string_view NameOf(Kind kind) {
    switch (kind) {
      case Kind::kObjectInstance:
        return "object instance";
      case Kind::kMultipleResource:
        return "multiple resource";
      case Kind::kResource:
        return "resource";
      case Kind::kResourceInstance:
        return "resource instance";
    }
    return "entry";
  }

  const Path& base_;
  const ObjectModel& model_;
  std::vector<Record> records_;
};

void AppendBigEndian(std::string& out, std::uint64_t number, std::size_t width) {
  for (std::size_t i = width; i > 0; --i) {
    out.push_back(static_cast<char>(number >> (8 * (i - 1)) & 0xff));
  }
}

std::string EncodeSigned(std::int64_t number) {
  std::size_t width = 8;
  if (std::in_range<std::int32_t>(number)) width = 4;
  if (std::in_range<std::int16_t>(number)) width = 2;
  if (std::in_range<std::int8_t>(number)) width = 1;
  std::string octets;
  AppendBigEndian(octets, static_cast<std::uint64_t>(number), width);
  return octets;
}

std::string EncodeUnsigned(std::uint64_t number) {
  std::size_t width = 8;
  if (std::in_range<std::uint32_t>(number)) width = 4;
  if (std::in_range<std::uint16_t>(number)) width = 2;
  if (std::in_range<std::uint8_t>(number)) width = 1;
  std::string octets;
  AppendBigEndian(octets, number, width);
  return octets;
}

// Four octets where they hold the number exactly, else eight.
std::string EncodeFloat(double number) {
  std::string octets;
  const bool fits = !std::isfinite(number) ||
                    std::abs(number) <= static_cast<double>(std::numeric_limits<float>::max());
  const auto narrow = fits ? static_cast<float>(number) : 0.0f;
  if (!std::isnan(number) && static_cast<double>(narrow) == number) {
    AppendBigEndian(octets, std::bit_cast<std::uint32_t>(narrow), 4);
  } else {
    AppendBigEndian(octets, std::bit_cast<std::uint64_t>(number), 8);
  }
  return octets;
}

struct ValueEncoder {
  std::string operator()(const std::string& text) const { return text; }
  std::string operator()(std::int64_t number) const { return EncodeSigned(number); }
  std::string operator()(std::uint64_t number) const { return EncodeUnsigned(number); }
  std::string operator()(double number) const { return EncodeFloat(number); }
  std::string operator()(bool truth) const { return std::string(1, truth ? '\1' : '\0'); }
  std::string operator()(const Opaque& opaque) const { return opaque.octets; }
  std::string operator()(Time time) const { return EncodeSigned(time.seconds); }
  std::string operator()(const CoreLink& link) const { return link.text; }
  std::string operator()(ObjectLink link) const {
    std::string octets;
    AppendBigEndian(octets, link.object, 2);
    AppendBigEndian(octets, link.instance, 2);
    return octets;
  }
};

Result<void> AppendEntry(std::string& out, Kind kind, Id id, std::string_view value) {
  if (value.size() > kMaxLength) {
    return tl::unexpected(Error{ErrorKind::kTooLarge, "TLV value exceeds 16777215 octets"});
  }
  std::size_t length_width = 0;
  if (value.size() > 0x7) length_width = 1;
  if (value.size() > 0xff) length_width = 2;
  if (value.size() > 0xffff) length_width = 3;
  const bool wide = id > 0xff;
  const auto inline_length = length_width == 0 ? value.size() : 0;
  AppendBigEndian(out,
                  static_cast<std::uint64_t>(kind) << 6 | (wide ? kWideIdentifier : 0u) |
                      length_width << 3 | inline_length,
                  1);
  AppendBigEndian(out, id, wide ? 2 : 1);
  AppendBigEndian(out, value.size(), length_width);
  out.append(value);
  return {};
}

using RecordSpan = std::vector<const Record*>;

// The records from `first` on that lie under the first `depth` identifiers of *first.
RecordSpan::const_iterator EndOfGroup(RecordSpan::const_iterator first,
                                      RecordSpan::const_iterator last, std::size_t depth) {
  const Path group = (*first)->path.Prefix(depth);
  return std::find_if(first, last,
                      [&](const Record* record) { return !group.Contains(record->path); });
}

// Encodes the sorted records [first, last), which share a path of `depth` identifiers, as the
// children of that path.
Result<std::string> EncodeChildren(RecordSpan::const_iterator first,
                                   RecordSpan::const_iterator last, std::size_t depth,
                                   const ObjectModel& model) {
  std::string out;
  while (first != last) {
    const auto end = EndOfGroup(first, last, depth + 1);
    const Path& path = (*first)->path;
    Kind kind = depth == 1 ? Kind::kObjectInstance : Kind::kMultipleResource;
    Result<std::string> content;
    if (path.depth() == depth + 1) {
      // Parents sort first: whatever follows in the group says the same resource again.
      if (end - first > 1) return At(path, {ErrorKind::kInvalidValue, "TLV value given twice"});
      kind = depth == 2 ? Kind::kResource : Kind::kResourceInstance;
      const Result<Value> value = Conform(model, path, (*first)->value);
      if (!value) return tl::unexpected(value.error());
      content = std::visit(ValueEncoder{}, *value);
    } else {
      content = EncodeChildren(first, end, depth + 1, model);
    }
    if (!content) return content;
    if (auto added = AppendEntry(out, kind, path[depth], *content); !added) {
      return At(path, std::move(added).error());
    }
    first = end;
  }
  return out;
}

}  // namespace

Result<std::vector<Record>> DecodeTlv(std::string_view payload, const Path& base,
                                      const ObjectModel& model) {
  return Decoder(base, model).Decode(payload);
}

Result<std::string> EncodeTlv(const std::vector<Record>& records, const Path& base,
                              const ObjectModel& model) {
  if (base.is_root()) return InvalidValue("TLV payload for the root path");
  RecordSpan sorted;
  sorted.reserve(records.size());
  for (const Record& record : records) {
    if (auto inside = CheckInside(base, record.path); !inside) {
      return tl::unexpected(inside.error());
    }
    sorted.push_back(&record);
  }
  std::sort(sorted.begin(), sorted.end(),
            [](const Record* left, const Record* right) { return left->path < right->path; });
  // A resource is written with its own identifier, as in the answer to its Read; likewise a
  // resource instance. So the children listed are those of the level above.
  const std::size_t depth = base.depth() < 3 ? base.depth() : base.depth() - 1;
  return EncodeChildren(sorted.begin(), sorted.end(), depth, model);
}

}  // namespace lwm2m
