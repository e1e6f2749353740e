#include "lwm2m/ddf/ddf_reader.h"

#include <Poco/AutoPtr.h>
#include <Poco/DOM/DOMParser.h>
#include <Poco/DOM/Document.h>
#include <Poco/DOM/Element.h>
#include <Poco/Exception.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>

#include "fmt/format.h"

namespace lwm2m {

namespace {

using Poco::XML::Element;

// Leading, trailing and repeated blanks carry no meaning in these files.
std::string Simplify(std::string_view text) {
  std::string simple;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (!blank) {
      simple.push_back(c);
    } else if (!simple.empty() && simple.back() != ' ') {
      simple.push_back(' ');
    }
  }
  if (simple.ends_with(' ')) simple.pop_back();
  return simple;
}

std::string TextOf(const Element& parent, const std::string& name) {
  const Element* child = parent.getChildElement(name);
  return child == nullptr ? "" : Simplify(child->innerText());
}

std::vector<const Element*> ChildrenNamed(const Element& parent, std::string_view name) {
  std::vector<const Element*> children;
  for (const Poco::XML::Node* node = parent.firstChild(); node != nullptr;
       node = node->nextSibling()) {
    const auto* element = dynamic_cast<const Element*>(node);
    if (element != nullptr && element->tagName() == name) children.push_back(element);
  }
  return children;
}

std::optional<Id> ParseId(std::string_view text) {
  Id id = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, id);
  if (error != std::errc() || stop != end || id == kMaxId) return std::nullopt;
  return id;
}

struct TypeName {
  std::string_view name;
  Type type;
};
constexpr TypeName kTypes[] = {
    {"", Type::kNone},
    {"String", Type::kString},
    {"Integer", Type::kInteger},
    {"Unsigned Integer", Type::kUnsignedInteger},
    {"Float", Type::kFloat},
    {"Boolean", Type::kBoolean},
    {"Opaque", Type::kOpaque},
    {"Time", Type::kTime},
    {"Objlnk", Type::kObjectLink},
    {"Corelnk", Type::kCoreLink},
};

// One of two words, or nothing.
std::optional<bool> Choose(std::string_view text, std::string_view yes, std::string_view no) {
  if (text == yes) return true;
  if (text == no) return false;
  return std::nullopt;
}

std::optional<bool> ReadMultiple(const Element& element) {
  return Choose(TextOf(element, "MultipleInstances"), "Multiple", "Single");
}

std::optional<bool> ReadMandatory(const Element& element) {
  return Choose(TextOf(element, "Mandatory"), "Mandatory", "Optional");
}

Result<ResourceDefinition> ReadResource(const Element& item) {
  ResourceDefinition resource;
  const auto id = ParseId(Simplify(item.getAttribute("ID")));
  if (!id) return Malformed("Item without a valid ID");
  resource.id = *id;
  const auto malformed = [&](std::string_view element) {
    return Malformed(fmt::format("resource {}: {}", resource.id, element));
  };

  resource.name = TextOf(item, "Name");
  const std::string operations = TextOf(item, "Operations");
  if (operations.find_first_not_of("RWE") != std::string::npos) return malformed("Operations");
  resource.readable = operations.find('R') != std::string::npos;
  resource.writable = operations.find('W') != std::string::npos;
  resource.executable = operations.find('E') != std::string::npos;

  const auto multiple = ReadMultiple(item);
  if (!multiple) return malformed("MultipleInstances");
  resource.multiple = *multiple;
  const auto mandatory = ReadMandatory(item);
  if (!mandatory) return malformed("Mandatory");
  resource.mandatory = *mandatory;

  const std::string type = TextOf(item, "Type");
  const auto known = std::find_if(std::begin(kTypes), std::end(kTypes),
                                  [&](const TypeName& row) { return row.name == type; });
  if (known == std::end(kTypes)) return malformed("Type");
  resource.type = known->type;
  resource.range = TextOf(item, "RangeEnumeration");
  resource.units = TextOf(item, "Units");
  return resource;
}

