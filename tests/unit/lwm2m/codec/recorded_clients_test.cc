// Every payload of tests/vectors/clients.json decodes as an unrelated decoder read it when it was
// recorded.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>

#include "fmt/format.h"
#include "lwm2m/codec/codec.h"
#include "lwm2m/core_link.h"
#include "rapidjson/document.h"
#include "tests/support/example_objects.h"

namespace lwm2m {
namespace {

using Json = rapidjson::Value;

struct Recording {
  std::string name;
  std::optional<ContentFormat> format;
  std::string payload;
  Path base;
  bool is_content = false;  // 2.05, or a request with payload
  bool is_update_or_register = false;
  const Json* decoded = nullptr;  // the other decoder's TLV or CBOR tree, where there is one
};

std::string FromHex(std::string_view hex) {
  std::string octets;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    octets.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return octets;
}

// "CON GET /3/0?depth=0 Accept 40" → /3/0.
Path PathOfRequest(std::string_view request) {
  const std::size_t start = request.find('/');
  const std::size_t end = request.find_first_of(" ?", start);
  return Path::Parse(request.substr(start, end - start)).value_or(Path());
}

Path PathOfOptions(const Json& meaning) {
  std::string text;
  for (const Json& option : meaning["options"].GetArray()) {
    if (std::string_view(option[0].GetString()) == "Uri-Path") {
      text += fmt::format("/{}", option[1].GetString());
    }
  }
  return Path::Parse(text).value_or(Path());
}

// "anjay-1.1-notify-3-0-tlv" → /3/0: some notifications stand there without their Observe.
Path PathOfNotification(std::string_view name) {
  constexpr std::string_view kMark = "notify-";
  const std::size_t mark = name.find(kMark);
  std::string text;
  std::string_view rest = mark == name.npos ? "" : name.substr(mark + kMark.size());
  while (!rest.empty() && rest.front() >= '0' && rest.front() <= '9') {
    const std::string_view id = rest.substr(0, rest.find('-'));
    text += fmt::format("/{}", id);
    rest.remove_prefix(std::min(rest.size(), id.size() + 1));
  }
  return Path::Parse(text).value_or(Path());
}

// The Block1 or Block2 option that says how the payload is cut, unless the message has none.
const Json* BlockOf(const Json& meaning) {
  for (const Json& option : meaning["options"].GetArray()) {
    if (std::string_view(option[0].GetString()).starts_with("Block")) return &option[1];
  }
  return nullptr;
}

// The recordings with blocks put together; transfers recorded in part are left out.
class RecordedClientsTest : public testing::Test {
 protected:
  void SetUp() override {
    std::ifstream in(IPE_SOURCE_DIR "/tests/vectors/clients.json");
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    document_.Parse<rapidjson::kParseFullPrecisionFlag>(text);
    ASSERT_TRUE(document_.IsArray());
    std::string pending;
    for (const Json& entry : document_.GetArray()) {
      std::optional<Recording> recording = Read(entry);
      if (!recording) continue;
      if (const Json* block = BlockOf(entry["meaning"])) {
        if ((*block)["num"].GetInt() == 0) pending.clear();
        pending += recording->payload;
        if ((*block)["more"].GetBool()) continue;
        recording->payload = pending;
      }
      recordings_.push_back(*std::move(recording));
    }
  }

  const ObjectModel model_ = ExampleObjects();
  std::vector<Recording> recordings_;

 private:
  std::optional<Recording> Read(const Json& entry) {
    const Json& meaning = entry["meaning"];
    Recording recording;
    recording.name = entry["name"].GetString();
    const std::string key = fmt::format("{} {} {}", entry["client"].GetString(),
                                        entry["version"].GetString(), meaning["token"].GetString());
    if (entry.HasMember("in_answer_to")) {
      paths_[key] = PathOfRequest(entry["in_answer_to"]["request"].GetString());
      recording.base = paths_[key];
    } else if (meaning.HasMember("method")) {
      recording.base = PathOfOptions(meaning);
    } else {
      recording.base = paths_[key];  // a notification carries the token of its Observe
      if (recording.base.is_root()) recording.base = PathOfNotification(recording.name);
    }
    if (meaning["content_format"].IsInt()) {
      recording.format = static_cast<ContentFormat>(meaning["content_format"].GetInt());
    }
    if (meaning.HasMember("payload_text")) {
      recording.payload = meaning["payload_text"].GetString();
    } else if (meaning.HasMember("payload_hex")) {
      recording.payload = FromHex(meaning["payload_hex"].GetString());
    } else if (!recording.format) {
      return std::nullopt;
    }
    if (meaning.HasMember("payload_decoded")) recording.decoded = &meaning["payload_decoded"];
    recording.is_content =
        meaning.HasMember("method") || std::string_view(meaning["code"].GetString()) == "2.05";
    recording.is_update_or_register =
        meaning.HasMember("method") && recording.base.is_root() && !recording.payload.empty();
    return recording;
  }

