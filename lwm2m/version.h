// Order of LwM2M enabler versions as Register names them: "1.0", "1.1", "1.2".
#ifndef LWM2M_VERSION_H_
#define LWM2M_VERSION_H_

#include <string_view>

namespace lwm2m {

// False when `version` is below `minimum`, or is no version: IsAtLeast("1.2", "1.1").
bool IsAtLeast(std::string_view version, std::string_view minimum);

}  // namespace lwm2m

#endif  // LWM2M_VERSION_H_
