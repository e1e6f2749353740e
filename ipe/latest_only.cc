#include "ipe/latest_only.h"

#include <algorithm>
#include <utility>

#include "mapping/identifiers.h"
#include "onem2m/codec/merge.h"

namespace ipe {
namespace {

void TakeOverUpdates(Store& store, std::string_view endpoint, RowId after, OutboxRow& row) {
  auto earlier = store.PendingUpdates(endpoint, row.container, after);
  if (!earlier) return;  // the next Append says that the store fails
  std::string body;
  for (std::string& update : *earlier) {
    auto merged = onem2m::MergeUpdates(body.empty() ? update : body, update);
    body = merged ? *std::move(merged) : std::move(update);
  }
  if (body.empty()) return;
  if (auto merged = onem2m::MergeUpdates(body, row.body)) row.body = *std::move(merged);
}

}  // namespace

std::vector<std::string> TakeOver(Store& store, const mapping::Profile& profile,
                                  std::string_view endpoint, RowId after,
                                  std::vector<OutboxRow>& rows) {
  std::vector<std::string> containers;
  for (OutboxRow& row : rows) {
    if (row.kind != OutboxRow::Kind::kTelemetry) continue;
    const auto path = mapping::PathOfAddress(row.container);
    if (!path || profile.For(endpoint, *path).delivery != mapping::DeliveryKind::kLatest) continue;
    if (std::find(containers.begin(), containers.end(), row.container) != containers.end()) {
      continue;
    }
    if (row.form == OutboxRow::Form::kUpdate) TakeOverUpdates(store, endpoint, after, row);
    containers.push_back(row.container);
  }
  return containers;
}

}  // namespace ipe
