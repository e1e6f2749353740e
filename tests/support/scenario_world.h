// The service without threads, sockets and clock, between devices and a CSE in memory.
#ifndef TESTS_SUPPORT_SCENARIO_WORLD_H_
#define TESTS_SUPPORT_SCENARIO_WORLD_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ipe/config.h"
#include "lwm2m/server.h"
#include "tests/support/full_disk.h"
#include "tests/support/lwm2m_fakes.h"
#include "tests/support/scenario_cse.h"
#include "tests/support/scenario_device.h"
#include "tests/support/temporary_directory.h"

namespace tests {

// One thread. Bridge, Server, Store and mapping are the real ones; what they wait for is done when
// the scenario lets it: jobs for the CSE one by one, time in steps, a restart at any point.
class ScenarioWorld {
 public:
  // `flags`: configuration, as with --set.
  explicit ScenarioWorld(std::map<std::string, std::string> flags);
  ~ScenarioWorld();

  bool running() const { return service_ != nullptr; }
  // "" or why it does not start.
  std::string Start();
  // As after SIGHUP, with a configuration that says `value` of `key`. "" or what is wrong with it.
  std::string Reload(const std::string& key, const std::string& value);
  void Stop();  // as after SIGTERM, with nothing delivered any more
  void Kill();  // as after SIGKILL: what is on disk at this moment is all that is left

  // Everything that can happen now happens. "" or a complaint when it does not come to rest.
  std::string Settle();
  // Settles at every moment on the way at which the service wants to be called.
  std::string Advance(std::chrono::milliseconds duration);

  // Our wall clock; not that of the CSE, and not the steady one.
  void JumpClock(std::chrono::seconds by) { clock_error_ += by; }

  void set_hold_jobs(bool hold) { hold_jobs_ = hold; }
  std::size_t RunJobs(std::size_t most);  // how many ran; their results are handed over
  void set_hold_notifications(bool hold) { hold_notifications_ = hold; }
  // The last notification of the CSE once more.
  void NotifyAgain();
  void Notify(const ScenarioCse::Notification& notification);

  // SQL on the state directory from outside: how a scenario breaks the outbox.
  std::string Meddle(const std::string& sql);
  // What can happen to the state directory.
  void set_loop_is_busy(bool busy) { loop_is_busy_ = busy; }
  void set_disk_full(bool full) { disk_full_ = full; }
  std::string DamageDatabase();
  void DeleteDatabase();
  void LoseState();  // between two runs
  void BackUpState();
  void RestoreState();

  void Uplink(ScenarioDevice& device, const lwm2m::CoapRequest& request);
  lwm2m::Server::Reception Notification(ScenarioDevice& device,
                                        const lwm2m::CoapResponse& notification);
  void TimeOut(ScenarioDevice& device);

  // --- what can be asked; the service must be running
  std::uint64_t pending_rows() const;
  std::uint64_t refused_rows() const;
  double Metric(const std::string& name) const;  // 0 when nobody has counted it
  std::vector<std::string> Troubles() const;
  std::vector<std::string> Notes() const;
  std::size_t waiting_jobs() const;

  ScenarioCse& cse() { return cse_; }
  ScenarioTransport& transport() { return transport_; }

 private:
  class Service;

  tl::expected<ipe::Config, ipe::ConfigError> Configure() const;
  std::int64_t UnixNow() const;
  bool Turn();
  void EndTurn();
  std::unique_ptr<FullDisk> DiskOfTheMoment() const;
  bool ForwardNotifications();

  std::map<std::string, std::string> flags_;
  lwm2m::TimePoint now_;
  std::chrono::seconds clock_error_{0};
  std::unique_ptr<ipe::testing::TemporaryDirectory> directory_;
  ScenarioCse cse_;
  ScenarioTransport transport_;
  CountingOctets octets_;
  std::unique_ptr<Service> service_;
  ScenarioCse::Notification last_notification_;
  std::unique_ptr<ipe::testing::TemporaryDirectory> backup_;
  lwm2m::TimePoint turned_{};          // the end of the last turn
  std::chrono::nanoseconds waited_{};  // of the loop, in all
  bool loop_is_busy_ = false;
  bool disk_full_ = false;
  bool hold_jobs_ = false;
  bool hold_notifications_ = false;
};

}  // namespace tests

#endif  // TESTS_SUPPORT_SCENARIO_WORLD_H_
