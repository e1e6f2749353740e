// Object 5, Firmware Update: its values, and the image on its way to devices.
// (LwM2M Core 1.1.1 §E.6; FW-1 … FW-7)
#ifndef LWM2M_FIRMWARE_H_
#define LWM2M_FIRMWARE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "lwm2m/error.h"
#include "lwm2m/path.h"

namespace lwm2m {

inline constexpr Path kFirmwarePackage{5, 0, 0};
inline constexpr Path kFirmwarePackageUri{5, 0, 1};
inline constexpr Path kFirmwareUpdate{5, 0, 2};
inline constexpr Path kFirmwareState{5, 0, 3};
inline constexpr Path kFirmwareResult{5, 0, 5};
inline constexpr Path kFirmwareProtocols{5, 0, 8};
inline constexpr Path kFirmwareDelivery{5, 0, 9};
inline constexpr Path kFirmwareCancel{5, 0, 10};
inline constexpr Path kDeviceFirmwareVersion{3, 0, 3};

// /5/0/3 (FW-2).
enum class FirmwareState { kIdle = 0, kDownloading = 1, kDownloaded = 2, kUpdating = 3 };
std::string_view ToString(FirmwareState state);  // "Idle"

// /5/0/5 (FW-3); the last two from object version 1.1 on.
enum class FirmwareResult {
  kInitial = 0,
  kSuccess = 1,
  kNoFlash = 2,
  kNoMemory = 3,
  kConnectionLost = 4,
  kIntegrity = 5,
  kUnsupportedType = 6,
  kInvalidUri = 7,
  kUpdateFailed = 8,
  kUnsupportedProtocol = 9,
  kCancelled = 10,
  kDeferred = 11,
};
// What the device says with it, for a human: "integrity check failed". Any other number:
// "a result that LwM2M does not define".
std::string_view Explain(FirmwareResult result);
constexpr bool IsFailure(FirmwareResult result) {
  return result != FirmwareResult::kInitial && result != FirmwareResult::kSuccess &&
         result != FirmwareResult::kDeferred;
}

// How the image comes to the device: block-wise Write of /5/0/0, or fetched by it from /5/0/1.
enum class FirmwareMethod { kPush, kPull };
std::string_view ToString(FirmwareMethod method);  // "push"
std::optional<FirmwareMethod> ParseFirmwareMethod(std::string_view text);

// The number in /5/0/8 of a URI's scheme (FW-6): coap 0, coaps 1, http 2, https 3, coap+tcp 4,
// coaps+tcp 5; nullopt for any other.
std::optional<std::int64_t> FirmwareProtocolOf(std::string_view uri);

// One image, in memory once however many devices get it. Immutable; loop thread only.
class FirmwareImage {
 public:
  explicit FirmwareImage(std::string octets)
      : octets_(std::make_shared<const std::string>(std::move(octets))) {}

  const std::shared_ptr<const std::string>& octets() const { return octets_; }
  std::size_t size() const { return octets_->size(); }
  // The same as TLV of resource 0, for clients that read no octet stream (FW-1); shared as long as
  // somebody holds it. kTooLarge above what the length of a TLV can say, 2^24 - 1 octets.
  Result<std::shared_ptr<const std::string>> AsTlv() const;

 private:
  std::shared_ptr<const std::string> octets_;
  mutable std::weak_ptr<const std::string> tlv_;
};

}  // namespace lwm2m

#endif  // LWM2M_FIRMWARE_H_
