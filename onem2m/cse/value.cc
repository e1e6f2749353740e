#include "onem2m/cse/value.h"

#include <rapidjson/document.h>
#include <rapidjson/error/en.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <string>
#include <type_traits>
#include <utility>

namespace onem2m::cse {
namespace {

constexpr int kDeepest = 64;

Result<Value> Convert(const rapidjson::Value& json, int depth);

Result<Value> ConvertArray(const rapidjson::Value& json, int depth) {
  Array array;
  array.reserve(json.Size());
  for (const auto& element : json.GetArray()) {
    auto value = Convert(element, depth + 1);
    if (!value) return value;
    array.push_back(*std::move(value));
  }
  return Value(std::move(array));
}

Result<Value> ConvertObject(const rapidjson::Value& json, int depth) {
  Object object;
  object.reserve(json.MemberCount());
  for (const auto& member : json.GetObject()) {
    auto value = Convert(member.value, depth + 1);
    if (!value) return value;
    object.push_back(
        {std::string(member.name.GetString(), member.name.GetStringLength()), *std::move(value)});
  }
  // A name that occurs twice has no defined meaning (RFC 8259 §4): the originator must not have to
  // guess which one was taken. Sorted, because an object of a million members must not be
  // quadratic.
  std::vector<std::string_view> names;
  names.reserve(object.size());
  for (const Member& member : object) names.push_back(member.name);
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice != names.end()) return BadRequest("member occurs twice: " + std::string(*twice));
  return Value(std::move(object));
}

Result<Value> Convert(const rapidjson::Value& json, int depth) {
  if (depth > kDeepest) return BadRequest("JSON nested too deeply");
  switch (json.GetType()) {
    case rapidjson::kNullType:
      return Value();
    case rapidjson::kFalseType:
      return Value(false);
    case rapidjson::kTrueType:
      return Value(true);
    case rapidjson::kStringType:
      return Value(std::string(json.GetString(), json.GetStringLength()));
    case rapidjson::kNumberType:
      if (json.IsInt64()) return Value(std::int64_t{json.GetInt64()});
      return Value(json.GetDouble());
    case rapidjson::kArrayType:
      return ConvertArray(json, depth);
    case rapidjson::kObjectType:
      return ConvertObject(json, depth);
  }
  return BadRequest("JSON of no type");
}

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

void WriteString(Writer& writer, std::string_view text) {
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

void Write(Writer& writer, const Value& value) {
  std::visit(
      [&writer](const auto& held) {
        using Held = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<Held, std::nullptr_t>) {
          writer.Null();
        } else if constexpr (std::is_same_v<Held, bool>) {
          writer.Bool(held);
        } else if constexpr (std::is_same_v<Held, std::int64_t>) {
          writer.Int64(held);
        } else if constexpr (std::is_same_v<Held, double>) {
          writer.Double(held);
        } else if constexpr (std::is_same_v<Held, std::string>) {
          WriteString(writer, held);
        } else if constexpr (std::is_same_v<Held, Array>) {
          writer.StartArray();
          for (const Value& element : held) Write(writer, element);
          writer.EndArray();
        } else {
          writer.StartObject();
          for (const Member& member : held) {
            writer.Key(member.name.data(), static_cast<rapidjson::SizeType>(member.name.size()));
            Write(writer, member.value);
          }
          writer.EndObject();
        }
      },
      value.storage);
}

}  // namespace

const Value* Find(const Object& object, std::string_view name) {
  for (const Member& member : object) {
    if (member.name == name) return &member.value;
  }
  return nullptr;
}

Result<Value> ParseValue(std::string_view json) {
  rapidjson::Document document;
  // Iterative: a megabyte of "[" must not become a megabyte of stack.
  document.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag |
                 rapidjson::kParseFullPrecisionFlag>(json.data(), json.size());
  if (document.HasParseError()) {
    return BadRequest("malformed JSON at octet " + std::to_string(document.GetErrorOffset()) +
                      ": " + rapidjson::GetParseError_En(document.GetParseError()));
  }
  return Convert(document, 0);
}

std::string Serialize(const Value& value) {
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  Write(writer, value);
  return std::string(buffer.GetString(), buffer.GetSize());
}

std::string Serialize(std::string_view name, const Value& value) {
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  writer.StartObject();
  writer.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
  Write(writer, value);
  writer.EndObject();
  return std::string(buffer.GetString(), buffer.GetSize());
}

}  // namespace onem2m::cse
