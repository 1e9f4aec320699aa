#include "broker/replica/delayed_fetches.h"

namespace weir {

bool DelayedFetches::park(Request& request, const std::vector<TopicPartition>& waits_for,
                          TimePoint deadline) {
  auto fetch = std::make_shared<DelayedFetch>(*this, std::move(request));
  if (purgatory_.try_complete_else_watch(fetch, waits_for, deadline) !=
      decltype(purgatory_)::Outcome::full) {
    return true;
  }
  request = std::move(fetch->request);
  return false;
}

void DelayedFetches::changed(const TopicPartition& tp) {
  purgatory_.check_and_complete(tp, [](DelayedFetch& fetch) { fetch.partition_changed = true; });
}

void DelayedFetches::send_round(Request request) {
  ready_.push_back(std::move(request));
  woken_.wake_all();
}

void DelayedFetches::expire_all() {
  purgatory_.complete_all([](DelayedFetch& fetch) { fetch.request.final_attempt = true; });
}

void DelayedFetches::close() {
  closed_ = true;
  woken_.wake_all();
}

void DelayedFetches::await_run() {
  while (!closed_) {
    if (ready_.empty()) {
      woken_.await({});
      continue;
    }
    Request request = std::move(ready_.front());
    ready_.pop_front();
    requests_.await_push(std::move(request));
  }
}

}  // namespace weir
