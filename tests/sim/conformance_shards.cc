// Shards: see conformance.h.
#include <memory>
#include <vector>

#include "sim/fiber/gate.h"
#include "sim/fiber/shard_call.h"
#include "tests/sim/conformance.h"

namespace weir {
namespace {

constexpr Site kCaller{"test.caller"};

// What a shard registers in these cases.
struct CaseRoot final : ShardRoot {
  explicit CaseRoot(Env& env_in) : env(env_in), done(env.scheduler), open(env.scheduler) {}
  Env& env;
  Event done;              // shard 0 is through
  Event open;              // lets waiting messages go on
  std::vector<int> seen;   // what arrived, in order
  uint64_t running = 0;
};

CaseRoot& case_root(ShardRoot& root) { return static_cast<CaseRoot&>(root); }

// Shard 0 drives the case, the others serve until it is through.
void drive(Env& env, const std::function<void(CaseRoot&)>& driver) {
  CaseRoot root(env);
  env.shards.bind(root);
  if (env.shards.self() == 0) {
    driver(root);
    for (uint32_t to = 1; to < env.shards.count(); ++to) {
      env.shards.await_send(to, [](ShardRoot& there, Shards&) { case_root(there).done.set(); });
    }
  } else {
    root.done.await();
  }
  env.shards.await_unbind();
}

void identity(Env& env, Event&, CaseReport& report) {
  report.expect(env.shards.count() >= 2, "the case got its shards");
  report.expect(env.shards.self() < env.shards.count(), "a shard knows its number");
  drive(env, [&](CaseRoot& root) {
    for (uint32_t to = 0; to < env.shards.count(); ++to) {
      const uint32_t there = await_call<CaseRoot>(
          env.shards, env.scheduler, to, root, [](CaseRoot& r) { return r.env.shards.self(); });
      report.expect(there == to, "a call runs on the shard that was asked");
    }
  });
}

void calls_suspend_there(Env& env, Event&, CaseReport& report) {
  drive(env, [&](CaseRoot& root) {
    Gate gate(env.scheduler);
    uint64_t sum = 0;
    for (uint64_t i = 0; i < 50; ++i) {
      spawn_in(gate, env.scheduler, kCaller, [&, i] {
        const uint32_t to = 1 + static_cast<uint32_t>(i) % (env.shards.count() - 1);
        sum += await_call<CaseRoot>(env.shards, env.scheduler, to, root, [i](CaseRoot& there) {
          const Duration pause = microseconds(static_cast<int64_t>(i) * 10);
          await_sleep(there.env.scheduler, there.env.clock.now() + pause);
          return i;
        });
      });
    }
    gate.await_close();
    report.expect(sum == 49 * 50 / 2, "each call got its own answer");
  });
}

// 1 asks 0 while 0 waits for 1.
void calls_back(Env& env, Event&, CaseReport& report) {
  drive(env, [&](CaseRoot& root) {
    const int answer =
        await_call<CaseRoot>(env.shards, env.scheduler, 1, root, [](CaseRoot& there) {
          return 1 + await_call<CaseRoot>(there.env.shards, there.env.scheduler, 0, there,
                                          [](CaseRoot&) { return 41; });
        });
    report.expect(answer == 42, "a call may call back");
  });
}

void message_order(Env& env, Event&, CaseReport& report) {
  constexpr int kMessages = 5000;  // more than a channel has slots
  drive(env, [&](CaseRoot& root) {
    for (int i = 0; i < kMessages; ++i) {
      env.shards.await_send(
          1, [i](ShardRoot& there, Shards&) { case_root(there).seen.push_back(i); });
    }
    const auto seen = await_call<CaseRoot>(env.shards, env.scheduler, 1, root,
                                           [](CaseRoot& there) { return there.seen; });
    bool ordered = seen.size() == kMessages;
    for (size_t i = 0; ordered && i < seen.size(); ++i) ordered = seen[i] == static_cast<int>(i);
    report.expect(ordered, "messages start in the order they were sent");
  });
}

// Messages that do not end fill the channel; the sender waits, and goes on when they end. The
// channel's size is the world's: the case finds where sending stops.
void back_pressure(Env& env, Event&, CaseReport& report) {
  constexpr int kMessages = 20'000;
  drive(env, [&](CaseRoot& root) {
    CaseRoot* const there = await_call<CaseRoot>(env.shards, env.scheduler, 1, root,
                                                 [](CaseRoot& at) { return &at; });
    int sent = 0;
    Gate gate(env.scheduler);
    spawn_in(gate, env.scheduler, kCaller, [&] {
      for (; sent < kMessages; ++sent) {
        env.shards.await_send(1, [](ShardRoot& at, Shards&) { case_root(at).open.await(); });
      }
    });
    await_sleep(env.scheduler, env.clock.now() + milliseconds(10));
    report.expect(sent > 0 && sent < kMessages, "the channel is bounded");
    const int stalled_at = sent;
    await_sleep(env.scheduler, env.clock.now() + milliseconds(10));
    report.expect(sent == stalled_at, "a full channel makes the sender wait");
    // A message would have to wait as well; an answer does not.
    env.shards.answer(1, [there] { there->open.set(); });
    gate.await_close();
    report.expect(sent == kMessages, "the sender goes on when there is room");
  });
}

// Answers are delivered to the right shard, between fibers.
void answers(Env& env, Event&, CaseReport& report) {
  drive(env, [&](CaseRoot&) {
    int arrived = 0;
    Event all(env.scheduler);
    constexpr int kAnswers = 300;
    for (int i = 0; i < kAnswers; ++i) {
      env.shards.await_send(1, [&](ShardRoot&, Shards& here) {
        here.answer(0, [&] {
          if (++arrived == kAnswers) all.set();
        });
      });
    }
    all.await();
    report.expect(arrived == kAnswers, "every answer arrives");
  });
}

void message_to_self(Env& env, Event&, CaseReport& report) {
  drive(env, [&](CaseRoot&) {
    Event arrived(env.scheduler);
    bool own = false;
    env.shards.await_send(0, [&](ShardRoot& root, Shards& here) {
      own = here.self() == 0 && &case_root(root).env == &env;
      here.answer(0, [&] { arrived.set(); });
    });
    arrived.await();
    report.expect(own, "a shard may send to itself");
  });
}

// A message that is sent before bind waits for it.
void before_bind(Env& env, Event&, CaseReport& report) {
  if (env.shards.self() == 1) {
    await_sleep(env.scheduler, env.clock.now() + milliseconds(5));
  }
  drive(env, [&](CaseRoot& root) {
    const bool done = await_call<CaseRoot>(env.shards, env.scheduler, 1, root,
                                           [](CaseRoot&) { return true; });
    report.expect(done, "a message waits for bind");
  });
}

void unbind_waits(Env& env, Event&, CaseReport& report) {
  CaseRoot root(env);
  env.shards.bind(root);
  const uint32_t next = (env.shards.self() + 1) % env.shards.count();
  Event begun(env.scheduler);
  const uint32_t self = env.shards.self();
  env.shards.await_send(next, [&begun, self](ShardRoot& there, Shards& here) {
    CaseRoot& at = case_root(there);
    ++at.running;
    here.answer(self, [&begun] { begun.set(); });
    at.done.set();
    await_sleep(at.env.scheduler, at.env.clock.now() + milliseconds(5));
    --at.running;
  });
  begun.await();
  root.done.await();
  env.shards.await_unbind();
  report.expect(root.running == 0, "unbind waits for the messages that run");
}

}  // namespace

std::vector<ConformanceCase> shard_cases() {
  return {
      {"shards: identity", 2, identity},
      {"shards: calls suspend on the other side", 2, calls_suspend_there},
      {"shards: a call calls back", 2, calls_back},
      {"shards: order of messages", 2, message_order},
      {"shards: back-pressure", 2, back_pressure},
      {"shards: answers", 2, answers},
      {"shards: a message to oneself", 1, message_to_self},
      {"shards: a message before bind", 2, before_bind},
      {"shards: unbind waits", 2, unbind_waits},
  };
}

}  // namespace weir
