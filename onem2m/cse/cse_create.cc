// Create. (TS-0001 v3 §10.1.2; TS-0004 v3 §7.4)
#include <algorithm>
#include <mutex>
#include <utility>

#include "onem2m/codec/short_names.h"
#include "onem2m/cse/cse.h"
#include "onem2m/cse/representation.h"

namespace onem2m::cse {
namespace {

namespace names = short_names;

// Bounds the recursion over a subtree; an endpoint's tree has six levels.
constexpr int kDeepest = 64;
constexpr std::string_view kResult = "m2m:rce";  // resultContent 3: {"uri":…,"m2m:cnt":{…}}

Result<void> CheckType(const RequestPrimitive& request) {
  if (!request.type) return BadRequest("a Create names the type of the resource");
  const auto number = static_cast<std::int64_t>(*request.type);
  if (request.type == ResourceType::kCseBase) {
    return tl::unexpected(
        Error{ResponseStatusCode::kOperationNotAllowed, "a <CSEBase> cannot be created"});
  }
  const std::vector<std::int64_t> served = SupportedTypes();
  if (std::find(served.begin(), served.end(), number) != served.end()) return {};
  if (!IsStandardType(number)) {
    return BadRequest("there is no resource type " + std::to_string(number));
  }
  return tl::unexpected(Error{ResponseStatusCode::kNotImplemented,
                              "resource type " + std::to_string(number) + " is not served here"});
}

Result<ResultContent> ResultContentOf(const RequestOptions& options) {
  const ResultContent result = options.result_content.value_or(ResultContent::kAttributes);
  switch (result) {
    case ResultContent::kNothing:
    case ResultContent::kAttributes:
    case ResultContent::kAddress:
    case ResultContent::kAddressAndAttributes:
    case ResultContent::kModifiedAttributes:
      return result;
    case ResultContent::kAttributesAndChildren:
    case ResultContent::kAttributesAndChildReferences:
    case ResultContent::kChildReferences:
    case ResultContent::kChildren:
    case ResultContent::kDiscoveryReferences:
      break;
  }
  return BadRequest("rcn " + std::to_string(static_cast<int>(result)) + " does not go with Create");
}

Object Without(Object attributes, const std::vector<std::string>& names_given) {
  attributes.erase(std::remove_if(attributes.begin(), attributes.end(),
                                  [&names_given](const Member& member) {
                                    return std::find(names_given.begin(), names_given.end(),
                                                     member.name) != names_given.end();
                                  }),
                   attributes.end());
  return attributes;
}

// What a Create answers. (TS-0004 v3 §7.5.2, resultContent)
std::string ContentFor(ResultContent result, const Resource& resource, const std::string& address,
                       const std::vector<std::string>& wished, TimePoint now) {
  const std::string_view root = resource.root();
  switch (result) {
    case ResultContent::kAttributes:
      return Serialize(root, Value(Represent(resource, now)));
    case ResultContent::kModifiedAttributes:
      return Serialize(root, Value(Without(Represent(resource, now), wished)));
    case ResultContent::kAddress:
      return Serialize(names::kUri, address);
    case ResultContent::kAddressAndAttributes: {
      Object both;
      both.push_back({std::string(names::kReferenceUri), address});
      both.push_back({std::string(root), Value(Represent(resource, now))});
      return Serialize(kResult, Value(std::move(both)));
    }
    case ResultContent::kNothing:
    case ResultContent::kAttributesAndChildren:
    case ResultContent::kAttributesAndChildReferences:
    case ResultContent::kChildReferences:
    case ResultContent::kChildren:
    case ResultContent::kDiscoveryReferences:
      break;
  }
  return {};
}

}  // namespace

Result<Cse::Answer> Cse::Create(const Context& context) {
  if (const auto type = CheckType(context.request); !type) return tl::unexpected(type.error());
  if (const auto result = ResultContentOf(context.options); !result) {
    return tl::unexpected(result.error());
  }
  auto content = ReadContent(context);
  if (!content) return tl::unexpected(content.error());
  if (context.request.type == ResourceType::kSubscription) {
    return CreateSubscription(context, *std::move(content));
  }
  const std::unique_lock lock(mutex_);
  auto draft = Prepare(context, *std::move(content), "");
  if (!draft) return tl::unexpected(draft.error());
  return Commit(context, *std::move(draft));
}

// The verification request goes out between two looks at the tree: the target may have to ask us
// something before it answers, and may take its time.
Result<Cse::Answer> Cse::CreateSubscription(const Context& context, Content content) {
  std::string id;
  std::vector<Verification> verifications;
  {
    const std::unique_lock lock(mutex_);
    id = tree_.NewId(FindPolicy(ResourceType::kSubscription, names::kSubscription)->id_prefix);
    const auto draft = Prepare(context, content, id);
    if (!draft) return tl::unexpected(draft.error());
    verifications = VerificationsFor(context.originator, id, *draft->resource->subscription, {});
  }
  if (const auto verified = Verify(verifications); !verified) {
    return tl::unexpected(verified.error());
  }
  const std::unique_lock lock(mutex_);
  auto draft = Prepare(context, std::move(content), std::move(id));
  if (!draft) return tl::unexpected(draft.error());
  return Commit(context, *std::move(draft));
}

Result<Resource*> Cse::FindParent(const Context& context, ResourceType type) const {
  const Target target = tree_.Resolve(context.request.to);
  if (!target.resource) {
    return tl::unexpected(
        Error{ResponseStatusCode::kNotFound, "no resource at " + context.request.to});
  }
  if (!target.virtual_child.empty()) {
    return tl::unexpected(Error{ResponseStatusCode::kOperationNotAllowed,
                                "nothing can be created below a virtual resource"});
  }
  Resource& parent = *target.resource;
  if (const auto allowed = Require(context, kMayCreate, parent, type); !allowed) {
    return tl::unexpected(allowed.error());
  }
  if (!MayHaveChild(parent.type, type)) {
    if (type == ResourceType::kSubscription) {
      return tl::unexpected(Error{ResponseStatusCode::kTargetNotSubscribable,
                                  "a " + std::string(parent.root()) + " cannot be subscribed to"});
    }
    return tl::unexpected(Error{ResponseStatusCode::kInvalidChildResourceType,
                                "a " + std::string(parent.root()) + " has no child of type " +
                                    std::to_string(static_cast<int>(type))});
  }
  if (parent.depth >= kDeepest) {
    return tl::unexpected(Error{ResponseStatusCode::kNotAcceptable, "the tree is too deep there"});
  }
  // TS-0004 v3 §7.4.8.2.1: "the Originator has RETRIEVE privilege for the subscribed-to resource".
  if (type == ResourceType::kSubscription) {
    if (const auto allowed = Require(context, kMayRetrieve, parent); !allowed) {
      return tl::unexpected(allowed.error());
    }
  }
  return &parent;
}

Result<const TypePolicy*> Cse::PolicyFor(ResourceType type, const Content& content) const {
  const TypePolicy* policy = FindPolicy(type, content.root);
  if (type == ResourceType::kFlexContainer) {
    const Value* given = Find(content.body, names::kContainerDefinition);
    const std::string* definition = given ? given->AsString() : nullptr;
    if (!definition) return BadRequest("mandatory attribute cnd is missing");
    // TS-0004 v3 §7.4.37.2.1: no schema for that containerDefinition.
    if (!IsContainerDefinition(*definition)) {
      return tl::unexpected(Error{ResponseStatusCode::kSpecializationSchemaNotFound,
                                  "no schema for the containerDefinition " + *definition});
    }
    if (policy && policy->container_definition != *definition) policy = nullptr;
    if (!policy) return BadRequest(content.root + " is not the name of a " + *definition);
  }
  if (policy) return policy;
  return BadRequest(content.root + " is not of type " + std::to_string(static_cast<int>(type)));
}

Result<Cse::Draft> Cse::Prepare(const Context& context, Content content, std::string id) {
  const ResourceType type = *context.request.type;
  const auto parent = FindParent(context, type);
  if (!parent) return tl::unexpected(parent.error());
  const auto policy = PolicyFor(type, content);
  if (!policy) return tl::unexpected(policy.error());
  Draft draft;
  draft.parent = *parent;
  for (const Member& member : content.body) draft.wished.push_back(member.name);
  auto checked = CheckCreate(**policy, std::move(content.body));
  if (!checked) return tl::unexpected(checked.error());
  const auto expires = ExpirationFor(checked->expiration_time, context.now);
  if (!expires) return tl::unexpected(expires.error());

  draft.resource = std::make_unique<Resource>();
  Resource& resource = *draft.resource;
  resource.type = type;
  resource.policy = *policy;
  if ((*policy)->root.empty()) {
    resource.own_root = std::make_unique<const std::string>(std::move(content.root));
  }
  resource.attributes = std::move(checked->attributes);
  resource.created = resource.modified = context.now;
  resource.expires = *expires;
  resource.shows_creator = checked->asks_for_creator;
  resource.id = std::move(id);
  if (type == ResourceType::kAe) {
    auto ae_id = ChooseAeId(context);
    if (!ae_id) return tl::unexpected(ae_id.error());
    resource.id = *std::move(ae_id);
  }
  const std::string& creator = type == ResourceType::kAe ? resource.id : context.originator;
  const bool shared = draft.parent->creator && *draft.parent->creator == creator;
  resource.creator = shared ? draft.parent->creator : std::make_shared<const std::string>(creator);
  if (const auto composed = Compose(context, *draft.parent, resource); !composed) {
    return tl::unexpected(composed.error());
  }
  if (const auto named = ChooseName(*draft.parent, checked->resource_name, resource); !named) {
    return tl::unexpected(named.error());
  }
  if (tree_.size() >= options_.max_resources) {
    return tl::unexpected(Error{ResponseStatusCode::kInternalServerError,
                                "the tree is full: " + std::to_string(tree_.size())});
  }
  return draft;
}

// TS-0004 v3 §7.4.5.2.1: which AE-ID the registrar gives.
Result<std::string> Cse::ChooseAeId(const Context& context) {
  const std::string& wished = context.originator;
  if (wished.empty()) return tree_.NewId("C");
  if (wished == "C" || wished == "S") return tree_.NewId(wished);
  if (wished[0] != 'C' && wished[0] != 'S') {
    return tl::unexpected(Error{ResponseStatusCode::kAppRuleValidationFailed,
                                "an AE-ID starts with C or S: " + wished});
  }
  if (!IsUnreserved(wished)) return BadRequest("an AE-ID has no such characters: " + wished);
  if (access_.IsAdministrator(wished) || tree_.FindById(wished)) {
    return tl::unexpected(Error{ResponseStatusCode::kOriginatorHasAlreadyRegistered,
                                "originator has already registered: " + wished});
  }
  return wished;
}

Result<void> Cse::ChooseName(const Resource& parent, std::string wished, Resource& resource) {
  const bool needs_id = resource.id.empty();
  if (needs_id) resource.id = tree_.NewId(resource.policy->id_prefix);
  if (wished.empty()) {
    resource.name = resource.id;
    // Somebody may have given that name to a sibling.
    while (tree_.FindChild(parent, resource.name)) {
      resource.name = tree_.NewId(resource.policy->id_prefix);
    }
    return {};
  }
  if (!IsResourceName(wished)) {
    return BadRequest("rn: " + wished + " is no resource name (letters, digits, - . _)");
  }
  if (wished == names::kLatest || wished == names::kOldest) {
    return BadRequest("rn: " + wished + " is the name of a virtual resource");
  }
  if (tree_.FindChild(parent, wished)) {
    return tl::unexpected(
        Error{ResponseStatusCode::kConflict,
              tree_.StructuredAddress(parent) + "/" + wished + " already exists"});
  }
  resource.name = std::move(wished);
  return {};
}

// What the table of attributes cannot say about a type.
Result<void> Cse::Compose(const Context& context, const Resource& parent,
                          Resource& resource) const {
  if (const auto ids = ResolvePolicyIds(resource.attributes); !ids) return ids;
  switch (resource.type) {
    case ResourceType::kAe:
      // TS-0001 v3 §9.6.5: mandatory from release 3 on.
      if (context.request.release_version != "2a" &&
          !resource.attributes.Find(names::kSupportedReleaseVersions)) {
        return BadRequest("mandatory attribute srv is missing");
      }
      return CheckNodeLink(resource.attributes);
    case ResourceType::kContentInstance:
    case ResourceType::kTimeSeriesInstance:
      return ComposeInstance(parent, resource);
    case ResourceType::kSubscription: {
      FillSubscriptionDefaults(resource.attributes);
      auto rules = ReadSubscriptionRules(resource.attributes, *parent.policy);
      if (!rules) return tl::unexpected(rules.error());
      resource.subscription = std::make_unique<SubscriptionRules>(*std::move(rules));
      return {};
    }
    case ResourceType::kAccessControlPolicy:
      for (const std::string_view name : {names::kPrivileges, names::kSelfPrivileges}) {
        const auto rules = CheckRules(name, *resource.attributes.Find(name));
        if (!rules) return rules;
      }
      return {};
    case ResourceType::kMgmtObj:
      if (*resource.attributes.Find(names::kMgmtDefinition)->AsInteger() !=
          resource.policy->management_definition) {
        return BadRequest("mgd of a " + std::string(resource.root()) + " is " +
                          std::to_string(resource.policy->management_definition));
      }
      return {};
    case ResourceType::kFlexContainer:
      resource.bytes = ContentSizeOf(resource);
      return CheckNodeLink(resource.attributes);
    case ResourceType::kTimeSeries:
      return CheckTimeSeries(resource.attributes);
    case ResourceType::kContainer:
    case ResourceType::kNode:
    case ResourceType::kCseBase:
    case ResourceType::kSemanticDescriptor:
      return {};
  }
  return {};
}

// TS-0004 v3 §7.4.7.2.1, §7.4.39.2.1
Result<void> Cse::ComposeInstance(const Resource& container, Resource& instance) const {
  const Value& content = *instance.attributes.Find(names::kContent);
  const std::string* text = content.AsString();
  instance.bytes = static_cast<std::int64_t>(text ? text->size() : Serialize(content).size());
  if (const auto time = CheckGenerationTime(container, instance); !time) return time;
  const Value* most = container.attributes.Find(names::kMaxNrOfInstances);
  const Value* largest = container.attributes.Find(names::kMaxByteSize);
  if (most && *most->AsInteger() == 0) {
    return tl::unexpected(
        Error{ResponseStatusCode::kNotAcceptable, "the container takes no instances: mni is 0"});
  }
  if (largest && instance.bytes > *largest->AsInteger()) {
    return tl::unexpected(Error{ResponseStatusCode::kNotAcceptable,
                                "contentSize " + std::to_string(instance.bytes) + " is above mbs " +
                                    std::to_string(*largest->AsInteger())});
  }
  if (const Value* oldest = container.attributes.Find(names::kMaxInstanceAge)) {
    // Compared before it is added: an age of 2^63 seconds must not wrap around.
    const std::chrono::seconds age(*oldest->AsInteger());
    if (age < instance.expires - instance.created) instance.expires = instance.created + age;
  }
  return {};
}

Cse::Answer Cse::Commit(const Context& context, Draft draft) {
  Resource& resource = tree_.Insert(*draft.parent, std::move(draft.resource));
  if (IsInstance(resource.type)) {
    TakeInstance(*draft.parent, resource, context.now);
  } else if (resource.type == ResourceType::kAe) {
    AddHostedAe(resource);
  }
  publisher_.Created(resource, context.now);
  const ResultContent result = *ResultContentOf(context.options);
  Answer answer;
  answer.status = ResponseStatusCode::kCreated;
  answer.location = tree_.StructuredAddress(resource);
  answer.content = ContentFor(result, resource, answer.location, draft.wished, context.now);
  RemoveExhaustedSubscriptions(context.now);
  return answer;
}

void Cse::TakeInstance(Resource& container, Resource& instance, TimePoint now) {
  instance.state_tag = ++container.state_tag;
  container.modified = now;
  ++container.instances;
  container.bytes += instance.bytes;
  Evict(container);
}

}  // namespace onem2m::cse
