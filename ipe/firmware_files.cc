#include "ipe/firmware_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace ipe {
namespace {

constexpr std::size_t kLongestName = 128;
constexpr std::size_t kEtagSize = 8;  // the most that CoAP allows (RFC 7252 §5.10)

// A file descriptor that is closed.
class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int descriptor() const { return descriptor_; }

 private:
  const int descriptor_;
};

std::string Because(int error) { return std::generic_category().message(error); }

std::string EtagOf(const std::string& octets) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  EVP_Digest(octets.data(), octets.size(), digest.data(), &length, EVP_sha256(), nullptr);
  return {reinterpret_cast<const char*>(digest.data()), kEtagSize};
}

}  // namespace

bool IsFirmwareName(std::string_view text) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  return !text.empty() && text.size() <= kLongestName && text.front() != '.' &&
         text.find_first_not_of(kAlphabet) == std::string_view::npos;
}

tl::expected<std::shared_ptr<const FirmwareFile>, std::string> FirmwareFiles::Open(
    std::string_view name) {
  if (directory_.empty()) return tl::unexpected<std::string>("firmware.directory is not set");
  if (!IsFirmwareName(name)) {
    return tl::unexpected<std::string>("expected a name of letters, digits, '.', '_' and '-'");
  }
  const std::string text(name);
  const File file(open((directory_ + "/" + text).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.descriptor() < 0) {
    return tl::unexpected(fmt::format("{}: {}", text, Because(errno)));
  }
  return Read(text, file.descriptor());
}

tl::expected<std::shared_ptr<const FirmwareFile>, std::string> FirmwareFiles::Read(
    const std::string& name, int file) {
  struct stat found {};
  if (fstat(file, &found) != 0) return tl::unexpected(fmt::format("{}: {}", name, Because(errno)));
  if (!S_ISREG(found.st_mode)) return tl::unexpected(name + ": is no file");
  const auto size = static_cast<std::uint64_t>(found.st_size);
  if (size == 0) return tl::unexpected(name + ": is empty");
  if (size > max_bytes_) {
    return tl::unexpected(
        fmt::format("{}: {} octets are above firmware.max_bytes, {}", name, size, max_bytes_));
  }
  const Version version{found.st_dev, found.st_ino, size, found.st_mtim.tv_sec,
                        found.st_mtim.tv_nsec};
  std::erase_if(known_, [](const auto& entry) { return entry.second.file.expired(); });
  if (const auto known = known_.find(name); known != known_.end()) {
    auto image = known->second.file.lock();
    if (image != nullptr && known->second.version == version) return image;
  }
  std::string octets(size, '\0');
  std::size_t have = 0;
  while (have < octets.size()) {
    const ssize_t got = read(file, octets.data() + have, octets.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return tl::unexpected(fmt::format("{}: {}", name, Because(errno)));
    if (got == 0) return tl::unexpected(name + ": changes while it is read");
    have += static_cast<std::size_t>(got);
  }
  std::string etag = EtagOf(octets);
  auto image = std::make_shared<const FirmwareFile>(
      FirmwareFile{lwm2m::FirmwareImage(std::move(octets)), std::move(etag)});
  known_[name] = Known{version, image};
  return image;
}

}  // namespace ipe
