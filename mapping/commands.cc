#include "mapping/commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "lwm2m/codec/codec.h"
#include "mapping/command_text.h"
#include "mapping/command_value.h"
#include "mapping/status_codes.h"

namespace mapping {

namespace {

using lwm2m::ContentFormat;
using lwm2m::OperationKind;
using onem2m::ResponseStatusCode;

// Members beside id, ep, op, path, ttl and priority.
enum MemberSet : unsigned {
  kNoMember = 0,
  kValue = 1,
  kValues = 2,
  kContent = 4,
  kArguments = 8,
  kAttributes = 16,
};

struct OpRule {
  std::string_view name;
  OperationKind kind;
  unsigned members;
};
constexpr std::array<OpRule, 10> kOps{{
    {"read", OperationKind::kRead, kNoMember},
    {"write", OperationKind::kWriteReplace, kValue | kValues | kContent},
    {"update", OperationKind::kWriteUpdate, kValues | kContent},
    {"execute", OperationKind::kExecute, kArguments},
    {"create", OperationKind::kCreate, kValues | kContent},
    {"delete", OperationKind::kDelete, kNoMember},
    {"discover", OperationKind::kDiscover, kNoMember},
    {"write-attributes", OperationKind::kWriteAttributes, kAttributes},
    {"observe", OperationKind::kObserve, kNoMember},
    {"cancel-observe", OperationKind::kCancelObserve, kNoMember},
}};
constexpr std::array<std::string_view, 3> kCompositeOps{"read-composite", "write-composite",
                                                        "observe-composite"};

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
  if (std::find(kCompositeOps.begin(), kCompositeOps.end(), op) != kCompositeOps.end()) {
    return Refuse("op",
                  onem2m::Error{ResponseStatusCode::kNotImplemented,
                                fmt::format("{} is of LwM2M 1.1 and not implemented here; use one "
                                            "command for each path",
                                            op)});
  }
  const auto rule =
      std::find_if(kOps.begin(), kOps.end(), [&](const OpRule& known) { return known.name == op; });
  if (rule != kOps.end()) return rule;
  std::string names;
  for (const OpRule& known : kOps) {
    names += fmt::format("{}{}", names.empty() ? "" : ", ", known.name);
  }
  return Refuse("op", fmt::format("expected one of {}, found {}", names, Quoted(op)));
}

onem2m::Result<void> CheckMembers(const OpRule& rule, const CommandText& text) {
  const std::array<std::pair<std::string_view, unsigned>, 6> given{{
      {"value", text.value ? kValue : kNoMember},
      {"values", text.values ? kValues : kNoMember},
      {"content", text.content ? kContent : kNoMember},
      {"format", text.format ? kContent : kNoMember},
      {"args", text.arguments ? kArguments : kNoMember},
      {"attributes", text.attributes ? kAttributes : kNoMember},
  }};
  for (const auto& [member, bit] : given) {
    if (bit != kNoMember && (rule.members & bit) == 0) {
      return Refuse(member, fmt::format("not used by {}", rule.name));
    }
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
onem2m::Result<void> CheckOperations(OperationKind kind, const lwm2m::Path& path,
                                     const lwm2m::ObjectModel& model) {
  if (path.depth() < 3) return {};
  const lwm2m::ResourceDefinition* definition = model.FindResource(path);
  if (definition == nullptr) return {};
  const bool reads = kind == OperationKind::kRead || kind == OperationKind::kObserve;
  const bool writes = kind == OperationKind::kWriteReplace || kind == OperationKind::kWriteUpdate;
  const std::string name = NameOf(path, *definition);
  if (reads && !definition->readable) return NotAllowed("path", name + " cannot be read");
  if (writes && !definition->writable) return NotAllowed("path", name + " is not writable");
  if (kind == OperationKind::kExecute && !definition->executable) {
    return NotAllowed("path", name + " is not executable");
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

onem2m::Result<lwm2m::Payload> PayloadOfValue(const lwm2m::Path& path, const JsonScalar& scalar,
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
  const ContentFormat format =
      std::holds_alternative<lwm2m::Opaque>(*value) ? ContentFormat::kOpaque : ContentFormat::kText;
  auto octets = lwm2m::Encode(format, {{path, *std::move(value), std::nullopt}}, path, model);
  if (!octets) return Refuse("value", octets.error());
  return lwm2m::Payload{format, *std::move(octets)};
}

// A key of "values": a whole path, or one that goes on where `base` ends.
onem2m::Result<lwm2m::Path> PathOfKey(const lwm2m::Path& base, const std::string& key) {
  const auto path =
      lwm2m::Path::Parse(key.starts_with('/') ? key : fmt::format("{}/{}", base.ToString(), key));
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

onem2m::Result<lwm2m::Payload> PayloadOfValues(const lwm2m::Path& base, OperationKind kind,
                                               const CommandText& text,
                                               const lwm2m::ObjectModel& model) {
  const auto records = RecordsOf(base, kind, text, model);
  if (!records) return tl::unexpected(records.error());
  if (records->empty() && kind != OperationKind::kCreate) return Refuse("values", "is empty");
  auto octets = lwm2m::Encode(ContentFormat::kTlv, *records, base, model);
  if (!octets) return Refuse("values", octets.error());
  return lwm2m::Payload{ContentFormat::kTlv, *std::move(octets)};
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

// An object instance without resources, as TLV: no list of records can say it.
//  7 6   5   4 3 2 1 0
// | 00 | w |   0 0 0   | identifier of 1 or 2 octets |
std::string EmptyInstance(lwm2m::Id instance) {
  constexpr char kWideIdentifier = 0x20;
  const char low = static_cast<char>(instance & 0xff);
  if (instance <= 0xff) return {'\0', low};
  return {kWideIdentifier, static_cast<char>(instance >> 8), low};
}

// LwM2M Core 1.1.1 §6.3.6: with the number of the instance in the payload (TLV: wrapped in it), or
// without one, and the client chooses.
onem2m::Result<lwm2m::Payload> PayloadOfCreate(const lwm2m::Path& path, const CommandText& text,
                                               const lwm2m::ObjectModel& model) {
  if (path.is_instance()) {
    if (path.instance() == lwm2m::kMaxId) return Refuse("path", "identifier 65535 is reserved");
    if (!text.values || text.values->empty()) {
      return lwm2m::Payload{ContentFormat::kTlv, EmptyInstance(path.instance())};
    }
    const auto records = RecordsOf(path, OperationKind::kCreate, text, model);
    if (!records) return tl::unexpected(records.error());
    const auto outside =
        std::find_if(records->begin(), records->end(),
                     [&](const lwm2m::Record& record) { return !path.Contains(record.path); });
    if (outside != records->end()) {
      return Refuse("values",
                    fmt::format("{} is outside {}", outside->path.ToString(), path.ToString()));
    }
    auto octets = lwm2m::Encode(ContentFormat::kTlv, *records, lwm2m::Path(path.object()), model);
    if (!octets) return Refuse("values", octets.error());
    return lwm2m::Payload{ContentFormat::kTlv, *std::move(octets)};
  }
  if (!text.values || text.values->empty()) return lwm2m::Payload{ContentFormat::kTlv, ""};
  // The number that whole paths name stands for the one that the client will choose.
  const std::string& first = text.values->front().first;
  lwm2m::Path placeholder = path.Child(0);
  if (first.starts_with('/')) {
    const auto named = PathOfKey(placeholder, first);
    if (!named) return tl::unexpected(named.error());
    placeholder = named->Prefix(2);
    if (!path.Contains(placeholder)) {
      return Refuse("values", fmt::format("{} is outside {}", named->ToString(), path.ToString()));
    }
  }
  return PayloadOfValues(placeholder, OperationKind::kCreate, text, model);
}

onem2m::Result<lwm2m::Payload> BuildPayload(OperationKind kind, const lwm2m::Path& path,
                                            const CommandText& text,
                                            const lwm2m::ObjectModel& model) {
  if (text.content) return PayloadOfContent(text);
  if (kind == OperationKind::kCreate) return PayloadOfCreate(path, text, model);
  if (text.value) return PayloadOfValue(path, *text.value, model);
  if (text.values) return PayloadOfValues(path, kind, text, model);
  return Refuse(kind == OperationKind::kWriteUpdate ? "values" : "value", "missing");
}

bool HasPayload(OperationKind kind) {
  return kind == OperationKind::kWriteReplace || kind == OperationKind::kWriteUpdate ||
         kind == OperationKind::kCreate;
}

// The member that lwm2m::Validate complains of.
std::string_view MemberAtFault(OperationKind kind, lwm2m::ErrorKind error) {
  if (error == lwm2m::ErrorKind::kNotAllowed) return "path";
  if (kind == OperationKind::kExecute) return "args";
  if (kind == OperationKind::kWriteAttributes) return "attributes";
  return "path";
}

onem2m::Result<lwm2m::Path> ParsePath(const std::string& text) {
  if (text.empty()) return Refuse("path", "missing");
  const auto path = lwm2m::Path::Parse(text);
  if (path) return *path;
  return Refuse("path",
                fmt::format("expected an LwM2M path like \"/3/0/9\", found {}", Quoted(text)));
}

onem2m::Result<lwm2m::Operation> BuildOperation(const CommandText& text,
                                                const lwm2m::ObjectModel& model) {
  const auto rule = FindOp(text.op);
  if (!rule) return tl::unexpected(rule.error());
  const OperationKind kind = (*rule)->kind;
  if (auto members = CheckMembers(**rule, text); !members) return tl::unexpected(members.error());
  const auto path = ParsePath(text.path);
  if (!path) return tl::unexpected(path.error());

  lwm2m::Operation operation;
  operation.kind = kind;
  operation.path = *path;
  if (kind == OperationKind::kCreate && path->is_instance()) operation.path = path->Prefix(1);
  if (text.arguments) operation.arguments = *text.arguments;
  if (text.attributes) {
    auto attributes = lwm2m::ParseAttributes(*text.attributes);
    if (!attributes) return Refuse("attributes", attributes.error());
    operation.attributes = *std::move(attributes);
  }
  // Before the payload, so that the path is blamed for what is wrong with the path.
  if (HasPayload(kind)) operation.payload.format = ContentFormat::kTlv;
  if (auto valid = lwm2m::Validate(operation); !valid) {
    return Refuse(MemberAtFault(kind, valid.error().kind), valid.error());
  }
  if (auto allowed = CheckOperations(kind, *path, model); !allowed) {
    return tl::unexpected(allowed.error());
  }
  if (HasPayload(kind)) {
    auto payload = BuildPayload(kind, *path, text, model);
    if (!payload) return tl::unexpected(payload.error());
    operation.payload = *std::move(payload);
  }
  return operation;
}

}  // namespace

tl::expected<Command, RefusedCommand> ParseCommand(std::string_view content,
                                                   std::string_view resource_name,
                                                   const lwm2m::ObjectModel& model) {
  CommandText text;
  const auto read = ReadCommandText(content, text);
  onem2m::Result<lwm2m::Operation> operation;
  const bool composite =
      std::find(kCompositeOps.begin(), kCompositeOps.end(), text.op) != kCompositeOps.end();
  // A composite command has members that others have not; what it is says more than these.
  if (read || composite) {
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
  command.path = text.path;
  command.operation = *std::move(operation);
  if (text.ttl) command.ttl = std::chrono::seconds(*text.ttl);
  command.high_priority = text.high_priority;
  return command;
}

}  // namespace mapping
