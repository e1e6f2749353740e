#include "lwm2m/simulator/datagram.h"

#include <gtest/gtest.h>
#include <rapidjson/document.h>
#include <rapidjson/istreamwrapper.h>

#include <fstream>
#include <string>

namespace lwm2m::simulator {
namespace {

Octets FromHex(std::string_view hex) {
  Octets octets;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    octets += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return octets;
}

Datagram Register() {
  Datagram datagram;
  datagram.code = Code::kPost;
  datagram.message_id = 0x1234;
  datagram.token = "\xa1";
  datagram.Add(kUriQuery, "ep=dev01");
  datagram.Add(kUriQuery, "lt=86400");
  datagram.Add(kUriQuery, "lwm2m=1.1");
  datagram.Add(kUriQuery, "b=U");
  datagram.AddNumber(kContentFormat, 40);
  datagram.Add(kUriPath, "rd");
  datagram.payload = "</1/0>,</3/0>";
  return datagram;
}

TEST(DatagramTest, EncodesTheRegisterOfTheWorkedExample) {
  EXPECT_EQ(Encode(Register()),
            FromHex("41021234A1B2726411283865703D6465763031086C743D3836343030096C776D326D3D312E31"
                    "03623D55FF3C2F312F303E2C3C2F332F303E"));
}

TEST(DatagramTest, ReadsBackWhatItWrote) { EXPECT_EQ(Decode(Encode(Register())), Register()); }

TEST(DatagramTest, WritesOptionLengthsInOneTwoAndThreeOctets) {
  Datagram datagram;
  datagram.code = Code::kGet;
  for (const std::size_t length : {0u, 12u, 13u, 268u, 269u, 1000u}) {
    datagram.Add(2000, std::string(length, 'x'));
  }
  EXPECT_EQ(Decode(Encode(datagram)), datagram);
}

TEST(DatagramTest, WritesNumbersInAsFewOctetsAsPossible) {
  Datagram datagram;
  datagram.AddNumber(kObserve, 0);
  datagram.AddNumber(kContentFormat, 11542);
  EXPECT_EQ(datagram.options[0].value, "");
  EXPECT_EQ(datagram.options[1].value, FromHex("2D16"));
  EXPECT_EQ(datagram.Number(kObserve), 0u);
  EXPECT_EQ(datagram.Number(kContentFormat), 11542u);
  EXPECT_EQ(datagram.Number(kAccept), std::nullopt);
}

TEST(DatagramTest, NamesCodesAsTheStandardDoes) {
  EXPECT_EQ(ToString(Code::kNotFound), "4.04");
  EXPECT_EQ(ToString(Code::kContinue), "2.31");
}

TEST(DatagramTest, RefusesWhatRfc7252Forbids) {
  EXPECT_FALSE(Decode(FromHex("400112")));            // header cut
  EXPECT_FALSE(Decode(FromHex("80011234")));          // version 2
  EXPECT_FALSE(Decode(FromHex("49011234A1A2A3")));    // token length 9
  EXPECT_FALSE(Decode(FromHex("42011234A1")));        // token cut
  EXPECT_FALSE(Decode(FromHex("4000123401")));        // Empty message with content
  EXPECT_FALSE(Decode(FromHex("40011234F0")));        // option delta 15
  EXPECT_FALSE(Decode(FromHex("400112340F")));        // option length 15
  EXPECT_FALSE(Decode(FromHex("40011234D0")));        // extension cut
  EXPECT_FALSE(Decode(FromHex("40011234B27264FF")));  // marker without payload
  EXPECT_FALSE(Decode(FromHex("40011234B372")));      // option value cut
  EXPECT_FALSE(Decode(FromHex("40011234E0FFFF")));    // option number above 65535
}

// tests/vectors/clients.json: datagrams of six LwM2M clients, recorded and decoded by others.
class RecordedDatagramTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::ifstream file(std::string(IPE_SOURCE_DIR) + "/tests/vectors/clients.json");
    ASSERT_TRUE(file);
    rapidjson::IStreamWrapper stream(file);
    vectors_.ParseStream(stream);
    ASSERT_TRUE(vectors_.IsArray());
    ASSERT_GT(vectors_.Size(), 200u);
  }
  rapidjson::Document vectors_;
};

TEST_F(RecordedDatagramTest, IsReadAsRecordedAndWrittenBackOctetForOctet) {
  for (const auto& vector : vectors_.GetArray()) {
    SCOPED_TRACE(vector["name"].GetString());
    const Octets octets = FromHex(vector["hex"].GetString());
    const auto datagram = Decode(octets);
    ASSERT_TRUE(datagram) << datagram.error().detail;
    EXPECT_EQ(Encode(*datagram), octets);
    const auto& meaning = vector["meaning"];
    EXPECT_EQ(datagram->message_id, meaning["message_id"].GetInt());
    EXPECT_EQ(datagram->token, FromHex(meaning["token"].GetString()));
    EXPECT_EQ(datagram->options.size(), meaning["options"].Size());
    if (meaning.HasMember("code")) {
      EXPECT_EQ(ToString(datagram->code), meaning["code"].GetString());
    }
    if (meaning["content_format"].IsInt()) {
      EXPECT_EQ(datagram->Number(kContentFormat), meaning["content_format"].GetUint());
    }
    if (meaning.HasMember("payload_text")) {
      EXPECT_EQ(datagram->payload, meaning["payload_text"].GetString());
    }
  }
}

TEST_F(RecordedDatagramTest, CutAnywhereIsRefusedOrStaysWithinItsOctets) {
  for (const auto& vector : vectors_.GetArray()) {
    const Octets octets = FromHex(vector["hex"].GetString());
    for (std::size_t length = 0; length < octets.size(); ++length) {
      const auto datagram = Decode(std::string_view(octets).substr(0, length));
      if (!datagram) continue;
      EXPECT_EQ(Encode(*datagram), octets.substr(0, length));
    }
  }
}

}  // namespace
}  // namespace lwm2m::simulator
