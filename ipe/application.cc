#include "ipe/application.h"

#include <fmt/format.h>
#include <malloc.h>
#include <openssl/rand.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <future>
#include <stdexcept>
#include <utility>

#include "ipe/admin/admin_server.h"
#include "ipe/bootstrap.h"
#include "ipe/bootstrap_file.h"
#include "ipe/bridge.h"
#include "ipe/coap_gauges.h"
#include "ipe/concurrency/mailbox.h"
#include "ipe/concurrency/worker_pool.h"
#include "ipe/credentials.h"
#include "ipe/credentials_check.h"
#include "ipe/credentials_file.h"
#include "ipe/held_answers.h"
#include "ipe/live_configuration.h"
#include "ipe/log_events.h"
#include "ipe/metrics.h"
#include "ipe/models.h"
#include "ipe/reload.h"
#include "ipe/store.h"
#include "lwm2m/coap/coap_transport.h"
#include "lwm2m/server.h"
#include "onem2m/cse/embedded_cse.h"
#include "onem2m/http/http_cse_client.h"
#include "onem2m/http/http_notify_server.h"

namespace ipe {

using lwm2m::TimePoint;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

namespace {

constexpr seconds kLongestWait{1};  // of the loop, so that /healthz sees it turn
constexpr seconds kAliveWithin{10};
constexpr seconds kFlushWithin{5};
constexpr milliseconds kAdminPatience{2000};
constexpr milliseconds kHeldAtMost{4000};  // below what a CSE waits for an answer

std::string RandomOctets(std::size_t count) {
  std::string octets(count, '\0');
  // Without a random source there are no unguessable handles and tokens: our invariant, so it ends
  // the process.
  if (RAND_bytes(reinterpret_cast<unsigned char*>(octets.data()), static_cast<int>(count)) != 1) {
    throw std::runtime_error("no random numbers from OpenSSL");
  }
  return octets;
}

double RandomShare() {
  const std::string octets = RandomOctets(4);
  std::uint32_t number = 0;
  std::memcpy(&number, octets.data(), sizeof number);
  return static_cast<double>(number) / static_cast<double>(UINT32_MAX);
}

std::int64_t UnixNow() {
  return std::chrono::duration_cast<seconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// "bearer:<token>" or "basic:<user>:<password>" → the Authorization header.
std::string AuthorizationOf(const std::string& credential) {
  if (credential.rfind("bearer:", 0) == 0) return "Bearer " + credential.substr(7);
  if (credential.rfind("basic:", 0) == 0) {
    return "Basic " + lwm2m::EncodeBase64(credential.substr(6));
  }
  return credential;
}

std::string UrlHost(const std::string& address) {
  return address.find(':') == std::string::npos ? address : "[" + address + "]";
}

// " coap=127.0.0.1:5683 coaps=127.0.0.1:5684", without those that are off.
std::string ListenersOf(const lwm2m::CoapTransport& transport) {
  using lwm2m::Listener;
  constexpr std::array<std::pair<const char*, Listener>, 7> kListeners = {
      {{"coap", Listener::kCoap},
       {"coaps", Listener::kCoaps},
       {"coaps_rpk", Listener::kCoapsRpk},
       {"coap_tcp", Listener::kCoapTcp},
       {"coaps_tcp", Listener::kCoapsTcp},
       {"bootstrap_coap", Listener::kBootstrapCoap},
       {"bootstrap_coaps", Listener::kBootstrapCoaps}}};
  std::string text;
  for (const auto& [name, listener] : kListeners) {
    const auto addresses = transport.bound_addresses(listener);
    if (!addresses.empty()) text += fmt::format(" {}={}", name, fmt::join(addresses, ","));
  }
  return text;
}

lwm2m::AdmissionOptions AdmissionOf(const Config::Lwm2m::Admission& config) {
  const auto total = static_cast<double>(config.total);
  return {{static_cast<double>(config.per_endpoint), static_cast<double>(config.burst)},
          {total, 2 * total},
          config.behind};
}

void LogWarnings(const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) {
    spdlog::warn("event=credentials-warning cause={}", LogValue(warning));
  }
}

}  // namespace

// The members are in the order of their dependence: what is declared later uses what is declared
// before, and goes first.
class Application::State {
 public:
  State(Config config, std::function<void()> ask_reload)
      : config_(std::move(config)), ask_reload_(std::move(ask_reload)) {}
  ~State() { Shut(); }