Result<void> ReadResources(const Element& object, ObjectDefinition& definition) {
  const Element* resources = object.getChildElement("Resources");
  if (resources == nullptr) return Malformed("no Resources");
  for (const Element* item : ChildrenNamed(*resources, "Item")) {
    Result<ResourceDefinition> resource = ReadResource(*item);
    if (!resource) return tl::unexpected(std::move(resource).error());
    definition.resources.push_back(*std::move(resource));
  }
  auto& list = definition.resources;
  std::sort(list.begin(), list.end(),
            [](const auto& left, const auto& right) { return left.id < right.id; });
  const auto twice =
      std::adjacent_find(list.begin(), list.end(),
                         [](const auto& left, const auto& right) { return left.id == right.id; });
  if (twice != list.end()) return Malformed(fmt::format("resource {} is defined twice", twice->id));
  return {};
}

Result<ObjectDefinition> ReadObject(const Element& object) {
  ObjectDefinition definition;
  const auto id = ParseId(TextOf(object, "ObjectID"));
  if (!id) return Malformed("Object without a valid ObjectID");
  definition.id = *id;
  const auto malformed = [&](std::string_view what) {
    return Malformed(fmt::format("object {}: {}", definition.id, what));
  };

  definition.name = TextOf(object, "Name");
  if (const std::string version = TextOf(object, "ObjectVersion"); !version.empty()) {
    definition.version = version;
  }
  const auto multiple = ReadMultiple(object);
  if (!multiple) return malformed("MultipleInstances");
  definition.multiple = *multiple;
  const auto mandatory = ReadMandatory(object);
  if (!mandatory) return malformed("Mandatory");
  definition.mandatory = *mandatory;
  if (auto read = ReadResources(object, definition); !read) return malformed(read.error().detail);
  return definition;
}

Result<std::vector<ObjectDefinition>> ReadDocument(const Poco::XML::Document& document) {
  const Element* root = document.documentElement();
  const auto no_definitions = [](std::string detail) {
    return tl::unexpected(Error{ErrorKind::kUnsupportedFormat, std::move(detail)});
  };
  if (root->tagName() != "LWM2M") {
    return no_definitions(
        fmt::format("root element is {}, not LWM2M: no object definition", root->tagName()));
  }
  std::vector<ObjectDefinition> definitions;
  for (const Element* object : ChildrenNamed(*root, "Object")) {
    const std::string kind = object->getAttribute("ObjectType");
    if (kind != "MODefinition") {
      return no_definitions(fmt::format("ObjectType is {}: no object definition", kind));
    }
    Result<ObjectDefinition> definition = ReadObject(*object);
    if (!definition) return tl::unexpected(std::move(definition).error());
    definitions.push_back(*std::move(definition));
  }
  if (definitions.empty()) return no_definitions("no Object element");
  return definitions;
}

}  // namespace

Result<std::vector<ObjectDefinition>> ParseObjectDefinitions(std::string_view xml) {
  try {
    Poco::XML::DOMParser parser;
    parser.setFeature(Poco::XML::XMLReader::FEATURE_EXTERNAL_GENERAL_ENTITIES, false);
    parser.setFeature(Poco::XML::XMLReader::FEATURE_EXTERNAL_PARAMETER_ENTITIES, false);
    const Poco::AutoPtr<Poco::XML::Document> document = parser.parseMemory(xml.data(), xml.size());
    return ReadDocument(*document);
  } catch (const Poco::Exception& exception) {
    return Malformed("XML: " + exception.displayText());
  }
}

Result<std::vector<ObjectDefinition>> ReadDefinitionFile(const std::filesystem::path& file) {
  const std::string name = file.filename().string();
  std::ifstream in(file, std::ios::binary);
  const std::string xml{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!in) {
    return tl::unexpected(Error{ErrorKind::kNotFound, fmt::format("{}: cannot be read", name)});
  }
  auto definitions = ParseObjectDefinitions(xml);
  if (!definitions) {
    Error error = std::move(definitions).error();
    error.detail = fmt::format("{}: {}", name, error.detail);
    return tl::unexpected(std::move(error));
  }
  return definitions;
}

Result<std::vector<DefinitionFile>> ReadDefinitionDirectory(
    const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (std::filesystem::directory_iterator it(directory, error), end; !error && it != end;
       it.increment(error)) {
    if (it->path().extension() == ".xml") files.push_back(it->path());
  }
  if (error) {
    return tl::unexpected(
        Error{ErrorKind::kNotFound, fmt::format("{}: {}", directory.string(), error.message())});
  }
  std::sort(files.begin(), files.end());
  std::vector<DefinitionFile> result;
  for (const auto& file : files) {
    result.push_back({file.filename().string(), ReadDefinitionFile(file)});
  }
  return result;
}

}  // namespace lwm2m
