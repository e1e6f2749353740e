#include "onem2m/codec/json_value.h"

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <charconv>
#include <cmath>
#include <utility>

#include "onem2m/codec/short_names.h"

namespace onem2m {
namespace {

constexpr std::size_t kMaxDepth = 64;

// Length of the UTF-8 sequence at the front of `text`, 0 when there is none.
// (Unicode 15 Table 3-7: well-formed UTF-8 byte sequences)
std::size_t Utf8SequenceLength(std::string_view text) {
  const auto octet = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const auto within = [&](std::size_t i, unsigned low, unsigned high) {
    return octet(i) >= low && octet(i) <= high;
  };
  const unsigned first = octet(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return within(1, 0x80, 0xBF) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const unsigned low = first == 0xE0 ? 0xA0 : 0x80;   // no overlong forms
    const unsigned high = first == 0xED ? 0x9F : 0xBF;  // no surrogates
    return within(1, low, high) && within(2, 0x80, 0xBF) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const unsigned low = first == 0xF0 ? 0x90 : 0x80;
    const unsigned high = first == 0xF4 ? 0x8F : 0xBF;  // nothing beyond U+10FFFF
    return within(1, low, high) && within(2, 0x80, 0xBF) && within(3, 0x80, 0xBF) ? 4 : 0;
  }
  return 0;
}

template <typename Writer>
void WriteString(Writer& writer, const std::string& text) {
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

template <typename Writer>
void Write(Writer& writer, const JsonValue& value) {
  switch (value.kind()) {
    case JsonValue::Kind::kNull:
      writer.Null();
      return;
    case JsonValue::Kind::kBoolean:
      writer.Bool(value.AsBoolean().value_or(false));
      return;
    case JsonValue::Kind::kNumber: {
      const std::string number = value.AsString().value_or("0");
      writer.RawValue(number.data(), number.size(), rapidjson::kNumberType);
      return;
    }
    case JsonValue::Kind::kString:
      WriteString(writer, value.AsString().value_or(""));
      return;
    case JsonValue::Kind::kArray:
      writer.StartArray();
      for (const JsonValue& item : value.items()) Write(writer, item);
      writer.EndArray();
      return;
    case JsonValue::Kind::kObject:
      writer.StartObject();
      for (std::size_t i = 0; i < value.items().size(); ++i) {
        WriteString(writer, value.names()[i]);
        Write(writer, value.items()[i]);
      }
      writer.EndObject();
      return;
  }
}

}  // namespace

// RapidJSON's events, as a tree. Returning false ends the parse.
class JsonTreeBuilder {
 public:
  bool Null() { return Add(Make(JsonValue::Kind::kNull)); }
  bool Bool(bool boolean) {
    JsonValue value = Make(JsonValue::Kind::kBoolean);
    value.boolean_ = boolean;
    return Add(std::move(value));
  }
  bool RawNumber(const char* text, rapidjson::SizeType length, bool /*copy*/) {
    JsonValue value = Make(JsonValue::Kind::kNumber);
    value.text_.assign(text, length);
    return Add(std::move(value));
  }
  bool String(const char* text, rapidjson::SizeType length, bool /*copy*/) {
    JsonValue value = Make(JsonValue::Kind::kString);
    value.text_.assign(text, length);
    return Add(std::move(value));
  }
  bool StartObject() { return Open(JsonValue::Kind::kObject); }
  bool Key(const char* text, rapidjson::SizeType length, bool /*copy*/) {
    open_.back().names_.emplace_back(text, length);
    return true;
  }
  bool EndObject(rapidjson::SizeType /*count*/) { return Close(); }
  bool StartArray() { return Open(JsonValue::Kind::kArray); }
  bool EndArray(rapidjson::SizeType /*count*/) { return Close(); }

  // Never called: numbers arrive as they were written.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }

  JsonValue Take() { return std::move(root_); }

