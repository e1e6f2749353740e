#include "mapping/profile_difference.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace mapping {

namespace {

using Target = Profile::ObservationTarget;
using lwm2m::NotificationAttributes;

const Target* FindTarget(const std::vector<Target>& targets, const lwm2m::Path& path) {
  const auto found = std::find_if(targets.begin(), targets.end(),
                                  [&](const Target& target) { return target.path == path; });
  return found == targets.end() ? nullptr : &*found;
}

template <typename T>
void UnsetIfGone(NotificationAttributes& attributes, const std::optional<T>& before,
                 const std::optional<T>& after, const char* name) {
  if (before && !after) attributes.unset.emplace_back(name);
}

// What turns `before` into `after` when it is written: an attribute that is not named stays.
NotificationAttributes Transition(const NotificationAttributes& before,
                                  const NotificationAttributes& after) {
  NotificationAttributes written = after;
  const auto unset = [&](auto member, const char* name) {
    UnsetIfGone(written, before.*member, after.*member, name);
  };
  unset(&NotificationAttributes::minimum_period, "pmin");
  unset(&NotificationAttributes::maximum_period, "pmax");
  unset(&NotificationAttributes::greater_than, "gt");
  unset(&NotificationAttributes::less_than, "lt");
  unset(&NotificationAttributes::step, "st");
  unset(&NotificationAttributes::minimum_evaluation_period, "epmin");
  unset(&NotificationAttributes::maximum_evaluation_period, "epmax");
  return written;
}

void CompareTargets(const std::vector<Target>& before, const std::vector<Target>& after,
                    ProfileDifference& difference) {
  for (const Target& target : before) {
    const Target* const now = FindTarget(after, target.path);
    if (now == nullptr) {
      difference.cancel.push_back(target.path);
    } else if (now->attributes != target.attributes) {
      difference.write.push_back({target.path, Transition(target.attributes, now->attributes)});
    }
  }
  for (const Target& target : after) {
    difference.observe |= FindTarget(before, target.path) == nullptr;
  }
}

bool TurnsOn(const Settings& before, const Settings& after) {
  return (after.semantic && !before.semantic) || (after.transparent && !before.transparent) ||
         (after.management_object && !before.management_object) ||
         (after.flex_container && !before.flex_container) ||
         (after.time_series && !before.time_series);
}

auto OfContainers(const Settings& settings) {
  return std::tie(settings.max_number_of_instances, settings.max_byte_size,
                  settings.max_instance_age, settings.ontology_ref, settings.labels,
                  settings.descriptor, settings.create, settings.commands, settings.subscribe,
                  settings.transparent_commands, settings.semantic, settings.transparent,
                  settings.read_on_demand);
}

// Paths that stand for all that rules may tell apart below an instance: those that rules name, and
// one that none does.
void AddParts(const lwm2m::Path& instance, const Profile& profile, std::set<lwm2m::Path>& paths) {
  for (const Rule& rule : profile.rules()) {
    if (!rule.path || rule.path->depth() <= instance.depth()) continue;
    if (rule.path->object() != instance.object()) continue;
    lwm2m::Path part = instance;
    for (std::size_t level = instance.depth(); level < rule.path->depth(); ++level) {
      part = part.Child((*rule.path)[level]);
      paths.insert(part);
    }
  }
  constexpr lwm2m::Id kNamedByNone = lwm2m::kMaxId;
  const lwm2m::Path resource = instance.Child(kNamedByNone);
  paths.insert(resource);
  paths.insert(resource.Child(kNamedByNone));
}

}  // namespace

bool ProfileDifference::empty() const {
  return cancel.empty() && write.empty() && !observe && !modes_on && !containers;
}

ProfileDifference Difference(const Profile& before, const Profile& after, std::string_view endpoint,
                             const lwm2m::ObjectList& objects) {
  ProfileDifference difference;
  std::set<lwm2m::Path> paths;
  for (const lwm2m::Path& declared : objects.paths) {
    paths.insert(declared.Prefix(1));
    paths.insert(declared);
    if (!declared.is_instance()) continue;
    CompareTargets(before.ObservationTargets(endpoint, declared),
                   after.ObservationTargets(endpoint, declared), difference);
    AddParts(declared, before, paths);
    AddParts(declared, after, paths);
  }
  for (const lwm2m::Path& path : paths) {
    const Settings was = before.For(endpoint, path);
    const Settings is = after.For(endpoint, path);
    difference.modes_on |= TurnsOn(was, is);
    difference.containers |= OfContainers(was) != OfContainers(is);
  }
  return difference;
}

}  // namespace mapping
