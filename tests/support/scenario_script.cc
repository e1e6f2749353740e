#include "tests/support/scenario_script.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace tests {

using onem2m::Operation;
using onem2m::ResourceType;
using onem2m::ResponseStatusCode;

namespace {

constexpr char kApplication[] = "Capp";
constexpr std::size_t kAllJobs = 1000;

const std::map<std::string, Operation> kOperations = {{"create", Operation::kCreate},
                                                      {"retrieve", Operation::kRetrieve},
                                                      {"update", Operation::kUpdate},
                                                      {"delete", Operation::kDelete}};
const std::map<std::string, ResourceType> kTypes = {{"acp", ResourceType::kAccessControlPolicy},
                                                    {"ae", ResourceType::kAe},
                                                    {"cnt", ResourceType::kContainer},
                                                    {"cin", ResourceType::kContentInstance},
                                                    {"cb", ResourceType::kCseBase},
                                                    {"node", ResourceType::kNode},
                                                    {"sub", ResourceType::kSubscription},
                                                    {"mgo", ResourceType::kMgmtObj},
                                                    {"smd", ResourceType::kSemanticDescriptor},
                                                    {"fcnt", ResourceType::kFlexContainer},
                                                    {"ts", ResourceType::kTimeSeries},
                                                    {"tsi", ResourceType::kTimeSeriesInstance}};

std::vector<std::string> Split(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text) {
    if (c != ' ') {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::exchange(word, ""));
    }
  }
  if (!word.empty()) words.push_back(word);
  return words;
}

std::pair<std::string, std::string> KeyAndValue(const std::string& word) {
  const std::size_t equals = word.find('=');
  if (equals == std::string::npos) return {word, ""};
  return {word.substr(0, equals), word.substr(equals + 1)};
}

// "500ms", "20s", "2m", "1h", "3d"
std::optional<std::chrono::milliseconds> Duration(const std::string& text) {
  std::size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
  if (digits == 0) return std::nullopt;
  const std::chrono::milliseconds one = std::map<std::string, std::chrono::milliseconds>{
      {"ms", std::chrono::milliseconds(1)},
      {"s", std::chrono::seconds(1)},
      {"m", std::chrono::minutes(1)},
      {"h", std::chrono::hours(1)},
      {"d", std::chrono::hours(24)}}[text.substr(digits)];
  if (one.count() == 0) return std::nullopt;
  return one * std::stoll(text.substr(0, digits));
}

std::size_t Number(const std::string& word) {
  return !word.empty() && word.find_first_not_of("0123456789") == std::string::npos
             ? std::stoul(word)
             : std::string::npos;
}

// "4.04"
std::optional<lwm2m::Code> CodeOf(const std::string& text) {
  if (text.size() != 4 || text[1] != '.') return std::nullopt;
  return static_cast<lwm2m::Code>((text[0] - '0') << 5 | std::stoi(text.substr(2)));
}

// "create cin at a/3/0/* from Ca"; every part may be missing.
RequestPattern PatternOf(ScenarioLine& line) {
  RequestPattern pattern;
  if (const auto operation = kOperations.find(line.Peek()); operation != kOperations.end()) {
    pattern.operation = operation->second;
    line.Next();
  }
  if (const auto type = kTypes.find(line.Peek()); type != kTypes.end()) {
    pattern.type = type->second;
    line.Next();
  }
  if (line.Take("at")) pattern.address = line.Next();
  if (line.Take("from")) pattern.originator = line.Next();
  return pattern;
}

std::string Unknown(ScenarioLine& line) { return "no such statement: … " + line.Next(); }

}  // namespace

ScenarioLine::ScenarioLine(std::string_view line) {
  const std::size_t colon = line.find(": ");
  if (colon != std::string_view::npos) {
    tail_ = line.substr(colon + 2);
    line = line.substr(0, colon);
  } else if (!line.empty() && line.back() == ':') {
    line.remove_suffix(1);
  }
  if (!line.empty() && line.front() != '#') words_ = Split(line);
}

