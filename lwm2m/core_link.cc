#include "lwm2m/core_link.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "fmt/format.h"

namespace lwm2m {

namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// Reads link-format left to right.  (RFC 6690 §2)
//   Link       = link-value-list         link-value = "<" URI-Reference ">" *( ";" link-param )
//   link-param = parmname [ "=" ( ptoken / quoted-string ) ]
class LinkReader {
 public:
  explicit LinkReader(std::string_view text) : rest_(text) { SkipBlanks(); }

  bool done() const { return rest_.empty(); }

  // Consumes `expected` and the blanks after it.
  bool Take(char expected) {
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(1);
    SkipBlanks();
    return true;
  }

  Result<std::string> ReadTarget() {
    const std::size_t end = rest_.find('>');
    if (!rest_.starts_with('<')) return Malformed("link-format: '<' expected");
    if (end == std::string_view::npos) return Malformed("link-format: target without '>'");
    std::string target(rest_.substr(1, end - 1));
    rest_.remove_prefix(end + 1);
    SkipBlanks();
    return target;
  }

  Result<std::pair<std::string, std::string>> ReadParameter() {
    const std::size_t end = rest_.find_first_of("=;,<>\" \t\r\n");
    std::string name(rest_.substr(0, end));
    if (name.empty()) return Malformed("link-format: parameter without name");
    rest_.remove_prefix(name.size());
    SkipBlanks();
    if (!Take('=')) return std::pair(std::move(name), std::string());
    Result<std::string> value = rest_.starts_with('"') ? ReadQuoted() : ReadToken();
    if (!value) return tl::unexpected(value.error());
    SkipBlanks();
    return std::pair(std::move(name), *std::move(value));
  }

 private:
  void SkipBlanks() {
    while (!rest_.empty() && IsBlank(rest_.front())) rest_.remove_prefix(1);
  }

  Result<std::string> ReadToken() {
    const std::size_t end = rest_.find_first_of(";,<>\" \t\r\n");
    std::string token(rest_.substr(0, end));
    if (token.empty()) return Malformed("link-format: parameter without value after '='");
    rest_.remove_prefix(token.size());
    return token;
  }

  Result<std::string> ReadQuoted() {
    std::string value;
    for (std::size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] == '"') {
        rest_.remove_prefix(i + 1);
        return value;
      }
      if (rest_[i] == '\\' && i + 1 < rest_.size()) ++i;
      value.push_back(rest_[i]);
    }
    return Malformed("link-format: unexpected end in a quoted string");
  }

  std::string_view rest_;
};

Result<CoreLinkEntry> ReadEntry(LinkReader& in, bool first) {
  CoreLinkEntry entry;
  if (auto target = in.ReadTarget()) {
    entry.target = *std::move(target);
  } else {
    // The Bootstrap-Discover answer of LwM2M 1.0 §5.2.7.3 begins with a bare lwm2m="1.0".
    auto parameter = first ? in.ReadParameter() : tl::unexpected(target.error());
    if (!parameter || parameter->first != "lwm2m") return tl::unexpected(target.error());
    entry.parameters.push_back(*std::move(parameter));
  }
  while (in.Take(';')) {
    auto parameter = in.ReadParameter();
    if (!parameter) return tl::unexpected(parameter.error());
    entry.parameters.push_back(*std::move(parameter));
  }
  return entry;
}

// Transport §6.4.1: the alternate root path is the target with rt="oma.lwm2m"; it must not contain
// a segment of digits only, which could not be told from an Object ID.
std::optional<std::string> RootOf(const CoreLinkEntry& entry) {
  const std::string* type = entry.Find("rt");
  if (type == nullptr || !entry.target.starts_with('/')) return std::nullopt;
  // RFC 6690 §3.1: rt may hold several names, separated by blanks.
  const std::string names = fmt::format(" {} ", *type);
  if (names.find(" oma.lwm2m ") == std::string::npos) return std::nullopt;
  std::string_view root = entry.target;
  while (root.size() > 1 && root.ends_with('/')) root.remove_suffix(1);
  for (std::string_view rest = root; rest.size() > 1;) {
    rest.remove_prefix(1);
    const std::string_view segment = rest.substr(0, rest.find('/'));
    if (segment.find_first_not_of("0123456789") == std::string_view::npos) return std::nullopt;
    rest.remove_prefix(segment.size());
  }
  return std::string(root);
}

// ct=11543 or ct="110 112 60".
std::vector<ContentFormat> ParseFormats(std::string_view text) {
  std::vector<ContentFormat> formats;
  while (!text.empty()) {
    const std::string_view number = text.substr(0, text.find(' '));
    std::uint16_t value = 0;
    const char* const end = number.data() + number.size();
    const auto [stop, error] = std::from_chars(number.data(), end, value);
    const auto format = static_cast<ContentFormat>(value);
    const bool known = std::find(formats.begin(), formats.end(), format) != formats.end();
    if (error == std::errc() && stop == end && !known) formats.push_back(format);
    text.remove_prefix(std::min(text.size(), number.size() + 1));
  }
  return formats;
}

