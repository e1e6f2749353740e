#include "onem2m/cse/attribute_policy.h"

#include <algorithm>
#include <cctype>

#include "onem2m/codec/short_names.h"

namespace onem2m::cse {
namespace {

namespace names = short_names;

bool IsStringList(const Value& value) {
  const Array* array = value.AsArray();
  return array && std::all_of(array->begin(), array->end(),
                              [](const Value& each) { return each.AsString() != nullptr; });
}

// m2m:contentInfo: media type, encodingType 0 to 2, contentSecurity 0 to 5.
// (TS-0004 v3 Table 6.3.3-1)
bool IsContentInfo(std::string_view text) {
  const auto first = text.find(':');
  if (first == std::string_view::npos) return false;
  const std::string_view media_type = text.substr(0, first);
  const auto slash = media_type.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == media_type.size()) return false;
  std::string_view rest = text.substr(first + 1);
  if (rest.empty() || rest[0] < '0' || rest[0] > '2') return false;
  rest.remove_prefix(1);
  if (rest.empty()) return true;
  return rest.size() == 2 && rest[0] == ':' && rest[1] >= '0' && rest[1] <= '5';
}

// TS-0004 v3 §6.3.5.36; some CSEs take the list without the level above it, and so do we.
bool IsContentReference(const Value& value) {
  const Array* list = value.AsArray();
  if (const Object* object = value.AsObject()) {
    if (object->size() != 1 || object->front().name != names::kUriReference) return false;
    list = object->front().value.AsArray();
  }
  if (!list || list->empty()) return false;
  return std::all_of(list->begin(), list->end(), [](const Value& each) {
    const Object* object = each.AsObject();
    if (!object || object->size() != 2) return false;
    const Value* name = Find(*object, names::kName);
    const Value* uri = Find(*object, names::kReferenceUri);
    return name && name->AsString() && uri && uri->AsString();
  });
}

std::string_view DescriptionOf(Shape shape) {
  switch (shape) {
    case Shape::kString:
      return "a string";
    case Shape::kNonEmptyString:
      return "a string that is not empty";
    case Shape::kApplicationId:
      return "a string that starts with N or R and goes on";
    case Shape::kTimestamp:
      return "a timestamp YYYYMMDDThhmmss";
    case Shape::kBoolean:
      return "true or false";
    case Shape::kNonNegative:
      return "an integer from 0 up";
    case Shape::kStringList:
      return "an array of strings";
    case Shape::kNonEmptyStringList:
      return "an array of strings that is not empty";
    case Shape::kContent:
      return "a value";
    case Shape::kContentInfo:
      return "<media type>:<0 to 2>[:<0 to 5>]";
    case Shape::kContentReference:
      return "a list of {nm, uri}";
    case Shape::kObject:
      return "an object";
  }
  return "";
}

bool HasShape(const Value& value, Shape shape) {
  const std::string* text = value.AsString();
  switch (shape) {
    case Shape::kString:
      return text;
    case Shape::kNonEmptyString:
      return text && !text->empty();
    case Shape::kApplicationId:
      return text && text->size() > 1 && ((*text)[0] == 'N' || (*text)[0] == 'R');
    case Shape::kTimestamp:
      return text && ReadTimestamp(*text);
    case Shape::kBoolean:
      return value.AsBool();
    case Shape::kNonNegative:
      return value.AsInteger() && *value.AsInteger() >= 0;
    case Shape::kStringList:
      return IsStringList(value);
    case Shape::kNonEmptyStringList:
      return IsStringList(value) && !value.AsArray()->empty();
    case Shape::kContent:
      return !value.IsNull();
    case Shape::kContentInfo:
      return text && IsContentInfo(*text);
    case Shape::kContentReference:
      return IsContentReference(value);
    case Shape::kObject:
      return value.AsObject();
  }
  return false;
}

// The policy of one member of a body, once it may be there at all.
Result<const AttributePolicy*> Admit(const TypePolicy& policy, std::string_view name,
                                     Permission AttributePolicy::*operation) {
  const AttributePolicy* attribute = FindAttribute(policy, name);
  if (!attribute) {
    return BadRequest("unknown attribute " + std::string(name) + " in " + std::string(policy.root));
  }
  switch (attribute->*operation) {
    case Permission::kMandatory:
    case Permission::kOptional:
      return attribute;
    case Permission::kNotPermitted:
      return BadRequest("attribute " + std::string(name) + " is not the originator's to set");
    case Permission::kNotServed:
      return tl::unexpected(Error{ResponseStatusCode::kNotImplemented,
                                  "attribute " + std::string(name) + " is not served here"});
  }
  return BadRequest("attribute " + std::string(name));
}

tl::unexpected<Error> WrongShape(const AttributePolicy& attribute) {
  return BadRequest("attribute " + std::string(attribute.name) + " must be " +
                    std::string(DescriptionOf(attribute.shape)));
}

}  // namespace

const TypePolicy* FindPolicy(ResourceType type, std::string_view root) {
  for (const TypePolicy& policy : AllTypePolicies()) {
    if (policy.type == type && policy.root == root) return &policy;
  }
  return nullptr;
}

