// What EndpointSession does in a tree whose identities are not what they were.
#include "ipe/endpoint_session.h"

namespace ipe {

Answer EndpointSession::RetrieveExisting(const std::function<Answer()>& retrieve) {
  constexpr int kAttempts = 3;
  Answer answer = retrieve();
  for (int attempt = 1; attempt < kAttempts; ++attempt) {
    if (!answer || answer->status != onem2m::ResponseStatusCode::kNotFound) break;
    answer = retrieve();
  }
  return answer;
}

// The <AE>, its <node> and every container below link the policy of now: one of the same name made
// anew has another resource id, and a link to what is gone grants nothing. `acpi` goes alone in an
// Update (TS-0004 §7.4; CSEs insist). What fails stays as it was; the next Register looks again.
void EndpointSession::RelinkPolicies(const EndpointPlan& plan, const TreeResult& result) {
  const std::vector<std::string>& policies = plan.context->access_control_policy_ids;
  if (policies.empty()) return;
  CseRequests& requests = surroundings_.requests;
  onem2m::Ae ae;
  ae.access_control_policy_ids = policies;
  AsOwner(plan, result.known.ae_id, [&](const std::string& originator) {
    return requests.Update(AddressOf(plan, ""), originator, ae);
  });
  if (!result.known.node_resource_id.empty()) {
    onem2m::Node node;
    node.access_control_policy_ids = policies;
    requests.Update(plan.base + "/" + plan.names.node_name, surroundings_.node_originator, node);
  }
  onem2m::Container link;
  link.access_control_policy_ids = policies;
  for (const std::string& container : DiscoverContainers(plan, result)) {
    const auto path = lwm2m::Path::Parse("/" + container);
    const bool has_own =
        path && plan.links != nullptr && !plan.links->For(*path, surroundings_.model).empty();
    if (has_own) continue;
    AsOwner(plan, result.known.ae_id, [&](const std::string& originator) {
      return requests.Update(AddressOf(plan, container), originator, link);
    });
  }
}

}  // namespace ipe
