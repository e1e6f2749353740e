#include "lwm2m/known_object_lists.h"

#include <utility>

namespace lwm2m {

Result<Shared<ObjectList>> KnownObjectLists::Read(std::string_view text) {
  const auto known = lists_.find(text);
  if (known != lists_.end()) return known->second;
  auto parsed = ParseObjectList(text);
  if (!parsed) return tl::unexpected(std::move(parsed).error());
  Shared<ObjectList> list(*std::move(parsed));
  if (text.size() > kLongest) return list;
  if (lists_.size() >= kTexts) {
    // Those that nobody has any more; when all are in use, begin anew: who shares goes on sharing.
    std::erase_if(lists_, [](const auto& entry) { return entry.second.IsUnique(); });
    if (lists_.size() >= kTexts) lists_.clear();
  }
  lists_.emplace(text, list);
  return list;
}

}  // namespace lwm2m
