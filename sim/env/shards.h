// Shards: the cores of one process, and the only way between them.
//
// A process has one run loop a core. A connection, a partition, a group belongs to one shard; nothing
// mutable is shared. A message is a closure that runs on the other shard, in a fiber of its own, and
// is given that shard's root object (what the shard registered with `bind`). Messages that arrive
// before bind wait for it. From one shard to another they start in the order they were sent.
//
// The channel is bounded: a request holds a slot from try_send until its closure has ended, so that
// a slow shard makes its callers wait. Answers are not counted: an answer exists only for a request
// that holds a slot. sim/fiber/shard_call.h has the call-and-wait made of both.
#pragma once

#include <cstdint>

#include "sim/base/unique_function.h"

namespace weir {

// Base of what a shard binds; the receiver's closure casts to the type that it knows.
class ShardRoot {
 public:
  virtual ~ShardRoot() = default;
};

class Shards;
// `here` is the receiving shard's own Shards: through it the message answers.
using ShardMessage = UniqueFunction<void(ShardRoot&, Shards& here)>;
using ShardAnswer = UniqueFunction<void()>;

class Shards {
 public:
  virtual ~Shards() = default;
  [[nodiscard]] virtual uint32_t self() const = 0;
  [[nodiscard]] virtual uint32_t count() const = 0;
  virtual void bind(ShardRoot& root) = 0;
  // No message runs on this shard after unbind returns; waits for those that run.
  virtual void await_unbind() = 0;
  // Suspends while the channel to `to` is full.
  virtual void await_send(uint32_t to, ShardMessage message) = 0;
  // Runs `answer` on shard `to`, between fibers: it must not suspend. Never refused.
  virtual void answer(uint32_t to, ShardAnswer answer) = 0;
};

}  // namespace weir
