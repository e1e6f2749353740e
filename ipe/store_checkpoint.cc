#include "ipe/store_checkpoint.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <condition_variable>
#include <thread>

#include "ipe/concurrency/guarded.h"
#include "ipe/log_events.h"
#include "ipe/store_schema.h"
#include "ipe/store_sqlite.h"

namespace ipe {
namespace {

constexpr auto kInterval = std::chrono::seconds(1);

// A passive checkpoint never waits for the writer, but the log can be written from its beginning
// again only if the writer was idle when one ended. Above this many pages (64 MiB) the writer is
// made to wait for the few pages that it added since the passive checkpoint a moment ago.
constexpr int kLongLog = 16'384;

}  // namespace

class Checkpointer::State {
 public:
  explicit State(const StoreOptions& options)
      : file_(DatabaseFile(options)), thread_([this] { Run(); }) {}

  ~State() {
    *stopping_.Lock() = true;
    wake_.notify_all();
    thread_.join();
  }

 private:
  void Run() {
    // Not made again when somebody has deleted it.
    auto database = sqlite::Connection::Open(file_, Access::kReadAlone);
    // A connection learns that there is a write-ahead log when it first reads.
    const auto tables = database ? database->QueryInteger("SELECT count(*) FROM sqlite_schema")
                                 : tl::unexpected(database.error());
    if (!tables) {
      spdlog::error("event=checkpoint-impossible cause={}", LogValue(tables.error().detail));
      return;
    }
    bool failing = false;
    while (WaitForTurn()) {
      const auto done = Checkpoint(*database);
      if (!done && !failing)
        spdlog::warn("event=checkpoint-failed cause={}", LogValue(done.error().detail));
      if (done && failing) spdlog::info("event=checkpoint-recovered");
      failing = !done.has_value();
    }
  }

  // False: stop.
  bool WaitForTurn() {
    auto stopping = stopping_.Lock();
    return !wake_.wait_for(stopping.lock(), kInterval, [&] { return *stopping; });
  }

  static StoreResult<void> Checkpoint(sqlite::Connection& database) {
    int pages = 0;
    int moved = 0;
    int code = sqlite3_wal_checkpoint_v2(database.handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE,
                                         &pages, &moved);
    if (code == SQLITE_OK && pages > kLongLog) {
      code = sqlite3_wal_checkpoint_v2(database.handle(), nullptr, SQLITE_CHECKPOINT_RESTART,
                                       &pages, &moved);
    }
    // Busy: somebody else is at it, for instance a backup program.
    if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY) return database.Failure("checkpoint");
    return {};
  }

  const std::string file_;
  Guarded<bool> stopping_{false};
  std::condition_variable wake_;
  std::thread thread_;  // last: it uses the others
};

Checkpointer::Checkpointer(const StoreOptions& options)
    : state_(IsMemory(options) ? nullptr : std::make_unique<State>(options)) {}
Checkpointer::~Checkpointer() = default;

}  // namespace ipe
