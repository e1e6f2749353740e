#include "lwm2m/firmware.h"

#include <array>
#include <utility>

namespace lwm2m {

std::string_view ToString(FirmwareState state) {
  switch (state) {
    case FirmwareState::kIdle:
      return "Idle";
    case FirmwareState::kDownloading:
      return "Downloading";
    case FirmwareState::kDownloaded:
      return "Downloaded";
    case FirmwareState::kUpdating:
      return "Updating";
  }
  return "unknown";
}

std::string_view Explain(FirmwareResult result) {
  switch (result) {
    case FirmwareResult::kInitial:
      return "no result yet";
    case FirmwareResult::kSuccess:
      return "firmware updated successfully";
    case FirmwareResult::kNoFlash:
      return "not enough flash memory for the new firmware package";
    case FirmwareResult::kNoMemory:
      return "out of RAM during the download";
    case FirmwareResult::kConnectionLost:
      return "connection lost during the download";
    case FirmwareResult::kIntegrity:
      return "integrity check of the new firmware package failed";
    case FirmwareResult::kUnsupportedType:
      return "unsupported package type";
    case FirmwareResult::kInvalidUri:
      return "invalid URI";
    case FirmwareResult::kUpdateFailed:
      return "firmware update failed";
    case FirmwareResult::kUnsupportedProtocol:
      return "unsupported protocol";
    case FirmwareResult::kCancelled:
      return "firmware update cancelled";
    case FirmwareResult::kDeferred:
      return "firmware update deferred";
  }
  return "a result that LwM2M does not define";
}

std::string_view ToString(FirmwareMethod method) {
  return method == FirmwareMethod::kPush ? "push" : "pull";
}

std::optional<FirmwareMethod> ParseFirmwareMethod(std::string_view text) {
  if (text == "push") return FirmwareMethod::kPush;
  if (text == "pull") return FirmwareMethod::kPull;
  return std::nullopt;
}

std::optional<std::int64_t> FirmwareProtocolOf(std::string_view uri) {
  constexpr std::array<std::string_view, 6> kSchemes{"coap",  "coaps",    "http",
                                                     "https", "coap+tcp", "coaps+tcp"};
  const std::string_view scheme = uri.substr(0, uri.find("://"));
  if (scheme.size() == uri.size()) return std::nullopt;
  for (std::size_t number = 0; number < kSchemes.size(); ++number) {
    if (kSchemes[number] == scheme) return static_cast<std::int64_t>(number);
  }
  return std::nullopt;
}

//  7 6   5   4 3   2 1 0
// | 11 | 0 | len | 0 0 0 |  id 0  |  length, `len` octets, big-endian  |  value
// A Resource with value (type 11), identifier of 8 bits, length in a field of its own. (LwM2M TLV
// format, Core 1.1.1 §7.4.5)
Result<std::shared_ptr<const std::string>> FirmwareImage::AsTlv() const {
  if (auto known = tlv_.lock()) return known;
  const std::size_t size = octets_->size();
  if (size > 0xffffff) {
    return tl::unexpected(
        Error{ErrorKind::kTooLarge, "firmware image is above 16777215 octets, the most of a TLV"});
  }
  const unsigned width = size > 0xffff ? 3 : size > 0xff ? 2 : 1;
  std::string tlv;
  tlv.reserve(size + 5);
  tlv.push_back(static_cast<char>(0xc0 | width << 3));
  tlv.push_back('\0');
  for (unsigned octet = width; octet-- > 0;) {
    tlv.push_back(static_cast<char>(size >> 8 * octet & 0xff));
  }
  tlv += *octets_;
  auto shared = std::make_shared<const std::string>(std::move(tlv));
  tlv_ = shared;
  return shared;
}

}  // namespace lwm2m
