#include "sim/real/epoll_loop.h"

#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

namespace weir {

Watch::Watch(EpollLoop& loop, int fd, EpollHandler& handler)
    : loop_(loop), handler_(handler), fd_(fd), slot_(loop.take_slot(*this)) {}

Watch::~Watch() {
  if (registered_) epoll_ctl(loop_.epoll_.get(), EPOLL_CTL_DEL, fd_, nullptr);
  loop_.give_back_slot(slot_);
}

void Watch::want(uint32_t events) {
  wanted_ = events;
  // Edge-triggered, an equal mask is applied again too: that is the re-arming.
  const bool change = events != applied_ || loop_.edge_triggered_;
  if (!change) {
    unlink();
  } else if (!linked()) {
    loop_.changed_.push_back(*this);
  }
}

EpollLoop::EpollLoop(std::atomic<uint64_t>& fiber_ids, bool edge_triggered)
    : fiber_ids_(fiber_ids),
      edge_triggered_(edge_triggered),
      fibers_(*this, stacks_),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      wake_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      wake_handler_(wake_fd_.get()),
      wake_watch_(*this, wake_fd_.get(), wake_handler_) {
  CHECK_MSG(epoll_.valid() && wake_fd_.valid(), "out of descriptors before the first one was used");
  wake_watch_.want(EPOLLIN);
}

EpollLoop::~EpollLoop() = default;

void EpollLoop::run(const std::atomic<bool>& over) {
  for (;;) {
    if (pending_.exchange(false)) {
      for (WakeSource* source : sources_) source->on_wake();
    }
    // After the exchange: the wake() that followed the setting of `over` may just have been taken.
    if (over.load()) return;
    fibers_.fire_timers(clock_.now());
    for (int turn = 0; turn < kTurnsPerPoll && fibers_.run_one(); ++turn) {
    }
    apply_changes();
    poll();
  }
}

void EpollLoop::wake() {
  if (pending_.exchange(true)) return;  // whoever set it has woken the loop, or is about to
  if (!asleep_.load()) return;
  const uint64_t one = 1;
  // Cannot fail: the counter is far from its limit, and the loop empties it.
  [[maybe_unused]] const ssize_t written = ::write(wake_fd_.get(), &one, sizeof one);
}

void EpollLoop::WakeHandler::on_events(uint32_t /*events*/) {
  uint64_t count = 0;
  [[maybe_unused]] const ssize_t read = ::read(fd_, &count, sizeof count);
}

void EpollLoop::poll() {
  int64_t timeout_ns = 0;
  if (!fibers_.runnable()) {
    asleep_.store(true);
    if (!pending_.load()) {
      const TimePoint deadline = fibers_.next_deadline();
      timeout_ns = deadline == TimePoint::never()
                       ? -1
                       : std::max<int64_t>(0, (deadline - clock_.now()).ns());
    }
  }
  epoll_event events[kEventsPerPoll];
  const int count = wait_for_events(events, timeout_ns);
  asleep_.store(false);
  for (int i = 0; i < count; ++i) dispatch(events[i]);
}

// `timeout_ns` below 0 waits for ever.
int EpollLoop::wait_for_events(epoll_event* events, int64_t timeout_ns) {
  timespec timeout{};
  timeout.tv_sec = timeout_ns / 1'000'000'000;
  timeout.tv_nsec = timeout_ns % 1'000'000'000;
  int count = epoll_pwait2(epoll_.get(), events, kEventsPerPoll,
                           timeout_ns < 0 ? nullptr : &timeout, nullptr);
  if (count < 0 && errno == ENOSYS) {
    // Before Linux 5.11: whole milliseconds, rounded up, or the last one would be a busy loop.
    constexpr int64_t kLongestMs = 3'600'000;
    const int64_t ms = std::min(kLongestMs, (timeout_ns + 999'999) / 1'000'000);
    count = epoll_wait(epoll_.get(), events, kEventsPerPoll,
                       timeout_ns < 0 ? -1 : static_cast<int>(ms));
  }
  CHECK_MSG(count >= 0 || errno == EINTR, "epoll refused to wait");
  return std::max(count, 0);
}

void EpollLoop::dispatch(const epoll_event& event) {
  const auto slot = static_cast<uint32_t>(event.data.u64);
  const auto generation = static_cast<uint32_t>(event.data.u64 >> 32);
  // The watch may have gone while earlier events of this batch were handled.
  if (slots_[slot].generation != generation || slots_[slot].watch == nullptr) return;
  slots_[slot].watch->handler_.on_events(event.events);
}

uint32_t EpollLoop::take_slot(Watch& watch) {
  if (free_slots_.empty()) {
    free_slots_.push_back(static_cast<uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const uint32_t slot = free_slots_.back();
  free_slots_.pop_back();
  slots_[slot].watch = &watch;
  return slot;
}

void EpollLoop::give_back_slot(uint32_t slot) {
  slots_[slot].watch = nullptr;
  ++slots_[slot].generation;
  free_slots_.push_back(slot);
}

void EpollLoop::apply_changes() {
  while (!changed_.empty()) apply(changed_.pop_front());
}

void EpollLoop::apply(Watch& watch) {
  if (watch.wanted_ == 0) {
    if (watch.registered_ && !edge_triggered_) {
      CHECK(epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, watch.fd_, nullptr) == 0);
      watch.registered_ = false;
      watch.applied_ = 0;
    }
    return;
  }
  epoll_event event{};
  event.events = watch.wanted_ | (edge_triggered_ ? static_cast<uint32_t>(EPOLLET) : 0);
  event.data.u64 = static_cast<uint64_t>(slots_[watch.slot_].generation) << 32 | watch.slot_;
  const int operation = watch.registered_ ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  CHECK_MSG(epoll_ctl(epoll_.get(), operation, watch.fd_, &event) == 0,
            "epoll refused a descriptor: see fs.epoll.max_user_watches");
  watch.registered_ = true;
  watch.applied_ = watch.wanted_;
}

}  // namespace weir
