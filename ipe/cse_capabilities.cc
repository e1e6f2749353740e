#include "ipe/cse_capabilities.h"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

namespace ipe {
namespace {

using onem2m::Resource;

// The attribute that `find` points to in those types that have it, nullptr in the others.
template <typename AnyResource, typename Find>
auto* TextOf(AnyResource& resource, const Find& find) {
  using Text = std::conditional_t<std::is_const_v<AnyResource>, const std::string, std::string>;
  return std::visit([&find](auto& alternative) -> Text* { return find(alternative); }, resource);
}

constexpr auto kOntologyRef = [](auto& alternative) {
  if constexpr (requires { alternative.ontology_ref; }) {
    return &alternative.ontology_ref;
  } else {
    return nullptr;
  }
};

constexpr auto kNodeLink = [](auto& alternative) {
  if constexpr (requires { alternative.node_link; }) {
    return &alternative.node_link;
  } else {
    return nullptr;
  }
};

// One optional attribute: is it there, and how to remove it.
struct Optional {
  const char* name;
  std::function<bool(const Resource&)> present;
  std::function<void(Resource&)> remove;
};

// An attribute of a specialisation of <mgmtObj>.
Optional OptionalOfManagement(const char* name) {
  return {name,
          [name](const Resource& resource) {
            const auto* object = std::get_if<onem2m::ManagementObject>(&resource);
            return object != nullptr && FindAttribute(object->attributes, name) != nullptr;
          },
          [name](Resource& resource) {
            std::erase_if(std::get<onem2m::ManagementObject>(resource).attributes,
                          [name](const auto& attribute) { return attribute.name == name; });
          }};
}

// What a CSE may refuse to know, in the order of suspicion. (TS-0001 §9.6: all are 0..1)
const std::vector<Optional>& Optionals() {
  static const std::vector<Optional> optionals = {
      {"or",
       [](const Resource& resource) {
         const std::string* const reference = TextOf(resource, kOntologyRef);
         return reference != nullptr && !reference->empty();
       },
       [](Resource& resource) { TextOf(resource, kOntologyRef)->clear(); }},
      {"nl",
       [](const Resource& resource) {
         const std::string* const link = TextOf(resource, kNodeLink);
         return link != nullptr && !link->empty();
       },
       [](Resource& resource) { TextOf(resource, kNodeLink)->clear(); }},
      {"conr",
       [](const Resource& resource) {
         const auto* cin = std::get_if<onem2m::ContentInstance>(&resource);
         return cin != nullptr && !cin->content_ref.empty();
       },
       [](Resource& resource) { std::get<onem2m::ContentInstance>(resource).content_ref.clear(); }},
      {"cr", [](const Resource& resource) { return CommonOf(resource).ask_for_creator; },
       [](Resource& resource) { CommonOf(resource).ask_for_creator = false; }},
      {"acod",
       [](const Resource& resource) {
         const auto* policy = std::get_if<onem2m::AccessControlPolicy>(&resource);
         return policy != nullptr &&
                std::any_of(policy->privileges.begin(), policy->privileges.end(),
                            [](const auto& rule) { return !rule.child_types.empty(); });
       },
       [](Resource& resource) {
         auto& rules = std::get<onem2m::AccessControlPolicy>(resource).privileges;
         rules.erase(std::remove_if(rules.begin(), rules.end(),
                                    [](const auto& rule) { return !rule.child_types.empty(); }),
                     rules.end());
       }},
      {"chty",
       [](const Resource& resource) {
         const auto* subscription = std::get_if<onem2m::Subscription>(&resource);
         return subscription != nullptr && !subscription->child_types.empty();
       },
       [](Resource& resource) { std::get<onem2m::Subscription>(resource).child_types.clear(); }},
      // Of release 4: a flexContainer that keeps instances, and how many.
      {"fcied",
       [](const Resource& resource) {
         const auto* flex = std::get_if<onem2m::FlexContainer>(&resource);
         return flex != nullptr && (flex->instances_enabled || flex->max_number_of_instances ||
                                    flex->max_byte_size || flex->max_instance_age);
       },
       [](Resource& resource) {
         auto& flex = std::get<onem2m::FlexContainer>(resource);
         flex.instances_enabled.reset();
         flex.max_number_of_instances.reset();
         flex.max_byte_size.reset();
         flex.max_instance_age.reset();
       }},
      OptionalOfManagement("fwv"),
      OptionalOfManagement("hwv"),
      OptionalOfManagement("swv"),
      OptionalOfManagement("syst"),
      {"dc",
       [](const Resource& resource) {
         const auto* object = std::get_if<onem2m::ManagementObject>(&resource);
         return object != nullptr && !object->description.empty();
       },
       [](Resource& resource) {
         std::get<onem2m::ManagementObject>(resource).description.clear();
       }},
      {"obps",
       [](const Resource& resource) {
         const auto* object = std::get_if<onem2m::ManagementObject>(&resource);
         return object != nullptr && !object->object_paths.empty();
       },
       [](Resource& resource) {
         std::get<onem2m::ManagementObject>(resource).object_paths.clear();
       }},
      {"obis",
       [](const Resource& resource) {
         const auto* object = std::get_if<onem2m::ManagementObject>(&resource);
         return object != nullptr && !object->object_ids.empty();
       },
       [](Resource& resource) { std::get<onem2m::ManagementObject>(resource).object_ids.clear(); }},
      {"snr",
       [](const Resource& resource) {
         const auto* instance = std::get_if<onem2m::TimeSeriesInstance>(&resource);
         return instance != nullptr && instance->sequence_number;
       },
       [](Resource& resource) {
         std::get<onem2m::TimeSeriesInstance>(resource).sequence_number.reset();
       }},
      {"acpi",
       [](const Resource& resource) {
         return !CommonOf(resource).access_control_policy_ids.empty();
       },
       [](Resource& resource) { CommonOf(resource).access_control_policy_ids.clear(); }},
      {"et", [](const Resource& resource) { return !CommonOf(resource).expiration_time.empty(); },
       [](Resource& resource) { CommonOf(resource).expiration_time.clear(); }},
      {"lbl",
       [](const Resource& resource) {
         // The AE's labels prove that it is ours (adoption after a restart): never dropped.
         return !std::holds_alternative<onem2m::Ae>(resource) && !CommonOf(resource).labels.empty();
       },
       [](Resource& resource) { CommonOf(resource).labels.clear(); }},
  };
  return optionals;
}

}  // namespace

void CseCapabilities::Trim(Resource& resource) {
  if (!anything_refused_) return;
  const onem2m::ResourceType type = TypeOf(resource);
  auto refused = refused_.Lock();
  for (auto it = refused->lower_bound({type, ""}); it != refused->end() && it->first == type;
       ++it) {
    Drop(resource, it->second);
  }
}

bool CseCapabilities::RefusesAnything(onem2m::ResourceType type) {
  if (!anything_refused_) return false;
  auto refused = refused_.Lock();
  const auto it = refused->lower_bound({type, ""});
  return it != refused->end() && it->first == type;
}

bool CseCapabilities::Refuses(onem2m::ResourceType type, const std::string& attribute) {
  return anything_refused_ && refused_.Lock()->count({type, attribute}) > 0;
}

std::vector<std::string> CseCapabilities::Droppable(const Resource& resource) {
  std::vector<std::string> names;
  for (const Optional& optional : Optionals()) {
    if (optional.present(resource)) names.emplace_back(optional.name);
  }
  return names;
}

bool CseCapabilities::Drop(Resource& resource, const std::string& attribute) {
  for (const Optional& optional : Optionals()) {
    if (attribute != optional.name || !optional.present(resource)) continue;
    optional.remove(resource);
    return true;
  }
  return false;
}

bool CseCapabilities::Learn(onem2m::ResourceType type, const std::string& attribute) {
  const bool is_new = refused_.Lock()->emplace(type, attribute).second;
  anything_refused_ = true;
  return is_new;
}

bool CseCapabilities::LearnOf(const std::string& node, onem2m::ResourceType type,
                              const std::string& attribute) {
  constexpr std::size_t kEnough = 3;
  {
    auto suspected = suspected_.Lock();
    const auto entry = suspected->try_emplace({type, attribute}).first;
    entry->second.insert(node);
    if (entry->second.size() < kEnough) return false;
    suspected->erase(entry);
  }
  return Learn(type, attribute);
}

void CseCapabilities::LearnClock(const std::string& originating_time, std::int64_t now) {
  const auto theirs = onem2m::ParseTimestamp(originating_time);
  if (!theirs) return;
  // A second or two is the way there and back, not a wrong clock.
  const std::int64_t offset = *theirs - now;
  clock_offset_ = std::abs(offset) > 2 ? offset : 0;
}

}  // namespace ipe
