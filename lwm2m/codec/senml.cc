#include "lwm2m/codec/senml.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "fmt/format.h"
#include "lwm2m/codec/typing.h"

namespace lwm2m {

namespace {

constexpr double kSenmlVersion = 10;  // RFC 8428 §4.1

constexpr std::array<std::pair<std::string_view, SenmlLabel>, 16> kLabels = {{
    {"bn", SenmlLabel::kBaseName},
    {"bt", SenmlLabel::kBaseTime},
    {"bu", SenmlLabel::kBaseUnit},
    {"bv", SenmlLabel::kBaseValue},
    {"bs", SenmlLabel::kBaseSum},
    {"bver", SenmlLabel::kBaseVersion},
    {"n", SenmlLabel::kName},
    {"u", SenmlLabel::kUnit},
    {"v", SenmlLabel::kValue},
    {"vs", SenmlLabel::kStringValue},
    {"vb", SenmlLabel::kBooleanValue},
    {"vd", SenmlLabel::kDataValue},
    {"vlo", SenmlLabel::kObjectLinkValue},
    {"s", SenmlLabel::kSum},
    {"t", SenmlLabel::kTime},
    {"ut", SenmlLabel::kUpdateTime},
}};

std::optional<double> NumberOf(const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return static_cast<double>(*number);
  if (const auto* number = std::get_if<std::uint64_t>(&value)) return static_cast<double>(*number);
  if (const auto* number = std::get_if<double>(&value)) return *number;
  return std::nullopt;
}

tl::unexpected<Error> WrongType(SenmlLabel label, std::string_view expected) {
  return Malformed(fmt::format("SenML {} is not a {}", NameOf(label), expected));
}

// The JSON or CBOR type that the label of a value asks for.
Result<Value> CheckValue(SenmlLabel label, Value read) {
  const bool text = std::holds_alternative<std::string>(read);
  if (label == SenmlLabel::kValue && !NumberOf(read)) return WrongType(label, "number");
  if (label == SenmlLabel::kStringValue && !text) return WrongType(label, "string");
  if (label == SenmlLabel::kBooleanValue && !std::holds_alternative<bool>(read)) {
    return WrongType(label, "Boolean");
  }
  if (label == SenmlLabel::kDataValue && !std::holds_alternative<Opaque>(read)) {
    return WrongType(label, "byte string");
  }
  if (label != SenmlLabel::kObjectLinkValue) return read;
  if (!text) return WrongType(label, "string");
  return FromText(Type::kObjectLink, std::get<std::string>(read));
}

Result<void> SetText(SenmlLabel label, Value read, std::string& text) {
  if (!std::holds_alternative<std::string>(read)) return WrongType(label, "string");
  text = std::get<std::string>(std::move(read));
  return {};
}

Result<void> SetNumber(SenmlLabel label, const Value& read, std::optional<double>& number) {
  number = NumberOf(read);
  if (!number) return WrongType(label, "number");
  return {};
}

}  // namespace

std::string_view NameOf(SenmlLabel label) {
  for (const auto& [name, known] : kLabels) {
    if (known == label) return name;
  }
  return "";
}

Result<std::optional<SenmlLabel>> FindSenmlLabel(std::string_view name) {
  for (const auto& [known, label] : kLabels) {
    if (known == name) return std::optional<SenmlLabel>(label);
  }
  if (name.ends_with('_')) return Malformed(fmt::format("SenML label {} is not known", name));
  return std::optional<SenmlLabel>();
}

std::optional<SenmlLabel> FindSenmlLabel(std::int64_t number) {
  for (const auto& [name, label] : kLabels) {
    if (label != SenmlLabel::kObjectLinkValue && static_cast<std::int64_t>(label) == number) {
      return label;
    }
  }
  return std::nullopt;
}

bool IsUsed(SenmlLabel label) {
  switch (label) {
    case SenmlLabel::kBaseSum:
    case SenmlLabel::kBaseUnit:
    case SenmlLabel::kUnit:
    case SenmlLabel::kSum:
    case SenmlLabel::kUpdateTime:
      return false;
    case SenmlLabel::kBaseValue:
    case SenmlLabel::kBaseTime:
    case SenmlLabel::kBaseName:
    case SenmlLabel::kBaseVersion:
    case SenmlLabel::kName:
    case SenmlLabel::kValue:
    case SenmlLabel::kStringValue:
    case SenmlLabel::kBooleanValue:
    case SenmlLabel::kTime:
    case SenmlLabel::kDataValue:
    case SenmlLabel::kObjectLinkValue:
      return true;
  }
  return false;
}

Result<void> SenmlEntry::Set(SenmlLabel label, Value read) {
  switch (label) {
    case SenmlLabel::kBaseName:
      return SetText(label, std::move(read), base_name.emplace());
    case SenmlLabel::kName:
      return SetText(label, std::move(read), name);
    case SenmlLabel::kBaseTime:
      return SetNumber(label, read, base_time);
    case SenmlLabel::kTime:
      return SetNumber(label, read, time);
    case SenmlLabel::kBaseVersion: {
      const auto version = NumberOf(read);
      if (!version) return WrongType(label, "number");
      if (*version > kSenmlVersion) return Malformed("SenML bver is above 10");
      return {};
    }
    case SenmlLabel::kBaseValue:
      // Every v would be off by it, and LwM2M does not list it among its labels.
      return Malformed("SenML bv has no meaning in LwM2M");
    case SenmlLabel::kValue:
    case SenmlLabel::kStringValue:
    case SenmlLabel::kBooleanValue:
    case SenmlLabel::kDataValue:
    case SenmlLabel::kObjectLinkValue: {
      if (value) return Malformed("SenML record has more than one value");
      Result<Value> checked = CheckValue(label, std::move(read));
      if (!checked) return tl::unexpected(std::move(checked).error());
      value = *std::move(checked);
      return {};
    }
    case SenmlLabel::kBaseSum:
    case SenmlLabel::kBaseUnit:
    case SenmlLabel::kUnit:
    case SenmlLabel::kSum:
    case SenmlLabel::kUpdateTime:
      return {};
  }
  return {};
}

Result<std::optional<Record>> SenmlResolver::Resolve(SenmlEntry entry) {
  if (entry.base_name) base_name_ = *std::move(entry.base_name);
  if (entry.base_time) base_time_ = *entry.base_time;
  const std::string name = base_name_ + entry.name;
  const auto below = BelowRoot(name, root_);
  if (!below) {
    if (root_.passed_over != nullptr) ++*root_.passed_over;
    return std::nullopt;
  }
  const Result<Path> path = Path::Parse(*below);
  if (!path) return Malformed("SenML name: " + path.error().detail);
  if (auto inside = CheckInside(base_, *path); !inside) return tl::unexpected(inside.error());
  if (!entry.value) return At(*path, {ErrorKind::kMalformed, "SenML record has no value"});
  Result<Value> value = ConformWithLinks(model_, *path, *entry.value);
  if (!value) return tl::unexpected(std::move(value).error());

  const double sum = base_time_ + entry.time.value_or(0);
  if (!std::isfinite(sum)) return Malformed("SenML bt + t is not a finite number");
  return Record{*path, *std::move(value), sum != 0 ? std::optional<double>(sum) : std::nullopt};
}

Result<std::vector<SenmlEntry>> ToSenmlEntries(const std::vector<Record>& records, const Path& base,
                                               const ObjectModel& model, const NameRoot& root) {
  const bool all_at_base = std::all_of(records.begin(), records.end(),
                                       [&](const Record& record) { return record.path == base; });
  std::string base_name = base.ToString();
  if (!all_at_base && !base.is_root()) base_name += '/';

  std::vector<SenmlEntry> entries;
  for (const Record& record : records) {
    if (auto inside = CheckInside(base, record.path); !inside) {
      return tl::unexpected(inside.error());
    }
    Result<Value> value = Conform(model, record.path, record.value);
    if (!value) return tl::unexpected(std::move(value).error());
    SenmlEntry entry;
    if (entries.empty()) entry.base_name = std::string(root.prefix()) + base_name;
    const std::string path = record.path.ToString();
    entry.name = path.substr(std::min(base_name.size(), path.size()));
    entry.time = record.time;
    entry.value = *std::move(value);
    entries.push_back(std::move(entry));
  }
  return entries;
}

SenmlLabel LabelFor(const Value& value) {
  switch (TypeOf(value)) {
    case Type::kString:
    case Type::kCoreLink:
      return SenmlLabel::kStringValue;
    case Type::kBoolean:
      return SenmlLabel::kBooleanValue;
    case Type::kOpaque:
      return SenmlLabel::kDataValue;
    case Type::kObjectLink:
      return SenmlLabel::kObjectLinkValue;
    case Type::kInteger:
    case Type::kUnsignedInteger:
    case Type::kFloat:
    case Type::kTime:
    case Type::kNone:
      break;
  }
  return SenmlLabel::kValue;
}

}  // namespace lwm2m
