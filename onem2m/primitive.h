// Request and response primitives.  (TS-0004 v3 §7.2.1; TS-0009 v3 §6)
#ifndef ONEM2M_PRIMITIVE_H_
#define ONEM2M_PRIMITIVE_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "onem2m/types.h"

namespace onem2m {

struct RequestPrimitive {
  Operation operation = Operation::kRetrieve;
  std::string to;                    // "cse-in/ae/3", "ri0042", "/id-in/cse-in", "//sp/id-in/…"
  std::string from;                  // originator; may be "" for Create of an AE only
  std::string request_identifier;    // "" : the client makes a unique one
  std::string release_version;       // "" : the negotiated one
  std::optional<ResourceType> type;  // Create only
  std::string content;               // JSON text of pc; "" : none
  // Request parameters of Table 1.2 by short name: {"rcn","0"}, {"fu","1"}, {"lbl","a"}
  // (repeatable).
  std::vector<std::pair<std::string, std::string>> parameters;
};

struct ResponsePrimitive {
  ResponseStatusCode status = ResponseStatusCode::kOk;
  std::string request_identifier;
  std::string release_version;   // "" when absent
  std::string content;           // JSON text of pc, "" : none
  std::string originating_time;  // X-M2M-OT, or else the HTTP Date as a timestamp; "" when absent
};

}  // namespace onem2m

#endif  // ONEM2M_PRIMITIVE_H_
