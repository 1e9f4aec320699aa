#include "sim/real/real_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <pthread.h>

#include <csignal>
#include <filesystem>
#include <optional>
#include <thread>
#include <utility>

#include "sim/real/kill_order.h"
#include "sim/real/null_trace.h"
#include "sim/real/posix_disk.h"
#include "sim/real/real_random.h"
#include "sim/real/real_shards.h"
#include "sim/real/signals.h"
#include "sim/real/tcp_network.h"

namespace weir {
namespace {

constexpr Site kProgram{"process.program"};
constexpr int kNameThreads = 1;
constexpr size_t kNameQueueCapacity = 64;

}  // namespace

// What the shards of one process share.
class RealProcess {
 public:
  RealProcess(const RealOptions& options, const Program& program, int root);
  ~RealProcess();
  void run();
  void request_stop();
  void request_hangup();

 private:
  friend class ShardRuntime;
  void run_shard(uint32_t shard);
  void note_program_returned();

  const RealOptions& options_;
  const Program& program_;
  const int root_;
  StderrLog log_;
  std::atomic<uint64_t> fiber_ids_{1};
  std::atomic<bool> stop_requested_{false};
  std::atomic<bool> hangup_requested_{false};
  std::atomic<bool> over_{false};
  std::atomic<uint32_t> programs_running_;
  BlockingPool file_pool_;
  BlockingPool name_pool_;
  KillOrder kill_order_;
  std::vector<std::unique_ptr<EpollLoop>> loops_;  // by shard
  ShardMailboxes mailboxes_;
};

// The parts of one shard; made, used and destroyed on its own thread.
class ShardRuntime final : private WakeSource {
 public:
  ShardRuntime(RealProcess& process, uint32_t shard)
      : process_(process),
        shard_(shard),
        loop_(*process.loops_[shard]),
        stop_(loop_.fibers()),
        file_calls_(loop_, process.file_pool_, process.options_.file_queue_capacity),
        name_calls_(loop_, process.name_pool_, kNameQueueCapacity),
        network_(loop_, name_calls_, process.log_),
        disk_(file_calls_, process.root_),
        shards_(loop_, process.mailboxes_, shard, process.options_.shards,
                process.options_.shard_channel_capacity) {
    loop_.add_source(*this);
  }

  void run() {
    loop_.fibers().spawn(kProgram, [this] {
      process_.program_(env_, stop_);
      process_.note_program_returned();
    });
    loop_.wake();  // looks at what was asked before it ran
    loop_.run(process_.over_);
    file_calls_.drain();
    name_calls_.drain();
    process_.kill_order_.kill_all(shard_, loop_.fibers());
    shards_.discard();
  }

 private:
  void on_wake() override {
    if (process_.stop_requested_.load() && !stop_.is_set()) stop_.set();
    if (shard_ == 0 && process_.hangup_requested_.load()) {
      process_.hangup_requested_.store(false);  // first: what is asked meanwhile is another one
      process_.options_.on_hangup();
    }
  }

  RealProcess& process_;
  const uint32_t shard_;
  EpollLoop& loop_;
  Event stop_;
  BlockingCalls file_calls_;
  BlockingCalls name_calls_;
  RealClock clock_;
  TcpNetwork network_;
  PosixDisk disk_;
  RealRandom random_;
  NullTrace trace_;
  NoBuggify buggify_;
  RealShards shards_;
  Env env_{clock_, loop_.fibers(), network_, disk_, random_, trace_, process_.log_, shards_, buggify_};
};

RealProcess::RealProcess(const RealOptions& options, const Program& program, int root)
    : options_(options),
      program_(program),
      root_(root),
      log_(options.log_level, options.log_format, options.log_fd),
      programs_running_(options.shards),
      file_pool_(options.file_threads),
      name_pool_(kNameThreads),
      kill_order_(options.shards) {
  CHECK(options.shards > 0);
  for (uint32_t shard = 0; shard < options.shards; ++shard) {
    loops_.push_back(std::make_unique<EpollLoop>(fiber_ids_, options.edge_triggered));
    mailboxes_.push_back(std::make_unique<ShardMailbox>(*loops_.back()));
  }
  if (options.handle != nullptr) options.handle->attach(this);
}

RealProcess::~RealProcess() {
  if (options_.handle != nullptr) options_.handle->attach(nullptr);
}

void RealProcess::run() {
  std::vector<std::thread> threads;
  for (uint32_t shard = 1; shard < options_.shards; ++shard) {
    threads.emplace_back([this, shard] {
      pthread_setname_np(pthread_self(), fmt::format("weir-shard-{}", shard).c_str());
      run_shard(shard);
    });
  }
  run_shard(0);
  for (std::thread& thread : threads) thread.join();
}

void RealProcess::run_shard(uint32_t shard) { ShardRuntime(*this, shard).run(); }

void RealProcess::request_stop() {
  stop_requested_.store(true);
  for (const std::unique_ptr<EpollLoop>& loop : loops_) loop->wake();
}

void RealProcess::request_hangup() {
  if (!options_.on_hangup) return;
  hangup_requested_.store(true);
  loops_[0]->wake();
}

void RealProcess::note_program_returned() {
  if (programs_running_.fetch_sub(1) != 1) return;
  over_.store(true);
  for (const std::unique_ptr<EpollLoop>& loop : loops_) loop->wake();
}

void ProcessHandle::stop() {
  const std::lock_guard lock(mutex_);
  stop_asked_ = true;
  if (process_ != nullptr) process_->request_stop();
}

void ProcessHandle::hang_up() {
  const std::lock_guard lock(mutex_);
  hangup_asked_ = process_ == nullptr;
  if (process_ != nullptr) process_->request_hangup();
}

void ProcessHandle::attach(RealProcess* process) {
  const std::lock_guard lock(mutex_);
  process_ = process;
  if (process_ == nullptr) return;
  if (stop_asked_) process_->request_stop();
  if (std::exchange(hangup_asked_, false)) process_->request_hangup();
}

int run_process(const RealOptions& options, const Program& program) {
  const std::string root_path = options.root_directory.empty() ? "." : options.root_directory;
  std::error_code ignored;  // the open below says what is wrong
  std::filesystem::create_directories(root_path, ignored);
  const Fd root(::open(root_path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root.valid()) {
    StderrLog(options.log_level, options.log_format, options.log_fd)
        .write(LogLevel::error, "Process", to_io_error(errno, "open", root_path).what);
    return 1;
  }
  std::signal(SIGPIPE, SIG_IGN);

  // The signals are blocked before a thread is started, so that every thread inherits the mask; the
  // process comes after and goes before.
  RealOptions effective = options;
  ProcessHandle own_handle;
  if (effective.handle == nullptr) effective.handle = &own_handle;
  std::optional<ProcessSignals> signals;
  if (options.handle_signals) {
    UniqueFunction<void()> on_hangup;
    if (options.on_hangup) on_hangup = [handle = effective.handle] { handle->hang_up(); };
    signals.emplace([handle = effective.handle] { handle->stop(); }, std::move(on_hangup));
  }
  RealProcess process(effective, program, root.get());
  process.run();
  return 0;
}

}  // namespace weir
