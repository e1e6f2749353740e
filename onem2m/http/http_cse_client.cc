#include "onem2m/http/http_cse_client.h"

#include <Poco/Exception.h>
#include <Poco/Net/Context.h>
#include <Poco/URI.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <random>
#include <utility>
#include <vector>

#include "onem2m/codec/http_message.h"
#include "onem2m/codec/http_wire.h"
#include "onem2m/codec/short_names.h"
#include "onem2m/http/http_connection.h"

namespace onem2m {
namespace {

using Clock = HttpConnection::Clock;
using Connection = std::unique_ptr<HttpConnection>;

struct CseAddress {
  HttpEndpoint endpoint;
  bool tls = false;
  std::string host_field;
  std::string prefix;  // "/cse" without a slash at its end
};

tl::expected<CseAddress, std::string> ParseUrl(const std::string& url) {
  try {
    const Poco::URI uri(url);
    CseAddress address;
    address.tls = uri.getScheme() == "https";
    if (!address.tls && uri.getScheme() != "http")
      return tl::unexpected(std::string("no http(s) URL"));
    address.endpoint.host = uri.getHost();
    if (address.endpoint.host.empty()) return tl::unexpected(std::string("URL without a host"));
    address.endpoint.port = uri.getPort();
    const bool is_ipv6 = address.endpoint.host.find(':') != std::string::npos;
    address.host_field = (is_ipv6 ? "[" + address.endpoint.host + "]" : address.endpoint.host) +
                         ":" + std::to_string(address.endpoint.port);
    address.prefix = uri.getPath();
    while (!address.prefix.empty() && address.prefix.back() == '/') address.prefix.pop_back();
    return address;
  } catch (const Poco::Exception& error) {
    return tl::unexpected(error.displayText());
  }
}

tl::expected<Poco::Net::Context::Ptr, std::string> MakeTlsContext(
    const HttpCseClientOptions& options) {
  try {
    constexpr int kVerificationDepth = 9;
    return Poco::Net::Context::Ptr(new Poco::Net::Context(
        Poco::Net::Context::TLS_CLIENT_USE, options.key_file, options.certificate_file,
        options.ca_file, Poco::Net::Context::VERIFY_STRICT, kVerificationDepth,
        options.ca_file.empty()));
  } catch (const Poco::Exception& error) {
    return tl::unexpected(error.displayText());
  }
}

std::string RandomPrefix() {
  std::random_device random;
  return "ipe" + std::to_string(random());
}

// Answers to a Create that can mean: its own first attempt was there before.
bool MayBeEchoOfFirstAttempt(const RequestPrimitive& request, ResponseStatusCode status) {
  return request.operation == Operation::kCreate &&
         (status == ResponseStatusCode::kConflict || status == ResponseStatusCode::kAlreadyExists ||
          status == ResponseStatusCode::kOriginatorHasAlreadyRegistered ||
          status == ResponseStatusCode::kOriginatorNotAuthenticated);
}

}  // namespace

// The pool: `in_use` connections belong to a Send each, `idle` ones to nobody. Together they never
// exceed options.connections, because an idle one is always taken before another is opened.
class HttpCseClient::State {
 public:
  explicit State(HttpCseClientOptions options)
      : options_(std::move(options)),
        address_(ParseUrl(options_.url)),
        request_prefix_(options_.request_prefix.empty() ? RandomPrefix() : options_.request_prefix),
        release_version_(options_.release_version) {}

  tl::expected<ResponsePrimitive, NoAnswer> Send(const RequestPrimitive& request,
                                                 Clock::time_point deadline);
  bool Probe(Clock::time_point deadline);
  void set_release_version(std::string version) {
    const std::lock_guard lock(mutex_);
    release_version_ = std::move(version);
  }
  std::string local_address() const {
    const std::lock_guard lock(mutex_);
    return local_address_;
  }

 private:
  // Takes the right to one connection, and an idle one if there is any (else null).
  tl::expected<Connection, NoAnswer> Acquire(Clock::time_point deadline);
  // Gives the right back; `connection` goes idle unless it is null or used up.
  void Release(Connection connection);
  tl::expected<Connection, NoAnswer> Open(Clock::time_point deadline);
  tl::expected<HttpEndpoint, std::string> Endpoint();
  std::string Encode(const RequestPrimitive& request, std::string& request_identifier);

  const HttpCseClientOptions options_;
  const tl::expected<CseAddress, std::string> address_;
  const std::string request_prefix_;
  std::atomic<std::uint64_t> next_request_{1};

