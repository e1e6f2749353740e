#include "mapping/administration.h"

#include <fmt/format.h>
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "mapping/command_text.h"

namespace mapping {
namespace {

using Json = rapidjson::Value;
using Kind = AdministrationOrder::Kind;

// A list of rules, a rule, a list in it.
constexpr int kDeepestValue = 4;

struct OpRule {
  std::string_view name;
  Kind kind;
  std::vector<std::string_view> members;  // beside id, op and ttl
};

const std::array<OpRule, 4>& Ops() {
  static const std::array<OpRule, 4> kOps{{
      {"configure", Kind::kConfigure, {"set", "unset"}},
      {"list-endpoints", Kind::kListEndpoints, {"offset", "limit", "endpoint"}},
      {"bootstrap", Kind::kBootstrap, {"ep"}},
      {"reload", Kind::kReload, {}},
  }};
  return kOps;
}

constexpr std::array<std::string_view, 5> kOrderMembers{"set", "unset", "offset", "limit",
                                                        "endpoint"};

tl::unexpected<onem2m::Error> Refuse(std::string_view member, std::string_view detail) {
  return onem2m::BadRequest(fmt::format("\"{}\": {}", member, detail));
}

std::string TextOf(const Json& json) { return {json.GetString(), json.GetStringLength()}; }

std::string Written(const Json& json) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  json.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

// No deeper than a value of the configuration can be; recursion ends there, too.
bool IsShallow(const Json& json, int levels) {
  if (!json.IsArray() && !json.IsObject()) return true;
  if (levels == 0) return false;
  if (json.IsArray()) {
    return std::all_of(json.Begin(), json.End(),
                       [levels](const Json& element) { return IsShallow(element, levels - 1); });
  }
  return std::all_of(json.MemberBegin(), json.MemberEnd(),
                     [levels](const auto& member) { return IsShallow(member.value, levels - 1); });
}

onem2m::Result<void> ReadSet(const Json& json, AdministrationOrder& order) {
  if (!json.IsObject()) return Refuse("set", "expected an object of keys and values");
  for (const auto& member : json.GetObject()) {
    const std::string key = TextOf(member.name);
    if (!IsShallow(member.value, kDeepestValue)) {
      return Refuse("set", fmt::format("{}: nested too deeply", Quoted(key)));
    }
    if (!order.set.emplace(key, Written(member.value)).second) {
      return Refuse("set", fmt::format("{}: given twice", Quoted(key)));
    }
  }
  return {};
}

onem2m::Result<void> ReadUnset(const Json& json, AdministrationOrder& order) {
  if (!json.IsArray()) return Refuse("unset", "expected a list of keys");
  for (const Json& key : json.GetArray()) {
    if (!key.IsString()) return Refuse("unset", "expected a list of keys");
    order.unset.push_back(TextOf(key));
    if (order.set.count(order.unset.back()) > 0) {
      return Refuse("unset", fmt::format("{}: set as well", Quoted(order.unset.back())));
    }
  }
  return {};
}

onem2m::Result<void> ReadCount(std::string_view member, const Json& json, std::size_t least,
                               std::size_t most, std::size_t& count) {
  if (!json.IsUint64() || json.GetUint64() < least || json.GetUint64() > most) {
    return Refuse(member, fmt::format("expected a number from {} to {}", least, most));
  }
  count = static_cast<std::size_t>(json.GetUint64());
  return {};
}

onem2m::Result<void> ReadMember(std::string_view name, const Json& json,
                                AdministrationOrder& order) {
  constexpr std::size_t kLastOffset = std::size_t{1} << 31;
  if (name == "set") return ReadSet(json, order);
  if (name == "unset") return ReadUnset(json, order);
  if (name == "offset") return ReadCount(name, json, 0, kLastOffset, order.offset);
  if (name == "limit") return ReadCount(name, json, 1, kMostEndpointsListed, order.limit);
  if (!json.IsString()) return Refuse(name, "expected a text");
  order.pattern = TextOf(json);
  return {};
}

// Takes the members that only orders have out of `document`.
onem2m::Result<std::map<std::string_view, Json>> TakeOrderMembers(rapidjson::Document& document) {
  std::map<std::string_view, Json> taken;
  for (const std::string_view name : kOrderMembers) {
    const std::string key(name);
    if (!document.HasMember(key)) continue;
    taken[name] = document[key];  // moves
    document.EraseMember(key);
    if (document.HasMember(key)) return Refuse(name, "given twice");
  }
  return taken;
}

onem2m::Result<const OpRule*> FindOp(const std::string& op) {
  if (op.empty()) return Refuse("op", "missing");
  const auto& ops = Ops();
  const auto rule =
      std::find_if(ops.begin(), ops.end(), [&](const OpRule& known) { return known.name == op; });
  if (rule != ops.end()) return &*rule;
  std::string names;
  for (const OpRule& known : ops) names += fmt::format("{}, ", known.name);
  return Refuse(
      "op", fmt::format("expected one of {}{}, found {}", names, kUpdateRegistration, Quoted(op)));
}

// What a command for a device may say and an order may not.
onem2m::Result<void> CheckText(const OpRule& rule, const CommandText& text) {
  const std::array<std::pair<std::string_view, bool>, 14> foreign{{
      {"path", !text.path.empty()},
      {"paths", text.paths.has_value()},
      {"value", text.value.has_value()},
      {"values", text.values.has_value()},
      {"content", text.content.has_value()},
      {"format", text.format.has_value()},
      {"accept", text.accept.has_value()},
      {"depth", text.depth.has_value()},
      {"args", text.arguments.has_value()},
      {"attributes", text.attributes.has_value()},
      {"file", text.file.has_value()},
      {"uri", text.uri.has_value()},
      {"method", text.method.has_value()},
      {"ep", !text.endpoint.empty() && rule.kind != Kind::kBootstrap},
  }};
  for (const auto& [member, given] : foreign) {
    if (given) return Refuse(member, fmt::format("not used by {}", rule.name));
  }
  if (rule.kind == Kind::kBootstrap && text.endpoint.empty()) {
    return Refuse("ep", "missing; name the Endpoint Client Name");
  }
  return {};
}

onem2m::Result<AdministrationOrder> BuildOrder(const CommandText& text,
                                               const std::map<std::string_view, Json>& members) {
  const auto rule = FindOp(text.op);
  if (!rule) return tl::unexpected(rule.error());
  AdministrationOrder order;
  order.kind = (*rule)->kind;
  if (auto fits = CheckText(**rule, text); !fits) return tl::unexpected(fits.error());
  // In the order of kOrderMembers: what is unset is compared with what is set.
  for (const std::string_view name : kOrderMembers) {
    const auto given = members.find(name);
    if (given == members.end()) continue;
    const auto& known = (*rule)->members;
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return Refuse(name, fmt::format("not used by {}", text.op));
    }
    if (auto read = ReadMember(name, given->second, order); !read) {
      return tl::unexpected(read.error());
    }
  }
  if (order.kind == Kind::kConfigure && order.set.empty() && order.unset.empty()) {
    return Refuse("set", "missing; name what is to be set, or \"unset\"");
  }
  return order;
}

}  // namespace

