// Replays tests/vectors/formats.json: each vector as it is, truncated at every octet and with every
// bit flipped, encoded again and read again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cctype>
#include <fstream>
#include <iterator>
#include <ostream>

#include "fmt/format.h"
#include "lwm2m/codec/codec.h"
#include "lwm2m/core_link.h"
#include "rapidjson/document.h"
#include "tests/support/example_objects.h"

namespace lwm2m {

void PrintTo(const Record& record, std::ostream* out) {
  *out << record.path.ToString() << "=" << ToText(record.value) << " (alternative "
       << record.value.index() << ")";
  if (record.time) *out << " at " << *record.time;
}

namespace {

using Json = rapidjson::Value;

struct Vector {
  std::string name;
  ContentFormat format = ContentFormat::kText;
  Path base;
  std::string payload;
  std::vector<Record> records;
  std::vector<CoreLinkEntry> links;
  std::string error;        // detail expected; "": decodes
  bool same_octets = true;  // encoding the records gives the payload again
};

void PrintTo(const Vector& vector, std::ostream* out) { *out << vector.name; }

std::string FromHex(std::string_view hex) {
  std::string octets;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    octets.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return octets;
}

Value ReadValue(const Json& record) {
  if (record.HasMember("string")) return std::string(record["string"].GetString());
  if (record.HasMember("integer")) return record["integer"].GetInt64();
  if (record.HasMember("unsigned")) return record["unsigned"].GetUint64();
  if (record.HasMember("float")) return record["float"].GetDouble();
  if (record.HasMember("boolean")) return record["boolean"].GetBool();
  if (record.HasMember("opaque")) return Opaque{FromHex(record["opaque"].GetString())};
  if (record.HasMember("time")) return Time{record["time"].GetInt64()};
  if (record.HasMember("link"))
    return FromText(Type::kObjectLink, record["link"].GetString()).value();
  return CoreLink{record["corelink"].GetString()};
}

Vector ReadVector(const Json& json) {
  Vector vector;
  vector.name = json["name"].GetString();
  vector.format = static_cast<ContentFormat>(json["content_format"].GetUint());
  if (json.HasMember("base")) vector.base = Path::Parse(json["base"].GetString()).value();
  vector.payload = json.HasMember("text") ? std::string(json["text"].GetString())
                                          : FromHex(json["hex"].GetString());
  if (json.HasMember("error")) vector.error = json["error"].GetString();
  vector.same_octets = !json.HasMember("reencode");
  if (json.HasMember("records")) {
    for (const Json& record : json["records"].GetArray()) {
      vector.records.push_back(
          {Path::Parse(record["path"].GetString()).value(), ReadValue(record),
           record.HasMember("t") ? std::optional(record["t"].GetDouble()) : std::nullopt});
    }
  }
  if (json.HasMember("links")) {
    for (const Json& link : json["links"].GetArray()) {
      CoreLinkEntry entry{link[0].GetString(), {}};
      for (rapidjson::SizeType i = 1; i < link.Size(); ++i) {
        entry.parameters.emplace_back(link[i][0].GetString(), link[i][1].GetString());
      }
      vector.links.push_back(std::move(entry));
    }
  }
  return vector;
}

std::vector<Vector> ReadVectors(bool links) {
  std::ifstream in(IPE_SOURCE_DIR "/tests/vectors/formats.json");
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  rapidjson::Document document;
  document.Parse<rapidjson::kParseFullPrecisionFlag>(text);
  std::vector<Vector> vectors;
  if (!document.IsArray()) return vectors;
  for (const Json& json : document.GetArray()) {
    Vector vector = ReadVector(json);
    if ((vector.format == ContentFormat::kLinkFormat) == links) {
      vectors.push_back(std::move(vector));
    }
  }
  return vectors;
}

std::string TestName(const testing::TestParamInfo<Vector>& info) {
  std::string name = info.param.name;
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

// Every payload that differs from `payload` by a missing end or by one bit.
std::vector<std::string> Mutations(const std::string& payload) {
  std::vector<std::string> mutations;
  for (std::size_t length = 0; length < payload.size(); ++length) {
    mutations.push_back(payload.substr(0, length));
  }
  for (std::size_t i = 0; i < payload.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      mutations.push_back(payload);
      mutations.back()[i] = static_cast<char>(mutations.back()[i] ^ 1 << bit);
    }
  }
  return mutations;
}

// Equal, where one not-a-number equals another.
bool Same(const Value& left, const Value& right) {
  const auto* a = std::get_if<double>(&left);
  const auto* b = std::get_if<double>(&right);
  if (a != nullptr && b != nullptr && *a != *a && *b != *b) return true;
  return left == right;
}

bool Same(std::vector<Record> left, std::vector<Record> right) {
  const auto by_path = [](const Record& a, const Record& b) { return a.path < b.path; };
  std::stable_sort(left.begin(), left.end(), by_path);
  std::stable_sort(right.begin(), right.end(), by_path);
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](const Record& a, const Record& b) {
                      return a.path == b.path && Same(a.value, b.value) && a.time == b.time;
                    });
}

