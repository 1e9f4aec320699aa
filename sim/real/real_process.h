// run_process: runs a Program in the real world, on one thread per shard.
//
//   int main() { return run_process({.shards = 4, .root_directory = "/var/lib/weir"}, broker); }
//
// Each shard has an EpollLoop (with its RunLoop and stacks) and an Env of its own; shard 0 runs on
// the calling thread. The program is run as a fiber on every shard. SIGTERM, SIGINT or a ProcessHandle
// set the `stop` event of every shard; a second signal ends the process at once with status 143 or
// 130. When the program has returned on every shard, the loops stop, file operations under way are
// waited for, and the fibers that are left are killed, youngest first over all shards.
//
// Nothing here is global but what the kernel has for a process: the signal mask, and SIGPIPE, which
// is ignored from the first run on.
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <string>

#include "sim/fiber/program.h"
#include "sim/real/stderr_log.h"

namespace weir {

// Asks something of a process from another thread, as a signal does. May be used before, while and
// after the process runs; what is asked before it runs is kept.
class ProcessHandle {
 public:
  void stop();
  void hang_up();  // as SIGHUP does: see RealOptions::on_hangup

 private:
  friend class RealProcess;
  void attach(class RealProcess* process);
  std::mutex mutex_;
  bool stop_asked_ = false;
  bool hangup_asked_ = false;
  class RealProcess* process_ = nullptr;
};

struct RealOptions {
  uint32_t shards = 1;
  std::string root_directory;  // made when missing; "" is the working directory
  bool edge_triggered = false;
  bool handle_signals = true;
  LogLevel log_level = LogLevel::info;
  LogFormat log_format = LogFormat::text;
  int log_fd = 2;
  int file_threads = 2;                // for fsync, open and reads that miss the page cache
  size_t file_queue_capacity = 256;    // file operations under way, per shard
  size_t shard_channel_capacity = 1024;  // messages under way from one shard to another
  ProcessHandle* handle = nullptr;
  // Called on the thread of shard 0, between two fibers, so it must not suspend; signals that come
  // close together are one call. Without it SIGHUP ends the process.
  std::function<void()> on_hangup = {};
};

// 0 when the program has returned on every shard, 1 when the root directory cannot be used.
int run_process(const RealOptions& options, const Program& program);

}  // namespace weir
