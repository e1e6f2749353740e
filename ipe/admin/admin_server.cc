#include "ipe/admin/admin_server.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/StreamCopier.h>
#include <Poco/ThreadPool.h>
#include <Poco/URI.h>
#include <fmt/format.h>

#include <exception>
#include <utility>

namespace ipe {
namespace {

using Poco::Net::HTTPResponse;

constexpr const char* kText = "text/plain; charset=utf-8";
constexpr const char* kJson = "application/json";
constexpr const char* kPrometheusText = "text/plain; version=0.0.4; charset=utf-8";
constexpr int kThreads = 4;
constexpr int kWaiting = 32;  // connections that wait for a thread; more are closed
const Poco::Timespan kIdle(5, 0);

struct Answer {
  HTTPResponse::HTTPStatus status = HTTPResponse::HTTP_OK;
  std::string body;
  const char* content_type = kText;
};

std::string Lines(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

// The endpoint that follows `prefix` in a path; "" for any other path.
std::string EndpointAfter(std::string_view prefix, const std::string& path) {
  if (!path.starts_with(prefix)) return "";
  std::string endpoint;
  try {
    Poco::URI::decode(path.substr(prefix.size()), endpoint);
  } catch (const Poco::Exception&) {
    return "";
  }
  return endpoint;
}

Answer Explain(const std::string& uri, const AdminQuestions& questions) {
  ExplainQuestion question;
  try {
    for (const auto& [name, value] : Poco::URI(uri).getQueryParameters()) {
      if (name == "endpoint") question.endpoint = value;
      if (name == "path") question.path = value;
      if (name == "format") question.as_text = value == "text";
    }
  } catch (const Poco::Exception&) {
    question.endpoint.clear();
  }
  const std::string text = question.endpoint.empty() ? "" : questions.explain(question);
  if (text.empty()) {
    return {HTTPResponse::HTTP_BAD_REQUEST,
            "expected endpoint=<Endpoint Client Name>, and path=<LwM2M path> or none\n"};
  }
  return {HTTPResponse::HTTP_OK, text, question.as_text ? kText : kJson};
}

Answer AnswerTo(const std::string& uri, const AdminQuestions& questions) {
  const std::string path = uri.substr(0, uri.find('?'));
  if (path == "/explain") return Explain(uri, questions);
  if (path == "/healthz") {
    if (questions.loop_is_alive()) return {HTTPResponse::HTTP_OK, "ok\n"};
    return {HTTPResponse::HTTP_SERVICE_UNAVAILABLE, "the loop has not turned for 10 s\n"};
  }
  if (path == "/readyz") {
    const Readiness readiness = questions.readiness();
    const auto status =
        readiness.ready ? HTTPResponse::HTTP_OK : HTTPResponse::HTTP_SERVICE_UNAVAILABLE;
    return {status, (readiness.ready ? "ready\n" : "not ready\n") + Lines(readiness.reasons)};
  }
  if (path == "/metrics") return {HTTPResponse::HTTP_OK, questions.metrics(), kPrometheusText};
  if (path == "/bootstrap") return {HTTPResponse::HTTP_OK, questions.bootstraps(), kJson};
  if (path == "/firmware") return {HTTPResponse::HTTP_OK, questions.firmware(), kJson};
  if (const std::string endpoint = EndpointAfter("/endpoints/", path); !endpoint.empty()) {
    const std::string state = questions.endpoint(endpoint);
    if (state.empty()) return {HTTPResponse::HTTP_NOT_FOUND, "not registered\n"};
    return {HTTPResponse::HTTP_OK, state, kJson};
  }
  return {HTTPResponse::HTTP_NOT_FOUND,
          "/healthz\n/readyz\n/metrics\n/endpoints/{endpoint}\n/firmware\n/bootstrap\n"
          "/explain?endpoint={endpoint}&path={path}\n"
          "POST /bootstrap/{endpoint}\n"};
}

Answer AnswerToPost(const std::string& endpoint, bool from_a_web_page,
                    const AdminQuestions& questions) {
  // Browsers name the page that makes them send a POST.
  if (from_a_web_page) return {HTTPResponse::HTTP_FORBIDDEN, "not from a web page\n"};
  const BootstrapAnswer answer = questions.bootstrap(endpoint);
  return {static_cast<HTTPResponse::HTTPStatus>(answer.status), answer.text + "\n"};
}

class Request : public Poco::Net::HTTPRequestHandler {
 public:
  explicit Request(const AdminQuestions& questions) : questions_(questions) {}

  void handleRequest(Poco::Net::HTTPServerRequest& request,
                     Poco::Net::HTTPServerResponse& response) override {
    const std::string path = request.getURI().substr(0, request.getURI().find('?'));
    const std::string endpoint = EndpointAfter("/bootstrap/", path);
    const char* const allowed = endpoint.empty() ? "GET" : "POST";
    Answer answer;
    if (request.getMethod() != allowed) {
      answer = {HTTPResponse::HTTP_METHOD_NOT_ALLOWED, std::string(allowed) + " only\n"};
      response.set("Allow", allowed);
    } else if (endpoint.empty()) {
      answer = AnswerTo(request.getURI(), questions_);
    } else {
      answer = AnswerToPost(endpoint, request.has("Origin"), questions_);
    }
    // A body may follow that nobody reads.
    if (request.getMethod() != Poco::Net::HTTPRequest::HTTP_GET) response.setKeepAlive(false);
    response.setStatusAndReason(answer.status);
    response.setContentType(answer.content_type);
    response.set("Cache-Control", "no-store");
    response.sendBuffer(answer.body.data(), answer.body.size());
  }

 private:
  const AdminQuestions& questions_;
};

class Requests : public Poco::Net::HTTPRequestHandlerFactory {
 public:
  explicit Requests(AdminQuestions questions) : questions_(std::move(questions)) {}
  Poco::Net::HTTPRequestHandler* createRequestHandler(
      const Poco::Net::HTTPServerRequest&) override {
    return new Request(questions_);  // Poco's server deletes it
  }

 private:
  const AdminQuestions questions_;
};

Poco::Net::HTTPServerParams::Ptr ServerParameters() {
  Poco::Net::HTTPServerParams::Ptr parameters(new Poco::Net::HTTPServerParams);
  parameters->setMaxThreads(kThreads);
  parameters->setMaxQueued(kWaiting);
  parameters->setKeepAliveTimeout(kIdle);
  parameters->setTimeout(kIdle);
  return parameters;
}

// Where to ask a server that listens on every address.
std::string Reachable(const std::string& address) {
  if (address.starts_with("0.0.0.0:")) return "127.0.0.1:" + address.substr(8);
  if (address.starts_with("[::]:")) return "[::1]:" + address.substr(5);
  return address;
}

// Status and body; throws Poco's exceptions.
std::pair<HTTPResponse::HTTPStatus, std::string> Get(const std::string& address, const char* path) {
  Poco::Net::HTTPClientSession session{Poco::Net::SocketAddress(Reachable(address))};
  session.setTimeout(Poco::Timespan(3, 0));
  Poco::Net::HTTPRequest request(Poco::Net::HTTPRequest::HTTP_GET, path,
                                 Poco::Net::HTTPRequest::HTTP_1_1);
  session.sendRequest(request);
  HTTPResponse response;
  std::string body;
  Poco::StreamCopier::copyToString(session.receiveResponse(response), body);
  return {response.getStatus(), body};
}

}  // namespace

class AdminServer::State {
 public:
  State(const Poco::Net::ServerSocket& socket, AdminQuestions questions)
      : threads_("admin", 1, kThreads),
        port_(socket.address().port()),
        server_(new Requests(std::move(questions)), threads_, socket, ServerParameters()) {
    server_.start();
  }
  ~State() {
    server_.stopAll(true);
    threads_.joinAll();
  }
  std::uint16_t port() const { return port_; }

