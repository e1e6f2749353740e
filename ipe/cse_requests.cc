#include "ipe/cse_requests.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "mapping/status_codes.h"
#include "onem2m/codec/json.h"

namespace ipe {

using onem2m::RequestPrimitive;
using onem2m::Resource;
using onem2m::ResponseStatusCode;

std::string Describe(const std::string& what, const Answer& answer) {
  if (!answer) return fmt::format("{}: no answer: {}", what, answer.error().detail);
  return fmt::format("{}: {} {}", what, ToInt(answer->status),
                     IsSuccess(answer->status) ? "" : onem2m::DebugText(answer->content));
}

std::string ResourceIdOf(const Answer& answer) {
  if (!answer || answer->content.empty()) return {};
  if (std::string id = onem2m::ResourceIdIn(answer->content); !id.empty()) return id;
  const auto resource = onem2m::DecodeResource(answer->content);
  return resource ? CommonOf(*resource).resource_id : std::string();
}

bool Exists(const Answer& answer) {
  return answer && (IsSuccess(answer->status) || answer->status == ResponseStatusCode::kConflict ||
                    answer->status == ResponseStatusCode::kAlreadyExists);
}

bool IsGone(const Answer& answer) {
  return answer && (IsSuccess(answer->status) || answer->status == ResponseStatusCode::kNotFound);
}

bool IsSilent(const Answer& answer) {
  if (!answer) return true;
  return mapping::VerdictOf(answer->status) == mapping::Verdict::kRetry && !Exists(answer) &&
         answer->status != ResponseStatusCode::kNotImplemented;
}

std::int64_t CseRequests::SinceBoot() const {
  return std::chrono::duration_cast<std::chrono::seconds>(steady_now_().time_since_epoch()).count();
}

std::int64_t CseRequests::cse_now() const {
  std::int64_t ours = unix_now_();
  const std::int64_t boot = boot_;
  if (boot != kNever) {
    constexpr std::int64_t kJump = 2;  // less is what the two clocks drift
    const std::int64_t expected = boot + SinceBoot();
    if (std::abs(ours - expected) > kJump) ours = expected;
  }
  return ours + capabilities_.clock_offset();
}

Answer CseRequests::Send(RequestPrimitive request) {
  if (stopping_) {
    return tl::unexpected(
        onem2m::NoAnswer{onem2m::NoAnswer::Kind::kUnreachable, false, "the service is stopping"});
  }
  const auto asked_at = steady_now_();
  Answer answer = client_.Send(request, timeout_);
  tally_.Note(request.operation, answer,
              std::chrono::duration_cast<std::chrono::milliseconds>(steady_now_() - asked_at));
  if (answer && !answer->originating_time.empty()) {
    const std::int64_t ours = unix_now_();
    capabilities_.LearnClock(answer->originating_time, ours);
    boot_ = ours - SinceBoot();
  }
  return answer;
}

// `request` with `resource` as its content. When the CSE answers 4000, one optional attribute at a
// time is left out, so that what is remembered is what was refused; then all of them.
Answer CseRequests::SendResource(RequestPrimitive request, Resource resource,
                                 const std::function<std::string(const Resource&)>& encode) {
  // What an Update may not carry, a Create still may: it can be a right that is missing, as that to
  // change accessControlPolicyIDs (TS-0001 §9.6.1.3.2).
  const bool is_update = request.operation == onem2m::Operation::kUpdate;
  const auto mark = [&](const std::string& attribute) {
    return is_update ? "update " + attribute : attribute;
  };
  capabilities_.Trim(resource);
  if (is_update && capabilities_.RefusesAnything(TypeOf(resource))) {
    for (const std::string& attribute : CseCapabilities::Droppable(resource)) {
      const bool is_refused = capabilities_.Refuses(TypeOf(resource), mark(attribute));
      if (is_refused) CseCapabilities::Drop(resource, attribute);
    }
  }
  request.content = encode(resource);
  Answer answer = Send(request);
  const auto is_refused = [&] {
    return answer && answer->status == ResponseStatusCode::kBadRequest;
  };
  const std::vector<std::string> droppable = CseCapabilities::Droppable(resource);
  std::vector<std::string> dropped;
  const auto send_without = [&](const std::vector<std::string>& attributes) {
    Resource reduced = resource;
    for (const std::string& attribute : attributes) CseCapabilities::Drop(reduced, attribute);
    request.content = encode(reduced);
    answer = Send(request);
    if (answer && IsSuccess(answer->status)) dropped = attributes;
  };
  for (std::size_t i = 0; is_refused() && i < droppable.size(); ++i) send_without({droppable[i]});
  if (is_refused() && droppable.size() > 1) send_without(droppable);
  for (const std::string& attribute : dropped) {
    if (!capabilities_.Learn(TypeOf(resource), mark(attribute))) continue;
    spdlog::warn(
        "event=cse-refuses-attribute type={} attribute={} effect=\"left out {}from now on\"",
        static_cast<int>(TypeOf(resource)), attribute, is_update ? "of Updates " : "");
  }
  return answer;
}

Answer CseRequests::Create(const std::string& parent, const std::string& originator,
                           Resource resource) {
  RequestPrimitive request;
  request.operation = onem2m::Operation::kCreate;
  request.to = parent;
  request.from = originator;
  request.type = TypeOf(resource);
  return SendResource(std::move(request), std::move(resource),
                      [](const Resource& content) { return onem2m::EncodeCreate(content); });
}

Answer CseRequests::UpdateAttributes(const std::string& target, const std::string& originator,
                                     const std::string& body) {
  RequestPrimitive request;
  request.operation = onem2m::Operation::kUpdate;
  request.to = target;
  request.from = originator;
  request.content = body;
  if (capabilities_.RefusesAnything(onem2m::ResourceType::kMgmtObj)) {
    auto object = onem2m::DecodeManagementUpdate(body);
    if (object) return UpdateInParts(std::move(request), *std::move(object));
  }
  Answer answer = Send(request);
  if (!answer || answer->status != ResponseStatusCode::kBadRequest) return answer;
  auto object = onem2m::DecodeManagementUpdate(body);
  return object ? UpdateInParts(std::move(request), *std::move(object)) : answer;
}

// Of a <mgmtObj> CSEs disagree which attributes an Update may carry (docs/interop.md). What is
// refused is found by sending each alone, and is left out from then on.
Answer CseRequests::UpdateInParts(RequestPrimitive request, onem2m::ManagementObject object) {
  const auto type = onem2m::ResourceType::kMgmtObj;
  const auto mark = [&](const onem2m::NamedAttribute& attribute) {
    return "update " + object.root + " " + attribute.name;
  };
  const std::string node = request.to.substr(0, request.to.rfind('/'));
  Resource trimmed = object;
  capabilities_.Trim(trimmed);
  object = std::get<onem2m::ManagementObject>(std::move(trimmed));
  std::erase_if(object.attributes, [&](const auto& attribute) {
    return capabilities_.Refuses(type, mark(attribute));
  });
  onem2m::ResponsePrimitive nothing_left;
  nothing_left.status = ResponseStatusCode::kUpdated;
  if (object.attributes.empty() && object.labels.empty()) return nothing_left;
  request.content = onem2m::EncodeUpdate(object);
  Answer answer = Send(request);
  if (!answer || answer->status != ResponseStatusCode::kBadRequest) return answer;
  Answer taken = answer;
  for (const onem2m::NamedAttribute& attribute : object.attributes) {
    onem2m::ManagementObject alone;
    alone.root = object.root;
    alone.attributes = {attribute};
    request.content = onem2m::EncodeUpdate(alone);
    answer = Send(request);
    if (!answer) return answer;
    if (answer->status != ResponseStatusCode::kBadRequest) {
      taken = answer;
    } else if (capabilities_.LearnOf(node, type, mark(attribute))) {
      spdlog::warn("event=cse-refuses-update type={} attribute={} effect=\"left out from now on\"",
                   object.root, attribute.name);
    }
  }
  return taken;
}

Answer CseRequests::CreateInstance(onem2m::ResourceType type, const std::string& parent,
                                   const std::string& originator, const std::string& body) {
  RequestPrimitive request;
  request.operation = onem2m::Operation::kCreate;
  request.to = parent;
  request.from = originator;
  request.type = type;
  if (!capabilities_.RefusesAnything(type)) {
    request.content = body;
    Answer answer = Send(request);
    if (!answer || answer->status != ResponseStatusCode::kBadRequest) return answer;
  }
  auto resource = onem2m::DecodeResource(body);
  if (!resource) {
    return tl::unexpected(onem2m::NoAnswer{onem2m::NoAnswer::Kind::kMalformed, false,
                                           "stored instance: " + resource.error().detail});
  }
  return Create(parent, originator, std::move(*resource));
}

Answer CseRequests::Update(const std::string& target, const std::string& originator,
                           Resource resource) {
  RequestPrimitive request;
  request.operation = onem2m::Operation::kUpdate;
  request.to = target;
  request.from = originator;
  return SendResource(std::move(request), std::move(resource),
                      [](const Resource& content) { return onem2m::EncodeUpdate(content); });
}

Answer CseRequests::Retrieve(const std::string& target, const std::string& originator,
                             std::vector<std::pair<std::string, std::string>> parameters) {
  RequestPrimitive request;
  request.operation = onem2m::Operation::kRetrieve;
  request.to = target;
  request.from = originator;
  request.parameters = std::move(parameters);
  const auto entry = retrieving_.Lock()->insert(target);
  Answer answer = Send(std::move(request));
  retrieving_.Lock()->erase(entry);
  return answer;
}

bool CseRequests::IsRetrieving(const std::string& address) {
  const auto begins_with = [](const std::string& text, const std::string& above) {
    return text.size() > above.size() && text.compare(0, above.size(), above) == 0 &&
           text[above.size()] == '/';
  };
  auto retrieving = retrieving_.Lock();
  return std::any_of(retrieving->begin(), retrieving->end(), [&](const std::string& target) {
    return target == address || begins_with(target, address) || begins_with(address, target);
  });
}

Answer CseRequests::Delete(const std::string& target, const std::string& originator) {
  RequestPrimitive request;
  request.operation = onem2m::Operation::kDelete;
  request.to = target;
  request.from = originator;
  return Send(std::move(request));
}

}  // namespace ipe
