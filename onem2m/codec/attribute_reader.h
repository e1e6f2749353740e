// How a decoder takes attributes out of parsed JSON.
#ifndef ONEM2M_CODEC_ATTRIBUTE_READER_H_
#define ONEM2M_CODEC_ATTRIBUTE_READER_H_

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "onem2m/codec/json_value.h"

namespace onem2m {

// Reads attributes of one JSON object and keeps the name of the first that is wrong, so that a
// reader of a resource is a plain list of its attributes. Lives on the stack of one decode.
class AttributeReader {
 public:
  explicit AttributeReader(const JsonValue& object) : object_(object) {}

  const std::string& wrong() const { return wrong_; }

  void Read(std::string_view name, std::string& text) {
    const JsonValue* const value = object_.Find(name);
    if (value == nullptr) return;
    auto read = value->AsString();
    Keep(name, std::move(read), text);
  }
  // con and the like: whatever it is, as text.
  void ReadText(std::string_view name, std::string& text) {
    if (const JsonValue* const value = object_.Find(name)) text = value->AsText();
  }
  void Read(std::string_view name, std::int64_t& number) {
    if (const JsonValue* const value = object_.Find(name)) Keep(name, value->AsInteger(), number);
  }
  void Read(std::string_view name, std::optional<std::int64_t>& number) {
    const JsonValue* const value = object_.Find(name);
    if (value == nullptr) return;
    number = value->AsInteger();
    if (!number) Wrong(name);
  }
  void Read(std::string_view name, std::optional<bool>& boolean) {
    const JsonValue* const value = object_.Find(name);
    if (value == nullptr) return;
    boolean = value->AsBoolean();
    if (!boolean) Wrong(name);
  }
  void Read(std::string_view name, int& number) {
    if (const JsonValue* const value = object_.Find(name)) Keep(name, AsInt(*value), number);
  }
  void Read(std::string_view name, bool& boolean) {
    if (const JsonValue* const value = object_.Find(name)) Keep(name, value->AsBoolean(), boolean);
  }
  void Read(std::string_view name, std::vector<std::string>& list) {
    ReadList(name, list, [](const JsonValue& item) { return item.AsString(); });
  }
  void Read(std::string_view name, std::vector<std::int64_t>& list) {
    ReadList(name, list, [](const JsonValue& item) { return item.AsInteger(); });
  }
  void Read(std::string_view name, std::vector<int>& list) { ReadList(name, list, AsInt); }

  // The object of that name, nullptr when it is absent; anything else is wrong.
  const JsonValue* Object(std::string_view name) {
    const JsonValue* const value = object_.Find(name);
    if (value == nullptr || value->IsObject()) return value;
    Wrong(name);
    return nullptr;
  }
  void Wrong(std::string_view name) {
    if (wrong_.empty()) wrong_ = name;
  }

 private:
  static std::optional<int> AsInt(const JsonValue& value) {
    const auto number = value.AsInteger();
    if (!number || *number < std::numeric_limits<int>::min() ||
        *number > std::numeric_limits<int>::max()) {
      return std::nullopt;
    }
    return static_cast<int>(*number);
  }
  template <typename T>
  void Keep(std::string_view name, std::optional<T> read, T& target) {
    if (read) {
      target = std::move(*read);
    } else {
      Wrong(name);
    }
  }
  // A list of one arrives as its bare element from some CSEs.
  template <typename T, typename Convert>
  void ReadList(std::string_view name, std::vector<T>& list, const Convert& convert) {
    const JsonValue* const value = object_.Find(name);
    if (value == nullptr) return;
    if (value->kind() != JsonValue::Kind::kArray) {
      Append(name, convert(*value), list);
      return;
    }
    for (const JsonValue& item : value->items()) Append(name, convert(item), list);
  }
  template <typename T>
  void Append(std::string_view name, std::optional<T> item, std::vector<T>& list) {
    if (item) {
      list.push_back(std::move(*item));
    } else {
      Wrong(name);
    }
  }

  const JsonValue& object_;
  std::string wrong_;
};

}  // namespace onem2m

#endif  // ONEM2M_CODEC_ATTRIBUTE_READER_H_
