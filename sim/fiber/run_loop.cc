#include "sim/fiber/run_loop.h"

#include <cxxabi.h>

#include <exception>

namespace weir {
namespace {

// Boost.Context's stack allocator over the pool.
struct PooledStack {
  StackPool* pool;
  sanitizer::Side* side;  // learns the bounds
  boost::context::stack_context allocate() {
    const boost::context::stack_context stack = pool->take();
    side->stack_bottom = StackPool::bottom(stack);
    side->stack_bytes = stack.size;
    return stack;
  }
  void deallocate(boost::context::stack_context& stack) {
    sanitizer::clean_stack(*side);
    pool->give_back(stack);
  }
};

ExceptionGlobals& thread_exception_globals() {
  return *reinterpret_cast<ExceptionGlobals*>(abi::__cxa_get_globals());
}

void check_may_suspend(const Fiber& fiber) {
  CHECK_MSG(!fiber.dying, "a dying fiber must not suspend");
  CHECK_MSG(fiber.no_suspend_depth == 0, "suspended inside a NoSuspend scope");
  CHECK_MSG(std::uncaught_exceptions() == 0, "suspended in a destructor while unwinding");
}

}  // namespace

RunLoop::RunLoop(LoopHost& host, StackPool& stacks) : host_(host), stacks_(stacks), ready_(64) {}

RunLoop::~RunLoop() { CHECK_MSG(fiber_count_ == 0, "fibers outlive their run loop"); }

void RunLoop::spawn(const Site& name, UniqueFunction<void()> body) {
  auto* fiber = new Fiber(host_.next_fiber_id(), name, std::move(body));
  all_.push_back(*fiber);
  ++fiber_count_;
  fiber->state = Fiber::State::parked;
  make_ready(*fiber, Wake::notified);
}

Fiber& RunLoop::current() {
  CHECK_MSG(current_ != nullptr, "no fiber is running: this may only be called from a fiber");
  return *current_;
}

Wake RunLoop::await_park(TimePoint deadline) {
  Fiber& fiber = current();
  check_may_suspend(fiber);
  fiber.state = Fiber::State::parked;
  if (deadline != TimePoint::never()) {
    fiber.deadline = deadline;
    timers_.add(fiber);
    if (fiber.timer_index == 0) host_.on_earliest_deadline(deadline);
  }
  suspend(fiber);
  return fiber.wake;
}

void RunLoop::await_yield() {
  Fiber& fiber = current();
  check_may_suspend(fiber);
  fiber.state = Fiber::State::parked;
  make_ready(fiber, Wake::notified);
  suspend(fiber);
}

void RunLoop::unpark(Fiber& fiber) {
  CHECK_MSG(fiber.state != Fiber::State::ended, "unparked a fiber that has ended");
  if (fiber.state == Fiber::State::ready) {
    fiber.wake = Wake::notified;
  } else if (fiber.state == Fiber::State::parked) {
    make_ready(fiber, Wake::notified);
  }
}

void RunLoop::make_ready(Fiber& fiber, Wake wake) {
  timers_.remove(fiber);
  fiber.wake = wake;
  fiber.state = Fiber::State::ready;
  if (ready_count_ == ready_.size()) {
    std::vector<Fiber*> larger(ready_.size() * 2);
    for (size_t i = 0; i < ready_count_; ++i) {
      larger[i] = ready_[(ready_first_ + i) % ready_.size()];
    }
    ready_.swap(larger);
    ready_first_ = 0;
  }
  ready_[(ready_first_ + ready_count_++) & (ready_.size() - 1)] = &fiber;
  if (ready_count_ == 1) host_.on_runnable();
}

// Those before `index` move up by one, so that the rest keep their order.
Fiber& RunLoop::take_ready(size_t index) {
  CHECK(index < ready_count_);
  const size_t mask = ready_.size() - 1;
  Fiber& fiber = *ready_[(ready_first_ + index) & mask];
  for (size_t i = index; i > 0; --i) {
    ready_[(ready_first_ + i) & mask] = ready_[(ready_first_ + i - 1) & mask];
  }
  ready_first_ = (ready_first_ + 1) & mask;
  --ready_count_;
  return fiber;
}

bool RunLoop::run_one() {
  CHECK_MSG(current_ == nullptr, "the loop was entered from inside a fiber");
  if (ready_count_ == 0) return false;
  give_turn(take_ready(ready_count_ == 1 ? 0 : host_.pick_ready(ready_count_)));
  return true;
}

void RunLoop::fire_timers(TimePoint now) {
  while (!timers_.empty() && timers_.earliest().deadline <= now) {
    make_ready(timers_.earliest(), Wake::timed_out);
  }
}

void RunLoop::give_turn(Fiber& fiber) {
  host_.on_turn(fiber);
  fiber.state = Fiber::State::running;
  current_ = &fiber;
  ExceptionGlobals& globals = thread_exception_globals();
  const ExceptionGlobals own = std::exchange(globals, fiber.exception_globals);
  sanitizer::adopt_thread(loop_side_);
  if (!fiber.started) start(fiber);
  sanitizer::leave(loop_side_, fiber.side, false);
  fiber.context = std::move(fiber.context).resume();
  sanitizer::arrive(loop_side_, fiber.side);
  fiber.exception_globals = std::exchange(globals, own);
  current_ = nullptr;
  if (fiber.state == Fiber::State::ended) forget(fiber);
}

void RunLoop::start(Fiber& fiber) {
  fiber.started = true;
  sanitizer::create(fiber.side);
  sanitizer::begin_making(fiber.side);
  fiber.context = boost::context::fiber(
      std::allocator_arg, PooledStack{&stacks_, &fiber.side},
      [this, &fiber](boost::context::fiber&& loop) {
        loop_context_ = std::move(loop);
        sanitizer::arrive(fiber.side, loop_side_);
        try {
          fiber.body();
          fiber.body.reset();
        } catch (const Killed&) {
          CHECK_MSG(fiber.dying, "Killed was thrown by hand");
        }
        fiber.body.reset();
        fiber.state = Fiber::State::ended;
        sanitizer::leave(fiber.side, loop_side_, true);
        return std::move(loop_context_);
      });
  sanitizer::end_making(loop_side_);
}

void RunLoop::suspend(Fiber& fiber) {
  host_.on_suspend(fiber);
  sanitizer::leave(fiber.side, loop_side_, false);
  loop_context_ = std::move(loop_context_).resume();
  sanitizer::arrive(fiber.side, loop_side_);
  if (fiber.dying) throw Killed{};
}

void RunLoop::forget(Fiber& fiber) {
  sanitizer::destroy(fiber.side);
  --fiber_count_;
  delete &fiber;
}

uint64_t RunLoop::youngest() { return fiber_count_ == 0 ? 0 : all_.back().id; }

void RunLoop::kill_youngest() {
  CHECK_MSG(current_ == nullptr, "a fiber cannot kill its own loop");
  Fiber& fiber = all_.back();
  timers_.remove(fiber);
  if (fiber.state == Fiber::State::ready) {
    for (size_t i = 0; i < ready_count_; ++i) {
      if (ready_[(ready_first_ + i) & (ready_.size() - 1)] == &fiber) {
        take_ready(i);
        break;
      }
    }
  }
  fiber.dying = true;
  if (fiber.started) {
    give_turn(fiber);
    return;
  }
  // It never ran: only its closure goes.
  fiber.body.reset();
  forget(fiber);
}

}  // namespace weir
