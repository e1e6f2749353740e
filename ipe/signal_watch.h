// Signals as calls on a thread of our own.
#ifndef IPE_SIGNAL_WATCH_H_
#define IPE_SIGNAL_WATCH_H_

#include <csignal>
#include <functional>
#include <thread>

namespace ipe {

// Turns SIGINT, SIGTERM and SIGHUP into calls. Made first in main, before any other thread, for
// threads inherit the blocked signals; what arrives before Start() waits for it.
class SignalWatch {
 public:
  SignalWatch();
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

  // `on_signal` is called on the watch's thread, until Stop() or the destructor. Once only.
  void Start(std::function<void(int signal)> on_signal);
  // No call is under way or follows; signals stay blocked, and what arrives now has no effect.
  void Stop();

 private:
  void Run(const std::function<void(int)>& on_signal) const;

  sigset_t before_{};
  int signals_ = -1;  // signalfd
  int stop_ = -1;     // eventfd
  std::thread thread_;
};

}  // namespace ipe

#endif  // IPE_SIGNAL_WATCH_H_
