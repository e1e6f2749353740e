// Which attributes a resource of each type has, what they look like, and who may set them when.
// (TS-0001 v3 §9.6; TS-0004 v3 §7.4)
#ifndef ONEM2M_CSE_ATTRIBUTE_POLICY_H_
#define ONEM2M_CSE_ATTRIBUTE_POLICY_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "onem2m/cse/timestamp.h"
#include "onem2m/cse/value.h"
#include "onem2m/error.h"

namespace onem2m::cse {

enum class Shape : std::uint8_t {
  kString,
  kNonEmptyString,
  kApplicationId,  // starts with N or R
  kTimestamp,
  kBoolean,
  kNonNegative,  // integer
  kInteger,
  kNumber,
  kStringList,
  kNonEmptyStringList,
  kContent,           // any JSON but null
  kContentInfo,       // media type ":" encoding [":" security]
  kContentReference,  // {"urir":[{nm,uri}]} or the list alone
  kObject,            // looked into by the type's own rules
  kObjectList,
  kActionStatus,  // {acn, sus}
  kBase64,
};

enum class Permission : std::uint8_t {
  kMandatory,
  kOptional,
  kNotPermitted,  // set by the hosting CSE, or fixed: 4000
  kNotServed,     // standardised, but nothing here acts on it: 5001 rather than silence
};

struct AttributePolicy {
  std::string_view name;
  Shape shape;
  Permission create;
  Permission update;
};

// Immutable; lives as long as the program.
struct TypePolicy {
  ResourceType type;
  std::string root;                         // "m2m:cnt"; "" of a self-defined mgmtObj: any name
  std::string_view id_prefix;               // "cnt"
  int management_definition;                // mgd of a mgmtObj, else 0
  bool has_policy_ids;                      // takes acpi
  bool has_creator;                         // takes cr
  std::vector<AttributePolicy> attributes;  // beyond the universal ones
  std::string container_definition = {};    // cnd of a flexContainer
  std::size_t first_custom_attribute = 0;  // of a flexContainer: those from here on are its content
  bool takes_any_attribute = false;        // a self-defined mgmtObj brings its own
};

// attribute_tables.cc
const std::vector<TypePolicy>& AllTypePolicies();
// The policy of an attribute, of its own type or common to all; nullptr when the type has none.
const AttributePolicy* FindAttribute(const TypePolicy& policy, std::string_view name);

// The policy of a type; of a mgmtObj or flexContainer the one whose root name it is, and for a
// mgmtObj of a name of its own that of the self-defined ones. nullptr when it is none of ours.
const TypePolicy* FindPolicy(ResourceType type, std::string_view root);
bool IsContainerDefinition(std::string_view definition);
// Every type that can be created or read here, by number: supportedResourceType.
std::vector<std::int64_t> SupportedTypes();
// A type that oneM2M knows: 5001 when it is not served, where an unknown number is 4000.
bool IsStandardType(std::int64_t number);
// Whether a parent may have such a child. (TS-0001 v3 §9.6, tables of child resources)
bool MayHaveChild(ResourceType parent, ResourceType child);
bool IsAttributeName(std::string_view name);
// A contentInstance or timeSeriesInstance: kept in order, never updated, first to go at a limit.
bool IsInstance(ResourceType type);

// Attributes of one resource. Names are those of the tables above: they are not copied, but for
// those that no table has.
class Attributes {
 public:
  const Value* Find(std::string_view name) const;
  // `name` must live as long as the program.
  void Set(std::string_view name, Value value);
  // Of a name that no table has.
  void SetOwn(std::string_view name, Value value);
  // Sets all that `other` has.
  void SetAll(const Attributes& other);
  void Remove(std::string_view name);
  const std::vector<std::pair<std::string_view, Value>>& entries() const { return entries_; }

 private:
  std::vector<std::pair<std::string_view, Value>> entries_;
  // What entries_ refers to beside the tables; shared by copies, as the views are.
  std::vector<std::shared_ptr<const std::string>> own_names_;
};

// The content of a Create that keeps to the policy of its type.
struct CreateContent {
  std::string resource_name;  // "" when the CSE is to choose it
  std::optional<TimePoint> expiration_time;
  bool asks_for_creator = false;
  Attributes attributes;
};

struct UpdateContent {
  std::optional<TimePoint> expiration_time;
  bool removes_expiration_time = false;
  Attributes set;
  std::vector<std::string> removed;
};

// 4000 with the name for an attribute that is unknown, of another shape, not permitted, or missing;
// 5001 for one that is not served.
Result<CreateContent> CheckCreate(const TypePolicy& policy, Object body);
Result<UpdateContent> CheckUpdate(const TypePolicy& policy, Object body);

// m2m:resourceName: a letter or digit, then also "-", "." and "_". (TS-0004 v3 Table 6.3.3-1)
bool IsResourceName(std::string_view name);
// RFC 3986 unreserved characters.
bool IsUnreserved(std::string_view text);

}  // namespace onem2m::cse

#endif  // ONEM2M_CSE_ATTRIBUTE_POLICY_H_
