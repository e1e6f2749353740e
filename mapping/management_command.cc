#include "mapping/management_command.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <utility>

#include "onem2m/codec/short_names.h"

namespace mapping {
namespace {

namespace names = onem2m::short_names;
using onem2m::AttributeValue;
using JsonWriter = rapidjson::Writer<rapidjson::StringBuffer>;

void Text(JsonWriter& writer, std::string_view text) {
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

void Member(JsonWriter& writer, const char* name, std::string_view text) {
  writer.Key(name);
  Text(writer, text);
}

std::string Execute(const lwm2m::Path& path) {
  rapidjson::StringBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  Member(writer, "op", "execute");
  Member(writer, "path", path.ToString());
  writer.EndObject();
  return buffer.GetString();
}

// A URL names the image, whoever serves it. What has no scheme, or "file:", is one of
// firmware.directory, which can also be pushed.
std::string UpdateFirmware(const std::string& url) {
  constexpr std::string_view kFile = "file:";
  std::string_view file = url;
  if (file.substr(0, kFile.size()) == kFile) {
    file.remove_prefix(kFile.size());
    while (!file.empty() && file.front() == '/') file.remove_prefix(1);
  }
  rapidjson::StringBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  Member(writer, "op", "firmware-update");
  if (file.find(':') == std::string_view::npos) {
    Member(writer, "file", file);
  } else {
    Member(writer, "uri", url);
  }
  writer.EndObject();
  return buffer.GetString();
}

// The value in the JSON type of the resource; what does not fit stays as it is, so that the refusal
// names it.
void WriteValue(JsonWriter& writer, const AttributeValue& value, lwm2m::Type type) {
  using lwm2m::Type;
  if (type == Type::kBoolean) {
    if (const auto truth = onem2m::AsBoolean(value)) {
      writer.Bool(*truth);
      return;
    }
  }
  if (type == Type::kTime) {
    const auto text = onem2m::AsText(value);
    if (const auto seconds = text ? onem2m::ParseTimestamp(*text) : std::nullopt) {
      writer.Int64(*seconds);
      return;
    }
  }
  if (type == Type::kInteger || type == Type::kUnsignedInteger || type == Type::kTime) {
    if (const auto number = onem2m::AsInteger(value)) {
      writer.Int64(*number);
      return;
    }
  }
  if (type == Type::kFloat) {
    if (const auto number = onem2m::AsNumber(value)) {
      writer.Double(*number);
      return;
    }
  }
  Text(writer, onem2m::AsText(value).value_or(""));
}

std::string Write(const lwm2m::Path& path, const AttributeValue& value, lwm2m::Type type) {
  rapidjson::StringBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  Member(writer, "op", "write");
  Member(writer, "path", path.ToString());
  writer.Key("value");
  WriteValue(writer, value, type);
  writer.EndObject();
  return buffer.GetString();
}

bool IsTrue(const AttributeValue& value) { return onem2m::AsBoolean(value) == true; }

// The path of a resource that stands in the object of the <mgmtObj> itself.
std::optional<lwm2m::Path> PathOf(const ManagementRow& row, const ManagementPlan& object) {
  if (row.object != object.instance.object()) return std::nullopt;
  return object.instance.Child(row.resource);
}

std::optional<ManagementCommand> StandardCommand(const ManagementRow& row,
                                                 const ManagementPlan& object,
                                                 const AttributeValue& value,
                                                 const onem2m::NamedAttributes& written,
                                                 const onem2m::NamedAttributes& known,
                                                 const ManagementRules& rules) {
  const auto path = PathOf(row, object);
  if (!path) return std::nullopt;
  const std::string name(row.attribute);
  if (row.writable) {
    const lwm2m::ResourceDefinition* definition = rules.model.FindResource(*path);
    const lwm2m::Type type = definition == nullptr ? lwm2m::Type::kString : definition->type;
    return ManagementCommand{name, Write(*path, value, type), false};
  }
  if (!IsTrue(value)) return std::nullopt;
  if (row.conversion == Conversion::kExecute) return ManagementCommand{name, Execute(*path), true};
  if (row.conversion != Conversion::kUpdateFirmware) return std::nullopt;
  const AttributeValue* url = onem2m::FindAttribute(written, names::kUrl);
  if (url == nullptr) url = onem2m::FindAttribute(known, names::kUrl);
  const std::string text = url == nullptr ? "" : onem2m::AsText(*url).value_or("");
  return ManagementCommand{name, UpdateFirmware(text), true};
}

const lwm2m::ObjectDefinition* DefinitionOf(const ManagementPlan& object,
                                            const ManagementRules& rules) {
  const auto& versions = rules.registration.objects->versions;
  const auto version = versions.find(object.instance.object());
  return rules.model.Find(object.instance.object(),
                          version == versions.end() ? "" : version->second);
}

std::vector<ManagementCommand> GenericCommands(const ManagementPlan& object,
                                               const onem2m::NamedAttributes& written,
                                               const ManagementRules& rules) {
  std::vector<ManagementCommand> commands;
  const lwm2m::ObjectDefinition* definition = DefinitionOf(object, rules);
  if (definition == nullptr) return commands;
  for (const lwm2m::ResourceDefinition& resource : definition->resources) {
    if (!resource.writable && !resource.executable) continue;
    const std::string name = GenericAttribute(*definition, resource);
    const AttributeValue* value = onem2m::FindAttribute(written, name);
    if (value == nullptr) continue;
    const lwm2m::Path path = object.instance.Child(resource.id);
    if (resource.executable) {
      if (IsTrue(*value)) commands.push_back({name, Execute(path), true});
    } else if (!resource.multiple) {
      commands.push_back({name, Write(path, *value, resource.type), false});
    }
  }
  return commands;
}

}  // namespace

bool TakesCommands(const ManagementPlan& object, const ManagementRules& rules) {
  if (object.specialisation == Specialisation::kGeneric) {
    const lwm2m::ObjectDefinition* definition = DefinitionOf(object, rules);
    return definition != nullptr &&
           std::any_of(definition->resources.begin(), definition->resources.end(),
                       [](const auto& resource) {
                         return resource.executable || (resource.writable && !resource.multiple);
                       });
  }
  const auto& rows = ManagementRows();
  return std::any_of(rows.begin(), rows.end(), [&](const ManagementRow& row) {
    return row.specialisation == object.specialisation &&
           (row.writable || row.conversion == Conversion::kExecute ||
            row.conversion == Conversion::kUpdateFirmware);
  });
}

bool IsAction(const ManagementPlan& object, std::string_view attribute,
              const ManagementRules& rules) {
  if (object.specialisation == Specialisation::kGeneric) {
    const lwm2m::ObjectDefinition* definition = DefinitionOf(object, rules);
    return definition != nullptr &&
           std::any_of(definition->resources.begin(), definition->resources.end(),
                       [&](const auto& resource) {
                         return resource.executable &&
                                GenericAttribute(*definition, resource) == attribute;
                       });
  }
  const auto& rows = ManagementRows();
  return std::any_of(rows.begin(), rows.end(), [&](const ManagementRow& row) {
    return row.specialisation == object.specialisation && row.attribute == attribute &&
           (row.conversion == Conversion::kExecute ||
            row.conversion == Conversion::kUpdateFirmware);
  });
}

std::vector<ManagementCommand> ManagementCommands(const ManagementPlan& object,
                                                  const onem2m::NamedAttributes& written,
                                                  const onem2m::NamedAttributes& known,
                                                  const ManagementRules& rules) {
  std::vector<ManagementCommand> commands;
  if (object.specialisation == Specialisation::kGeneric) {
    commands = GenericCommands(object, written, rules);
  } else {
    for (const ManagementRow& row : ManagementRows()) {
      if (row.specialisation != object.specialisation) continue;
      const AttributeValue* value = onem2m::FindAttribute(written, row.attribute);
      if (value == nullptr) continue;
      auto command = StandardCommand(row, object, *value, written, known, rules);
      if (command) commands.push_back(*std::move(command));
    }
  }
  std::stable_partition(commands.begin(), commands.end(),
                        [](const ManagementCommand& command) { return !command.is_action; });
  return commands;
}

onem2m::NamedAttributes ProgressOf(const ManagementPlan& object, std::string_view attribute,
                                   Progress progress) {
  constexpr int kSuccessful = 1;
  constexpr int kFailure = 2;
  constexpr int kInProcess = 3;
  onem2m::NamedAttributes attributes;
  // Of [deviceCapability] and [eventLog] some CSEs keep the actions at true whatever is written
  // (docs/interop.md): they are left as they are, and each time that they are written counts.
  const bool stays = object.specialisation == Specialisation::kDeviceCapability ||
                     object.specialisation == Specialisation::kEventLog;
  if (progress != Progress::kRunning && !stays) {
    attributes.push_back({std::string(attribute), false});
  }
  for (const ManagementRow& row : ManagementRows()) {
    if (row.specialisation != object.specialisation || row.attribute != attribute ||
        row.status.empty()) {
      continue;
    }
    const int status = progress == Progress::kRunning ? kInProcess
                       : progress == Progress::kDone  ? kSuccessful
                                                      : kFailure;
    attributes.push_back(
        {std::string(row.status), onem2m::ActionStatus{std::string(attribute), status}});
  }
  return attributes;
}

}  // namespace mapping
