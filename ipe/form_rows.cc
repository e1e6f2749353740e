#include "ipe/form_rows.h"

#include <utility>

#include "mapping/flex_container.h"
#include "mapping/time_series.h"
#include "onem2m/codec/json.h"

namespace ipe {
namespace {

OutboxRow TimeSeriesRow(std::string_view endpoint, const lwm2m::Record& record, double received) {
  OutboxRow row;
  row.endpoint = endpoint;
  row.container = mapping::TimeSeriesAddress(record.path);
  row.form = OutboxRow::Form::kTimeSeriesInstance;
  onem2m::TimeSeriesInstance instance = mapping::TimeSeriesInstanceOf(record, received);
  instance.resource_name = "@name@";
  row.body = onem2m::EncodeCreate(instance);
  return row;
}

}  // namespace

bool WantsOtherForms(const mapping::Settings& settings) {
  return settings.flex_container || settings.time_series;
}

bool WantsValues(const mapping::Settings& settings) {
  return settings.semantic || WantsOtherForms(settings);
}

std::vector<OutboxRow> FormRows(std::string_view endpoint,
                                const std::vector<lwm2m::Record>& records, double received,
                                const mapping::Profile& profile) {
  std::vector<OutboxRow> rows;
  std::vector<lwm2m::Record> of_modules;
  for (const lwm2m::Record& record : records) {
    const mapping::Settings settings = profile.For(endpoint, record.path);
    if (settings.flex_container) of_modules.push_back(record);
    if (settings.time_series) rows.push_back(TimeSeriesRow(endpoint, record, received));
  }
  for (mapping::ModuleUpdate& update : mapping::ModuleUpdates(of_modules)) {
    OutboxRow row;
    row.endpoint = endpoint;
    row.container = std::move(update.address);
    row.form = OutboxRow::Form::kUpdate;
    row.body = onem2m::EncodeUpdate(update.changes);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace ipe
