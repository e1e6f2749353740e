// The HTTP binding as a translation between primitives and HTTP messages; no sockets here.
// (TS-0009 v3 §6)
#ifndef ONEM2M_CODEC_HTTP_MESSAGE_H_
#define ONEM2M_CODEC_HTTP_MESSAGE_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "onem2m/error.h"
#include "onem2m/primitive.h"

namespace onem2m {

// Header fields in the order of the message. Names are compared without regard to case.
class HttpHeaders {
 public:
  HttpHeaders() = default;
  void Add(std::string_view name, std::string_view value);
  // Value of the first field of that name, without blanks around it; "" when there is none.
  std::string_view Find(std::string_view name) const;
  bool Has(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& fields() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

// Content-Length, Connection and Host belong to the connection and are never among the headers.
struct HttpRequest {
  std::string method;
  std::string target;  // path and query as on the request line: "/cse-in/ae?rcn=0"
  HttpHeaders headers;
  std::string body;
};

struct HttpResponse {
  int status = 200;
  HttpHeaders headers;
  std::string body;
};

// Path of the address of a resource, percent-encoded: "cse-in/ae" → "/cse-in/ae",
// "/id-in/cse-in" → "/~/id-in/cse-in", "//sp/id-in" → "/_/sp/id-in". (TS-0009 §6.2.3)
std::string PathOf(std::string_view to);
// The inverse, also for a path without its leading slash. Trailing slashes are dropped.
// 4000 when a percent-encoding is broken.
Result<std::string> AddressOf(std::string_view path);

// Release version and request identifier are those of the primitive: the caller fills them in.
HttpRequest EncodeRequest(const RequestPrimitive& request);

// What a CSE reads. POST is a Create when Content-Type has `ty`, else a Notify (TS-0009 §6.2.1).
// 4000 names the part that is wrong; 4005 for another method; 4015 for a body that is not JSON.
// Header fields that are absent leave their parameter empty: what is mandatory is for the CSE to
// say. Values joined by "+" become one parameter each: `ty=3+4` is {"ty","3"}, {"ty","4"}.
Result<RequestPrimitive> DecodeRequest(const HttpRequest& request);

// `location` is the Content-Location of a Create; "" : none.
HttpResponse EncodeResponse(const ResponsePrimitive& response, std::string_view location = {});

// X-M2M-RSC decides; without it (or when it is no number) the HTTP status does. 5000 when `status`
// is no final HTTP status (RFC 9110 §15: 200 to 599).
Result<ResponsePrimitive> DecodeResponse(const HttpResponse& response);

// "Tue, 21 Nov 2023 03:49:00 GMT" → "20231121T034900"; "" when it is not such a date.
// (RFC 9110 §5.6.7, the preferred form)
std::string TimestampOfHttpDate(std::string_view date);

}  // namespace onem2m

#endif  // ONEM2M_CODEC_HTTP_MESSAGE_H_
