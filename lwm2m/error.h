// What can go wrong in the LwM2M half, as a value.
#ifndef LWM2M_ERROR_H_
#define LWM2M_ERROR_H_

#include <string>
#include <tl/expected.hpp>

namespace lwm2m {

// Decides what the caller does; the text of the detail never does.
enum class ErrorKind {
  kMalformed,          // the octets do not follow their format: 4.00 to a peer
  kInvalidValue,       // well formed, but outside the range or type that the object allows: 4.00
  kUnsupportedFormat,  // a Content-Format that we do not read or write: 4.15
  kNotFound,           // unknown endpoint, registration, object, instance or resource: 4.04
  kNotAllowed,         // the operation is not defined for the path (DM-18, DM-22, GEN-9): 4.05
  kUnreachable,        // the peer cannot be reached now
  kTooLarge,           // above a configured bound: 4.13
  kUnsupported,        // of a later LwM2M version than the peer's; never sent
};

// A kind and a detail that names the field, e.g. {kMalformed, "TLV length exceeds payload"}.
struct Error {
  ErrorKind kind;
  std::string detail;
};

template <typename T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> Malformed(std::string detail) {
  return tl::unexpected(Error{ErrorKind::kMalformed, std::move(detail)});
}
inline tl::unexpected<Error> InvalidValue(std::string detail) {
  return tl::unexpected(Error{ErrorKind::kInvalidValue, std::move(detail)});
}

}  // namespace lwm2m

#endif  // LWM2M_ERROR_H_
