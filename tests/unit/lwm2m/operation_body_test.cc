#include "lwm2m/operation_body.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lwm2m/codec/codec.h"
#include "tests/support/example_objects.h"

namespace lwm2m {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Format = ContentFormat;

Registration Client(std::string version, std::string_view objects = "</1/0>,</3/0>,</3303/0>") {
  Registration registration;
  registration.version = std::move(version);
  registration.objects = ParseObjectList(objects).value();
  return registration;
}

Registration Announcing(std::string version, std::string formats) {
  return Client(std::move(version), "</>;ct=\"" + formats + "\",</1/0>,</3303/0>,</3303/1>");
}

Operation Write(Path path, std::vector<Record> records,
                OperationKind kind = OperationKind::kWriteReplace) {
  Operation operation;
  operation.kind = kind;
  operation.path = path;
  operation.records = std::move(records);
  return operation;
}

Operation Number() { return Write(Path(1, 0, 1), {{Path(1, 0, 1), std::int64_t{300}, {}}}); }
Operation Octets() { return Write(Path(5, 0, 0), {{Path(5, 0, 0), Opaque{"\x01\x02"}, {}}}); }
Operation Instance() {
  return Write(Path(1, 0), {{Path(1, 0, 1), std::int64_t{300}, {}}, {Path(1, 0, 6), true, {}}});
}
Operation Composite() {
  return Write(Path(),
               {{Path(1, 0, 2), std::int64_t{101}, {}},
                {Path(1, 0, 6), true, {}},
                {Path(3, 0, 13), Time{0}, {}}},
               OperationKind::kWriteComposite);
}
Operation Paths() {
  Operation operation;
  operation.kind = OperationKind::kReadComposite;
  operation.paths = {Path(1, 0, 1), Path(3, 0, 0)};
  return operation;
}

TEST(OperationBodyTest, OfAClientOf10IsOfTheFormatsOf10) {  // DM-13
  EXPECT_THAT(BodyFormats(Number(), Client("1.0")), ElementsAre(Format::kText, Format::kTlv));
  EXPECT_THAT(BodyFormats(Octets(), Client("1.0")), ElementsAre(Format::kOpaque, Format::kTlv));
  EXPECT_THAT(BodyFormats(Instance(), Client("1.0")), ElementsAre(Format::kTlv, Format::kJson));
  EXPECT_THAT(BodyFormats(Instance(), Announcing("1.0", "112")),
              ElementsAre(Format::kTlv, Format::kJson));
}

TEST(OperationBodyTest, OfALaterClientIsOfWhatItAnnounces) {  // DM-13, DM-14
  EXPECT_THAT(BodyFormats(Number(), Client("1.1")), ElementsAre(Format::kText, Format::kTlv));
  EXPECT_EQ(BodyFormats(Number(), Announcing("1.1", "60 112")).front(), Format::kCbor);
  EXPECT_EQ(BodyFormats(Number(), Announcing("1.1", "112")).front(), Format::kSenmlCbor);
  EXPECT_EQ(BodyFormats(Number(), Announcing("1.1", "0 60 112")).front(), Format::kText);
  EXPECT_EQ(BodyFormats(Octets(), Announcing("1.1", "60 110")).front(), Format::kCbor);
  EXPECT_EQ(BodyFormats(Octets(), Announcing("1.1", "42 60")).front(), Format::kOpaque);
  EXPECT_EQ(BodyFormats(Octets(), Announcing("1.1", "110")).front(), Format::kSenmlJson);
  EXPECT_EQ(BodyFormats(Instance(), Announcing("1.1", "60 110 112")).front(), Format::kSenmlCbor);
  EXPECT_EQ(BodyFormats(Instance(), Announcing("1.1", "110")).front(), Format::kSenmlJson);
  EXPECT_EQ(BodyFormats(Instance(), Announcing("1.1", "110 11542")).front(), Format::kTlv);
  EXPECT_EQ(BodyFormats(Instance(), Announcing("1.1", "1542")).front(), Format::kTlv)
      << "the old number";
  EXPECT_EQ(BodyFormats(Instance(), Announcing("1.2", "60 11544")).front(), Format::kLwm2mCbor);
  // What it has in any case comes last, for the one who announces what it does not take.
  EXPECT_THAT(BodyFormats(Instance(), Announcing("1.1", "110")),
              ElementsAre(Format::kSenmlJson, Format::kTlv, Format::kSenmlCbor));
  EXPECT_THAT(BodyFormats(Number(), Announcing("1.1", "112")),
              ElementsAre(Format::kSenmlCbor, Format::kText, Format::kTlv));
}

TEST(OperationBodyTest, OfACompositeOperationIsSenmlOrLwm2mCbor) {  // DM-24
  for (const Operation& operation : {Composite(), Paths()}) {
    EXPECT_THAT(BodyFormats(operation, Client("1.1")),
                ElementsAre(Format::kSenmlCbor, Format::kSenmlJson));
    EXPECT_THAT(BodyFormats(operation, Announcing("1.1", "110 11542")),
                ElementsAre(Format::kSenmlJson, Format::kSenmlCbor));
    EXPECT_EQ(BodyFormats(operation, Announcing("1.2", "11542 11544")).front(), Format::kLwm2mCbor);
    EXPECT_EQ(BodyFormats(operation, Announcing("1.2", "320 322")).front(), Format::kSenmlEtchCbor);
  }
  EXPECT_EQ(CompositeAnswerFormat(Client("1.1")), Format::kSenmlCbor);
  EXPECT_EQ(CompositeAnswerFormat(Announcing("1.2", "320 110")), Format::kSenmlJson);
  EXPECT_EQ(CompositeAnswerFormat(Announcing("1.2", "322")), Format::kSenmlCbor);
}

TEST(OperationBodyTest, IsNotChosenWhereItWasGivenOrThereIsNone) {
  Operation given = Instance();
  given.payload = {Format::kJson, "{}"};
  EXPECT_THAT(BodyFormats(given, Client("1.1")), IsEmpty());
  Operation read;
  read.path = Path(3, 0);
  EXPECT_THAT(BodyFormats(read, Client("1.1")), IsEmpty());
}

// LwM2M Core 1.1.1 §7.4.5; ETS 1.2 test 257.
TEST(OperationBodyTest, WritesTheExampleOfWriteComposite) {
  const auto json = EncodeBody(Composite(), Client("1.1"), Format::kSenmlJson);
  ASSERT_TRUE(json);
  EXPECT_EQ(json->format, Format::kSenmlJson);
  EXPECT_EQ(json->octets,
            R"([{"bn":"/","n":"1/0/2","v":101},{"n":"1/0/6","vb":true},{"n":"3/0/13","v":0}])");
}

// Every format that is chosen can say what is to be said, and reads back the same.
TEST(OperationBodyTest, ReadsBackInEveryFormatThatIsChosen) {
  const ObjectModel model = ExampleObjects();
  const std::string all = "0 42 60 110 112 320 322 11542 11543 11544";
  for (const Operation& operation : {Number(), Octets(), Instance(), Composite()}) {
    const Registration client = Announcing("1.2", all);
    for (const Format format : BodyFormats(operation, client)) {
      const auto body = EncodeBody(operation, client, format);
      ASSERT_TRUE(body) << body.error().detail;
      const auto records = Decode(format, body->octets, operation.path, model);
      ASSERT_TRUE(records) << static_cast<int>(format) << records.error().detail;
      EXPECT_EQ(records->size(), operation.records.size());
    }
  }
}

Operation Create(Path path, std::vector<Record> records = {}) {
  return Write(path, std::move(records), OperationKind::kCreate);
}

// DM-19, LwM2M Core 1.1.1 §6.3.6.
TEST(OperationBodyTest, OfACreateLeavesTheNumberOpenWhereTheFormatCan) {
  const Record record{Path(3303, 9, 5750), std::string("a"), {}};
  const Operation unnumbered = Create(Path(3303), {record});
  const Registration client = Announcing("1.1", "112");
  EXPECT_EQ(EncodeBody(unnumbered, client, Format::kTlv)->octets, "\xe1\x16\x76\x61");
  EXPECT_EQ(EncodeBody(unnumbered, client, Format::kSenmlJson)->octets,
            R"([{"bn":"/3303/","n":"2/5750","vs":"a"}])")
      << "/3303/0 and /3303/1 are declared";
  const Operation numbered = Create(Path(3303, 9), {record});
  EXPECT_EQ(EncodeBody(numbered, client, Format::kTlv)->octets, "\x04\x09\xe1\x16\x76\x61");
  EXPECT_EQ(EncodeBody(numbered, client, Format::kSenmlJson)->octets,
            R"([{"bn":"/3303/","n":"9/5750","vs":"a"}])");
  EXPECT_EQ(EncodeBody(Create(Path(3303)), client, Format::kTlv)->octets, "");
  EXPECT_EQ(EncodeBody(Create(Path(3303, 5)), client, Format::kTlv)->octets,
            std::string("\0\x05", 2));
  EXPECT_THAT(BodyFormats(Create(Path(3303, 5)), client),
              ElementsAre(Format::kTlv, Format::kLwm2mCbor));
}

}  // namespace
}  // namespace lwm2m