  mutable std::mutex mutex_;  // everything below
  std::condition_variable released_;
  std::vector<Connection> idle_;  // the last one used most recently
  std::size_t in_use_ = 0;
  std::string release_version_;
  std::string local_address_;
  Poco::Net::Context::Ptr tls_;
};

tl::expected<Connection, NoAnswer> HttpCseClient::State::Acquire(Clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  const std::size_t limit = std::max<std::size_t>(options_.connections, 1);
  if (!released_.wait_until(lock, deadline, [&] { return in_use_ < limit; })) {
    return tl::unexpected(NoAnswer{NoAnswer::Kind::kTimedOut, false, "all connections are taken"});
  }
  ++in_use_;
  if (idle_.empty()) return Connection();
  Connection connection = std::move(idle_.back());
  idle_.pop_back();
  return connection;
}

void HttpCseClient::State::Release(Connection connection) {
  if (connection != nullptr && !connection->ended_cleanly()) connection.reset();
  {
    const std::lock_guard lock(mutex_);
    --in_use_;
    if (connection != nullptr) idle_.push_back(std::move(connection));
  }
  released_.notify_one();
}

tl::expected<HttpEndpoint, std::string> HttpCseClient::State::Endpoint() {
  if (!address_) return tl::unexpected(address_.error());
  HttpEndpoint endpoint = address_->endpoint;
  if (!address_->tls) return endpoint;
  const std::lock_guard lock(mutex_);
  if (tls_.isNull()) {
    auto context = MakeTlsContext(options_);
    if (!context) return tl::unexpected(context.error());
    tls_ = *context;
  }
  endpoint.tls = tls_;
  return endpoint;
}

tl::expected<Connection, NoAnswer> HttpCseClient::State::Open(Clock::time_point deadline) {
  const auto endpoint = Endpoint();
  if (!endpoint) {
    return tl::unexpected(NoAnswer{NoAnswer::Kind::kUnreachable, false, endpoint.error()});
  }
  auto connection = HttpConnection::Open(*endpoint, deadline);
  if (connection) {
    const std::lock_guard lock(mutex_);
    local_address_ = (*connection)->local_address();
  }
  return connection;
}

std::string HttpCseClient::State::Encode(const RequestPrimitive& request,
                                         std::string& request_identifier) {
  RequestPrimitive complete = request;
  if (complete.request_identifier.empty()) {
    complete.request_identifier = request_prefix_ + "-" + std::to_string(next_request_++);
  }
  request_identifier = complete.request_identifier;
  if (complete.release_version.empty()) {
    const std::lock_guard lock(mutex_);
    complete.release_version = release_version_;
  }
  HttpRequest http = EncodeRequest(complete);
  if (!options_.authorization.empty()) {
    http.headers.Add(header_fields::kAuthorization, options_.authorization);
  }
  if (address_) http.target = address_->prefix + http.target;
  return WriteRequest(http, address_ ? address_->host_field : std::string());
}

tl::expected<ResponsePrimitive, NoAnswer> HttpCseClient::State::Send(
    const RequestPrimitive& request, Clock::time_point deadline) {
  std::string request_identifier;
  const std::string octets = Encode(request, request_identifier);
  auto acquired = Acquire(deadline);
  if (!acquired) return tl::unexpected(acquired.error());
  Connection connection = std::move(*acquired);

  bool reused = connection != nullptr && connection->IsReusable();
  bool repeated = false;  // a first attempt went out and nothing is known of it
  for (;;) {
    if (!reused) {
      auto opened = Open(deadline);
      if (!opened) {
        Release(nullptr);
        opened.error().may_have_been_executed = repeated;
        return tl::unexpected(std::move(opened.error()));
      }
      connection = std::move(*opened);
    }
    auto answer = connection->Exchange(octets, deadline);
    if (answer) {
      Release(std::move(connection));
      const auto response = DecodeResponse(*answer);
      if (!response) {
        return tl::unexpected(NoAnswer{NoAnswer::Kind::kMalformed, true, response.error().detail});
      }
      if (repeated && MayBeEchoOfFirstAttempt(request, response->status)) {
        // Only the caller can tell a collision from its own first attempt, once it knows of two.
        return tl::unexpected(NoAnswer{NoAnswer::Kind::kClosed, true,
                                       "conflict after a repetition: " + request_identifier});
      }
      return *response;
    }
    auto& failure = answer.error();
    if (!reused || !failure.closed_before_answer) {
      Release(nullptr);
      failure.no_answer.may_have_been_executed |= repeated;
      return tl::unexpected(std::move(failure.no_answer));
    }
    repeated = failure.no_answer.may_have_been_executed;
    reused = false;
  }
}

bool HttpCseClient::State::Probe(Clock::time_point deadline) {
  if (!local_address().empty()) return true;
  auto acquired = Acquire(deadline);
  if (!acquired) return false;
  auto opened = Open(deadline);
  const bool reachable = opened.has_value();
  Release(reachable ? std::move(*opened) : nullptr);
  return reachable;
}

HttpCseClient::HttpCseClient(HttpCseClientOptions options)
    : state_(std::make_unique<State>(std::move(options))) {}

HttpCseClient::~HttpCseClient() = default;

tl::expected<ResponsePrimitive, NoAnswer> HttpCseClient::Send(const RequestPrimitive& request,
                                                              std::chrono::milliseconds timeout) {
  return state_->Send(request, Clock::now() + timeout);
}

void HttpCseClient::set_release_version(std::string version) {
  state_->set_release_version(std::move(version));
}

std::string HttpCseClient::local_address() const { return state_->local_address(); }

bool HttpCseClient::Probe(std::chrono::milliseconds timeout) {
  return state_->Probe(Clock::now() + timeout);
}

}  // namespace onem2m
