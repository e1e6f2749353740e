#include "mapping/transparent.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "lwm2m/value.h"

namespace mapping {

namespace {

using lwm2m::ContentFormat;

// TS-0004 Table 6.3.4.2.28-1: 0 plain, 1 base64 of a string, 2 base64 of octets.
constexpr char kPlain = '0';
constexpr char kBase64OfString = '1';
constexpr char kBase64OfOctets = '2';

constexpr std::array kKnownFormats = {
    ContentFormat::kText,          ContentFormat::kLinkFormat,    ContentFormat::kOpaque,
    ContentFormat::kCbor,          ContentFormat::kSenmlJson,     ContentFormat::kSenmlCbor,
    ContentFormat::kSenmlEtchJson, ContentFormat::kSenmlEtchCbor, ContentFormat::kTlv,
    ContentFormat::kJson,          ContentFormat::kLwm2mCbor,
};

// TS-0014 Table 7.2-1: without the option the default of the LwM2M TS applies.
ContentFormat FormatOf(const lwm2m::Path& path, const lwm2m::Payload& payload) {
  if (payload.format) return lwm2m::Canonical(*payload.format);
  return path.depth() >= 3 ? ContentFormat::kText : ContentFormat::kTlv;
}

std::string ContentInfo(std::string_view media_type, char encoding) {
  return fmt::format("{}:{}", media_type, encoding);
}

struct MediaTypeAndEncoding {
  std::string media_type;  // lower case
  std::string encoding;
};

// <media type>[:<encoding>[:<security>]]; content under contentSecurity is none that a device
// reads.
lwm2m::Result<MediaTypeAndEncoding> SplitContentInfo(std::string_view text) {
  MediaTypeAndEncoding result;
  const std::size_t colon = text.find(':');
  result.media_type = text.substr(0, colon);
  std::transform(result.media_type.begin(), result.media_type.end(), result.media_type.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  result.encoding = kPlain;
  if (colon == std::string_view::npos) return result;
  std::string_view rest = text.substr(colon + 1);
  const std::size_t security = rest.find(':');
  if (security != std::string_view::npos) {
    if (rest.substr(security + 1) != "0") {
      return lwm2m::Malformed("contentInfo: contentSecurity other than 0 is not supported");
    }
    rest = rest.substr(0, security);
  }
  result.encoding = rest;
  return result;
}

}  // namespace

Delivery TransparentDelivery(const lwm2m::Path& path, const lwm2m::Payload& payload) {
  const ContentFormat format = FormatOf(path, payload);
  std::string_view media_type = lwm2m::MediaType(format);
  if (media_type.empty()) media_type = lwm2m::MediaType(ContentFormat::kOpaque);
  // What calls itself text and is no UTF-8 has no place in JSON either.
  const bool binary = lwm2m::IsBinary(format) || !lwm2m::IsUtf8(payload.octets);

  Delivery delivery;
  delivery.path = path;
  delivery.instance.ask_for_creator = true;
  delivery.instance.labels = {"LWM2M-Object-Encapsulation"};
  delivery.instance.content_info = ContentInfo(media_type, binary ? kBase64OfOctets : kPlain);
  delivery.instance.content = binary ? lwm2m::EncodeBase64(payload.octets) : payload.octets;
  delivery.value_hash = HashOf(delivery.instance);
  return delivery;
}

lwm2m::Result<lwm2m::Payload> TransparentPayload(const onem2m::ContentInstance& instance) {
  const auto info = SplitContentInfo(instance.content_info);
  if (!info) return tl::unexpected(info.error());
  const auto format = std::find_if(
      kKnownFormats.begin(), kKnownFormats.end(),
      [&](ContentFormat known) { return lwm2m::MediaType(known) == info->media_type; });
  if (format == kKnownFormats.end()) {
    return tl::unexpected(lwm2m::Error{
        lwm2m::ErrorKind::kUnsupportedFormat,
        fmt::format("contentInfo: \"{}\" is no media type of LwM2M", instance.content_info)});
  }
  const bool base64 = info->encoding.size() == 1 && (info->encoding[0] == kBase64OfString ||
                                                     info->encoding[0] == kBase64OfOctets);
  if (base64) {
    auto octets = lwm2m::DecodeBase64(instance.content);
    if (!octets) return lwm2m::Malformed("content: " + octets.error().detail);
    return lwm2m::Payload{*format, *std::move(octets)};
  }
  if (info->encoding != std::string(1, kPlain)) {
    return lwm2m::Malformed(
        fmt::format("contentInfo: encoding \"{}\" is none of 0, 1, 2", info->encoding));
  }
  if (lwm2m::IsBinary(*format)) {
    return lwm2m::Malformed(
        fmt::format("contentInfo: {} is binary and needs encoding 2", info->media_type));
  }
  return lwm2m::Payload{*format, instance.content};
}

std::string ContentInfoOf(ContentFormat format) {
  const std::string_view media_type = lwm2m::MediaType(format);
  if (media_type.empty()) return "";
  return ContentInfo(media_type, lwm2m::IsBinary(format) ? kBase64OfOctets : kPlain);
}

}  // namespace mapping
