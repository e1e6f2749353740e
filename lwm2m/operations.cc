#include "lwm2m/operations.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"
#include "lwm2m/version.h"

namespace lwm2m {

namespace {

// DM-17, Core 1.1.1 §6.3.5:
//   arglist = arg *( "," arg )    arg = DIGIT / DIGIT "=" "'" *CHAR "'"
//   CHAR    = "!" / %x23-26 / %x28-5B / %x5D-7E
// each digit at most once.
Result<void> ValidateArguments(std::string_view text) {
  unsigned seen = 0;
  bool more = !text.empty();
  while (more) {
    if (text.empty() || text.front() < '0' || text.front() > '9') {
      return InvalidValue("Execute argument does not start with a digit");
    }
    const unsigned bit = 1u << (text.front() - '0');
    if ((seen & bit) != 0) return InvalidValue("Execute argument is given twice");
    seen |= bit;
    text.remove_prefix(1);
    if (text.starts_with('=')) {
      const std::size_t close =
          text.starts_with("='") ? text.find('\'', 2) : std::string_view::npos;
      if (close == std::string_view::npos) {
        return InvalidValue("Execute argument value is not in single quotes");
      }
      const std::string_view value = text.substr(2, close - 2);
      const bool printable = std::all_of(value.begin(), value.end(), [](char c) {
        return c >= '!' && c <= '~' && c != '"' && c != '\\';
      });
      if (!printable) return InvalidValue("Execute argument value has a character out of range");
      text.remove_prefix(close + 1);
    }
    more = !text.empty();
    if (more && text.front() != ',') return InvalidValue("Execute arguments need a comma between");
    if (more) text.remove_prefix(1);
  }
  return {};
}

struct DepthRange {
  std::size_t lowest;
  std::size_t highest;
  bool Contains(std::size_t depth) const { return depth >= lowest && depth <= highest; }
};

// Where each operation may go.  (Core 1.1.1 §6.3, §6.4; Delete of a resource instance: 1.2)
DepthRange AllowedDepths(OperationKind kind) {
  switch (kind) {
    case OperationKind::kRead:
    case OperationKind::kWriteAttributes:
    case OperationKind::kObserve:
    case OperationKind::kCancelObserve:
      return {1, 4};
    case OperationKind::kDiscover:
      return {1, 3};
    case OperationKind::kWriteReplace:
    case OperationKind::kDelete:
      return {2, 4};
    case OperationKind::kWriteUpdate:
      return {2, 3};
    case OperationKind::kExecute:
      return {3, 3};
    case OperationKind::kCreate:
      return {1, 2};
    case OperationKind::kReadComposite:
    case OperationKind::kWriteComposite:
    case OperationKind::kObserveComposite:
    case OperationKind::kCancelObserveComposite:
      return {0, 0};
  }
  return {1, 0};
}

tl::unexpected<Error> NotAllowed(std::string detail) {
  return tl::unexpected(Error{ErrorKind::kNotAllowed, std::move(detail)});
}

// DM-22, REG-9: Security, OSCORE and COSE belong to the Bootstrap-Server.
bool IsReserved(Id object) { return object == 0 || object == 21 || object == 23; }

// VER-5: 65535 is reserved and names nothing.
Result<void> ValidateIdentifiers(const Path& path) {
  for (std::size_t level = 0; level < path.depth(); ++level) {
    if (path[level] == kMaxId) return InvalidValue("identifier 65535 is reserved");
  }
  return {};
}

Result<void> ValidatePath(OperationKind kind, const Path& path) {
  const auto refuse = [&] {
    return NotAllowed(fmt::format("{} is not defined for {}", ToString(kind), path.ToString()));
  };
  if (!AllowedDepths(kind).Contains(path.depth())) return refuse();
  if (auto identifiers = ValidateIdentifiers(path); !identifiers) return identifiers;
  if (path.is_root()) return {};
  if (IsReserved(path.object())) return refuse();
  if (kind == OperationKind::kDelete) {
    // DM-21: the Device instance stays. DM-8: a resource cannot be deleted, only its instances.
    if (path == Path(3, 0) || path.is_resource()) return refuse();
  }
  return {};
}

// One that lies within another would come twice.
Result<void> ValidateApart(std::vector<Path> paths) {
  std::sort(paths.begin(), paths.end());  // what lies within a path follows it
  for (std::size_t i = 1; i < paths.size(); ++i) {
    if (paths[i - 1] == paths[i]) {
      return InvalidValue(fmt::format("{} is given twice", paths[i].ToString()));
    }
    if (paths[i - 1].Contains(paths[i])) {
      return InvalidValue(
          fmt::format("{} is within {}", paths[i].ToString(), paths[i - 1].ToString()));
    }
  }
  return {};
}

Result<void> ValidatePaths(const Operation& operation) {
  if (operation.paths.empty()) {
    return InvalidValue(fmt::format("{} names no path", ToString(operation.kind)));
  }
  if (operation.paths.size() > kMaxPaths) {
    return InvalidValue(
        fmt::format("{} names more than {} paths", ToString(operation.kind), kMaxPaths));
  }
  for (const Path& path : operation.paths) {
    if (auto identifiers = ValidateIdentifiers(path); !identifiers) return identifiers;
    if (path.is_root() || IsReserved(path.object())) {
      return NotAllowed(
          fmt::format("{} is not defined for {}", ToString(operation.kind), path.ToString()));
    }
  }
  return ValidateApart(operation.paths);
}

// Core 1.1.1 §6.3.3: what is written lies below the path that is named.
Result<void> ValidateRecords(const Operation& operation) {
  std::vector<Path> paths;
  for (const Record& record : operation.records) {
    const Path& path = record.path;
    if (path.depth() < 3) return InvalidValue(fmt::format("{} is not a resource", path.ToString()));
    if (auto identifiers = ValidateIdentifiers(path); !identifiers) return identifiers;
    if (!operation.path.Contains(path)) {
      return InvalidValue(
          fmt::format("{} is outside {}", path.ToString(), operation.path.ToString()));
    }
    if (operation.kind == OperationKind::kCreate &&
        path.instance() != operation.records.front().path.instance()) {
      return InvalidValue(fmt::format("{} is of another instance", path.ToString()));
    }
    if (IsReserved(path.object())) {
      return NotAllowed(
          fmt::format("{} is not defined for {}", ToString(operation.kind), path.ToString()));
    }
    paths.push_back(path);
  }
  return ValidateApart(std::move(paths));
}

Result<void> ValidateBody(const Operation& operation) {
  // DM-14: Content-Format is always set.
  if (operation.payload.format) return {};
  if (!operation.payload.body().empty()) {
    return InvalidValue(fmt::format("{} has no Content-Format", ToString(operation.kind)));
  }
  if (operation.records.empty() && operation.kind != OperationKind::kCreate) {
    return InvalidValue(fmt::format("{} has no values", ToString(operation.kind)));
  }
  return ValidateRecords(operation);
}

Result<void> ValidateContent(const Operation& operation) {
  switch (operation.kind) {
    case OperationKind::kExecute:
      return ValidateArguments(operation.arguments);
    case OperationKind::kWriteAttributes:
      // Without a query the same PUT would be a Write with an empty payload.
      if (operation.attributes.empty()) return InvalidValue("Write-Attributes names no attribute");
      return Validate(operation.attributes, operation.path);
    case OperationKind::kObserve:
      return Validate(operation.attributes, operation.path);
    case OperationKind::kWriteReplace:
    case OperationKind::kWriteUpdate:
    case OperationKind::kCreate:
    case OperationKind::kWriteComposite:
      return ValidateBody(operation);
    case OperationKind::kReadComposite:
    case OperationKind::kObserveComposite:
    case OperationKind::kCancelObserveComposite:
      return ValidatePaths(operation);
    case OperationKind::kDiscover:
      if (operation.depth.value_or(0) > 3) return InvalidValue("depth is above 3");
      return {};
    case OperationKind::kRead:
    case OperationKind::kDelete:
    case OperationKind::kCancelObserve:
      return {};
  }
  return {};
}

struct Need {
  std::string_view version;
  std::string what;
};

// The LwM2M version that has the operation in this form.
Need NeedOf(const Operation& operation) {
  const std::string name(ToString(operation.kind));
  const bool to_resource_instance = operation.path.is_resource_instance();
  switch (operation.kind) {
    case OperationKind::kReadComposite:
    case OperationKind::kWriteComposite:
    case OperationKind::kObserveComposite:
    case OperationKind::kCancelObserveComposite:
      return {"1.1", name};
    case OperationKind::kDiscover:
      if (operation.depth) return {"1.2", "discover with a depth"};
      break;
    case OperationKind::kDelete:
      if (to_resource_instance) return {"1.2", "delete of a resource instance"};
      break;
    case OperationKind::kObserve:
      if (!operation.attributes.empty()) return {"1.2", "observe with attributes"};
      break;
    case OperationKind::kWriteUpdate:
      if (operation.path.is_resource()) return {"1.1", "update of a resource"};
      break;
    case OperationKind::kRead:
    case OperationKind::kWriteReplace:
    case OperationKind::kWriteAttributes:
    case OperationKind::kExecute:
    case OperationKind::kCreate:
    case OperationKind::kCancelObserve:
      break;
  }
  if (to_resource_instance) return {"1.1", name + " of a resource instance"};
  return {"1.0", name};
}

}  // namespace

std::string_view ToString(OperationKind kind) {
  switch (kind) {
    case OperationKind::kRead:
      return "read";
    case OperationKind::kDiscover:
      return "discover";
    case OperationKind::kWriteReplace:
      return "write";
    case OperationKind::kWriteUpdate:
      return "update";
    case OperationKind::kWriteAttributes:
      return "write-attributes";
    case OperationKind::kExecute:
      return "execute";
    case OperationKind::kCreate:
      return "create";
    case OperationKind::kDelete:
      return "delete";
    case OperationKind::kObserve:
      return "observe";
    case OperationKind::kCancelObserve:
      return "cancel-observe";
    case OperationKind::kReadComposite:
      return "read-composite";
    case OperationKind::kWriteComposite:
      return "write-composite";
    case OperationKind::kObserveComposite:
      return "observe-composite";
    case OperationKind::kCancelObserveComposite:
      return "cancel-observe-composite";
  }
  return "unknown";
}

Result<void> CheckVersion(const Operation& operation, std::string_view version) {
  const Need need = NeedOf(operation);
  if (!IsAtLeast(version, need.version)) {
    return tl::unexpected(Error{ErrorKind::kUnsupported,
                                fmt::format("{} is of LwM2M {}, and the client registered with {}",
                                            need.what, need.version, version)});
  }
  return CheckVersion(operation.attributes, version);
}

Result<void> CheckDeclared(const Operation& operation, const ObjectList& objects) {
  const bool checked =
      operation.kind == OperationKind::kCreate || operation.kind == OperationKind::kDelete;
  if (!checked || objects.HasObject(operation.path.object())) return {};
  return tl::unexpected(
      Error{ErrorKind::kNotFound,
            fmt::format("the client declares no {}", operation.path.Prefix(1).ToString())});
}

Result<void> Validate(const Operation& operation) {
  if (auto path = ValidatePath(operation.kind, operation.path); !path) return path;
  return ValidateContent(operation);
}

bool MayBeRepeated(OperationKind kind) {
  return kind != OperationKind::kExecute && kind != OperationKind::kCreate &&
         kind != OperationKind::kDelete && kind != OperationKind::kWriteUpdate;
}

std::string_view ToString(Failure failure) {
  switch (failure) {
    case Failure::kTimedOut:
      return "timed out";
    case Failure::kReset:
      return "reset";
    case Failure::kUnreachable:
      return "unreachable";
    case Failure::kExpired:
      return "expired";
    case Failure::kCancelled:
      return "cancelled";
    case Failure::kQueueFull:
      return "queue full";
    case Failure::kNotRegistered:
      return "not registered";
    case Failure::kOutcomeUnknown:
      return "outcome unknown";
  }
  return "unknown";
}

}  // namespace lwm2m
