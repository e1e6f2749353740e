// libcoap contexts, their listening endpoints, and waiting on them.
#ifndef LWM2M_COAP_SOCKETS_H_
#define LWM2M_COAP_SOCKETS_H_

#include <coap3/coap.h>

#include <memory>
#include <string>
#include <vector>

#include "lwm2m/error.h"
#include "lwm2m/registration.h"

namespace lwm2m {

// Called by libcoap; `app` of Sockets::Open is the application data of each context.
struct SocketCallbacks {
  coap_method_handler_t request;
  coap_response_handler_t response;
  coap_nack_handler_t nack;
};

// One context per kind of session: a turn of the endpoints' context repeats each event, which a
// context with client sessions must not see.
//
// Loop thread only, except Wake(). Owns contexts and descriptors.
class Sockets {
 public:
  static Result<std::unique_ptr<Sockets>> Open(const std::vector<std::string>& addresses,
                                               std::size_t idle_sessions,
                                               const SocketCallbacks& callbacks, void* app);
  ~Sockets();
  Sockets(const Sockets&) = delete;
  Sockets& operator=(const Sockets&) = delete;

  // Waits until something happens, at most until `deadline`.
  void Wait(TimePoint deadline);
  // Works off what Wait() found; callbacks are called from here.
  void Turn();
  void Wake();
  // No callback from now on: before anything is destroyed that they use.
  void StopCallbacks();
  // Binds addresses that a wildcard stands for and that are new.
  void LookForNewAddresses();

  // A socket connected to `remote` that has the port of `local`, so that the device sees the
  // address it knows. nullptr when there is none, or when it would get another local address than
  // `local`.
  coap_session_t* Connect(const coap_address_t& remote, const coap_address_t& local);
  // The address that a peer of that family is answered from when it is not known; nullptr without
  // one.
  const coap_address_t* AnyListener(int family) const;

  std::vector<std::string> bound_addresses() const;

 private:
  struct FreeContext {
    void operator()(coap_context_t* context) const { coap_free_context(context); }
  };
  using Context = std::unique_ptr<coap_context_t, FreeContext>;

  Sockets() = default;
  static Context NewContext(const SocketCallbacks& callbacks, void* app);
  Result<void> CreateContexts(std::size_t idle_sessions, const SocketCallbacks& callbacks,
                              void* app);
  Result<void> Listen(const coap_address_t& address);
  void TurnContext(coap_context_t* context, std::size_t copies);

  Context endpoints_;
  Context downlinks_;
  int epoll_ = -1;
  int wake_ = -1;
  bool endpoints_ready_ = false;
  bool downlinks_ready_ = false;
  std::vector<coap_address_t> wildcards_;
  std::vector<coap_address_t> listeners_;
};

}  // namespace lwm2m

#endif  // LWM2M_COAP_SOCKETS_H_
