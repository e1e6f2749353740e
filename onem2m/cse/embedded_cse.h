// A small CSE for demos, tests and single-box deployments, served over HTTP.  (TS-0001, TS-0004,
// TS-0009)
#ifndef ONEM2M_CSE_EMBEDDED_CSE_H_
#define ONEM2M_CSE_EMBEDDED_CSE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <tl/expected.hpp>

namespace onem2m {

struct EmbeddedCseOptions {
  std::string bind = "127.0.0.1:8080";
  std::string base = "cse-in";              // resource name of <CSEBase>
  std::string cse_id = "/id-in";            // CSE-ID
  std::string admin_originator = "CAdmin";  // may do everything
  std::size_t threads = 16;
  // Bound of the whole tree; a Create above it is answered 5000 with the reason.
  std::size_t max_resources = 2'000'000;
};

// In memory. Serves Mca: AE, node, container, contentInstance, subscription, accessControlPolicy,
// discovery, notifications with verification, expiry. Everything Mca means by it is answered with
// the RSC of TS-0004; strict where TS-0004 is strict. Thread-safe; stops and joins in the
// destructor.
class EmbeddedCse {
 public:
  static tl::expected<std::unique_ptr<EmbeddedCse>, std::string> Create(EmbeddedCseOptions options);
  ~EmbeddedCse();
  std::uint16_t port() const;
  std::size_t resource_count() const;

 private:
  class State;
  explicit EmbeddedCse(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace onem2m

#endif  // ONEM2M_CSE_EMBEDDED_CSE_H_
