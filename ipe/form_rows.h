// Values in other forms than contentInstances, as rows of the outbox.
#ifndef IPE_FORM_ROWS_H_
#define IPE_FORM_ROWS_H_

#include <string_view>
#include <vector>

#include "ipe/store.h"
#include "lwm2m/value.h"
#include "mapping/profile.h"

namespace ipe {

// The settings ask for decoded values in some form.
bool WantsValues(const mapping::Settings& settings);
// … in another one than contentInstances.
bool WantsOtherForms(const mapping::Settings& settings);

// The rows of `records`, oldest first, in the modes flexcontainer and timeseries. `received`, Unix
// seconds, is the time of values that have none.
std::vector<OutboxRow> FormRows(std::string_view endpoint,
                                const std::vector<lwm2m::Record>& records, double received,
                                const mapping::Profile& profile);

}  // namespace ipe

#endif  // IPE_FORM_ROWS_H_
