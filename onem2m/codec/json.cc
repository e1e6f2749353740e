#include "onem2m/codec/json.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "onem2m/codec/json_value.h"
#include "onem2m/codec/representation.h"
#include "onem2m/codec/short_names.h"

namespace onem2m {
namespace {

namespace names = short_names;

std::string FirstName(const JsonValue& json) {
  return json.names().empty() ? "empty representation" : json.names().front();
}

Result<std::vector<std::string>> UrisOf(const JsonValue& list) {
  std::vector<std::string> uris;
  if (list.kind() == JsonValue::Kind::kString) {
    const std::string text = list.AsText();
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find(' ', at), text.size());
      if (end > at) uris.push_back(text.substr(at, end - at));
      at = end + 1;
    }
    return uris;
  }
  if (list.kind() != JsonValue::Kind::kArray) return BadRequest(std::string(names::kUriList));
  for (const JsonValue& item : list.items()) {
    auto uri = item.AsString();
    if (!uri) return BadRequest(std::string(names::kUriList));
    uris.push_back(std::move(*uri));
  }
  return uris;
}

Result<std::vector<std::string>> ReferencesOf(const JsonValue& list) {
  const JsonValue* const inner = list.Find(names::kResourceReference);
  const JsonValue& references = inner == nullptr ? list : *inner;
  std::vector<std::string> uris;
  if (references.kind() != JsonValue::Kind::kArray) {
    return BadRequest(std::string(names::kResourceReference));
  }
  for (const JsonValue& reference : references.items()) {
    const JsonValue* const value = reference.Find(names::kReferenceValue);
    auto uri = value == nullptr ? std::nullopt : value->AsString();
    if (!uri) return BadRequest(std::string(names::kReferenceValue));
    uris.push_back(std::move(*uri));
  }
  return uris;
}

// Collects resources out of a tree, document order. Depth is bounded by JsonValue::Parse.
class TreeReader {
 public:
  // `json` is any object whose members may be resources: the root, a wrapper or a resource.
  void ReadChildren(const JsonValue& json) {
    for (std::size_t i = 0; i < json.names().size() && !error_; ++i) {
      const std::string& name = json.names()[i];
      const JsonValue& value = json.items()[i];
      if (name == names::kResponse) {
        ReadChildren(value);
      } else if (const auto type = TypeOfMember(name, value)) {
        ReadResources(*type, name, value);
      } else if (name.compare(0, names::kPrefix.size(), names::kPrefix) == 0) {
        ReadForeign(value);
      }
    }
  }
  void ReadRoot(const JsonValue& json) {
    if (json.kind() == JsonValue::Kind::kArray) {
      for (const JsonValue& item : json.items()) ReadChildren(item);
    } else {
      ReadChildren(json);
    }
  }
  Result<std::vector<Resource>> Take() {
    if (error_) return tl::unexpected(*error_);
    return std::move(resources_);
  }

 private:
  void ReadResources(ResourceType type, const std::string& root, const JsonValue& value) {
    if (value.kind() == JsonValue::Kind::kArray) {
      for (const JsonValue& item : value.items()) ReadResource(type, root, item);
    } else {
      ReadResource(type, root, value);
    }
  }
  void ReadResource(ResourceType type, const std::string& root, const JsonValue& value) {
    if (error_) return;
    auto resource = DecodeAttributes(type, root, value);
    if (!resource) {
      error_ = resource.error();
      return;
    }
    // rcn=8 puts the children into a shell that has no attributes of its own.
    const Common& common = CommonOf(*resource);
    if (!common.resource_name.empty() || !common.resource_id.empty()) {
      resources_.push_back(std::move(*resource));
    }
    ReadChildren(value);
  }
  // Of a type that we do not read: its children may be of one that we do.
  void ReadForeign(const JsonValue& value) {
    ReadChildren(value);
    if (value.kind() != JsonValue::Kind::kArray) return;
    for (const JsonValue& item : value.items()) ReadChildren(item);
  }

  std::vector<Resource> resources_;
  std::optional<Error> error_;
};

std::string Printable(std::string_view text, std::size_t limit) {
  std::string printable = RepairUtf8(text.substr(0, limit));
  std::replace_if(
      printable.begin(), printable.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
  return printable;
}

}  // namespace

Result<Resource> DecodeResource(std::string_view json) {
  const auto parsed = JsonValue::Parse(json);
  if (!parsed) return tl::unexpected(parsed.error());
  auto resource = DecodeRepresentation(*parsed);
  if (!resource) return tl::unexpected(resource.error());
  if (!*resource) return BadRequest(FirstName(*parsed));
  return std::move(**resource);
}

Result<ManagementObject> DecodeManagementUpdate(std::string_view json) {
  const auto parsed = JsonValue::Parse(json);
  if (!parsed) return tl::unexpected(parsed.error());
  auto resource = DecodeRepresentation(*parsed);
  if (resource && !*resource) resource = DecodeSelfDefined(*parsed);
  if (!resource) return tl::unexpected(resource.error());
  auto* object = *resource ? std::get_if<ManagementObject>(&**resource) : nullptr;
  if (object == nullptr) return BadRequest(FirstName(*parsed));
  return std::move(*object);
}

Result<std::vector<std::string>> DecodeUriList(std::string_view json) {
  const auto parsed = JsonValue::Parse(json);
  if (!parsed) return tl::unexpected(parsed.error());
  const JsonValue* const wrapped = parsed->Find(names::kResponse);
  const JsonValue& object = wrapped == nullptr ? *parsed : *wrapped;
  if (const JsonValue* const list = object.Find(names::kUriList)) return UrisOf(*list);
  if (const JsonValue* const list = object.Find(names::kResourceReferenceList)) {
    return ReferencesOf(*list);
  }
  return BadRequest(FirstName(object));
}

Result<std::vector<Resource>> DecodeTree(std::string_view json) {
  const auto parsed = JsonValue::Parse(json);
  if (!parsed) return tl::unexpected(parsed.error());
  if (parsed->kind() != JsonValue::Kind::kObject && parsed->kind() != JsonValue::Kind::kArray) {
    return BadRequest("no representation");
  }
  TreeReader reader;
  reader.ReadRoot(*parsed);
  return reader.Take();
}

std::string DebugText(std::string_view json) {
  constexpr std::size_t kUnknownLimit = 200;
  constexpr std::size_t kDebugLimit = 1000;  // names the attribute that was refused: room for that
  const auto parsed = JsonValue::Parse(json);
  if (parsed) {
    if (const JsonValue* const text = parsed->Find(names::kDebug)) {
      return Printable(text->AsText(), kDebugLimit);
    }
  }
  return Printable(json, kUnknownLimit);
}

}  // namespace onem2m
