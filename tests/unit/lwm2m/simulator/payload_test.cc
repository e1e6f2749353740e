#include "lwm2m/simulator/payload.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lwm2m::simulator {
namespace {

using Number = std::int64_t;

Octets FromHex(std::string_view hex) {
  Octets octets;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    octets += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return octets;
}

Leaf Text(Path path, const char* text) { return {path, DataType::kString, std::string(text)}; }
Leaf Integer(Path path, Number value) { return {path, DataType::kInteger, value}; }

// The Device instance of LwM2M 1.0.2 §6.4.3.1.
std::vector<Leaf> ExampleDevice() {
  return {Text(Path(3, 0, 0), "Open Mobile Alliance"),
          Text(Path(3, 0, 1), "Lightweight M2M Client"),
          Text(Path(3, 0, 2), "345000123"),
          Text(Path(3, 0, 3), "1.0"),
          Integer(Path(3, 0, 6, 0), 1),
          Integer(Path(3, 0, 6, 1), 5),
          Integer(Path(3, 0, 7, 0), 3800),
          Integer(Path(3, 0, 7, 1), 5000),
          Integer(Path(3, 0, 8, 0), 125),
          Integer(Path(3, 0, 8, 1), 900),
          Integer(Path(3, 0, 9), 100),
          Integer(Path(3, 0, 10), 15),
          Integer(Path(3, 0, 11, 0), 0),
          {Path(3, 0, 13), DataType::kTime, Number{1367491215}},
          Text(Path(3, 0, 14), "+02:00"),
          Text(Path(3, 0, 16), "U")};
}

constexpr char kExampleTlv[] =
    "c800144f70656e204d6f62696c6520416c6c69616e6365c801164c69676874776569676874204d324d20436c6965"
    "6e74c80209333435303030313233c303312e30860641000141010588070842000ed842011388870841007d420103"
    "84c10964c10a0f830b410000c40d5182428fc60e2b30323a3030c11055";

TEST(PayloadTest, EncodesTheDeviceInstanceOfTheStandardAsTlv) {
  EXPECT_EQ(EncodeTlv(Path(3, 0), ExampleDevice()), FromHex(kExampleTlv));
}

TEST(PayloadTest, WrapsTheInstanceWhenTheObjectWasRead) {
  EXPECT_EQ(EncodeTlv(Path(3), ExampleDevice()), FromHex("080079") + FromHex(kExampleTlv));
}

TEST(PayloadTest, NamesASingleResourceInItsTlv) {
  EXPECT_EQ(EncodeTlv(Path(3, 0, 16), {Text(Path(3, 0, 16), "U")}), FromHex("C11055"));
  EXPECT_EQ(
      EncodeTlv(Path(3, 0, 7), {Integer(Path(3, 0, 7, 0), 3800), Integer(Path(3, 0, 7, 1), 5000)}),
      FromHex("88070842000ED842011388"));
  EXPECT_EQ(EncodeTlv(Path(3, 0, 7, 1), {Integer(Path(3, 0, 7, 1), 5000)}), FromHex("42011388"));
}

struct TlvCase {
  const char* hex;
  Leaf leaf;
};

TEST(PayloadTest, WritesEveryFormOfTlvHeaderAndValue) {
  const std::vector<TlvCase> cases = {
      {"E4164441AC0000", {Path(3303, 0, 5700), DataType::kFloat, 21.5}},
      {"E215E5FD12", {Path(3303, 0, 5605), DataType::kInteger, Number{-750}}},
      {"E116DA01", {Path(3303, 0, 5850), DataType::kBoolean, true}},
      {"E31676616263", {Path(3303, 0, 5750), DataType::kString, std::string("abc")}},
      {"C80D08000000FFFFFFFFFF", {Path(3, 0, 13), DataType::kTime, Number{0xffffffffff}}},
  };
  for (const TlvCase& test : cases) {
    SCOPED_TRACE(test.hex);
    EXPECT_EQ(EncodeTlv(test.leaf.path, {test.leaf}), FromHex(test.hex));
    const auto raw = DecodeTlv(test.leaf.path, FromHex(test.hex));
    ASSERT_TRUE(raw);
    ASSERT_EQ(raw->size(), 1u);
    EXPECT_EQ(raw->front().path, test.leaf.path);
    EXPECT_EQ(DecodeTlvValue(raw->front().octets, test.leaf.type), test.leaf.value);
  }
  const Leaf long_text{Path(5, 0, 0), DataType::kOpaque, std::string(300, 'x')};
  EXPECT_EQ(EncodeTlv(long_text.path, {long_text}).substr(0, 4), FromHex("D000012C"));
  const Leaf image{Path(5, 0, 0), DataType::kOpaque, std::string(70000, 'x')};
  EXPECT_EQ(EncodeTlv(image.path, {image}).substr(0, 5), FromHex("D800011170"));
}

TEST(PayloadTest, ReadsTheServerInstanceThatTheInteroperabilityTestWrites) {
  const auto raw = DecodeTlv(Path(1, 0), FromHex("C10265C20303F2C20507D0C10601C10755"));
  ASSERT_TRUE(raw);
  ASSERT_EQ(raw->size(), 5u);
  EXPECT_EQ((*raw)[1].path, Path(1, 0, 3));
  EXPECT_EQ(DecodeTlvValue((*raw)[1].octets, DataType::kInteger), Value(Number{1010}));
  EXPECT_EQ(DecodeTlvValue((*raw)[3].octets, DataType::kBoolean), Value(true));
  EXPECT_EQ(DecodeTlvValue((*raw)[4].octets, DataType::kString), Value(std::string("U")));
}

TEST(PayloadTest, TlvCutAnywhereIsRefusedOrAPrefixOfItsEntries) {
  const Octets whole = FromHex(kExampleTlv);
  const auto all = DecodeTlv(Path(3, 0), whole);
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 16u);
  std::size_t accepted = 0;
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const auto cut = DecodeTlv(Path(3, 0), whole.substr(0, length));
    if (!cut) continue;
    ++accepted;
    EXPECT_LT(cut->size(), all->size());
  }
  EXPECT_EQ(accepted, 13u);  // the empty payload and after each entry but the last
}

