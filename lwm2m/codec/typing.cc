#include "lwm2m/codec/typing.h"

#include <utility>

#include "fmt/format.h"

namespace lwm2m {

Type TypeAt(const ObjectModel& model, const Path& path) {
  const ResourceDefinition* definition = model.FindResource(path);
  return definition == nullptr ? Type::kNone : definition->type;
}

Result<Value> Conform(const ObjectModel& model, const Path& path, const Value& value) {
  const Type type = TypeAt(model, path);
  if (type == Type::kNone) return value;
  Result<Value> converted = ConvertTo(type, value);
  if (!converted) return At(path, std::move(converted).error());
  return converted;
}

Result<Value> ConformWithLinks(const ObjectModel& model, const Path& path, const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr || TypeAt(model, path) != Type::kObjectLink) {
    return Conform(model, path, value);
  }
  Result<Value> link = FromText(Type::kObjectLink, *text);
  if (!link) return At(path, std::move(link).error());
  return link;
}

Result<void> AddRecord(std::vector<Record>& records, Record record) {
  if (records.size() == kMaxRecords) {
    return tl::unexpected(
        Error{ErrorKind::kTooLarge, fmt::format("payload has more than {} values", kMaxRecords)});
  }
  records.push_back(std::move(record));
  return {};
}

tl::unexpected<Error> At(const Path& path, Error error) {
  error.detail = fmt::format("{} at {}", error.detail, path.ToString());
  return tl::unexpected(std::move(error));
}

Result<void> CheckInside(const Path& base, const Path& path) {
  if (!base.Contains(path)) {
    return Malformed(fmt::format("{} is outside {}", path.ToString(), base.ToString()));
  }
  if (path.depth() < 3) return Malformed(fmt::format("{} is not a resource", path.ToString()));
  return {};
}

}  // namespace lwm2m
