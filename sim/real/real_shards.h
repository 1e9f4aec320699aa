// RealShards: sim/env/shards.h between threads.
//
// Each shard has one ShardMailbox that the others post to: a lock, three lists, and a wake-up of
// the loop that costs a system call only when the loop sleeps. The lock is held for a push or a
// swap.
//
// Limits. The channel from one shard to another has `capacity` slots, and the slots are kept by the
// sender: a Semaphore in its own loop, so that waiting for a slot is an ordinary wait of a fiber,
// first come first served. A slot comes back through the sender's mailbox when the message's
// closure has ended. A mailbox thus holds at most shards * capacity messages and no more answers
// than that.
//
// Order. A sender posts when it has its slot; the receiver takes the list in order and starts a
// fiber a message in that order.
//
// At the end nothing is delivered any more; discard() drops what is left, on the receiver's thread.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "sim/env/shards.h"
#include "sim/fiber/event.h"
#include "sim/fiber/semaphore.h"
#include "sim/real/epoll_loop.h"

namespace weir {

// What other shards have left for one shard. Any thread posts, the owner takes.
class ShardMailbox {
 public:
  struct Request {
    uint32_t from = 0;
    ShardMessage message;
  };
  struct Content {
    std::vector<Request> requests;
    std::vector<ShardAnswer> answers;
    std::vector<uint32_t> returned_slots;  // the shard whose channel has one slot more
  };

  explicit ShardMailbox(EpollLoop& loop) : loop_(loop) {}
  void post_request(uint32_t from, ShardMessage message);
  void post_answer(ShardAnswer answer);
  void return_slot(uint32_t of_shard);
  // Swaps what is there for `emptied`, whose memory serves again.
  void take(Content& emptied);

 private:
  EpollLoop& loop_;
  std::mutex mutex_;
  Content content_;
};

// By shard. Complete before any shard runs.
using ShardMailboxes = std::vector<std::unique_ptr<ShardMailbox>>;

class RealShards final : public Shards, public WakeSource {
 public:
  RealShards(EpollLoop& loop, const ShardMailboxes& mailboxes, uint32_t self, uint32_t count,
             size_t capacity);

  [[nodiscard]] uint32_t self() const override { return self_; }
  [[nodiscard]] uint32_t count() const override { return static_cast<uint32_t>(slots_.size()); }
  void bind(ShardRoot& root) override;
  void await_unbind() override;
  void await_send(uint32_t to, ShardMessage message) override;
  void answer(uint32_t to, ShardAnswer answer) override;

  // After the fibers of every shard are gone.
  void discard();

 private:
  void on_wake() override;
  void start_waiting();
  void run_message(ShardMailbox::Request& request, ShardRoot& root);

  EpollLoop& loop_;
  const ShardMailboxes& mailboxes_;
  const uint32_t self_;
  std::vector<std::unique_ptr<Semaphore>> slots_;  // by receiver
  std::deque<ShardMailbox::Request> waiting_;      // came before bind; bounded by the slots
  ShardMailbox::Content taken_;                    // empty but for its memory between wake-ups
  ShardRoot* root_ = nullptr;
  size_t running_ = 0;  // messages given to a fiber and not ended
  Event idle_;          // set while none runs
};

}  // namespace weir
