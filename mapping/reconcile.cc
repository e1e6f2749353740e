#include "mapping/reconcile.h"

#include <algorithm>

namespace mapping {

namespace {

bool Contains(const std::vector<lwm2m::Path>& sorted, const lwm2m::Path& path) {
  return std::binary_search(sorted.begin(), sorted.end(), path);
}

bool HasParentIn(const std::vector<lwm2m::Path>& sorted, const lwm2m::Path& path) {
  return path.depth() > 1 && Contains(sorted, path.Prefix(path.depth() - 1));
}

}  // namespace

TreeDifference Reconcile(const lwm2m::ObjectList& before, const lwm2m::Registration& after,
                         const Context& context, const Profile& profile,
                         const std::string& expiration_time) {
  const std::vector<lwm2m::Path> had = DeclaredPaths(before);
  const std::vector<lwm2m::Path> has = DeclaredPaths(after.objects);
  TreeDifference difference;
  for (const lwm2m::Path& path : has) {
    const bool stays = Contains(had, path);
    if (stays && ContainerLabels(path, before, context.labels) ==
                     ContainerLabels(path, after.objects, context.labels)) {
      continue;
    }
    ContainerPlan plan = PlanContainer(path, after, context, profile, expiration_time);
    (stays ? difference.relabel : difference.create).push_back(std::move(plan));
  }
  // Every path here is declared or the parent of one, so a path whose parent stays is topmost.
  for (const lwm2m::Path& path : had) {
    if (Contains(has, path)) continue;
    if (path.depth() == 1 || HasParentIn(has, path)) difference.remove.push_back(path);
  }
  return difference;
}

}  // namespace mapping
