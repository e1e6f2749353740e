#include "lwm2m/codec/codec.h"

#include "fmt/format.h"
#include "lwm2m/codec/cbor.h"
#include "lwm2m/codec/lwm2m_cbor.h"
#include "lwm2m/codec/oma_json.h"
#include "lwm2m/codec/opaque.h"
#include "lwm2m/codec/senml_cbor.h"
#include "lwm2m/codec/senml_json.h"
#include "lwm2m/codec/text.h"
#include "lwm2m/codec/tlv.h"

namespace lwm2m {

namespace {

using DecodeFunction = Result<std::vector<Record>> (*)(std::string_view, const Path&,
                                                       const ObjectModel&);
using EncodeFunction = Result<std::string> (*)(const std::vector<Record>&, const Path&,
                                               const ObjectModel&);

struct Codec {
  ContentFormat format;
  DecodeFunction decode;
  EncodeFunction encode;
};

constexpr Codec kCodecs[] = {
    {ContentFormat::kText, DecodeText, EncodeText},
    {ContentFormat::kOpaque, DecodeOpaque, EncodeOpaque},
    {ContentFormat::kCbor, DecodeCbor, EncodeCbor},
    {ContentFormat::kSenmlJson, DecodeSenmlJson, EncodeSenmlJson},
    {ContentFormat::kSenmlCbor, DecodeSenmlCbor, EncodeSenmlCbor},
    {ContentFormat::kSenmlEtchJson, DecodeSenmlJson, EncodeSenmlJson},
    {ContentFormat::kSenmlEtchCbor, DecodeSenmlCbor, EncodeSenmlCbor},
    {ContentFormat::kTlv, DecodeTlv, EncodeTlv},
    {ContentFormat::kJson, DecodeOmaJson, EncodeOmaJson},
    {ContentFormat::kLwm2mCbor, DecodeLwm2mCbor, EncodeLwm2mCbor},
};

Result<const Codec*> FindCodec(ContentFormat format) {
  for (const Codec& codec : kCodecs) {
    if (codec.format == Canonical(format)) return &codec;
  }
  return tl::unexpected(Error{ErrorKind::kUnsupportedFormat,
                              fmt::format("Content-Format {}", static_cast<int>(format))});
}

}  // namespace

Result<std::vector<Record>> Decode(ContentFormat format, std::string_view payload, const Path& base,
                                   const ObjectModel& model) {
  const auto codec = FindCodec(format);
  if (!codec) return tl::unexpected(codec.error());
  return (*codec)->decode(payload, base, model);
}

Result<std::string> Encode(ContentFormat format, const std::vector<Record>& records,
                           const Path& base, const ObjectModel& model) {
  const auto codec = FindCodec(format);
  if (!codec) return tl::unexpected(codec.error());
  return (*codec)->encode(records, base, model);
}

}  // namespace lwm2m
