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

// m2m:actionStatus: what was done and how it went. (TS-0004 v3 §6.3.5)
bool IsActionStatus(const Value& value) {
  const Object* object = value.AsObject();
  if (!object) return false;
  return std::all_of(object->begin(), object->end(), [](const Member& member) {
    if (member.name == names::kAction) return member.value.AsString() != nullptr;
    const std::int64_t* status = member.value.AsInteger();
    constexpr std::int64_t kInProcess = 3;
    return member.name == names::kStatus && status && *status >= 0 && *status <= kInProcess;
  });
}

bool IsObjectList(const Value& value) {
  const Array* array = value.AsArray();
  return array && std::all_of(array->begin(), array->end(),
                              [](const Value& each) { return each.AsObject() != nullptr; });
}

// RFC 4648 §4, with its padding.
bool IsBase64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return false;
  for (int i = 0; i < 2 && text.back() == '='; ++i) text.remove_suffix(1);
  return std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '+' || c == '/';
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
    case Shape::kInteger:
      return "an integer";
    case Shape::kNumber:
      return "a number";
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
    case Shape::kObjectList:
      return "a list of objects";
    case Shape::kActionStatus:
      return "{acn, sus} with sus from 0 to 3";
    case Shape::kBase64:
      return "text in base64";
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
    case Shape::kInteger:
      return value.AsInteger();
    case Shape::kNumber:
      return value.AsInteger() || std::holds_alternative<double>(value.storage);
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
    case Shape::kObjectList:
      return IsObjectList(value);
    case Shape::kActionStatus:
      return IsActionStatus(value);
    case Shape::kBase64:
      return text && IsBase64(*text);
  }
  return false;
}

// [objectAttribute]s of a self-defined mgmtObj may be anything that an attribute can be.
constexpr AttributePolicy kOwnAttribute = {
    {}, Shape::kContent, Permission::kOptional, Permission::kOptional};

bool IsOwnName(std::string_view name) {
  return IsUnreserved(name) && std::isalpha(static_cast<unsigned char>(name.front()));
}

void Assign(Attributes& attributes, const AttributePolicy& policy, Member& member) {
  if (&policy == &kOwnAttribute) {
    attributes.SetOwn(member.name, std::move(member.value));
  } else {
    attributes.Set(policy.name, std::move(member.value));
  }
}

// The policy of one member of a body, once it may be there at all.
Result<const AttributePolicy*> Admit(const TypePolicy& policy, std::string_view name,
                                     Permission AttributePolicy::*operation) {
  const AttributePolicy* attribute = FindAttribute(policy, name);
  if (!attribute && policy.takes_any_attribute && IsOwnName(name)) return &kOwnAttribute;
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

tl::unexpected<Error> WrongShape(const std::string& name, const AttributePolicy& attribute) {
  return BadRequest("attribute " + name + " must be " +
                    std::string(DescriptionOf(attribute.shape)));
}

// "<prefix>:<name>", and no root that is taken.
bool IsOwnRoot(std::string_view root) {
  const auto colon = root.find(':');
  if (colon == std::string_view::npos || !IsResourceName(root.substr(0, colon)) ||
      !IsResourceName(root.substr(colon + 1))) {
    return false;
  }
  const auto& policies = AllTypePolicies();
  return std::none_of(policies.begin(), policies.end(),
                      [root](const TypePolicy& policy) { return policy.root == root; });
}

}  // namespace

const TypePolicy* FindPolicy(ResourceType type, std::string_view root) {
  for (const TypePolicy& policy : AllTypePolicies()) {
    if (policy.type == type && policy.root == root) return &policy;
  }
  if (type != ResourceType::kMgmtObj || !IsOwnRoot(root)) return nullptr;
  // A specialisation whose schema nobody has standardised: mgmtDefinition says "self-defined".
  // TS-0005 v3 §6.7 makes them of LwM2M objects. (TS-0001 v3 §9.6.15)
  return FindPolicy(type, "");
}

bool IsContainerDefinition(std::string_view definition) {
  const auto& policies = AllTypePolicies();
  return !definition.empty() &&
         std::any_of(policies.begin(), policies.end(), [definition](const TypePolicy& policy) {
           return policy.container_definition == definition;
         });
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
    case kTimeSeries:
      return parent == kCseBase || parent == kAe || parent == kContainer ||
             parent == kFlexContainer;
    case kFlexContainer:
      return parent == kCseBase || parent == kAe || parent == kContainer ||
             parent == kFlexContainer || parent == kNode;
    case kContentInstance:
      return parent == kContainer;
    case kTimeSeriesInstance:
      return parent == kTimeSeries;
    case kMgmtObj:
      return parent == kNode;
    case kSemanticDescriptor:
      return parent == kAe || parent == kContainer || parent == kContentInstance ||
             parent == kFlexContainer || parent == kTimeSeries || parent == kNode ||
             parent == kMgmtObj;
    case kSubscription:
      return !IsInstance(parent) && parent != kSubscription;
    case kCseBase:
      return false;
  }
  return false;
}

bool IsInstance(ResourceType type) {
  return type == ResourceType::kContentInstance || type == ResourceType::kTimeSeriesInstance;
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

void Attributes::SetOwn(std::string_view name, Value value) {
  if (!Find(name)) {
    own_names_.push_back(std::make_shared<const std::string>(name));
    name = *own_names_.back();
  }
  Set(name, std::move(value));
}

void Attributes::SetAll(const Attributes& other) {
  for (const auto& [name, value] : other.entries_) {
    const bool own = std::any_of(other.own_names_.begin(), other.own_names_.end(),
                                 [name = name](const auto& each) { return *each == name; });
    if (own) {
      SetOwn(name, value);
    } else {
      Set(name, value);
    }
  }
}

void Attributes::Remove(std::string_view name) {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [name](const auto& entry) { return entry.first == name; });
  if (found == entries_.end()) return;
  entries_.erase(found);
  const auto own = std::find_if(own_names_.begin(), own_names_.end(),
                                [name](const auto& each) { return *each == name; });
  if (own != own_names_.end()) own_names_.erase(own);
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
    if (!HasShape(member.value, attribute.shape)) return WrongShape(member.name, attribute);
    if (attribute.name == names::kResourceName) {
      content.resource_name = *member.value.AsString();
    } else if (attribute.name == names::kExpirationTime) {
      content.expiration_time = ReadTimestamp(*member.value.AsString());
    } else {
      Assign(content.attributes, attribute, member);
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
        return BadRequest("mandatory attribute " + member.name + " cannot be removed");
      }
      if (is_expiration) {
        content.removes_expiration_time = true;
      } else {
        content.removed.push_back(member.name);
      }
      continue;
    }
    if (!HasShape(member.value, attribute.shape)) return WrongShape(member.name, attribute);
    if (is_expiration) {
      content.expiration_time = ReadTimestamp(*member.value.AsString());
    } else {
      Assign(content.set, attribute, member);
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
