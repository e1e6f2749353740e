#include "mapping/commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "lwm2m/version.h"
#include "mapping/command_text.h"
#include "mapping/command_value.h"
#include "mapping/server_settings.h"
#include "mapping/status_codes.h"

namespace mapping {

namespace {

using lwm2m::ContentFormat;
using lwm2m::OperationKind;
using onem2m::ResponseStatusCode;

// Members beside id, ep, op, ttl and priority.
enum MemberSet : unsigned {
  kNoMember = 0,
  kPath = 1,
  kPaths = 2,
  kValue = 4,
  kValues = 8,
  kContent = 16,
  kArguments = 32,
  kAttributes = 64,
  kAccept = 128,
  kDepth = 256,
  kOfFirmware = 512,  // of firmware-update
};

struct OpRule {
  std::string_view name;
  OperationKind kind;
  unsigned members;
};
constexpr std::array<OpRule, 14> kOps{{
    {"read", OperationKind::kRead, kPath | kAccept},
    {"write", OperationKind::kWriteReplace, kPath | kValue | kValues | kContent},
    {"update", OperationKind::kWriteUpdate, kPath | kValues | kContent},
    {"execute", OperationKind::kExecute, kPath | kArguments},
    {"create", OperationKind::kCreate, kPath | kValues | kContent},
    {"delete", OperationKind::kDelete, kPath},
    {"discover", OperationKind::kDiscover, kPath | kDepth},
    {"write-attributes", OperationKind::kWriteAttributes, kPath | kAttributes},
    {"observe", OperationKind::kObserve, kPath | kAttributes | kAccept},
    {"cancel-observe", OperationKind::kCancelObserve, kPath | kPaths},
    {"read-composite", OperationKind::kReadComposite, kPaths | kAccept},
    {"write-composite", OperationKind::kWriteComposite, kValues | kContent},
    {"observe-composite", OperationKind::kObserveComposite, kPaths | kAccept},
    {kUpdateRegistration, OperationKind::kExecute, kNoMember},
}};

tl::unexpected<onem2m::Error> Refuse(std::string_view member, const onem2m::Error& error) {
  return tl::unexpected(
      onem2m::Error{error.status, fmt::format("\"{}\": {}", member, error.detail)});
}

tl::unexpected<onem2m::Error> Refuse(std::string_view member, const lwm2m::Error& error) {
  return Refuse(member, onem2m::Error{StatusOf(error.kind), error.detail});
}

tl::unexpected<onem2m::Error> Refuse(std::string_view member, std::string detail) {
  return Refuse(member, onem2m::Error{ResponseStatusCode::kBadRequest, std::move(detail)});
}

tl::unexpected<onem2m::Error> NotAllowed(std::string_view member, std::string detail) {
  return Refuse(member, onem2m::Error{ResponseStatusCode::kOperationNotAllowed, std::move(detail)});
}

onem2m::Result<const OpRule*> FindOp(std::string_view op) {
  if (op.empty()) return Refuse("op", "missing");
  const auto rule =
      std::find_if(kOps.begin(), kOps.end(), [&](const OpRule& known) { return known.name == op; });
  if (rule != kOps.end()) return rule;
  std::string names;
  for (const OpRule& known : kOps) {
    names += fmt::format("{}{}", names.empty() ? "" : ", ", known.name);
  }
  names += ", firmware-update, firmware-cancel";
  return Refuse("op", fmt::format("expected one of {}, found {}", names, Quoted(op)));
}

onem2m::Result<void> CheckMembers(const OpRule& rule, const CommandText& text) {
  const std::array<std::pair<std::string_view, unsigned>, 13> given{{
      {"path", text.path.empty() ? kNoMember : kPath},
      {"paths", text.paths ? kPaths : kNoMember},
      {"value", text.value ? kValue : kNoMember},
      {"values", text.values ? kValues : kNoMember},
      {"content", text.content ? kContent : kNoMember},
      {"format", text.format ? kContent : kNoMember},
      {"args", text.arguments ? kArguments : kNoMember},
      {"attributes", text.attributes ? kAttributes : kNoMember},
      {"accept", text.accept ? kAccept : kNoMember},
      {"depth", text.depth ? kDepth : kNoMember},
      {"file", text.file ? kOfFirmware : kNoMember},
      {"uri", text.uri ? kOfFirmware : kNoMember},
      {"method", text.method ? kOfFirmware : kNoMember},
  }};
  for (const auto& [member, bit] : given) {
    if (bit != kNoMember && (rule.members & bit) == 0) {
      return Refuse(member, fmt::format("not used by {}", rule.name));
    }
  }
  if (text.paths && !text.path.empty()) {
    return Refuse("paths", "only one of \"path\" and \"paths\" can be given");
  }
  if (text.content && !text.format) return Refuse("format", "missing beside \"content\"");
  if (text.format && !text.content) return Refuse("content", "missing beside \"format\"");
  const int payloads = (text.value ? 1 : 0) + (text.values ? 1 : 0) + (text.content ? 1 : 0);
  if (payloads > 1) {
    return Refuse(text.content ? "content" : "values",
                  "only one of \"value\", \"values\" and \"content\" can be given");
  }
  return {};
}

std::string NameOf(const lwm2m::Path& path, const lwm2m::ResourceDefinition& definition) {
  return fmt::format("{} ({})", path.ToString(), definition.name);
}

// LwM2M Core 1.1.1 §7.1: the operations of a resource are those of its definition. Without a
// definition the device decides.
onem2m::Result<void> CheckOperations(std::string_view member, OperationKind kind,
                                     const lwm2m::Path& path, const lwm2m::ObjectModel& model) {
  if (path.depth() < 3) return {};
  const lwm2m::ResourceDefinition* definition = model.FindResource(path);
  if (definition == nullptr) return {};
  const bool reads = kind == OperationKind::kRead || kind == OperationKind::kObserve ||
                     kind == OperationKind::kReadComposite ||
                     kind == OperationKind::kObserveComposite;
  const bool writes = kind == OperationKind::kWriteReplace || kind == OperationKind::kWriteUpdate;
  const std::string name = NameOf(path, *definition);
  if (reads && !definition->readable) return NotAllowed(member, name + " cannot be read");
  if (writes && !definition->writable) return NotAllowed(member, name + " is not writable");
  if (kind == OperationKind::kExecute && !definition->executable) {
    return NotAllowed(member, name + " is not executable");
  }
  return {};
}

// One value where the definition has one, several where it has several.
onem2m::Result<void> CheckShape(std::string_view member, const lwm2m::Path& path,
                                const lwm2m::ResourceDefinition* definition) {
  if (definition == nullptr) return {};
  if (definition->multiple && path.is_resource()) {
    return Refuse(member, fmt::format("{} has several instances; name them in \"values\", like "
                                      "\"{}/0\"",
                                      NameOf(path, *definition), path.ToString()));
  }
  if (!definition->multiple && path.is_resource_instance()) {
    return Refuse(member, NameOf(path, *definition) + " has no instances");
  }
  return {};
}

onem2m::Result<std::vector<lwm2m::Record>> RecordOfValue(const lwm2m::Path& path,
                                                         const JsonScalar& scalar,
                                                         const lwm2m::ObjectModel& model) {
  if (path.depth() < 3) {
    return Refuse("value",
                  fmt::format("belongs to a resource; use \"values\" for {}", path.ToString()));
  }
  const lwm2m::ResourceDefinition* definition = model.FindResource(path);
  if (auto shape = CheckShape("value", path, definition); !shape) {
    return tl::unexpected(shape.error());
  }
  auto value = ValueFromJson(definition, scalar);
  if (!value) return Refuse("value", value.error());
  return std::vector<lwm2m::Record>{{path, *std::move(value), std::nullopt}};
}

// A key of "values": a whole path, or one that goes on where `base` ends.
onem2m::Result<lwm2m::Path> PathOfKey(const lwm2m::Path& base, const std::string& key) {
  const std::string parent = base.is_root() ? "" : base.ToString();
  const auto path = lwm2m::Path::Parse(key.starts_with('/') ? key : parent + "/" + key);
  if (!path || path->depth() < 3) {
    return Refuse("values", fmt::format("expected paths of resources like \"/3/0/14\", found {}",
                                        Quoted(key)));
  }
  return *path;
}

onem2m::Result<std::vector<lwm2m::Record>> RecordsOf(const lwm2m::Path& base, OperationKind kind,
                                                     const CommandText& text,
                                                     const lwm2m::ObjectModel& model) {
  std::vector<lwm2m::Record> records;
  for (const auto& [key, scalar] : *text.values) {
    const auto path = PathOfKey(base, key);
    if (!path) return tl::unexpected(path.error());
    const lwm2m::ResourceDefinition* definition = model.FindResource(*path);
    // A Create sets read-only resources too (LwM2M Core 1.1.1 §6.3.6).
    if (definition != nullptr && kind != OperationKind::kCreate && !definition->writable) {
      return NotAllowed("values", NameOf(*path, *definition) + " is not writable");
    }
    if (auto shape = CheckShape("values", *path, definition); !shape) {
      return tl::unexpected(shape.error());
    }
    auto value = ValueFromJson(definition, scalar);
    if (!value) {
      return Refuse("values", onem2m::Error{value.error().status,
                                            path->ToString() + ": " + value.error().detail});
    }
    records.push_back({*path, *std::move(value), std::nullopt});
  }
  return records;
}

onem2m::Result<lwm2m::Payload> PayloadOfContent(const CommandText& text) {
  const auto format = static_cast<ContentFormat>(*text.format);
  if (lwm2m::MediaType(format).empty()) {
    return Refuse("format",
                  onem2m::Error{ResponseStatusCode::kUnsupportedMediaType,
                                fmt::format("{} is no Content-Format of LwM2M", *text.format)});
  }
  auto octets = lwm2m::DecodeBase64(*text.content);
  if (!octets) return Refuse("content", octets.error());
  return lwm2m::Payload{format, *std::move(octets)};
}

// DM-15: "Replace" takes away what is not given, and mandatory resources cannot be without.
onem2m::Result<void> CheckComplete(const lwm2m::Path& instance,
                                   const std::vector<lwm2m::Record>& records,
                                   const lwm2m::ObjectModel& model) {
  const lwm2m::ObjectDefinition* object = model.Find(instance.object());
  if (object == nullptr) return {};
  for (const lwm2m::ResourceDefinition& resource : object->resources) {
    if (!resource.mandatory || !resource.writable) continue;
    const lwm2m::Path path = instance.Child(resource.id);
    const bool given =
        std::any_of(records.begin(), records.end(),
                    [&](const lwm2m::Record& record) { return path.Contains(record.path); });
    if (!given) {
      return Refuse("values", fmt::format("a write replaces the instance, and {} is mandatory; use "
                                          "update to change some of its resources",
                                          NameOf(path, resource)));
    }
  }
  return {};
}

// A Create at an object: the number that whole paths name stands for the one that the client will
// choose (LwM2M Core 1.1.1 §6.3.6).
onem2m::Result<lwm2m::Path> BaseOfCreate(const lwm2m::Path& path, const CommandText& text) {
  if (path.is_instance() || text.values->empty()) return path;
  const std::string& first = text.values->front().first;
  if (!first.starts_with('/')) return path.Child(0);
  const auto named = PathOfKey(path, first);
  if (!named) return tl::unexpected(named.error());
  return named->Prefix(2);
}

onem2m::Result<std::vector<lwm2m::Record>> BuildRecords(const lwm2m::Operation& operation,
                                                        const CommandText& text,
                                                        const lwm2m::ObjectModel& model) {
  const OperationKind kind = operation.kind;
  const bool creates = kind == OperationKind::kCreate;
  if (text.value) return RecordOfValue(operation.path, *text.value, model);
  if (!text.values) {
    if (creates) return std::vector<lwm2m::Record>();
    return Refuse(kind == OperationKind::kWriteReplace ? "value" : "values", "missing");
  }
  if (text.values->empty() && !creates) return Refuse("values", "is empty");
  const auto base = creates ? BaseOfCreate(operation.path, text) : operation.path;
  if (!base) return tl::unexpected(base.error());
  auto records = RecordsOf(*base, kind, text, model);
  if (records && kind == OperationKind::kWriteReplace && operation.path.is_instance()) {
    if (auto complete = CheckComplete(operation.path, *records, model); !complete) {
      return tl::unexpected(complete.error());
    }
  }
  return records;
}

bool HasPayload(OperationKind kind) {
  return kind == OperationKind::kWriteReplace || kind == OperationKind::kWriteUpdate ||
         kind == OperationKind::kCreate || kind == OperationKind::kWriteComposite;
}

// The member that lwm2m::Validate complains of.
std::string_view MemberAtFault(const lwm2m::Operation& operation, lwm2m::ErrorKind error) {
  if (!operation.paths.empty()) return "paths";
  if (error == lwm2m::ErrorKind::kNotAllowed) return "path";
  if (operation.kind == OperationKind::kExecute) return "args";
  if (operation.kind == OperationKind::kWriteAttributes) return "attributes";
  const bool named = !operation.attributes.empty();
  return operation.kind == OperationKind::kObserve && named ? "attributes" : "path";
}

onem2m::Result<lwm2m::Path> ParsePath(std::string_view member, const std::string& text) {
  const auto path = lwm2m::Path::Parse(text);
  if (path) return *path;
  return Refuse(member,
                fmt::format("expected an LwM2M path like \"/3/0/9\", found {}", Quoted(text)));
}

// The paths that the operation is about. A list is put in order, so that the same paths are the
// same observation however they were listed.
onem2m::Result<void> ReadPathsInto(const OpRule& rule, const CommandText& text,
                                   lwm2m::Operation& operation) {
  if (text.paths) {
    for (const std::string& written : *text.paths) {
      const auto path = ParsePath("paths", written);
      if (!path) return tl::unexpected(path.error());
      operation.paths.push_back(*path);
    }
    if (operation.paths.empty()) return Refuse("paths", "is empty");
    std::sort(operation.paths.begin(), operation.paths.end());
    if (operation.kind == OperationKind::kCancelObserve) {
      operation.kind = OperationKind::kCancelObserveComposite;
    }
    return {};
  }
  if (rule.name == kUpdateRegistration) operation.path = RegistrationUpdateTrigger({});
  if ((rule.members & kPath) == 0) {
    if ((rule.members & kPaths) != 0) return Refuse("paths", "missing");
    return {};
  }
  if (text.path.empty()) return Refuse("path", "missing");
  const auto path = ParsePath("path", text.path);
  if (!path) return tl::unexpected(path.error());
  operation.path = *path;
  return {};
}

// gt, lt and st need a number, edge needs a Boolean (LwM2M Core 1.1.1 Table 5.1.2-1; ATT-1).
onem2m::Result<void> CheckAttributes(const lwm2m::Operation& operation,
                                     const lwm2m::ObjectModel& model) {
  if (operation.path.depth() < 3) return {};
  const lwm2m::ResourceDefinition* definition = model.FindResource(operation.path);
  if (definition == nullptr) return {};
  const lwm2m::Type type = definition->type;
  const bool numeric = type == lwm2m::Type::kInteger || type == lwm2m::Type::kUnsignedInteger ||
                       type == lwm2m::Type::kFloat || type == lwm2m::Type::kTime;
  const std::string name = NameOf(operation.path, *definition);
  if (!numeric && lwm2m::NamesNumericCondition(operation.attributes)) {
    return Refuse("attributes", fmt::format("gt, lt and st need a number, {} is none", name));
  }
  if (type != lwm2m::Type::kBoolean && lwm2m::NamesEdge(operation.attributes)) {
    return Refuse("attributes", fmt::format("edge needs a Boolean, {} is none", name));
  }
  return {};
}

// LwM2M Core 1.1.1 §6.3.6, DM-19: the one instance of a single-instance object has number 0.
onem2m::Result<void> CheckInstanceNumber(const lwm2m::Operation& operation,
                                         const lwm2m::ObjectModel& model) {
  if (operation.kind != OperationKind::kCreate || !operation.path.is_instance()) return {};
  const lwm2m::ObjectDefinition* object = model.Find(operation.path.object());
  if (object == nullptr || object->multiple || operation.path.instance() == 0) return {};
  return Refuse("path",
                fmt::format("/{} ({}) has a single instance, number 0", object->id, object->name));
}

onem2m::Result<void> ReadMembersInto(const CommandText& text, lwm2m::Operation& operation) {
  if (text.arguments) operation.arguments = *text.arguments;
  operation.depth = text.depth;
  if (text.accept) {
    operation.accept = static_cast<ContentFormat>(*text.accept);
    if (lwm2m::MediaType(*operation.accept).empty()) {
      return Refuse("accept",
                    onem2m::Error{ResponseStatusCode::kUnsupportedMediaType,
                                  fmt::format("{} is no Content-Format of LwM2M", *text.accept)});
    }
  }
  if (text.attributes) {
    auto attributes = lwm2m::ParseAttributes(*text.attributes);
    if (!attributes) return Refuse("attributes", attributes.error());
    operation.attributes = *std::move(attributes);
  }
  return {};
}

onem2m::Result<void> ReadPayloadInto(const CommandText& text, const lwm2m::ObjectModel& model,
                                     lwm2m::Operation& operation) {
  if (text.content) {
    auto payload = PayloadOfContent(text);
    if (!payload) return tl::unexpected(payload.error());
    operation.payload = *std::move(payload);
    return {};
  }
  auto records = BuildRecords(operation, text, model);
  if (!records) return tl::unexpected(records.error());
  operation.records = *std::move(records);
  if (auto valid = lwm2m::Validate(operation); !valid) return Refuse("values", valid.error());
  return {};
}

onem2m::Result<lwm2m::Operation> BuildOperation(const CommandText& text,
                                                const lwm2m::ObjectModel& model) {
  const auto rule = FindOp(text.op);
  if (!rule) return tl::unexpected(rule.error());
  if (auto members = CheckMembers(**rule, text); !members) return tl::unexpected(members.error());

  lwm2m::Operation operation;
  operation.kind = (*rule)->kind;
  if (auto read = ReadPathsInto(**rule, text, operation); !read) {
    return tl::unexpected(read.error());
  }
  if (auto read = ReadMembersInto(text, operation); !read) return tl::unexpected(read.error());
  // Before the payload, so that the path is blamed for what is wrong with the path.
  lwm2m::Operation without_payload = operation;
  if (HasPayload(operation.kind)) without_payload.payload.format = ContentFormat::kTlv;
  if (auto valid = lwm2m::Validate(without_payload); !valid) {
    return Refuse(MemberAtFault(operation, valid.error().kind), valid.error());
  }
  for (const lwm2m::Path& path : operation.paths) {
    if (auto allowed = CheckOperations("paths", operation.kind, path, model); !allowed) {
      return tl::unexpected(allowed.error());
    }
  }
  for (const auto& checked :
       {CheckOperations("path", operation.kind, operation.path, model),
        CheckAttributes(operation, model), CheckInstanceNumber(operation, model)}) {
    if (!checked) return tl::unexpected(checked.error());
  }
  if (HasPayload(operation.kind)) {
    if (auto read = ReadPayloadInto(text, model, operation); !read) {
      return tl::unexpected(read.error());
    }
  }
  return operation;
}

}  // namespace

lwm2m::Path RegistrationUpdateTrigger(const lwm2m::ObjectList& objects) {
  constexpr lwm2m::Id kTrigger = 8;
  constexpr lwm2m::Path kFirstServer{1, 0};
  return ServerInstance(objects).value_or(kFirstServer).Child(kTrigger);
}

std::optional<lwm2m::Operation> TakeAttributes(lwm2m::Operation& operation,
                                               std::string_view version) {
  const bool takes = operation.kind == OperationKind::kObserve && !operation.attributes.empty() &&
                     !lwm2m::IsAtLeast(version, "1.2");
  if (!takes) return std::nullopt;
  lwm2m::Operation write;
  write.kind = OperationKind::kWriteAttributes;
  write.path = operation.path;
  write.attributes = std::exchange(operation.attributes, {});
  return write;
}

onem2m::Result<void> CheckClient(const lwm2m::Operation& operation,
                                 const lwm2m::Registration& registration) {
  for (const auto& checked : {lwm2m::CheckVersion(operation, registration.version),
                              lwm2m::CheckDeclared(operation, registration.objects)}) {
    if (!checked) {
      return tl::unexpected(onem2m::Error{StatusOf(checked.error().kind), checked.error().detail});
    }
  }
  return {};
}

tl::expected<Command, RefusedCommand> ParseCommand(std::string_view content,
                                                   std::string_view resource_name,
                                                   const lwm2m::ObjectModel& model) {
  CommandText text;
  onem2m::Result<lwm2m::Operation> operation;
  std::optional<FirmwareCommand> firmware;
  const auto read = ReadCommandText(content, text);
  if (read && IsFirmwareOp(text.op)) {
    if (auto order = ReadFirmwareCommand(text); order) {
      firmware = *std::move(order);
    } else {
      operation = tl::unexpected(order.error());
    }
  } else if (read) {
    operation = BuildOperation(text, model);
  } else {
    operation = tl::unexpected(read.error());
  }
  std::string request(resource_name);
  std::string id = text.id.empty() ? request : text.id;
  if (!operation) {
    return tl::unexpected(RefusedCommand{std::move(id), std::move(request), text.endpoint, text.op,
                                         text.path, operation.error()});
  }
  Command command;
  command.id = std::move(id);
  command.request = std::move(request);
  command.endpoint = text.endpoint;
  command.op = text.op;
  command.operation = *std::move(operation);
  if (firmware) command.operation.path = lwm2m::Path(5, 0);
  command.firmware = std::move(firmware);
  if (text.ttl) command.ttl = std::chrono::seconds(*text.ttl);
  command.high_priority = text.high_priority;
  return command;
}

}  // namespace mapping
