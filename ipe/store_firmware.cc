// Firmware updates under way, in the store.
#include <fmt/format.h>

#include <utility>

#include "ipe/store_state.h"

namespace ipe {
namespace {

using lwm2m::FirmwareStep;
using sqlite::Statement;

StoreResult<StoredFirmwareUpdate> ReadUpdate(const Statement::Use& row) {
  StoredFirmwareUpdate update;
  update.command = row.Text(0);
  const std::int64_t step = row.Integer(1);
  if (step < 0 || step > static_cast<std::int64_t>(FirmwareStep::kFailed)) {
    return tl::unexpected(
        StoreError{fmt::format("read firmware update {}: no such step {}", update.command, step),
                   StoreCause::kCorrupt});
  }
  lwm2m::FirmwareStatus& status = update.status;
  status.step = static_cast<FirmwareStep>(step);
  if (!row.IsNull(2)) {
    status.method =
        row.Integer(2) == 0 ? lwm2m::FirmwareMethod::kPush : lwm2m::FirmwareMethod::kPull;
  }
  status.downloads = static_cast<unsigned>(row.Integer(3));
  status.executes = static_cast<unsigned>(row.Integer(4));
  status.write_accepted = row.Integer(5) != 0;
  if (!row.IsNull(6)) status.result_before = row.Integer(6);
  status.version_before = row.Text(7);
  return update;
}

}  // namespace

StoreResult<void> SqliteStore::Put(const StoredFirmwareUpdate& update) {
  const lwm2m::FirmwareStatus& status = update.status;
  std::optional<std::int64_t> method;
  if (status.method) method = static_cast<std::int64_t>(*status.method);
  return Statement::Use(state_->Kept(Query::kPutFirmwareUpdate))
      .Bind(update.command)
      .Bind(static_cast<std::int64_t>(status.step))
      .BindOptional(method)
      .Bind(std::int64_t{status.downloads})
      .Bind(std::int64_t{status.executes})
      .Bind(std::int64_t{status.write_accepted ? 1 : 0})
      .BindOptional(status.result_before)
      .Bind(status.version_before)
      .Run(state_->database(), "write firmware update");
}

StoreResult<std::vector<StoredFirmwareUpdate>> SqliteStore::FirmwareUpdates() {
  std::vector<StoredFirmwareUpdate> updates;
  Statement::Use rows(state_->Kept(Query::kReadFirmwareUpdates));
  while (true) {
    const auto row = rows.Step(state_->database(), "read firmware updates");
    if (!row) return tl::unexpected(row.error());
    if (!*row) return updates;
    auto update = ReadUpdate(rows);
    if (!update) return tl::unexpected(update.error());
    updates.push_back(*std::move(update));
  }
}

}  // namespace ipe
