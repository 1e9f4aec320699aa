// EpollLoop: the host of one shard's RunLoop on a thread of its own.
//
//   take what other threads left  >  fire timers  >  run a bounded batch of ready fibers
//        ^                                                              |
//        └──── dispatch events  <  epoll_pwait2  <  apply changed watches
//
// It sleeps in the kernel until a descriptor is ready, the earliest deadline, or wake(); the batch
// is bounded so that fibers which keep one another busy cannot starve the sockets.
//
// Level- and edge-triggered. A Watch says which events its descriptor waits for; the change is
// applied lazily, once, just before the next sleep.
//  - Level-triggered (the default): epoll reports a ready descriptor in every round. Interest in
//    writing must therefore stand only while there is something to write, or the loop would spin:
//    TcpConnection drops it once it was reported. A watch that wants nothing is taken out of epoll
//    altogether, because EPOLLERR and EPOLLHUP are reported even to an empty mask.
//  - Edge-triggered: epoll reports only changes. want() always re-arms (EPOLL_CTL_MOD looks at the
//    descriptor's state anew), so that a watch() that finds its connection ready is told. A watch
//    that wants nothing may stay registered: its edges are reported once and dropped.
// ReadySink (sim/env/network.h) promises a call after each change to ready and after each watch()
// that finds it ready, and allows spurious calls: the first is what edges give, level triggering
// gives more, and users who read until would_block cannot tell the two apart.
//
// Lifetime. A handler may destroy any watch, also its own and one whose event waits in the same
// batch: events carry a slot and its generation, and a stale one is dropped.
//
// Threads: wake() may be called from anywhere; all else only on the loop's thread.
#pragma once

#include <sys/epoll.h>

#include <atomic>
#include <cstdint>
#include <vector>

#include "sim/fiber/run_loop.h"
#include "sim/real/fd.h"
#include "sim/real/real_clock.h"

namespace weir {

class EpollLoop;

// Told by the loop, between fibers: must not suspend.
class EpollHandler {
 public:
  virtual ~EpollHandler() = default;
  virtual void on_events(uint32_t events) = 0;
};

// Told on the loop's thread, between fibers, some time after each wake().
class WakeSource {
 public:
  virtual ~WakeSource() = default;
  virtual void on_wake() = 0;
};

struct ChangedWatchTag {};

// What a descriptor waits for. Destroy it before the descriptor is closed (declare it after the
// Fd).
class Watch : public ListHook<ChangedWatchTag> {
 public:
  Watch(EpollLoop& loop, int fd, EpollHandler& handler);
  ~Watch();
  // EPOLLIN and EPOLLOUT, or 0. Replaces what was wanted before.
  void want(uint32_t events);

 private:
  friend class EpollLoop;
  EpollLoop& loop_;
  EpollHandler& handler_;
  const int fd_;
  const uint32_t slot_;
  uint32_t wanted_ = 0;
  uint32_t applied_ = 0;
  bool registered_ = false;
};

class EpollLoop final : public LoopHost {
 public:
  // `fiber_ids` is shared by the shards of a process: see KillOrder.
  EpollLoop(std::atomic<uint64_t>& fiber_ids, bool edge_triggered);
  ~EpollLoop() override;

  [[nodiscard]] RunLoop& fibers() { return fibers_; }
  [[nodiscard]] bool edge_triggered() const { return edge_triggered_; }
  // Before run().
  void add_source(WakeSource& source) { sources_.push_back(&source); }

  // Runs until `over`. Who sets it calls wake() after.
  void run(const std::atomic<bool>& over);
  // Any thread: the sources are asked soon. A system call only when the loop may be asleep.
  void wake();

 private:
  friend class Watch;
  static constexpr int kTurnsPerPoll = 64;
  static constexpr int kEventsPerPoll = 256;
  struct Slot {
    Watch* watch = nullptr;
    uint32_t generation = 0;
  };
  // Empties the eventfd; the sources are asked because `pending_` is set.
  class WakeHandler final : public EpollHandler {
   public:
    explicit WakeHandler(int fd) : fd_(fd) {}
    void on_events(uint32_t events) override;

   private:
    const int fd_;
  };

  uint64_t next_fiber_id() override { return fiber_ids_.fetch_add(1, std::memory_order_relaxed); }

  uint32_t take_slot(Watch& watch);
  void give_back_slot(uint32_t slot);
  void apply_changes();
  void apply(Watch& watch);
  void poll();
  int wait_for_events(epoll_event* events, int64_t timeout_ns);
  void dispatch(const epoll_event& event);

  std::atomic<uint64_t>& fiber_ids_;
  const bool edge_triggered_;
  RealClock clock_;
  StackPool stacks_;
  RunLoop fibers_;
  Fd epoll_;
  std::vector<Slot> slots_;  // by slot; grows with the number of open descriptors
  std::vector<uint32_t> free_slots_;
  IntrusiveList<Watch, ChangedWatchTag> changed_;
  std::vector<WakeSource*> sources_;
  // wake() sets pending_ and then looks at asleep_; the loop sets asleep_ and then looks at
  // pending_. With both sequentially consistent, one of the two sees the other.
  std::atomic<bool> pending_{false};
  std::atomic<bool> asleep_{false};
  Fd wake_fd_;
  WakeHandler wake_handler_;
  Watch wake_watch_;
};

}  // namespace weir