bool ScenarioLine::Take(std::string_view words) {
  const std::vector<std::string> wanted = Split(words);
  if (wanted.size() > words_.size() - next_) return false;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (words_[next_ + i] != wanted[i]) return false;
  }
  next_ += wanted.size();
  return true;
}

std::string ScenarioLine::Peek() const { return at_end() ? "" : words_[next_]; }
std::string ScenarioLine::Next() { return at_end() ? "" : words_[next_++]; }

std::vector<ScenarioScript::Complaint> ScenarioScript::Run(std::string_view text) {
  std::size_t number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    ScenarioLine line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.empty()) continue;
    std::string complaint = RunLine(line);
    if (complaint.empty() && !line.at_end()) complaint = "not understood: " + line.Next();
    if (complaint.empty() && world_ != nullptr) complaint = world_->Settle();
    if (!complaint.empty()) return {{number, complaint}};
  }
  return {};
}

std::string ScenarioScript::RunLine(ScenarioLine& line) {
  if (line.Take("config")) return RunConfig(line);
  if (line.Take("image")) return RunImage(line);
  if (world_ == nullptr) world_ = std::make_unique<ScenarioWorld>(flags_);
  if (line.Take("cse")) return RunCse(line);
  if (line.Take("device")) return RunDevice(line);
  if (line.Take("app")) return RunApplication(line);
  if (line.Take("stranger")) return RunStranger(line);
  if (line.Take("expect")) return RunExpect(line);
  return RunControl(line);
}

std::string ScenarioScript::RunConfig(ScenarioLine& line) {
  if (world_ != nullptr) return "config stands before everything else";
  const std::string key = line.Next();
  flags_[key] = line.tail();
  return line.tail().empty() ? "config <key>: <value>" : "";
}

std::string ScenarioScript::RunImage(ScenarioLine& line) {
  if (world_ != nullptr) return "image stands before everything else";
  flags_["firmware.directory"] = images_.path();
  images_.Write(line.Next(), line.tail());
  return "";
}

std::string ScenarioScript::RunControl(ScenarioLine& line) {
  if (line.Take("start")) return world_->Start();
  if (line.Take("clock jumps")) {
    const int sign = line.Take("back") ? -1 : 1;
    const auto duration = Duration(line.Next());
    if (!duration) return "clock jumps [back] <how far>";
    world_->JumpClock(sign * std::chrono::duration_cast<std::chrono::seconds>(*duration));
    return world_->Settle();
  }
  if (line.Take("advance")) {
    const auto duration = Duration(line.Next());
    return duration ? world_->Advance(*duration) : "advance by how much?";
  }
  if (line.Take("hold jobs")) {
    world_->set_hold_jobs(true);
    return "";
  }
  if (line.Take("release jobs")) {
    world_->set_hold_jobs(false);
    return "";
  }
  if (line.Take("forget requests")) {
    world_->cse().requests.clear();
    world_->transport().ClearLogs();
    return "";
  }
  if (line.Take("disk") || line.Take("database") || line.Take("state")) return RunDisk(line);
  if (!world_->running()) return "the service has not been started";
  if (line.Take("loop is")) {
    world_->set_loop_is_busy(line.Next() == "busy");
    return "";
  }
  if (line.Take("reload")) {
    const std::string key = line.Next();
    return world_->Reload(key, line.tail());
  }
  if (line.Take("stop")) {
    world_->Stop();
    return "";
  }
  if (line.Take("kill")) {
    world_->Kill();
    return "";
  }
  if (line.Take("run")) {
    const std::size_t wanted = line.Take("all") ? kAllJobs : Number(line.Next());
    if (!line.Take("jobs") && !line.Take("job")) return Unknown(line);
    const std::size_t ran = world_->RunJobs(wanted);
    return wanted == kAllJobs || ran == wanted ? "" : fmt::format("only {} jobs were there", ran);
  }
  if (line.Take("store fails")) {
    return world_->Meddle(
        "CREATE TRIGGER broken BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'disk full'); "
        "END");
  }
  if (line.Take("store works")) return world_->Meddle("DROP TRIGGER broken");
  return Unknown(line);
}

