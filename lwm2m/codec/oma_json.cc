#include "lwm2m/codec/oma_json.h"

#include <cmath>
#include <optional>
#include <type_traits>

#include "fmt/format.h"
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

const Json* FindMember(const Json& object, const char* name) {
  const auto member = object.FindMember(name);
  return member == object.MemberEnd() ? nullptr : &member->value;
}

std::string_view TextOf(const Json& json) { return {json.GetString(), json.GetStringLength()}; }

// A member that must be of one JSON type when it is there.
Result<std::optional<std::string>> ReadText(const Json& object, const char* name) {
  const Json* member = FindMember(object, name);
  if (member == nullptr) return std::optional<std::string>();
  if (!member->IsString()) return Malformed(fmt::format("JSON {} is not a string", name));
  return std::optional<std::string>(TextOf(*member));
}

Result<double> ReadTime(const Json& object, const char* name) {
  const Json* member = FindMember(object, name);
  if (member == nullptr) return 0.0;
  if (!member->IsNumber()) return Malformed(fmt::format("JSON {} is not a number", name));
  return member->GetDouble();
}

// One document is of one device: no name is passed over.
Result<Path> ParseBelow(std::string_view name, const NameRoot& root) {
  return Path::Parse(BelowRoot(name, {root.path}).value_or(name));
}

Result<Path> NameToPath(const std::optional<std::string>& base_name, const std::string& name,
                        const Path& base, const NameRoot& root) {
  if (base_name) return ParseBelow(*base_name + name, root);
  if (name.starts_with('/')) {
    const Result<Path> absolute = ParseBelow(name, root);
    if (absolute && base.Contains(*absolute)) return absolute;
  }
  std::string text = base.is_root() ? "" : base.ToString();
  if (!name.empty() && name.front() != '/') text += '/';
  return Path::Parse(text + name);
}

// Integers stay exact; everything else is a double.
Value NumberOf(const Json& json) {
  if (json.IsInt64()) return json.GetInt64();
  if (json.IsUint64()) return json.GetUint64();
  return json.GetDouble();
}

Result<Value> ReadString(Type type, std::string_view text) {
  if (type == Type::kOpaque || type == Type::kCoreLink) return FromText(type, text);
  return Value(std::string(text));
}

Result<Value> ReadValue(const Json& entry, Type type) {
  const Json* number = FindMember(entry, "v");
  const Json* text = FindMember(entry, "sv");
  const Json* truth = FindMember(entry, "bv");
  const Json* link = FindMember(entry, "ov");
  const int given =
      (number != nullptr) + (text != nullptr) + (truth != nullptr) + (link != nullptr);
  if (given != 1) return Malformed("JSON entry needs exactly one of v, sv, bv, ov");
  if (number != nullptr) {
    if (!number->IsNumber()) return Malformed("JSON v is not a number");
    return NumberOf(*number);
  }
  if (truth != nullptr) {
    if (!truth->IsBool()) return Malformed("JSON bv is not a Boolean");
    return Value(truth->GetBool());
  }
  if (text != nullptr) {
    if (!text->IsString()) return Malformed("JSON sv is not a string");
    return ReadString(type, TextOf(*text));
  }
  if (!link->IsString()) return Malformed("JSON ov is not a string");
  return FromText(Type::kObjectLink, TextOf(*link));
}

struct Common {
  std::optional<std::string> base_name;
  double base_time;
};

Result<Record> ReadRecord(const Json& entry, const Common& common, const Path& base,
                          const ObjectModel& model, const NameRoot& root) {
  if (!entry.IsObject()) return Malformed("JSON e has an entry that is not an object");
  const auto name = ReadText(entry, "n");
  if (!name) return tl::unexpected(name.error());
  const Result<Path> path = NameToPath(common.base_name, name->value_or(""), base, root);
  if (!path) return Malformed("JSON n: " + path.error().detail);
  if (auto inside = CheckInside(base, *path); !inside) return tl::unexpected(inside.error());

  const Result<Value> read = ReadValue(entry, TypeAt(model, *path));
  if (!read) return At(*path, read.error());
  Result<Value> value = Conform(model, *path, *read);
  if (!value) return tl::unexpected(std::move(value).error());

  const Result<double> time = ReadTime(entry, "t");
  if (!time) return tl::unexpected(time.error());
  const double sum = common.base_time + *time;
  if (!std::isfinite(sum)) return Malformed("JSON bt + t is not a finite number");
  return Record{*path, *std::move(value), sum != 0 ? std::optional<double>(sum) : std::nullopt};
}