 private:
  static JsonValue Make(JsonValue::Kind kind) {
    JsonValue value;
    value.kind_ = kind;
    return value;
  }
  bool Open(JsonValue::Kind kind) {
    if (open_.size() >= kMaxDepth) return false;
    open_.push_back(Make(kind));
    return true;
  }
  bool Close() {
    JsonValue value = std::move(open_.back());
    open_.pop_back();
    return Add(std::move(value));
  }
  bool Add(JsonValue value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else {
      open_.back().items_.push_back(std::move(value));
    }
    return true;
  }

  std::vector<JsonValue> open_;
  JsonValue root_;
};

Result<JsonValue> JsonValue::Parse(std::string_view json) {
  std::string repaired;
  if (!IsUtf8(json)) {
    repaired = RepairUtf8(json);
    json = repaired;
  }
  rapidjson::MemoryStream stream(json.data(), json.size());
  rapidjson::Reader reader;
  JsonTreeBuilder builder;
  // Iterative: the depth of a text from outside must not become the depth of our stack.
  constexpr unsigned kFlags =
      rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;
  if (!reader.Parse<kFlags>(stream, builder)) {
    return BadRequest("no JSON at octet " + std::to_string(reader.GetErrorOffset()));
  }
  return builder.Take();
}

const JsonValue* JsonValue::Find(std::string_view name) const {
  const auto bare = [](std::string_view text) {
    if (text.substr(0, short_names::kPrefix.size()) == short_names::kPrefix) {
      text.remove_prefix(short_names::kPrefix.size());
    }
    return text;
  };
  const JsonValue* other_spelling = nullptr;
  for (std::size_t i = 0; i < names_.size() && i < items_.size(); ++i) {
    if (items_[i].kind_ == Kind::kNull) continue;
    if (names_[i] == name) return &items_[i];
    if (other_spelling == nullptr && bare(names_[i]) == bare(name)) other_spelling = &items_[i];
  }
  return other_spelling;
}

std::optional<std::string> JsonValue::AsString() const {
  if (kind_ == Kind::kString || kind_ == Kind::kNumber) return text_;
  return std::nullopt;
}

std::optional<std::int64_t> JsonValue::AsInteger() const {
  if (kind_ != Kind::kNumber && kind_ != Kind::kString) return std::nullopt;
  const char* const end = text_.data() + text_.size();
  std::int64_t integer = 0;
  const auto whole = std::from_chars(text_.data(), end, integer);
  if (whole.ec == std::errc() && whole.ptr == end) return integer;
  double number = 0;
  const auto floating = std::from_chars(text_.data(), end, number);
  if (floating.ec != std::errc() || floating.ptr != end) return std::nullopt;
  constexpr double kBeyondInt64 = 9223372036854775808.0;
  if (!(number >= -kBeyondInt64 && number < kBeyondInt64) || std::trunc(number) != number) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(number);
}

std::optional<double> JsonValue::AsDouble() const {
  if (kind_ != Kind::kNumber && kind_ != Kind::kString) return std::nullopt;
  const char* const end = text_.data() + text_.size();
  double number = 0;
  const auto read = std::from_chars(text_.data(), end, number);
  if (read.ec != std::errc() || read.ptr != end || !std::isfinite(number)) return std::nullopt;
  return number;
}

std::optional<bool> JsonValue::AsBoolean() const {
  if (kind_ == Kind::kBoolean) return boolean_;
  if (kind_ != Kind::kString && kind_ != Kind::kNumber) return std::nullopt;
  if (text_ == "true") return true;
  if (text_ == "false") return false;
  const auto number = AsInteger();
  if (number == 1) return true;
  if (number == 0) return false;
  return std::nullopt;
}

std::string JsonValue::AsText() const {
  if (kind_ == Kind::kString || kind_ == Kind::kNumber) return text_;
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  Write(writer, *this);
  return {buffer.GetString(), buffer.GetSize()};
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = Utf8SequenceLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string RepairUtf8(std::string_view text) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
  std::string repaired;
  repaired.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = Utf8SequenceLength(text);
    if (length == 0) {
      repaired += kReplacement;
      text.remove_prefix(1);
    } else {
      repaired += text.substr(0, length);
      text.remove_prefix(length);
    }
  }
  return repaired;
}

}  // namespace onem2m