std::string ScenarioScript::RunDisk(ScenarioLine& line) {
  if (line.Take("is full")) {
    world_->set_disk_full(true);
    return "";
  }
  if (line.Take("works")) {
    world_->set_disk_full(false);
    return "";
  }
  if (line.Take("is damaged")) return world_->DamageDatabase();
  if (line.Take("is deleted")) {
    world_->DeleteDatabase();
    return "";
  }
  if (world_->running()) return "the service is running";
  if (line.Take("is backed up")) {
    world_->BackUpState();
    return "";
  }
  if (line.Take("is lost")) {
    world_->LoseState();
    return "";
  }
  if (line.Take("is restored")) {
    world_->RestoreState();
    return "";
  }
  return Unknown(line);
}

// ---- devices
// ---------------------------------------------------------------------------------------------------

std::string ScenarioScript::RunDevice(ScenarioLine& line) {
  ScenarioDevice& device = world_->transport().Device(line.Next());
  if (line.Take("has")) {
    device.set_value(line.Next(), line.tail());
    return "";
  }
  if (line.Take("is silent")) {
    device.set_silent(true);
    return "";
  }
  if (line.Take("answers")) {
    device.set_silent(false);
    return "";
  }
  if (line.Take("loses its session")) {
    device.LoseSession();
    return "";
  }
  if (line.Take("forgets its observations")) {
    device.ForgetObservations();
    return "";
  }
  if (line.Take("is secured as")) {
    device.Secure(line.Next());
    return "";
  }
  if (line.Take("moves to")) {
    device.MoveTo(line.Next());
    return "";
  }
  if (line.Take("refuses")) {
    const std::string method = line.Next();
    const std::string what = method + " " + line.Next();
    const auto code = line.Take("with") ? CodeOf(line.Next()) : std::nullopt;
    if (!code) return "refuses <method> <path> with <code>";
    device.Refuse(what, *code);
    return "";
  }
  if (!world_->running()) return "the service has not been started";
  if (line.Take("times out")) {
    world_->TimeOut(device);
    return "";
  }
  return RunUplink(device, line);
}

std::string ScenarioScript::RunUplink(ScenarioDevice& device, ScenarioLine& line) {
  if (line.Take("deregisters")) {
    world_->Uplink(device, device.Deregister());
    return "";
  }
  if (line.Take("retransmits")) {
    world_->Uplink(device, device.last_request());
    return "";
  }
  const bool registers = line.Take("registers");
  if (registers || line.Take("updates")) {
    const std::string objects = line.Peek().rfind('<', 0) == 0 ? line.Next() : "";
    std::vector<std::string> queries;
    while (!line.at_end()) queries.push_back(line.Next());
    world_->Uplink(device, registers ? device.Register(objects, std::move(queries))
                                     : device.Update(objects, std::move(queries)));
    return "";
  }
  if (line.Take("sends")) {
    world_->Uplink(device, device.Send(line.tail()));
    return "";
  }
  if (line.Take("notifies")) {
    const std::string path = line.Next();
    std::vector<std::pair<std::string, std::string>> values;
    for (const std::string& word : Split(line.tail())) {
      auto [below, value] = KeyAndValue(word);
      values.emplace_back((path == "/" ? "" : path) + "/" + below, value);
    }
    const auto notification = device.Notify(path, values);
    if (!notification) return path + " is not observed";
    reception_ = world_->Notification(device, *notification);
    return "";
  }
  if (line.Take("repeats its notification")) {
    reception_ = world_->Notification(device, device.last_notification());
    return "";
  }
  return Unknown(line);
}

// ---- the CSE and its applications
// ------------------------------------------------------------------------------

std::string ScenarioScript::AddRule(ScenarioLine& line, ScenarioCse::Rule rule) {
  rule.pattern = PatternOf(line);
  if (line.Take("once")) {
    rule.times = 1;
  } else if (line.Take("twice")) {
    rule.times = 2;
  }
  world_->cse().AddRule(std::move(rule));
  return "";
}