// Writes one value under the name that its type asks for. RapidJSON refuses doubles that JSON has
// no spelling for.
struct ValueWriter {
  rapidjson::Writer<rapidjson::StringBuffer>& out;

  bool operator()(const std::string& text) const { return out.Key("sv") && out.String(text); }
  bool operator()(std::int64_t number) const { return out.Key("v") && out.Int64(number); }
  bool operator()(std::uint64_t number) const { return out.Key("v") && out.Uint64(number); }
  bool operator()(double number) const { return out.Key("v") && out.Double(number); }
  bool operator()(bool truth) const { return out.Key("bv") && out.Bool(truth); }
  bool operator()(const Opaque& opaque) const {
    return out.Key("sv") && out.String(EncodeBase64(opaque.octets));
  }
  bool operator()(Time time) const { return out.Key("v") && out.Int64(time.seconds); }
  bool operator()(ObjectLink link) const {
    return out.Key("ov") && out.String(ToText(Value(link)));
  }
  bool operator()(const CoreLink& link) const { return out.Key("sv") && out.String(link.text); }
};

// What of `path` comes after "bn".
std::string RelativeName(const Path& base, const Path& path) {
  std::string name;
  for (std::size_t level = base.depth(); level < path.depth(); ++level) {
    fmt::format_to(std::back_inserter(name), "{}{}", name.empty() ? "" : "/", path[level]);
  }
  return name;
}

}  // namespace

Result<std::vector<Record>> DecodeOmaJson(std::string_view payload, const Path& base,
                                          const ObjectModel& model, const NameRoot& root) {
  std::vector<Record> records;
  if (payload.empty()) return records;  // DM-11

  rapidjson::Document document;
  document.Parse<kParseFlags>(payload.data(), payload.size());
  if (document.HasParseError()) {
    return Malformed(fmt::format("JSON: {} (offset {})",
                                 rapidjson::GetParseError_En(document.GetParseError()),
                                 document.GetErrorOffset()));
  }
  if (!document.IsObject()) return Malformed("JSON payload is not an object");
  auto base_name = ReadText(document, "bn");
  if (!base_name) return tl::unexpected(base_name.error());
  const Result<double> base_time = ReadTime(document, "bt");
  if (!base_time) return tl::unexpected(base_time.error());
  const Json* entries = FindMember(document, "e");
  if (entries == nullptr || !entries->IsArray()) return Malformed("JSON e is not an array");

  const Common common{*std::move(base_name), *base_time};
  for (const Json& entry : entries->GetArray()) {
    Result<Record> record = ReadRecord(entry, common, base, model, root);
    if (!record) return tl::unexpected(std::move(record).error());
    if (auto added = AddRecord(records, *std::move(record)); !added) {
      return tl::unexpected(std::move(added).error());
    }
  }
  return records;
}

Result<std::string> EncodeOmaJson(const std::vector<Record>& records, const Path& base,
                                  const ObjectModel& model, const NameRoot& root) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> out(buffer);
  // Names are appended to bn as they are; only a single value needs no slash between.
  const bool single = records.size() == 1 && records.front().path == base;
  const std::string base_name =
      std::string(root.prefix()) + base.ToString() + (single || base.is_root() ? "" : "/");
  out.StartObject();
  out.Key("bn");
  out.String(base_name);
  out.Key("e");
  out.StartArray();
  for (const Record& record : records) {
    if (auto inside = CheckInside(base, record.path); !inside) {
      return tl::unexpected(inside.error());
    }
    const Result<Value> value = Conform(model, record.path, record.value);
    if (!value) return tl::unexpected(value.error());
    out.StartObject();
    if (const std::string name = RelativeName(base, record.path); !name.empty()) {
      out.Key("n");
      out.String(name);
    }
    const bool written = std::visit(ValueWriter{out}, *value) &&
                         (!record.time || (out.Key("t") && out.Double(*record.time)));
    if (!written) return At(record.path, {ErrorKind::kInvalidValue, "number has no JSON form"});
    out.EndObject();
  }
  out.EndArray();
  out.EndObject();
  return std::string(buffer.GetString(), buffer.GetSize());
}

}  // namespace lwm2m
