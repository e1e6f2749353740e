// A disk without room, for this process, without anybody's rights.
#ifndef TESTS_SUPPORT_FULL_DISK_H_
#define TESTS_SUPPORT_FULL_DISK_H_

#include <sys/resource.h>

#include <csignal>
#include <stdexcept>

namespace tests {

// While it lives, no write to any file beyond its first `octets` octets succeeds (EFBIG). It lives
// for moments only: the test's own output may be a file.
class FullDisk {
 public:
  explicit FullDisk(rlim_t octets = 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    if (getrlimit(RLIMIT_FSIZE, &before_) != 0) throw std::runtime_error("getrlimit");
    rlimit limit = before_;
    limit.rlim_cur = octets;
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) throw std::runtime_error("setrlimit");
  }
  ~FullDisk() { setrlimit(RLIMIT_FSIZE, &before_); }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
};

}  // namespace tests

#endif  // TESTS_SUPPORT_FULL_DISK_H_
