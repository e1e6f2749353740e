// The writing half of json.h.
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <variant>

#include "onem2m/codec/json.h"
#include "onem2m/codec/json_value.h"
#include "onem2m/codec/representation.h"
#include "onem2m/codec/short_names.h"

namespace onem2m {
namespace {

namespace names = short_names;

enum class Purpose { kCreate, kUpdate };

// Writes members of the current object; what is empty is left out. Lives on the stack of one
// encode.
class AttributeWriter {
 public:
  explicit AttributeWriter(ContentRefForm content_ref_form)
      : writer_(buffer_), content_ref_form_(content_ref_form) {}

  ContentRefForm content_ref_form() const { return content_ref_form_; }

  void Open(std::string_view name) {
    Key(name);
    writer_.StartObject();
  }
  void OpenArray(std::string_view name) {
    Key(name);
    writer_.StartArray();
  }
  void OpenElement() { writer_.StartObject(); }
  void Close() { writer_.EndObject(); }
  void CloseArray() { writer_.EndArray(); }

  void Null(std::string_view name) {
    Key(name);
    writer_.Null();
  }
  void Boolean(std::string_view name, bool value) {
    Key(name);
    writer_.Bool(value);
  }
  void Integer(std::string_view name, std::int64_t value) {
    Key(name);
    writer_.Int64(value);
  }
  void Integer(std::string_view name, const std::optional<std::int64_t>& value) {
    if (value) Integer(name, *value);
  }
  void Boolean(std::string_view name, const std::optional<bool>& value) {
    if (value) Boolean(name, *value);
  }
  // JSON has no word for infinity and for what is no number: they are left out.
  void Number(std::string_view name, double value) {
    if (!std::isfinite(value)) return;
    Key(name);
    writer_.Double(value);
  }
  void Text(std::string_view name, std::string_view value) {
    Key(name);
    String(value);
  }
  void TextUnlessEmpty(std::string_view name, std::string_view value) {
    if (!value.empty()) Text(name, value);
  }
  void List(std::string_view name, const std::vector<std::string>& values) {
    if (!values.empty()) ListAlsoEmpty(name, values);
  }
  void ListAlsoEmpty(std::string_view name, const std::vector<std::string>& values) {
    OpenArray(name);
    for (const std::string& value : values) String(value);
    CloseArray();
  }
  void List(std::string_view name, const std::vector<int>& values) {
    if (values.empty()) return;
    OpenArray(name);
    for (const int value : values) writer_.Int(value);
    CloseArray();
  }

  std::string Take() const { return {buffer_.GetString(), buffer_.GetSize()}; }

