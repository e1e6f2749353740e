// The way to a CSE, whatever carries it.
#ifndef ONEM2M_CSE_CLIENT_H_
#define ONEM2M_CSE_CLIENT_H_

#include <chrono>
#include <string>
#include <tl/expected.hpp>

#include "onem2m/primitive.h"

namespace onem2m {

// Why there is no response primitive.
struct NoAnswer {
  enum class Kind {
    kUnreachable,  // connection refused, no route, name not resolved, TLS refused
    kTimedOut,
    kClosed,     // connection closed before a whole answer
    kMalformed,  // an answer that is no HTTP or no oneM2M response
  };
  Kind kind;
  // False only when it is certain that the CSE has not seen the request: a repeated Create after
  // `true` may meet its own first attempt (4105).
  bool may_have_been_executed;
  std::string detail;  // for the log; never holds a credential
};

// Thread-safe: one instance serves all workers. Blocks the caller at most `timeout`.
class CseClient {
 public:
  virtual ~CseClient() = default;
  virtual tl::expected<ResponsePrimitive, NoAnswer> Send(const RequestPrimitive& request,
                                                         std::chrono::milliseconds timeout) = 0;
};

}  // namespace onem2m

#endif  // ONEM2M_CSE_CLIENT_H_
