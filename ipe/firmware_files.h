// Firmware images that may be sent to devices: the files of one directory.
#ifndef IPE_FIRMWARE_FILES_H_
#define IPE_FIRMWARE_FILES_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "lwm2m/firmware.h"

namespace ipe {

// Immutable.
struct FirmwareFile {
  lwm2m::FirmwareImage image;
  std::string etag;  // 8 octets of its SHA-256: the same as long as the content is (RFC 7959 §2.4)
};

// Loop thread only. An image is in memory once while somebody holds it, however many do, and is
// read anew when the file has changed.
class FirmwareFiles {
 public:
  // "" : nothing may be sent.
  FirmwareFiles(std::string directory, std::uint64_t max_bytes)
      : directory_(std::move(directory)), max_bytes_(max_bytes) {}

  // The error says what is wrong for whoever named the file. A name is 1 … 128 of A-Za-z0-9._- and
  // does not begin with a dot, so that it is never a path.
  tl::expected<std::shared_ptr<const FirmwareFile>, std::string> Open(std::string_view name);

 private:
  // What tells one content of a file from the next.
  struct Version {
    std::uint64_t device = 0, inode = 0, size = 0;
    std::int64_t seconds = 0, nanoseconds = 0;  // modified
    friend bool operator==(const Version&, const Version&) = default;
  };
  struct Known {
    Version version;
    std::weak_ptr<const FirmwareFile> file;
  };
  tl::expected<std::shared_ptr<const FirmwareFile>, std::string> Read(const std::string& name,
                                                                      int file);

  const std::string directory_;
  const std::uint64_t max_bytes_;
  std::map<std::string, Known, std::less<>> known_;  // by name
};

bool IsFirmwareName(std::string_view text);

}  // namespace ipe

#endif  // IPE_FIRMWARE_FILES_H_
