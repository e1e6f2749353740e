// A parsed JSON text, as far as oneM2M needs it: bounded in depth, numbers kept as they were
// written, octets that are no UTF-8 replaced. It exists so that RapidJSON stays inside one source
// file and that several decoders share the same leniency. (docs/interop.md)
#ifndef ONEM2M_CODEC_JSON_VALUE_H_
#define ONEM2M_CODEC_JSON_VALUE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "onem2m/error.h"

namespace onem2m {

// A value: copied, moved, owned. Immutable once parsed.
class JsonValue {
 public:
  enum class Kind { kNull, kBoolean, kNumber, kString, kArray, kObject };

  // White space after the text is fine, anything else is not. At most 64 levels deep.
  static Result<JsonValue> Parse(std::string_view json);

  Kind kind() const { return kind_; }
  bool IsObject() const { return kind_ == Kind::kObject; }
  // Elements of an array or the values of an object's members, in document order.
  const std::vector<JsonValue>& items() const { return items_; }
  // Names of an object's members; names()[i] belongs to items()[i].
  const std::vector<std::string>& names() const { return names_; }

  // Member of that short name, or of the same name with or without `m2m:`. Null counts as absent.
  const JsonValue* Find(std::string_view name) const;

  // Text of a string or of a number, as written.
  std::optional<std::string> AsString() const;
  // From 3, 3.0, "3" and 3e0; nullopt for fractions and what does not fit.
  std::optional<std::int64_t> AsInteger() const;
  // From a number or its text; nullopt for what does not fit.
  std::optional<double> AsDouble() const;
  // From true, "true", 1 and their opposites.
  std::optional<bool> AsBoolean() const;
  // The value as JSON text; of a string its characters without quotes.
  std::string AsText() const;

 private:
  friend class JsonTreeBuilder;

  Kind kind_ = Kind::kNull;
  bool boolean_ = false;
  std::string text_;
  std::vector<JsonValue> items_;
  std::vector<std::string> names_;
};

// `text` with every octet that belongs to no UTF-8 sequence replaced by U+FFFD. (Unicode 15 §3.9)
std::string RepairUtf8(std::string_view text);
bool IsUtf8(std::string_view text);

}  // namespace onem2m

#endif  // ONEM2M_CODEC_JSON_VALUE_H_