std::string ScenarioScript::RunCse(ScenarioLine& line) {
  ScenarioCse& cse = world_->cse();
  if (line.Take("answers normally")) {
    cse.ClearRules();
    return "";
  }
  ScenarioCse::Rule rule;
  if (line.Take("answers")) {
    const std::size_t code = Number(line.Next());
    if (code == std::string::npos || !line.Take("to")) return "answers <code> to <requests>";
    rule.status = static_cast<ResponseStatusCode>(code);
    if (line.Take("executed")) rule.effect = ScenarioCse::Rule::Effect::kAnswerAfter;
    return AddRule(line, rule);
  }
  if (line.Take("is silent before")) {
    rule.effect = ScenarioCse::Rule::Effect::kSilentBefore;
    return AddRule(line, rule);
  }
  if (line.Take("is silent after")) {
    rule.effect = ScenarioCse::Rule::Effect::kSilentAfter;
    return AddRule(line, rule);
  }
  if (line.Take("resets before")) {
    rule.effect = ScenarioCse::Rule::Effect::kResetsBefore;
    return AddRule(line, rule);
  }
  if (line.Take("resets after")) {
    rule.effect = ScenarioCse::Rule::Effect::kResetsAfter;
    return AddRule(line, rule);
  }
  if (line.Take("needs")) {
    const auto duration = Duration(line.Next());
    if (!duration) return "needs <duration>";
    cse.set_takes(*duration);
    return "";
  }
  if (line.Take("loses") && line.Peek() != "everything") {
    cse.Lose(line.Next());
    return "";
  }
  if (line.Take("refuses attribute")) {
    const std::string attribute = line.Next();
    const auto type = line.Take("of") ? kTypes.find(line.Next()) : kTypes.end();
    if (type == kTypes.end()) return "refuses attribute <name> of <type>";
    cse.RefuseAttribute(type->second, attribute);
    return "";
  }
  if (line.Take("lists nothing")) {
    cse.set_lists_nothing(true);
    return "";
  }
  if (line.Take("lists types")) {
    cse.ListTypes(line.Next());
    return "";
  }
  if (line.Take("lacks types")) {
    do {
      const auto type = kTypes.find(line.Next());
      if (type == kTypes.end()) return "lacks types <type> …";
      cse.Lack(type->second);
    } while (!line.at_end());
    return "";
  }
  if (line.Take("refuses update of")) {
    cse.RefuseUpdate(line.Next());
    return "";
  }
  if (line.Take("has no blocking updates")) {
    cse.RefuseEvent(onem2m::kBlockingUpdate);
    return "";
  }
  if (line.Take("has")) {  // "cse has ae left-over from Cleft-over: {"m2m:ae":{…}}"
    const auto type = kTypes.find(line.Next());
    if (type == kTypes.end()) return "has <type> below <address> from <originator>: <content>";
    onem2m::RequestPrimitive request;
    request.operation = Operation::kCreate;
    request.type = type->second;
    request.to = line.Take("below") ? "cse-in/" + line.Next() : "cse-in";
    if (line.Take("from")) request.from = line.Next();
    request.content = line.tail();
    const auto status = cse.Execute(request).status;
    return IsSuccess(status) ? "" : fmt::format("answered {}", ToInt(status));
  }
  const std::pair<const char*, std::function<void()>> switches[] = {
      {"is down", [&] { cse.set_down(true); }},
      {"is up", [&] { cse.set_down(false); }},
      {"everything", [&] { cse.LoseEverything(); }},  // it loses
      {"refuses subscriptions to deletions",
       [&] { world_->cse().RefuseEvent(onem2m::kDeleteOfDirectChild); }},
      {"takes actions back", [&] { cse.set_takes_actions_back(true); }},
      {"lets nobody block retrieves",
       [&] { cse.RefuseEvent(onem2m::kBlockingRetrieveOfDirectChild); }},
      {"holds no retrieves", [&] { cse.RefuseEvent(onem2m::kRetrieveWithoutInstance); }},
      {"renames ids and AE-IDs", [&] { cse.RenameIds(true); }},
      {"renames ids", [&] { cse.RenameIds(false); }},
      {"is backed up", [&] { cse.BackUp(); }},
      {"is restored", [&] { cse.Restore(); }},
      {"names no creators", [&] { cse.set_names_creators(false); }},
      {"shows subscriptions to their creators", [&] { cse.set_private_subscriptions(true); }},
      {"lets policies override creators", [&] { cse.set_policies_override_creators(true); }},
      {"holds notifications", [&] { world_->set_hold_notifications(true); }},
      {"sends notifications", [&] { world_->set_hold_notifications(false); }},
      {"notifies again", [&] { world_->NotifyAgain(); }},
  };
  for (const auto& [words, effect] : switches) {
    if (!line.Take(words)) continue;
    effect();
    return "";
  }
  return Unknown(line);
}