std::vector<std::int64_t> SupportedTypes() {
  std::vector<std::int64_t> types;
  for (const TypePolicy& policy : AllTypePolicies()) {
    types.push_back(static_cast<std::int64_t>(policy.type));
  }
  std::sort(types.begin(), types.end());
  types.erase(std::unique(types.begin(), types.end()), types.end());
  return types;
}

bool IsStandardType(std::int64_t number) {
  // TS-0004 v3 Table 6.3.4.2.1-1: without gaps up to 66; announced variants 10000 above.
  constexpr std::int64_t kLastType = 66;
  constexpr std::int64_t kAnnounced = 10000;
  if (number > kAnnounced) number -= kAnnounced;
  return number >= 1 && number <= kLastType;
}

bool MayHaveChild(ResourceType parent, ResourceType child) {
  using enum ResourceType;
  switch (child) {
    case kAe:
    case kNode:
      return parent == kCseBase;
    case kAccessControlPolicy:
      return parent == kCseBase || parent == kAe;
    case kContainer:
      return parent == kCseBase || parent == kAe || parent == kContainer;
    case kContentInstance:
      return parent == kContainer;
    case kMgmtObj:
      return parent == kNode;
    case kSubscription:
      return parent != kContentInstance && parent != kSubscription;
    case kCseBase:
    case kFlexContainer:
    case kSemanticDescriptor:
    case kTimeSeries:
    case kTimeSeriesInstance:
      return false;
  }
  return false;
}

bool IsAttributeName(std::string_view name) {
  const auto& policies = AllTypePolicies();
  return std::any_of(policies.begin(), policies.end(), [name](const TypePolicy& policy) {
    return FindAttribute(policy, name) != nullptr;
  });
}

const Value* Attributes::Find(std::string_view name) const {
  for (const auto& entry : entries_) {
    if (entry.first == name) return &entry.second;
  }
  return nullptr;
}

void Attributes::Set(std::string_view name, Value value) {
  for (auto& entry : entries_) {
    if (entry.first == name) {
      entry.second = std::move(value);
      return;
    }
  }
  entries_.emplace_back(name, std::move(value));
}

void Attributes::Remove(std::string_view name) {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [name](const auto& entry) { return entry.first == name; });
  if (found != entries_.end()) entries_.erase(found);
}

Result<CreateContent> CheckCreate(const TypePolicy& policy, Object body) {
  CreateContent content;
  for (Member& member : body) {
    const auto admitted = Admit(policy, member.name, &AttributePolicy::create);
    if (!admitted) return tl::unexpected(admitted.error());
    const AttributePolicy& attribute = **admitted;
    // TS-0001 v3 §9.6.1.3.2: the originator asks for the creator with null, the CSE fills it in.
    if (attribute.name == names::kCreator) {
      if (!member.value.IsNull()) return BadRequest("attribute cr may only be null at Create");
      content.asks_for_creator = true;
      continue;
    }
    if (!HasShape(member.value, attribute.shape)) return WrongShape(attribute);
    if (attribute.name == names::kResourceName) {
      content.resource_name = *member.value.AsString();
    } else if (attribute.name == names::kExpirationTime) {
      content.expiration_time = ReadTimestamp(*member.value.AsString());
    } else {
      content.attributes.Set(attribute.name, std::move(member.value));
    }
  }
  for (const AttributePolicy& attribute : policy.attributes) {
    if (attribute.create == Permission::kMandatory && !content.attributes.Find(attribute.name)) {
      return BadRequest("mandatory attribute " + std::string(attribute.name) + " is missing");
    }
  }
  return content;
}

Result<UpdateContent> CheckUpdate(const TypePolicy& policy, Object body) {
  UpdateContent content;
  for (Member& member : body) {
    const auto admitted = Admit(policy, member.name, &AttributePolicy::update);
    if (!admitted) return tl::unexpected(admitted.error());
    const AttributePolicy& attribute = **admitted;
    const bool is_expiration = attribute.name == names::kExpirationTime;
    if (member.value.IsNull()) {
      if (attribute.create == Permission::kMandatory) {
        return BadRequest("mandatory attribute " + std::string(attribute.name) +
                          " cannot be removed");
      }
      if (is_expiration) {
        content.removes_expiration_time = true;
      } else {
        content.removed.push_back(attribute.name);
      }
      continue;
    }
    if (!HasShape(member.value, attribute.shape)) return WrongShape(attribute);
    if (is_expiration) {
      content.expiration_time = ReadTimestamp(*member.value.AsString());
    } else {
      content.set.Set(attribute.name, std::move(member.value));
    }
  }
  return content;
}

bool IsUnreserved(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' || c == '_' ||
           c == '~';
  });
}

bool IsResourceName(std::string_view name) {
  return IsUnreserved(name) && std::isalnum(static_cast<unsigned char>(name.front())) &&
         name.find('~') == std::string_view::npos;
}

}  // namespace onem2m::cse
