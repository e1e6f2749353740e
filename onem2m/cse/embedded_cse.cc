#include "onem2m/cse/embedded_cse.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/ThreadPool.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <istream>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "onem2m/codec/http_message.h"
#include "onem2m/codec/short_names.h"
#include "onem2m/cse/attribute_policy.h"
#include "onem2m/cse/cse.h"
#include "onem2m/cse/notifier.h"
#include "onem2m/cse/value.h"

namespace onem2m {
namespace {

namespace fields = header_fields;

constexpr std::size_t kMaxBodyOctets = 1024 * 1024;
constexpr int kContentTooLarge = 413;
// A thread belongs to a connection while it lives, so neither an idle nor a slow peer keeps one
// long.
constexpr int kIdleSeconds = 6;
constexpr int kReceiveSeconds = 10;

cse::TimePoint Now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

// nullopt when there is more than kMaxBodyOctets of it.
std::optional<std::string> ReadBody(Poco::Net::HTTPServerRequest& request) {
  // RFC 9112 §6.3: a request with neither has no body, and the stream would wait for one.
  if (!request.hasContentLength() && !request.getChunkedTransferEncoding()) return std::string();
  if (request.hasContentLength() &&
      request.getContentLength64() > static_cast<Poco::Int64>(kMaxBodyOctets)) {
    return std::nullopt;
  }
  std::istream& stream = request.stream();
  std::string body;
  std::array<char, 8192> buffer{};
  while (stream.good()) {
    stream.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    body.append(buffer.data(), static_cast<std::size_t>(stream.gcount()));
    if (body.size() > kMaxBodyOctets) return std::nullopt;
  }
  return body;
}

// One request. Lives on its connection's thread.
class MessageRequest : public Poco::Net::HTTPRequestHandler {
 public:
  explicit MessageRequest(cse::Cse& cse) : cse_(cse) {}

  void handleRequest(Poco::Net::HTTPServerRequest& request,
                     Poco::Net::HTTPServerResponse& response) override {
    auto body = ReadBody(request);
    if (!body) {
      response.setKeepAlive(false);  // the rest of the body stays unread
      HttpResponse refused =
          Refuse(request, {ResponseStatusCode::kBadRequest, "the content is longer than 1 MiB"});
      refused.status = kContentTooLarge;
      Send(refused, response);
      return;
    }
    HttpRequest http;
    http.method = request.getMethod();
    http.target = request.getURI();
    for (const auto& [name, value] : request) http.headers.Add(name, value);
    http.body = *std::move(body);
    const auto primitive = DecodeRequest(http);
    if (!primitive) {
      Send(Refuse(request, primitive.error()), response);
      return;
    }
    const cse::CseResponse answer = cse_.Handle(*primitive, Now());
    Send(EncodeResponse(answer.primitive, answer.location), response);
  }

 private:
  // The answer to what is no request primitive at all.
  static HttpResponse Refuse(const Poco::Net::HTTPServerRequest& request, const Error& error) {
    ResponsePrimitive primitive;
    primitive.status = error.status;
    primitive.request_identifier = request.get(std::string(fields::kRequestIdentifier), "");
    primitive.release_version = request.get(std::string(fields::kReleaseVersion), "");
    primitive.content = cse::Serialize(short_names::kDebug, error.detail);
    return EncodeResponse(primitive);
  }

  static void Send(const HttpResponse& http, Poco::Net::HTTPServerResponse& response) {
    response.setStatusAndReason(static_cast<Poco::Net::HTTPResponse::HTTPStatus>(http.status));
    for (const auto& [name, value] : http.headers.fields()) response.set(name, value);
    // Head and body in one piece: two would wait for each other's acknowledgement.
    response.sendBuffer(http.body.data(), http.body.size());
  }

  cse::Cse& cse_;
};

class MessageRequestFactory : public Poco::Net::HTTPRequestHandlerFactory {
 public:
  explicit MessageRequestFactory(cse::Cse& cse) : cse_(cse) {}
  Poco::Net::HTTPRequestHandler* createRequestHandler(
      const Poco::Net::HTTPServerRequest& /*request*/) override {
    return new MessageRequest(cse_);  // the server owns it
  }