class FormatVectorTest : public testing::TestWithParam<Vector> {
 protected:
  const ObjectModel model_ = ExampleObjects();
};

TEST_P(FormatVectorTest, DecodesAsItsRecordsOrFailsAsNamed) {
  const Vector& vector = GetParam();
  const auto records = Decode(vector.format, vector.payload, vector.base, model_);
  if (!vector.error.empty()) {
    ASSERT_FALSE(records.has_value());
    EXPECT_EQ(records.error().detail, vector.error);
    return;
  }
  ASSERT_TRUE(records.has_value()) << records.error().detail;
  EXPECT_THAT(*records, testing::ElementsAreArray(vector.records));
}

TEST_P(FormatVectorTest, EncodesToTheSameOctetsOrToOnesThatReadTheSame) {
  const Vector& vector = GetParam();
  if (!vector.error.empty() || (vector.records.empty() && !vector.same_octets)) return;
  if (vector.records.empty() && Canonical(vector.format) == ContentFormat::kText) return;
  const auto payload = Encode(vector.format, vector.records, vector.base, model_);
  ASSERT_TRUE(payload.has_value()) << payload.error().detail;
  if (vector.same_octets) {
    EXPECT_EQ(*payload, vector.payload);
  }
  const auto again = Decode(vector.format, *payload, vector.base, model_);
  ASSERT_TRUE(again.has_value()) << again.error().detail;
  EXPECT_THAT(*again, testing::ElementsAreArray(vector.records));
}

TEST_P(FormatVectorTest, SurvivesTruncationAndFlippedBits) {
  const Vector& vector = GetParam();
  for (const std::string& mutation : Mutations(vector.payload)) {
    const auto records = Decode(vector.format, mutation, vector.base, model_);
    if (!records) {
      EXPECT_FALSE(records.error().detail.empty());
      continue;
    }
    for (const Record& record : *records) EXPECT_TRUE(vector.base.Contains(record.path));
    const auto payload = Encode(vector.format, *records, vector.base, model_);
    if (!payload) {
      EXPECT_FALSE(payload.error().detail.empty());
      continue;
    }
    const auto again = Decode(vector.format, *payload, vector.base, model_);
    ASSERT_TRUE(again.has_value()) << again.error().detail;
    const bool inferred_text = Canonical(vector.format) == ContentFormat::kText &&
                               model_.FindResource(vector.base) == nullptr;
    if (!inferred_text) {
      EXPECT_TRUE(Same(*records, *again)) << testing::PrintToString(*records);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Vectors, FormatVectorTest, testing::ValuesIn(ReadVectors(false)),
                         TestName);

class LinkVectorTest : public testing::TestWithParam<Vector> {};

TEST_P(LinkVectorTest, ParsesAsItsLinksOrFailsAsNamed) {
  const Vector& vector = GetParam();
  const auto links = ParseCoreLinks(vector.payload);
  if (!vector.error.empty()) {
    ASSERT_FALSE(links.has_value());
    EXPECT_EQ(links.error().kind, ErrorKind::kMalformed);
    EXPECT_EQ(links.error().detail, vector.error);
    return;
  }
  ASSERT_TRUE(links.has_value()) << links.error().detail;
  ASSERT_EQ(links->size(), vector.links.size());
  for (std::size_t i = 0; i < links->size(); ++i) {
    EXPECT_EQ((*links)[i].target, vector.links[i].target);
    EXPECT_EQ((*links)[i].parameters, vector.links[i].parameters);
  }
}

TEST_P(LinkVectorTest, SurvivesTruncationAndFlippedBits) {
  for (const std::string& mutation : Mutations(GetParam().payload)) {
    const auto list = ParseObjectList(mutation);
    if (!list) {
      EXPECT_FALSE(list.error().detail.empty());
      continue;
    }
    EXPECT_TRUE(std::is_sorted(list->paths.begin(), list->paths.end()));
    // Whatever was understood is understood again from what we write about it.
    const auto again = ParseObjectList(ToString(*list));
    ASSERT_TRUE(again.has_value()) << ToString(*list);
    EXPECT_EQ(*again, *list) << ToString(*list);
  }
}

INSTANTIATE_TEST_SUITE_P(Vectors, LinkVectorTest, testing::ValuesIn(ReadVectors(true)), TestName);

TEST(VectorFileTest, HoldsVectorsOfEveryFormat) {
  EXPECT_GT(ReadVectors(false).size(), 100u);
  EXPECT_GT(ReadVectors(true).size(), 20u);
}

}  // namespace
}  // namespace lwm2m
