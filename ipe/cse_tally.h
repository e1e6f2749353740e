// How the CSE has answered lately.
#ifndef IPE_CSE_TALLY_H_
#define IPE_CSE_TALLY_H_

#include <chrono>
#include <tl/expected.hpp>

#include "ipe/concurrency/guarded.h"
#include "onem2m/cse_client.h"

namespace ipe {

struct CseReading {
  enum class Last {
    kNothing,      // no request yet
    kAnswer,       // 2xxx, or a 4xxx that decides
    kServerError,  // 5xxx: the CSE, or what stands in front of it, is in trouble
    kSilent,       // nobody there, or no answer in time
    kBroken,       // a connection that ended, or what came over it was no answer
  };
  Last last = Last::kNothing;
  int server_errors = 0;               // in a row
  bool changes_fail = false;           // some of them were answers to more than a look
  std::chrono::milliseconds usual{0};  // how long an answer takes, smoothed over the last few
};

// Thread-safe. Every worker notes how its request ended; the loop reads.
class CseTally {
 public:
  // A look that succeeds does not end a row of errors of requests that change something.
  void Note(onem2m::Operation operation,
            const tl::expected<onem2m::ResponsePrimitive, onem2m::NoAnswer>& answer,
            std::chrono::milliseconds took);
  CseReading Read() const;

 private:
  mutable Guarded<CseReading> reading_;
};

}  // namespace ipe

#endif  // IPE_CSE_TALLY_H_