 private:
  cse::Cse& cse_;
};

Poco::Net::HTTPServerParams::Ptr MakeParams(std::size_t threads) {
  constexpr int kQueuedConnections = 1024;
  Poco::Net::HTTPServerParams::Ptr params(new Poco::Net::HTTPServerParams);
  params->setMaxThreads(static_cast<int>(threads));
  params->setMaxQueued(kQueuedConnections);
  params->setTimeout(Poco::Timespan(kReceiveSeconds, 0));
  // A thread without a connection goes back to the pool: stopping may wait for that long.
  constexpr long kThreadIdleMicroseconds = 250'000;
  params->setThreadIdleTime(Poco::Timespan(0, kThreadIdleMicroseconds));
  params->setKeepAlive(true);
  params->setKeepAliveTimeout(Poco::Timespan(kIdleSeconds, 0));
  return params;
}

cse::CseOptions CoreOptions(const EmbeddedCseOptions& options,
                            const Poco::Net::ServerSocket& socket) {
  cse::CseOptions core;
  core.base = options.base;
  core.cse_id = options.cse_id;
  core.admin_originator = options.admin_originator;
  core.point_of_access = "http://" + socket.address().toString();
  core.max_resources = options.max_resources;
  return core;
}

cse::NotifierOptions NotifierOptionsFor(const EmbeddedCseOptions& options) {
  cse::NotifierOptions notifier;
  notifier.originator = options.cse_id;
  return notifier;
}

// Deletes what has expired, once a second. Owns its thread.
class ExpiryClock {
 public:
  explicit ExpiryClock(cse::Cse& cse) : cse_(cse), thread_([this] { Run(); }) {}
  ~ExpiryClock() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }
  ExpiryClock(const ExpiryClock&) = delete;
  ExpiryClock& operator=(const ExpiryClock&) = delete;

 private:
  void Run() {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, std::chrono::seconds(1), [this] { return stopping_; })) {
      cse_.Expire(Now());
    }
  }

  cse::Cse& cse_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

std::optional<std::string> WhatIsWrongWith(const EmbeddedCseOptions& options) {
  if (!cse::IsResourceName(options.base)) {
    return "base: " + options.base + " is no resource name";
  }
  if (options.cse_id.size() < 2 || options.cse_id[0] != '/' ||
      !cse::IsUnreserved(options.cse_id.substr(1))) {
    return "CSE-ID: " + options.cse_id + " is not / and unreserved characters";
  }
  if (options.admin_originator.empty()) return "the administrator needs a name";
  return std::nullopt;
}

}  // namespace

class EmbeddedCse::State {
 public:
  State(const EmbeddedCseOptions& options, const Poco::Net::ServerSocket& socket)
      : notifier_(NotifierOptionsFor(options)),
        cse_(CoreOptions(options, socket), notifier_, Now()),
        threads_(std::max<std::size_t>(options.threads, 2)),
        pool_("cse", 2, static_cast<int>(threads_)),
        server_(new MessageRequestFactory(cse_), pool_, socket, MakeParams(threads_)),
        port_(socket.address().port()),
        expiry_(cse_) {
    server_.start();
  }
  ~State() {
    server_.stopAll(true);
    pool_.joinAll();
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  std::uint16_t port() const { return port_; }
  std::size_t resource_count() const { return cse_.resource_count(); }

 private:
  cse::Notifier notifier_;
  cse::Cse cse_;
  const std::size_t threads_;
  Poco::ThreadPool pool_;
  Poco::Net::HTTPServer server_;
  const std::uint16_t port_;
  ExpiryClock expiry_;
};

tl::expected<std::unique_ptr<EmbeddedCse>, std::string> EmbeddedCse::Create(
    EmbeddedCseOptions options) {
  if (auto wrong = WhatIsWrongWith(options)) return tl::unexpected(*std::move(wrong));
  try {
    constexpr int kBacklog = 256;
    Poco::Net::ServerSocket socket;
    // Without SO_REUSEPORT, which the constructor would set: two listeners would share the port.
    socket.bind(Poco::Net::SocketAddress(options.bind), true, false);
    socket.listen(kBacklog);
    return std::unique_ptr<EmbeddedCse>(new EmbeddedCse(std::make_unique<State>(options, socket)));
  } catch (const Poco::Exception& error) {
    return tl::unexpected(options.bind + ": " + error.displayText());
  }
}

EmbeddedCse::EmbeddedCse(std::unique_ptr<State> state) : state_(std::move(state)) {}
EmbeddedCse::~EmbeddedCse() = default;

std::uint16_t EmbeddedCse::port() const { return state_->port(); }
std::size_t EmbeddedCse::resource_count() const { return state_->resource_count(); }

}  // namespace onem2m
