#include "lwm2m/codec/opaque.h"

#include "fmt/format.h"
#include "lwm2m/codec/typing.h"

namespace lwm2m {

Result<std::vector<Record>> DecodeOpaque(std::string_view payload, const Path& base,
                                         const ObjectModel& model) {
  if (base.depth() < 3) {
    return Malformed(fmt::format("opaque holds one value, {} is not a resource", base.ToString()));
  }
  const Value value = Opaque{std::string(payload)};
  if (auto conforming = Conform(model, base, value); !conforming) {
    return tl::unexpected(conforming.error());
  }
  return std::vector<Record>{Record{base, value, std::nullopt}};
}

Result<std::string> EncodeOpaque(const std::vector<Record>& records, const Path& base,
                                 const ObjectModel& model) {
  if (records.size() != 1) return InvalidValue("opaque holds exactly one value");
  const Record& record = records.front();
  if (auto inside = CheckInside(base, record.path); !inside) return tl::unexpected(inside.error());
  const Result<Value> value = Conform(model, record.path, record.value);
  if (!value) return tl::unexpected(value.error());
  const auto* opaque = std::get_if<Opaque>(&*value);
  if (opaque == nullptr) return At(record.path, {ErrorKind::kInvalidValue, "value is not Opaque"});
  return opaque->octets;
}

}  // namespace lwm2m
