#include "mapping/object_discovery.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>

namespace mapping {

namespace {

// `ver` as declared; absent means 1.0 (LwM2M Core 1.1.1 §7.2.2).
std::string_view VersionOf(lwm2m::Id object, const lwm2m::ObjectList& objects) {
  const auto found = objects.versions.find(object);
  return found == objects.versions.end() ? std::string_view("1.0") : found->second;
}

// TS-0014 §6.3.2: "LWM2M default Supported ContentFormat is LWM2M TLV".
std::vector<lwm2m::ContentFormat> FormatsOf(const lwm2m::ObjectList& objects) {
  if (objects.formats.empty()) return {lwm2m::ContentFormat::kTlv};
  return objects.formats;
}

int NumberOf(lwm2m::ContentFormat format) { return static_cast<int>(format); }

void ApplyLimits(const Settings& settings, onem2m::Container& container) {
  container.max_number_of_instances = settings.max_number_of_instances;
  container.max_byte_size = settings.max_byte_size;
  container.max_instance_age = settings.max_instance_age;
}

}  // namespace

std::vector<std::string> ContainerLabels(const lwm2m::Path& path, const lwm2m::ObjectList& objects,
                                         LabelFamily family) {
  const std::string urn = lwm2m::ObjectUrn(path.object(), VersionOf(path.object(), objects));
  const std::string location = path.ToString();
  std::vector<std::string> labels;
  if (family != LabelFamily::kPublished) {
    labels.push_back("LWM2MRT:" + urn);
    labels.push_back("LWM2MPTH:" + objects.root_path);
    labels.push_back("LWM2MURI:" + location);
    for (const lwm2m::ContentFormat format : FormatsOf(objects)) {
      // The seed spells this one LMM2MCT, in its list and in its example.
      labels.push_back(fmt::format("LMM2MCT:{}", NumberOf(format)));
    }
  }
  if (family != LabelFamily::kSeed) {
    labels.emplace_back("Iwked-Technology:LWM2M");
    labels.push_back("Iwked-Entity-Type:" + urn);
    labels.push_back("Iwked-Entity-ID:" + location);
    for (const lwm2m::ContentFormat format : FormatsOf(objects)) {
      labels.push_back(fmt::format("Iwked-Content-Type:{}", NumberOf(format)));
    }
  }
  return labels;
}

ContainerPlan PlanContainer(const lwm2m::Path& path, const lwm2m::Registration& registration,
                            const Context& context, const Profile& profile,
                            const std::string& expiration_time) {
  const lwm2m::ObjectList& objects = registration.objects;
  ContainerPlan plan;
  plan.path = path;
  onem2m::Container& container = plan.container;
  // R40: nested containers, so that the hierarchical address ends in the LwM2M path.
  container.resource_name = std::to_string(path[path.depth() - 1]);
  container.labels = ContainerLabels(path, objects, context.labels);
  // On every container: CSEs differ in whether children take their parent's policy
  // (docs/interop.md).
  container.access_control_policy_ids = context.access_control_policy_ids;
  if (context.expiration == Expiration::kExact) container.expiration_time = expiration_time;
  const Settings settings = profile.For(registration.endpoint, path);
  for (const std::string& label : settings.labels) {
    const bool has = std::find(container.labels.begin(), container.labels.end(), label) !=
                     container.labels.end();
    if (!has) container.labels.push_back(label);
  }
  if (context.ontology_ref && !settings.ontology_ref.empty()) {
    container.ontology_ref = settings.ontology_ref;
  } else if (context.ontology_ref && path.is_object()) {
    container.ontology_ref = lwm2m::ObjectUrn(path.object(), VersionOf(path.object(), objects));
  }
  // Limits where contentInstances pile up: resources, and what transparent mode writes to.
  if (path.depth() >= 3 || settings.transparent) ApplyLimits(settings, container);
  return plan;
}

std::vector<lwm2m::Path> DeclaredPaths(const lwm2m::ObjectList& objects) {
  std::set<lwm2m::Path> paths;  // sorted: parents directly before their children
  for (const lwm2m::Path& path : objects.paths) {
    for (std::size_t depth = 1; depth <= path.depth(); ++depth) paths.insert(path.Prefix(depth));
  }
  return {paths.begin(), paths.end()};
}

std::vector<ContainerPlan> PlanDeclared(const lwm2m::Registration& registration,
                                        const Context& context, const Profile& profile,
                                        const std::string& expiration_time) {
  std::vector<ContainerPlan> plans;
  for (const lwm2m::Path& path : DeclaredPaths(registration.objects)) {
    plans.push_back(PlanContainer(path, registration, context, profile, expiration_time));
  }
  return plans;
}

std::vector<ContainerPlan> PlanResources(const lwm2m::Path& instance,
                                         const lwm2m::Registration& registration,
                                         const lwm2m::ObjectModel& model, const Context& context,
                                         const Profile& profile,
                                         const std::string& expiration_time) {
  const lwm2m::ObjectDefinition* definition =
      model.Find(instance.object(), VersionOf(instance.object(), registration.objects));
  if (definition == nullptr) return {};
  std::vector<ContainerPlan> plans;
  for (const lwm2m::ResourceDefinition& resource : definition->resources) {
    if (!resource.readable && !resource.writable && !resource.executable) continue;
    plans.push_back(PlanContainer(instance.Child(resource.id), registration, context, profile,
                                  expiration_time));
  }
  return plans;
}

}  // namespace mapping
