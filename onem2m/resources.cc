#include "onem2m/resources.h"

namespace onem2m {
namespace {

constexpr ResourceType TypeOfAlternative(const Ae&) { return ResourceType::kAe; }
constexpr ResourceType TypeOfAlternative(const Node&) { return ResourceType::kNode; }
constexpr ResourceType TypeOfAlternative(const Container&) { return ResourceType::kContainer; }
constexpr ResourceType TypeOfAlternative(const ContentInstance&) {
  return ResourceType::kContentInstance;
}
constexpr ResourceType TypeOfAlternative(const Subscription&) {
  return ResourceType::kSubscription;
}
constexpr ResourceType TypeOfAlternative(const AccessControlPolicy&) {
  return ResourceType::kAccessControlPolicy;
}
constexpr ResourceType TypeOfAlternative(const CseBase&) { return ResourceType::kCseBase; }
constexpr ResourceType TypeOfAlternative(const ManagementObject&) { return ResourceType::kMgmtObj; }
constexpr ResourceType TypeOfAlternative(const FlexContainer&) {
  return ResourceType::kFlexContainer;
}
constexpr ResourceType TypeOfAlternative(const TimeSeries&) { return ResourceType::kTimeSeries; }
constexpr ResourceType TypeOfAlternative(const TimeSeriesInstance&) {
  return ResourceType::kTimeSeriesInstance;
}
constexpr ResourceType TypeOfAlternative(const SemanticDescriptor&) {
  return ResourceType::kSemanticDescriptor;
}

}  // namespace

ResourceType TypeOf(const Resource& resource) {
  return std::visit([](const auto& alternative) { return TypeOfAlternative(alternative); },
                    resource);
}

const Common& CommonOf(const Resource& resource) {
  return std::visit([](const auto& alternative) -> const Common& { return alternative; }, resource);
}

Common& CommonOf(Resource& resource) {
  return std::visit([](auto& alternative) -> Common& { return alternative; }, resource);
}

}  // namespace onem2m
