// BlockingPool and BlockingCalls: calls that may block (fsync, open, name look-ups), off the loop.
//
//   fiber ── BlockingCalls::await_run(work) ──> pool queue ──> a pool thread runs work
//     ^                                                             |
//     └────────── unpark, on the loop's thread <── done list <── EpollLoop::wake()
//
// One BlockingPool a kind of work and process; one BlockingCalls a pool and shard. The pool's queue
// is bounded: each shard may have `slots` calls under way, and a fiber that wants one more waits
// for a slot, first come first served.
//
// Who owns what a pool thread touches: `work` may refer to the waiting fiber's stack, because
// await_run has no deadline and a killed fiber is not unwound before drain(). A call that may be
// given up (await_run_until) must own all it touches; it keeps its slot until the thread is
// through.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "sim/base/unique_function.h"
#include "sim/fiber/semaphore.h"
#include "sim/real/epoll_loop.h"

namespace weir {

class BlockingCalls;

class BlockingPool {
 public:
  explicit BlockingPool(int threads);
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;
  ~BlockingPool();  // joins; every BlockingCalls has been drained before

 private:
  friend class BlockingCalls;
  struct Call {
    UniqueFunction<void()> work;  // runs on a pool thread
    BlockingCalls* home = nullptr;
    // The rest is touched on the home loop's thread only.
    Fiber* waiter = nullptr;
    bool done = false;
  };
  void submit(std::shared_ptr<Call> call);
  void serve();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Call>> queue_;  // bounded by the slots of all BlockingCalls
  bool closing_ = false;
  std::vector<std::thread> threads_;
};

class BlockingCalls final : public WakeSource {
 public:
  BlockingCalls(EpollLoop& loop, BlockingPool& pool, size_t slots);
  BlockingCalls(const BlockingCalls&) = delete;
  BlockingCalls& operator=(const BlockingCalls&) = delete;
  ~BlockingCalls() override;  // CHECKs that it was drained

  // Runs `work` on a pool thread; returns when it has.
  template <class Work>
  void await_run(Work&& work) {
    const bool done = await_call_done([&work] { work(); }, TimePoint::never());
    CHECK(done);
  }
  // False when the deadline came first; `work` may still be running then.
  bool await_run_until(UniqueFunction<void()> work, TimePoint deadline) {
    return await_call_done(std::move(work), deadline);
  }
  // Blocks the thread until no call of this shard is under way. Before fibers are killed.
  void drain();

 private:
  friend class BlockingPool;
  bool await_call_done(UniqueFunction<void()> work, TimePoint deadline);
  void finish(std::shared_ptr<BlockingPool::Call> call);  // by pool threads
  void collect();
  void on_wake() override { collect(); }

  EpollLoop& loop_;
  BlockingPool& pool_;
  Semaphore slots_;
  size_t under_way_ = 0;  // submitted and not collected
  std::mutex mutex_;
  std::condition_variable finished_;
  std::vector<std::shared_ptr<BlockingPool::Call>> done_;  // bounded by the slots
};

}  // namespace weir
