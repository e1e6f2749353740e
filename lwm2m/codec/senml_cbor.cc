#include "lwm2m/codec/senml_cbor.h"

#include "lwm2m/codec/cbor_reader.h"
#include "lwm2m/codec/cbor_writer.h"
#include "lwm2m/codec/senml.h"
#include "lwm2m/codec/typing.h"

namespace lwm2m {

namespace {

// RFC 8428 §6: a number from the table, or text for a label that has none there.
Result<std::optional<SenmlLabel>> ReadLabel(CborReader& in) {
  const Result<Value> key = in.ReadValue();
  if (!key) return tl::unexpected(key.error());
  if (const auto* number = std::get_if<std::int64_t>(&*key)) return FindSenmlLabel(*number);
  if (const auto* name = std::get_if<std::string>(&*key)) return FindSenmlLabel(*name);
  return Malformed("SenML label is neither a number nor text");
}

Result<SenmlEntry> ReadEntry(CborReader& in) {
  Result<CborContainer> map = in.OpenMap();
  if (!map) return tl::unexpected(map.error());
  SenmlEntry entry;
  while (true) {
    const Result<bool> next = in.HasNext(*map);
    if (!next) return tl::unexpected(next.error());
    if (!*next) return entry;
    const auto label = ReadLabel(in);
    if (!label) return tl::unexpected(label.error());
    if (!*label || !IsUsed(**label)) {
      if (auto skipped = in.Skip(); !skipped) return tl::unexpected(std::move(skipped).error());
      continue;
    }
    Result<Value> value = in.ReadValue();
    if (!value) return tl::unexpected(std::move(value).error());
    if (auto set = entry.Set(**label, *std::move(value)); !set) {
      return tl::unexpected(std::move(set).error());
    }
  }
}

void WriteLabel(CborWriter& out, SenmlLabel label) {
  if (label == SenmlLabel::kObjectLinkValue) return out.Text(NameOf(label));
  out.Integer(static_cast<std::int64_t>(label));
}

void WriteEntry(CborWriter& out, const SenmlEntry& entry) {
  out.Map(1u + (entry.base_name ? 1u : 0u) + (entry.name.empty() ? 0u : 1u) +
          (entry.time ? 1u : 0u));
  if (entry.base_name) {
    WriteLabel(out, SenmlLabel::kBaseName);
    out.Text(*entry.base_name);
  }
  if (!entry.name.empty()) {
    WriteLabel(out, SenmlLabel::kName);
    out.Text(entry.name);
  }
  if (entry.time) {
    WriteLabel(out, SenmlLabel::kTime);
    out.Float(*entry.time);
  }
  WriteLabel(out, LabelFor(*entry.value));
  out.Write(*entry.value);
}

}  // namespace

Result<std::vector<Record>> DecodeSenmlCbor(std::string_view payload, const Path& base,
                                            const ObjectModel& model, const NameRoot& root) {
  std::vector<Record> records;
  if (payload.empty()) return records;  // DM-11

  CborReader in(payload);
  Result<CborContainer> array = in.OpenArray();
  if (!array) return tl::unexpected(array.error());
  SenmlResolver resolver(base, model, root);
  while (true) {
    const Result<bool> next = in.HasNext(*array);
    if (!next) return tl::unexpected(next.error());
    if (!*next) break;
    Result<SenmlEntry> entry = ReadEntry(in);
    if (!entry) return tl::unexpected(std::move(entry).error());
    Result<std::optional<Record>> record = resolver.Resolve(*std::move(entry));
    if (!record) return tl::unexpected(std::move(record).error());
    if (!*record) continue;
    if (auto added = AddRecord(records, **std::move(record)); !added) {
      return tl::unexpected(std::move(added).error());
    }
  }
  if (!in.at_end()) return Malformed("SenML CBOR has octets after its array");
  return records;
}

Result<std::string> EncodeSenmlCbor(const std::vector<Record>& records, const Path& base,
                                    const ObjectModel& model, const NameRoot& root) {
  const auto entries = ToSenmlEntries(records, base, model, root);
  if (!entries) return tl::unexpected(entries.error());
  CborWriter out;
  out.Array(entries->size());
  for (const SenmlEntry& entry : *entries) WriteEntry(out, entry);
  return std::move(out).Take();
}

}  // namespace lwm2m
