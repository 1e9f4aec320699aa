#include "tests/world/races/themes.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "sim/fiber/semaphore.h"

namespace weir::races {

// Read, wait, write: what another wrote meanwhile is gone.
//   first reads < second writes,  second reads < first writes
void lost_update(Stage& stage) {
  uint32_t end_offset = 0;
  Mutex mutex(stage.scheduler());
  for (const uint32_t lead : {4U, 1U}) {
    stage.spawn([&, lead] {
      if (lead == 1) stage.await_other_shard();
      stage.await_lead(lead);
      std::optional<Mutex::Lock> lock;
      if (!stage.racy()) lock.emplace(mutex.await_lock());
      const uint32_t before = end_offset;
      stage.await_turns(1);
      end_offset = before + 1;
    });
  }
  stage.spawn_bystanders();
  stage.await_all_ended();
  if (end_offset != 2) stage.fail("an update was lost");
}

// Two transfers in opposite directions, each locking where it takes from first.
//   A locks its first < B asks for its second,  B locks its first < A asks for its second
void lock_order(Stage& stage) {
  Mutex accounts[2] = {Mutex(stage.scheduler()), Mutex(stage.scheduler())};
  const auto transfer = [&](uint32_t lead, size_t from, size_t to) {
    stage.await_lead(lead);
    if (!stage.racy() && from > to) std::swap(from, to);
    const Mutex::Lock first = accounts[from].await_lock();
    stage.await_turns(1);
    const Mutex::Lock second = accounts[to].await_lock();
    stage.await_turns(1);
  };
  stage.spawn([&] { transfer(4, 0, 1); });
  stage.spawn([&] {
    stage.await_other_shard();
    transfer(1, 1, 0);
  });
  stage.spawn_bystanders();
  stage.await_all_ended();
}

// A free list whose head is the same again, but not what comes after it.
//   A reads head and next < B takes the head,  B gives the head back < A compares and takes it
void aba(Stage& stage) {
  constexpr size_t kEnd = 3;
  std::array<size_t, 3> next = {1, 2, kEnd};
  std::array<bool, 4> used{};
  size_t head = 0;
  uint64_t version = 0;
  const auto take = [&] {
    const size_t taken = head;
    head = next[taken];
    used[taken] = true;
    ++version;
    return taken;
  };
  stage.spawn([&] {
    stage.await_lead(7);
    for (;;) {
      const size_t seen = head;
      const size_t after = next[seen];
      const uint64_t seen_version = version;
      stage.await_turns(1);
      if (head != seen || (!stage.racy() && version != seen_version)) continue;
      head = after;
      if (used[head]) stage.fail("the free list begins with a node that is in use");
      return;
    }
  });
  stage.spawn([&] {
    stage.await_other_shard();
    stage.await_lead(1);
    const size_t first = take();
    stage.await_turns(1);
    take();
    stage.await_turns(1);
    next[first] = head;
    head = first;
    used[first] = false;
    ++version;
  });
  stage.spawn_bystanders();
  stage.await_all_ended();
}

// Made on first use, by two first users.
//   A finds none < B has made one,  B finds none < A has made one
void double_initialisation(Stage& stage) {
  uint32_t made = 0;
  bool exists = false;
  Mutex mutex(stage.scheduler());
  for (const uint32_t lead : {1U, 8U}) {
    stage.spawn([&, lead] {
      stage.await_lead(lead);
      std::optional<Mutex::Lock> lock;
      if (!stage.racy()) lock.emplace(mutex.await_lock());
      if (exists) return;
      stage.await_turns(1);
      exists = true;
      ++made;
    });
  }
  stage.spawn_bystanders();
  stage.await_all_ended();
  if (made != 1) stage.fail("initialised twice");
}

// The table can be found before it is filled.
//   published < looked up,  looked up < filled
void publish_before_fill(Stage& stage) {
  bool published = false;
  bool filled = false;
  stage.spawn([&] {
    stage.await_lead(9);
    published = stage.racy();
    stage.await_turns(1);
    filled = true;
    published = true;
  });
  stage.spawn([&] {
    stage.await_lead(3);
    if (published && !filled) stage.fail("used before it was filled");
  });
  stage.spawn_bystanders();
  stage.await_all_ended();
}

// A place in a vector, kept over a wait, while an element before it goes.
//   a session is visited < the first one is erased,  it is erased < the last one is visited
void stale_index(Stage& stage) {
  std::vector<int> sessions = {10, 11, 12};
  std::vector<int> visited;
  stage.spawn([&] {
    stage.await_lead(4);
    const std::vector<int> at_first = sessions;
    for (size_t i = 0; i < (stage.racy() ? sessions : at_first).size(); ++i) {
      visited.push_back(stage.racy() ? sessions[i] : at_first[i]);
      stage.await_turns(1);
    }
    for (const int session : sessions) {
      if (std::find(visited.begin(), visited.end(), session) == visited.end()) {
        stage.fail("a living session was not visited");
      }
    }
  });
  stage.spawn([&] {
    stage.await_other_shard();
    stage.await_lead(2);
    sessions.erase(sessions.begin());
  });
  stage.spawn_bystanders();
  stage.await_all_ended();
}

// A partition is offered by the old owner, taken by the new one, and counted by an auditor.
//   old offers < new takes,  new takes < the auditor counts,  the auditor counts < old lets go
void two_owners(Stage& stage) {
  bool offered = false;
  bool old_owns = true;
  bool new_owns = false;
  stage.spawn([&] {
    stage.await_lead(3);
    offered = true;
    if (!stage.racy()) old_owns = false;
    stage.await_turns(1);
    old_owns = false;
    offered = false;
  });
  stage.spawn([&] {
    stage.await_lead(7);
    if (offered) new_owns = true;
  });
  stage.spawn([&] {
    stage.await_lead(11);
    if (old_owns && new_owns) stage.fail("a partition has two owners");
  });
  stage.spawn_bystanders();
  stage.await_all_ended();
}

namespace {

constexpr Race kRaces[] = {
    {"lost wake-up", 2, lost_wake_up},
    {"missed broadcast", 2, missed_broadcast},
    {"closed after check", 2, closed_after_check},
    {"lost update", 2, lost_update},
    {"lock order", 2, lock_order},
    {"ABA", 2, aba},
    {"double initialisation", 2, double_initialisation},
    {"publish before fill", 2, publish_before_fill},
    {"stale index", 2, stale_index},
    {"stolen item", 3, stolen_item},
    {"missed second wake-up", 3, missed_second_wake_up},
    {"two owners", 3, two_owners},
};

}  // namespace

std::span<const Race> all_races() { return kRaces; }

}  // namespace weir::races
