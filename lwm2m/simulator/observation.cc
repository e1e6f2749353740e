#include "lwm2m/simulator/observation.h"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace lwm2m::simulator {
namespace {

std::optional<double> NumberOf(const Leaf& leaf) {
  if (const auto* real = std::get_if<double>(&leaf.value)) return *real;
  if (const auto* integer = std::get_if<std::int64_t>(&leaf.value)) {
    return static_cast<double>(*integer);
  }
  return std::nullopt;
}

bool IsNumericResource(const Path& path) {
  const ResourceDefinition* resource = Device::FindResource(path);
  return resource != nullptr &&
         (resource->type == DataType::kInteger || resource->type == DataType::kFloat ||
          resource->type == DataType::kTime);
}

// ATT-4: a name without a value takes the attribute away.
template <typename Number>
Result<void> Assign(std::string_view text, DataType type, std::optional<Number>& attribute) {
  if (text.empty()) {
    attribute.reset();
    return {};
  }
  const auto value = DecodeText(text, type);
  if (!value) return tl::unexpected(value.error());
  attribute = std::get<Number>(*value);
  return {};
}

Result<void> AssignNamed(std::string_view query, const Path& path,
                         NotificationAttributes& attributes) {
  const auto equals = query.find('=');
  const std::string_view name = query.substr(0, equals);
  const std::string_view text =
      equals == std::string_view::npos ? std::string_view() : query.substr(equals + 1);
  if (name == "pmin") return Assign(text, DataType::kInteger, attributes.pmin);
  if (name == "pmax") return Assign(text, DataType::kInteger, attributes.pmax);
  // LwM2M 1.0.2 §5.1.2: gt, lt and st are for numeric resources alone.
  if (!IsNumericResource(path))
    return Malformed("attribute " + std::string(name) + " at this level");
  if (name == "gt") return Assign(text, DataType::kFloat, attributes.gt);
  if (name == "lt") return Assign(text, DataType::kFloat, attributes.lt);
  if (name == "st") return Assign(text, DataType::kFloat, attributes.st);
  return Malformed("attribute " + std::string(name));
}

// ATT-3: lt < gt, and lt + 2·st < gt.
bool IsConsistent(const NotificationAttributes& a) {
  const auto is_period = [](std::int64_t seconds) { return seconds >= 0 && seconds <= 0xffffffff; };
  if (!is_period(a.pmin.value_or(0)) || !is_period(a.pmax.value_or(0))) return false;
  if (a.st.value_or(0) < 0) return false;
  return !a.lt || !a.gt || *a.lt + 2 * a.st.value_or(0) < *a.gt;
}

// Without a condition every change counts, else one of the conditions has to hold.
bool HasToBeTold(const NotificationAttributes& a, double reported, double current) {
  if (!a.gt && !a.lt && !a.st) return reported != current;
  if (a.gt && (reported > *a.gt) != (current > *a.gt)) return true;
  if (a.lt && (reported < *a.lt) != (current < *a.lt)) return true;
  return a.st && std::abs(current - reported) >= *a.st;
}

}  // namespace

std::string NotificationAttributes::ToLinkParameters() const {
  std::string text;
  const auto append = [&text](std::string_view name, const auto& attribute, DataType type) {
    if (!attribute) return;
    text += ';';
    text += name;
    text += '=' + EncodeText(Value(*attribute), type);
  };
  append("pmin", pmin, DataType::kInteger);
  append("pmax", pmax, DataType::kInteger);
  append("gt", gt, DataType::kFloat);
  append("lt", lt, DataType::kFloat);
  append("st", st, DataType::kFloat);
  return text;
}

Result<void> AttributeTable::Apply(const Path& path, const std::vector<std::string>& queries) {
  NotificationAttributes attributes = Own(path);
  for (const std::string& query : queries) {
    if (auto assigned = AssignNamed(query, path, attributes); !assigned) return assigned;
  }
  if (!IsConsistent(attributes)) return InvalidValue("combination of attributes");
  const auto held = std::find_if(attached_.begin(), attached_.end(),
                                 [&](const auto& entry) { return entry.first == path; });
  if (held != attached_.end()) {
    held->second = attributes;
  } else {
    attached_.emplace_back(path, attributes);
  }
  return {};
}

NotificationAttributes AttributeTable::Own(const Path& path) const {
  for (const auto& [where, attributes] : attached_) {
    if (where == path) return attributes;
  }
  return {};
}

NotificationAttributes AttributeTable::Effective(const Path& path) const {
  NotificationAttributes effective;
  for (std::size_t depth = 1; depth <= path.depth(); ++depth) {
    const NotificationAttributes own = Own(path.Prefix(depth));
    if (own.pmin) effective.pmin = own.pmin;
    if (own.pmax) effective.pmax = own.pmax;
    if (own.gt) effective.gt = own.gt;
    if (own.lt) effective.lt = own.lt;
    if (own.st) effective.st = own.st;
  }
  return effective;
}

void Observation::Report(const std::vector<Leaf>& leaves, TimePoint now) {
  reported.clear();
  for (const Leaf& leaf : leaves) {
    if (const auto number = NumberOf(leaf)) reported.emplace_back(leaf.path, *number);
  }
  last_sent_at = now;
  pending = false;
}

void Observation::Consider(const std::vector<Path>& changed, const Device& device,
                           const AttributeTable& attributes, TimePoint now) {
  for (const Path& leaf_path : changed) {
    if (!path.Contains(leaf_path)) continue;
    const std::vector<Leaf> leaves = device.Read(leaf_path, now);
    if (leaves.empty()) continue;
    const auto current = NumberOf(leaves.front());
    const auto before = std::find_if(reported.begin(), reported.end(),
                                     [&](const auto& entry) { return entry.first == leaf_path; });
    if (!current || before == reported.end() ||
        HasToBeTold(attributes.Effective(leaf_path), before->second, *current)) {
      pending = true;
    }
  }
}

TimePoint Observation::Due(const Device& device, const AttributeTable& attributes) const {
  const NotificationAttributes effective = attributes.Effective(path);
  const std::chrono::seconds pmin(effective.pmin.value_or(device.default_pmin()));
  const std::chrono::seconds pmax(effective.pmax.value_or(device.default_pmax()));
  if (pending) return last_sent_at + pmin;
  // LwM2M 1.0.2 §5.1.2: a Maximum Period of zero, or one below the minimum, is ignored.
  if (pmax.count() > 0 && pmax >= pmin) return last_sent_at + pmax;
  return TimePoint::max();
}

}  // namespace lwm2m::simulator
