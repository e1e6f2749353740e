// What the contentInstances of `endpoints` and `responses` say, as an application reads them.
#ifndef IPE_DEMO_EVENTS_H_
#define IPE_DEMO_EVENTS_H_

#include <optional>
#include <string>
#include <string_view>

namespace ipe {

// Members of docs/mapping.md "Lifecycle events" that the demo shows.
struct DemoLifecycle {
  std::string event;     // "registered", "deregistered", …
  std::string endpoint;  // Endpoint Client Name
  std::string ae;        // resource names
  std::string node;
};
std::optional<DemoLifecycle> ReadLifecycle(std::string_view content);

// Members of docs/mapping.md "Outcomes" that the demo shows.
struct DemoOutcome {
  std::string id;
  std::string op;
  std::string path;
  std::string status;  // "done", "failed", …
  std::string value;   // as text, also a number; "" when there is none
  std::string coap;    // "2.05"
  std::string reason;

  // "done, 2.05, Open Mobile Alliance"
  std::string ToString() const;
};
std::optional<DemoOutcome> ReadOutcome(std::string_view content);

}  // namespace ipe

#endif  // IPE_DEMO_EVENTS_H_
