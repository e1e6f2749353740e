#include "tests/support/scenario_world.h"

#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

#include "ipe/bridge.h"
#include "ipe/config.h"
#include "ipe/live_configuration.h"
#include "ipe/models.h"

namespace tests {

using lwm2m::TimePoint;
using std::chrono::milliseconds;

namespace {

constexpr std::int64_t kUnixStart = 1'700'000'000;
constexpr TimePoint kStart{std::chrono::hours(1000)};
constexpr int kTurnsToRest = 1000;
constexpr milliseconds kCseTimeout{10'000};

const lwm2m::ObjectModel& Model() {
  static const lwm2m::ObjectModel model = *ipe::LoadModels("");
  return model;
}

}  // namespace

// One run of the service, put together as Application does it.
class ScenarioWorld::Service {
 public:
  using Job = std::pair<ipe::JobClass, std::function<void()>>;

  Service(ScenarioWorld& world, ipe::Config configuration, std::unique_ptr<ipe::Store> opened)
      : config(std::move(configuration)),
        store(std::move(opened)),
        live(config, *store),
        loaded(live.Load()),
        requests(
            world.cse_, capabilities, kCseTimeout, [&world] { return world.UnixNow(); },
            [&world] { return world.now_; }),
        mailbox([] {}),
        bridge({config,
                Model(),
                *store,
                metrics,
                mailbox,
                [this](ipe::JobClass job_class, std::function<void()> job) {
                  jobs.emplace_back(job_class, std::move(job));
                },
                requests,
                [&world] { return world.UnixNow(); },
                [] { return 1.0; },
                [this] { return "http://ipe.example:8282/" + store->notify_secret(); },
                [](const std::string&) {},
                {&live, nullptr, nullptr}},
               world.now_),
        server(OptionsOf(config), world.transport_, bridge,
               [&world](std::size_t count) { return world.octets_(count); }) {}

  static lwm2m::ServerOptions OptionsOf(const ipe::Config& config) {
    lwm2m::ServerOptions options;
    options.queue_depth = config.queue_mode.depth;
    options.awake_window = config.queue_mode.awake;
    return options;
  }

