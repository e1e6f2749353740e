#include "mapping/subscription.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace mapping {
namespace {

// A value this old is asked for again. (docs/mapping.md "Read on demand")
constexpr char kMaxAge[] = "PT5S";

constexpr int TypeNumber(onem2m::ResourceType type) { return static_cast<int>(type); }

struct Row {
  Purpose purpose;
  std::string_view name;
  std::vector<int> event_types;
  std::vector<int> child_types;  // empty: not for direct children
  int content_type = 1;          // all attributes: what happened itself, not a hint of it
};

constexpr int kModifiedAttributes = 2;

const std::vector<Row>& Rows() {
  static const std::vector<Row> rows = {
      {Purpose::kCommands,
       "lwm2m-ipe-commands",
       {onem2m::kCreateOfDirectChild},
       {TypeNumber(onem2m::ResourceType::kContentInstance)}},
      {Purpose::kSubscriptions,
       "lwm2m-ipe-subscriptions",
       {onem2m::kCreateOfDirectChild, onem2m::kDeleteOfDirectChild},
       {TypeNumber(onem2m::ResourceType::kSubscription)}},
      {Purpose::kManagement, "lwm2m-ipe-management", {onem2m::kUpdateOfResource}, {}},
      {Purpose::kUpdates,
       "lwm2m-ipe-updates",
       {onem2m::kUpdateOfResource},
       {},
       kModifiedAttributes},
      {Purpose::kActions, "lwm2m-ipe-actions", {onem2m::kBlockingUpdate}, {}, kModifiedAttributes},
      {Purpose::kAccess, "lwm2m-ipe-access", {onem2m::kUpdateOfResource}, {}},
      {Purpose::kDeletions,
       "lwm2m-ipe-deletions",
       {onem2m::kDeleteOfDirectChild},
       {TypeNumber(onem2m::ResourceType::kContainer)}},
      {Purpose::kRetrievals, "lwm2m-ipe-retrievals", {onem2m::kRetrieveWithoutInstance}, {}},
  };
  return rows;
}

const Row& RowFor(Purpose purpose) {
  return *std::find_if(Rows().begin(), Rows().end(),
                       [&](const Row& row) { return row.purpose == purpose; });
}

}  // namespace

std::string_view SubscriptionName(Purpose purpose) { return RowFor(purpose).name; }

std::optional<Purpose> PurposeOf(std::string_view resource_name) {
  for (const Row& row : Rows()) {
    if (row.name == resource_name) return row.purpose;
  }
  return std::nullopt;
}

onem2m::Subscription OwnSubscription(Purpose purpose, const Context& context,
                                     const std::string& expiration_time) {
  const Row& row = RowFor(purpose);
  onem2m::Subscription subscription;
  subscription.resource_name = row.name;
  if (context.expiration == Expiration::kExact) subscription.expiration_time = expiration_time;
  // Table 6.5.2-1: an <accessControlPolicy> that names the IPE's AE-ID.
  subscription.access_control_policy_ids = context.access_control_policy_ids;
  subscription.notification_uri = {context.notify_url};
  subscription.event_types = row.event_types;
  subscription.child_types = row.child_types;
  subscription.content_type = row.content_type;
  return subscription;
}

std::vector<onem2m::Subscription> OwnSubscriptionForms(Purpose purpose, const Context& context,
                                                       const std::string& expiration_time) {
  onem2m::Subscription standard = OwnSubscription(purpose, context, expiration_time);
  if (purpose != Purpose::kRetrievals) return {std::move(standard)};
  // First what serves a container with a value as well. A CSE that has it takes event 5 without
  // ever telling of it; one that is true to TS-0001 refuses it.
  onem2m::Subscription blocking = standard;
  blocking.event_types = {onem2m::kBlockingRetrieveOfDirectChild};
  blocking.max_age = kMaxAge;
  blocking.content_type = 0;  // none is defined for it
  return {std::move(blocking), std::move(standard)};
}

bool IsReadOnDemand(const lwm2m::Path& path, const Settings& settings,
                    const lwm2m::ObjectModel& model) {
  constexpr lwm2m::Id kSecurity = 0;
  constexpr lwm2m::Id kOscore = 21;
  if (!settings.read_on_demand || path.object() == kSecurity || path.object() == kOscore) {
    return false;
  }
  if (path.is_instance()) return settings.transparent;
  if (path.depth() < 3 || !settings.semantic) return false;
  const lwm2m::ResourceDefinition* const definition = model.FindResource(path);
  // The values of a multiple resource stand in the containers of its instances.
  return definition == nullptr ||
         (definition->readable && definition->multiple == (path.depth() == 4));
}

bool TellsOf(Purpose purpose, std::optional<int> event_type) {
  if (!event_type) return true;
  if (purpose == Purpose::kRetrievals && *event_type == onem2m::kBlockingRetrieveOfDirectChild) {
    return true;
  }
  const std::vector<int>& types = RowFor(purpose).event_types;
  return std::find(types.begin(), types.end(), *event_type) != types.end();
}

}  // namespace mapping
