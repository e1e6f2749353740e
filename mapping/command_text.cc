#include "mapping/command_text.h"

#include <fmt/format.h>
#include <rapidjson/document.h>
#include <rapidjson/error/en.h>

#include <algorithm>
#include <array>
#include <limits>

#include "lwm2m/value.h"

namespace mapping {

namespace {

using Json = rapidjson::Value;

constexpr std::int64_t kLongestTtl = 315360000;  // ten years

std::string_view TextOf(const Json& json) { return {json.GetString(), json.GetStringLength()}; }

std::optional<JsonScalar> ScalarOf(const Json& json) {
  if (json.IsBool()) return JsonScalar(json.GetBool());
  if (json.IsInt64()) return JsonScalar(json.GetInt64());
  if (json.IsUint64()) return JsonScalar(json.GetUint64());
  if (json.IsDouble()) return JsonScalar(json.GetDouble());
  if (json.IsString()) return JsonScalar(std::string(TextOf(json)));
  return std::nullopt;
}

std::string Describe(const Json& json) {
  if (const auto scalar = ScalarOf(json)) return Described(*scalar);
  if (json.IsNull()) return "null";
  return json.IsArray() ? "an array" : "an object";
}

tl::unexpected<onem2m::Error> Expected(std::string_view member, std::string_view what,
                                       const Json& found) {
  return onem2m::BadRequest(
      fmt::format("\"{}\": expected {}, found {}", member, what, Describe(found)));
}

onem2m::Result<void> ReadString(std::string_view member, const Json& json, std::string& text) {
  if (!json.IsString()) return Expected(member, "a string", json);
  text = TextOf(json);
  return {};
}

// The label of an application: ≤ 64 of A-Za-z0-9._-; a bare number is taken as its digits. Anything
// else is no error, the contentInstance's name serves instead.
onem2m::Result<void> ReadId(const Json& json, CommandText& text) {
  constexpr std::size_t kLongest = 64;
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  std::string id;
  if (json.IsString()) id = TextOf(json);
  if (json.IsUint64()) id = std::to_string(json.GetUint64());
  const bool usable = id.size() <= kLongest && id.find_first_not_of(kAlphabet) == std::string::npos;
  if (usable) text.id = std::move(id);
  return {};
}

onem2m::Result<void> ReadEndpoint(const Json& json, CommandText& text) {
  return ReadString("ep", json, text.endpoint);
}

onem2m::Result<void> ReadOp(const Json& json, CommandText& text) {
  return ReadString("op", json, text.op);
}

onem2m::Result<void> ReadPath(const Json& json, CommandText& text) {
  if (!json.IsString()) return Expected("path", "an LwM2M path like \"/3/0/9\"", json);
  text.path = TextOf(json);
  return {};
}

onem2m::Result<void> ReadPaths(const Json& json, CommandText& text) {
  constexpr std::string_view kWanted = "an array of LwM2M paths like [\"/3/0/9\", \"/1/0\"]";
  if (!json.IsArray()) return Expected("paths", kWanted, json);
  text.paths.emplace();
  for (const Json& path : json.GetArray()) {
    if (!path.IsString()) return Expected("paths", kWanted, path);
    text.paths->emplace_back(TextOf(path));
  }
  return {};
}

onem2m::Result<void> ReadValue(const Json& json, CommandText& text) {
  text.value = ScalarOf(json);
  if (text.value) return {};
  return Expected("value", "a string, a number, true or false (several go into \"values\")", json);
}

onem2m::Result<void> ReadValues(const Json& json, CommandText& text) {
  if (!json.IsObject()) return Expected("values", "an object like {\"/3/0/14\": \"+02:00\"}", json);
  text.values.emplace();
  for (const auto& member : json.GetObject()) {
    auto scalar = ScalarOf(member.value);
    if (!scalar) {
      return onem2m::BadRequest(
          fmt::format("\"values\": expected a string, a number, true or false for {}, found {}",
                      Quoted(TextOf(member.name)), Describe(member.value)));
    }
    text.values->emplace_back(TextOf(member.name), *std::move(scalar));
  }
  return {};
}

onem2m::Result<void> ReadContent(const Json& json, CommandText& text) {
  text.content.emplace();
  return ReadString("content", json, *text.content);
}

onem2m::Result<void> ReadFormatNumber(std::string_view member, const Json& json,
                                      std::optional<std::uint16_t>& number) {
  constexpr unsigned kHighest = std::numeric_limits<std::uint16_t>::max();
  if (!json.IsUint() || json.GetUint() > kHighest) {
    return Expected(member, "the number of a Content-Format", json);
  }
  number = static_cast<std::uint16_t>(json.GetUint());
  return {};
}

onem2m::Result<void> ReadFormat(const Json& json, CommandText& text) {
  return ReadFormatNumber("format", json, text.format);
}

onem2m::Result<void> ReadAccept(const Json& json, CommandText& text) {
  return ReadFormatNumber("accept", json, text.accept);
}

onem2m::Result<void> ReadDepth(const Json& json, CommandText& text) {
  constexpr unsigned kDeepest = 3;
  if (!json.IsUint() || json.GetUint() > kDeepest) {
    return Expected("depth", fmt::format("levels from 0 to {}", kDeepest), json);
  }
  text.depth = json.GetUint();
  return {};
}

onem2m::Result<void> ReadArguments(const Json& json, CommandText& text) {
  text.arguments.emplace();
  return ReadString("args", json, *text.arguments);
}

onem2m::Result<void> ReadAttributes(const Json& json, CommandText& text) {
  if (!json.IsObject()) {
    return Expected("attributes", "an object like {\"pmin\": 10, \"gt\": null}", json);
  }
  text.attributes.emplace();
  for (const auto& member : json.GetObject()) {
    std::optional<std::string> number;
    if (member.value.IsInt64()) number = std::to_string(member.value.GetInt64());
    if (member.value.IsDouble()) number = lwm2m::ToText(lwm2m::Value(member.value.GetDouble()));
    if (!number && !member.value.IsNull()) {
      return onem2m::BadRequest(
          fmt::format("\"attributes\": expected a number, or null to unset, for {}, found {}",
                      Quoted(TextOf(member.name)), Describe(member.value)));
    }
    text.attributes->emplace_back(TextOf(member.name), std::move(number));
  }
  return {};
}

onem2m::Result<void> ReadFile(const Json& json, CommandText& text) {
  text.file.emplace();
  return ReadString("file", json, *text.file);
}

onem2m::Result<void> ReadUri(const Json& json, CommandText& text) {
  text.uri.emplace();
  return ReadString("uri", json, *text.uri);
}

onem2m::Result<void> ReadMethod(const Json& json, CommandText& text) {
  text.method.emplace();
  return ReadString("method", json, *text.method);
}

onem2m::Result<void> ReadTtl(const Json& json, CommandText& text) {
  if (!json.IsInt64() || json.GetInt64() < 1 || json.GetInt64() > kLongestTtl) {
    return Expected("ttl", fmt::format("seconds from 1 to {}", kLongestTtl), json);
  }
  text.ttl = json.GetInt64();
  return {};
}

onem2m::Result<void> ReadPriority(const Json& json, CommandText& text) {
  const std::string_view word = json.IsString() ? TextOf(json) : std::string_view();
  if (word != "high" && word != "normal") {
    return Expected("priority", "\"high\" or \"normal\"", json);
  }
  text.high_priority = word == "high";
  return {};
}

struct Member {
  std::string_view name;
  onem2m::Result<void> (*read)(const Json&, CommandText&);
};
// What names the command comes first: an outcome must be able to say which one was refused.
constexpr std::array<Member, 18> kMembers{{{"id", ReadId},
                                           {"ep", ReadEndpoint},
                                           {"op", ReadOp},
                                           {"path", ReadPath},
                                           {"paths", ReadPaths},
                                           {"value", ReadValue},
                                           {"values", ReadValues},
                                           {"content", ReadContent},
                                           {"format", ReadFormat},
                                           {"accept", ReadAccept},
                                           {"depth", ReadDepth},
                                           {"args", ReadArguments},
                                           {"attributes", ReadAttributes},
                                           {"file", ReadFile},
                                           {"uri", ReadUri},
                                           {"method", ReadMethod},
                                           {"ttl", ReadTtl},
                                           {"priority", ReadPriority}}};
constexpr std::size_t kNamingMembers = 4;

// RFC 8259 §4 leaves repeated names to the reader, and two readers may choose differently.
onem2m::Result<void> CheckNames(const Json& command) {
  std::array<bool, kMembers.size()> seen{};
  for (const auto& member : command.GetObject()) {
    const auto known = std::find_if(kMembers.begin(), kMembers.end(), [&](const Member& candidate) {
      return candidate.name == TextOf(member.name);
    });
    if (known == kMembers.end()) {
      return onem2m::BadRequest(
          fmt::format("{}: a command has no such member", Quoted(TextOf(member.name))));
    }
    bool& given = seen[static_cast<std::size_t>(known - kMembers.begin())];
    if (given) return onem2m::BadRequest(fmt::format("\"{}\": given twice", known->name));
    given = true;
  }
  return {};
}

onem2m::Result<void> ReadMembers(const Json& command, std::size_t first, std::size_t last,
                                 CommandText& text) {
  onem2m::Result<void> result;
  for (std::size_t i = first; i < last; ++i) {
    const auto found =
        command.FindMember(rapidjson::StringRef(kMembers[i].name.data(), kMembers[i].name.size()));
    if (found == command.MemberEnd()) continue;
    const auto read = kMembers[i].read(found->value, text);
    if (!read && result) result = read;
  }
  return result;
}

}  // namespace

onem2m::Result<void> ReadCommandText(std::string_view json, CommandText& text) {
  if (json.size() > kMaxCommandOctets) {
    return onem2m::BadRequest(fmt::format("a command has at most {} octets", kMaxCommandOctets));
  }
  // Iterative: the nesting of a stranger's JSON must not become the depth of our stack.
  constexpr unsigned kFlags = rapidjson::kParseIterativeFlag |
                              rapidjson::kParseValidateEncodingFlag |
                              rapidjson::kParseFullPrecisionFlag;
  rapidjson::Document document;
  document.Parse<kFlags>(json.data(), json.size());
  if (document.HasParseError()) {
    return onem2m::BadRequest(fmt::format("a command is a JSON object; octet {}: {}",
                                          document.GetErrorOffset(),
                                          rapidjson::GetParseError_En(document.GetParseError())));
  }
  if (!document.IsObject()) {
    return onem2m::BadRequest("a command is a JSON object, found " + Describe(document));
  }
  const auto naming = ReadMembers(document, 0, kNamingMembers, text);
  if (auto names = CheckNames(document); !names) return names;
  if (!naming) return naming;
  return ReadMembers(document, kNamingMembers, kMembers.size(), text);
}

std::string Quoted(std::string_view text) {
  constexpr std::size_t kLongest = 40;
  if (text.size() <= kLongest) return fmt::format("\"{}\"", text);
  std::size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return fmt::format("\"{}…\"", text.substr(0, end));
}

std::string Described(const JsonScalar& scalar) {
  if (const auto* text = std::get_if<std::string>(&scalar)) return Quoted(*text);
  if (const auto* truth = std::get_if<bool>(&scalar)) return *truth ? "true" : "false";
  if (const auto* number = std::get_if<std::int64_t>(&scalar)) return std::to_string(*number);
  if (const auto* number = std::get_if<std::uint64_t>(&scalar)) return std::to_string(*number);
  if (const auto* number = std::get_if<double>(&scalar)) {
    return lwm2m::ToText(lwm2m::Value(*number));
  }
  return "nothing";
}

}  // namespace mapping
