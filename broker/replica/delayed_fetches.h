// DelayedFetches: fetches that wait for enough bytes, without holding a fiber.
//
// A fetch that finds too little is parked here with its whole frame and a deadline, and leaves a
// watch at each of its partitions. When one fires, or the deadline comes, the request goes back into
// the request channel and is served from the start; a parked fetch is thus never answered from stale
// state. One fiber serves all of them. At most one a connection (it is muted), so their number is
// bounded by the connections.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>

#include "broker/server/request_channel.h"
#include "sim/env/clock.h"

namespace weir {

class DelayedFetches {
 public:
  DelayedFetches(Clock& clock, Scheduler& scheduler, RequestChannel& requests)
      : clock_(clock), requests_(requests), changed_(scheduler) {}

  // Gives the number for `wake`.
  uint64_t park(Request request, TimePoint deadline);
  // Harmless when it is gone already.
  void wake(uint64_t number);
  // The fiber: returns after close().
  void await_run();
  // Everything parked is served once more, as if its time were up.
  void expire_all();
  void close();
  [[nodiscard]] size_t size() const { return parked_.size(); }

 private:
  struct Parked {
    Request request;
    TimePoint deadline;
  };
  Clock& clock_;
  RequestChannel& requests_;
  WaitList changed_;
  std::map<uint64_t, Parked> parked_;
  std::set<std::pair<TimePoint, uint64_t>> by_deadline_;
  std::deque<uint64_t> woken_;
  uint64_t next_number_ = 1;
  bool closed_ = false;
};

}  // namespace weir
