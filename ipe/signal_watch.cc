#include "ipe/signal_watch.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <utility>

namespace ipe {

SignalWatch::SignalWatch() {
  sigset_t watched;
  sigemptyset(&watched);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&watched, signal);
  pthread_sigmask(SIG_BLOCK, &watched, &before_);
  // A peer that closes its connection is an error of that write, not the end of the service.
  std::signal(SIGPIPE, SIG_IGN);
  // So is a file that may not grow: the disk is full.
  std::signal(SIGXFSZ, SIG_IGN);
  signals_ = signalfd(-1, &watched, SFD_CLOEXEC);
  stop_ = eventfd(0, EFD_CLOEXEC);
}

SignalWatch::~SignalWatch() {
  Stop();
  close(signals_);
  close(stop_);
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void SignalWatch::Start(std::function<void(int)> on_signal) {
  thread_ = std::thread([this, call = std::move(on_signal)] { Run(call); });
}

void SignalWatch::Stop() {
  if (!thread_.joinable()) return;
  eventfd_write(stop_, 1);
  thread_.join();
}

void SignalWatch::Run(const std::function<void(int)>& on_signal) const {
  std::array<pollfd, 2> sources{{{signals_, POLLIN, 0}, {stop_, POLLIN, 0}}};
  while (true) {
    if (poll(sources.data(), sources.size(), -1) < 0) continue;  // EINTR
    if (sources[1].revents != 0) return;
    signalfd_siginfo received{};
    if (read(signals_, &received, sizeof received) != sizeof received) continue;
    on_signal(static_cast<int>(received.ssi_signo));
  }
}

}  // namespace ipe
