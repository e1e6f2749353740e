// LwM2M clients in memory, and the transport between them and the server.
#ifndef TESTS_SUPPORT_SCENARIO_DEVICE_H_
#define TESTS_SUPPORT_SCENARIO_DEVICE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lwm2m/server.h"
#include "lwm2m/transport.h"

namespace tests {

// One thread. Says what it is told to say, answers what it is asked, and remembers both. Payloads
// are written by hand as LwM2M JSON and text, not by the codec under test.
class ScenarioDevice {
 public:
  ScenarioDevice(std::string endpoint, lwm2m::Peer peer)
      : endpoint_(std::move(endpoint)), peer_(std::move(peer)) {}

  const lwm2m::Peer& peer() const { return peer_; }
  void MoveTo(std::string address) { peer_.address = std::move(address); }
  // From now on it speaks in a security context that has proved that identity.
  void Secure(std::string identity) {
    peer_.transport = lwm2m::Peer::Transport::kDtls;
    peer_.security = lwm2m::SecurityMode::kPsk;
    peer_.identity = std::move(identity);
  }

  // --- uplink
  lwm2m::CoapRequest Register(const std::string& objects, std::vector<std::string> queries);
  lwm2m::CoapRequest Update(const std::string& objects, std::vector<std::string> queries);
  lwm2m::CoapRequest Deregister();
  lwm2m::CoapRequest Send(const std::string& senml_json);
  const lwm2m::CoapRequest& last_request() const { return last_request_; }
  void OnAnswer(const lwm2m::CoapResponse& answer);
  // Of the last request; nullopt while it waits.
  const std::optional<lwm2m::Code>& answer() const { return answer_; }

  // A notification of what is observed at `path`, nullopt when nothing is; "/" is the list of paths
  // that was last observed. `values`: by path.
  std::optional<lwm2m::CoapResponse> Notify(
      const std::string& path, const std::vector<std::pair<std::string, std::string>>& values);
  const lwm2m::CoapResponse& last_notification() const { return last_notification_; }

  // --- downlink
  void set_value(const std::string& path, const std::string& value) { values_[path] = value; }
  const std::string& value(const std::string& path) { return values_[path]; }
  void set_silent(bool silent) { silent_ = silent; }
  // It has forgotten its observations, as after a missed acknowledgement.
  void ForgetObservations() { observations_.clear(); }
  // `what` as in log(): "PUT /3/0/14".
  void Refuse(const std::string& what, lwm2m::Code code) { refusals_[what] = code; }
  void OnRequest(const lwm2m::CoapRequest& request);
  void OnCancel(const std::string& token);
  std::vector<lwm2m::CoapResponse> TakeAnswers();
  // Nothing reaches it until it says something.
  void LoseSession() { has_session_ = false; }
  void TakeSession() { has_session_ = true; }
  // Tokens of what could not be sent to it.
  std::vector<std::string> TakeUndeliverable() { return std::exchange(undeliverable_, {}); }
  // Tokens of what waits for an answer: the transport has given up on them.
  std::vector<std::string> TimeOut();
  // "OBSERVE /3303/0", "PUT /3/0/14", "ATTRIBUTES /3303/0", in order.
  std::vector<std::string>& log() { return log_; }

 private:
  lwm2m::CoapRequest Uplink(lwm2m::Method method, std::vector<std::string> path);
  lwm2m::CoapResponse AnswerTo(const lwm2m::CoapRequest& request);
  lwm2m::Payload PayloadOf(const std::string& path) const;

  const std::string endpoint_;
  lwm2m::Peer peer_;
  std::string handle_;
  lwm2m::CoapRequest last_request_;
  std::optional<lwm2m::Code> answer_;
  lwm2m::CoapResponse last_notification_;
  std::uint16_t message_id_ = 0;
  std::uint32_t observe_ = 0;
  std::map<std::string, std::string> values_;        // by path
  std::map<std::string, std::string> observations_;  // token by path
  std::map<std::string, lwm2m::Code> refusals_;
  std::vector<lwm2m::CoapRequest> unanswered_;
  std::vector<std::string> log_;
  std::vector<std::string> undeliverable_;
  bool has_session_ = true;
  bool silent_ = false;
};

// Carries messages when it is asked to, so that it never calls back into the server from within a
// call.
class ScenarioTransport : public lwm2m::Transport {
 public:
  // Makes the device on first use.
  ScenarioDevice& Device(const std::string& endpoint);

  void Respond(lwm2m::ExchangeId exchange, const lwm2m::CoapResponse& response) override;
  void Send(const lwm2m::Peer& peer, const lwm2m::CoapRequest& request) override;
  void Cancel(const lwm2m::Peer& peer, const std::string& token) override;

  void Uplink(ScenarioDevice& device, const lwm2m::CoapRequest& request, lwm2m::Server& server,
              lwm2m::TimePoint now);
  // Hands the devices' answers over; true when there were any.
  bool CarryAnswers(lwm2m::Server& server, lwm2m::TimePoint now);
  // A restart of the server: nobody waits for anything any more.
  void ForgetExchanges();
  void ClearLogs();

 private:
  ScenarioDevice* FindByAddress(const std::string& address);

  std::map<std::string, std::unique_ptr<ScenarioDevice>> devices_;  // by endpoint
  std::map<lwm2m::ExchangeId, ScenarioDevice*> exchanges_;
  lwm2m::ExchangeId last_exchange_ = 0;
};

}  // namespace tests

#endif  // TESTS_SUPPORT_SCENARIO_DEVICE_H_
