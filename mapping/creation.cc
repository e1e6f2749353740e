#include "mapping/creation.h"

#include <utility>
#include <variant>

#include "mapping/flex_container.h"
#include "mapping/identifiers.h"
#include "mapping/management_command.h"
#include "mapping/time_series.h"
#include "onem2m/codec/json.h"

namespace mapping {

namespace {

tl::unexpected<onem2m::Error> NothingThere(std::string_view address) {
  return tl::unexpected(onem2m::Error{onem2m::ResponseStatusCode::kNotFound, std::string(address)});
}

// A module through which applications command the device: an Update of theirs is a Write.
bool TakesWrites(std::string_view address, const CreationRules& rules) {
  const auto path = PathOfAddress(address);
  return path && !rules.context.management_policy_ids.empty() &&
         IsWritableModule(address, rules.model) &&
         rules.profile.For(rules.registration.endpoint, *path).commands == Commands::kDirect;
}

}  // namespace

onem2m::Result<onem2m::Resource> CompleteForCreate(std::string_view address,
                                                   std::string_view update,
                                                   const CreationRules& rules) {
  if (update.empty()) {
    const auto path = PathOfTimeSeries(address);
    if (!path) return NothingThere(address);
    return PlanTimeSeries(*path, rules);
  }
  if (address.substr(0, kBelowNode.size()) == kBelowNode) {
    const auto object = FindManagementObject(address.substr(kBelowNode.size()),
                                             {rules.registration, rules.profile, rules.model});
    if (!object) return NothingThere(address);
    auto values = onem2m::DecodeManagementUpdate(update);
    if (!values) return tl::unexpected(values.error());
    auto built = BuildManagementObject(*object, values->attributes, rules.registration,
                                       rules.context, rules.expiration_time);
    if (!rules.context.management_policy_ids.empty() &&
        TakesCommands(*object, {rules.registration, rules.profile, rules.model})) {
      built.access_control_policy_ids = rules.context.management_policy_ids;
    }
    return built;
  }
  auto changes = onem2m::DecodeResource(update);
  if (!changes) return changes;
  if (auto* module = std::get_if<onem2m::FlexContainer>(&*changes)) {
    auto built = CompleteModule(address, std::move(*module), rules);
    if (built && TakesWrites(address, rules)) {
      built->access_control_policy_ids = rules.context.management_policy_ids;
    }
    return built;
  }
  return NothingThere(address);
}

std::string SpecialisationOf(const onem2m::Resource& resource) {
  if (const auto* module = std::get_if<onem2m::FlexContainer>(&resource)) return module->definition;
  if (const auto* object = std::get_if<onem2m::ManagementObject>(&resource)) {
    return object->definition == 0 ? std::string(kSelfDefined) : object->root;
  }
  return "";
}

}  // namespace mapping
