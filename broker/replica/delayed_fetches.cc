#include "broker/replica/delayed_fetches.h"

namespace weir {

uint64_t DelayedFetches::park(Request request, TimePoint deadline) {
  const uint64_t number = next_number_++;
  parked_.emplace(number, Parked{std::move(request), deadline});
  by_deadline_.emplace(deadline, number);
  if (by_deadline_.begin()->second == number) changed_.wake_all();
  return number;
}

void DelayedFetches::wake(uint64_t number) {
  if (!parked_.contains(number)) return;
  woken_.push_back(number);
  changed_.wake_all();
}

void DelayedFetches::expire_all() {
  for (auto& [number, parked] : parked_) {
    parked.request.final_attempt = true;
    woken_.push_back(number);
  }
  changed_.wake_all();
}

void DelayedFetches::close() {
  closed_ = true;
  changed_.wake_all();
}

void DelayedFetches::await_run() {
  while (!closed_) {
    while (!by_deadline_.empty() && by_deadline_.begin()->first <= clock_.now()) {
      const uint64_t number = by_deadline_.begin()->second;
      parked_.at(number).request.final_attempt = true;
      by_deadline_.erase(by_deadline_.begin());
      woken_.push_back(number);
    }
    if (woken_.empty()) {
      changed_.await({.deadline = by_deadline_.empty() ? TimePoint::never()
                                                       : by_deadline_.begin()->first});
      continue;
    }
    const auto it = parked_.find(woken_.front());
    woken_.pop_front();
    if (it == parked_.end()) continue;
    by_deadline_.erase({it->second.deadline, it->first});
    Request request = std::move(it->second.request);
    parked_.erase(it);
    requests_.await_push(std::move(request));
  }
}

}  // namespace weir
