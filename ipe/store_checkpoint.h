// Moving the write-ahead log into the database, away from the loop.
#ifndef IPE_STORE_CHECKPOINT_H_
#define IPE_STORE_CHECKPOINT_H_

#include <memory>

#include "ipe/store.h"

namespace ipe {

// A thread with a connection of its own that moves the write-ahead log into the database once a
// second, so that the loop never waits for it. Nothing for a memory store. Stops and joins in the
// destructor.
class Checkpointer {
 public:
  explicit Checkpointer(const StoreOptions& options);
  ~Checkpointer();

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace ipe

#endif  // IPE_STORE_CHECKPOINT_H_
