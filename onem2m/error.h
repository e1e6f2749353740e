// What can go wrong in the oneM2M half, as a value.
#ifndef ONEM2M_ERROR_H_
#define ONEM2M_ERROR_H_

#include <string>
#include <tl/expected.hpp>

#include "onem2m/types.h"

namespace onem2m {

// Data that does not follow the protocol: the response status code that says so, and the reason.
struct Error {
  ResponseStatusCode status;
  std::string detail;
};

template <typename T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> BadRequest(std::string detail) {
  return tl::unexpected(Error{ResponseStatusCode::kBadRequest, std::move(detail)});
}

}  // namespace onem2m

#endif  // ONEM2M_ERROR_H_
