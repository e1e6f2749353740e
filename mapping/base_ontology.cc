#include "mapping/base_ontology.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "lwm2m/value.h"
#include "mapping/identifiers.h"
#include "mapping/object_discovery.h"

namespace mapping {

namespace {

// m2m:semanticFormat: RDF/XML. (TS-0004 §6.3.4)
constexpr std::int64_t kRdfXml = 4;
constexpr std::string_view kOntology =
    "https://git.onem2m.org/MAS/BaseOntology/raw/master/base_ontology.owl#";

// Of the device itself, given by its maker and not changed in its life (LwM2M Core 1.1.1 Table
// E.4-1): manufacturer, model, serial number, device type, hardware version.
constexpr std::array<lwm2m::Id, 5> kConstantOfDevice = {0, 1, 2, 17, 18};
constexpr lwm2m::Id kDevice = 3;
constexpr lwm2m::Id kApplicationType = 5750;

// What XML reserves, and what it cannot hold at all: devices choose the texts. (XML 1.0 §2.2, §2.4)
std::string Escaped(std::string_view text) {
  if (!lwm2m::IsUtf8(text)) return Escaped(lwm2m::EncodeBase64(text));
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&apos;";
        break;
      default:
        escaped += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
    }
  }
  return escaped;
}

// Writes descriptions of individuals. Lives on the stack of one descriptor.
class RdfWriter {
 public:
  void Open(std::string_view about, std::string_view type) {
    Line("  <rdf:Description rdf:about=\"{}\">", Escaped(about));
    Is(type);
  }
  void Is(std::string_view type) { Line("    <rdf:type rdf:resource=\"{}{}\"/>", kOntology, type); }
  void Relates(std::string_view property, std::string_view to) {
    Line("    <m2m:{} rdf:resource=\"{}\"/>", property, Escaped(to));
  }
  void Says(std::string_view property, std::string_view value) {
    Line("    <m2m:{}>{}</m2m:{}>", property, Escaped(value), property);
  }
  void IsCalled(std::string_view name) {
    if (!name.empty()) Line("    <rdfs:label>{}</rdfs:label>", Escaped(name));
  }
  void Close() { Line("  </rdf:Description>"); }

  std::string Document() const {
    return fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"\n"
        "    xmlns:rdfs=\"http://www.w3.org/2000/01/rdf-schema#\"\n"
        "    xmlns:m2m=\"{}\">\n{}</rdf:RDF>\n",
        kOntology, text_);
  }

 private:
  template <typename... Arguments>
  void Line(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Arguments>(arguments)...);
    text_ += '\n';
  }
  std::string text_;
};

onem2m::SemanticDescriptor DescriptorOf(const RdfWriter& rdf, const DescriptorRules& rules) {
  onem2m::SemanticDescriptor descriptor;
  descriptor.resource_name = kDescriptorName;
  descriptor.expiration_time = rules.expiration_time;
  descriptor.access_control_policy_ids = rules.context.access_control_policy_ids;
  descriptor.labels = {"Iwked-Technology:LWM2M"};
  descriptor.representation = kRdfXml;
  descriptor.descriptor = lwm2m::EncodeBase64(rdf.Document());
  return descriptor;
}

std::string AddressOf(const lwm2m::Path& path, const DescriptorRules& rules) {
  return rules.ae_address + "/" + ContainerAddress(path);
}

const lwm2m::ObjectDefinition* DefinitionOf(lwm2m::Id object, const DescriptorRules& rules) {
  const auto& versions = rules.registration.objects->versions;
  const auto version = versions.find(object);
  return rules.model.Find(object, version == versions.end() ? "1.0" : version->second);
}

std::string AreaNetworkOf(const DescriptorRules& rules) {
  const std::string_view id = rules.context.ipe_ae_id;
  return fmt::format("{}#{}", rules.base, id.substr(id.rfind('/') + 1));
}

bool IsConstant(const lwm2m::Path& resource, const lwm2m::ResourceDefinition& definition) {
  if (!definition.readable || definition.writable) return false;
  if (resource.object() != kDevice) return resource.resource() == kApplicationType;
  return std::find(kConstantOfDevice.begin(), kConstantOfDevice.end(), resource.resource()) !=
         kConstantOfDevice.end();
}

std::string_view DataTypeOf(lwm2m::Type type) {
  switch (type) {
    case lwm2m::Type::kInteger:
      return "http://www.w3.org/2001/XMLSchema#integer";
    case lwm2m::Type::kUnsignedInteger:
      return "http://www.w3.org/2001/XMLSchema#nonNegativeInteger";
    case lwm2m::Type::kFloat:
      return "http://www.w3.org/2001/XMLSchema#double";
    case lwm2m::Type::kBoolean:
      return "http://www.w3.org/2001/XMLSchema#boolean";
    case lwm2m::Type::kOpaque:
      return "http://www.w3.org/2001/XMLSchema#base64Binary";
    case lwm2m::Type::kTime:
      return "http://www.w3.org/2001/XMLSchema#integer";
    case lwm2m::Type::kNone:
    case lwm2m::Type::kString:
    case lwm2m::Type::kObjectLink:
    case lwm2m::Type::kCoreLink:
      break;
  }
  return "http://www.w3.org/2001/XMLSchema#string";
}