 private:
  void Key(std::string_view name) {
    writer_.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
  }
  void String(std::string_view value) {
    // Text of devices ends up here; a CSE refuses JSON that is not UTF-8.
    const std::string repaired = IsUtf8(value) ? std::string() : RepairUtf8(value);
    const std::string_view text = repaired.empty() ? value : std::string_view(repaired);
    writer_.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  }

  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> writer_;
  ContentRefForm content_ref_form_;
};

void WriteCommon(AttributeWriter& out, const Common& common, Purpose purpose) {
  if (purpose == Purpose::kCreate) out.TextUnlessEmpty(names::kResourceName, common.resource_name);
  out.TextUnlessEmpty(names::kExpirationTime, common.expiration_time);
  out.List(names::kLabels, common.labels);
  out.List(names::kAccessControlPolicyIds, common.access_control_policy_ids);
  if (purpose == Purpose::kCreate && common.ask_for_creator) out.Null(names::kCreator);
}

void WriteSpecific(AttributeWriter& /*out*/, const CseBase& /*cse*/, Purpose /*purpose*/) {
  // Everything that a CSEBase has is read only.
}

void WriteSpecific(AttributeWriter& out, const Ae& ae, Purpose purpose) {
  out.TextUnlessEmpty(names::kAppName, ae.app_name);
  if (purpose == Purpose::kCreate) out.TextUnlessEmpty(names::kAppId, ae.app_id);
  // Mandatory at Create. An Update that is about something else must not take reachability away.
  if (purpose == Purpose::kCreate || ae.request_reachability) {
    out.Boolean(names::kRequestReachability, ae.request_reachability);
  }
  out.List(names::kPointOfAccess, ae.point_of_access);
  out.List(names::kSupportedReleaseVersions, ae.supported_release_versions);
  out.TextUnlessEmpty(names::kNodeLink, ae.node_link);
  out.TextUnlessEmpty(names::kOntologyRef, ae.ontology_ref);
}

void WriteSpecific(AttributeWriter& out, const Node& node, Purpose /*purpose*/) {
  out.TextUnlessEmpty(names::kNodeId, node.node_id);
  out.List(names::kHostedAeLinks, node.hosted_ae_links);
}

void WriteSpecific(AttributeWriter& out, const Container& container, Purpose /*purpose*/) {
  out.Integer(names::kMaxNrOfInstances, container.max_number_of_instances);
  out.Integer(names::kMaxByteSize, container.max_byte_size);
  out.Integer(names::kMaxInstanceAge, container.max_instance_age);
  out.TextUnlessEmpty(names::kOntologyRef, container.ontology_ref);
}

void WriteContentRef(AttributeWriter& out, const std::vector<ContentRef>& references) {
  if (references.empty()) return;
  const bool wrapped = out.content_ref_form() == ContentRefForm::kUriReference;
  if (wrapped) out.Open(names::kContentRef);
  out.OpenArray(wrapped ? names::kUriReference : names::kContentRef);
  for (const ContentRef& reference : references) {
    out.OpenElement();
    out.Text(names::kName, reference.name);
    out.Text(names::kReferenceUri, reference.uri);
    out.Close();
  }
  out.CloseArray();
  if (wrapped) out.Close();
}

void WriteSpecific(AttributeWriter& out, const ContentInstance& instance, Purpose purpose) {
  if (purpose == Purpose::kUpdate) return;
  out.TextUnlessEmpty(names::kContentInfo, instance.content_info);
  // Also when empty: a CSE was seen to end at a contentInstance without it.
  out.Text(names::kContent, instance.content);
  WriteContentRef(out, instance.content_ref);
  out.TextUnlessEmpty(names::kOntologyRef, instance.ontology_ref);
}

void WriteSpecific(AttributeWriter& out, const Subscription& subscription, Purpose purpose) {
  out.List(names::kNotificationUri, subscription.notification_uri);
  if (!subscription.event_types.empty() || !subscription.child_types.empty()) {
    out.Open(names::kEventNotificationCriteria);
    out.List(names::kNotificationEventType, subscription.event_types);
    out.List(names::kChildResourceType, subscription.child_types);
    out.Close();
  }
  constexpr int kAllAttributes = 1;  // the default
  const bool is_default =
      subscription.content_type == kAllAttributes && purpose != Purpose::kCreate;
  if (subscription.content_type != 0 && !is_default) {
    out.Integer(names::kNotificationContentType, subscription.content_type);
  }
  out.TextUnlessEmpty(names::kMaxAge, subscription.max_age);
}

void WriteRules(AttributeWriter& out, std::string_view name,
                const std::vector<AccessControlRule>& rules) {
  out.Open(name);
  out.OpenArray(names::kAccessControlRule);
  for (const AccessControlRule& rule : rules) {
    out.OpenElement();
    out.List(names::kAccessControlOriginators, rule.originators);
    out.Integer(names::kAccessControlOperations, rule.operations);
    if (!rule.child_types.empty()) {
      out.OpenArray(names::kAccessControlObjectDetails);
      out.OpenElement();
      out.List(names::kChildResourceType, rule.child_types);
      out.Close();
      out.CloseArray();
    }
    out.Close();
  }
  out.CloseArray();
  out.Close();
}

void WriteSpecific(AttributeWriter& out, const AccessControlPolicy& policy, Purpose purpose) {
  // Both are mandatory at Create.
  if (purpose == Purpose::kCreate || !policy.privileges.empty()) {
    WriteRules(out, names::kPrivileges, policy.privileges);
  }
  if (purpose == Purpose::kCreate || !policy.self_privileges.empty()) {
    WriteRules(out, names::kSelfPrivileges, policy.self_privileges);
  }
}

void WriteNamed(AttributeWriter& out, const NamedAttribute& attribute) {
  const std::string& name = attribute.name;
  std::visit(
      [&](const auto& value) {
        using Held = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<Held, bool>) {
          out.Boolean(name, value);
        } else if constexpr (std::is_same_v<Held, std::int64_t>) {
          out.Integer(name, value);
        } else if constexpr (std::is_same_v<Held, double>) {
          out.Number(name, value);
        } else if constexpr (std::is_same_v<Held, std::string>) {
          out.Text(name, value);
        } else if constexpr (std::is_same_v<Held, std::vector<std::string>>) {
          out.ListAlsoEmpty(name, value);
        } else {
          out.Open(name);
          out.TextUnlessEmpty(names::kAction, value.action);
          out.Integer(names::kStatus, value.status);
          out.Close();
        }
      },
      attribute.value);
}

void WriteSpecific(AttributeWriter& out, const ManagementObject& object, Purpose purpose) {
  if (purpose == Purpose::kCreate) {
    out.Integer(names::kMgmtDefinition, object.definition);
    out.List(names::kObjectIds, object.object_ids);
    out.List(names::kObjectPaths, object.object_paths);
    out.TextUnlessEmpty(names::kMgmtSchema, object.schema);
  }
  out.TextUnlessEmpty(names::kDescription, object.description);
  for (const NamedAttribute& attribute : object.attributes) WriteNamed(out, attribute);
}

void WriteSpecific(AttributeWriter& out, const FlexContainer& container, Purpose purpose) {
  if (purpose == Purpose::kCreate) {
    out.TextUnlessEmpty(names::kContainerDefinition, container.definition);
  }
  out.TextUnlessEmpty(names::kOntologyRef, container.ontology_ref);
  out.TextUnlessEmpty(names::kNodeLink, container.node_link);
  out.Boolean(names::kInstancesEnabled, container.instances_enabled);
  out.Integer(names::kMaxNrOfInstances, container.max_number_of_instances);
  out.Integer(names::kMaxByteSize, container.max_byte_size);
  out.Integer(names::kMaxInstanceAge, container.max_instance_age);
  for (const NamedAttribute& attribute : container.attributes) WriteNamed(out, attribute);
}

void WriteSpecific(AttributeWriter& out, const TimeSeries& series, Purpose purpose) {
  out.Integer(names::kMaxNrOfInstances, series.max_number_of_instances);
  out.Integer(names::kMaxByteSize, series.max_byte_size);
  out.Integer(names::kMaxInstanceAge, series.max_instance_age);
  out.Integer(names::kPeriodicInterval, series.periodic_interval);
  out.Boolean(names::kMissingDataDetect, series.missing_data_detect);
  out.Integer(names::kMissingDataMaxNr, series.missing_data_max_number);
  out.Integer(names::kMissingDataDetectTimer, series.missing_data_detect_timer);
  out.TextUnlessEmpty(names::kOntologyRef, series.ontology_ref);
  if (purpose == Purpose::kCreate) out.TextUnlessEmpty(names::kContentInfo, series.content_info);
}

void WriteSpecific(AttributeWriter& out, const TimeSeriesInstance& instance, Purpose purpose) {
  if (purpose == Purpose::kUpdate) return;
  out.Text(names::kDataGenerationTime, instance.data_generation_time);
  out.Text(names::kContent, instance.content);
  out.Integer(names::kSequenceNr, instance.sequence_number);
}

void WriteSpecific(AttributeWriter& out, const SemanticDescriptor& semantic, Purpose purpose) {
  out.Integer(names::kDescriptorRepresentation, semantic.representation);
  out.TextUnlessEmpty(names::kDescriptor, semantic.descriptor);
  out.TextUnlessEmpty(names::kOntologyRef, semantic.ontology_ref);
  out.List(names::kRelatedSemantics, semantic.related_semantics);
  if (purpose == Purpose::kUpdate) {
    out.TextUnlessEmpty(names::kSemanticOpExec, semantic.semantic_operation);
  }
}

std::string_view RootOf(const Resource& resource) {
  if (const auto* object = std::get_if<ManagementObject>(&resource)) return object->root;
  if (const auto* container = std::get_if<FlexContainer>(&resource)) return container->root;
  return RootOf(TypeOf(resource));
}

std::string Encode(const Resource& resource, Purpose purpose, ContentRefForm content_ref_form,
                   const std::vector<std::string>& nulls) {
  AttributeWriter out(content_ref_form);
  out.OpenElement();
  out.Open(RootOf(resource));
  WriteCommon(out, CommonOf(resource), purpose);
  std::visit([&](const auto& alternative) { WriteSpecific(out, alternative, purpose); }, resource);
  for (const std::string& name : nulls) out.Null(name);
  out.Close();
  out.Close();
  return out.Take();
}

}  // namespace

std::string EncodeCreate(const Resource& resource, ContentRefForm content_ref_form) {
  return Encode(resource, Purpose::kCreate, content_ref_form, {});
}

std::string EncodeUpdate(const Resource& resource, const std::vector<std::string>& nulls) {
  return Encode(resource, Purpose::kUpdate, ContentRefForm::kUriReference, nulls);
}

}  // namespace onem2m