 private:
  Poco::ThreadPool threads_;
  std::uint16_t port_;
  Poco::Net::HTTPServer server_;
};

tl::expected<std::unique_ptr<AdminServer>, std::string> AdminServer::Create(
    const std::string& bind, AdminQuestions questions) {
  try {
    Poco::Net::ServerSocket socket;
    // Not SO_REUSEPORT, which two arguments would set too: a second service must be refused.
    socket.bind(Poco::Net::SocketAddress(bind), true, false);
    socket.listen(64);
    return std::unique_ptr<AdminServer>(
        new AdminServer(std::make_unique<State>(socket, std::move(questions))));
  } catch (const Poco::Exception& failure) {
    return tl::unexpected(fmt::format("admin.bind {}: {}", bind, failure.displayText()));
  }
}

AdminServer::AdminServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
AdminServer::~AdminServer() = default;
std::uint16_t AdminServer::port() const { return state_->port(); }

HealthReport AskHealth(const std::string& address) {
  try {
    const auto [health, health_text] = Get(address, "/healthz");
    const auto [readiness, readiness_text] = Get(address, "/readyz");
    if (health != HTTPResponse::HTTP_OK) return {2, health_text};
    return {readiness == HTTPResponse::HTTP_OK ? 0 : 1, readiness_text};
  } catch (const Poco::Exception& failure) {
    return {2, fmt::format("no answer from {}: {}\n", address, failure.displayText())};
  } catch (const std::exception& failure) {
    return {2, fmt::format("no answer from {}: {}\n", address, failure.what())};
  }
}

HealthReport AskExplanation(const std::string& address, const ExplainQuestion& question) {
  try {
    Poco::URI uri("/explain");
    uri.addQueryParameter("endpoint", question.endpoint);
    if (!question.path.empty()) uri.addQueryParameter("path", question.path);
    if (question.as_text) uri.addQueryParameter("format", "text");
    const auto [status, text] = Get(address, uri.getPathAndQuery().c_str());
    return {status == HTTPResponse::HTTP_OK ? 0 : 1, text};
  } catch (const Poco::Exception& failure) {
    return {1, fmt::format("no answer from {}: {}\n", address, failure.displayText())};
  } catch (const std::exception& failure) {
    return {1, fmt::format("no answer from {}: {}\n", address, failure.what())};
  }
}

}  // namespace ipe
