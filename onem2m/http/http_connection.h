// One connection to an HTTP server, plain or TLS. (TS-0009 v3 §6; RFC 9112)
#ifndef ONEM2M_HTTP_HTTP_CONNECTION_H_
#define ONEM2M_HTTP_HTTP_CONNECTION_H_

#include <Poco/Net/Context.h>
#include <Poco/Net/StreamSocket.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "onem2m/codec/http_message.h"
#include "onem2m/cse_client.h"

namespace onem2m {

struct HttpEndpoint {
  std::string host;
  std::uint16_t port = 80;
  Poco::Net::Context::Ptr tls;  // null: plain
};

// One thread at a time. Owns its socket; closes it at the end of its life.
class HttpConnection {
 public:
  using Clock = std::chrono::steady_clock;

  struct Failure {
    NoAnswer no_answer;
    // Closed before the first octet of an answer: worth one more try when the connection was a used
    // one.
    bool closed_before_answer = false;
  };

  // Tries every address of the host until `deadline`. Name resolution itself is not bounded.
  static tl::expected<std::unique_ptr<HttpConnection>, NoAnswer> Open(const HttpEndpoint& endpoint,
                                                                      Clock::time_point deadline);

  // Writes `request` (octets) and reads the answer, all before `deadline`.
  tl::expected<HttpResponse, Failure> Exchange(std::string_view request,
                                               Clock::time_point deadline);

  // Whether another request may go out on it: the last answer ended cleanly, the peer has neither
  // closed nor sent anything since, and it has not idled so long that the peer is about to close.
  bool IsReusable();
  bool ended_cleanly() const { return clean_; }  // the last answer
  std::string local_address() const;

 private:
  using Microseconds = std::chrono::microseconds;

  HttpConnection(Poco::Net::StreamSocket socket, bool tls);
  tl::expected<void, Failure> Write(std::string_view request, Clock::time_point deadline);
  // How many octets: negative when there is to be another attempt, should the deadline allow it.
  // 0 received: the peer has closed. They throw what Poco throws.
  int Send(std::string_view octets, Clock::time_point deadline);
  int Receive(char* buffer, std::size_t size, Clock::time_point deadline);
  void BoundWait(int option, Microseconds& bound, Clock::time_point deadline);

  Poco::Net::StreamSocket socket_;
  bool tls_;
  bool clean_ = true;
  Microseconds send_bound_{0};  // SO_SNDTIMEO of a plain socket; 0: not set yet
  Microseconds receive_bound_{0};
  Clock::time_point last_used_;
};

}  // namespace onem2m

#endif  // ONEM2M_HTTP_HTTP_CONNECTION_H_
