#include "mapping/transparent.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mapping {
namespace {

using lwm2m::ContentFormat;
using lwm2m::ErrorKind;
using lwm2m::Path;
using lwm2m::Payload;
using testing::ElementsAre;

struct FormatRow {
  int number;
  std::string content_info;
};
class TransparentFormatTest : public testing::TestWithParam<FormatRow> {};

// TS-0014 Table 7.2-1 (R71).
TEST_P(TransparentFormatTest, BecomesContentInfo) {
  const auto format = static_cast<ContentFormat>(GetParam().number);
  EXPECT_EQ(ContentInfoOf(format), GetParam().content_info);
  const auto delivery = TransparentDelivery(Path(3, 0), Payload{format, "abc"});
  EXPECT_EQ(delivery.instance.content_info, GetParam().content_info);
  EXPECT_EQ(delivery.instance.content, GetParam().content_info.ends_with("2") ? "YWJj" : "abc");
}

TEST_P(TransparentFormatTest, ReadsBackToTheSameOctets) {
  const auto format = static_cast<ContentFormat>(GetParam().number);
  const std::string octets = lwm2m::IsBinary(format) ? std::string("\0\xff\x10", 3) : "{\"e\":[]}";
  const auto delivery = TransparentDelivery(Path(3, 0), Payload{format, octets});
  const auto payload = TransparentPayload(delivery.instance);
  ASSERT_TRUE(payload) << payload.error().detail;
  EXPECT_EQ(payload->octets, octets);
  EXPECT_EQ(payload->format, lwm2m::Canonical(format));
}

INSTANTIATE_TEST_SUITE_P(
    Table, TransparentFormatTest,
    testing::Values(FormatRow{0, "text/plain:0"}, FormatRow{40, "application/link-format:0"},
                    FormatRow{42, "application/octet-stream:2"},
                    FormatRow{60, "application/cbor:2"}, FormatRow{110, "application/senml+json:0"},
                    FormatRow{112, "application/senml+cbor:2"},
                    FormatRow{11542, "application/vnd.oma.lwm2m+tlv:2"},
                    FormatRow{1542, "application/vnd.oma.lwm2m+tlv:2"},
                    FormatRow{11543, "application/vnd.oma.lwm2m+json:0"},
                    FormatRow{1543, "application/vnd.oma.lwm2m+json:0"},
                    FormatRow{11544, "application/vnd.oma.lwm2m+cbor:2"}),
    [](const auto& row) { return "Format" + std::to_string(row.param.number); });

// R70, R72 with the octets of resource 16 = "U".
TEST(TransparentTest, DeliversThePayloadAsTheDeviceEncodedIt) {
  const auto delivery =
      TransparentDelivery(Path(3, 0), Payload{ContentFormat::kTlv, "\xc1\x10\x55"});
  EXPECT_EQ(delivery.path, Path(3, 0));
  EXPECT_EQ(delivery.instance.content, "wRBV");
  EXPECT_THAT(delivery.instance.labels, ElementsAre("LWM2M-Object-Encapsulation"));
  EXPECT_TRUE(delivery.instance.ask_for_creator);
  EXPECT_EQ(delivery.value_hash, HashOf(delivery.instance));
}

TEST(TransparentTest, TakesTlvForAMissingContentFormat) {
  const auto delivery = TransparentDelivery(Path(3, 0), Payload{std::nullopt, "\xc1\x10\x55"});
  EXPECT_EQ(delivery.instance.content_info, "application/vnd.oma.lwm2m+tlv:2");
}

TEST(TransparentTest, TakesTextForAMissingContentFormatOfOneResource) {
  const auto delivery = TransparentDelivery(Path(3, 0, 9), Payload{std::nullopt, "85"});
  EXPECT_EQ(delivery.instance.content_info, "text/plain:0");
  EXPECT_EQ(delivery.instance.content, "85");
}

TEST(TransparentTest, CarriesAnUnknownFormatAsOctets) {
  const auto unknown = static_cast<ContentFormat>(4711);
  EXPECT_EQ(ContentInfoOf(unknown), "");
  const auto delivery = TransparentDelivery(Path(3, 0), Payload{unknown, "abc"});
  EXPECT_EQ(delivery.instance.content_info, "application/octet-stream:2");
  EXPECT_EQ(delivery.instance.content, "YWJj");
}

TEST(TransparentTest, CarriesTextThatIsNoUtf8AsBase64) {
  const auto delivery = TransparentDelivery(Path(3, 0), Payload{ContentFormat::kJson, "\xff"});
  EXPECT_EQ(delivery.instance.content_info, "application/vnd.oma.lwm2m+json:2");
  EXPECT_EQ(delivery.instance.content, "/w==");
}

lwm2m::Result<Payload> PayloadOf(std::string info, std::string content) {
  onem2m::ContentInstance instance;
  instance.content_info = std::move(info);
  instance.content = std::move(content);
  return TransparentPayload(instance);
}

TEST(TransparentPayloadTest, ReadsBothEncodingsOfBase64) {
  EXPECT_EQ(PayloadOf("application/vnd.oma.lwm2m+tlv:2", "wRBV")->octets, "\xc1\x10\x55");
  EXPECT_EQ(PayloadOf("text/plain:1", "YWJj")->octets, "abc");
}

TEST(TransparentPayloadTest, ReadsMediaTypesInAnyCaseWithAndWithoutEncodingAndSecurity) {
  EXPECT_EQ(PayloadOf("Application/VND.oma.LwM2M+TLV:2:0", "wRBV")->format, ContentFormat::kTlv);
  EXPECT_EQ(PayloadOf("text/plain", "abc")->octets, "abc");
}

TEST(TransparentPayloadTest, RefusesUnknownMediaTypes) {
  for (const char* info : {"", "image/png:2", "application/json:0", ":2", "tlv"}) {
    const auto payload = PayloadOf(info, "wRBV");
    ASSERT_FALSE(payload) << info;
    EXPECT_EQ(payload.error().kind, ErrorKind::kUnsupportedFormat) << info;
  }
}

TEST(TransparentPayloadTest, RefusesBadBase64) {
  for (const char* content : {"w", "wRB%", "wR==BV", "wRB\n"}) {
    const auto payload = PayloadOf("application/vnd.oma.lwm2m+tlv:2", content);
    ASSERT_FALSE(payload) << content;
    EXPECT_EQ(payload.error().kind, ErrorKind::kMalformed) << content;
  }
}

TEST(TransparentPayloadTest, RefusesEncodingsThatCannotBe) {
  for (const char* info : {"application/vnd.oma.lwm2m+tlv:0", "application/vnd.oma.lwm2m+tlv",
                           "text/plain:3", "text/plain:", "text/plain:22", "text/plain:0:1"}) {
    const auto payload = PayloadOf(info, "wRBV");
    ASSERT_FALSE(payload) << info;
    EXPECT_EQ(payload.error().kind, ErrorKind::kMalformed) << info;
  }
}

}  // namespace
}  // namespace mapping
