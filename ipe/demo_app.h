// The oneM2M application of the demo: all it knows it knows from the CSE.
#ifndef IPE_DEMO_APP_H_
#define IPE_DEMO_APP_H_

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "onem2m/http/http_cse_client.h"
#include "onem2m/http/http_notify_server.h"
#include "onem2m/resources.h"

namespace ipe {

// A contentInstance that the CSE notified of.
struct DemoEvent {
  std::string container;  // address below the <CSEBase>, "dev-sensor-000001/3303/0/5700"
  std::string content;
};

// An <AE> on Mca with a listener for its subscriptions, nothing else: no side door into the IPE.
// Addresses are resource names below the <CSEBase>. Errors are sentences for the terminal.
// One thread calls it; notifications arrive on the listener's threads and wait in a queue, the
// oldest of more than a thousand go.
class DemoApp {
 public:
  template <typename T>
  using Result = tl::expected<T, std::string>;

  // AE-ID of the application; access.writers of the demo's configuration names it.
  static constexpr const char* kOriginator = "CdemoApp";

  // Opens the listener, finds the <CSEBase> and registers the <AE>.
  static Result<std::unique_ptr<DemoApp>> Create(const std::string& cse_url);

  const std::string& base() const { return base_; }  // resource name of <CSEBase>

  Result<onem2m::Resource> Retrieve(const std::string& address);
  // What a Retrieve is answered; nothing when the CSE does not answer.
  std::optional<onem2m::ResponseStatusCode> Look(const std::string& address);
  // Addresses of the resources of a type at or below `address`, sorted.
  Result<std::vector<std::string>> Discover(const std::string& address, onem2m::ResourceType type);
  // Asks to be notified of new contentInstances. Asking again is not an error.
  Result<void> Subscribe(const std::string& container);
  // A contentInstance with this content.
  Result<void> Put(const std::string& container, const std::string& content);

  // The next notified contentInstance, nothing when none comes in time.
  std::optional<DemoEvent> NextEvent(std::chrono::milliseconds timeout);

 private:
  DemoApp() = default;
  Result<onem2m::ResponsePrimitive> Send(onem2m::RequestPrimitive request);
  Result<void> CreateResource(const std::string& parent, const onem2m::Resource& resource);
  Result<void> Register();
  onem2m::ResponseStatusCode OnNotification(const onem2m::ReceivedNotification& received);

  std::string base_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<DemoEvent> events_;  // under mutex_
  std::unique_ptr<onem2m::HttpCseClient> client_;
  std::unique_ptr<onem2m::HttpNotifyServer> listener_;  // last: its threads use what is above
};

}  // namespace ipe

#endif  // IPE_DEMO_APP_H_
