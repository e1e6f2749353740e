#include "lwm2m/simulator/device_management.h"

#include <charconv>
#include <utility>

namespace lwm2m::simulator {
namespace {

Answer Refuse(Code code) { return {code, std::nullopt, {}}; }

Answer Refuse(const Error& error) {
  switch (error.kind) {
    case ErrorKind::kMalformed:
    case ErrorKind::kInvalidValue:
    case ErrorKind::kUnreachable:
    case ErrorKind::kUnsupported:
      return Refuse(Code::kBadRequest);
    case ErrorKind::kUnsupportedFormat:
      return Refuse(Code::kUnsupportedContentFormat);
    case ErrorKind::kNotFound:
      return Refuse(Code::kNotFound);
    case ErrorKind::kNotAllowed:
      return Refuse(Code::kMethodNotAllowed);
    case ErrorKind::kTooLarge:
      return Refuse(Code::kRequestEntityTooLarge);
  }
  return Refuse(Code::kBadRequest);
}

std::string Link(const Path& path, const std::string& parameters = {}) {
  return "<" + path.ToString() + ">" + parameters;
}

std::string Dimension(const Device& device, const ResourceDefinition& resource, TimePoint now) {
  if (!resource.multiple) return {};
  return ";dim=" + std::to_string(device.Read(resource.path, now).size());
}

// LwM2M 1.0.2 §5.4.2: an object shows its own attributes and bare resources, an instance its own
// and those of its resources, a resource those it inherits too.
Answer Discover(const Device& device, const AttributeTable& attributes, const Path& path,
                TimePoint now) {
  if (path.is_resource_instance()) return Refuse(Code::kBadRequest);
  std::string links;
  if (const ResourceDefinition* resource = Device::FindResource(path)) {
    links = Link(path,
                 Dimension(device, *resource, now) + attributes.Effective(path).ToLinkParameters());
    return {Code::kContent, kLinkFormat, links};
  }
  links = Link(path, attributes.Own(path).ToLinkParameters());
  if (path.is_object()) links += "," + Link(path.Child(0));
  for (const ResourceDefinition* resource : Device::ResourcesBelow(path)) {
    links += "," + Link(resource->path,
                        path.is_object() ? std::string()
                                         : Dimension(device, *resource, now) +
                                               attributes.Own(resource->path).ToLinkParameters());
  }
  return {Code::kContent, kLinkFormat, links};
}

struct WriteOrder {
  Path path;
  Value value;
};

Result<Value> DecodeWritten(std::string_view octets, DataType type, std::uint32_t format) {
  if (format == kTextFormat) return DecodeText(octets, type);
  if (format == kOpaqueFormat && type == DataType::kOpaque) return Value(Octets(octets));
  if (format == kTlvFormat) return DecodeTlvValue(octets, type);
  return tl::unexpected(Error{ErrorKind::kUnsupportedFormat, std::to_string(format)});
}

// Checks everything before anything is written.  (DM-25)
Result<std::vector<WriteOrder>> DecodeWrite(const Path& path, const Datagram& request) {
  const std::uint32_t format = request.Number(kContentFormat).value_or(kTextFormat);
  std::vector<RawLeaf> raw{{path, request.payload}};
  if (format == kTlvFormat) {
    auto leaves = DecodeTlv(path, request.payload);
    if (!leaves) return tl::unexpected(leaves.error());
    raw = std::move(*leaves);
  } else if (path.depth() < 3) {
    return tl::unexpected(Error{ErrorKind::kUnsupportedFormat, std::to_string(format)});
  }
  std::vector<WriteOrder> orders;
  for (const RawLeaf& leaf : raw) {
    const ResourceDefinition* resource = Device::FindResource(leaf.path);
    if (resource == nullptr || !Device::Exists(leaf.path)) {
      return tl::unexpected(Error{ErrorKind::kNotFound, leaf.path.ToString()});
    }
    if ((resource->operations & kWritable) == 0 || leaf.path.depth() != 3) {
      return tl::unexpected(Error{ErrorKind::kNotAllowed, leaf.path.ToString()});
    }
    auto value = DecodeWritten(leaf.octets, resource->type, format);
    if (!value) return tl::unexpected(value.error());
    orders.push_back({leaf.path, std::move(*value)});
  }
  return orders;
}

Answer Write(const Datagram& request, const Path& path, Device& device, TimePoint now,
             Consequences& consequences, Deed& deed) {
  if (path.is_object()) return Refuse(Code::kMethodNotAllowed);
  auto orders = DecodeWrite(path, request);
  if (!orders) return Refuse(orders.error());
  for (const WriteOrder& order : *orders) {
    if (const auto written = device.Write(order.path, order.value, now, consequences); !written) {
      return Refuse(written.error());
    }
    const DataType type = Device::FindResource(order.path)->type;
    deed.value += (deed.value.empty() ? "" : " ") +
                  (type == DataType::kOpaque
                       ? std::to_string(std::get<std::string>(order.value).size()) + " octets"
                       : EncodeText(order.value, type));
  }
  deed.what = "write";
  return Refuse(Code::kChanged);
}

Answer WriteAttributes(const Datagram& request, const Path& path, AttributeTable& attributes,
                       Deed& deed) {
  const std::vector<std::string> queries = request.Texts(kUriQuery);
  if (const auto applied = attributes.Apply(path, queries); !applied) {
    return Refuse(applied.error());
  }
  deed.what = "write-attributes";
  for (const std::string& query : queries) deed.value += (deed.value.empty() ? "" : "&") + query;
  return Refuse(Code::kChanged);
}

// POST means Create on an object, Write on an instance, and Execute or Write on a resource.
Answer Post(const Datagram& request, const Path& path, Device& device, TimePoint now,
            Consequences& consequences, Deed& deed) {
  const ResourceDefinition* resource = Device::FindResource(path);
  if (resource == nullptr || (resource->operations & kExecutable) == 0) {
    return Write(request, path, device, now, consequences, deed);
  }
  if (const auto executed = device.Execute(path, consequences, now); !executed) {
    return Refuse(executed.error());
  }
  deed.what = "execute";
  deed.value = request.payload;
  return Refuse(Code::kChanged);
}

}  // namespace

Result<Path> RequestPath(const Datagram& request) {
  Path path;
  for (const std::string& segment : request.Texts(kUriPath)) {
    Id id = 0;
    const auto [end, error] = std::from_chars(segment.data(), segment.data() + segment.size(), id);
    if (error != std::errc() || end != segment.data() + segment.size() || id == kMaxId ||
        path.depth() == Path::kMaxDepth) {
      return tl::unexpected(Error{ErrorKind::kNotFound, segment});
    }
    path = path.Child(id);
  }
  return path;
}

Answer Read(const Device& device, const Path& path, std::optional<std::uint32_t> accept,
            TimePoint now) {
  if (!Device::Exists(path)) return Refuse(Code::kNotFound);
  const ResourceDefinition* resource = Device::FindResource(path);
  if (resource != nullptr && (resource->operations & kReadable) == 0) {
    return Refuse(Code::kMethodNotAllowed);
  }
  const bool single = resource != nullptr && (!resource->multiple || path.is_resource_instance());
  const std::uint32_t format = accept.value_or(single ? kTextFormat : kTlvFormat);
  const std::vector<Leaf> leaves = device.Read(path, now);
  if (format == kTlvFormat) return {Code::kContent, format, EncodeTlv(path, leaves)};
  if (format == kJsonFormat) return {Code::kContent, format, EncodeJson(path, leaves)};
  if (format == kTextFormat && single) {
    return {Code::kContent, format, EncodeText(leaves.front().value, leaves.front().type)};
  }
  return Refuse(Code::kNotAcceptable);
}

Answer Serve(const Datagram& request, Device& device, AttributeTable& attributes, TimePoint now,
             Consequences& consequences, Deed& deed) {
  const auto path = RequestPath(request);
  if (!path) return Refuse(path.error());
  if (path->is_root()) return Refuse(Code::kMethodNotAllowed);
  if (!Device::Exists(*path)) return Refuse(Code::kNotFound);
  deed.path = path->ToString();
  if (request.code == Code::kGet) {
    const auto accept = request.Number(kAccept);
    if (accept == kLinkFormat) return Discover(device, attributes, *path, now);
    return Read(device, *path, accept, now);
  }
  if (request.code == Code::kPut) {
    // DM-5: Write-Attributes is the PUT without payload.
    const bool has_content = !request.payload.empty() || request.Number(kContentFormat);
    if (!has_content && !request.Texts(kUriQuery).empty()) {
      return WriteAttributes(request, *path, attributes, deed);
    }
    return Write(request, *path, device, now, consequences, deed);
  }
  if (request.code == Code::kPost) {
    return Post(request, *path, device, now, consequences, deed);
  }
  // Delete: no instance of these objects may go. FETCH and iPATCH belong to LwM2M 1.1, optional
  // there.
  return Refuse(Code::kMethodNotAllowed);
}

}  // namespace lwm2m::simulator