// The Service and what it has; the individuals that it names are written after it.
void WriteService(RdfWriter& rdf, const lwm2m::Path& instance,
                  const lwm2m::ObjectDefinition* definition, const DescriptorRules& rules) {
  const std::string service = AddressOf(instance, rules);
  const std::string functionality = service + "#functionality";
  rdf.Open(service, "Service");
  rdf.IsCalled(definition == nullptr ? "" : definition->name);
  rdf.Relates("exposesFunctionality", functionality);
  if (definition != nullptr) {
    for (const lwm2m::ResourceDefinition& resource : definition->resources) {
      const lwm2m::Path path(instance.object(), instance.instance(), resource.id);
      const std::string address = AddressOf(path, rules);
      if (resource.executable) rdf.Relates("hasOperation", address);
      if (IsConstant(path, resource)) continue;
      if (resource.readable) rdf.Relates("hasOutputDataPoint", address);
      if (resource.writable) rdf.Relates("hasInputDataPoint", address);
    }
  }
  rdf.Close();
  rdf.Open(functionality, "Functionality");
  rdf.IsCalled(definition == nullptr ? "" : definition->name);
  if (definition != nullptr) {
    for (const lwm2m::ResourceDefinition& resource : definition->resources) {
      if (!resource.executable) continue;
      const lwm2m::Path path(instance.object(), instance.instance(), resource.id);
      rdf.Relates("hasCommand", AddressOf(path, rules) + "#command");
    }
  }
  rdf.Close();
}

void WriteResource(RdfWriter& rdf, const lwm2m::Path& path,
                   const lwm2m::ResourceDefinition& resource, const DescriptorRules& rules) {
  const std::string address = AddressOf(path, rules);
  if (resource.executable) {
    rdf.Open(address, "Operation");
    rdf.IsCalled(resource.name);
    rdf.Relates("exposesCommand", address + "#command");
    rdf.Says("oneM2MTargetURI", address);
    rdf.Close();
    rdf.Open(address + "#command", "Command");
    rdf.IsCalled(resource.name);
    rdf.Close();
    return;
  }
  if (!resource.readable && !resource.writable) return;
  const bool constant = IsConstant(path, resource);
  const std::string_view first = constant            ? "ThingProperty"
                                 : resource.readable ? "OutputDataPoint"
                                                     : "InputDataPoint";
  rdf.Open(address, first);
  if (!constant && resource.readable && resource.writable) rdf.Is("InputDataPoint");
  rdf.IsCalled(resource.name);
  rdf.Says("hasDataType", DataTypeOf(resource.type));
  rdf.Says("oneM2MTargetURI", address);
  // Its instances are not known before they have values.
  if (resource.multiple) rdf.Relates("hasSubStructure", address + "#instance");
  rdf.Close();
  if (!resource.multiple) return;
  rdf.Open(address + "#instance", "Variable");
  rdf.Says("hasDataType", DataTypeOf(resource.type));
  rdf.Close();
}

}  // namespace

onem2m::SemanticDescriptor DescribeEndpoint(const DescriptorRules& rules) {
  RdfWriter rdf;
  const std::string network = AreaNetworkOf(rules);
  rdf.Open(rules.ae_address, "InterworkedDevice");
  rdf.IsCalled(rules.registration.endpoint);
  rdf.Relates("isPartOf", network);
  for (const lwm2m::Path& path : rules.registration.objects->paths) {
    if (!path.is_instance()) continue;
    const std::string service = AddressOf(path, rules);
    rdf.Relates("hasService", service);
    rdf.Relates("hasFunctionality", service + "#functionality");
    const auto* definition = DefinitionOf(path.object(), rules);
    if (definition == nullptr) continue;
    for (const lwm2m::ResourceDefinition& resource : definition->resources) {
      const lwm2m::Path property(path.object(), path.instance(), resource.id);
      if (IsConstant(property, resource)) {
        rdf.Relates("hasThingProperty", AddressOf(property, rules));
      }
    }
  }
  rdf.Close();
  rdf.Open(network, "AreaNetwork");
  rdf.Says("netTechnologyCommunicationProtocol", "LWM2M");
  rdf.Close();
  return DescriptorOf(rdf, rules);
}

onem2m::SemanticDescriptor DescribeInstance(const lwm2m::Path& instance,
                                            const DescriptorRules& rules) {
  RdfWriter rdf;
  const auto* definition = DefinitionOf(instance.object(), rules);
  WriteService(rdf, instance, definition, rules);
  if (definition != nullptr) {
    for (const lwm2m::ResourceDefinition& resource : definition->resources) {
      WriteResource(rdf, lwm2m::Path(instance.object(), instance.instance(), resource.id), resource,
                    rules);
    }
  }
  return DescriptorOf(rdf, rules);
}

}  // namespace mapping
