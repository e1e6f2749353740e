#include "lwm2m/send.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/example_objects.h"

namespace lwm2m {
namespace {

class SendTest : public ::testing::Test {
 protected:
  SendTest() { sender_.objects = *ParseObjectList("</3/0>,</5>,</3303/0>,</3303/1>"); }

  Result<std::vector<Record>> Read(
      const std::string& octets, std::optional<ContentFormat> format = ContentFormat::kSenmlJson) {
    return ReadSend(Payload{format, octets}, sender_, model_);
  }

  const ObjectModel model_ = ExampleObjects();
  Registration sender_;
};

TEST_F(SendTest, CarriesRecordsOfSeveralInstances) {  // IR-11
  const auto records = Read(
      R"([{"bn":"/3303/","bt":1700000000,"n":"0/5700","v":21.5},{"n":"1/5700","v":22,"t":-5}])");
  ASSERT_TRUE(records);
  ASSERT_EQ(records->size(), 2u);
  EXPECT_EQ((*records)[0], (Record{Path(3303, 0, 5700), 21.5, 1'700'000'000.0}));
  EXPECT_EQ((*records)[1], (Record{Path(3303, 1, 5700), 22.0, 1'699'999'995.0}));
}

TEST_F(SendTest, ComesInThreeFormats) {  // IR-11: LwM2M CBOR from 1.2 on
  EXPECT_EQ(Read("\x81\xa2\x21\x66/3/0/9\x02\x18\x50", ContentFormat::kSenmlCbor)->size(), 1u);
  EXPECT_EQ(
      Read("\xa1\x03\xa1" + std::string(1, '\0') + "\xa1\x09\x18\x50", ContentFormat::kLwm2mCbor)
          ->front(),
      (Record{Path(3, 0, 9), std::int64_t{80}, std::nullopt}));
  for (const ContentFormat format : {ContentFormat::kTlv, ContentFormat::kJson,
                                     ContentFormat::kText, ContentFormat::kSenmlEtchJson}) {
    const auto refused = Read("[]", format);
    ASSERT_FALSE(refused);
    EXPECT_EQ(AnswerTo(refused.error()), Code::kUnsupportedContentFormat);
  }
}

TEST_F(SendTest, TakesResourcesWithoutDefinition) {  // IR-12
  const auto records = Read(R"([{"n":"/3303/0/9999","vs":"x"}])");
  ASSERT_TRUE(records);
  EXPECT_EQ(records->front().value, Value(std::string("x")));
}

TEST_F(SendTest, IsRefusedAsAWhole) {  // IR-12
  const struct {
    const char* payload;
    Code code;
  } cases[] = {
      {R"([{"n":"/3303/0/5700","v":1},{"n":"/3303/2/5700","v":1}])", Code::kNotFound},
      {R"([{"n":"/5/0/3","v":1}])", Code::kNotFound},  // an object without instance
      {R"([{"n":"/4/0/1","v":1}])", Code::kNotFound},
      {R"([{"n":"/3303/0/5700","vs":"warm"}])", Code::kBadRequest},
      {R"([{"n":"/3303/0","v":1}])", Code::kBadRequest},
      {R"([{"n":"3303/0/5700","v":1}])", Code::kBadRequest},
      {"[]", Code::kBadRequest},
      {"", Code::kBadRequest},
      {"{", Code::kBadRequest},
  };
  for (const auto& a_case : cases) {
    const auto refused = Read(a_case.payload);
    ASSERT_FALSE(refused) << a_case.payload;
    EXPECT_EQ(AnswerTo(refused.error()), a_case.code) << a_case.payload;
  }
  const auto without_format = Read(R"([{"n":"/3303/0/5700","v":1}])", std::nullopt);
  ASSERT_FALSE(without_format);
  EXPECT_EQ(AnswerTo(without_format.error()), Code::kBadRequest);
}

class GatewaySendTest : public SendTest {
 protected:
  GatewaySendTest() { device_.objects = *ParseObjectList("</d01>;rt=\"oma.lwm2m\",</d01/3303/0>"); }

  Result<std::vector<std::vector<Record>>> ReadAll(const std::string& octets) {
    return ReadGatewaySend(Payload{ContentFormat::kSenmlJson, octets}, {&sender_, &device_},
                           model_);
  }

  Registration device_;
};

TEST_F(GatewaySendTest, IsSortedByThePrefixesOfTheDevices) {
  const auto all = ReadAll(
      R"([{"n":"/d01/3303/0/5700","v":21},{"n":"/3/0/9","v":80},{"bn":"/d01/","n":"3303/0/5700","v":22}])");
  ASSERT_TRUE(all);
  EXPECT_EQ((*all)[0], (std::vector<Record>{{Path(3, 0, 9), std::int64_t{80}, std::nullopt}}));
  EXPECT_EQ((*all)[1], (std::vector<Record>{{Path(3303, 0, 5700), 21.0, std::nullopt},
                                            {Path(3303, 0, 5700), 22.0, std::nullopt}}));
}

TEST_F(GatewaySendTest, IsRefusedAsAWholeForARecordOfNobody) {  // IR-12
  EXPECT_EQ(ReadAll(R"([{"n":"/3/0/9","v":80},{"n":"/d02/3303/0/5700","v":21}])").error().kind,
            ErrorKind::kNotFound);
  EXPECT_EQ(ReadAll(R"([{"n":"/d01/3304/0/5700","v":21}])").error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(ReadAll("[]").error().kind, ErrorKind::kMalformed);
}

}  // namespace
}  // namespace lwm2m
