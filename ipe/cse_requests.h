// Requests to the CSE that tolerate what CSEs differ in.
#ifndef IPE_CSE_REQUESTS_H_
#define IPE_CSE_REQUESTS_H_

#include <atomic>
#include <chrono>
#include <functional>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "ipe/concurrency/guarded.h"
#include "ipe/cse_capabilities.h"
#include "ipe/cse_tally.h"
#include "onem2m/cse_client.h"
#include "onem2m/resources.h"

namespace ipe {

// A response, or why there is none. `status` of a response that is not understood is what HTTP
// said.
using Answer = tl::expected<onem2m::ResponsePrimitive, onem2m::NoAnswer>;

// "CREATE <container> 3: 4103 no privilege", for logs.
std::string Describe(const std::string& what, const Answer& answer);
// The resource id in the representation of a Create's answer, "" when it has none.
std::string ResourceIdOf(const Answer& answer);
// After a Create: the resource is there, made now or before.
bool Exists(const Answer& answer);
// After a Delete or the like: it was done, or there is nothing any more.
bool IsGone(const Answer& answer);
// The CSE did not decide: no answer, or an error of its own. 5001 and 5106 are decisions.
bool IsSilent(const Answer& answer);

// Thread-safe; blocks its caller. `client` and `capabilities` outlive it.
class CseRequests {
 public:
  using SteadyNow = std::function<std::chrono::steady_clock::time_point()>;

  CseRequests(onem2m::CseClient& client, CseCapabilities& capabilities,
              std::chrono::milliseconds timeout, std::function<std::int64_t()> unix_now,
              SteadyNow steady_now = std::chrono::steady_clock::now)
      : client_(client),
        capabilities_(capabilities),
        timeout_(timeout),
        unix_now_(std::move(unix_now)),
        steady_now_(std::move(steady_now)) {}

  // Create below `parent`. When the CSE answers 4000, optional attributes are left out one by one
  // and what it refuses is remembered.
  Answer Create(const std::string& parent, const std::string& originator,
                onem2m::Resource resource);
  // Create of an instance of `type` from a body that is ready, the fast path of telemetry; falls
  // back to the above on 4000 and when something is known to be refused.
  Answer CreateInstance(onem2m::ResourceType type, const std::string& parent,
                        const std::string& originator, const std::string& body);
  // Update with a body that is ready. Of a <mgmtObj> what the CSE lets nobody update is left out.
  Answer UpdateAttributes(const std::string& target, const std::string& originator,
                          const std::string& body);
  // As Create: what the CSE refuses is left out.
  Answer Update(const std::string& target, const std::string& originator,
                onem2m::Resource resource);
  Answer Retrieve(const std::string& target, const std::string& originator,
                  std::vector<std::pair<std::string, std::string>> parameters = {});
  // Is a Retrieve or Discovery under way that takes in what stands below `address`?
  bool IsRetrieving(const std::string& address);
  Answer Delete(const std::string& target, const std::string& originator);

  // From now on no request is sent: each ends at once without an answer. Thread-safe.
  void Stop() { stopping_ = true; }

  CseCapabilities& capabilities() { return capabilities_; }
  const CseTally& tally() const { return tally_; }
  // An answer that takes longer than this, mostly, is slow.
  std::chrono::milliseconds slow_after() const { return timeout_ / 5; }
  // Unix seconds in the CSE's time, also when our clock has jumped since the CSE last told its own.
  std::int64_t cse_now() const;

 private:
  std::int64_t SinceBoot() const;
  Answer Send(onem2m::RequestPrimitive request);
  Answer UpdateInParts(onem2m::RequestPrimitive request, onem2m::ManagementObject object);
  Answer SendResource(onem2m::RequestPrimitive request, onem2m::Resource resource,
                      const std::function<std::string(const onem2m::Resource&)>& encode);

  onem2m::CseClient& client_;
  CseCapabilities& capabilities_;
  const std::chrono::milliseconds timeout_;
  const std::function<std::int64_t()> unix_now_;
  const SteadyNow steady_now_;
  // Unix seconds at boot by our clock, when the CSE last told its time; none: it never has.
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::min();
  std::atomic<std::int64_t> boot_{kNever};
  std::atomic<bool> stopping_{false};
  Guarded<std::multiset<std::string>> retrieving_;
  CseTally tally_;
};

}  // namespace ipe

#endif  // IPE_CSE_REQUESTS_H_
