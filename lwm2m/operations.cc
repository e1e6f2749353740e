#include "lwm2m/operations.h"

#include <algorithm>

#include "fmt/format.h"

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
      return {1, 1};
    case OperationKind::kReadComposite:
    case OperationKind::kWriteComposite:
    case OperationKind::kObserveComposite:
      return {0, 0};
  }
  return {1, 0};
}

tl::unexpected<Error> NotAllowed(std::string detail) {
  return tl::unexpected(Error{ErrorKind::kNotAllowed, std::move(detail)});
}

Result<void> ValidatePath(OperationKind kind, const Path& path) {
  const auto refuse = [&] {
    return NotAllowed(fmt::format("{} is not defined for {}", ToString(kind), path.ToString()));
  };
  if (!AllowedDepths(kind).Contains(path.depth())) return refuse();
  for (std::size_t level = 0; level < path.depth(); ++level) {
    // VER-5: 65535 is reserved and names nothing.
    if (path[level] == kMaxId) return InvalidValue("identifier 65535 is reserved");
  }
  if (path.is_root()) return {};
  // DM-22: Security and OSCORE belong to the Bootstrap-Server.
  if (path.object() == 0 || path.object() == 21) return refuse();
  if (kind == OperationKind::kDelete) {
    // DM-21: the Device instance stays. DM-8: a resource cannot be deleted, only its instances.
    if (path == Path(3, 0) || path.is_resource()) return refuse();
  }
  return {};
}

Result<void> ValidateContent(const Operation& operation) {
  switch (operation.kind) {
    case OperationKind::kExecute:
      return ValidateArguments(operation.arguments);
    case OperationKind::kWriteAttributes:
      // Without a query the same PUT would be a Write with an empty payload.
      if (operation.attributes.empty()) return InvalidValue("Write-Attributes names no attribute");
      return Validate(operation.attributes, operation.path);
    case OperationKind::kWriteReplace:
    case OperationKind::kWriteUpdate:
    case OperationKind::kCreate:
    case OperationKind::kWriteComposite:
      // DM-14: Content-Format is always set.
      if (!operation.payload.format) {
        return InvalidValue(fmt::format("{} has no Content-Format", ToString(operation.kind)));
      }
      return {};
    case OperationKind::kRead:
    case OperationKind::kDiscover:
    case OperationKind::kDelete:
    case OperationKind::kObserve:
    case OperationKind::kCancelObserve:
    case OperationKind::kReadComposite:
    case OperationKind::kObserveComposite:
      return {};
  }
  return {};
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
  }
  return "unknown";
}

Result<void> Validate(const Operation& operation) {
  if (auto path = ValidatePath(operation.kind, operation.path); !path) return path;
  return ValidateContent(operation);
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
