// What an endpoint is in the words of the base ontology: the part of EndpointSession that keeps
// <semanticDescriptor>s. (TS-0014 §8.3; R78)
#include <spdlog/spdlog.h>

#include <utility>

#include "ipe/endpoint_session.h"
#include "ipe/log_events.h"
#include "mapping/base_ontology.h"

namespace ipe {

// Nothing here decides. What stands already is left as it is, but for the descriptor of the <AE>,
// which names what the client has.
void EndpointSession::DescribeTree(const EndpointPlan& plan,
                                   const std::vector<lwm2m::Path>& instances) {
  const std::string ae = AddressOf(plan, "");
  const std::string expiration =
      plan.known.expires_at == 0 || plan.context->expiration == mapping::Expiration::kParent
          ? ""
          : onem2m::FormatTimestamp(plan.known.expires_at);
  const mapping::DescriptorRules rules{
      plan.registration, *plan.context, surroundings_.model, plan.base, ae, expiration};
  bool any = false;
  for (const lwm2m::Path& path : instances) {
    if (!path.is_instance() ||
        !surroundings_.profile.For(plan.registration->endpoint, path).descriptor) {
      continue;
    }
    any = true;
    if (!MakeDescriptor(plan, AddressOf(plan, mapping::ContainerAddress(path)),
                        mapping::DescribeInstance(path, rules))) {
      return;
    }
  }
  if (!any) return;
  const onem2m::SemanticDescriptor descriptor = mapping::DescribeEndpoint(rules);
  onem2m::SemanticDescriptor update;
  update.descriptor = descriptor.descriptor;
  const std::string address = ae + "/" + std::string(mapping::kDescriptorName);
  const Answer answer = AsOwner(plan, plan.known.ae_id, [&](const std::string& originator) {
    return surroundings_.requests.Update(address, originator, update);
  });
  if (answer && answer->status == onem2m::ResponseStatusCode::kNotFound) {
    MakeDescriptor(plan, ae, descriptor);
  }
}

// False when no further one is worth a request.
bool EndpointSession::MakeDescriptor(const EndpointPlan& plan, const std::string& parent,
                                     const onem2m::SemanticDescriptor& descriptor) {
  CseResourceTypes& types = surroundings_.requests.capabilities().types();
  const OptionalType type{onem2m::ResourceType::kSemanticDescriptor, ""};
  if (!types.Offers(type)) return false;
  const Answer answer = AsOwner(plan, plan.known.ae_id, [&](const std::string& originator) {
    return surroundings_.requests.Create(parent, originator, descriptor);
  });
  if (!answer) return false;
  if (Exists(answer)) {
    types.LearnPresent(type);
    return true;
  }
  if (types.LearnRefusal(type, answer->status)) return false;
  spdlog::info("event=descriptor-refused endpoint={} cause={}",
               LogValue(plan.registration->endpoint),
               LogValue(Describe("CREATE <semanticDescriptor> in " + parent, answer)));
  return true;
}

}  // namespace ipe
