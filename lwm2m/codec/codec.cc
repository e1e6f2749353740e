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
                                                       const ObjectModel&, const NameRoot&);
using EncodeFunction = Result<std::string> (*)(const std::vector<Record>&, const Path&,
                                               const ObjectModel&, const NameRoot&);

// Formats whose records have identifiers, not names, know no root.
template <auto decode>
Result<std::vector<Record>> WithoutNames(std::string_view payload, const Path& base,
                                         const ObjectModel& model, const NameRoot& /*root*/) {
  return decode(payload, base, model);
}
template <auto encode>
Result<std::string> WithoutNames(const std::vector<Record>& records, const Path& base,
                                 const ObjectModel& model, const NameRoot& /*root*/) {
  return encode(records, base, model);
}

struct Codec {
  ContentFormat format;
  DecodeFunction decode;
  EncodeFunction encode;
};

constexpr Codec kCodecs[] = {
    {ContentFormat::kText, WithoutNames<DecodeText>, WithoutNames<EncodeText>},
    {ContentFormat::kOpaque, WithoutNames<DecodeOpaque>, WithoutNames<EncodeOpaque>},
    {ContentFormat::kCbor, WithoutNames<DecodeCbor>, WithoutNames<EncodeCbor>},
    {ContentFormat::kSenmlJson, DecodeSenmlJson, EncodeSenmlJson},
    {ContentFormat::kSenmlCbor, DecodeSenmlCbor, EncodeSenmlCbor},
    {ContentFormat::kSenmlEtchJson, DecodeSenmlJson, EncodeSenmlJson},
    {ContentFormat::kSenmlEtchCbor, DecodeSenmlCbor, EncodeSenmlCbor},
    {ContentFormat::kTlv, WithoutNames<DecodeTlv>, WithoutNames<EncodeTlv>},
    {ContentFormat::kJson, DecodeOmaJson, EncodeOmaJson},
    {ContentFormat::kLwm2mCbor, WithoutNames<DecodeLwm2mCbor>, WithoutNames<EncodeLwm2mCbor>},
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
                                   const ObjectModel& model, const NameRoot& root) {
  const auto codec = FindCodec(format);
  if (!codec) return tl::unexpected(codec.error());
  return (*codec)->decode(payload, base, model, root);
}

Result<std::string> Encode(ContentFormat format, const std::vector<Record>& records,
                           const Path& base, const ObjectModel& model, const NameRoot& root) {
  const auto codec = FindCodec(format);
  if (!codec) return tl::unexpected(codec.error());
  return (*codec)->encode(records, base, model, root);
}

}  // namespace lwm2m
