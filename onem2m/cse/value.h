// JSON values as the embedded CSE keeps them: attributes of resources and bodies of requests.
#ifndef ONEM2M_CSE_VALUE_H_
#define ONEM2M_CSE_VALUE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "onem2m/error.h"

namespace onem2m::cse {

struct Member;
struct Value;
using Array = std::vector<Value>;
using Object = std::vector<Member>;  // in the order of the text; names are unique

// A value: copies, compares.
struct Value {
  using Storage =
      std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, Array, Object>;

  // Implicit, as literals are in JSON. Their definitions wait for Member to be complete.
  Value();
  Value(bool value);              // NOLINT(google-explicit-constructor)
  Value(int value);               // NOLINT(google-explicit-constructor)
  Value(std::int64_t value);      // NOLINT(google-explicit-constructor)
  Value(double value);            // NOLINT(google-explicit-constructor)
  Value(std::string value);       // NOLINT(google-explicit-constructor)
  Value(std::string_view value);  // NOLINT(google-explicit-constructor)
  Value(const char* value);       // NOLINT(google-explicit-constructor)
  Value(Array value);             // NOLINT(google-explicit-constructor)
  Value(Object value);            // NOLINT(google-explicit-constructor)

  bool IsNull() const { return std::holds_alternative<std::nullptr_t>(storage); }
  const bool* AsBool() const { return std::get_if<bool>(&storage); }
  const std::int64_t* AsInteger() const { return std::get_if<std::int64_t>(&storage); }
  const std::string* AsString() const { return std::get_if<std::string>(&storage); }
  const Array* AsArray() const { return std::get_if<Array>(&storage); }
  const Object* AsObject() const { return std::get_if<Object>(&storage); }

  friend bool operator==(const Value&, const Value&) = default;

  Storage storage;
};

struct Member {
  std::string name;
  Value value;
  friend bool operator==(const Member&, const Member&) = default;
};

inline Value::Value() : storage(nullptr) {}
inline Value::Value(bool value) : storage(value) {}
inline Value::Value(int value) : storage(std::int64_t{value}) {}
inline Value::Value(std::int64_t value) : storage(value) {}
inline Value::Value(double value) : storage(value) {}
inline Value::Value(std::string value) : storage(std::move(value)) {}
inline Value::Value(std::string_view value) : storage(std::string(value)) {}
inline Value::Value(const char* value) : storage(std::string(value)) {}
inline Value::Value(Array value) : storage(std::move(value)) {}
inline Value::Value(Object value) : storage(std::move(value)) {}

// nullptr when there is no such member.
const Value* Find(const Object& object, std::string_view name);

// 4000 with the place for malformed text, text that is not UTF-8, members that occur twice, and
// nesting deeper than 64. The deepest thing Mca carries has eight levels.
Result<Value> ParseValue(std::string_view json);

std::string Serialize(const Value& value);

// {"<name>":<value>}
std::string Serialize(std::string_view name, const Value& value);

}  // namespace onem2m::cse

#endif  // ONEM2M_CSE_VALUE_H_
