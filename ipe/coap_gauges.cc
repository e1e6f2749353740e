#include "ipe/coap_gauges.h"

#include <array>
#include <string>

namespace ipe {

void SetCoapGauges(Metrics& metrics, const lwm2m::CoapCounters& coap) {
  metrics.SetGauge("coap_requests", "Uplink requests handed to the server",
                   static_cast<double>(coap.requests));
  metrics.SetGauge("coap_resets_sent", "Notifications with an unknown token",
                   static_cast<double>(coap.resets_sent));
  metrics.SetGauge("coap_downlinks_timed_out", "Downlink requests without an answer",
                   static_cast<double>(coap.downlinks_timed_out));
  const auto handshakes = [&](const char* outcome, std::uint64_t count) {
    metrics.SetGauge("coap_handshakes", "Handshakes of DTLS and TLS by their outcome",
                     static_cast<double>(count), {{"outcome", outcome}});
  };
  handshakes("done", coap.handshakes_done);
  handshakes("unknown", coap.handshakes_unknown);
  handshakes("refused", coap.handshakes_refused);
  handshakes("broken", coap.handshakes_broken);
  const auto sessions = [&](const char* transport, std::size_t count) {
    metrics.SetGauge("coap_sessions", "Sessions that are kept, by transport",
                     static_cast<double>(count), {{"transport", transport}});
  };
  sessions("udp", coap.sessions - coap.sessions_dtls - coap.sessions_tcp - coap.sessions_tls);
  sessions("dtls", coap.sessions_dtls);
  sessions("tcp", coap.sessions_tcp);
  sessions("tls", coap.sessions_tls);
  metrics.SetGauge("coap_handshakes_open", "Handshakes and connections without a message yet",
                   static_cast<double>(coap.handshakes_open));
  metrics.SetGauge("coap_hellos_put_off", "ClientHellos that had to come again, in a flood",
                   static_cast<double>(coap.hellos_put_off));
  metrics.SetGauge("coap_sessions_displaced", "Sessions whose client began anew",
                   static_cast<double>(coap.sessions_displaced));
  metrics.SetGauge("coap_connections_refused", "Connections above lwm2m.handshakes",
                   static_cast<double>(coap.connections_refused));
  metrics.SetGauge("coap_transfers_failed", "Block-wise transfers that came to no end",
                   static_cast<double>(coap.transfers_failed));
  metrics.SetGauge("coap_datagrams_dropped", "Datagrams that the kernel had no room for",
                   static_cast<double>(coap.datagrams_dropped));
}

void SetAdmissionGauges(Metrics& metrics, const lwm2m::ServerCounters& counters) {
  using Reason = lwm2m::Admission::Reason;
  const auto set = [&](std::string_view outcome, std::uint64_t count) {
    metrics.SetGauge("lwm2m_admission",
                     "Registers, Updates and Sends by whether they were worked on",
                     static_cast<double>(count), {{"outcome", std::string(outcome)}});
  };
  set("admitted", counters.admitted);
  set("busy", counters.busy);
  for (const Reason reason : {Reason::kIdentity, Reason::kTotal, Reason::kBehind}) {
    set(ToString(reason), counters.not_admitted[static_cast<std::size_t>(reason)]);
  }
}

}  // namespace ipe
