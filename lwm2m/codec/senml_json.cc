#include "lwm2m/codec/senml_json.h"

#include "fmt/format.h"
#include "lwm2m/codec/senml.h"
#include "lwm2m/codec/typing.h"
#include "rapidjson/document.h"
#include "rapidjson/error/en.h"
#include "rapidjson/stringbuffer.h"
#include "rapidjson/writer.h"

namespace lwm2m {

namespace {

using Json = rapidjson::Value;

// The iterative parser needs no stack for depth: nothing that a peer nests can exhaust ours.
constexpr unsigned kParseFlags = rapidjson::kParseValidateEncodingFlag |
                                 rapidjson::kParseIterativeFlag |
                                 rapidjson::kParseFullPrecisionFlag;

std::string_view TextOf(const Json& json) { return {json.GetString(), json.GetStringLength()}; }

// Integers stay exact; every other number is a double.
Result<Value> ReadScalar(SenmlLabel label, const Json& json) {
  if (json.IsInt64()) return Value(json.GetInt64());
  if (json.IsUint64()) return Value(json.GetUint64());
  if (json.IsNumber()) return Value(json.GetDouble());
  if (json.IsBool()) return Value(json.GetBool());
  if (!json.IsString()) return Malformed(fmt::format("SenML {} is not a value", NameOf(label)));
  if (label == SenmlLabel::kDataValue) return FromText(Type::kOpaque, TextOf(json));
  return Value(std::string(TextOf(json)));
}

Result<SenmlEntry> ReadEntry(const Json& json) {
  if (!json.IsObject()) return Malformed("SenML record is not an object");
  SenmlEntry entry;
  for (const auto& member : json.GetObject()) {
    const auto label = FindSenmlLabel(TextOf(member.name));
    if (!label) return tl::unexpected(label.error());
    if (!*label || !IsUsed(**label)) continue;
    Result<Value> scalar = ReadScalar(**label, member.value);
    if (!scalar) return tl::unexpected(std::move(scalar).error());
    if (auto set = entry.Set(**label, *std::move(scalar)); !set) {
      return tl::unexpected(std::move(set).error());
    }
  }
  return entry;
}

using JsonWriter = rapidjson::Writer<rapidjson::StringBuffer>;

// RapidJSON refuses doubles that JSON has no spelling for.
struct ValueWriter {
  JsonWriter& out;

  bool operator()(const std::string& text) const { return out.String(text); }
  bool operator()(std::int64_t number) const { return out.Int64(number); }
  bool operator()(std::uint64_t number) const { return out.Uint64(number); }
  bool operator()(double number) const { return out.Double(number); }
  bool operator()(bool truth) const { return out.Bool(truth); }
  bool operator()(const Opaque& opaque) const { return out.String(EncodeBase64Url(opaque.octets)); }
  bool operator()(Time time) const { return out.Int64(time.seconds); }
  bool operator()(ObjectLink link) const { return out.String(ToText(Value(link))); }
  bool operator()(const CoreLink& link) const { return out.String(link.text); }
};

bool WriteKey(JsonWriter& out, SenmlLabel label) {
  const std::string_view name = NameOf(label);
  return out.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
}

bool WriteEntry(JsonWriter& out, const SenmlEntry& entry) {
  out.StartObject();
  if (entry.base_name) {
    WriteKey(out, SenmlLabel::kBaseName);
    out.String(*entry.base_name);
  }
  if (!entry.name.empty()) {
    WriteKey(out, SenmlLabel::kName);
    out.String(entry.name);
  }
  if (entry.time) {
    WriteKey(out, SenmlLabel::kTime);
    if (!out.Double(*entry.time)) return false;
  }
  WriteKey(out, LabelFor(*entry.value));
  return std::visit(ValueWriter{out}, *entry.value) && out.EndObject();
}

}  // namespace

Result<std::vector<Record>> DecodeSenmlJson(std::string_view payload, const Path& base,
                                            const ObjectModel& model, const NameRoot& root) {
  std::vector<Record> records;
  if (payload.empty()) return records;  // DM-11

  rapidjson::Document document;
  document.Parse<kParseFlags>(payload.data(), payload.size());
  if (document.HasParseError()) {
    return Malformed(fmt::format("SenML JSON: {} (offset {})",
                                 rapidjson::GetParseError_En(document.GetParseError()),
                                 document.GetErrorOffset()));
  }
  if (!document.IsArray()) return Malformed("SenML JSON payload is not an array");
  SenmlResolver resolver(base, model, root);
  for (const Json& json : document.GetArray()) {
    Result<SenmlEntry> entry = ReadEntry(json);
    if (!entry) return tl::unexpected(std::move(entry).error());
    Result<std::optional<Record>> record = resolver.Resolve(*std::move(entry));
    if (!record) return tl::unexpected(std::move(record).error());
    if (!*record) continue;
    if (auto added = AddRecord(records, **std::move(record)); !added) {
      return tl::unexpected(std::move(added).error());
    }
  }
  return records;
}

Result<std::string> EncodeSenmlJson(const std::vector<Record>& records, const Path& base,
                                    const ObjectModel& model, const NameRoot& root) {
  const auto entries = ToSenmlEntries(records, base, model, root);
  if (!entries) return tl::unexpected(entries.error());
  rapidjson::StringBuffer buffer;
  JsonWriter out(buffer);
  out.StartArray();
  for (std::size_t i = 0; i < entries->size(); ++i) {
    if (!WriteEntry(out, (*entries)[i])) {
      return At(records[i].path, {ErrorKind::kInvalidValue, "number has no JSON form"});
    }
  }
  out.EndArray();
  return std::string(buffer.GetString(), buffer.GetSize());
}

}  // namespace lwm2m