tl::expected<AdministrationCommand, RefusedCommand> ParseAdministration(
    std::string_view content, std::string_view resource_name, const lwm2m::ObjectModel& model) {
  constexpr unsigned kFlags =
      rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;
  rapidjson::Document document;
  std::map<std::string_view, Json> members;  // in the memory of `document`
  onem2m::Result<void> taken;
  std::string rest(content);
  if (content.size() <= kMaxCommandOctets) document.Parse<kFlags>(content.data(), content.size());
  if (!document.HasParseError() && document.IsObject()) {
    if (auto own = TakeOrderMembers(document); own) {
      members = *std::move(own);
    } else {
      taken = tl::unexpected(own.error());
    }
    if (!members.empty()) rest = Written(document);
  }
  CommandText text;
  const auto read = ReadCommandText(rest, text);
  if (taken && read && text.op == kUpdateRegistration && members.empty()) {
    auto command = ParseCommand(content, resource_name, model);
    if (!command) return tl::unexpected(std::move(command.error()));
    return AdministrationCommand{*std::move(command), std::nullopt};
  }
  AdministrationCommand parsed;
  parsed.command.request = std::string(resource_name);
  parsed.command.id = text.id.empty() ? parsed.command.request : text.id;
  parsed.command.endpoint = text.endpoint;
  parsed.command.op = text.op;
  if (text.ttl) parsed.command.ttl = std::chrono::seconds(*text.ttl);
  const auto refused = [&](onem2m::Error error) {
    return tl::unexpected(RefusedCommand{parsed.command.id, parsed.command.request, text.endpoint,
                                         text.op, text.path, std::move(error)});
  };
  if (!taken) return refused(taken.error());
  if (!read) return refused(read.error());
  auto order = BuildOrder(text, members);
  if (!order) return refused(order.error());
  parsed.order = *std::move(order);
  return parsed;
}

onem2m::AccessControlPolicy BuildAdministrationPolicy(
    const std::vector<std::string>& administrators, const std::string& ipe_ae_id) {
  onem2m::AccessControlPolicy policy;
  policy.resource_name = std::string(kAdministrationPolicy);
  policy.privileges.push_back(
      {administrators, onem2m::kMayRetrieve | onem2m::kMayDiscover | onem2m::kMayCreate, {}});
  policy.privileges.push_back({{ipe_ae_id}, onem2m::kMayEverything, {}});
  policy.self_privileges.push_back({{ipe_ae_id}, onem2m::kMayEverything, {}});
  return policy;
}

}  // namespace mapping
