#include "onem2m/codec/merge.h"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace onem2m {
namespace {

// Of an Update: one root, an object.
bool Parse(std::string_view text, rapidjson::Document& document) {
  document.Parse<rapidjson::kParseIterativeFlag>(text.data(), text.size());
  return !document.HasParseError() && document.IsObject() && document.MemberCount() == 1 &&
         document.MemberBegin()->value.IsObject();
}

}  // namespace

Result<std::string> MergeUpdates(std::string_view older, std::string_view newer) {
  rapidjson::Document merged;
  rapidjson::Document changes;
  if (!Parse(older, merged) || !Parse(newer, changes)) return BadRequest("an Update");
  rapidjson::Value& target = merged.MemberBegin()->value;
  const rapidjson::Value& source = changes.MemberBegin()->value;
  if (merged.MemberBegin()->name != changes.MemberBegin()->name) {
    return BadRequest("Updates of one resource");
  }
  auto& allocator = merged.GetAllocator();
  for (const auto& change : source.GetObject()) {
    rapidjson::Value value(change.value, allocator);
    if (target.HasMember(change.name)) {
      target[change.name] = value;
    } else {
      target.AddMember(rapidjson::Value(change.name, allocator), value, allocator);
    }
  }
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  merged.Accept(writer);
  return std::string(buffer.GetString(), buffer.GetSize());
}

}  // namespace onem2m
