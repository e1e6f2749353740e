// Commands by putting a contentInstance into the container that it concerns.  (TS-0014 §6.4; R51,
// R52)
#include <fmt/format.h>

#include "mapping/command_value.h"
#include "mapping/commands.h"
#include "mapping/status_codes.h"
#include "mapping/transparent.h"

namespace mapping {

namespace {

tl::unexpected<onem2m::Error> Refuse(const lwm2m::Error& error) {
  return tl::unexpected(onem2m::Error{StatusOf(error.kind), error.detail});
}

tl::unexpected<onem2m::Error> NotAllowed(std::string detail) {
  return tl::unexpected(
      onem2m::Error{onem2m::ResponseStatusCode::kOperationNotAllowed, std::move(detail)});
}

// A Write of one value needs a place for one value.
bool TakesOneValue(const lwm2m::Path& path, const lwm2m::ResourceDefinition& definition) {
  return definition.writable && definition.multiple == path.is_resource_instance();
}

onem2m::Result<lwm2m::Record> ValueRecord(const lwm2m::Path& path,
                                          const lwm2m::ResourceDefinition& definition,
                                          const std::string& content) {
  auto value = lwm2m::FromText(definition.type, content);
  if (!value) return Refuse(value.error());
  if (auto range = CheckRange(definition, *value); !range) return tl::unexpected(range.error());
  return lwm2m::Record{path, *std::move(value), std::nullopt};
}

}  // namespace

onem2m::Result<lwm2m::Operation> DirectOperation(const lwm2m::Path& path,
                                                 const onem2m::ContentInstance& instance,
                                                 const lwm2m::ObjectModel& model) {
  if (!AcceptsDirectCommand(path, model)) {
    return NotAllowed(fmt::format("{} is neither writable nor executable", path.ToString()));
  }
  lwm2m::Operation operation;
  operation.path = path;
  operation.kind = lwm2m::OperationKind::kWriteReplace;
  if (path.is_instance()) {
    auto payload = TransparentPayload(instance);
    if (!payload) return Refuse(payload.error());
    operation.payload = *std::move(payload);
  } else {
    const lwm2m::ResourceDefinition& definition = *model.FindResource(path);
    if (path.is_resource() && definition.executable) {
      operation.kind = lwm2m::OperationKind::kExecute;
      operation.arguments = instance.content;
    } else {
      auto record = ValueRecord(path, definition, instance.content);
      if (!record) return tl::unexpected(record.error());
      operation.records = {*std::move(record)};
    }
  }
  if (auto valid = lwm2m::Validate(operation); !valid) return Refuse(valid.error());
  return operation;
}

bool AcceptsDirectCommand(const lwm2m::Path& path, const lwm2m::ObjectModel& model) {
  constexpr lwm2m::Id kSecurity = 0;
  constexpr lwm2m::Id kOscore = 21;
  if (path.depth() < 2 || path.object() == kSecurity || path.object() == kOscore) return false;
  if (path.is_instance()) return true;
  const lwm2m::ResourceDefinition* definition = model.FindResource(path);
  if (definition == nullptr) return false;
  return TakesOneValue(path, *definition) || (path.is_resource() && definition->executable);
}

}  // namespace mapping
