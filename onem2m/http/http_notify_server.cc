#include "onem2m/http/http_notify_server.h"

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
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <istream>
#include <optional>
#include <utility>

#include "onem2m/codec/http_message.h"
#include "onem2m/codec/short_names.h"

namespace onem2m {
namespace {

namespace fields = header_fields;

constexpr std::size_t kMaxBodyOctets = 1024 * 1024;
// A thread belongs to a connection while it lives, so neither an idle nor a slow peer keeps one
// long.
constexpr int kIdleSeconds = 5;
constexpr int kReceiveSeconds = 10;

// nullopt when there is more than kMaxBodyOctets of it.
std::optional<std::string> ReadBody(std::istream& stream) {
  std::string body;
  std::array<char, 8192> buffer{};
  while (stream.good()) {
    stream.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    body.append(buffer.data(), static_cast<std::size_t>(stream.gcount()));
    if (body.size() > kMaxBodyOctets) return std::nullopt;
  }
  return body;
}

// What the connection threads share: counters and the receiver, nothing else.
struct Desk {
  HttpNotifyServer::Receiver receiver;
  std::atomic<std::uint64_t> verifications{0};
  std::atomic<std::uint64_t> malformed{0};
};

// One request. Lives on its connection's thread.
class NotificationRequest : public Poco::Net::HTTPRequestHandler {
 public:
  explicit NotificationRequest(Desk& desk) : desk_(desk) {}

  void handleRequest(Poco::Net::HTTPServerRequest& request,
                     Poco::Net::HTTPServerResponse& response) override {
    if (request.getMethod() != Poco::Net::HTTPRequest::HTTP_POST) {
      response.setKeepAlive(false);  // whatever body it has stays unread
      Answer(request, response, ResponseStatusCode::kOperationNotAllowed);
      return;
    }
    const bool announced_too_long =
        request.hasContentLength() &&
        request.getContentLength64() > static_cast<Poco::Int64>(kMaxBodyOctets);
    const auto body = announced_too_long ? std::nullopt : ReadBody(request.stream());
    if (!body) {
      ++desk_.malformed;
      response.setKeepAlive(false);
      constexpr int kContentTooLarge = 413;
      Answer(request, response, ResponseStatusCode::kBadRequest, kContentTooLarge);
      return;
    }
    Answer(request, response, Take(request, *body));
  }

 private:
  ResponseStatusCode Take(const Poco::Net::HTTPServerRequest& request, const std::string& body) {
    auto notifications = ParseNotification(body);
    if (!notifications) {
      ++desk_.malformed;
      spdlog::debug("notification refused path={} reason=\"{}\"", request.getURI(),
                    notifications.error().detail);
      return notifications.error().status;
    }
    ReceivedNotification received;
    const std::string& target = request.getURI();
    received.path = target.substr(0, target.find('?'));
    received.originator = request.get(std::string(fields::kOrigin), "");
    auto status = ResponseStatusCode::kOk;
    for (Notification& notification : *notifications) {
      // Answered here and now: the CSE asks while our own Create of the subscription waits for it.
      if (notification.verification_request) {
        ++desk_.verifications;
        continue;
      }
      received.notification = std::move(notification);
      const auto answer = desk_.receiver(received);
      if (IsSuccess(status)) status = answer;
    }
    return status;
  }

  static void Answer(const Poco::Net::HTTPServerRequest& request,
                     Poco::Net::HTTPServerResponse& response, ResponseStatusCode status,
                     std::optional<int> http_status = std::nullopt) {
    ResponsePrimitive primitive;
    primitive.status = status;
    primitive.request_identifier = request.get(std::string(fields::kRequestIdentifier), "");
    primitive.release_version = request.get(std::string(fields::kReleaseVersion), "");
    const HttpResponse encoded = EncodeResponse(primitive);
    response.setStatusAndReason(
        static_cast<Poco::Net::HTTPResponse::HTTPStatus>(http_status.value_or(encoded.status)));
    for (const auto& [name, value] : encoded.headers.fields()) response.set(name, value);
    response.setContentLength(0);
    response.send();
  }

  Desk& desk_;
};

class NotificationRequestFactory : public Poco::Net::HTTPRequestHandlerFactory {
 public:
  explicit NotificationRequestFactory(Desk& desk) : desk_(desk) {}
  Poco::Net::HTTPRequestHandler* createRequestHandler(
      const Poco::Net::HTTPServerRequest& /*request*/) override {
    return new NotificationRequest(desk_);  // the server owns it
  }

 private:
  Desk& desk_;
};

Poco::Net::HTTPServerParams::Ptr MakeParams(std::size_t threads) {
  constexpr int kQueuedConnections = 256;
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

}  // namespace

class HttpNotifyServer::State {
 public:
  State(const HttpNotifyServerOptions& options, Receiver receiver,
        const Poco::Net::ServerSocket& socket)
      : threads_(std::max<std::size_t>(options.threads, 2)),
        pool_("notify", 1, static_cast<int>(threads_)),
        server_(new NotificationRequestFactory(desk_), pool_, socket, MakeParams(threads_)),
        port_(socket.address().port()) {
    desk_.receiver = std::move(receiver);
    server_.start();
  }
  ~State() {
    server_.stopAll(true);
    pool_.joinAll();
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  std::uint16_t port() const { return port_; }
  const Desk& desk() const { return desk_; }

 private:
  Desk desk_;
  const std::size_t threads_;
  Poco::ThreadPool pool_;
  Poco::Net::HTTPServer server_;
  const std::uint16_t port_;
};

tl::expected<std::unique_ptr<HttpNotifyServer>, std::string> HttpNotifyServer::Create(
    HttpNotifyServerOptions options, Receiver receiver) {
  try {
    constexpr int kBacklog = 256;
    Poco::Net::ServerSocket socket;
    // Without SO_REUSEPORT, which the constructor would set: two listeners would share the port.
    socket.bind(Poco::Net::SocketAddress(options.bind), true, false);
    socket.listen(kBacklog);
    return std::unique_ptr<HttpNotifyServer>(
        new HttpNotifyServer(std::make_unique<State>(options, std::move(receiver), socket)));
  } catch (const Poco::Exception& error) {
    return tl::unexpected(options.bind + ": " + error.displayText());
  }
}

HttpNotifyServer::HttpNotifyServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
HttpNotifyServer::~HttpNotifyServer() = default;

std::uint16_t HttpNotifyServer::port() const { return state_->port(); }
std::uint64_t HttpNotifyServer::verifications() const {
  return state_->desk().verifications.load();
}
std::uint64_t HttpNotifyServer::malformed() const { return state_->desk().malformed.load(); }

}  // namespace onem2m