  ipe::Config config;
  std::unique_ptr<ipe::Store> store;
  ipe::LiveConfiguration live;
  ipe::StoreResult<void> loaded;
  ipe::CseCapabilities capabilities;
  ipe::CseRequests requests;
  ipe::Metrics metrics;
  ipe::Mailbox mailbox;
  std::vector<Job> jobs;
  ipe::Bridge bridge;
  lwm2m::Server server;
};

ScenarioWorld::ScenarioWorld(std::map<std::string, std::string> flags)
    : flags_(std::move(flags)),
      now_(kStart),
      directory_(std::make_unique<ipe::testing::TemporaryDirectory>()),
      cse_([this] { return UnixNow() - clock_error_.count(); }) {
  cse_.set_pass_time([this](milliseconds duration) { now_ += duration; });
}

ScenarioWorld::~ScenarioWorld() = default;

std::int64_t ScenarioWorld::UnixNow() const {
  return kUnixStart + clock_error_.count() +
         std::chrono::duration_cast<std::chrono::seconds>(now_ - kStart).count();
}

std::unique_ptr<FullDisk> ScenarioWorld::DiskOfTheMoment() const {
  return disk_full_ ? std::make_unique<FullDisk>() : nullptr;
}

tl::expected<ipe::Config, ipe::ConfigError> ScenarioWorld::Configure() const {
  auto flags = flags_;
  flags["state.directory"] = directory_->path();
  flags["cse.url"] = "http://cse.example";
  return ipe::LoadConfig("", {}, flags);
}

std::string ScenarioWorld::Reload(const std::string& key, const std::string& value) {
  const auto flags = flags_;
  flags_[key] = value;
  const auto wanted = Configure();
  if (!wanted) {
    flags_ = flags;
    return wanted.error().ToString();
  }
  const ipe::Config before = service_->config;
  const ipe::ConfigChanges changes = service_->live.Reload(*wanted);
  if (!changes.need_restart.empty()) return "needs a restart: " + changes.need_restart.front();
  service_->bridge.OnConfigurationChanged(before, /*definitions_changed=*/false);
  return "";
}

std::string ScenarioWorld::Start() {
  const auto disk = DiskOfTheMoment();
  auto config = Configure();
  if (!config) return config.error().ToString();
  auto store = ipe::Store::Open(ipe::StoreOptionsOf(*config));
  if (!store) return store.error().detail;
  // What the CSE told nobody is lost.
  cse_.notifications.clear();
  service_ = std::make_unique<Service>(*this, std::move(*config), std::move(*store));
  if (!service_->loaded) return service_->loaded.error().detail;
  if (auto started = service_->bridge.Start(service_->server, now_); !started) {
    return started.error().detail;
  }
  return Settle();
}

void ScenarioWorld::Stop() {
  const auto disk = DiskOfTheMoment();
  service_->bridge.Stop();
  service_->jobs.clear();
  service_->mailbox.Drain();
  EndTurn();
  service_.reset();
  transport_.ForgetExchanges();
}

void ScenarioWorld::Kill() {
  auto left = std::make_unique<ipe::testing::TemporaryDirectory>();
  std::filesystem::copy(directory_->path(), left->path(), std::filesystem::copy_options::recursive);
  service_.reset();
  directory_ = std::move(left);
  transport_.ForgetExchanges();
}

std::size_t ScenarioWorld::RunJobs(std::size_t most) {
  std::size_t ran = 0;
  while (ran < most && !service_->jobs.empty()) {
    // As WorkerPool: urgent ones first, each class in order of arrival.
    const auto next = std::min_element(
        service_->jobs.begin(), service_->jobs.end(),
        [](const auto& left, const auto& right) { return left.first < right.first; });
    const std::function<void()> job = std::move(next->second);
    service_->jobs.erase(next);
    job();
    ++ran;
  }
  return ran;
}

void ScenarioWorld::Notify(const ScenarioCse::Notification& notification) {
  auto parsed = onem2m::ParseNotification(notification.body);
  if (!parsed) return;
  // As HeldAnswers: the CSE is answered when nobody holds it any more.
  std::shared_ptr<void> held;
  if (notification.answered) {
    held = std::shared_ptr<void>(this, [answered = notification.answered](void*) { answered(); });
  }
  for (onem2m::Notification& each : *parsed) {
    service_->mailbox.Post([this, received = onem2m::ReceivedNotification{notification.path, "",
                                                                          std::move(each), held}] {
      service_->bridge.OnCseNotification(received);
    });
  }
}

void ScenarioWorld::NotifyAgain() { Notify(last_notification_); }

bool ScenarioWorld::ForwardNotifications() {
  if (hold_notifications_ || cse_.notifications.empty()) return false;
  for (const ScenarioCse::Notification& notification : std::exchange(cse_.notifications, {})) {
    last_notification_ = notification;
    Notify(notification);
  }
  return true;
}

// As Application::State::Turn, with the other threads' part in between.
bool ScenarioWorld::Turn() {
  const auto disk = DiskOfTheMoment();
  service_->server.Tick(now_);
  service_->bridge.Tick(now_);
  EndTurn();  // of what came in since
  bool moved = transport_.CarryAnswers(service_->server, now_);
  if (!hold_jobs_ && !service_->jobs.empty()) {
    RunJobs(1);
    moved = true;
  }
  moved |= ForwardNotifications();
  moved |= service_->mailbox.Drain() > 0;
  EndTurn();
  return moved;
}

// No time passes within a turn: all that passes between two of them is waiting, unless it is not.
void ScenarioWorld::EndTurn() {
  const lwm2m::TimePoint before = std::exchange(turned_, now_);
  if (!loop_is_busy_) waited_ += now_ - before;
  service_->bridge.EndTurn(waited_);
}

std::string ScenarioWorld::Settle() {
  if (!running()) return "";
  for (int turn = 0; turn < kTurnsToRest; ++turn) {
    if (!Turn()) return "";
  }
  return "does not come to rest";
}

std::string ScenarioWorld::Advance(milliseconds duration) {
  const TimePoint target = now_ + duration;
  while (running() && now_ < target) {
    const TimePoint next = std::min(service_->server.Tick(now_), service_->bridge.Tick(now_));
    now_ = std::min(target, std::max(next, now_ + milliseconds(1)));
    if (std::string complaint = Settle(); !complaint.empty()) return complaint;
  }
  now_ = std::max(now_, target);
  return "";
}

void ScenarioWorld::Uplink(ScenarioDevice& device, const lwm2m::CoapRequest& request) {
  const auto disk = DiskOfTheMoment();
  transport_.Uplink(device, request, service_->server, now_);
}

lwm2m::Server::Reception ScenarioWorld::Notification(ScenarioDevice& device,
                                                     const lwm2m::CoapResponse& notification) {
  const auto disk = DiskOfTheMoment();
  device.TakeSession();
  // As the transport does, in a turn of one message.
  using Reception = lwm2m::Server::Reception;
  service_->server.BeginTurn();
  const Reception reception = service_->server.OnResponse(device.peer(), notification, now_);
  const bool stored = service_->server.EndTurn();
  if (reception != Reception::kPending) return reception;
  return stored ? Reception::kAccepted : Reception::kNotStored;
}

void ScenarioWorld::TimeOut(ScenarioDevice& device) {
  for (const std::string& token : device.TimeOut()) {
    service_->server.OnFailure(device.peer(), token, lwm2m::Failure::kTimedOut, now_);
  }
}

std::string ScenarioWorld::Meddle(const std::string& sql) {
  sqlite3* database = nullptr;
  std::string complaint;
  if (sqlite3_open((*directory_ / "ipe.db").c_str(), &database) != SQLITE_OK ||
      sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    complaint = sqlite3_errmsg(database);
  }
  sqlite3_close(database);
  return complaint;
}

// Everything behind the first page, for the service's connection too: another one has moved the log
// into the file meanwhile.
std::string ScenarioWorld::DamageDatabase() {
  std::string complaint =
      Meddle("CREATE TABLE visit (a); DROP TABLE visit; PRAGMA wal_checkpoint(TRUNCATE)");
  if (!complaint.empty()) return complaint;
  const std::string file = *directory_ / "ipe.db";
  const auto size = std::filesystem::file_size(file);
  std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
  stream.seekp(4096);
  stream << std::string(size - 4096, '\xa5');
  return stream.flush() ? "" : "cannot be damaged";
}

void ScenarioWorld::DeleteDatabase() {
  for (const char* name : {"ipe.db", "ipe.db-wal", "ipe.db-shm"}) {
    std::filesystem::remove(*directory_ / name);
  }
}

void ScenarioWorld::LoseState() {
  directory_ = std::make_unique<ipe::testing::TemporaryDirectory>();
}

void ScenarioWorld::BackUpState() {
  backup_ = std::make_unique<ipe::testing::TemporaryDirectory>();
  std::filesystem::copy(directory_->path(), backup_->path(),
                        std::filesystem::copy_options::recursive);
}

void ScenarioWorld::RestoreState() { directory_ = std::move(backup_); }

std::uint64_t ScenarioWorld::pending_rows() const { return service_->store->pending_rows(); }
std::uint64_t ScenarioWorld::refused_rows() const { return service_->store->refused_rows(); }
std::size_t ScenarioWorld::waiting_jobs() const { return service_->jobs.size(); }
std::vector<std::string> ScenarioWorld::Troubles() const { return service_->bridge.Troubles(); }
std::vector<std::string> ScenarioWorld::Notes() const { return service_->bridge.Notes(); }

double ScenarioWorld::Metric(const std::string& name) const {
  service_->bridge.UpdateGauges();
  const std::string text = "\n" + service_->metrics.Render();
  double sum = 0;
  for (std::size_t at = text.find("\n" + name); at != std::string::npos;
       at = text.find("\n" + name, at + 1)) {
    const std::size_t after = at + 1 + name.size();
    if (text[after] != ' ' && text[after] != '{') continue;
    sum += std::stod(text.substr(text.find(' ', after)));
  }
  return sum;
}

}  // namespace tests
