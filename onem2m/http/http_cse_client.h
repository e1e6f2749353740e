// Mca over HTTP(S): sends request primitives to one CSE on kept-alive connections.  (TS-0009 v3 §6)
#ifndef ONEM2M_HTTP_HTTP_CSE_CLIENT_H_
#define ONEM2M_HTTP_HTTP_CSE_CLIENT_H_

#include <memory>
#include <optional>
#include <string>

#include "onem2m/cse_client.h"

namespace onem2m {

struct HttpCseClientOptions {
  std::string url;                                  // http(s)://host:port[/prefix]
  std::size_t connections = 4;                      // upper bound of connections open at a time
  std::string release_version = "3";                // X-M2M-RVI when the primitive names none
  std::string request_prefix;                       // makes X-M2M-RI unique: <prefix>-<counter>
  std::string ca_file, certificate_file, key_file;  // TLS; "" : system CAs, no client certificate
  std::string authorization;  // whole Authorization header; "" : none. Never logged
};

// Thread-safe. A connection is reused unless the CSE said `Connection: close`; a reused connection
// that is closed before the first octet of an answer is tried once more on a new one. A Create that
// meets a conflict in that second attempt may have met its own first one: that is NoAnswer kClosed
// with may_have_been_executed, so that the caller's own repetition finds out. Errors of the options
// (URL, certificates) show as kUnreachable. Name resolution is not bounded by the time-out.
class HttpCseClient : public CseClient {
 public:
  explicit HttpCseClient(HttpCseClientOptions options);
  ~HttpCseClient() override;
  tl::expected<ResponsePrimitive, NoAnswer> Send(const RequestPrimitive& request,
                                                 std::chrono::milliseconds timeout) override;
  // After negotiation from the CSE's `srv`.
  void set_release_version(std::string version);
  // Our address as the CSE sees it ("127.0.0.1"), from the last connection; "" before the first.
  std::string local_address() const;
  // Opens a connection if none was made yet, to learn local_address(). False when unreachable.
  bool Probe(std::chrono::milliseconds timeout);

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace onem2m

#endif  // ONEM2M_HTTP_HTTP_CSE_CLIENT_H_
