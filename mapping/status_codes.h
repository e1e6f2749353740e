// Response codes of one protocol in the words of the other.
// (TS-0014 Table 6.2.2.2-4 and the table of 6.3.2.2; TS-0014 §6.4 proposal, R27–R29, R45, R55)
#ifndef MAPPING_STATUS_CODES_H_
#define MAPPING_STATUS_CODES_H_

#include "lwm2m/error.h"
#include "lwm2m/message.h"
#include "lwm2m/operations.h"
#include "onem2m/types.h"

namespace mapping {

// R27: 2001 → 2.01; 4105 and 4117 → 4.03; any other → 4.00. The most specific row wins.
lwm2m::Code RegisterCode(onem2m::ResponseStatusCode status);
// R28: 2004 → 2.04; 4004 → 4.04; any other → 4.00. 2001 and 2002 of containers that an Update adds
// or removes count as success.
lwm2m::Code UpdateCode(onem2m::ResponseStatusCode status);
// R29: 2002 → 2.02; 4004 → 4.04; any other → 4.00.
lwm2m::Code DeregisterCode(onem2m::ResponseStatusCode status);

// What a command's outcome reports (member `rsc`).
onem2m::ResponseStatusCode StatusOf(lwm2m::Code code);
// No answer: 4008; unreachable: 5103; expired in the queue: 4008; others 5103 or 5000 as fits.
onem2m::ResponseStatusCode StatusOf(lwm2m::Failure failure);
// For what was refused before it was sent: the oneM2M word for one of our own errors.
onem2m::ResponseStatusCode StatusOf(lwm2m::ErrorKind kind);

// What the interworking does with an answer of the CSE to something it must deliver (design:
// "Nothing is lost"). No answer at all is kRetry too.
enum class Verdict {
  kDone,         // 2xxx
  kRetry,        // 5xxx except 5207, 4008, 429
  kReprovision,  // 4004: the parent is gone
  kForbidden,    // 4103, 4107 and kin (4101, 4106, 4126): retry slowly, visible
  kConflict,  // 4105 (and 4117, of an AE): done if this row may have been sent before, else a name
              // collision
  kRefused,   // any other 4xxx, 5207: set aside, visible
};
Verdict VerdictOf(onem2m::ResponseStatusCode status);

}  // namespace mapping

#endif  // MAPPING_STATUS_CODES_H_
