// Values over time as <timeSeries> beside the container of their resource.
// (TS-0001 §9.6.36, §9.6.37; docs/mapping.md)
#ifndef MAPPING_TIME_SERIES_H_
#define MAPPING_TIME_SERIES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lwm2m/value.h"
#include "mapping/creation.h"
#include "onem2m/resources.h"

namespace mapping {

// "3303/0/5700-ts" of /3303/0/5700: a sibling of the container, since both may be wanted and two
// siblings cannot share a name.
std::string TimeSeriesAddress(const lwm2m::Path& path);
// The reverse; nullopt when the address is no such thing.
std::optional<lwm2m::Path> PathOfTimeSeries(std::string_view address);

// The <timeSeries> of a resource or resource instance. periodicInterval is pmax, the longest time
// without a value; without one the resource is not periodic and has none.
onem2m::TimeSeries PlanTimeSeries(const lwm2m::Path& path, const CreationRules& rules);

// One value. dataGenerationTime is what the device said, else `received`, both Unix seconds.
// Without resourceName.
onem2m::TimeSeriesInstance TimeSeriesInstanceOf(const lwm2m::Record& record, double received);

}  // namespace mapping

#endif  // MAPPING_TIME_SERIES_H_