// "1.1", "10.2": GEN-2 asks to ignore quietly what else a client may call its version.
bool IsVersion(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789";
  const std::size_t dot = text.find_first_not_of(kDigits);
  if (dot == 0 || dot == std::string_view::npos || text[dot] != '.') return false;
  const std::string_view minor = text.substr(dot + 1);
  return !minor.empty() && minor.find_first_not_of(kDigits) == std::string_view::npos;
}

// The object or instance that a link declares, or nothing when it is no LwM2M path of the list.
std::optional<Path> DeclaredPath(std::string_view target, std::string_view root) {
  if (root != "/") {
    if (!target.starts_with(root)) return std::nullopt;
    target.remove_prefix(root.size());
  }
  const Result<Path> path = Path::Parse(target);
  if (!path || path->depth() < 1 || path->depth() > 2) return std::nullopt;
  // Security, OSCORE and COSE objects are never listed (REG-9); MAX_ID is reserved (VER-5).
  const Id object = path->object();
  if (object == 0 || object == 21 || object == 23 || object == kMaxId) return std::nullopt;
  if (path->is_instance() && path->instance() == kMaxId) return std::nullopt;
  return *path;
}

}  // namespace

const std::string* CoreLinkEntry::Find(std::string_view name) const {
  for (const auto& parameter : parameters) {
    if (parameter.first == name) return &parameter.second;
  }
  return nullptr;
}

Result<std::vector<CoreLinkEntry>> ParseCoreLinks(std::string_view text) {
  std::vector<CoreLinkEntry> entries;
  LinkReader in(text);
  while (!in.done()) {
    Result<CoreLinkEntry> entry = ReadEntry(in, entries.empty());
    if (!entry) return tl::unexpected(entry.error());
    entries.push_back(*std::move(entry));
    if (in.done()) break;
    if (!in.Take(',')) return Malformed("link-format: ',' or ';' expected");
    if (in.done()) return Malformed("link-format: link expected after ','");
  }
  return entries;
}

bool ObjectList::HasObject(Id object) const {
  const auto first = std::lower_bound(paths.begin(), paths.end(), Path(object));
  return first != paths.end() && first->object() == object;
}

bool ObjectList::Has(const Path& instance) const {
  return std::binary_search(paths.begin(), paths.end(), instance);
}

bool ObjectList::Add(const Path& instance) {
  if (Has(instance)) return false;
  std::erase(paths, instance.Prefix(1));
  paths.insert(std::upper_bound(paths.begin(), paths.end(), instance), instance);
  return true;
}

bool ObjectList::Remove(const Path& instance) {
  if (std::erase(paths, instance) == 0) return false;
  const Path object = instance.Prefix(1);
  if (!HasObject(object.object())) {
    paths.insert(std::upper_bound(paths.begin(), paths.end(), object), object);
  }
  return true;
}

Result<ObjectList> ParseObjectList(std::string_view text) {
  const auto links = ParseCoreLinks(text);
  if (!links) return tl::unexpected(links.error());

  ObjectList list;
  for (const CoreLinkEntry& link : *links) {
    if (auto root = RootOf(link)) {
      list.root_path = *std::move(root);
      break;
    }
  }

  std::set<Path> declared;
  for (const CoreLinkEntry& link : *links) {
    const bool is_root = link.target == list.root_path || link.target == list.root_path + "/";
    if (is_root) {
      if (const std::string* formats = link.Find("ct")) list.formats = ParseFormats(*formats);
      continue;
    }
    const auto path = DeclaredPath(link.target, list.root_path);
    if (!path) continue;
    declared.insert(*path);
    const std::string* version = link.Find("ver");
    if (path->is_object() && version != nullptr && IsVersion(*version)) {
      list.versions[path->object()] = *version;
    }
  }

  for (auto it = declared.begin(); it != declared.end(); ++it) {
    const auto next = std::next(it);
    const bool has_instance = it->is_object() && next != declared.end() && it->Contains(*next);
    if (!has_instance) list.paths.push_back(*it);
  }
  return list;
}

std::string ToString(const ObjectList& list) {
  std::vector<std::string> links;
  std::string root = fmt::format("<{}>", list.root_path);
  if (list.root_path != "/") root += ";rt=\"oma.lwm2m\"";
  if (list.formats.size() == 1) root += fmt::format(";ct={}", static_cast<int>(list.formats[0]));
  if (list.formats.size() > 1) {
    std::string numbers;
    for (const ContentFormat format : list.formats) {
      fmt::format_to(std::back_inserter(numbers), "{}{}", numbers.empty() ? "" : " ",
                     static_cast<int>(format));
    }
    root += fmt::format(";ct=\"{}\"", numbers);
  }
  if (list.root_path != "/" || !list.formats.empty()) links.push_back(std::move(root));

  const std::string prefix = list.root_path == "/" ? "" : list.root_path;
  std::optional<Id> previous;
  for (const Path& path : list.paths) {
    const auto version = list.versions.find(path.object());
    const bool has_version = version != list.versions.end() && previous != path.object();
    previous = path.object();
    if (has_version) {
      links.push_back(
          fmt::format("<{}{}>;ver={}", prefix, Path(path.object()).ToString(), version->second));
    }
    if (!has_version || !path.is_object()) {
      links.push_back(fmt::format("<{}{}>", prefix, path.ToString()));
    }
  }
  return fmt::format("{}", fmt::join(links, ","));
}

}  // namespace lwm2m
