#include "lwm2m/codec/lwm2m_cbor.h"

#include <algorithm>
#include <cstddef>

#include "fmt/format.h"
#include "lwm2m/codec/cbor_reader.h"
#include "lwm2m/codec/cbor_writer.h"
#include "lwm2m/codec/typing.h"

namespace lwm2m {

namespace {

Result<Path> ReadSegment(CborReader& in, const Path& parent) {
  if (in.major() != CborMajor::kUnsigned) return Malformed("LwM2M CBOR key is not an identifier");
  const Result<Value> key = in.ReadValue();
  if (!key) return tl::unexpected(key.error());
  const auto* id = std::get_if<std::int64_t>(&*key);
  if (id == nullptr || *id > kMaxId) return Malformed("LwM2M CBOR key exceeds 65535");
  if (parent.depth() == Path::kMaxDepth) {
    return At(parent, {ErrorKind::kMalformed, "LwM2M CBOR nests too deep"});
  }
  return parent.Child(static_cast<Id>(*id));
}

// One identifier, or an array of those that several entries have in common.
Result<Path> ReadKey(CborReader& in, const Path& parent) {
  if (in.major() != CborMajor::kArray) return ReadSegment(in, parent);
  Result<CborContainer> array = in.OpenArray();
  if (!array) return tl::unexpected(array.error());
  Path path = parent;
  while (true) {
    const Result<bool> next = in.HasNext(*array);
    if (!next) return tl::unexpected(next.error());
    if (!*next) break;
    const Result<Path> longer = ReadSegment(in, path);
    if (!longer) return longer;
    path = *longer;
  }
  // Every key leads down, which bounds the recursion of ReadMap.
  if (path == parent) return Malformed("LwM2M CBOR key is an empty array");
  return path;
}

struct Target {
  const Path& base;
  const ObjectModel& model;
  std::vector<Record>& records;
};

Result<void> ReadMap(CborReader& in, const Path& parent, const Target& target);

Result<void> ReadEntry(CborReader& in, const Path& path, const Target& target) {
  if (in.major() == CborMajor::kMap) return ReadMap(in, path, target);
  const Result<Value> read = in.ReadValue();
  if (!read) return At(path, read.error());
  if (auto inside = CheckInside(target.base, path); !inside) return inside;
  Result<Value> value = ConformWithLinks(target.model, path, *read);
  if (!value) return tl::unexpected(std::move(value).error());
  return AddRecord(target.records, Record{path, *std::move(value), std::nullopt});
}

Result<void> ReadMap(CborReader& in, const Path& parent, const Target& target) {
  Result<CborContainer> map = in.OpenMap();
  if (!map) return tl::unexpected(map.error());
  while (true) {
    const Result<bool> next = in.HasNext(*map);
    if (!next) return tl::unexpected(next.error());
    if (!*next) return {};
    const Result<Path> path = ReadKey(in, parent);
    if (!path) return tl::unexpected(path.error());
    if (auto read = ReadEntry(in, *path, target); !read) return read;
  }
}

using Position = std::vector<Record>::const_iterator;

// [begin, end) is sorted, and its paths have their first `level` identifiers in common.
Result<void> WriteMap(CborWriter& out, Position begin, Position end, std::size_t level) {
  const auto end_of_group = [&](Position group) {
    return std::find_if(
        group, end, [&](const Record& record) { return record.path[level] != group->path[level]; });
  };
  std::size_t groups = 0;
  for (Position group = begin; group != end; group = end_of_group(group)) ++groups;
  out.Map(groups);
  for (Position group = begin; group != end;) {
    const Position next = end_of_group(group);
    out.Unsigned(group->path[level]);
    if (group->path.depth() > level + 1) {
      if (auto written = WriteMap(out, group, next, level + 1); !written) return written;
    } else if (next - group > 1) {
      return At(group->path, {ErrorKind::kInvalidValue, "LwM2M CBOR value given twice"});
    } else {
      out.Write(group->value);
    }
    group = next;
  }
  return {};
}

}  // namespace

Result<std::vector<Record>> DecodeLwm2mCbor(std::string_view payload, const Path& base,
                                            const ObjectModel& model) {
  std::vector<Record> records;
  if (payload.empty()) return records;  // DM-11
  CborReader in(payload);
  if (auto read = ReadMap(in, Path(), Target{base, model, records}); !read) {
    return tl::unexpected(std::move(read).error());
  }
  if (!in.at_end()) return Malformed("LwM2M CBOR has octets after its map");
  return records;
}

Result<std::string> EncodeLwm2mCbor(const std::vector<Record>& records, const Path& base,
                                    const ObjectModel& model) {
  std::vector<Record> sorted;
  for (const Record& record : records) {
    if (auto inside = CheckInside(base, record.path); !inside) {
      return tl::unexpected(inside.error());
    }
    Result<Value> value = Conform(model, record.path, record.value);
    if (!value) return tl::unexpected(std::move(value).error());
    sorted.push_back(Record{record.path, *std::move(value), std::nullopt});
  }
  // Identifiers first, then depth: a value stands before what is below it.
  std::sort(sorted.begin(), sorted.end(),
            [](const Record& a, const Record& b) { return a.path < b.path; });
  CborWriter out;
  if (auto written = WriteMap(out, sorted.begin(), sorted.end(), 0); !written) {
    return tl::unexpected(std::move(written).error());
  }
  return std::move(out).Take();
}

}  // namespace lwm2m
