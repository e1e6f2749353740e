// The object definitions that the service knows without any file.
#ifndef LWM2M_DDF_STANDARD_OBJECTS_H_
#define LWM2M_DDF_STANDARD_OBJECTS_H_

#include "lwm2m/object_model.h"

namespace lwm2m {

// Objects 0-7, 9-11, 15, 16, 19, 20 and the IPSO objects 3200-3203 and 3300-3350, each in the
// latest version registered with OMA. Definitions read from files can be added to the result.
ObjectModel StandardObjects();

}  // namespace lwm2m

#endif  // LWM2M_DDF_STANDARD_OBJECTS_H_
