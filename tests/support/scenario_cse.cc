#include "tests/support/scenario_cse.h"

#include <fmt/format.h>
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>

#include "mapping/profile.h"

namespace tests {

using onem2m::NoAnswer;
using onem2m::Operation;
using onem2m::RequestPrimitive;
using onem2m::ResourceType;
using onem2m::ResponsePrimitive;
using onem2m::ResponseStatusCode;

namespace {

constexpr char kBase[] = "cse-in";
constexpr char kCseId[] = "/id-in";

std::string JsonText(const rapidjson::Value& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  value.Accept(writer);
  return buffer.GetString();
}

std::string Quoted(const std::string& text) {
  return JsonText(rapidjson::Value(rapidjson::StringRef(text.c_str())));
}

// The characters of a JSON string; of anything else its text.
std::string Unquoted(const std::string& json) {
  rapidjson::Document document;
  document.Parse(json.c_str());
  return !document.HasParseError() && document.IsString() ? document.GetString() : json;
}

std::vector<std::string> StringsOf(const std::string& json) {
  std::vector<std::string> strings;
  rapidjson::Document document;
  document.Parse(json.c_str());
  if (document.HasParseError() || !document.IsArray()) return strings;
  for (const auto& element : document.GetArray()) {
    if (element.IsString()) strings.emplace_back(element.GetString());
  }
  return strings;
}

// The integers of a list that is a member of a JSON object.
std::set<int> IntegersIn(const std::string& object, const char* name) {
  std::set<int> integers;
  rapidjson::Document document;
  document.Parse(object.c_str());
  if (document.HasParseError() || !document.IsObject() || !document.HasMember(name)) return {};
  for (const auto& element : document[name].GetArray()) integers.insert(element.GetInt());
  return integers;
}

std::map<std::string, std::string> MembersOf(const std::string& content) {
  std::map<std::string, std::string> members;
  rapidjson::Document document;
  document.Parse(content.c_str());
  if (document.HasParseError() || !document.IsObject() || document.MemberCount() != 1) {
    return members;
  }
  const rapidjson::Value& body = document.MemberBegin()->value;
  if (!body.IsObject()) return members;
  for (const auto& member : body.GetObject()) {
    members[member.name.GetString()] = JsonText(member.value);
  }
  return members;
}

// The name of the one member: the root of a resource.
std::string RootOf(const std::string& content) {
  rapidjson::Document document;
  document.Parse(content.c_str());
  if (document.HasParseError() || !document.IsObject() || document.MemberCount() != 1) {
    return "m2m:unknown";
  }
  return document.MemberBegin()->name.GetString();
}

bool IsInstance(ResourceType type) {
  return type == ResourceType::kContentInstance || type == ResourceType::kTimeSeriesInstance;
}

std::string ParentOf(const std::string& address) {
  const std::size_t slash = address.rfind('/');
  return slash == std::string::npos ? "" : address.substr(0, slash);
}

std::string NameOf(const std::string& address) { return address.substr(address.rfind('/') + 1); }

bool IsBelow(const std::string& address, const std::string& above) {
  return address.size() > above.size() && address.compare(0, above.size(), above) == 0 &&
         (above.empty() || address[above.size()] == '/');
}

int RightFor(Operation operation) {
  switch (operation) {
    case Operation::kCreate:
      return onem2m::kMayCreate;
    case Operation::kRetrieve:
      return onem2m::kMayRetrieve;
    case Operation::kUpdate:
      return onem2m::kMayUpdate;
    case Operation::kDelete:
      return onem2m::kMayDelete;
    case Operation::kNotify:
      return onem2m::kMayNotify;
  }
  return 0;
}

}  // namespace

bool Matches(const RequestPattern& pattern, const RecordedRequest& request) {
  return (!pattern.operation || *pattern.operation == request.operation) &&
         (!pattern.type || pattern.type == request.type) &&
         (pattern.originator.empty() || pattern.originator == request.originator) &&
         (pattern.address.empty() || mapping::GlobMatches(pattern.address, request.address));
}

ScenarioCse::ScenarioCse(std::function<std::int64_t()> unix_now) : unix_now_(std::move(unix_now)) {
  LoseEverything();
}

void ScenarioCse::LoseEverything() {
  tree_.clear();
  notifications.clear();
  made_ = 0;  // resource ids are given anew
  Stored base;
  base.type = ResourceType::kCseBase;
  base.root = "m2m:cb";
  base.id = "base";
  base.attributes = {{"rn", Quoted(kBase)},
                     {"ri", Quoted("base")},
                     {"ty", "5"},
                     {"csi", Quoted(kCseId)},
                     {"srv", R"(["2a","3"])"}};
  tree_.emplace("", std::move(base));
}

void ScenarioCse::Lose(const std::string& pattern) {
  std::vector<std::string> lost;
  for (const auto& [address, resource] : tree_) {
    if (!address.empty() && mapping::GlobMatches(pattern, address)) lost.push_back(address);
  }
  std::erase_if(tree_, [&](const auto& entry) {
    return std::any_of(lost.begin(), lost.end(), [&](const std::string& address) {
      return entry.first == address || IsBelow(entry.first, address);
    });
  });
}

void ScenarioCse::RenameIds(bool ae_ids) {
  const auto renamed = [](const std::string& id) { return id == "base" ? id : "x" + id; };
  for (auto& [address, resource] : tree_) {
    resource.id = renamed(resource.id);
    resource.parent_id = renamed(resource.parent_id);
    if (address.empty()) continue;
    resource.attributes["ri"] = Quoted(resource.id);
    resource.attributes["pi"] = Quoted(resource.parent_id);
    const auto ae_id = resource.attributes.find("aei");
    if (ae_ids && ae_id != resource.attributes.end()) {
      ae_id->second = Quoted("S" + Unquoted(ae_id->second));
    }
  }
}

// "cse-in/a/3", "/id-in/cse-in/a/3", "-", "-/a" and resource ids, as the address below the CSEBase.
std::string ScenarioCse::AddressOf(std::string_view to) const {
  std::string address(to);
  if (address.rfind(kCseId, 0) == 0) address.erase(0, std::string_view(kCseId).size() + 1);
  for (const char* name : {kBase, "-"}) {
    if (address == name) return "";
    if (IsBelow(address, name)) return address.substr(std::string_view(name).size() + 1);
  }
  for (const auto& [known, resource] : tree_) {
    if (resource.id == address) return known;
  }
  return address;
}

RecordedRequest ScenarioCse::Describe(const RequestPrimitive& request) const {
  RecordedRequest record{request.operation, request.type, AddressOf(request.to), request.from,
                         request.content};
  if (request.operation == Operation::kCreate) {
    const auto members = MembersOf(request.content);
    const auto name = members.find("rn");
    if (name != members.end()) {
      record.address += (record.address.empty() ? "" : "/") + Unquoted(name->second);
    }
  } else if (const auto found = tree_.find(record.address); found != tree_.end()) {
    record.type = found->second.type;
  }
  return record;
}

tl::expected<ResponsePrimitive, NoAnswer> ScenarioCse::Send(const RequestPrimitive& request,
                                                            std::chrono::milliseconds timeout) {
  if (down_) {
    return tl::unexpected(NoAnswer{NoAnswer::Kind::kUnreachable, false, "connection refused"});
  }
  requests.push_back(Describe(request));
  if (takes_.count() > 0) pass_time_(std::min(takes_, timeout));
  if (takes_ >= timeout) {
    Execute(request);
    return tl::unexpected(NoAnswer{NoAnswer::Kind::kTimedOut, true, "no answer in time"});
  }
  for (Rule& rule : rules_) {
    if (rule.times == 0 || !Matches(rule.pattern, requests.back())) continue;
    if (rule.times > 0) --rule.times;
    switch (rule.effect) {
      case Rule::Effect::kAnswer:
        return Respond(rule.status);
      case Rule::Effect::kAnswerAfter:
        Execute(request);
        return Respond(rule.status);
      case Rule::Effect::kSilentAfter:
        Execute(request);
        return tl::unexpected(NoAnswer{NoAnswer::Kind::kTimedOut, true, "no answer within 10 s"});
      case Rule::Effect::kResetsAfter:
        Execute(request);
        return tl::unexpected(NoAnswer{NoAnswer::Kind::kClosed, true, "connection reset"});
      case Rule::Effect::kResetsBefore:
        return tl::unexpected(NoAnswer{NoAnswer::Kind::kClosed, true, "connection reset"});
      case Rule::Effect::kSilentBefore:
        return tl::unexpected(NoAnswer{NoAnswer::Kind::kTimedOut, true, "no answer within 10 s"});
    }
  }
  return Execute(request);
}

ResponsePrimitive ScenarioCse::Execute(const RequestPrimitive& request) {
  switch (request.operation) {
    case Operation::kCreate:
      return Create(request);
    case Operation::kRetrieve:
      return Retrieve(request);
    case Operation::kUpdate:
      return Update(request);
    case Operation::kDelete:
      return Delete(request);
    case Operation::kNotify:
      break;
  }
  return Respond(ResponseStatusCode::kOperationNotAllowed);
}

ResponsePrimitive ScenarioCse::Create(const RequestPrimitive& request) {
  const std::string parent = AddressOf(request.to);
  const auto above = tree_.find(parent);
  if (above == tree_.end()) return Respond(ResponseStatusCode::kNotFound);
  if (!MayAccess(parent, request.from, RightFor(request.operation))) {
    return Respond(ResponseStatusCode::kOriginatorHasNoPrivilege);
  }
  Stored made;
  made.type = request.type.value_or(ResourceType::kContainer);
  made.made_by = request.from;
  if (lacking_types_.count(made.type) > 0) return Respond(ResponseStatusCode::kNotImplemented);
  made.root = RootOf(request.content);
  made.attributes = MembersOf(request.content);
  for (const auto& [type, attribute] : refused_attributes_) {
    if (type == made.type && made.attributes.count(attribute) > 0) {
      return Respond(ResponseStatusCode::kBadRequest);
    }
  }
  // TS-0001 §10.2.4.28: one instance of a series for each dataGenerationTime.
  if (made.type == ResourceType::kTimeSeriesInstance) {
    for (const auto* child : ChildrenOf(parent)) {
      if (child->second.attributes.count("dgt") > 0 &&
          child->second.attributes.at("dgt") == made.attributes["dgt"]) {
        return Respond(ResponseStatusCode::kConflict);
      }
    }
  }
  if (const auto criteria = made.attributes.find("enc"); criteria != made.attributes.end()) {
    for (const int event : IntegersIn(criteria->second, "net")) {
      if (refused_events_.count(event) > 0) return Respond(ResponseStatusCode::kBadRequest);
    }
  }
  made.order = ++made_;
  made.id = fmt::format("r{:04}", made_);
  made.parent_id = above->second.id;
  if (made.attributes.count("rn") == 0) made.attributes["rn"] = Quoted("n" + made.id);
  const std::string address =
      (parent.empty() ? "" : parent + "/") + Unquoted(made.attributes["rn"]);
  if (tree_.count(address) > 0) return Respond(ResponseStatusCode::kConflict);
  if (made.type == ResourceType::kAe) {
    for (const auto& [known, resource] : tree_) {
      const auto id = resource.attributes.find("aei");
      if (id != resource.attributes.end() && Unquoted(id->second) == request.from) {
        return Respond(ResponseStatusCode::kOriginatorHasAlreadyRegistered);
      }
    }
    made.attributes["aei"] = Quoted(request.from);
  }
  const std::string now = Quoted(onem2m::FormatTimestamp(unix_now_()));
  if (made.attributes.count("cr") > 0) {
    if (names_creators_) {
      made.attributes["cr"] = Quoted(request.from);
    } else {
      made.attributes.erase("cr");
    }
  }
  made.attributes["ri"] = Quoted(made.id);
  made.attributes["pi"] = Quoted(made.parent_id);
  made.attributes["ty"] = std::to_string(static_cast<int>(made.type));
  made.attributes["ct"] = made.attributes["lt"] = now;
  if (made.type == ResourceType::kContentInstance) {
    made.attributes["st"] = std::to_string(made_);
  }
  if (made.type == ResourceType::kFlexContainer) made.attributes["st"] = "0";
  const auto stored = tree_.emplace(address, std::move(made)).first;
  Notify(parent, address, onem2m::kCreateOfDirectChild);
  if (!awaited_.empty() && awaited_ == parent &&
      stored->second.type == ResourceType::kContentInstance) {
    told_ = Unquoted(stored->second.attributes.at("con"));
    awaited_.clear();
  }
  return Respond(ResponseStatusCode::kCreated, Represent(stored->second, false, address));
}

ResponsePrimitive ScenarioCse::Retrieve(const RequestPrimitive& request) const {
  std::string address = AddressOf(request.to);
  const std::map<std::string, std::string> parameters(request.parameters.begin(),
                                                      request.parameters.end());
  if (NameOf(address) == "la") {
    std::string latest;
    for (const auto* child : ChildrenOf(ParentOf(address))) {
      if (IsInstance(child->second.type)) latest = child->first;
    }
    address = latest.empty() ? address : latest;
  }
  const auto found = tree_.find(address);
  if (found == tree_.end()) return Respond(ResponseStatusCode::kNotFound);
  if (!MayAccess(address, request.from, onem2m::kMayRetrieve) ||
      IsHidden(found->second, request.from)) {
    return Respond(ResponseStatusCode::kOriginatorHasNoPrivilege);
  }
  if (parameters.count("fu") > 0) {
    return Respond(ResponseStatusCode::kOk, Discover(address, request.from, parameters));
  }
  const bool with_instances = parameters.count("rcn") > 0 && parameters.at("rcn") == "4";
  return Respond(ResponseStatusCode::kOk, Represent(found->second, with_instances, address));
}

bool ScenarioCse::IsHidden(const Stored& resource, const std::string& originator) const {
  return private_subscriptions_ && resource.type == ResourceType::kSubscription &&
         resource.attributes.count("acpi") == 0 && originator != "CAdmin" &&
         originator != resource.made_by;
}

std::string ScenarioCse::Discover(const std::string& address, const std::string& originator,
                                  const std::map<std::string, std::string>& parameters) const {
  std::string uris;
  for (const auto& [known, resource] : tree_) {
    if (!IsBelow(known, address) || IsHidden(resource, originator) || lists_nothing_) continue;
    const auto depth = static_cast<int>(
        std::count(known.begin() + static_cast<std::ptrdiff_t>(address.size()), known.end(), '/'));
    const auto type = parameters.find("ty");
    const auto level = parameters.find("lvl");
    if (type != parameters.end() &&
        type->second != std::to_string(static_cast<int>(resource.type))) {
      continue;
    }
    const auto since = parameters.find("ms");
    if (since != parameters.end() && Unquoted(resource.attributes.at("lt")) <= since->second) {
      continue;
    }
    if (level != parameters.end() && depth > std::stoi(level->second)) continue;
    uris += (uris.empty() ? "" : ",") + Quoted(std::string(kBase) + "/" + known);
  }
  return "{\"m2m:uril\":[" + uris + "]}";
}

ResponsePrimitive ScenarioCse::Update(const RequestPrimitive& request) {
  const auto found = tree_.find(AddressOf(request.to));
  if (found == tree_.end()) return Respond(ResponseStatusCode::kNotFound);
  if (!MayAccess(found->first, request.from, onem2m::kMayUpdate)) {
    return Respond(ResponseStatusCode::kOriginatorHasNoPrivilege);
  }
  auto changed = MembersOf(request.content);
  for (const auto& [name, value] : changed) {
    if (refused_updates_.count(name) > 0) return Respond(ResponseStatusCode::kBadRequest);
  }
  NotifyUpdate(*found, changed, onem2m::kBlockingUpdate);
  for (const auto& [name, value] : changed) found->second.attributes[name] = value;
  // Its actions are over as soon as they are asked for.
  for (const char* action : {"rbo", "far"}) {
    if (takes_actions_back_ && changed.count(action) > 0) {
      changed[action] = found->second.attributes[action] = "false";
    }
  }
  changed["lt"] = found->second.attributes["lt"] = Quoted(onem2m::FormatTimestamp(unix_now_()));
  if (found->second.type == ResourceType::kFlexContainer) {
    std::string& state_tag = found->second.attributes["st"];
    changed["st"] = state_tag = std::to_string(std::stoi(state_tag) + 1);
  }
  NotifyUpdate(*found, changed, onem2m::kUpdateOfResource);
  return Respond(ResponseStatusCode::kUpdated, Represent(found->second, false, found->first));
}

ResponsePrimitive ScenarioCse::Delete(const RequestPrimitive& request) {
  const std::string address = AddressOf(request.to);
  if (tree_.count(address) == 0) return Respond(ResponseStatusCode::kNotFound);
  if (!MayAccess(address, request.from, onem2m::kMayDelete)) {
    return Respond(ResponseStatusCode::kOriginatorHasNoPrivilege);
  }
  Notify(ParentOf(address), address, onem2m::kDeleteOfDirectChild);
  // A subscriber is told that its subscription ends with what it stands in.
  if (tree_.at(address).type == ResourceType::kMgmtObj) {
    for (const auto* child : ChildrenOf(address)) {
      if (child->second.type == ResourceType::kSubscription) NotifyEnd(child->second);
    }
  }
  std::erase_if(tree_, [&](const auto& entry) {
    return entry.first == address || IsBelow(entry.first, address);
  });
  return Respond(ResponseStatusCode::kDeleted);
}

// Where a policy is linked, some CSEs let it override the rights of the creator: then only whom it
// names may do what it says. What has none of its own follows what it stands below.
bool ScenarioCse::MayAccess(const std::string& address, const std::string& originator,
                            int operation) const {
  if (!policies_override_creators_) return true;
  for (std::string at = address; !at.empty(); at = ParentOf(at)) {
    const auto found = tree_.find(at);
    if (found == tree_.end()) continue;
    if (found->second.type == ResourceType::kAccessControlPolicy) return true;
    const auto linked = found->second.attributes.find("acpi");
    if (linked == found->second.attributes.end()) continue;
    for (const std::string& id : StringsOf(linked->second)) {
      const auto policy = tree_.find(AddressOf(id));
      if (policy == tree_.end()) continue;
      rapidjson::Document rules;
      rules.Parse(policy->second.attributes.at("pv").c_str());
      for (const auto& rule : rules["acr"].GetArray()) {
        if (rule.HasMember("acod") || (rule["acop"].GetInt() & operation) == 0) continue;
        for (const auto& who : rule["acor"].GetArray()) {
          if (who.GetString() == originator || std::string_view(who.GetString()) == "all") {
            return true;
          }
        }
      }
    }
    return false;
  }
  return true;
}

std::vector<const ScenarioCse::Tree::value_type*> ScenarioCse::ChildrenOf(
    const std::string& address) const {
  std::vector<const Tree::value_type*> children;
  for (const auto& entry : tree_) {
    if (!entry.first.empty() && ParentOf(entry.first) == address) children.push_back(&entry);
  }
  std::sort(children.begin(), children.end(), [](const auto* left, const auto* right) {
    return left->second.order < right->second.order;
  });
  return children;
}

std::string ScenarioCse::Represent(const Stored& resource, bool with_instances,
                                   const std::string& address) const {
  std::string members;
  const auto add = [&members](const std::string& name, const std::string& value) {
    members += (members.empty() ? "" : ",") + Quoted(name) + ":" + value;
  };
  for (const auto& [name, value] : resource.attributes) add(name, value);
  if (with_instances) {
    std::string instances;
    for (const auto* child : ChildrenOf(address)) {
      if (!IsInstance(child->second.type)) continue;
      std::string inner;
      for (const auto& [name, value] : child->second.attributes) {
        inner += (inner.empty() ? "" : ",") + Quoted(name) + ":" + value;
      }
      instances += (instances.empty() ? "{" : ",{") + inner + "}";
    }
    add(resource.type == ResourceType::kTimeSeries ? "m2m:tsi" : "m2m:cin", "[" + instances + "]");
  }
  return "{" + Quoted(resource.root) + ":{" + members + "}}";
}

ResponsePrimitive ScenarioCse::Respond(ResponseStatusCode status, std::string content) const {
  ResponsePrimitive response;
  response.status = status;
  response.content = std::move(content);
  response.originating_time = onem2m::FormatTimestamp(unix_now_());
  return response;
}

std::string ScenarioCse::NotificationAbout(const std::string& address,
                                           const std::string& subscription, int event) const {
  return R"({"m2m:sgn":{"nev":{"rep":)" + Represent(tree_.at(address), false, address) +
         R"(,"net":)" + std::to_string(event) + R"(},"sur":)" + Quoted(subscription) + "}}";
}

std::vector<const ScenarioCse::Tree::value_type*> ScenarioCse::SubscriptionsTo(
    const std::string& container, int event, int type) const {
  std::vector<const Tree::value_type*> found;
  for (const auto* child : ChildrenOf(container)) {
    if (child->second.type != ResourceType::kSubscription) continue;
    const auto criteria = child->second.attributes.find("enc");
    if (criteria != child->second.attributes.end()) {
      const std::set<int> types = IntegersIn(criteria->second, "chty");
      if (IntegersIn(criteria->second, "net").count(event) == 0) continue;
      if (!types.empty() && types.count(type) == 0) continue;
    } else if (event > onem2m::kDeleteOfDirectChild) {
      continue;
    }
    found.push_back(child);
  }
  return found;
}

namespace {

std::string PathOf(const std::string& url) {
  const std::size_t host = url.find("://");
  const std::size_t path = host == std::string::npos ? host : url.find('/', host + 3);
  return path == std::string::npos ? "/" : url.substr(path);
}

}  // namespace

void ScenarioCse::Notify(const std::string& container, const std::string& child_address,
                         int event) {
  const int type = static_cast<int>(tree_.at(child_address).type);
  for (const auto* child : SubscriptionsTo(container, event, type)) {
    if (child->first == child_address) continue;
    for (const std::string& target : StringsOf(child->second.attributes.at("nu"))) {
      notifications.push_back(
          {PathOf(target),
           NotificationAbout(child_address, std::string(kCseId) + "/" + child->second.id, event),
           nullptr});
    }
  }
}

void ScenarioCse::NotifyOfRetrieve(const Tree::value_type& subscription, int event,
                                   std::string about, std::function<void()> answered) {
  for (const std::string& target : StringsOf(subscription.second.attributes.at("nu"))) {
    notifications.push_back(
        {PathOf(target),
         NotificationAbout(about, std::string(kCseId) + "/" + subscription.second.id, event),
         answered});
  }
}

void ScenarioCse::RetrieveLatest(const std::string& container) {
  const auto latest = [this, container] {
    const std::vector<std::string> contents = ContentsOf(container);
    return contents.empty() ? std::string() : contents.back();
  };
  told_.reset();
  awaited_.clear();
  const int type = static_cast<int>(ResourceType::kContentInstance);
  if (ContentsOf(container).empty()) {
    // TS-0001 §9.6.8: held until there is one.
    const auto subscriptions = SubscriptionsTo(container, onem2m::kRetrieveWithoutInstance, type);
    for (const auto* each : subscriptions) {
      NotifyOfRetrieve(*each, onem2m::kRetrieveWithoutInstance, container, nullptr);
    }
    if (subscriptions.empty()) {
      told_ = "";
    } else {
      awaited_ = container;
    }
    return;
  }
  const auto subscriptions =
      SubscriptionsTo(container, onem2m::kBlockingRetrieveOfDirectChild, type);
  std::string instance;
  for (const auto* child : ChildrenOf(container)) {
    if (child->second.type == ResourceType::kContentInstance) instance = child->first;
  }
  for (const auto* each : subscriptions) {
    NotifyOfRetrieve(*each, onem2m::kBlockingRetrieveOfDirectChild, instance,
                     [this, latest] { told_ = latest(); });
  }
  if (subscriptions.empty()) told_ = latest();
}

void ScenarioCse::ListTypes(const std::string& json) { tree_.at("").attributes["srt"] = json; }

// With all attributes, or (nct 2, and before an update is done) with what is changed only.
void ScenarioCse::NotifyUpdate(const Tree::value_type& resource,
                               const std::map<std::string, std::string>& changed, int event) {
  Stored part;
  part.root = resource.second.root;
  part.attributes = changed;
  for (const auto* child : ChildrenOf(resource.first)) {
    if (child->second.type != ResourceType::kSubscription) continue;
    rapidjson::Document criteria;
    criteria.Parse(child->second.attributes.at("enc").c_str());
    const auto& events = criteria["net"].GetArray();
    if (std::none_of(events.begin(), events.end(),
                     [event](const auto& number) { return number.GetInt() == event; })) {
      continue;
    }
    const auto content = child->second.attributes.find("nct");
    const bool whole = event == onem2m::kUpdateOfResource &&
                       (content == child->second.attributes.end() || content->second != "2");
    Send(child->second, R"("nev":{"rep":)" + Represent(whole ? resource.second : part, false, "") +
                            R"(,"net":)" + std::to_string(event) + "}");
  }
}

void ScenarioCse::NotifyEnd(const Stored& subscription) { Send(subscription, R"("sud":true)"); }

void ScenarioCse::Send(const Stored& subscription, const std::string& members) {
  for (const std::string& target : StringsOf(subscription.attributes.at("nu"))) {
    const std::size_t host = target.find("://");
    const std::size_t path = host == std::string::npos ? host : target.find('/', host + 3);
    notifications.push_back({path == std::string::npos ? "/" : target.substr(path),
                             R"({"m2m:sgn":{)" + members + R"(,"sur":)" +
                                 Quoted(std::string(kCseId) + "/" + subscription.id) + "}}"});
  }
}

bool ScenarioCse::Has(const std::string& address) const { return tree_.count(address) > 0; }

std::string ScenarioCse::RootAt(const std::string& address) const {
  const auto found = tree_.find(address);
  return found == tree_.end() ? "" : found->second.root;
}

std::string ScenarioCse::Attribute(const std::string& address, const std::string& name) const {
  const auto found = tree_.find(address);
  if (found == tree_.end()) return "";
  const auto value = found->second.attributes.find(name);
  return value == found->second.attributes.end() ? "" : value->second;
}

std::vector<std::string> ScenarioCse::ContentsOf(const std::string& container) const {
  std::vector<std::string> contents;
  for (const auto* child : ChildrenOf(container)) {
    if (!IsInstance(child->second.type)) continue;
    contents.push_back(Unquoted(child->second.attributes.at("con")));
  }
  return contents;
}

}  // namespace tests
