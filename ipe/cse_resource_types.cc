#include "ipe/cse_resource_types.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "ipe/log_events.h"
#include "mapping/creation.h"

namespace ipe {

using onem2m::ResourceType;
using onem2m::ResponseStatusCode;

namespace {

std::string_view NameOf(ResourceType type) {
  switch (type) {
    case ResourceType::kMgmtObj:
      return "<mgmtObj>";
    case ResourceType::kSemanticDescriptor:
      return "<semanticDescriptor>";
    case ResourceType::kFlexContainer:
      return "<flexContainer>";
    case ResourceType::kTimeSeries:
      return "<timeSeries>";
    case ResourceType::kTimeSeriesInstance:
      return "<timeSeriesInstance>";
    case ResourceType::kAccessControlPolicy:
    case ResourceType::kAe:
    case ResourceType::kContainer:
    case ResourceType::kContentInstance:
    case ResourceType::kCseBase:
    case ResourceType::kNode:
    case ResourceType::kSubscription:
      break;
  }
  return "resource type";
}

// Codes by which CSEs refuse what they do not have (docs/interop.md): the type as a whole …
bool RefusesType(ResponseStatusCode status) {
  return status == ResponseStatusCode::kNotImplemented ||
         status == ResponseStatusCode::kOperationNotAllowed ||
         status == ResponseStatusCode::kInvalidChildResourceType;
}

// … or, perhaps, one specialisation, whose attributes it does not know.
bool RefusesSpecialisation(ResponseStatusCode status) {
  return status == ResponseStatusCode::kBadRequest ||
         status == ResponseStatusCode::kContentsUnacceptable;
}

}  // namespace

std::string ToString(const OptionalType& type) {
  std::string text(NameOf(type.type));
  if (!type.specialisation.empty()) text += " " + type.specialisation;
  return text;
}

void CseResourceTypes::Expect(const std::vector<std::int64_t>& supported) {
  auto state = state_.Lock();
  state->supported = {supported.begin(), supported.end()};
  state->missing.clear();
  state->present.clear();
  all_offered_ = supported.empty();
}

bool CseResourceTypes::Offers(const OptionalType& type) {
  if (all_offered_) return true;
  auto state = state_.Lock();
  if (!state->supported.empty() && state->supported.count(static_cast<int>(type.type)) == 0) {
    const OptionalType whole{type.type, ""};
    state->missing.insert(whole);
    Report(*state, whole, "not among its supportedResourceType");
    return false;
  }
  return state->missing.count(type) == 0 && state->missing.count({type.type, ""}) == 0;
}

void CseResourceTypes::LearnPresent(const OptionalType& type) {
  auto state = state_.Lock();
  state->present.insert(type);
  state->present.insert({type.type, ""});
}

bool CseResourceTypes::LearnRefusal(const OptionalType& type, ResponseStatusCode status) {
  // One CSE ends in an exception at a mgmtDefinition that it does not know (docs/interop.md).
  const bool stumbles = type.specialisation == mapping::kSelfDefined &&
                        status == ResponseStatusCode::kInternalServerError;
  if (!RefusesType(status) && !RefusesSpecialisation(status) && !stumbles) return false;
  auto state = state_.Lock();
  if (state->present.count(type) > 0) return false;
  OptionalType refused = type;
  if (RefusesType(status) && state->present.count({type.type, ""}) == 0) {
    refused.specialisation.clear();
  }
  all_offered_ = false;
  state->missing.insert(refused);
  Report(*state, refused, fmt::format("Create answered {}", ToInt(status)));
  return true;
}

std::vector<std::string> CseResourceTypes::Missing() {
  std::vector<std::string> names;
  for (const OptionalType& type : state_.Lock()->missing) names.push_back(ToString(type));
  return names;
}

void CseResourceTypes::Report(State& state, const OptionalType& type, std::string_view cause) {
  if (!state.reported.insert(type).second) return;
  spdlog::warn(
      "event=cse-lacks type={} cause={} effect=\"nothing is told in this form; asked again at the "
      "next set-up\"",
      LogValue(ToString(type)), LogValue(std::string(cause)));
}

}  // namespace ipe
