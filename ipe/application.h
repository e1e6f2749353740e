// The running service: everything put together.
#ifndef IPE_APPLICATION_H_
#define IPE_APPLICATION_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "ipe/config.h"

namespace ipe {

// Owns the threads of docs/architecture.md. Create() opens ports and the store; Run() is the loop
// thread; Stop() may be called from any thread and from a signal handler's thread.
class Application {
 public:
  // The error says what could not be opened and why, in one line for the operator.
  // `ask_reload` has the configuration read again, for an administrator in the CSE; it must not
  // block.
  static tl::expected<std::unique_ptr<Application>, std::string> Create(
      Config config, std::function<void()> ask_reload = nullptr);
  ~Application();

  // Serves until Stop(); then stops taking, flushes within 5 s, keeps registrations. Returns the
  // exit status.
  int Run();
  void Stop();
  // Lets the loop take over what may change of `config`, which was read again, and reads the
  // definitions of objects and the files of credentials and of bootstrap accounts again, on the
  // caller's thread; a file that is wrong changes nothing. All is logged. From any thread that is
  // no signal handler.
  void Reload(Config config);

  // Real addresses, also when the configuration said port 0.
  std::vector<std::string> coap_addresses() const;
  std::uint16_t admin_port() const;
  std::uint16_t notify_port() const;
  std::string cse_url() const;  // of the embedded CSE too
  bool ready() const;           // as /readyz

 private:
  class State;
  explicit Application(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace ipe

#endif  // IPE_APPLICATION_H_
