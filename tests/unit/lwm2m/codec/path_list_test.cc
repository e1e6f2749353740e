#include "lwm2m/codec/path_list.h"

#include <gtest/gtest.h>

#include "lwm2m/codec/cbor_reader.h"
#include "lwm2m/codec/codec.h"

namespace lwm2m {
namespace {

std::string Hex(std::string_view octets) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string hex;
  for (const char octet : octets) {
    hex.push_back(kDigits[static_cast<unsigned char>(octet) >> 4]);
    hex.push_back(kDigits[static_cast<unsigned char>(octet) & 0xf]);
  }
  return hex;
}

const std::vector<Path> kPaths = {Path(3, 0, 0), Path(3, 0, 9), Path(1, 0, 1)};

TEST(PathListTest, IsSenmlWithNamesOnly) {  // DM-9, DM-24
  for (const auto format : {ContentFormat::kSenmlJson, ContentFormat::kSenmlEtchJson}) {
    EXPECT_EQ(EncodePaths(format, kPaths).value(),
              R"([{"n":"/3/0/0"},{"n":"/3/0/9"},{"n":"/1/0/1"}])");
  }
  for (const auto format : {ContentFormat::kSenmlCbor, ContentFormat::kSenmlEtchCbor}) {
    EXPECT_EQ(Hex(EncodePaths(format, kPaths).value()),
              "83A100662F332F302F30A100662F332F302F39A100662F312F302F31");
  }
}

TEST(PathListTest, NamesEveryDepth) {
  EXPECT_EQ(EncodePaths(ContentFormat::kSenmlJson,
                        {Path(3), Path(1, 0), Path(4, 0, 7), Path(5, 0, 8, 65534)})
                .value(),
            R"([{"n":"/3"},{"n":"/1/0"},{"n":"/4/0/7"},{"n":"/5/0/8/65534"}])");
}

TEST(PathListTest, IsLwm2mCborWithNullForEachValue) {  // DM-24
  // {1: {0: {1: null}}, 3: {0: {0: null, 9: null}}}
  EXPECT_EQ(Hex(EncodePaths(ContentFormat::kLwm2mCbor, kPaths).value()),
            "A201A100A101F603A100A200F609F6");
  EXPECT_EQ(Hex(EncodePaths(ContentFormat::kLwm2mCbor, {Path(3)}).value()), "A103F6");
}

TEST(PathListTest, HasNoPlaceInOtherFormats) {
  for (const auto format : {ContentFormat::kTlv, ContentFormat::kJson, ContentFormat::kText,
                            ContentFormat::kOpaque, ContentFormat::kCbor}) {
    EXPECT_EQ(EncodePaths(format, kPaths).error().kind, ErrorKind::kUnsupportedFormat);
  }
}

TEST(EmptyInstanceTest, CanBeSaidInTlvAndLwm2mCbor) {  // DM-19
  EXPECT_EQ(Hex(EncodeEmptyInstance(ContentFormat::kTlv, Path(3303, 5)).value()), "0005");
  EXPECT_EQ(Hex(EncodeEmptyInstance(ContentFormat::kTlv, Path(3303, 300)).value()), "20012C");
  EXPECT_EQ(Hex(EncodeEmptyInstance(ContentFormat::kLwm2mCbor, Path(3303, 5)).value()),
            "A1190CE7A105A0");
  EXPECT_EQ(EncodeEmptyInstance(ContentFormat::kSenmlCbor, Path(3303, 5)).error().kind,
            ErrorKind::kUnsupportedFormat);
}

}  // namespace
}  // namespace lwm2m
