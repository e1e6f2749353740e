// Where the notifications of the embedded CSE go.
#ifndef ONEM2M_CSE_NOTIFICATION_SINK_H_
#define ONEM2M_CSE_NOTIFICATION_SINK_H_

#include <string>

#include "onem2m/error.h"

namespace onem2m::cse {

struct OutgoingNotification {
  std::string url;      // http://host:port/path
  std::string content;  // {"m2m:sgn":{…}}
};

class NotificationSink {
 public:
  virtual ~NotificationSink() = default;
  // Returns at once; what is posted for one URL arrives in the order of the calls. Called with the
  // lock of the CSE held.
  virtual void Post(OutgoingNotification notification) = 0;
  // Sends and waits; success is an answer with 2000. Called without any lock.
  virtual Result<void> Verify(const OutgoingNotification& notification) = 0;
};

}  // namespace onem2m::cse

#endif  // ONEM2M_CSE_NOTIFICATION_SINK_H_
