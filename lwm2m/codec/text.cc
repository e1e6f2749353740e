#include "lwm2m/codec/text.h"

#include "fmt/format.h"
#include "lwm2m/codec/typing.h"

namespace lwm2m {

namespace {

Result<Value> Infer(std::string_view text) {
  for (const Type type : {Type::kInteger, Type::kFloat}) {
    if (auto number = FromText(type, text)) return number;
  }
  return FromText(Type::kString, text);
}

}  // namespace

Result<std::vector<Record>> DecodeText(std::string_view payload, const Path& base,
                                       const ObjectModel& model) {
  if (base.depth() < 3) {
    if (payload.empty()) return std::vector<Record>();
    return Malformed(fmt::format("text holds one value, {} is not a resource", base.ToString()));
  }
  const Type type = TypeAt(model, base);
  Result<Value> value = type == Type::kNone ? Infer(payload) : FromText(type, payload);
  if (!value) return At(base, std::move(value).error());
  return std::vector<Record>{Record{base, *std::move(value), std::nullopt}};
}

Result<std::string> EncodeText(const std::vector<Record>& records, const Path& base,
                               const ObjectModel& model) {
  if (records.size() != 1) return InvalidValue("text holds exactly one value");
  const Record& record = records.front();
  if (auto inside = CheckInside(base, record.path); !inside) return tl::unexpected(inside.error());
  const Result<Value> value = Conform(model, record.path, record.value);
  if (!value) return tl::unexpected(value.error());
  return ToText(*value);
}

}  // namespace lwm2m
