#include "lwm2m/codec/path_list.h"

#include <algorithm>

#include "fmt/format.h"
#include "lwm2m/codec/cbor_writer.h"

namespace lwm2m {

namespace {

tl::unexpected<Error> Unsupported(ContentFormat format) {
  return tl::unexpected(
      Error{ErrorKind::kUnsupportedFormat,
            fmt::format("Content-Format {} carries no paths", static_cast<int>(format))});
}

// [{"n":"/3/0/0"},{"n":"/1/0/1"}]; a path has no character that JSON would escape.
std::string SenmlJsonPaths(const std::vector<Path>& paths, const NameRoot& root) {
  std::string octets = "[";
  for (const Path& path : paths) {
    octets += fmt::format("{}{{\"n\":\"{}{}\"}}", octets.size() > 1 ? "," : "", root.prefix(),
                          path.ToString());
  }
  return octets + "]";
}

//  82                       two records
//     A1 00 66 2F332F302F30   n = /3/0/0
//     A1 00 66 2F312F302F31   n = /1/0/1
std::string SenmlCborPaths(const std::vector<Path>& paths, const NameRoot& root) {
  constexpr std::int64_t kName = 0;
  CborWriter out;
  out.Array(paths.size());
  for (const Path& path : paths) {
    out.Map(1);
    out.Integer(kName);
    out.Text(std::string(root.prefix()) + path.ToString());
  }
  return std::move(out).Take();
}

using Position = std::vector<Path>::const_iterator;

//  A1 03 A1 00 A2 00 F6 09 F6   /3/0/0 and /3/0/9
// [begin, end) is sorted, and its paths have their first `level` identifiers in common.
void WriteNulls(CborWriter& out, Position begin, Position end, std::size_t level) {
  const auto end_of_group = [&](Position group) {
    return std::find_if(group, end,
                        [&](const Path& path) { return path[level] != (*group)[level]; });
  };
  std::size_t groups = 0;
  for (Position group = begin; group != end; group = end_of_group(group)) ++groups;
  out.Map(groups);
  for (Position group = begin; group != end;) {
    const Position next = end_of_group(group);
    out.Unsigned((*group)[level]);
    if (group->depth() > level + 1) {
      WriteNulls(out, group, next, level + 1);
    } else {
      out.Null();
    }
    group = next;
  }
}

}  // namespace

Result<std::string> EncodePaths(ContentFormat format, const std::vector<Path>& paths,
                                const NameRoot& root) {
  if (format == ContentFormat::kSenmlJson || format == ContentFormat::kSenmlEtchJson) {
    return SenmlJsonPaths(paths, root);
  }
  if (format == ContentFormat::kSenmlCbor || format == ContentFormat::kSenmlEtchCbor) {
    return SenmlCborPaths(paths, root);
  }
  if (format != ContentFormat::kLwm2mCbor) return Unsupported(format);
  std::vector<Path> sorted = paths;
  std::sort(sorted.begin(), sorted.end());
  CborWriter out;
  WriteNulls(out, sorted.begin(), sorted.end(), 0);
  return std::move(out).Take();
}

//  7 6   5   4 3 2 1 0
// | 00 | w |   0 0 0   | identifier of 1 or 2 octets |
Result<std::string> EncodeEmptyInstance(ContentFormat format, const Path& instance) {
  if (format == ContentFormat::kLwm2mCbor) {
    CborWriter out;
    out.Map(1);
    out.Unsigned(instance.object());
    out.Map(1);
    out.Unsigned(instance.instance());
    out.Map(0);
    return std::move(out).Take();
  }
  if (format != ContentFormat::kTlv) return Unsupported(format);
  constexpr char kWideIdentifier = 0x20;
  const Id id = instance.instance();
  const char low = static_cast<char>(id & 0xff);
  if (id <= 0xff) return std::string{'\0', low};
  return std::string{kWideIdentifier, static_cast<char>(id >> 8), low};
}

}  // namespace lwm2m
