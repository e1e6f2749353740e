// When values were taken: relative times made absolute, and the order of a history.
// (RFC 8428 §4.5.3; LwM2M Core 1.2 §7.3.2; IR-15, IR-16)
#ifndef LWM2M_RECORD_TIMES_H_
#define LWM2M_RECORD_TIMES_H_

#include <vector>

#include "lwm2m/value.h"

namespace lwm2m {

// Adds `received`, seconds since 1970 UTC, to every time that counts back from the moment of
// reception. A positive one below 2^28 would lie in the future: it is the clock of a device that
// does not know the date, and is left out. Records without a time stay without.
void AnchorTimes(std::vector<Record>& records, double received);

// Oldest first; a record without a time is as old as its message, `received`. Records of the same
// time keep their order.
void SortByTime(std::vector<Record>& records, double received);

}  // namespace lwm2m

#endif  // LWM2M_RECORD_TIMES_H_
