#include "lwm2m/content_format.h"

namespace lwm2m {

ContentFormat Canonical(ContentFormat format) {
  if (format == ContentFormat::kOldText) return ContentFormat::kText;
  if (format == ContentFormat::kOldTlv) return ContentFormat::kTlv;
  if (format == ContentFormat::kOldJson) return ContentFormat::kJson;
  if (format == ContentFormat::kOldOpaque) return ContentFormat::kOpaque;
  return format;
}

std::string_view MediaType(ContentFormat format) {
  switch (format) {
    case ContentFormat::kText:
    case ContentFormat::kOldText:
      return "text/plain";
    case ContentFormat::kLinkFormat:
      return "application/link-format";
    case ContentFormat::kOpaque:
    case ContentFormat::kOldOpaque:
      return "application/octet-stream";
    case ContentFormat::kCbor:
      return "application/cbor";
    case ContentFormat::kSenmlJson:
      return "application/senml+json";
    case ContentFormat::kSenmlCbor:
      return "application/senml+cbor";
    case ContentFormat::kSenmlEtchJson:
      return "application/senml-etch+json";
    case ContentFormat::kSenmlEtchCbor:
      return "application/senml-etch+cbor";
    case ContentFormat::kTlv:
    case ContentFormat::kOldTlv:
      return "application/vnd.oma.lwm2m+tlv";
    case ContentFormat::kJson:
    case ContentFormat::kOldJson:
      return "application/vnd.oma.lwm2m+json";
    case ContentFormat::kLwm2mCbor:
      return "application/vnd.oma.lwm2m+cbor";
  }
  return "";
}

bool IsBinary(ContentFormat format) {
  switch (format) {
    case ContentFormat::kOpaque:
    case ContentFormat::kOldOpaque:
    case ContentFormat::kCbor:
    case ContentFormat::kSenmlCbor:
    case ContentFormat::kSenmlEtchCbor:
    case ContentFormat::kTlv:
    case ContentFormat::kOldTlv:
    case ContentFormat::kLwm2mCbor:
      return true;
    case ContentFormat::kText:
    case ContentFormat::kOldText:
    case ContentFormat::kLinkFormat:
    case ContentFormat::kSenmlJson:
    case ContentFormat::kSenmlEtchJson:
    case ContentFormat::kJson:
    case ContentFormat::kOldJson:
      return false;
  }
  return true;  // nothing is known about the octets, so they must not pass as text
}

}  // namespace lwm2m
