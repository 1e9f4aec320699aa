// DelayedFetches: fetches that wait for enough bytes, without holding a fiber.
//
// A fetch that finds too little is parked in the purgatory of its connection's shard with its whole
// frame, under the partitions that it asked for. When one of them changes, or the deadline comes, the
// request goes back into the request channel and is served from the start; a parked fetch is thus
// never answered from stale state. One fiber serves them all.
//
// The partitions may belong to other shards, which know of shards that watch, not of fetches: a watch
// that fires wakes every fetch here that waits for the partition, for it was the only one, and who
// still finds too little parks again and leaves the next. So the owner's part is as small as the
// number of shards, however many fetches come and go.
//
// A parked fetch first, then the watch, which looks at the partition: what came in between is seen.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "broker/purgatory/purgatory.h"
#include "broker/server/request_channel.h"
#include "model/types/ids.h"
#include "sim/env/env.h"

namespace weir {

class DelayedFetches {
 public:
  DelayedFetches(Env& env, Timer& timer, RequestChannel& requests, size_t most)
      : requests_(requests),
        purgatory_(timer, env.buggify, {.max_operations = most}),
        woken_(env.scheduler) {}

  // `waits_for` is not empty. False when there are too many: nothing has happened to the request.
  bool park(Request& request, const std::vector<TopicPartition>& waits_for, TimePoint deadline);
  // A watch of this shard at `tp` has fired.
  void changed(const TopicPartition& tp);
  // The fiber that sends them round again: returns after close().
  void await_run();
  // Everything parked is served once more, as if its time were up.
  void expire_all();
  void close();
  [[nodiscard]] size_t size() const { return purgatory_.delayed(); }

 private:
  struct DelayedFetch final : DelayedOperation {
    DelayedFetch(DelayedFetches& of_in, Request request_in)
        : of(of_in), request(std::move(request_in)) {}
    [[nodiscard]] bool can_complete() const override { return partition_changed; }
    void on_expiration() override { request.final_attempt = true; }
    void on_complete() override { of.send_round(std::move(request)); }
    DelayedFetches& of;
    Request request;
    bool partition_changed = false;
  };
  void send_round(Request request);

  RequestChannel& requests_;
  Purgatory<TopicPartition, DelayedFetch> purgatory_;
  std::deque<Request> ready_;  // at most one a connection
  WaitList woken_;
  bool closed_ = false;
};

}  // namespace weir
