#include "ipe/cse_tally.h"

#include "mapping/status_codes.h"

namespace ipe {

using onem2m::NoAnswer;
using onem2m::ResponseStatusCode;

namespace {

// The newest answer counts a quarter: four slow ones in a row show, one does not.
constexpr int kSmoothing = 4;

// 5xxx that say nothing about the request. 5001 and 5106 are decisions.
bool IsServerError(ResponseStatusCode status) {
  return mapping::VerdictOf(status) == mapping::Verdict::kRetry &&
         status != ResponseStatusCode::kNotImplemented &&
         status != ResponseStatusCode::kAlreadyExists;
}

CseReading::Last LastOf(NoAnswer::Kind kind) {
  switch (kind) {
    case NoAnswer::Kind::kUnreachable:
    case NoAnswer::Kind::kTimedOut:
      return CseReading::Last::kSilent;
    case NoAnswer::Kind::kClosed:
    case NoAnswer::Kind::kMalformed:
      break;
  }
  return CseReading::Last::kBroken;
}

}  // namespace

void CseTally::Note(onem2m::Operation operation,
                    const tl::expected<onem2m::ResponsePrimitive, NoAnswer>& answer,
                    std::chrono::milliseconds took) {
  auto reading = reading_.Lock();
  if (!answer) {
    reading->last = LastOf(answer.error().kind);
    return;
  }
  reading->usual += (took - reading->usual) / kSmoothing;
  const bool is_error = IsServerError(answer->status);
  reading->last = is_error ? CseReading::Last::kServerError : CseReading::Last::kAnswer;
  const bool is_look = operation == onem2m::Operation::kRetrieve;
  if (is_error) {
    ++reading->server_errors;
    reading->changes_fail = reading->changes_fail || !is_look;
  } else if (!is_look || !reading->changes_fail) {
    reading->server_errors = 0;
    reading->changes_fail = false;
  }
}

CseReading CseTally::Read() const { return *reading_.Lock(); }

}  // namespace ipe
