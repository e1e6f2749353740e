#include "tests/support/scenario_device.h"

#include <fmt/format.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <cstdlib>

namespace tests {

using lwm2m::CoapRequest;
using lwm2m::CoapResponse;
using lwm2m::Code;
using lwm2m::ContentFormat;
using lwm2m::Method;
using lwm2m::Payload;

namespace {

std::string PathOf(const CoapRequest& request) {
  std::string path;
  for (const std::string& segment : request.path) path += "/" + segment;
  return path.empty() ? "/" : path;
}

std::string Describe(const CoapRequest& request) {
  std::string what;
  switch (request.method) {
    case Method::kGet:
      what = request.observe == 1u                          ? "CANCEL"
             : request.observe                              ? "OBSERVE"
             : request.accept == ContentFormat::kLinkFormat ? "DISCOVER"
                                                            : "GET";
      break;
    case Method::kPost:
      what = "POST";
      break;
    case Method::kPut:
      what = request.queries.empty() ? "PUT" : "ATTRIBUTES";
      break;
    case Method::kDelete:
      what = "DELETE";
      break;
    case Method::kFetch:
      what = "FETCH";
      break;
    case Method::kPatch:
      what = "PATCH";
      break;
    case Method::kIpatch:
      what = "IPATCH";
      break;
  }
  return what + " " + PathOf(request);
}

bool IsNumber(const std::string& text) {
  char* end = nullptr;
  std::strtod(text.c_str(), &end);
  return !text.empty() && end == text.c_str() + text.size();
}

// One element of LwM2M JSON. (LwM2M TS 1.0.2 §6.4.4)
std::string Element(const std::string& name, const std::string& value) {
  if (IsNumber(value)) return fmt::format(R"({{"n":"{}","v":{}}})", name, value);
  if (value == "true" || value == "false") {
    return fmt::format(R"({{"n":"{}","bv":{}}})", name, value);
  }
  return fmt::format(R"({{"n":"{}","sv":"{}"}})", name, value);
}

// Without the prefix of a device behind a gateway: "/d01/3/0" is as deep as "/3/0".
std::size_t DepthOf(const std::string& path) {
  std::size_t depth = 0;
  for (std::size_t slash = path.find('/'); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    const char first = slash + 1 < path.size() ? path[slash + 1] : ' ';
    if (first >= '0' && first <= '9') ++depth;
  }
  return depth;
}

Payload JsonOf(const std::string& base,
               const std::vector<std::pair<std::string, std::string>>& values) {
  std::string elements;
  for (const auto& [path, value] : values) {
    elements += (elements.empty() ? "" : ",") + Element(path.substr(base.size() + 1), value);
  }
  return {ContentFormat::kJson, fmt::format(R"({{"bn":"{}/","e":[{}]}})", base, elements)};
}

// One record of SenML JSON.  (RFC 8428 §4)
std::string SenmlRecord(const std::string& name, const std::string& value) {
  if (IsNumber(value)) return fmt::format(R"({{"n":"{}","v":{}}})", name, value);
  if (value == "true" || value == "false") {
    return fmt::format(R"({{"n":"{}","vb":{}}})", name, value);
  }
  return fmt::format(R"({{"n":"{}","vs":"{}"}})", name, value);
}

Payload SenmlOf(const std::vector<std::pair<std::string, std::string>>& values) {
  std::string records;
  for (const auto& [path, value] : values) {
    records += (records.empty() ? "" : ",") + SenmlRecord(path, value);
  }
  return {ContentFormat::kSenmlJson, "[" + records + "]"};
}

// Names and values of SenML JSON; a record without a value has "".
std::vector<std::pair<std::string, std::string>> ReadSenml(const std::string& senml) {
  std::vector<std::pair<std::string, std::string>> records;
  rapidjson::Document document;
  document.Parse(senml);
  std::string base;
  for (const auto& record : document.GetArray()) {
    if (record.HasMember("bn")) base = record["bn"].GetString();
    auto& [name, value] = records.emplace_back(base, "");
    if (record.HasMember("n")) name += record["n"].GetString();
    if (record.HasMember("v")) value = fmt::format("{}", record["v"].GetDouble());
    if (record.HasMember("vs")) value = record["vs"].GetString();
    if (record.HasMember("vb")) value = record["vb"].GetBool() ? "true" : "false";
  }
  return records;
}

}  // namespace

CoapRequest ScenarioDevice::Uplink(Method method, std::vector<std::string> path) {
  CoapRequest request;
  request.method = method;
  request.path = std::move(path);
  request.message_id = ++message_id_;
  request.token = fmt::format("u{}", message_id_);
  answer_.reset();
  return request;
}

CoapRequest ScenarioDevice::Register(const std::string& objects, std::vector<std::string> queries) {
  last_request_ = Uplink(Method::kPost, {"rd"});
  queries.push_back("ep=" + endpoint_);
  const bool has_version =
      std::any_of(queries.begin(), queries.end(),
                  [](const std::string& query) { return query.rfind("lwm2m=", 0) == 0; });
  if (!has_version) queries.emplace_back("lwm2m=1.0");
  last_request_.queries = std::move(queries);
  last_request_.payload = {ContentFormat::kLinkFormat, objects};
  return last_request_;
}

CoapRequest ScenarioDevice::Update(const std::string& objects, std::vector<std::string> queries) {
  last_request_ = Uplink(Method::kPost, {"rd", handle_});
  last_request_.queries = std::move(queries);
  if (!objects.empty()) last_request_.payload = {ContentFormat::kLinkFormat, objects};
  return last_request_;
}

CoapRequest ScenarioDevice::Deregister() {
  last_request_ = Uplink(Method::kDelete, {"rd", handle_});
  return last_request_;
}

CoapRequest ScenarioDevice::Send(const std::string& senml_json) {
  last_request_ = Uplink(Method::kPost, {"dp"});
  last_request_.payload = {ContentFormat::kSenmlJson, senml_json};
  return last_request_;
}

void ScenarioDevice::OnAnswer(const CoapResponse& answer) {
  answer_ = answer.code;
  if (answer.location.size() == 2) handle_ = answer.location[1];
}

std::optional<CoapResponse> ScenarioDevice::Notify(
    const std::string& path, const std::vector<std::pair<std::string, std::string>>& values) {
  const auto observed = observations_.find(path);
  if (observed == observations_.end()) return std::nullopt;
  for (const auto& [at, value] : values) values_[at] = value;
  last_notification_ = CoapResponse{};
  last_notification_.code = Code::kContent;
  last_notification_.payload = path == "/" ? SenmlOf(values) : JsonOf(path, values);
  last_notification_.observe = ++observe_;
  last_notification_.token = observed->second;
  last_notification_.message_id = ++message_id_;
  last_notification_.confirmable = true;
  return last_notification_;
}

void ScenarioDevice::OnRequest(const CoapRequest& request) {
  if (!has_session_) {
    undeliverable_.push_back(request.token);
    return;
  }
  const bool attributes = request.method == Method::kPut && !request.queries.empty();
  log_.push_back(Describe(request) +
                 (attributes ? fmt::format("?{}", fmt::join(request.queries, "&")) : ""));
  unanswered_.push_back(request);
}

void ScenarioDevice::OnCancel(const std::string& token) {
  std::erase_if(unanswered_, [&](const CoapRequest& request) { return request.token == token; });
}

std::vector<CoapResponse> ScenarioDevice::TakeAnswers() {
  std::vector<CoapResponse> answers;
  if (silent_) return answers;
  for (const CoapRequest& request : std::exchange(unanswered_, {})) {
    answers.push_back(AnswerTo(request));
  }
  return answers;
}

std::vector<std::string> ScenarioDevice::TimeOut() {
  std::vector<std::string> tokens;
  for (const CoapRequest& request : std::exchange(unanswered_, {})) tokens.push_back(request.token);
  return tokens;
}

CoapResponse ScenarioDevice::AnswerTo(const CoapRequest& request) {
  const std::string path = PathOf(request);
  CoapResponse response;
  response.token = request.token;
  response.message_id = ++message_id_;
  if (const auto refused = refusals_.find(Describe(request)); refused != refusals_.end()) {
    response.code = refused->second;
    return response;
  }
  switch (request.method) {
    case Method::kGet:
      response.payload = PayloadOf(path);
      if (DepthOf(path) >= 3 && values_.count(path) == 0) {
        response.code = Code::kNotFound;
      } else if (request.observe == 0u) {
        observations_[path] = request.token;
        response.observe = ++observe_;
      }
      break;
    case Method::kPut:
      response.code = Code::kChanged;
      if (request.queries.empty()) values_[path] = request.payload.body();
      break;
    case Method::kPost:
      response.code = DepthOf(path) == 1 ? Code::kCreated : Code::kChanged;
      break;
    case Method::kDelete:
      response.code = Code::kDeleted;
      break;
    case Method::kFetch: {
      std::vector<std::pair<std::string, std::string>> values;
      for (const auto& [named, none] : ReadSenml(request.payload.octets)) {
        for (const auto& [at, value] : values_) {
          if (at == named || at.rfind(named + "/", 0) == 0) values.emplace_back(at, value);
        }
      }
      response.payload = SenmlOf(values);
      if (request.observe == 0u) {
        observations_[path] = request.token;
        response.observe = ++observe_;
      } else if (request.observe == 1u) {
        observations_.erase(path);
      }
      break;
    }
    case Method::kIpatch:
      response.code = Code::kChanged;
      for (const auto& [at, value] : ReadSenml(request.payload.octets)) values_[at] = value;
      break;
    case Method::kPatch:
      response.code = Code::kMethodNotAllowed;
      break;
  }
  return response;
}

Payload ScenarioDevice::PayloadOf(const std::string& path) const {
  if (DepthOf(path) >= 3) {
    const auto value = values_.find(path);
    return {ContentFormat::kText, value == values_.end() ? "" : value->second};
  }
  std::vector<std::pair<std::string, std::string>> values;
  for (const auto& [at, value] : values_) {
    if (at.rfind(path + "/", 0) == 0) values.emplace_back(at, value);
  }
  return JsonOf(path, values);
}

// ---- transport
// --------------------------------------------------------------------------------------------------

ScenarioDevice& ScenarioTransport::Device(const std::string& endpoint) {
  std::unique_ptr<ScenarioDevice>& device = devices_[endpoint];
  if (device == nullptr) {
    lwm2m::Peer peer;
    peer.address = fmt::format("192.0.2.{}:5683", devices_.size());
    device = std::make_unique<ScenarioDevice>(endpoint, peer);
  }
  return *device;
}

ScenarioDevice* ScenarioTransport::FindByAddress(const std::string& address) {
  for (const auto& [endpoint, device] : devices_) {
    if (device->peer().address == address) return device.get();
  }
  return nullptr;
}

void ScenarioTransport::Respond(lwm2m::ExchangeId exchange, const CoapResponse& response) {
  const auto waiting = exchanges_.extract(exchange);
  if (!waiting.empty()) waiting.mapped()->OnAnswer(response);
}

void ScenarioTransport::Send(const lwm2m::Peer& peer, const CoapRequest& request) {
  if (ScenarioDevice* device = FindByAddress(peer.address)) device->OnRequest(request);
}

void ScenarioTransport::Cancel(const lwm2m::Peer& peer, const std::string& token) {
  if (ScenarioDevice* device = FindByAddress(peer.address)) device->OnCancel(token);
}

void ScenarioTransport::Uplink(ScenarioDevice& device, const CoapRequest& request,
                               lwm2m::Server& server, lwm2m::TimePoint now) {
  device.TakeSession();
  exchanges_.emplace(++last_exchange_, &device);
  server.OnRequest(last_exchange_, device.peer(), request, now);
}

bool ScenarioTransport::CarryAnswers(lwm2m::Server& server, lwm2m::TimePoint now) {
  bool carried = false;
  for (const auto& [endpoint, device] : devices_) {
    for (const CoapResponse& answer : device->TakeAnswers()) {
      server.OnResponse(device->peer(), answer, now);
      carried = true;
    }
    for (const std::string& token : device->TakeUndeliverable()) {
      server.OnFailure(device->peer(), token, lwm2m::Failure::kUnreachable, now);
      carried = true;
    }
  }
  return carried;
}

void ScenarioTransport::ForgetExchanges() {
  exchanges_.clear();
  for (const auto& [endpoint, device] : devices_) device->TimeOut();
}

void ScenarioTransport::ClearLogs() {
  for (const auto& [endpoint, device] : devices_) device->log().clear();
}

}  // namespace tests
