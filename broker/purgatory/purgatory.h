// Purgatory: where a request waits for a condition, without holding a fiber (Kafka's
// DelayedOperationPurgatory).
//
// An operation that cannot complete yet is watched under keys (the partitions that it waits for) and
// has a deadline. Whoever changes something under a key calls check_and_complete(key); each
// operation that watches the key is told what happened and asked again. At the deadline it completes
// whatever its condition says, and is told that it expired.
//
//   try_complete_else_watch:   can it complete?  yes: completed.   no: watched, and on the timer
//   check_and_complete(key):   tell, ask; those who can are completed, in the order they came
//
// An operation completes exactly once: by a watch, by its deadline, or by the end of the process.
//
// Nothing can happen between the asking and the watching, since one shard owns it all and nothing
// here suspends. An operation whose condition another shard decides is asked once more after it is
// watched: who parks it lets that shard look, and completes it if the answer came too late
// (delayed_fetches.h). Completed operations are off the timer at once, and off the other keys' lists
// when those are checked; when more than half of what is watched is completed, and at least
// `purge_interval`, all lists are swept, so they do not grow with keys that nobody checks.
//
// Callbacks run after the lists are in order again: they may watch or check anything.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <vector>

#include "broker/purgatory/timer.h"

namespace weir {

struct PurgatoryOptions {
  size_t max_operations = 100'000;
  size_t purge_interval = 1'000;
};

// What waits. Derived classes say when it can complete and what happens then.
class DelayedOperation {
 public:
  virtual ~DelayedOperation() = default;
  [[nodiscard]] bool is_completed() const { return completed_; }

  // Whether its condition holds. Changes nothing.
  [[nodiscard]] virtual bool can_complete() const = 0;
  // Called once, when it completes. Must not suspend.
  virtual void on_complete() = 0;
  // Called before on_complete when it is the deadline that completes it.
  virtual void on_expiration() {}

 private:
  template <class K, class O>
  friend class Purgatory;
  bool completed_ = false;
  size_t watch_count_ = 0;
};

// `Operation` derives from DelayedOperation.
template <class Key, class Operation>
class Purgatory {
 public:
  enum class Outcome : uint8_t {
    completed,  // at once
    watched,    // it waits
    full,       // the limit is reached: nothing has happened to it
  };

  Purgatory(Timer& timer, Buggify& buggify, const PurgatoryOptions& options = {})
      : timer_(timer), buggify_(buggify), options_(options) {}
  // Before the timer goes.
  ~Purgatory() {
    for (const auto& [key, list] : watchers_) {
      for (const auto& parked : list) timer_.cancel(*parked);
    }
  }
  Purgatory(const Purgatory&) = delete;
  Purgatory& operator=(const Purgatory&) = delete;

  Outcome try_complete_else_watch(std::shared_ptr<Operation> operation, const std::vector<Key>& keys,
                                  TimePoint deadline) {
    CHECK_MSG(!keys.empty(), "an operation without a key is owned by nobody");
    CHECK(!operation->completed_ && operation->watch_count_ == 0);
    if (operation->can_complete()) {
      operation->completed_ = true;
      operation->on_complete();
      return Outcome::completed;
    }
    if (delayed_ >= options_.max_operations) return Outcome::full;
    const auto parked = std::make_shared<Parked>(*this, std::move(operation));
    switch (timer_.add(*parked, deadline)) {
      case TimingWheel::Added::full: return Outcome::full;
      case TimingWheel::Added::due: expire(*parked->operation); return Outcome::completed;
      case TimingWheel::Added::waits: break;
    }
    for (const Key& key : keys) watchers_[key].push_back(parked);
    parked->operation->watch_count_ = keys.size();
    watched_ += keys.size();
    ++delayed_;
    return Outcome::watched;
  }