  tl::expected<void, std::string> Open();
  int Run();
  void Stop() {
    stop_ = true;
    if (transport_ != nullptr) transport_->Wake();
  }
  void Reload(Config config);

  std::vector<std::string> coap_addresses() const { return transport_->bound_addresses(); }
  std::uint16_t admin_port() const { return admin_->port(); }
  std::uint16_t notify_port() const { return notify_server_->port(); }
  std::string cse_url() const { return cse_url_; }
  bool ready() const { return ready_; }

 private:
  tl::expected<void, std::string> OpenCredentials();
  tl::expected<void, std::string> OpenCse();
  tl::expected<void, std::string> OpenBridge();
  tl::expected<void, std::string> OpenBootstrap();
  tl::expected<void, std::string> OpenServers();
  void ReloadCredentials();
  void ReloadBootstrap(const lwm2m::ObjectModel& model);
  TimePoint Turn(TimePoint deadline);
  void Shut();
  std::string NotifyUrl();                                       // on a worker
  Readiness AskReadiness();                                      // on an admin thread
  std::string AskMetrics();                                      // on an admin thread
  std::string AskFirmware();                                     // on an admin thread
  std::string AskBootstraps();                                   // on an admin thread
  std::string AskEndpoint(const std::string& endpoint);          // on an admin thread
  std::string AskExplain(const ExplainQuestion& question);       // on an admin thread
  BootstrapAnswer AskForBootstrap(const std::string& endpoint);  // on an admin thread

  Config config_;
  const std::function<void()> ask_reload_;
  std::atomic<bool> stop_{false};
  std::atomic<bool> ready_{false};
  std::atomic<std::int64_t> last_turn_{0};  // milliseconds of the steady clock

