// The recorded messages of real clients in tests/vectors/clients.json.
#ifndef TESTS_SUPPORT_RECORDED_CLIENTS_H_
#define TESTS_SUPPORT_RECORDED_CLIENTS_H_

#include <rapidjson/document.h>
#include <rapidjson/istreamwrapper.h>

#include <fstream>
#include <ostream>
#include <string>
#include <vector>

#include "tests/support/coap_datagram.h"

namespace tests {

struct RecordedMessage {
  std::string name;
  std::string version;
  bool from_client = false;
  CoapDatagram datagram;
};
inline void PrintTo(const RecordedMessage& message, std::ostream* out) { *out << message.name; }

inline std::vector<RecordedMessage> RecordedMessages() {
  std::ifstream file(IPE_SOURCE_DIR "/tests/vectors/clients.json");
  rapidjson::IStreamWrapper stream(file);
  rapidjson::Document document;
  document.ParseStream(stream);
  std::vector<RecordedMessage> messages;
  if (document.HasParseError() || !document.IsArray()) return messages;
  for (const auto& entry : document.GetArray()) {
    const auto datagram = Decode(FromHex(entry["hex"].GetString()));
    if (!datagram) continue;
    messages.push_back({entry["name"].GetString(), entry["version"].GetString(),
                        std::string(entry["direction"].GetString()) == "client-to-server",
                        *datagram});
  }
  return messages;
}

}  // namespace tests

#endif  // TESTS_SUPPORT_RECORDED_CLIENTS_H_
