#include "sim/real/blocking_pool.h"

namespace weir {

BlockingPool::BlockingPool(int threads) {
  CHECK(threads > 0);
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { serve(); });
}

BlockingPool::~BlockingPool() {
  {
    const std::lock_guard lock(mutex_);
    CHECK_MSG(queue_.empty(), "a pool was closed with calls under way");
    closing_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void BlockingPool::submit(std::shared_ptr<Call> call) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(call));
  }
  changed_.notify_one();
}

void BlockingPool::serve() {
  for (;;) {
    std::shared_ptr<Call> call;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return closing_ || !queue_.empty(); });
      if (queue_.empty()) return;
      call = std::move(queue_.front());
      queue_.pop_front();
    }
    call->work();
    call->work.reset();
    BlockingCalls& home = *call->home;
    home.finish(std::move(call));
  }
}

BlockingCalls::BlockingCalls(EpollLoop& loop, BlockingPool& pool, size_t slots)
    : loop_(loop), pool_(pool), slots_(loop.fibers(), slots) {
  loop.add_source(*this);
}

BlockingCalls::~BlockingCalls() { CHECK_MSG(under_way_ == 0, "blocking calls were not drained"); }

bool BlockingCalls::await_call_done(UniqueFunction<void()> work, TimePoint deadline) {
  if (slots_.await_acquire({.deadline = deadline}) != WaitResult::ready) return false;
  auto call = std::make_shared<BlockingPool::Call>();
  call->work = std::move(work);
  call->home = this;
  call->waiter = &loop_.fibers().current();
  ++under_way_;
  pool_.submit(call);
  while (!call->done) {
    if (loop_.fibers().await_park(deadline) == Wake::timed_out && !call->done) {
      call->waiter = nullptr;
      return false;
    }
  }
  return true;
}

// The lock is held over wake(): once it is free, drain() may return and the loop go away.
void BlockingCalls::finish(std::shared_ptr<BlockingPool::Call> call) {
  const std::lock_guard lock(mutex_);
  done_.push_back(std::move(call));
  finished_.notify_one();
  loop_.wake();
}

void BlockingCalls::collect() {
  std::vector<std::shared_ptr<BlockingPool::Call>> done;
  {
    const std::lock_guard lock(mutex_);
    done.swap(done_);
  }
  for (const std::shared_ptr<BlockingPool::Call>& call : done) {
    --under_way_;
    slots_.release();
    call->done = true;
    if (call->waiter != nullptr) loop_.fibers().unpark(*call->waiter);
  }
}

void BlockingCalls::drain() {
  while (under_way_ > 0) {
    {
      std::unique_lock lock(mutex_);
      finished_.wait(lock, [this] { return !done_.empty(); });
    }
    collect();
  }
}

}  // namespace weir
