#include "lwm2m/codec/cbor.h"

#include "fmt/format.h"
#include "lwm2m/codec/cbor_reader.h"
#include "lwm2m/codec/cbor_writer.h"
#include "lwm2m/codec/typing.h"

namespace lwm2m {

Result<std::vector<Record>> DecodeCbor(std::string_view payload, const Path& base,
                                       const ObjectModel& model) {
  if (base.depth() < 3) {
    if (payload.empty()) return std::vector<Record>();
    return Malformed(fmt::format("CBOR holds one value, {} is not a resource", base.ToString()));
  }
  CborReader in(payload);
  const Result<Value> read = in.ReadValue();
  if (!read) return At(base, read.error());
  if (!in.at_end()) return Malformed("CBOR has octets after its value");
  Result<Value> value = ConformWithLinks(model, base, *read);
  if (!value) return tl::unexpected(std::move(value).error());
  return std::vector<Record>{Record{base, *std::move(value), std::nullopt}};
}

Result<std::string> EncodeCbor(const std::vector<Record>& records, const Path& base,
                               const ObjectModel& model) {
  if (records.size() != 1) return InvalidValue("CBOR holds exactly one value");
  const Record& record = records.front();
  if (auto inside = CheckInside(base, record.path); !inside) return tl::unexpected(inside.error());
  const Result<Value> value = Conform(model, record.path, record.value);
  if (!value) return tl::unexpected(value.error());
  CborWriter out;
  out.Write(*value);
  return std::move(out).Take();
}

}  // namespace lwm2m
