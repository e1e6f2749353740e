#include "ipe/models.h"

#include <spdlog/spdlog.h>

#include "ipe/log_events.h"
#include "lwm2m/ddf/ddf_reader.h"
#include "lwm2m/ddf/standard_objects.h"

namespace ipe {

tl::expected<lwm2m::ObjectModel, std::string> LoadModels(const std::string& directory) {
  lwm2m::ObjectModel model = lwm2m::StandardObjects();
  if (directory.empty()) return model;
  auto files = lwm2m::ReadDefinitionDirectory(directory);
  if (!files) return tl::unexpected("lwm2m.models: " + files.error().detail);
  for (lwm2m::DefinitionFile& file : *files) {
    if (!file.objects) {
      spdlog::warn("event=model-file-skipped file={} cause={}", file.name,
                   LogValue(file.objects.error().detail));
      continue;
    }
    for (lwm2m::ObjectDefinition& definition : *file.objects) model.Add(std::move(definition));
  }
  spdlog::info("event=models-loaded directory={} definitions={}", directory, model.size());
  return model;
}

}  // namespace ipe
