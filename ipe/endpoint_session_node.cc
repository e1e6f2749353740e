// The <node> of an endpoint's device: of its own, or shared with other endpoints on the same
// device. (TS-0014 §6.2.2.1; R10, R13–R15, R17)
#include <spdlog/spdlog.h>

#include "ipe/endpoint_session.h"
#include "ipe/log_events.h"
#include "mapping/endpoint_lifecycle.h"
#include "mapping/node_child.h"
#include "onem2m/codec/json.h"
#include "onem2m/notification.h"

namespace ipe {

using onem2m::ResponseStatusCode;

namespace {

// hostedAELinks: `own`, when there is one, and those of the companions.
std::vector<std::string> LinksOf(const EndpointPlan& plan, const std::string& own) {
  std::vector<std::string> links;
  if (!own.empty()) links.push_back(own);
  for (const mapping::Companion& companion : plan.companions) {
    if (!companion.ae_resource_id.empty()) links.push_back(companion.ae_resource_id);
  }
  return links;
}

}  // namespace

// <node> first, so that <AE>.nodeLink can name it (R15). It never decides (TS-0014 leaves a
// node-less CSE open): false only when the CSE is silent.
bool EndpointSession::SettleNode(const EndpointPlan& plan, const std::string& expiration,
                                 TreeResult& result) {
  CseCapabilities& capabilities = surroundings_.requests.capabilities();
  if (!capabilities.has_node()) return true;
  const onem2m::Node node =
      mapping::BuildNode(plan.registration, plan.names, *plan.context, expiration, plan.companions);
  const std::string address = plan.base + "/" + plan.names.node_name;
  const std::string& originator = surroundings_.node_originator;
  onem2m::Node update = node;
  update.access_control_policy_ids.clear();  // alone in an Update (TS-0004; CSEs insist)
  if (!result.known.node_resource_id.empty()) {
    const Answer answer = surroundings_.requests.Update(address, originator, update);
    if (IsSilent(answer)) return Decide(answer, "UPDATE <node> " + address, result);
    if (answer->status != ResponseStatusCode::kNotFound) return true;
    result.known.node_resource_id.clear();
  }
  const Answer answer = surroundings_.requests.Create(plan.base, originator, node);
  if (IsSilent(answer)) return Decide(answer, "CREATE <node> " + address, result);
  if (IsSuccess(answer->status)) {
    node_is_new_ = true;
    result.known.node_resource_id = ResourceIdOf(answer);
    if (result.known.node_resource_id.empty()) result.known.node_resource_id = address;
    return true;
  }
  if (Exists(answer)) {
    const Answer found =
        RetrieveExisting([&] { return surroundings_.requests.Retrieve(address, originator); });
    const auto resource = found ? onem2m::DecodeResource(found->content)
                                : onem2m::Result<onem2m::Resource>(onem2m::BadRequest("no answer"));
    if (resource && IsOurs(CommonOf(*resource), plan)) {
      result.known.node_resource_id = CommonOf(*resource).resource_id;
      surroundings_.requests.Update(address, originator, update);
    } else {
      spdlog::warn("event=node-name-taken endpoint={} node={} effect=\"no <node> for it\"",
                   LogValue(plan.registration->endpoint), address);
    }
    return true;
  }
  if (capabilities.ForgetNode()) {
    spdlog::warn(
        "event=cse-without-node cause={} effect=\"no <node> resources; devices are seen as <AE> "
        "only\"",
        LogValue(Describe("CREATE <node> as " + originator, answer)));
  }
  return true;
}

// R15: `hael` is written only where the CSE does not keep it itself; one look per CSE tells.
void EndpointSession::LinkNode(const EndpointPlan& plan) {
  CseCapabilities& capabilities = surroundings_.requests.capabilities();
  if (!capabilities.has_node() || plan.known.node_resource_id.empty()) return;
  if (!node_is_new_ && !ae_is_new_ && !is_relearned_ && plan.companions.empty())
    return;  // it has its link
  const std::string address = plan.base + "/" + plan.names.node_name;
  if (capabilities.hosted_links() == CseCapabilities::HostedLinks::kByCse) return;
  // What stands in a <node> of an earlier run may have been written by us.
  if (capabilities.hosted_links() == CseCapabilities::HostedLinks::kUnknown && node_is_new_) {
    const Answer answer = surroundings_.requests.Retrieve(address, surroundings_.node_originator);
    if (!answer || !IsSuccess(answer->status)) return;
    const auto resource = onem2m::DecodeResource(answer->content);
    const auto* node = resource ? std::get_if<onem2m::Node>(&*resource) : nullptr;
    if (node == nullptr) return;
    capabilities.set_hosted_links(node->hosted_ae_links.empty()
                                      ? CseCapabilities::HostedLinks::kByUs
                                      : CseCapabilities::HostedLinks::kByCse);
    if (!node->hosted_ae_links.empty()) return;
  }
  onem2m::Node links;
  links.hosted_ae_links = LinksOf(plan, plan.known.ae_resource_id);
  surroundings_.requests.Update(address, surroundings_.node_originator, links);
}

// What the endpoint has below a <node> that stays.
Answer EndpointSession::DeleteNodeChildren(const EndpointPlan& plan) {
  const std::string node = plan.base + "/" + plan.names.node_name;
  const std::string& originator = surroundings_.node_originator;
  const Answer found =
      surroundings_.requests.Retrieve(node, originator, {{"fu", "1"}, {"ty", "13"}});
  if (!found || !IsSuccess(found->status)) return found;
  const auto uris = onem2m::DecodeUriList(found->content);
  if (!uris) return found;
  for (const std::string& uri : *uris) {
    const std::string child(onem2m::LastSegment(uri));
    if (mapping::ParseNodeChild(child).ae_name != plan.names.name) continue;
    const Answer deleted = surroundings_.requests.Delete(node + "/" + child, originator);
    if (!deleted) return deleted;
  }
  return found;
}

// The endpoint leaves: the <node> goes with the last that it is shared with; until then it is told
// who is left.
Answer EndpointSession::LeaveNode(const EndpointPlan& plan) {
  const std::string address = plan.base + "/" + plan.names.node_name;
  const std::string& originator = surroundings_.node_originator;
  if (plan.companions.empty()) return surroundings_.requests.Delete(address, originator);
  if (surroundings_.profile.HasManagementObjects()) {
    Answer deleted = DeleteNodeChildren(plan);
    if (!deleted) return deleted;
  }
  const mapping::Companion& other = plan.companions.front();
  const std::string expiration =
      other.expires_at == 0 ? "" : onem2m::FormatTimestamp(other.expires_at);
  onem2m::Node rest = mapping::BuildNode(other.registration, plan.names, *plan.context, expiration,
                                         {plan.companions.begin() + 1, plan.companions.end()});
  rest.access_control_policy_ids.clear();
  if (surroundings_.requests.capabilities().hosted_links() == CseCapabilities::HostedLinks::kByUs) {
    rest.hosted_ae_links = LinksOf(plan, "");
  }
  return surroundings_.requests.Update(address, originator, rest);
}

}  // namespace ipe
