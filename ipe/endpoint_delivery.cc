// The rows of the outbox as requests: the part of EndpointSession that tells the CSE what a device
// said.
#include <fmt/format.h>

#include <utility>
#include <variant>

#include "ipe/endpoint_session.h"
#include "mapping/creation.h"
#include "mapping/flex_container.h"
#include "mapping/node_child.h"
#include "onem2m/codec/json.h"

namespace ipe {

using mapping::Verdict;
using onem2m::ResourceType;
using onem2m::ResponseStatusCode;

namespace {

std::string WishOf(const OutboxRow& row) {
  switch (row.form) {
    case OutboxRow::Form::kContentInstance:
      return "CREATE <contentInstance> in " + row.container;
    case OutboxRow::Form::kTimeSeriesInstance:
      return "CREATE <timeSeriesInstance> in " + row.container;
    case OutboxRow::Form::kUpdate:
      return "UPDATE " + row.container;
  }
  return row.container;
}

// What nobody answered, because it was not asked.
Answer NotAsked(ResponseStatusCode status) {
  onem2m::ResponsePrimitive answer;
  answer.status = status;
  return answer;
}

}  // namespace

// Where a row goes.
struct EndpointSession::Target {
  std::string address;  // below the CSEBase's parent, as requests take it
  std::string parent;   // of it
  std::string above;    // `parent` as an address of rows; "" : the <AE> or <node> itself
  bool below_node = false;
};

EndpointSession::Target EndpointSession::TargetOf(const EndpointPlan& plan,
                                                  const OutboxRow& row) const {
  Target target;
  std::string_view below = row.container;
  std::string root = AddressOf(plan, "");
  if (below.substr(0, mapping::kBelowNode.size()) == mapping::kBelowNode) {
    target.below_node = true;
    below.remove_prefix(mapping::kBelowNode.size());
    root = plan.base + "/" + plan.names.node_name;
  }
  if (target.below_node) {
    target.parent = root;
    target.address = root + "/" + mapping::NodeChildName(below, plan.names);
    return target;
  }
  const std::size_t slash = below.rfind('/');
  if (slash != std::string_view::npos) target.above = below.substr(0, slash);
  target.parent = target.above.empty() ? root : root + "/" + target.above;
  target.address = root + "/" + std::string(below);
  return target;
}

Answer EndpointSession::AsOwnerOf(const EndpointPlan& plan, const Target& target,
                                  const Request& request) {
  return target.below_node ? request(surroundings_.node_originator)
                           : AsOwner(plan, plan.known.ae_id, request);
}

DeliveryResult EndpointSession::Deliver(const EndpointPlan& plan,
                                        const std::vector<OutboxRow>& rows) {
  DeliveryResult result;
  for (const OutboxRow& row : rows) {
    RowResult done;
    done.row = row.id;
    const Answer answer = DeliverRow(plan, row, result, done);
    if (!answer) {
      result.no_answer = true;
      result.detail = Describe(WishOf(row), answer);
      if (answer.error().may_have_been_executed) result.maybe_sent.push_back(row.id);
      return result;
    }
    done.status = answer->status;
    done.verdict = done.without_target ? Verdict::kDone : mapping::VerdictOf(answer->status);
    if (done.verdict == Verdict::kConflict && row.form == OutboxRow::Form::kUpdate) {
      done.verdict = Verdict::kRefused;  // it has no name that another one would help
    }
    // 4105 on a row that may have been sent before is that row (design: nothing is lost, nothing
    // twice).
    if (done.verdict == Verdict::kConflict && row.may_have_been_sent) {
      done.verdict = Verdict::kDone;
      if (row.form == OutboxRow::Form::kContentInstance) done.resource_id = FindOwn(plan, row);
    } else if (done.verdict == Verdict::kDone) {
      if (row.form == OutboxRow::Form::kContentInstance) done.resource_id = ResourceIdOf(answer);
    } else {
      done.detail = Describe(WishOf(row), answer);
    }
    const bool stop = done.verdict != Verdict::kDone && done.verdict != Verdict::kRefused;
    result.rows.push_back(std::move(done));
    if (stop) return result;
  }
  return result;
}

// The resource id of a row whose Create was executed without an answer: by it, its notification is
// told from a command (R54).
std::string EndpointSession::FindOwn(const EndpointPlan& plan, const OutboxRow& row) {
  const std::string address = AddressOf(plan, row.container) + "/" + row.name;
  return ResourceIdOf(AsOwner(plan, plan.known.ae_id, [&](const std::string& originator) {
    return surroundings_.requests.Retrieve(address, originator);
  }));
}

Answer EndpointSession::DeliverRow(const EndpointPlan& plan, const OutboxRow& row,
                                   DeliveryResult& result, RowResult& done) {
  if (!IsOffered(plan, row)) {
    done.without_target = true;
    return NotAsked(ResponseStatusCode::kNotImplemented);
  }
  return row.form == OutboxRow::Form::kUpdate ? UpdateResource(plan, row, result, done)
                                              : CreateInstance(plan, row, result, done);
}

// False when it is known already that the CSE has no such resource.
bool EndpointSession::IsOffered(const EndpointPlan& plan, const OutboxRow& row) {
  if (row.form == OutboxRow::Form::kContentInstance) return true;
  CseCapabilities& capabilities = surroundings_.requests.capabilities();
  if (TargetOf(plan, row).below_node &&
      (!capabilities.has_node() || plan.known.node_resource_id.empty())) {
    return false;
  }
  if (!capabilities.types().LacksAnything()) return true;
  const auto resource = mapping::CompleteForCreate(
      row.container, row.form == OutboxRow::Form::kUpdate ? row.body : "",
      {plan.registration, *plan.context, surroundings_.profile, surroundings_.model, ""});
  return !resource ||
         capabilities.types().Offers({TypeOf(*resource), mapping::SpecialisationOf(*resource)});
}

Answer EndpointSession::CreateInstance(const EndpointPlan& plan, const OutboxRow& row,
                                       DeliveryResult& result, RowResult& done) {
  // In a tree of an earlier run most containers exist: try before making. In a new one, make before
  // trying.
  if (!containers_.Has(row.container) && tree_is_known_) {
    Answer ensured = EnsureParent(plan, row, result, done);
    if (!Exists(ensured) || done.without_target) return ensured;
  }
  const ResourceType type = row.form == OutboxRow::Form::kTimeSeriesInstance
                                ? ResourceType::kTimeSeriesInstance
                                : ResourceType::kContentInstance;
  const std::string parent = AddressOf(plan, row.container);
  const auto create = [&](const std::string& originator) {
    return surroundings_.requests.CreateInstance(type, parent, originator, row.body);
  };
  Answer answer = AsOwner(plan, plan.known.ae_id, create);
  if (answer && answer->status == ResponseStatusCode::kConflict &&
      type == ResourceType::kTimeSeriesInstance) {
    return CreateAtItsOwnTime(plan, row);
  }
  if (!answer || answer->status != ResponseStatusCode::kNotFound) {
    if (answer && IsSuccess(answer->status)) containers_.Add(row.container);
    return answer;
  }
  // Half of the tree may be lost, and `requests` with it.
  result.lost_container |= containers_.Has(row.container);
  Forget(row.container);
  Answer ensured = EnsureParent(plan, row, result, done);
  if (!Exists(ensured) || done.without_target) return ensured;
  return AsOwner(plan, plan.known.ae_id, create);
}

// TS-0001 §10.2.4.28: two instances of a series do not have one dataGenerationTime. Values that a
// device reports within one second are told apart by a fraction, which grows with the row. An
// earlier attempt of this row is left as it is.
Answer EndpointSession::CreateAtItsOwnTime(const EndpointPlan& plan, const OutboxRow& row) {
  const Answer conflict = NotAsked(ResponseStatusCode::kConflict);
  if (row.may_have_been_sent && !FindOwn(plan, row).empty()) return conflict;
  auto resource = onem2m::DecodeResource(row.body);
  auto* instance = resource ? std::get_if<onem2m::TimeSeriesInstance>(&*resource) : nullptr;
  if (instance == nullptr) return conflict;
  constexpr std::size_t kWholeSeconds = 15;  // YYYYMMDDThhmmss
  constexpr RowId kMicroseconds = 1'000'000;
  instance->data_generation_time = fmt::format(
      "{},{:06}", instance->data_generation_time.substr(0, kWholeSeconds), row.id % kMicroseconds);
  const std::string body = onem2m::EncodeCreate(*resource);
  return AsOwner(plan, plan.known.ae_id, [&](const std::string& originator) {
    return surroundings_.requests.CreateInstance(ResourceType::kTimeSeriesInstance,
                                                 AddressOf(plan, row.container), originator, body);
  });
}

// Gone, or never made. Forget it and what is above; a missing AE shows as 4004 again.
void EndpointSession::Forget(const std::string& address) {
  for (std::string above = address; !above.empty();
       above.erase(above.rfind('/') == std::string::npos ? 0 : above.rfind('/'))) {
    containers_.Remove(above);
  }
}

Answer EndpointSession::EnsureParent(const EndpointPlan& plan, const OutboxRow& row,
                                     DeliveryResult& result, RowResult& done) {
  return row.form == OutboxRow::Form::kTimeSeriesInstance
             ? MakeTarget(plan, row, "", result, done)
             : EnsureContainer(plan, row.container, result.subscribed);
}

// An Update says what is so now: to repeat it after a lost answer is harmless. The first one finds
// nothing to update and makes the resource; later that means that somebody has deleted it.
Answer EndpointSession::UpdateResource(const EndpointPlan& plan, const OutboxRow& row,
                                       DeliveryResult& result, RowResult& done) {
  const Target target = TargetOf(plan, row);
  const auto update = [&](const std::string& originator) {
    return surroundings_.requests.UpdateAttributes(target.address, originator, row.body);
  };
  const bool known = containers_.Has(row.container);
  // In a new tree nothing is there yet.
  Answer answer = known || !tree_is_known_ ? AsOwnerOf(plan, target, update)
                                           : NotAsked(ResponseStatusCode::kNotFound);
  if (!answer || answer->status != ResponseStatusCode::kNotFound) {
    if (answer && IsSuccess(answer->status) && containers_.Add(row.container)) {
      Listen(plan, row, "", result);
    }
    return answer;
  }
  Forget(row.container);
  if (known) result.values_were_lost = true;
  answer = MakeTarget(plan, row, row.body, result, done);
  if (done.without_target || !Exists(answer)) return answer;
  Listen(plan, row, ResourceIdOf(answer), result);
  if (IsSuccess(answer->status)) return answer;
  // 4105: somebody was quicker, or an attempt before was executed without an answer.
  return AsOwnerOf(plan, target, update);
}

// Applications command a device through a module that can be written (R51); once in a run, since
// what an earlier one subscribed to may tell an address that we no longer have.
void EndpointSession::Listen(const EndpointPlan& plan, const OutboxRow& row,
                             const std::string& resource_id, DeliveryResult& result) {
  if (!mapping::IsWritableModule(row.container, surroundings_.model)) return;
  const auto path = mapping::PathOfAddress(row.container);
  const mapping::Settings settings =
      surroundings_.profile.For(plan.registration->endpoint, path.value_or(lwm2m::Path()));
  if (settings.commands != mapping::Commands::kDirect ||
      settings.subscribe == mapping::Subscribe::kNone) {
    return;
  }
  Subscribe(plan, {mapping::Purpose::kManagement, row.container}, resource_id, result.subscribed);
}

// Creates the resource of the row's address, and the containers above it.
Answer EndpointSession::MakeTarget(const EndpointPlan& plan, const OutboxRow& row,
                                   const std::string& update, DeliveryResult& result,
                                   RowResult& done) {
  const Target target = TargetOf(plan, row);
  if (!target.below_node && !target.above.empty()) {
    Answer ensured = EnsureContainer(plan, target.above, result.subscribed);
    if (!Exists(ensured)) return ensured;
  }
  const std::string expiration =
      plan.known.expires_at == 0 || plan.context->expiration == mapping::Expiration::kParent
          ? ""
          : onem2m::FormatTimestamp(plan.known.expires_at);
  auto resource = mapping::CompleteForCreate(
      row.container, update,
      {plan.registration, *plan.context, surroundings_.profile, surroundings_.model, expiration});
  // Its mandatory values are not known yet; or it is a row of another release, for what this one
  // does not make.
  if (!resource) {
    done.without_target = true;
    return NotAsked(ResponseStatusCode::kNotImplemented);
  }
  if (auto* object = std::get_if<onem2m::ManagementObject>(&*resource)) {
    object->resource_name = mapping::NodeChildName(object->resource_name, plan.names);
  }
  Answer answer = AsOwnerOf(plan, target, [&](const std::string& originator) {
    return surroundings_.requests.Create(target.parent, originator, *resource);
  });
  if (!answer) return answer;
  CseResourceTypes& types = surroundings_.requests.capabilities().types();
  const OptionalType type{TypeOf(*resource), mapping::SpecialisationOf(*resource)};
  if (Exists(answer)) {
    containers_.Add(row.container);
    types.LearnPresent(type);
  } else {
    done.without_target = types.LearnRefusal(type, answer->status);
  }
  return answer;
}

}  // namespace ipe
