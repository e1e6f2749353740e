#include "lwm2m/codec/codec.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/example_objects.h"

namespace lwm2m {
namespace {

class CodecTest : public testing::Test {
 protected:
  std::string EncodeError(ContentFormat format, const std::vector<Record>& records,
                          const Path& base) const {
    const auto payload = Encode(format, records, base, model_);
    return payload ? "" : payload.error().detail;
  }
  // All that say where their values belong.
  static constexpr ContentFormat kStructured[] = {
      ContentFormat::kTlv,       ContentFormat::kJson,          ContentFormat::kSenmlJson,
      ContentFormat::kSenmlCbor, ContentFormat::kSenmlEtchJson, ContentFormat::kSenmlEtchCbor,
      ContentFormat::kLwm2mCbor};
  static constexpr ContentFormat kSingle[] = {ContentFormat::kText, ContentFormat::kOpaque,
                                              ContentFormat::kCbor};

  const ObjectModel model_ = ExampleObjects();
  const Record level_{Path(3, 0, 9), std::int64_t{100}, std::nullopt};
};

TEST_F(CodecTest, NamesAFormatThatItDoesNotRead) {
  const auto records = Decode(ContentFormat{9999}, "", Path(3), model_);
  EXPECT_EQ(records.error().kind, ErrorKind::kUnsupportedFormat);
  EXPECT_EQ(records.error().detail, "Content-Format 9999");
  EXPECT_EQ(Encode(ContentFormat::kLinkFormat, {}, Path(3), model_).error().kind,
            ErrorKind::kUnsupportedFormat);
}

TEST_F(CodecTest, WritesValuesInTheTypeOfTheModel) {
  const Record temperature{Path(3303, 0, 5700), std::int64_t{21}, std::nullopt};
  EXPECT_EQ(Encode(ContentFormat::kTlv, {temperature}, Path(3303, 0), model_).value(),
            std::string("\xE4\x16\x44\x41\xA8\x00\x00", 7));
  EXPECT_EQ(Encode(ContentFormat::kJson, {temperature}, Path(3303, 0, 5700), model_).value(),
            "{\"bn\":\"/3303/0/5700\",\"e\":[{\"v\":21.0}]}");
  const Record text{Path(3, 0, 9), std::string("100"), std::nullopt};
  for (const ContentFormat format : kStructured) {
    EXPECT_EQ(EncodeError(format, {text}, Path(3, 0, 9)), "String cannot become Integer at /3/0/9");
  }
  for (const ContentFormat format : {ContentFormat::kText, ContentFormat::kCbor}) {
    EXPECT_EQ(EncodeError(format, {text}, Path(3, 0, 9)), "String cannot become Integer at /3/0/9");
  }
}

TEST_F(CodecTest, RefusesRecordsOutsideTheBase) {
  const Record instance{Path(3, 0), true, std::nullopt};
  const auto refuses = [&](ContentFormat format) {
    EXPECT_EQ(EncodeError(format, {level_}, Path(4, 0)), "/3/0/9 is outside /4/0");
    EXPECT_EQ(EncodeError(format, {instance}, Path(3)), "/3/0 is not a resource");
  };
  for (const ContentFormat format : kStructured) refuses(format);
  for (const ContentFormat format : kSingle) refuses(format);
}

// Several resources, resource instances and times, read back from what we wrote.
TEST_F(CodecTest, EveryStructuredFormatReadsWhatItWrote) {
  const std::vector<Record> records = {
      {Path(65, 0, 0, 0), ObjectLink{66, 1}, std::nullopt},
      {Path(65, 0, 0, 1), ObjectLink{}, std::nullopt},
      {Path(65, 0, 1), std::string("\xC3\xA9\"\\/"), std::nullopt},
      {Path(65, 0, 2), std::numeric_limits<std::int64_t>::min(), std::nullopt}};
  for (const ContentFormat format : kStructured) {
    SCOPED_TRACE(static_cast<int>(format));
    for (const Path& base : {Path(65), Path(65, 0)}) {
      const auto payload = Encode(format, records, base, model_);
      ASSERT_TRUE(payload.has_value()) << payload.error().detail;
      EXPECT_EQ(Decode(format, *payload, base, model_).value(), records);
    }
  }
}

TEST_F(CodecTest, SenmlKeepsTimes) {
  const std::vector<Record> records = {{Path(3303, 0, 5700), 21.5, 1700000000.25},
                                       {Path(3303, 1, 5700), 21.75, 1700000010.0}};
  for (const ContentFormat format : {ContentFormat::kSenmlJson, ContentFormat::kSenmlCbor}) {
    const auto payload = Encode(format, records, Path(), model_);
    EXPECT_EQ(Decode(format, payload.value(), Path(), model_).value(), records);
  }
  const Record never{Path(3303, 0, 5700), 1.0, std::numeric_limits<double>::infinity()};
  EXPECT_EQ(EncodeError(ContentFormat::kSenmlJson, {never}, Path(3303, 0)),
            "number has no JSON form at /3303/0/5700");
}

TEST_F(CodecTest, TextOpaqueAndCborHoldExactlyOneValue) {
  EXPECT_EQ(EncodeError(ContentFormat::kCbor, {}, Path(3, 0, 9)), "CBOR holds exactly one value");
  EXPECT_EQ(EncodeError(ContentFormat::kCbor, {level_, level_}, Path(3, 0)),
            "CBOR holds exactly one value");
  EXPECT_EQ(EncodeError(ContentFormat::kText, {}, Path(3, 0, 9)), "text holds exactly one value");
  EXPECT_EQ(EncodeError(ContentFormat::kText, {level_, level_}, Path(3, 0)),
            "text holds exactly one value");
  EXPECT_EQ(EncodeError(ContentFormat::kOpaque, {}, Path(32000, 0, 0)),
            "opaque holds exactly one value");
  EXPECT_EQ(EncodeError(ContentFormat::kOpaque, {level_}, Path(3, 0, 9)),
            "value is not Opaque at /3/0/9");
}

TEST_F(CodecTest, Lwm2mCborRefusesAValueGivenTwice) {
  EXPECT_EQ(EncodeError(ContentFormat::kLwm2mCbor, {level_, level_}, Path(3, 0)),
            "LwM2M CBOR value given twice at /3/0/9");
  const Record single{Path(3, 0, 7), std::int64_t{1}, std::nullopt};
  const Record instance{Path(3, 0, 7, 0), std::int64_t{1}, std::nullopt};
  EXPECT_EQ(EncodeError(ContentFormat::kLwm2mCbor, {instance, single}, Path(3, 0)),
            "LwM2M CBOR value given twice at /3/0/7");
}

TEST_F(CodecTest, TlvRefusesAValueGivenTwice) {
  EXPECT_EQ(EncodeError(ContentFormat::kTlv, {level_, level_}, Path(3, 0)),
            "TLV value given twice at /3/0/9");
  const Record single{Path(3, 0, 7), std::int64_t{1}, std::nullopt};
  const Record instance{Path(3, 0, 7, 0), std::int64_t{1}, std::nullopt};
  EXPECT_EQ(EncodeError(ContentFormat::kTlv, {instance, single}, Path(3, 0)),
            "TLV value given twice at /3/0/7");
}

// LwM2M Core 1.1.1 §7.4.4: a length has 24 bits at most.
TEST_F(CodecTest, TlvWritesLengthsOf24BitsAndNoMore) {
  const Path path(32000, 0, 0);
  const auto payload = Encode(
      ContentFormat::kTlv, {{path, Opaque{std::string(70000, 'x')}, std::nullopt}}, path, model_);
  ASSERT_TRUE(payload.has_value());
  EXPECT_EQ(payload->substr(0, 5), std::string("\xD8\x00\x01\x11\x70", 5));
  EXPECT_EQ(Decode(ContentFormat::kTlv, *payload, path, model_).value().size(), 1u);

  const auto large = Encode(
      ContentFormat::kTlv, {{path, Opaque{std::string(1 << 24, 'x')}, std::nullopt}}, path, model_);
  EXPECT_EQ(large.error().kind, ErrorKind::kTooLarge);
}

TEST_F(CodecTest, TlvWritesIntegersInTheFewestOctets) {
  const auto octets = [&](std::int64_t number) {
    return Encode(ContentFormat::kTlv, {{Path(3, 0, 9), number, std::nullopt}}, Path(3, 0), model_)
               .value()
               .size() -
           2;
  };
  EXPECT_EQ(octets(-128), 1u);
  EXPECT_EQ(octets(127), 1u);
  EXPECT_EQ(octets(128), 2u);
  EXPECT_EQ(octets(-32768), 2u);
  EXPECT_EQ(octets(32768), 4u);
  EXPECT_EQ(octets(std::numeric_limits<std::int32_t>::min()), 4u);
  EXPECT_EQ(octets(std::int64_t{1} << 31), 8u + 1);  // and an octet of length
}

TEST_F(CodecTest, TlvKeepsFloatsThatFourOctetsCannotHold) {
  for (const double number :
       {0.1, 1e300, -1e300, std::numeric_limits<double>::infinity(), 1e-320}) {
    const Record record{Path(3303, 0, 5700), number, std::nullopt};
    const auto payload = Encode(ContentFormat::kTlv, {record}, Path(3303, 0), model_);
    EXPECT_EQ(Decode(ContentFormat::kTlv, payload.value(), Path(3303, 0), model_).value(),
              std::vector<Record>{record});
  }
}

TEST_F(CodecTest, CborWritesFloatsInTheFewestOctetsThatHoldThem) {
  const auto octets = [&](double number) {
    const Record record{Path(3303, 0, 5700), number, std::nullopt};
    const auto payload = Encode(ContentFormat::kCbor, {record}, record.path, model_);
    EXPECT_EQ(Decode(ContentFormat::kCbor, payload.value(), record.path, model_).value(),
              std::vector<Record>{record});
    return payload->size() - 1;
  };
  EXPECT_EQ(octets(0.0), 2u);
  EXPECT_EQ(octets(-65504.0), 2u);              // the largest of half precision
  EXPECT_EQ(octets(std::ldexp(1.0, -14)), 2u);  // the smallest normal one
  EXPECT_EQ(octets(65536.0), 4u);
  EXPECT_EQ(octets(std::ldexp(1.0, -15)), 4u);
  EXPECT_EQ(octets(1.0 + std::ldexp(1.0, -11)), 4u);
  EXPECT_EQ(octets(0.1), 8u);
  EXPECT_EQ(octets(1e300), 8u);
  EXPECT_EQ(octets(-std::numeric_limits<double>::infinity()), 8u);
}

TEST_F(CodecTest, JsonHasNoFormForInfinity) {
  const Record record{Path(3303, 0, 5700), std::numeric_limits<double>::infinity(), std::nullopt};
  for (const ContentFormat format : {ContentFormat::kJson, ContentFormat::kSenmlJson}) {
    EXPECT_EQ(EncodeError(format, {record}, Path(3303, 0)),
              "number has no JSON form at /3303/0/5700");
  }
}

TEST_F(CodecTest, JsonNestedWithoutEndDoesNotExhaustTheStack) {
  const std::string deep(200000, '[');
  EXPECT_EQ(Decode(ContentFormat::kJson, deep, Path(3), model_).error().kind,
            ErrorKind::kMalformed);
  const std::string closed = "{\"x\":" + deep + std::string(deep.size(), ']') + ",\"e\":[]}";
  EXPECT_TRUE(Decode(ContentFormat::kJson, closed, Path(3), model_).value().empty());
}

TEST_F(CodecTest, SenmlAndCborNestedWithoutEndDoNotExhaustTheStack) {
  const std::string deep(200000, '[');
  const std::string closed =
      "[{\"x\":" + deep + std::string(deep.size(), ']') + ",\"n\":\"/3/0/9\",\"v\":1}]";
  EXPECT_EQ(Decode(ContentFormat::kSenmlJson, closed, Path(3), model_).value().size(), 1u);
  const std::string arrays(200000, '\x81');
  const std::string maps(200000, '\xA1');
  const std::string tags(200000, '\xC1');
  for (const std::string& nested : {arrays, maps, tags}) {
    const std::string unknown_label = "\x81\xA1\x61x" + nested;
    EXPECT_EQ(Decode(ContentFormat::kSenmlCbor, unknown_label, Path(3), model_).error().detail,
              "CBOR nests too deep");
    for (const ContentFormat format : {ContentFormat::kCbor, ContentFormat::kLwm2mCbor}) {
      EXPECT_EQ(Decode(format, nested, Path(3, 0, 9), model_).error().kind, ErrorKind::kMalformed);
    }
  }
}

// A payload of three octets for each value must not become megabytes of them.
TEST_F(CodecTest, RefusesMoreValuesThanADeviceHas) {
  std::vector<Record> records;
  for (Id instance = 0; records.size() < 10'001; ++instance) {
    for (Id id = 0; id < 64 && records.size() < 10'001; ++id) {
      records.push_back({Path(32001, instance, id), std::int64_t{1}, std::nullopt});
    }
  }
  for (const auto format : {ContentFormat::kTlv, ContentFormat::kJson, ContentFormat::kSenmlJson,
                            ContentFormat::kSenmlCbor, ContentFormat::kLwm2mCbor}) {
    const Path base(32001);
    const auto too_many = Encode(format, records, base, model_);
    ASSERT_TRUE(too_many);
    const auto refused = Decode(format, *too_many, base, model_);
    ASSERT_FALSE(refused) << static_cast<int>(format);
    EXPECT_EQ(refused.error().kind, ErrorKind::kTooLarge);
    EXPECT_EQ(refused.error().detail, "payload has more than 10000 values");
    const Record last = records.back();
    records.pop_back();
    EXPECT_EQ(Decode(format, *Encode(format, records, base, model_), base, model_)->size(),
              10'000u);
    records.push_back(last);
  }
}

}  // namespace
}  // namespace lwm2m
