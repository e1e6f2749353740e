// Downlink operations and their outcomes.  (LwM2M Core 1.1.1 §6.3, §6.4; Transport §6.4.4, §6.4.5)
#ifndef LWM2M_OPERATIONS_H_
#define LWM2M_OPERATIONS_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lwm2m/attributes.h"
#include "lwm2m/core_link.h"
#include "lwm2m/error.h"
#include "lwm2m/message.h"
#include "lwm2m/path.h"
#include "lwm2m/value.h"

namespace lwm2m {

enum class OperationKind {
  kRead,
  kDiscover,
  kWriteReplace,  // PUT
  kWriteUpdate,   // POST with payload: partial update
  kWriteAttributes,
  kExecute,
  kCreate,
  kDelete,
  kObserve,
  kCancelObserve,
  kReadComposite,
  kWriteComposite,
  kObserveComposite,
  kCancelObserveComposite,
};
std::string_view ToString(OperationKind kind);

struct Operation {
  OperationKind kind = OperationKind::kRead;
  // The root for composite operations. Create: the object, and the client chooses the number of the
  // instance (DM-19), or the instance to be.
  Path path;
  std::optional<ContentFormat> accept;  // Read, Observe; absent: the server chooses (DM-14)
  Payload payload;                      // Write, Create: goes as it is when it has a Content-Format
  std::string arguments;                // Execute: DM-17 text, may be ""
  NotificationAttributes attributes;    // Write-Attributes; Observe: in its query (1.2, ATT-8)
  std::vector<Path> paths = {};         // composite operations that read: what is asked for
  std::optional<unsigned> depth = {};   // Discover (1.2): levels below `path`, 0 … 3
  Progress progress = nullptr;          // Write: told while a large payload is sent
  // Write, Create, Write-Composite without `payload`: the values, in their types, which go in a
  // format that the client has. Create at an object: of one instance of any number, which stands
  // for the one that the client will choose.
  std::vector<Record> records = {};
};

// A longer list of paths is not sent.
inline constexpr std::size_t kMaxPaths = 256;

// kNotAllowed or kInvalidValue when the operation may not be sent to that path: Execute elsewhere
// than on a resource (DM-18), Write on an object or the root, Create elsewhere than on an object or
// instance, Delete of /3/0 (DM-21), anything on /0, /21 or /23 (DM-22, REG-9), malformed Execute
// arguments (DM-17), bad attributes, a composite operation without paths, with more than kMaxPaths
// or with paths that contain one another, records outside `path` or more than one for the same
// place.
Result<void> Validate(const Operation& operation);

// kUnsupported, naming both versions, when the operation is of a later LwM2M than `version`, which
// the client registered with: composite operations and resource instances (1.1), attributes of
// Observe, Discover with depth and Delete of a resource instance (1.2), attributes (ATT-8).
Result<void> CheckVersion(const Operation& operation, std::string_view version);

// kNotFound for a Create or Delete in an object that the client did not declare (DM-20, DM-21).
// Which instances there are the client knows better: one that was made or removed just now is
// declared only with its next Update.
Result<void> CheckDeclared(const Operation& operation, const ObjectList& objects);

// True when doing it twice is the same as doing it once: only then may one whose outcome is unknown
// be sent again.
bool MayBeRepeated(OperationKind kind);

// Why no response arrived.
enum class Failure {
  kTimedOut,        // sent, and no answer after all retransmissions (or within the answer time-out)
  kReset,           // answered with Reset
  kUnreachable,     // could not be sent: network, no security session; nothing has left
  kExpired,         // waited in the queue beyond its deadline
  kCancelled,       // the registration ended, or the same endpoint registered anew
  kQueueFull,       // per-endpoint queue bound reached
  kNotRegistered,   // endpoint unknown
  kOutcomeUnknown,  // interrupted, by our own restart or the end of its session, when it may have
                    // been sent
};
std::string_view ToString(Failure failure);

// The end of one operation: an answer of the device, whatever its code, or the reason for none.
struct Outcome {
  std::variant<CoapResponse, Failure> result;
  const CoapResponse* response() const { return std::get_if<CoapResponse>(&result); }
  const Failure* failure() const { return std::get_if<Failure>(&result); }
};

}  // namespace lwm2m

#endif  // LWM2M_OPERATIONS_H_
