#include "lwm2m/path.h"

#include <array>
#include <charconv>
#include <utility>

namespace lwm2m {

namespace {

// One identifier of a path. Refuses what std::from_chars would let pass: leading zeros.
Result<Id> ParseId(std::string_view digits) {
  if (digits.empty()) return Malformed("path has an empty segment");
  if (digits.size() > 1 && digits.front() == '0') {
    return Malformed("path identifier has leading zeros");
  }
  Id id = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), id);
  if (error == std::errc::result_out_of_range) {
    return Malformed("path identifier exceeds 65535");
  }
  if (error != std::errc() || end != digits.data() + digits.size()) {
    return Malformed("path identifier is not a decimal number");
  }
  return id;
}

}  // namespace

Result<Path> Path::Parse(std::string_view text) {
  if (text.empty() || text.front() != '/') return Malformed("path does not start with a slash");
  text.remove_prefix(1);
  if (text.size() > 1 && text.ends_with('/')) text.remove_suffix(1);

  Path path;
  bool more = !text.empty();
  while (more) {
    if (path.depth() == kMaxDepth) return Malformed("path has more than four identifiers");
    const std::size_t slash = text.find('/');
    const Result<Id> id = ParseId(text.substr(0, slash));
    if (!id) return tl::unexpected(id.error());
    path = path.Child(*id);
    more = slash != std::string_view::npos;
    if (more) text.remove_prefix(slash + 1);
  }
  return path;
}

std::string Path::ToString() const {
  if (is_root()) return "/";
  std::array<char, kMaxDepth * std::string_view("/65535").size()> text{};
  char* end = text.data();
  for (std::size_t level = 0; level < depth_; ++level) {
    *end++ = '/';
    end = std::to_chars(end, text.data() + text.size(), ids_[level]).ptr;
  }
  return {text.data(), end};
}

}  // namespace lwm2m

std::size_t std::hash<lwm2m::Path>::operator()(const lwm2m::Path& path) const noexcept {
  std::uint64_t bits = 0;
  for (std::size_t level = 0; level < lwm2m::Path::kMaxDepth; ++level) {
    bits = bits << 16 | path[level];
  }
  // The multiplier spreads ids that differ in few low bits over the whole word (Knuth, TAOCP 6.4).
  constexpr std::uint64_t kGoldenRatio = 0x9e3779b97f4a7c15;
  bits = (bits ^ path.depth()) * kGoldenRatio;
  return static_cast<std::size_t>(bits ^ bits >> 32);
}
