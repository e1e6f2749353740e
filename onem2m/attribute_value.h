// Values of the attributes that a specialisation brings along: the [objectAttribute]s of a
// <mgmtObj>, the [customAttribute]s of a <flexContainer>. (TS-0001 v3 §9.6.15, §9.6.35)
#ifndef ONEM2M_ATTRIBUTE_VALUE_H_
#define ONEM2M_ATTRIBUTE_VALUE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace onem2m {

// How an action on a device went. (TS-0004 v3 §6.3.5, m2m:actionStatus)
struct ActionStatus {
  std::string action;  // acn, "" : not said
  int status = 0;      // sus: 0 uninitialised, 1 successful, 2 failure, 3 in process
  friend bool operator==(const ActionStatus&, const ActionStatus&) = default;
};

using AttributeValue =
    std::variant<bool, std::int64_t, double, std::string, std::vector<std::string>, ActionStatus>;

struct NamedAttribute {
  std::string name;  // short name
  AttributeValue value;
  friend bool operator==(const NamedAttribute&, const NamedAttribute&) = default;
};

// In the order in which they are written; a name occurs once.
using NamedAttributes = std::vector<NamedAttribute>;

// nullptr when there is no attribute of that name.
const AttributeValue* FindAttribute(const NamedAttributes& attributes, std::string_view name);
// In its place when there is one of that name, else at the end.
void SetAttribute(NamedAttributes& attributes, std::string_view name, AttributeValue value);

// What a reader wants, whichever way a CSE wrote it: 23.0 and "23" are the integer 23, 1 and "true"
// are true. nullopt when the value is nothing of the kind.
std::optional<bool> AsBoolean(const AttributeValue& value);
std::optional<std::int64_t> AsInteger(const AttributeValue& value);
std::optional<double> AsNumber(const AttributeValue& value);
// A string, a number or a boolean as text.
std::optional<std::string> AsText(const AttributeValue& value);
// A list, or one text as a list of one.
std::optional<std::vector<std::string>> AsList(const AttributeValue& value);

}  // namespace onem2m

#endif  // ONEM2M_ATTRIBUTE_VALUE_H_
