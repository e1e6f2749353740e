// What a payload costs before it is a contentInstance: decoding, mapping, JSON, HTTP.
// build/bench/tests/bench/codec_bench
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "lwm2m/codec/codec.h"
#include "lwm2m/ddf/standard_objects.h"
#include "mapping/semantic.h"
#include "onem2m/codec/http_message.h"
#include "onem2m/codec/http_wire.h"
#include "onem2m/codec/json.h"

namespace {

using lwm2m::ContentFormat;
using lwm2m::Path;
using lwm2m::Record;

// A temperature with its unit and range, as IPSO sensors report them.
std::vector<Record> Temperature() {
  const Path instance(3303, 0);
  return {{instance.Child(5601), 18.5, {}},
          {instance.Child(5602), 24.25, {}},
          {instance.Child(5700), 21.75, {}},
          {instance.Child(5701), std::string("Cel"), {}}};
}

void Decode(benchmark::State& state, ContentFormat format) {
  const lwm2m::ObjectModel model = lwm2m::StandardObjects();
  const bool is_single = format == ContentFormat::kText || format == ContentFormat::kCbor;
  const Path base = is_single ? Path(3303, 0, 5700) : Path(3303, 0);
  const std::vector<Record> records =
      is_single ? std::vector<Record>{{base, 21.75, {}}} : Temperature();
  const auto payload = lwm2m::Encode(format, records, base, model);
  if (!payload) return state.SkipWithError(payload.error().detail.c_str());
  for (auto _ : state) {
    auto decoded = lwm2m::Decode(format, *payload, base, model);
    if (!decoded) state.SkipWithError("decode failed");
    benchmark::DoNotOptimize(decoded);
  }
  state.counters["octets"] = static_cast<double>(payload->size());
}
BENCHMARK_CAPTURE(Decode, text_1_value, ContentFormat::kText);
BENCHMARK_CAPTURE(Decode, cbor_1_value, ContentFormat::kCbor);
BENCHMARK_CAPTURE(Decode, tlv_4_values, ContentFormat::kTlv);
BENCHMARK_CAPTURE(Decode, json_4_values, ContentFormat::kJson);
BENCHMARK_CAPTURE(Decode, senml_json_4_values, ContentFormat::kSenmlJson);
BENCHMARK_CAPTURE(Decode, senml_cbor_4_values, ContentFormat::kSenmlCbor);
BENCHMARK_CAPTURE(Decode, lwm2m_cbor_4_values, ContentFormat::kLwm2mCbor);

void MapSemantic(benchmark::State& state) {
  const std::vector<Record> records = Temperature();
  const std::string address = "/id-in/cse-in/dev-ops-swarm-000000";
  for (auto _ : state) benchmark::DoNotOptimize(mapping::SemanticDeliveries(records, address));
}
BENCHMARK(MapSemantic)->Name("MapSemantic/4_values");

onem2m::ContentInstance Instance() {
  onem2m::ContentInstance instance;
  instance.resource_name = "0069f1c2a3-0000000042";
  instance.content = "21.75";
  instance.content_info = "text/plain:0";
  instance.labels = {"LWM2M-Time:1700000000"};
  return instance;
}

void EncodeContentInstance(benchmark::State& state) {
  const onem2m::Resource resource = Instance();
  for (auto _ : state) benchmark::DoNotOptimize(onem2m::EncodeCreate(resource));
}
BENCHMARK(EncodeContentInstance);

void EncodeHttpRequest(benchmark::State& state) {
  onem2m::RequestPrimitive request;
  request.operation = onem2m::Operation::kCreate;
  request.to = "cse-in/dev-ops-swarm-000000/3303/0/5700";
  request.from = "Cdev-ops-swarm-000000";
  request.request_identifier = "lwm2m-ipe-1234567";
  request.release_version = "3";
  request.type = onem2m::ResourceType::kContentInstance;
  request.content = onem2m::EncodeCreate(Instance());
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        onem2m::WriteRequest(onem2m::EncodeRequest(request), "127.0.0.1:8080"));
  }
}
BENCHMARK(EncodeHttpRequest);

void ReadHttpResponse(benchmark::State& state) {
  const std::string body =
      R"({"m2m:cin":{"ty":4,"ri":"r42","rn":"x","pi":"p","ct":"20260101T000000","lt":"20260101T000000"}})";
  const std::string octets =
      "HTTP/1.1 201 Created\r\nX-M2M-RSC: 2001\r\nX-M2M-RI: lwm2m-ipe-1234567\r\nX-M2M-RVI: 3\r\n"
      "Content-Type: application/json\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body;
  for (auto _ : state) {
    onem2m::HttpResponseReader reader;
    if (reader.Feed(octets) != onem2m::HttpResponseReader::Progress::kComplete) {
      state.SkipWithError("not complete");
    }
    benchmark::DoNotOptimize(onem2m::DecodeResponse(reader.Take()));
  }
}
BENCHMARK(ReadHttpResponse);

}  // namespace
