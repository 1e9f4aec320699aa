#include "sim/real/real_shards.h"

namespace weir {
namespace {
constexpr Site kMessage{"shard.message"};
}

void ShardMailbox::post_request(uint32_t from, ShardMessage message) {
  {
    const std::lock_guard lock(mutex_);
    content_.requests.push_back({from, std::move(message)});
  }
  loop_.wake();
}

void ShardMailbox::post_answer(ShardAnswer answer) {
  {
    const std::lock_guard lock(mutex_);
    content_.answers.push_back(std::move(answer));
  }
  loop_.wake();
}

void ShardMailbox::return_slot(uint32_t of_shard) {
  {
    const std::lock_guard lock(mutex_);
    content_.returned_slots.push_back(of_shard);
  }
  loop_.wake();
}

void ShardMailbox::take(Content& emptied) {
  const std::lock_guard lock(mutex_);
  std::swap(emptied, content_);
}

RealShards::RealShards(EpollLoop& loop, const ShardMailboxes& mailboxes, uint32_t self,
                       uint32_t count, size_t capacity)
    : loop_(loop), mailboxes_(mailboxes), self_(self), idle_(loop.fibers()) {
  for (uint32_t to = 0; to < count; ++to) {
    slots_.push_back(std::make_unique<Semaphore>(loop.fibers(), capacity));
  }
  idle_.set();
  loop.add_source(*this);
}

void RealShards::bind(ShardRoot& root) {
  CHECK_MSG(root_ == nullptr, "a shard is bound once at a time");
  root_ = &root;
  start_waiting();
}

void RealShards::await_unbind() {
  root_ = nullptr;
  idle_.await();
}

void RealShards::await_send(uint32_t to, ShardMessage message) {
  CHECK(to < count());
  CHECK(slots_[to]->await_acquire() == WaitResult::ready);
  mailboxes_[to]->post_request(self_, std::move(message));
}

void RealShards::answer(uint32_t to, ShardAnswer answer) {
  CHECK(to < count());
  mailboxes_[to]->post_answer(std::move(answer));
}

void RealShards::on_wake() {
  mailboxes_[self_]->take(taken_);
  for (ShardAnswer& answer : taken_.answers) answer();
  for (const uint32_t shard : taken_.returned_slots) slots_[shard]->release();
  for (ShardMailbox::Request& request : taken_.requests) waiting_.push_back(std::move(request));
  taken_.answers.clear();
  taken_.returned_slots.clear();
  taken_.requests.clear();
  if (root_ != nullptr) start_waiting();
}

void RealShards::start_waiting() {
  while (!waiting_.empty()) {
    ++running_;
    idle_.reset();
    loop_.fibers().spawn(kMessage, [this, request = std::move(waiting_.front()),
                                    root = root_]() mutable { run_message(request, *root); });
    waiting_.pop_front();
  }
}

void RealShards::run_message(ShardMailbox::Request& request, ShardRoot& root) {
  request.message(root, *this);
  // What the closure owns goes before its slot is free again.
  request.message.reset();
  mailboxes_[request.from]->return_slot(self_);
  if (--running_ == 0) idle_.set();
}

void RealShards::discard() {
  waiting_.clear();
  ShardMailbox::Content dropped;
  mailboxes_[self_]->take(dropped);
}

}  // namespace weir