// "app puts c1 into a/requests: {…}", "app updates access: {…}", "app deletes a/3303"
std::string ScenarioScript::RunApplication(ScenarioLine& line) {
  onem2m::RequestPrimitive request;
  request.from = kApplication;
  const bool refused = line.Take("may not put");
  if (refused || line.Take("puts")) {
    const std::string name = line.Next();
    if (!line.Take("into")) return Unknown(line);
    request.operation = Operation::kCreate;
    request.type = ResourceType::kContentInstance;
    request.to = "cse-in/" + line.Next();
    std::string content;
    for (const char c : line.tail()) {
      if (c == '"' || c == '\\') content += '\\';
      content += c;
    }
    request.content =
        fmt::format(R"({{"m2m:cin":{{"rn":"{}","con":"{}","cr":null}}}})", name, content);
  } else if (line.Take("subscribes to")) {
    // "app subscribes to a/3303/0 as sub1: "enc":{"net":[3]}"
    request.operation = Operation::kCreate;
    request.type = ResourceType::kSubscription;
    request.to = "cse-in/" + line.Next();
    const std::string name = line.Take("as") ? line.Next() : "sub";
    request.content = fmt::format(R"({{"m2m:sub":{{"rn":"{}","nu":["http://app"]{}{}}}}})", name,
                                  line.tail().empty() ? "" : ",", line.tail());
  } else if (line.Take("retrieves")) {
    world_->cse().RetrieveLatest(line.Next());
    return "";
  } else if (line.Take("updates")) {  // "app updates a-node/firmware: {"ud":true}"
    request.operation = Operation::kUpdate;
    const std::string address = line.Next();
    request.to = "cse-in/" + address;
    const bool braced = !line.tail().empty() && line.tail().front() == '{';
    request.content = fmt::format(R"({{"{}":{}{}{}}})", world_->cse().RootAt(address),
                                  braced ? "" : "{", line.tail(), braced ? "" : "}");
  } else if (line.Take("changes")) {
    request.operation = Operation::kUpdate;
    request.to = "cse-in/" + line.Next();
    request.content = line.tail();
  } else if (line.Take("deletes")) {
    request.operation = Operation::kDelete;
    request.to = "cse-in/" + line.Next();
  } else {
    return Unknown(line);
  }
  const auto status = world_->cse().Execute(request).status;
  if (refused) {
    const bool forbidden = status == onem2m::ResponseStatusCode::kOriginatorHasNoPrivilege;
    return forbidden ? "" : fmt::format("answered {}", ToInt(status));
  }
  return IsSuccess(status) ? "" : fmt::format("answered {}", ToInt(status));
}

// Somebody who can reach the notify server but is not the CSE.
// "stranger notifies of a/requests/c1 as /id-in/sub: <other content>"
std::string ScenarioScript::RunStranger(ScenarioLine& line) {
  if (!line.Take("notifies of")) return Unknown(line);
  const std::string address = line.Next();
  const std::string subscription = line.Take("as") ? line.Next() : "/id-in/none";
  ScenarioCse::Notification notification;
  notification.path = "/guessed";
  if (world_->cse().Has(address)) {
    notification.body = world_->cse().NotificationAbout(address, subscription);
  } else {
    // What never stood in the CSE.
    const std::size_t slash = address.rfind('/');
    std::string content;
    for (const char c : line.tail()) {
      if (c == '"') content += '\\';
      content += c;
    }
    notification.body = fmt::format(
        R"({{"m2m:sgn":{{"nev":{{"rep":{{"m2m:cin":{{"rn":"{}","ri":"forged","pi":"forged","con":"{}"}}}},"net":3}},"sur":"{}"}}}})",
        address.substr(slash + 1), content, subscription);
  }
  world_->Notify(notification);
  return "";
}

