// The operator's port: health, readiness, metrics.
#ifndef IPE_ADMIN_ADMIN_SERVER_H_
#define IPE_ADMIN_ADMIN_SERVER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace ipe {

struct Readiness {
  bool ready = false;
  // One short sentence each, "cse: http://127.0.0.1:8080 refused the connection"; also notes while
  // ready.
  std::vector<std::string> reasons;
};

// What came of asking for a bootstrap.
struct BootstrapAnswer {
  int status = 202;  // of HTTP; 404: an unknown client; 409: it cannot be now
  std::string text;
};

// What `ipe explain` asks.
struct ExplainQuestion {
  std::string endpoint;
  std::string path;      // "" : the endpoint only
  bool as_text = false;  // for people; else JSON
};

// Called on the admin server's threads; each returns soon (bounded by 2 s) whatever the loop does.
struct AdminQuestions {
  std::function<Readiness()> readiness;
  std::function<std::string()> metrics;     // Prometheus text
  std::function<bool()> loop_is_alive;      // /healthz: the loop turned within the last 10 s
  std::function<std::string()> firmware;    // JSON: firmware updates under way
  std::function<std::string()> bootstraps;  // JSON
  std::function<BootstrapAnswer(const std::string& endpoint)> bootstrap;
  std::function<std::string(const std::string& endpoint)> endpoint;  // JSON; "": not registered
  std::function<std::string(const ExplainQuestion&)> explain;        // "" : no such path
};

// GET /healthz (200 "ok" or 503), /readyz (200 or 503, reasons in the body, a line each), /metrics,
// /endpoints/{endpoint} (what it registered and whether it sleeps, JSON, or 404), /firmware
// (updates under way, JSON), /explain?endpoint=…&path=…[&format=text], /bootstrap (the last run of
// each client, JSON); POST /bootstrap/{endpoint} (begins one), which no web page may send. 404 with
// the list of paths otherwise; 405 for other methods. Stops and joins in the destructor.
class AdminServer {
 public:
  // The error names the address and the cause.
  static tl::expected<std::unique_ptr<AdminServer>, std::string> Create(const std::string& bind,
                                                                        AdminQuestions questions);
  ~AdminServer();
  std::uint16_t port() const;

 private:
  class State;
  explicit AdminServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// `ipe health`: asks /healthz and /readyz of a running service; the text to print and the exit
// status.
struct HealthReport {
  int exit_status = 0;  // 0 ready, 1 alive but not ready, 2 not alive or not reachable
  std::string text;
};
HealthReport AskHealth(const std::string& address);

// `ipe explain`: asks a running service. The exit status is 0, or 1 when it does not answer so.
HealthReport AskExplanation(const std::string& address, const ExplainQuestion& question);

}  // namespace ipe

#endif  // IPE_ADMIN_ADMIN_SERVER_H_
