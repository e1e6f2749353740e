#include "mapping/semantic.h"

#include <cmath>
#include <optional>
#include <string_view>
#include <utility>

#include "mapping/identifiers.h"

namespace mapping {

namespace {

constexpr std::string_view kText = "text/plain:0";
constexpr std::string_view kBase64 = "application/octet-stream:2";

// TS-0014 §8.2.1: the URI of the destination's container. The null link points nowhere.
// (LwM2M Core 1.1.1 Appendix C)
std::optional<std::string> AddressOf(const lwm2m::ObjectLink& link, const std::string& ae_address) {
  if (link.object == lwm2m::kMaxId) return std::nullopt;
  const lwm2m::Path destination = link.instance == lwm2m::kMaxId
                                      ? lwm2m::Path(link.object)
                                      : lwm2m::Path(link.object, link.instance);
  return ae_address + "/" + ContainerAddress(destination);
}

// What a timestamp can name; a device without a clock may send anything.
std::optional<std::string> TimestampOf(double seconds) {
  constexpr double kYear10000 = 253402300800.0;
  if (!(seconds >= 0 && seconds < kYear10000)) return std::nullopt;
  return onem2m::FormatTimestamp(static_cast<std::int64_t>(std::floor(seconds)));
}

onem2m::ContentInstance InstanceOf(const lwm2m::Record& record, const std::string& ae_address) {
  onem2m::ContentInstance instance;
  instance.ask_for_creator = true;
  instance.content = lwm2m::ToText(record.value);
  instance.content_info = kText;
  if (std::holds_alternative<lwm2m::Opaque>(record.value)) {
    instance.content_info = kBase64;
  } else if (!lwm2m::IsUtf8(instance.content)) {
    // No JSON text can hold it; as octets nothing of it is lost.
    instance.content = lwm2m::EncodeBase64(instance.content);
    instance.content_info = kBase64;
  }
  if (const auto* link = std::get_if<lwm2m::ObjectLink>(&record.value)) {
    if (auto address = AddressOf(*link, ae_address)) {
      instance.content_ref.push_back({"ObjectLink", *std::move(address)});
    }
  }
  if (record.time) {
    if (const auto timestamp = TimestampOf(*record.time)) {
      instance.labels.push_back("LWM2M-Time:" + *timestamp);
    }
  }
  return instance;
}

}  // namespace

std::vector<Delivery> SemanticDeliveries(const std::vector<lwm2m::Record>& records,
                                         const std::string& ae_address) {
  std::vector<Delivery> deliveries;
  deliveries.reserve(records.size());
  for (const lwm2m::Record& record : records) {
    Delivery delivery;
    delivery.path = record.path;
    delivery.instance = InstanceOf(record, ae_address);
    delivery.value_hash = HashOf(delivery.instance);
    deliveries.push_back(std::move(delivery));
  }
  return deliveries;
}

}  // namespace mapping