// ---- expectations
// ----------------------------------------------------------------------------------------------

std::string ScenarioScript::RunExpect(ScenarioLine& line) {
  if (line.Take("cse")) return ExpectOfCse(line);
  if (line.Take("device")) return ExpectOfDevice(line);
  if (line.Take("order")) return ExpectOrder(line);
  if (line.Take("app")) return ExpectOfApplication(line);
  if (line.Take("requests")) return ExpectRequests(line);
  if (line.Take("notification")) {
    using Reception = lwm2m::Server::Reception;
    const bool holds = line.Take("acknowledged") ? reception_ == Reception::kAccepted
                       : line.Take("not acknowledged")
                           ? reception_ == Reception::kNotStored
                           : line.Take("reset") && reception_ == Reception::kUnknown;
    return holds ? "" : fmt::format("it was {}", static_cast<int>(reception_));
  }
  if (!world_->running()) return "the service has not been started";
  std::string what = line.Next();
  double found = 0;
  if (what == "metric") {
    what = line.Next();
    found = world_->Metric(what);
  } else if (what == "pending") {
    found = static_cast<double>(world_->pending_rows());
  } else if (what == "refused") {
    found = static_cast<double>(world_->refused_rows());
  } else if (what == "jobs") {
    found = static_cast<double>(world_->waiting_jobs());
  } else if (what == "ready") {
    const auto troubles = world_->Troubles();
    return troubles.empty() ? "" : fmt::format("not ready: {}", fmt::join(troubles, "; "));
  } else if (what == "trouble") {
    const std::string troubles = fmt::format("{}", fmt::join(world_->Troubles(), "; "));
    return troubles.find(line.tail()) != std::string::npos ? "" : "troubles: " + troubles;
  } else if (what == "note") {
    const std::string notes = fmt::format("{}", fmt::join(world_->Notes(), "; "));
    return notes.find(line.tail()) != std::string::npos ? "" : "notes: " + notes;
  } else {
    return "no such expectation: " + what;
  }
  const std::size_t wanted = Number(line.Next());
  if (wanted == std::string::npos) return "how many?";
  return found == static_cast<double>(wanted) ? "" : fmt::format("{} is {}", what, found);
}

// "expect app waits", "expect app told: 21", "expect app told nothing"
std::string ScenarioScript::ExpectOfApplication(ScenarioLine& line) {
  const std::optional<std::string>& told = world_->cse().told();
  if (line.Take("waits")) return told ? "it was told " + *told : "";
  if (!told) return "it waits";
  if (line.Take("told nothing")) return told->empty() ? "" : "it was told " + *told;
  if (!line.Take("told")) return Unknown(line);
  return *told == line.tail() ? "" : "it was told " + *told;
}

