#include "ipe/demo_events.h"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace ipe {
namespace {

// A member as text: strings without their quotes, everything else as JSON; "" when it is absent.
std::string Text(const rapidjson::Document& document, const char* name) {
  const auto member = document.FindMember(name);
  if (member == document.MemberEnd()) return "";
  if (member->value.IsString()) {
    return {member->value.GetString(), member->value.GetStringLength()};
  }
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  member->value.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

bool ReadObject(std::string_view content, rapidjson::Document& document) {
  document.Parse<rapidjson::kParseIterativeFlag>(content.data(), content.size());
  return !document.HasParseError() && document.IsObject();
}

}  // namespace

std::optional<DemoLifecycle> ReadLifecycle(std::string_view content) {
  rapidjson::Document document;
  if (!ReadObject(content, document) || !document.HasMember("event")) return std::nullopt;
  DemoLifecycle lifecycle;
  lifecycle.event = Text(document, "event");
  lifecycle.endpoint = Text(document, "ep");
  lifecycle.ae = Text(document, "ae");
  lifecycle.node = Text(document, "node");
  return lifecycle;
}

std::optional<DemoOutcome> ReadOutcome(std::string_view content) {
  rapidjson::Document document;
  if (!ReadObject(content, document) || !document.HasMember("status")) return std::nullopt;
  DemoOutcome outcome;
  outcome.id = Text(document, "id");
  outcome.op = Text(document, "op");
  outcome.path = Text(document, "path");
  outcome.status = Text(document, "status");
  outcome.value = Text(document, "value");
  if (outcome.value.empty()) outcome.value = Text(document, "values");
  outcome.coap = Text(document, "coap");
  outcome.reason = Text(document, "reason");
  return outcome;
}

std::string DemoOutcome::ToString() const {
  std::string text = status;
  for (const std::string* part : {&coap, &value, &reason}) {
    if (!part->empty()) text += ", " + *part;
  }
  return text;
}

}  // namespace ipe
