// LogWorkload: a PartitionLog in the directory "t-0", and the producers that send to it.
//
//   [](LogLife& life) { life.await_send(0, 2); life.await_send(0, 1); life.await_flush(); }
//
// is the program of a first life. The producers are idempotent when the log is flushed before each
// ack: what a producer had under way when the machine died is sent again in the next life, with the
// same sequence, and must neither be refused nor stand there twice. Without that flush acks may be
// taken back, and a client that is idempotent could not go on.
#pragma once

#include <functional>
#include <optional>

#include "broker/log/log.h"
#include "tests/broker/crash_points/workload.h"

namespace weir {

// What a producer knows. Outlives every crash.
struct LogSender {
  struct UnderWay {
    std::vector<uint64_t> values;
    size_t extra_bytes = 0;
    size_t batches = 1;
  };
  ProducerId id;
  Sequence next{0};
  std::optional<UnderWay> under_way;
};

class LogLife {
 public:
  LogLife(Env& env, PartitionLog& log, Promises& promises, std::vector<LogSender>& senders,
          const LogSettings& settings, LogOpening& opening)
      : env_(env),
        log_(log),
        promises_(promises),
        senders_(senders),
        settings_(settings),
        opening_(opening) {}

  // Sends new records, in one append, and waits for the ack.
  void await_send(size_t sender, size_t records, size_t extra_bytes = 20, size_t batches = 1);
  // The same without the wait for the ack, which then nobody gets.
  void await_append_only(size_t sender, size_t records, size_t extra_bytes = 20);
  // Readers take what they are shown.
  void await_read();
  void await_flush();
  void await_retry_all();
  // Closed segments are sealed, in order.
  void await_close();
  // Old segments go as the settings say; everything is older than this clock.
  void await_retention();
  // Records below the log's end less `kept` go; what is remembered outside of the log says so.
  void await_delete_all_but(int64_t kept);
  // Every timestamp finds its first record.
  void await_look_up_times();
  // Runs them side by side.
  void await_together(size_t count, const std::function<void(size_t)>& body);

 private:
  AppendOutcome await_append(LogSender& sender);
  void await_under_way(LogSender& sender);
  [[nodiscard]] bool idempotent() const { return settings_.readers_wait_for_flush(); }

  Env& env_;
  PartitionLog& log_;
  Promises& promises_;
  std::vector<LogSender>& senders_;
  const LogSettings& settings_;
  LogOpening& opening_;
};

struct LogScript {
  LogSettings settings{.flush_interval_messages = 1};
  std::function<void(LogLife&)> before;    // prepares the medium ...
  std::vector<std::string_view> crashes;   // ... which then dies in these modes, one a life ...
  uint64_t crash_at = PowerCut::kNever;    // ... the later ones at this boundary of their recovery
  std::function<void(LogLife&)> first;
};

std::unique_ptr<Workload> make_log_workload(Promises& promises, LogScript script);

}  // namespace weir
