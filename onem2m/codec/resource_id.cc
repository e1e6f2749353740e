// The identifier of a resource out of its representation, for whoever makes many and needs no more.
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include "onem2m/codec/json.h"
#include "onem2m/codec/short_names.h"

namespace onem2m {
namespace {

// Stops rapidjson at the member of the resource, which is one level below the name of its type.
class IdentifierReader : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, IdentifierReader> {
 public:
  bool StartObject() { return Enter(); }
  bool EndObject(rapidjson::SizeType) { return Leave(); }
  bool StartArray() { return Enter(); }
  bool EndArray(rapidjson::SizeType) { return Leave(); }
  bool Key(const char* name, rapidjson::SizeType size, bool) {
    is_next_ = depth_ == 2 && std::string_view(name, size) == short_names::kResourceId;
    return true;
  }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    if (is_next_) identifier_.assign(text, size);
    return !is_next_;
  }
  bool Default() { return !is_next_; }  // another value
  std::string Take() { return std::move(identifier_); }

 private:
  static constexpr int kMaxDepth = 64;

  bool Enter() { return !is_next_ && ++depth_ < kMaxDepth; }
  bool Leave() {
    --depth_;
    return true;
  }

  int depth_ = 0;
  bool is_next_ = false;
  std::string identifier_;
};

}  // namespace

std::string ResourceIdIn(std::string_view json) {
  rapidjson::MemoryStream stream(json.data(), json.size());
  IdentifierReader handler;
  rapidjson::Reader reader;
  reader.Parse<rapidjson::kParseStopWhenDoneFlag>(stream, handler);
  return handler.Take();
}

}  // namespace onem2m