TEST(PayloadTest, RefusesTlvEntriesAtTheWrongLevelAndWrongWidths) {
  EXPECT_FALSE(DecodeTlv(Path(3, 0, 14), FromHex("C11055")));  // resource 16 under /3/0/14
  EXPECT_FALSE(DecodeTlv(Path(3, 0), FromHex("410064")));      // resource instance in an instance
  EXPECT_FALSE(DecodeTlvValue(FromHex("010203"), DataType::kInteger));
  EXPECT_FALSE(DecodeTlvValue(FromHex("0102"), DataType::kFloat));
  EXPECT_FALSE(DecodeTlvValue(FromHex("02"), DataType::kBoolean));
}

TEST(PayloadTest, WritesAndReadsTextAsAppendixCSays) {
  EXPECT_EQ(EncodeText(Number{-750}, DataType::kInteger), "-750");
  EXPECT_EQ(EncodeText(6.667e-11, DataType::kFloat), "0.00000000006667");
  EXPECT_EQ(EncodeText(true, DataType::kBoolean), "1");
  EXPECT_EQ(EncodeText(FromHex("0102030405"), DataType::kOpaque), "AQIDBAU=");
  EXPECT_EQ(DecodeText("AQIDBAU=", DataType::kOpaque), Value(FromHex("0102030405")));
  EXPECT_EQ(DecodeText("21.5", DataType::kFloat), Value(21.5));
  EXPECT_EQ(DecodeText("0", DataType::kBoolean), Value(false));
}

TEST(PayloadTest, RefusesTextThatIsNotOfTheType) {
  EXPECT_FALSE(DecodeText("", DataType::kInteger));
  EXPECT_FALSE(DecodeText("12x", DataType::kInteger));
  EXPECT_FALSE(DecodeText("true", DataType::kBoolean));
  EXPECT_FALSE(DecodeText("A=B=", DataType::kOpaque));
  EXPECT_FALSE(DecodeText("x", DataType::kNone));
}

TEST(PayloadTest, EncodesTheDeviceInstanceOfTheStandardAsJson) {
  EXPECT_EQ(
      EncodeJson(Path(3, 0), ExampleDevice()),
      R"({"bn":"/3/0/","e":[{"n":"0","sv":"Open Mobile Alliance"},{"n":"1","sv":"Lightweight M2M )"
      R"(Client"},{"n":"2","sv":"345000123"},{"n":"3","sv":"1.0"},{"n":"6/0","v":1},{"n":"6/1",)"
      R"("v":5},{"n":"7/0","v":3800},{"n":"7/1","v":5000},{"n":"8/0","v":125},{"n":"8/1","v":900},)"
      R"({"n":"9","v":100},{"n":"10","v":15},{"n":"11/0","v":0},{"n":"13","v":1367491215},)"
      R"({"n":"14","sv":"+02:00"},{"n":"16","sv":"U"}]})");
}

TEST(PayloadTest, EncodesASingleValueAsJsonUnderItsBaseName) {
  EXPECT_EQ(EncodeJson(Path(3, 0, 0), {Text(Path(3, 0, 0), "say \"hi\"\n")}),
            R"({"bn":"/3/0/0","e":[{"sv":"say \"hi\"\u000a"}]})");
  EXPECT_EQ(EncodeJson(Path(1, 0, 6), {{Path(1, 0, 6), DataType::kBoolean, true}}),
            R"({"bn":"/1/0/6","e":[{"bv":true}]})");
}

}  // namespace
}  // namespace lwm2m::simulator
