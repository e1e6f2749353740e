#include "lwm2m/firmware.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "lwm2m/codec/tlv.h"
#include "tests/support/example_objects.h"

namespace lwm2m {
namespace {

// FW-3: every number has a text of its own, and what is no failure is none.
TEST(FirmwareResultTest, EachIsExplained) {
  std::set<std::string_view> texts;
  for (int number = 0; number <= 12; ++number) {
    texts.insert(Explain(static_cast<FirmwareResult>(number)));
    EXPECT_EQ(IsFailure(static_cast<FirmwareResult>(number)),
              number != 0 && number != 1 && number != 11)
        << number;
  }
  EXPECT_EQ(texts.size(), 13u);
  EXPECT_EQ(Explain(static_cast<FirmwareResult>(99)), "a result that LwM2M does not define");
}

// FW-6: the numbers of /5/0/8.
TEST(FirmwareProtocolTest, FollowsTheScheme) {
  EXPECT_EQ(FirmwareProtocolOf("coap://192.0.2.1/fw/a.bin"), 0);
  EXPECT_EQ(FirmwareProtocolOf("coaps://192.0.2.1/fw/a.bin"), 1);
  EXPECT_EQ(FirmwareProtocolOf("http://192.0.2.1/a.bin"), 2);
  EXPECT_EQ(FirmwareProtocolOf("https://192.0.2.1/a.bin"), 3);
  EXPECT_EQ(FirmwareProtocolOf("coap+tcp://192.0.2.1/a.bin"), 4);
  EXPECT_EQ(FirmwareProtocolOf("coaps+tcp://192.0.2.1/a.bin"), 5);
  EXPECT_EQ(FirmwareProtocolOf("ftp://192.0.2.1/a.bin"), std::nullopt);
  EXPECT_EQ(FirmwareProtocolOf("coap"), std::nullopt);
}

// FW-1: the length field of each width, read back by the decoder of clients' TLV.
TEST(FirmwareImageTest, AsTlvReadsBackAsThePackage) {
  ObjectModel model;
  model.Add(ExampleObject(5, {{0, Type::kOpaque}}));
  for (const std::size_t size : {0u, 1u, 7u, 255u, 256u, 65535u, 65536u, 100000u}) {
    const FirmwareImage image(std::string(size, 'x'));
    const auto tlv = image.AsTlv();
    ASSERT_TRUE(tlv) << size;
    const auto records = DecodeTlv(**tlv, kFirmwarePackage, model);
    ASSERT_TRUE(records) << size << ": " << records.error().detail;
    ASSERT_EQ(records->size(), 1u);
    EXPECT_EQ(records->front().path, kFirmwarePackage);
    EXPECT_EQ(std::get<Opaque>(records->front().value).octets, *image.octets());
  }
}

TEST(FirmwareImageTest, AsTlvIsMadeOnceForAll) {
  const FirmwareImage image("new firmware");
  const auto first = image.AsTlv();
  EXPECT_EQ(first->get(), image.AsTlv()->get());
}

TEST(FirmwareImageTest, RefusesTlvAboveItsLengthField) {
  EXPECT_TRUE(FirmwareImage(std::string(0xffffff, 'x')).AsTlv());
  const auto tlv = FirmwareImage(std::string(0x1000000, 'x')).AsTlv();
  ASSERT_FALSE(tlv);
  EXPECT_EQ(tlv.error().kind, ErrorKind::kTooLarge);
}

TEST(FirmwareMethodTest, IsNamed) {
  EXPECT_EQ(ParseFirmwareMethod("push"), FirmwareMethod::kPush);
  EXPECT_EQ(ParseFirmwareMethod("pull"), FirmwareMethod::kPull);
  EXPECT_EQ(ParseFirmwareMethod("Push"), std::nullopt);
  EXPECT_EQ(ToString(FirmwareMethod::kPull), "pull");
}

}  // namespace
}  // namespace lwm2m