// "expect cse has a/3 rr=true lbl~Iwked", "… lacks a", "… holds a/3303/0/5700: 21 22",
// "… holds 1 in a/responses: "id":"42" "status":"done""
std::string ScenarioScript::ExpectOfCse(ScenarioLine& line) {
  const ScenarioCse& cse = world_->cse();
  if (line.Take("lacks")) {
    const std::string address = line.Next();
    return cse.Has(address) ? address + " is there" : "";
  }
  if (line.Take("has")) {
    const std::string address = line.Next();
    if (!cse.Has(address)) return address + " is not there";
    while (!line.at_end()) {
      const std::string wish = line.Next();
      const std::size_t sign = wish.find_first_of("=~");
      if (sign == std::string::npos) return "attribute=value or attribute~part";
      const std::string name = wish.substr(0, sign);
      const std::string value = wish.substr(sign + 1);
      const std::string found = cse.Attribute(address, name);
      const bool holds = wish[sign] == '~' ? found.find(value) != std::string::npos
                                           : found == value || found == "\"" + value + "\"";
      if (!holds) return fmt::format("{} of {} is {}", name, address, found);
    }
    return "";
  }
  if (line.Take("linked")) {
    const std::string address = line.Next();
    if (!line.Take("to")) return "linked <address> to <address of a policy>";
    const std::string policy = cse.Attribute(line.Next(), "ri");
    const std::string found = cse.Attribute(address, "acpi");
    return !policy.empty() && found == "[" + policy + "]" ? "" : "it is linked to " + found;
  }
  if (!line.Take("holds")) return Unknown(line);
  const std::size_t count = Number(line.Peek());
  if (count != std::string::npos) line.Next();
  if (count != std::string::npos && !line.Take("in")) return "holds <n> in <container>: <parts>";
  const std::vector<std::string> contents = cse.ContentsOf(line.Next());
  if (count == std::string::npos) {
    return contents == Split(line.tail()) ? ""
                                          : fmt::format("it holds: {}", fmt::join(contents, " "));
  }
  const std::vector<std::string> parts = Split(line.tail());
  const auto found = std::count_if(contents.begin(), contents.end(), [&](const std::string& con) {
    return std::all_of(parts.begin(), parts.end(), [&](const std::string& part) {
      return con.find(part) != std::string::npos;
    });
  });
  return static_cast<std::size_t>(found) == count
             ? ""
             : fmt::format("{} of: {}", found, fmt::join(contents, "\n  "));
}

// "expect device a answered 2.01", "… waits", "… asked 1 PUT /3/0/14", "… holds /3/0/14: +01"
std::string ScenarioScript::ExpectOfDevice(ScenarioLine& line) {
  ScenarioDevice& device = world_->transport().Device(line.Next());
  const std::string answer = device.answer() ? lwm2m::ToString(*device.answer()) : "nothing";
  if (line.Take("waits")) return device.answer() ? "answered " + answer : "";
  if (line.Take("answered")) return line.Next() == answer ? "" : "answered " + answer;
  if (line.Take("holds")) {
    const std::string& value = device.value(line.Next());
    return value == line.tail() ? "" : "it holds " + value;
  }
  if (!line.Take("asked")) return Unknown(line);
  const std::size_t wanted = Number(line.Next());
  const std::string method = line.Next();
  const std::string what = method + " " + line.Next();
  const auto& log = device.log();
  const auto is_it = [&](const std::string& entry) {  // with any queries, when none are named
    return entry == what || entry.rfind(what + "?", 0) == 0;
  };
  const auto found = static_cast<std::size_t>(std::count_if(log.begin(), log.end(), is_it));
  return found == wanted ? "" : fmt::format("asked {}x of: {}", found, fmt::join(log, ", "));
}

// "expect requests 2 create cin at a/*"; counted since the last "forget requests".
std::string ScenarioScript::ExpectRequests(ScenarioLine& line) {
  const auto& requests = world_->cse().requests;
  const std::size_t wanted = Number(line.Next());
  const RequestPattern pattern = PatternOf(line);
  const auto found = static_cast<std::size_t>(
      std::count_if(requests.begin(), requests.end(),
                    [&](const auto& request) { return Matches(pattern, request); }));
  return found == wanted ? "" : fmt::format("{} of {} requests", found, requests.size());
}

// "expect order create cin at a/* then delete ae at a": the last of the first before the first of
// the second, and both were made.
std::string ScenarioScript::ExpectOrder(ScenarioLine& line) {
  const RequestPattern earlier = PatternOf(line);
  if (!line.Take("then")) return "order <requests> then <requests>";
  const RequestPattern later = PatternOf(line);
  const auto& requests = world_->cse().requests;
  const auto is_earlier = [&](const auto& request) { return Matches(earlier, request); };
  const auto is_later = [&](const auto& request) { return Matches(later, request); };
  const auto last = std::find_if(requests.rbegin(), requests.rend(), is_earlier);
  const auto first = std::find_if(requests.begin(), requests.end(), is_later);
  if (last == requests.rend()) return "the first was not asked for";
  if (first == requests.end()) return "the second was not asked for";
  return last.base() <= first ? "" : "the other way round";
}

}  // namespace tests
