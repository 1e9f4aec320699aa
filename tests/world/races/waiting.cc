#include "tests/world/races/themes.h"

#include <deque>

#include "sim/fiber/channel.h"

namespace weir::races {

// The waiter looks, says in the log that it will wait, and waits for what has happened meanwhile.
//   waiter looks < setter sets,  setter wakes < waiter is in the list
void lost_wake_up(Stage& stage) {
  bool done = false;
  WaitList waiting(stage.scheduler());
  stage.spawn([&] {
    stage.await_lead(5);
    while (!done) {
      if (stage.racy()) stage.await_turns(1);
      waiting.await({});
    }
  });
  stage.spawn([&] {
    stage.await_other_shard();
    stage.await_lead(1);
    done = true;
    waiting.wake_all();
  });
  stage.spawn_bystanders();
  stage.await_all_ended();
}

// An event as a pulse: who was woken but has no turn before the reset waits again, for nothing.
//   a waiter waits < set,  reset < that waiter's turn
void missed_broadcast(Stage& stage) {
  bool done = false;
  Event event(stage.scheduler());
  for (uint32_t i = 0; i < 2; ++i) {
    stage.spawn([&, i] {
      stage.await_lead(1 + i);
      if (!done) event.await();
    });
  }
  stage.spawn([&] {
    stage.await_lead(8);
    done = true;
    event.set();
    stage.await_turns(1);
    if (stage.racy()) event.reset();
  });
  stage.spawn_bystanders();
  stage.await_all_ended();
}

// Open when asked, closed when used.
//   the producer asks < the channel closes,  it closes < the producer pushes
void closed_after_check(Stage& stage) {
  Channel<int> channel(stage.scheduler(), 4);
  stage.spawn([&] {
    stage.await_lead(6);
    if (stage.racy()) {
      if (channel.closed()) return;
      stage.await_turns(1);
      if (!channel.try_push(1)) stage.fail("the channel was closed after it was seen open");
    } else {
      channel.try_push(1);
    }
  });
  stage.spawn([&] {
    stage.await_other_shard();
    stage.await_lead(2);
    channel.close();
  });
  stage.spawn([&] {
    while (channel.await_pop()) {
    }
  });
  stage.spawn_bystanders();
  stage.await_all_ended();
}

// Woken for an item, the consumer takes it without looking again. (`if` where `while` belongs.)
//   the consumer waits < an item comes,  the item comes < a poller takes it,
//   the poller takes it < the consumer's turn
void stolen_item(Stage& stage) {
  std::deque<int> items;
  WaitList waiting(stage.scheduler());
  Cancel closing(stage.scheduler());
  uint32_t open = 2;
  const auto leave = [&] {
    if (--open == 0) closing.request();
  };
  stage.spawn([&] {
    stage.await_lead(1);
    while (items.empty()) {
      if (waiting.await({.cancel = &closing}) == WaitResult::cancelled) return;
      if (stage.racy() && items.empty()) return stage.fail("woken for an item that is not there");
    }
    items.pop_front();
  });
  stage.spawn([&] {
    stage.await_lead(7);
    items.push_back(1);
    waiting.wake_one();
    leave();
  });
  stage.spawn([&] {
    stage.await_other_shard();
    stage.await_lead(4);
    if (!items.empty()) items.pop_front();
    leave();
  });
  stage.spawn_bystanders();
  stage.await_all_ended();
}

// Wakes one consumer when the first item comes, and none for a second that comes before it was
// taken.
//   both consumers wait < the first item,  the second item < the first one is taken
// Two constraints for the two who wait, one for the items.
void missed_second_wake_up(Stage& stage) {
  uint32_t items = 0;
  WaitList waiting(stage.scheduler());
  for (uint32_t i = 0; i < 2; ++i) {
    stage.spawn([&, i] {
      stage.await_lead(1 + i);
      while (items == 0) waiting.await({});
      --items;
    });
  }
  for (uint32_t i = 0; i < 2; ++i) {
    stage.spawn([&, i] {
      stage.await_lead(7 + 5 * i);
      if (items++ == 0 || !stage.racy()) waiting.wake_one();
    });
  }
  stage.spawn_bystanders();
  stage.await_all_ended();
}

}  // namespace weir::races