  std::string cse_url_;
  std::unique_ptr<onem2m::EmbeddedCse> embedded_cse_;
  std::unique_ptr<onem2m::HttpCseClient> client_;
  CseCapabilities capabilities_;
  std::unique_ptr<CseRequests> requests_;
  Metrics metrics_;
  lwm2m::ObjectModel model_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<LiveConfiguration> live_;
  std::unique_ptr<Credentials> credentials_;
  std::unique_ptr<lwm2m::CoapTransport> transport_;
  std::unique_ptr<Mailbox> mailbox_;
  std::unique_ptr<WorkerPool> workers_;
  std::unique_ptr<Bridge> bridge_;
  std::unique_ptr<lwm2m::Server> server_;
  std::unique_ptr<Bootstrap> bootstrap_;
  std::unique_ptr<HeldAnswers> held_answers_;
  std::unique_ptr<onem2m::HttpNotifyServer> notify_server_;
  std::unique_ptr<AdminServer> admin_;
};

tl::expected<void, std::string> Application::State::Open() {
  auto model = LoadModels(config_.lwm2m.models);
  if (!model) return tl::unexpected(model.error());
  model_ = std::move(*model);
  auto store = Store::Open(StoreOptionsOf(config_));
  if (!store) return tl::unexpected("state.directory: " + store.error().detail);
  store_ = std::move(*store);
  live_ = std::make_unique<LiveConfiguration>(config_, *store_);
  if (auto loaded = live_->Load(); !loaded) {
    return tl::unexpected("state.directory: " + loaded.error().detail);
  }
  if (auto opened = OpenCredentials(); !opened) return opened;
  if (auto opened = OpenCse(); !opened) return opened;
  if (auto opened = OpenBridge(); !opened) return opened;
  if (auto opened = OpenBootstrap(); !opened) return opened;
  return OpenServers();
}

tl::expected<void, std::string> Application::State::OpenCredentials() {
  credentials_ = std::make_unique<Credentials>(*store_);
  const auto warnings = CheckSecurityFiles(config_.lwm2m);
  if (!warnings) return tl::unexpected(warnings.error());
  LogWarnings(*warnings);
  const std::string& path = config_.lwm2m.credentials_file;
  if (path.empty()) return {};
  auto file = ReadCredentialsFile(path);
  if (!file) return tl::unexpected("lwm2m.credentials: " + file.error());
  LogWarnings(file->warnings);
  credentials_->Replace(*std::move(file));
  spdlog::info("event=credentials-loaded file={} credentials={}", LogValue(path),
               credentials_->in_file());
  return {};
}

// Members of config_ that cannot change are read here, beside the loop.
void Application::State::Reload(Config config) {
  auto model = LoadModels(config.lwm2m.models);
  if (!model) {
    spdlog::error("event=configuration-not-reloaded cause={} effect=\"nothing changes\"",
                  LogValue(model.error()));
    return;
  }
  // The mailbox takes what can be copied.
  mailbox_->Post(
      [this, wanted = std::make_shared<const Config>(std::move(config)), model = *model] {
        const Config before = config_;
        LogChanges(live_->Reload(*wanted));
        const bool definitions_changed = !(model == model_);
        if (definitions_changed) {
          model_ = model;
          spdlog::info("event=definitions-reloaded objects={}", model_.size());
        }
        bridge_->OnConfigurationChanged(before, definitions_changed);
      });
  if (!config_.lwm2m.credentials_file.empty()) ReloadCredentials();
  if (!config_.lwm2m.bootstrap_accounts_file.empty()) ReloadBootstrap(*model);
}

void Application::State::ReloadCredentials() {
  const std::string& path = config_.lwm2m.credentials_file;
  auto file = ReadCredentialsFile(path);
  if (!file) {
    spdlog::error("event=credentials-not-reloaded cause={} effect={}", LogValue(file.error()),
                  LogValue("those read before stay"));
    return;
  }
  LogWarnings(file->warnings);
  // The mailbox takes what can be copied.
  auto read = std::make_shared<CredentialsFile>(*std::move(file));
  mailbox_->Post([this, read] {
    const Credentials::Change change = credentials_->Replace(std::move(*read));
    spdlog::info("event=credentials-reloaded file={} credentials={} added={} changed={} removed={}",
                 LogValue(config_.lwm2m.credentials_file), credentials_->in_file(), change.added,
                 change.changed, change.removed);
  });
}

void Application::State::ReloadBootstrap(const lwm2m::ObjectModel& model) {
  const std::string& path = config_.lwm2m.bootstrap_accounts_file;
  auto file = ReadBootstrapFile(path, model);
  if (!file) {
    spdlog::error("event=bootstrap-accounts-not-reloaded cause={} effect={}",
                  LogValue(file.error()), LogValue("those read before stay"));
    return;
  }
  LogWarnings(file->warnings);
  auto read = std::make_shared<BootstrapFile>(*std::move(file));
  mailbox_->Post([this, read] {
    bootstrap_->Replace(std::move(*read));
    spdlog::info("event=bootstrap-accounts-loaded file={} accounts={}",
                 LogValue(config_.lwm2m.bootstrap_accounts_file), bootstrap_->account_count());
  });
}

tl::expected<void, std::string> Application::State::OpenCse() {
  cse_url_ = config_.cse.url;
  if (config_.cse.url == "embedded") {
    onem2m::EmbeddedCseOptions options;
    options.bind = config_.cse.embedded_bind;
    if (!config_.cse.base.empty()) options.base = config_.cse.base;
    if (!config_.cse.id.empty()) options.cse_id = config_.cse.id;
    auto cse = onem2m::EmbeddedCse::Create(options);
    if (!cse) return tl::unexpected("cse.embedded.bind: " + cse.error());
    embedded_cse_ = std::move(*cse);
    config_.cse.base = options.base;
    const std::string host = options.bind.substr(0, options.bind.rfind(':'));
    cse_url_ =
        fmt::format("http://{}:{}", host == "0.0.0.0" ? "127.0.0.1" : host, embedded_cse_->port());
  }
  onem2m::HttpCseClientOptions options;
  options.url = cse_url_;
  options.connections = config_.cse.connections;
  if (!config_.cse.release.empty()) options.release_version = config_.cse.release;
  options.request_prefix = "ipe-" + store_->epoch();
  options.ca_file = config_.cse.ca_file;
  options.certificate_file = config_.cse.certificate_file;
  options.key_file = config_.cse.key_file;
  options.authorization = AuthorizationOf(config_.cse.credential);
  client_ = std::make_unique<onem2m::HttpCseClient>(std::move(options));
  requests_ = std::make_unique<CseRequests>(*client_, capabilities_, config_.cse.timeout, UnixNow);
  return {};
}

tl::expected<void, std::string> Application::State::OpenBridge() {
  lwm2m::CoapTransportOptions options;
  options.coap = config_.lwm2m.coap;
  options.coaps = config_.lwm2m.coaps;
  options.coaps_rpk = config_.lwm2m.coaps_rpk;
  options.coap_tcp = config_.lwm2m.coap_tcp;
  options.coaps_tcp = config_.lwm2m.coaps_tcp;
  options.security = {config_.lwm2m.certificate_file,
                      config_.lwm2m.key_file,
                      config_.lwm2m.ca_file,
                      config_.lwm2m.rpk_key_file,
                      credentials_.get(),
                      config_.lwm2m.handshakes,
                      static_cast<double>(config_.lwm2m.admission.handshake_share) / 100};
  options.bootstrap_coap = config_.lwm2m.bootstrap_coap;
  options.bootstrap_coaps = config_.lwm2m.bootstrap_coaps;
  options.sessions_held = config_.lwm2m.sessions_held;
  auto transport = lwm2m::CoapTransport::Create(std::move(options));
  if (!transport) return tl::unexpected("lwm2m: " + transport.error().detail);
  transport_ = std::move(*transport);
  mailbox_ = std::make_unique<Mailbox>([this] { transport_->Wake(); });
  workers_ = std::make_unique<WorkerPool>(config_.cse.connections);
  const BridgeSurroundings surroundings{
      config_,
      model_,
      *store_,
      metrics_,
      *mailbox_,
      [this](JobClass job_class, std::function<void()> job) {
        workers_->Post(job_class, std::move(job));
      },
      *requests_,
      UnixNow,
      RandomShare,
      [this] { return NotifyUrl(); },
      [this](const std::string& release) { client_->set_release_version(release); },
      {live_.get(),
       [this](const std::string& endpoint) {
         return bootstrap_->Start(endpoint, steady_clock::now());
       },
       ask_reload_}};
  const TimePoint now = steady_clock::now();
  bridge_ = std::make_unique<Bridge>(surroundings, now);
  lwm2m::ServerOptions server_options;
  server_options.queue_depth = config_.queue_mode.depth;
  server_options.awake_window = config_.queue_mode.awake;
  // Beside those that the bridge lets wait for the CSE, to which it says so before the server does.
  server_options.waiting += config_.registration.waiting;
  server_options.admission = AdmissionOf(config_.lwm2m.admission);
  server_options.may_register = [this](const lwm2m::Peer& peer, std::string_view endpoint) {
    return MayRegister(*credentials_, peer, endpoint);
  };
  server_options.resources = [this](const lwm2m::Peer& peer, const lwm2m::CoapRequest& request) {
    return bridge_->firmware().Serve(peer, request);
  };
  server_options.endpoint_of = [this](const lwm2m::Peer& peer) {
    return EndpointOf(*credentials_, peer);
  };
  server_ = std::make_unique<lwm2m::Server>(server_options, *transport_, *bridge_, RandomOctets);
  transport_->SetServer(server_.get());
  if (auto started = bridge_->Start(*server_, now); !started) {
    return tl::unexpected("state.directory: " + started.error().detail);
  }
  malloc_trim(0);  // what reading the store has taken for a while
  return {};
}

tl::expected<void, std::string> Application::State::OpenBootstrap() {
  const Bootstrap::Surroundings surroundings{model_,
                                             *credentials_,
                                             [this](const lwm2m::Credential& credential) {
                                               const auto put = credentials_->Put(credential);
                                               if (!put)
                                                 spdlog::error("event=store-failed cause={}",
                                                               LogValue(put.error().detail));
                                               return put.has_value();
                                             },
                                             *transport_,
                                             *server_,
                                             RandomOctets};
  bootstrap_ = std::make_unique<Bootstrap>(surroundings);
  transport_->SetBootstrapServer(&bootstrap_->handler());
  const std::string& path = config_.lwm2m.bootstrap_accounts_file;
  if (path.empty()) return {};
  auto file = ReadBootstrapFile(path, model_);
  if (!file) return tl::unexpected("lwm2m.bootstrap.accounts: " + file.error());
  LogWarnings(file->warnings);
  bootstrap_->Replace(*std::move(file));
  spdlog::info("event=bootstrap-accounts-loaded file={} accounts={}", LogValue(path),
               bootstrap_->account_count());
  return {};
}

tl::expected<void, std::string> Application::State::OpenServers() {
  onem2m::HttpNotifyServerOptions notify_options;
  notify_options.bind = config_.notify.bind;
  notify_options.threads = std::max<std::size_t>(16, config_.cse.connections * 2);
  // Half of the threads are left for the others.
  held_answers_ = std::make_unique<HeldAnswers>(notify_options.threads / 2, kHeldAtMost);
  auto notify = onem2m::HttpNotifyServer::Create(
      notify_options, [this](const onem2m::ReceivedNotification& received) {
        const auto pass_on = [&](std::shared_ptr<void> held) {
          mailbox_->Post([this, told = onem2m::ReceivedNotification{
                                    received.path, received.originator, received.notification,
                                    std::move(held)}] { bridge_->OnCseNotification(told); });
        };
        if (AsksBeforeItAnswers(received.notification)) {
          held_answers_->PassOn(pass_on);
        } else {
          pass_on(nullptr);
        }
        return onem2m::ResponseStatusCode::kOk;
      });
  if (!notify) return tl::unexpected("notify.bind: " + notify.error());
  notify_server_ = std::move(*notify);

  AdminQuestions questions;
  questions.readiness = [this] { return AskReadiness(); };
  questions.metrics = [this] { return AskMetrics(); };
  questions.firmware = [this] { return AskFirmware(); };
  questions.loop_is_alive = [this] {
    const auto now = steady_clock::now().time_since_epoch();
    return now - milliseconds(last_turn_) < kAliveWithin;
  };
  last_turn_ =
      std::chrono::duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
  questions.bootstraps = [this] { return AskBootstraps(); };
  questions.explain = [this](const ExplainQuestion& question) { return AskExplain(question); };
  questions.endpoint = [this](const std::string& endpoint) { return AskEndpoint(endpoint); };
  questions.bootstrap = [this](const std::string& endpoint) { return AskForBootstrap(endpoint); };
  auto admin = AdminServer::Create(config_.admin.bind, std::move(questions));
  if (!admin) return tl::unexpected("admin.bind: " + admin.error());
  admin_ = std::move(*admin);
  spdlog::info("event=started{} notify={} admin={} cse={}", ListenersOf(*transport_),
               notify_server_->port(), admin_->port(), cse_url_);
  return {};
}

// Where the CSE reaches us: as configured, else our address on the connection to it. "" : no
// connection.
std::string Application::State::NotifyUrl() {
  const std::string path = "/" + store_->notify_secret();
  if (!config_.notify.url.empty()) {
    const bool has_slash = config_.notify.url.back() == '/';
    return config_.notify.url + (has_slash ? path.substr(1) : path);
  }
  if (!client_->Probe(config_.cse.timeout)) return "";
  return fmt::format("http://{}:{}{}", UrlHost(client_->local_address()), notify_server_->port(),
                     path);
}

TimePoint Application::State::Turn(TimePoint deadline) {
  const TimePoint before = steady_clock::now();
  const TimePoint next = std::min({server_->Tick(before), bridge_->Tick(before),
                                   bootstrap_->Tick(before), deadline, before + kLongestWait});
  const TimePoint now = transport_->RunOnce(next);
  bridge_->Tick(now);
  mailbox_->Drain();
  bridge_->EndTurn(transport_->waited());
  last_turn_ = std::chrono::duration_cast<milliseconds>(now.time_since_epoch()).count();
  ready_ = bridge_->ready();
  return now;
}

int Application::State::Run() {
  while (!stop_) Turn(TimePoint::max());
  // Flush what can be delivered, within a deadline; the rest is in the store. Nobody is
  // deregistered.
  const TimePoint until = steady_clock::now() + kFlushWithin;
  while (bridge_->HasWork() && steady_clock::now() < until) {
    Turn(std::min(until, steady_clock::now() + milliseconds(20)));
  }
  spdlog::info("event=stopping undelivered={}", store_->pending_rows());
  bridge_->Stop();
  while (!bridge_->idle() && steady_clock::now() < until) {
    Turn(std::min(until, steady_clock::now() + milliseconds(20)));
  }
  Shut();
  return 0;
}

// Whatever posts to the loop ends before what it posts to.
void Application::State::Shut() {
  admin_.reset();
  if (held_answers_ != nullptr) held_answers_->Stop();
  notify_server_.reset();
  // A job asks the CSE several times, and a silent CSE costs a time-out each: one is enough.
  if (requests_ != nullptr) requests_->Stop();
  if (workers_ != nullptr) workers_->Stop();
  if (mailbox_ != nullptr) mailbox_->Drain();
  if (bridge_ != nullptr) bridge_->EndTurn(transport_->waited());
  ready_ = false;
}

// The loop answers, or the admin thread gives up on it.
Readiness Application::State::AskReadiness() {
  auto promise = std::make_shared<std::promise<Readiness>>();
  auto answer = promise->get_future();
  mailbox_->Post([this, promise] {
    Readiness readiness;
    readiness.reasons = bridge_->Troubles();
    readiness.ready = readiness.reasons.empty();
    const std::vector<std::string> notes = bridge_->Notes();
    readiness.reasons.insert(readiness.reasons.end(), notes.begin(), notes.end());
    promise->set_value(std::move(readiness));
  });
  if (answer.wait_for(kAdminPatience) == std::future_status::ready) return answer.get();
  return {false, {"loop: no answer within 2 s"}};
}

std::string Application::State::AskFirmware() {
  auto promise = std::make_shared<std::promise<std::string>>();
  auto answer = promise->get_future();
  mailbox_->Post([this, promise] { promise->set_value(bridge_->firmware().ToJson()); });
  if (answer.wait_for(kAdminPatience) == std::future_status::ready) return answer.get();
  return R"({"error":"no answer from the loop within 2 s"})";
}

std::string Application::State::AskMetrics() {
  auto promise = std::make_shared<std::promise<void>>();
  auto answer = promise->get_future();
  mailbox_->Post([this, promise] {
    bridge_->UpdateGauges();
    bootstrap_->UpdateGauges(metrics_);
    metrics_.SetGauge("notify_malformed", "Notifications that could not be read",
                      static_cast<double>(notify_server_ ? notify_server_->malformed() : 0));
    SetCoapGauges(metrics_, transport_->counters());
    SetAdmissionGauges(metrics_, server_->counters());
    promise->set_value();
  });
  answer.wait_for(kAdminPatience);  // an older value is better than none
  return metrics_.Render();
}

std::string Application::State::AskBootstraps() {
  auto promise = std::make_shared<std::promise<std::string>>();
  auto answer = promise->get_future();
  mailbox_->Post([this, promise] { promise->set_value(bootstrap_->Runs(steady_clock::now())); });
  if (answer.wait_for(kAdminPatience) == std::future_status::ready) return answer.get();
  return "[]";
}

std::string Application::State::AskEndpoint(const std::string& endpoint) {
  auto promise = std::make_shared<std::promise<std::string>>();
  auto answer = promise->get_future();
  mailbox_->Post([this, promise, endpoint] { promise->set_value(bridge_->StateOf(endpoint)); });
  if (answer.wait_for(kAdminPatience) == std::future_status::ready) return answer.get();
  return "";
}

std::string Application::State::AskExplain(const ExplainQuestion& question) {
  std::optional<lwm2m::Path> path;
  if (!question.path.empty()) {
    const auto parsed = lwm2m::Path::Parse(question.path);
    if (!parsed) return "";
    path = *parsed;
  }
  auto promise = std::make_shared<std::promise<Explanation>>();
  auto answer = promise->get_future();
  mailbox_->Post([this, promise, endpoint = question.endpoint, path] {
    promise->set_value(bridge_->Explain(endpoint, path));
  });
  if (answer.wait_for(kAdminPatience) != std::future_status::ready) {
    return question.as_text ? "no answer from the loop within 2 s\n"
                            : R"({"error":"no answer from the loop within 2 s"})";
  }
  const Explanation explanation = answer.get();
  return question.as_text ? ToText(explanation) : ToJson(explanation);
}

BootstrapAnswer Application::State::AskForBootstrap(const std::string& endpoint) {
  auto promise = std::make_shared<std::promise<BootstrapAnswer>>();
  auto answer = promise->get_future();
  mailbox_->Post([this, promise, endpoint] {
    promise->set_value(bootstrap_->Start(endpoint, steady_clock::now()));
  });
  if (answer.wait_for(kAdminPatience) == std::future_status::ready) return answer.get();
  return {503, "loop: no answer within 2 s"};
}

tl::expected<std::unique_ptr<Application>, std::string> Application::Create(
    Config config, std::function<void()> ask_reload) {
  auto state = std::make_unique<State>(std::move(config), std::move(ask_reload));
  if (auto opened = state->Open(); !opened) return tl::unexpected(opened.error());
  return std::unique_ptr<Application>(new Application(std::move(state)));
}

Application::Application(std::unique_ptr<State> state) : state_(std::move(state)) {}
Application::~Application() = default;

int Application::Run() { return state_->Run(); }
void Application::Stop() { state_->Stop(); }
void Application::Reload(Config config) { state_->Reload(std::move(config)); }
std::vector<std::string> Application::coap_addresses() const { return state_->coap_addresses(); }
std::uint16_t Application::admin_port() const { return state_->admin_port(); }
std::uint16_t Application::notify_port() const { return state_->notify_port(); }
std::string Application::cse_url() const { return state_->cse_url(); }
bool Application::ready() const { return state_->ready(); }

}  // namespace ipe
