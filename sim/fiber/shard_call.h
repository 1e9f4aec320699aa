// await_call: asks another shard and waits for the answer.
//
//   const Offset end = await_call<BrokerShard>(env.shards, env.scheduler, owner, own_root,
//                                              [tp](BrokerShard& there) { return there.end(tp); });
//
// The closure runs on shard `to` in a fiber of its own and may suspend there; its result is moved
// back. On the own shard it is a plain call. The wait has no limit and no cancel: the closure may
// refer to what the caller keeps alive, so the caller stays until the answer is there (or until the
// whole node dies, both ends at once).
#pragma once

#include <optional>
#include <utility>

#include "sim/env/shards.h"
#include "sim/fiber/event.h"

namespace weir {

template <class Root, class Question>
auto await_call(Shards& shards, Scheduler& scheduler, uint32_t to, Root& own, Question question) {
  using Answer = decltype(question(own));
  if (to == shards.self()) return question(own);

  struct Call {
    std::optional<Answer> answer;
    Event answered;
  } call{std::nullopt, Event(scheduler)};
  const uint32_t self = shards.self();
  shards.await_send(
      to, [question = std::move(question), &call, self](ShardRoot& root, Shards& here) mutable {
        Answer answer = question(static_cast<Root&>(root));
        here.answer(self, [&call, answer = std::move(answer)]() mutable {
          call.answer.emplace(std::move(answer));
          call.answered.set();
        });
      });
  call.answered.await();
  return std::move(*call.answer);
}

}  // namespace weir