  rapidjson::Document document_;
  std::map<std::string, Path> paths_;
};

struct Leaf {
  Path path;
  std::string octets;
};

void Flatten(const Json& entries, const Path& base, std::vector<Leaf>& leaves) {
  for (const Json& entry : entries.GetArray()) {
    const std::string_view kind = entry["kind"].GetString();
    const std::size_t depth = kind == "object-instance" ? 2 : kind == "resource-instance" ? 4 : 3;
    const Path path = base.Prefix(depth - 1).Child(static_cast<Id>(entry["id"].GetInt()));
    if (entry.HasMember("children")) {
      Flatten(entry["children"], path, leaves);
    } else {
      leaves.push_back({path, FromHex(entry["hex"].GetString())});
    }
  }
}

// The octets of a value read by hand, without our decoder.
std::string Render(const Value& value, const std::string& octets) {
  const bool is_signed = TypeOf(value) == Type::kInteger || TypeOf(value) == Type::kTime;
  std::uint64_t bits = is_signed && (octets[0] & 0x80) != 0 ? ~std::uint64_t{0} : 0;
  for (const char octet : octets) bits = bits * 256 + static_cast<unsigned char>(octet);
  const auto number = static_cast<std::int64_t>(bits);
  switch (TypeOf(value)) {
    case Type::kInteger:
    case Type::kTime:
    case Type::kBoolean:
      return std::to_string(number);
    case Type::kFloat: {
      const double mantissa = 1.0 + static_cast<double>(number & 0x7fffff) / 0x800000;
      return ToText(Value(std::ldexp(mantissa, static_cast<int>(number >> 23 & 0xff) - 127)));
    }
    case Type::kObjectLink:
      return fmt::format("{}:{}", number / 65536, number % 65536);
    case Type::kOpaque:
      return EncodeBase64(octets);
    case Type::kString:
    case Type::kCoreLink:
    case Type::kUnsignedInteger:
    case Type::kNone:
      break;
  }
  return octets;
}

TEST_F(RecordedClientsTest, TlvDecodesAsTheOtherDecoderReadIt) {
  int compared = 0;
  for (const Recording& recording : recordings_) {
    if (!recording.format || Canonical(*recording.format) != ContentFormat::kTlv) continue;
    SCOPED_TRACE(recording.name);
    const auto records = Decode(*recording.format, recording.payload, recording.base, model_);
    ASSERT_TRUE(records.has_value()) << records.error().detail;
    EXPECT_EQ(records->empty(), recording.payload.empty());
    if (recording.decoded == nullptr) continue;
    std::vector<Leaf> leaves;
    Flatten(*recording.decoded, recording.base, leaves);
    ASSERT_EQ(records->size(), leaves.size());
    for (std::size_t i = 0; i < leaves.size(); ++i) {
      EXPECT_EQ((*records)[i].path, leaves[i].path);
      EXPECT_EQ(ToText((*records)[i].value), Render((*records)[i].value, leaves[i].octets));
    }
    ++compared;
  }
  EXPECT_GE(compared, 30);
}

TEST_F(RecordedClientsTest, JsonDecodesEntryByEntry) {
  int compared = 0;
  for (const Recording& recording : recordings_) {
    if (recording.format != ContentFormat::kJson) continue;
    SCOPED_TRACE(recording.name);
    const auto records = Decode(*recording.format, recording.payload, recording.base, model_);
    ASSERT_TRUE(records.has_value()) << records.error().detail;
    rapidjson::Document json;
    json.Parse(recording.payload);
    const auto entries = json["e"].GetArray();
    ASSERT_EQ(records->size(), entries.Size());
    for (rapidjson::SizeType i = 0; i < entries.Size(); ++i) {
      const Record& record = (*records)[i];
      EXPECT_EQ(record.path.ToString(),
                std::string(json["bn"].GetString()) + entries[i]["n"].GetString());
      for (const char* text : {"sv", "ov"}) {
        if (!entries[i].HasMember(text)) continue;
        EXPECT_EQ(ToText(record.value), entries[i][text].GetString());
      }
      if (entries[i].HasMember("v")) {
        EXPECT_EQ(std::stod(ToText(record.value)), entries[i]["v"].GetDouble());
      }
    }
    ++compared;
  }
  EXPECT_EQ(compared, 3);
}

// A value as the other decoder has it: CBOR and JSON scalars as JSON.
void ExpectSame(const Value& value, const Json& other) {
  if (other.IsString()) {
    EXPECT_EQ(ToText(value), other.GetString());
  } else if (other.IsObject()) {
    EXPECT_EQ(value, Value(Opaque{FromHex(other["bytes"].GetString())}));
  } else if (other.IsBool()) {
    EXPECT_EQ(value, Value(other.GetBool()));
  } else {
    EXPECT_EQ(std::stod(ToText(value)), other.GetDouble());
  }
}

// A SenML record of the other decoder under its JSON labels.
using SenmlFields = std::map<std::string, const Json*>;

SenmlFields FieldsOfCbor(const Json& entry) {
  const std::map<int, std::string> names = {{-3, "bt"}, {-2, "bn"}, {0, "n"}, {2, "v"},
                                            {3, "vs"},  {4, "vb"},  {6, "t"}, {8, "vd"}};
  SenmlFields fields;
  for (const Json& pair : entry["map"].GetArray()) {
    const std::string name = pair[0].IsString() ? pair[0].GetString() : names.at(pair[0].GetInt());
    fields[name] = &pair[1];
  }
  return fields;
}

SenmlFields FieldsOfJson(const Json& entry) {
  SenmlFields fields;
  for (const auto& member : entry.GetObject()) fields[member.name.GetString()] = &member.value;
  return fields;
}

// Resolves base fields on its own (RFC 8428 §4.6), then compares record by record.
void ExpectSame(const std::vector<Record>& records, const std::vector<SenmlFields>& entries) {
  ASSERT_EQ(records.size(), entries.size());
  std::string base_name;
  std::optional<double> base_time;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    SenmlFields fields = entries[i];
    if (fields.count("bn") != 0) base_name = fields["bn"]->GetString();
    if (fields.count("bt") != 0) base_time = fields["bt"]->GetDouble();
    const std::string name = fields.count("n") != 0 ? fields["n"]->GetString() : "";
    EXPECT_EQ(records[i].path.ToString(), base_name + name);
    EXPECT_EQ(records[i].time, base_time);
    for (const char* label : {"v", "vs", "vb", "vd", "vlo"}) {
      if (fields.count(label) != 0) ExpectSame(records[i].value, *fields[label]);
    }
  }
}

TEST_F(RecordedClientsTest, SenmlCborDecodesRecordByRecord) {
  int compared = 0;
  int with_time = 0;
  for (const Recording& recording : recordings_) {
    if (recording.format != ContentFormat::kSenmlCbor || !recording.is_content) continue;
    if (recording.payload.empty()) continue;
    SCOPED_TRACE(recording.name);
    const auto records = Decode(*recording.format, recording.payload, recording.base, model_);
    ASSERT_TRUE(records.has_value()) << records.error().detail;
    ASSERT_NE(recording.decoded, nullptr);
    std::vector<SenmlFields> entries;
    for (const Json& entry : recording.decoded->GetArray()) entries.push_back(FieldsOfCbor(entry));
    ExpectSame(*records, entries);
    if (!records->empty() && records->front().time) ++with_time;
    ++compared;
  }
  EXPECT_EQ(compared, 18);
  EXPECT_EQ(with_time, 8);
}

TEST_F(RecordedClientsTest, SenmlJsonDecodesRecordByRecord) {
  int compared = 0;
  for (const Recording& recording : recordings_) {
    if (recording.format != ContentFormat::kSenmlJson || !recording.is_content) continue;
    SCOPED_TRACE(recording.name);
    const auto records = Decode(*recording.format, recording.payload, recording.base, model_);
    ASSERT_TRUE(records.has_value()) << records.error().detail;
    rapidjson::Document json;
    json.Parse<rapidjson::kParseFullPrecisionFlag>(recording.payload);
    std::vector<SenmlFields> entries;
    for (const Json& entry : json.GetArray()) entries.push_back(FieldsOfJson(entry));
    ExpectSame(*records, entries);
    ++compared;
  }
  EXPECT_EQ(compared, 12);
}

struct CborLeaf {
  Path path;
  const Json* value;
};

void Flatten(const Json& map, const Path& parent, std::vector<CborLeaf>& leaves) {
  for (const Json& pair : map["map"].GetArray()) {
    Path path = parent;
    if (pair[0].IsArray()) {
      for (const Json& id : pair[0].GetArray()) path = path.Child(static_cast<Id>(id.GetInt()));
    } else {
      path = path.Child(static_cast<Id>(pair[0].GetInt()));
    }
    if (pair[1].IsObject() && pair[1].HasMember("map")) {
      Flatten(pair[1], path, leaves);
    } else {
      leaves.push_back({path, &pair[1]});
    }
  }
}

TEST_F(RecordedClientsTest, Lwm2mCborDecodesAsTheOtherDecoderReadIt) {
  int compared = 0;
  for (const Recording& recording : recordings_) {
    if (recording.format != ContentFormat::kLwm2mCbor) continue;
    SCOPED_TRACE(recording.name);
    const auto records = Decode(*recording.format, recording.payload, recording.base, model_);
    ASSERT_TRUE(records.has_value()) << records.error().detail;
    ASSERT_NE(recording.decoded, nullptr);
    std::vector<CborLeaf> leaves;
    Flatten(*recording.decoded, Path(), leaves);
    ASSERT_EQ(records->size(), leaves.size());
    for (std::size_t i = 0; i < leaves.size(); ++i) {
      EXPECT_EQ((*records)[i].path, leaves[i].path);
      ExpectSame((*records)[i].value, *leaves[i].value);
    }
    ++compared;
  }
  EXPECT_EQ(compared, 10);
}

TEST_F(RecordedClientsTest, CborOfOneResourceIsWhatTheOtherDecoderRead) {
  int compared = 0;
  for (const Recording& recording : recordings_) {
    if (recording.format != ContentFormat::kCbor) continue;
    SCOPED_TRACE(recording.name);
    const auto records = Decode(*recording.format, recording.payload, recording.base, model_);
    ASSERT_TRUE(records.has_value()) << records.error().detail;
    ASSERT_EQ(records->size(), 1u);
    EXPECT_EQ(records->front().path, recording.base);
    ExpectSame(records->front().value, *recording.decoded);
    ++compared;
  }
  EXPECT_EQ(compared, 2);
}

// A client that names no format answers one resource in text (FMT-3).
TEST_F(RecordedClientsTest, TextOfOneResourceReadsBackTheSame) {
  int compared = 0;
  for (const Recording& recording : recordings_) {
    const bool text = recording.format.value_or(ContentFormat::kText) == ContentFormat::kText;
    if (!text || !recording.is_content || recording.base.depth() < 3) continue;
    if (recording.payload.starts_with('<')) continue;  // Discover without format
    SCOPED_TRACE(recording.name);
    const auto records = Decode(ContentFormat::kText, recording.payload, recording.base, model_);
    ASSERT_TRUE(records.has_value()) << records.error().detail;
    ASSERT_EQ(records->size(), 1u);
    EXPECT_EQ(records->front().path, recording.base);
    EXPECT_EQ(ToText(records->front().value), recording.payload);
    ++compared;
  }
  EXPECT_GE(compared, 15);
}

TEST_F(RecordedClientsTest, LinksParseOneByOneAndObjectListsNameTheDevice) {
  int links_read = 0;
  int lists_read = 0;
  for (const Recording& recording : recordings_) {
    const bool links = recording.format == ContentFormat::kLinkFormat ||
                       (!recording.format && recording.payload.starts_with('<'));
    if (!links || recording.payload.empty() || !recording.is_content) continue;
    SCOPED_TRACE(recording.name);
    const auto entries = ParseCoreLinks(recording.payload);
    ASSERT_TRUE(entries.has_value()) << entries.error().detail;
    std::size_t expected = recording.payload.starts_with("lwm2m=") ? 1 : 0;
    for (const char c : recording.payload) expected += c == '<' ? 1 : 0;
    EXPECT_EQ(entries->size(), expected);
    ++links_read;

    if (!recording.is_update_or_register) continue;
    const auto list = ParseObjectList(recording.payload);
    ASSERT_TRUE(list.has_value()) << list.error().detail;
    EXPECT_TRUE(list->Has(Path(3, 0)));
    EXPECT_EQ(list->root_path, "/");
    EXPECT_EQ(ParseObjectList(ToString(*list)).value(), *list);
    ++lists_read;
  }
  EXPECT_GE(links_read, 35);
  EXPECT_GE(lists_read, 15);
}

}  // namespace
}  // namespace lwm2m