  // `tell` is called with each operation that waits under `key`, before it is asked. The number of
  // those that this completed.
  template <class Tell>
  size_t check_and_complete(const Key& key, Tell tell) {
    const auto it = watchers_.find(key);
    if (it == watchers_.end()) return 0;
    std::vector<std::shared_ptr<Parked>> ready;
    for (const auto& parked : it->second) {
      if (parked->operation->completed_) continue;
      tell(*parked->operation);
      if (parked->operation->can_complete()) ready.push_back(parked);
    }
    size_t completed = 0;
    for (const auto& parked : ready) completed += complete(*parked) ? 1 : 0;
    if (completed > 0) sometimes(buggify_, kCompletedByWatch);
    sweep(key);
    return completed;
  }
  size_t check_and_complete(const Key& key) {
    return check_and_complete(key, [](Operation&) {});
  }

  // Everything that waits is told and completed, whatever its condition says.
  template <class Tell>
  void complete_all(Tell tell) {
    std::vector<std::shared_ptr<Parked>> all;
    for (const auto& [key, list] : watchers_) all.insert(all.end(), list.begin(), list.end());
    for (const auto& parked : all) {
      if (parked->operation->completed_) continue;
      tell(*parked->operation);
      complete(*parked);
    }
  }

  [[nodiscard]] size_t delayed() const { return delayed_; }  // operations that wait
  [[nodiscard]] size_t watched() const { return watched_; }  // places in watch lists

 private:
  static constexpr Site kCompletedByWatch{"sometimes.purgatory.completed_by_watch"};
  static constexpr Site kExpired{"sometimes.purgatory.expired"};
  static constexpr Site kPurgeEarly{"buggify.purgatory.purge_early"};
  static constexpr Site kPurged{"sometimes.purgatory.purged"};

  struct Parked final : TimerTask {
    Parked(Purgatory& of, std::shared_ptr<Operation> operation_in)
        : purgatory(of), operation(std::move(operation_in)) {}
    void on_due() override { purgatory.on_due(*this); }
    Purgatory& purgatory;
    const std::shared_ptr<Operation> operation;
  };

  bool complete(Parked& parked) {
    if (!leave(parked)) return false;
    parked.operation->on_complete();
    return true;
  }
  // False when it has completed already.
  bool leave(Parked& parked) {
    if (std::exchange(parked.operation->completed_, true)) return false;
    timer_.cancel(parked);
    --delayed_;
    stale_ += parked.operation->watch_count_;
    return true;
  }
  void on_due(Parked& parked) {
    const std::shared_ptr<Operation> operation = parked.operation;  // a sweep may drop the rest
    if (!leave(parked)) return;
    sometimes(buggify_, kExpired);
    sweep_all_if_stale();
    operation->on_expiration();
    operation->on_complete();
  }
  void expire(Operation& operation) {
    operation.completed_ = true;
    operation.on_expiration();
    operation.on_complete();
  }

  void sweep(const Key& key) {
    if (const auto it = watchers_.find(key); it != watchers_.end() && sweep_list(it->second)) {
      watchers_.erase(it);
    }
    sweep_all_if_stale();
  }
  void sweep_all_if_stale() {
    const size_t interval =
        limit<size_t>(buggify_, kPurgeEarly, std::max(options_.purge_interval, watched_ / 2), 1);
    if (stale_ < interval) return;
    sometimes(buggify_, kPurged);
    for (auto it = watchers_.begin(); it != watchers_.end();) {
      it = sweep_list(it->second) ? watchers_.erase(it) : std::next(it);
    }
    CHECK(stale_ == 0);
  }
  // True when nobody is left.
  bool sweep_list(std::vector<std::shared_ptr<Parked>>& list) {
    const size_t swept = std::erase_if(
        list, [](const auto& parked) { return parked->operation->completed_; });
    watched_ -= swept;
    stale_ -= swept;
    return list.empty();
  }

  Timer& timer_;
  Buggify& buggify_;
  const PurgatoryOptions options_;
  std::map<Key, std::vector<std::shared_ptr<Parked>>> watchers_;
  size_t delayed_ = 0;
  size_t watched_ = 0;
  size_t stale_ = 0;  // of watched_: places of operations that have completed
};

}  // namespace weir
