// First in first out, PCT, delay bounding: which fiber they let run, without a world and in one.
#include "tests/support/test_pch.h"

#include <algorithm>
#include <set>

#include "sim/world/schedule/delay_bounding.h"
#include "sim/world/schedule/fifo.h"
#include "sim/world/schedule/pct.h"
#include "sim/world/schedule/schedule_oracle.h"
#include "tests/world/schedule/schedule_support.h"

namespace weir {
namespace {

constexpr uint64_t kNever = 1'000'000;

// Answers everything with the last possibility: not what any schedule would say by itself.
class LastOracle final : public ChoiceOracle {
 public:
  uint64_t choose(const Site&, Stream&, uint64_t n) override { return n - 1; }
};

PctOracle pct(uint32_t depth, uint64_t decisions, uint64_t key, ChoiceOracle& others) {
  return {{depth, decisions}, Stream(key), others};
}
DelayBoundingOracle delays(uint32_t budget, uint64_t decisions, uint64_t key,
                           ChoiceOracle& others) {
  return {{budget, decisions}, Stream(key), others};
}

}  // namespace

TEST_CASE("fifo: who has been ready longest runs") {
  LastOracle last;
  FifoOracle fifo(last);
  REQUIRE(ask(fifo, fibers({7, 3, 5})) == 7);
  REQUIRE(interleaving(fifo, 3, 2) == "abcabc");
}

TEST_CASE("fifo: all but who runs next is asked of the inner oracle") {
  LastOracle last;
  FifoOracle fifo(last);
  Stream stream(1);
  REQUIRE(fifo.choose(kAnyPick, stream, 10) == 9);
}

TEST_CASE("fifo: counts the times that more than one fiber was ready") {
  LastOracle last;
  FifoOracle fifo(last);
  interleaving(fifo, 2, 3);
  REQUIRE(fifo.decisions() == 5);
}

TEST_CASE(
    "pct: without change points the same fiber of a set runs, in whatever order it is ready") {
  rc::check([](uint64_t key, std::set<uint8_t> ids) {
    RC_PRE(ids.size() > 1);
    LastOracle last;
    PctOracle oracle = pct(1, kNever, key, last);
    std::vector<FiberId> ready;
    for (const uint8_t id : ids) ready.push_back({1, 0, id});
    const uint64_t first = ask(oracle, ready);
    std::reverse(ready.begin(), ready.end());
    RC_ASSERT(ask(oracle, ready) == first);
    // Nor does it depend on who else is there, as long as the highest is.
    std::erase_if(ready, [&](const FiberId& f) { return f.fiber != first && f.fiber % 2 == 0; });
    if (ready.size() > 1) RC_ASSERT(ask(oracle, ready) == first);
  });
}

TEST_CASE("pct: every fiber is the highest about as often") {
  LastOracle last;
  std::vector<int> wins(5);
  for (uint64_t key = 1; key <= 2'000; ++key) {
    PctOracle oracle = pct(1, kNever, key, last);
    ++wins[ask(oracle, fibers({0, 1, 2, 3, 4}))];
  }
  for (const int count : wins) REQUIRE((count > 340 && count < 460));
}

TEST_CASE("pct: fibers of two nodes have priorities of their own") {
  LastOracle last;
  int differs = 0;
  for (uint64_t key = 1; key <= 100; ++key) {
    PctOracle oracle = pct(1, kNever, key, last);
    Stream stream(1);
    const std::vector<FiberId> one = {{1, 0, 8}, {1, 0, 9}};
    const std::vector<FiberId> two = {{2, 0, 8}, {2, 0, 9}};
    differs +=
        oracle.choose_fiber(kAnyPick, stream, one) != oracle.choose_fiber(kAnyPick, stream, two);
  }
  REQUIRE(differs > 20);
}

TEST_CASE("pct: at a change point the running fiber drops below all others, for good") {
  LastOracle last;
  for (uint64_t key = 1; key <= 50; ++key) {
    PctOracle oracle = pct(2, 10, key, last);
    std::vector<uint64_t> ran;
    for (int i = 0; i < 10; ++i) ran.push_back(ask(oracle, fibers({1, 2, 3})));
    const uint64_t second = ran.back();
    const auto change = std::find(ran.begin(), ran.end(), second);
    const uint64_t first = ran.front();
    // One run of the first fiber, perhaps empty, and then the second to the end.
    REQUIRE(std::count(ran.begin(), change, first) == change - ran.begin());
    REQUIRE(std::count(change, ran.end(), second) == ran.end() - change);
  }
}

TEST_CASE("pct: change points fall on every decision from the first to the k-th") {
  LastOracle last;
  std::set<size_t> changes;
  for (uint64_t key = 1; key <= 400; ++key) {
    PctOracle without = pct(1, 8, key, last);
    PctOracle with = pct(2, 8, key, last);
    const std::vector<FiberId> ready = fibers({1, 2, 3});
    const uint64_t highest = ask(without, ready);
    size_t decision = 1;
    while (decision < 9 && ask(with, ready) == highest) ++decision;
    changes.insert(decision);
  }
  REQUIRE(changes == std::set<size_t>{1, 2, 3, 4, 5, 6, 7, 8});
}

TEST_CASE("pct: of two fibers that dropped, the one of the higher point runs first") {
  LastOracle last;
  std::set<std::string> orders;
  for (uint64_t key = 1; key <= 300; ++key) {
    PctOracle oracle = pct(3, 6, key, last);
    orders.insert(interleaving(oracle, 2, 3));
  }
  // a drops by the second point, then b by the first; with a drop to one floor a would not be back.
  REQUIRE(orders.contains("abbaab"));
}

TEST_CASE("pct: finds the lost update of two fibers at least once in n k schedules") {
  RandomOracle random;
  int found = 0;
  for (uint64_t key = 1; key <= 1'200; ++key) {
    PctOracle oracle = pct(2, 3, key, random);
    const std::string order = interleaving(oracle, 2, 2);
    found += order[0] != order[1];  // both read before either writes
  }
  REQUIRE(found >= 1'200 / (2 * 3));
}

TEST_CASE("pct: decisions beyond the k-th are left to the inner oracle") {
  LastOracle last;
  PctOracle oracle = pct(1, 3, 1, last);
  const std::vector<FiberId> ready = fibers({1, 2});
  const uint64_t highest = ask(oracle, ready);
  const std::vector<FiberId> other_last = highest == 1 ? fibers({1, 2}) : fibers({2, 1});
  REQUIRE(ask(oracle, other_last) == highest);
  REQUIRE(ask(oracle, other_last) == highest);
  REQUIRE(ask(oracle, other_last) != highest);
}

TEST_CASE("delay bounding: without delays a fiber runs for as long as it is ready, then the next") {
  LastOracle last;
  DelayBoundingOracle oracle = delays(0, kNever, 1, last);
  REQUIRE(interleaving(oracle, 3, 3) == "aaabbbccc");
}

TEST_CASE("delay bounding: a delayed fiber waits until the round has come back to it") {
  LastOracle last;
  std::set<std::string> orders;
  for (uint64_t key = 1; key <= 200; ++key) {
    DelayBoundingOracle oracle = delays(1, 6, key, last);
    orders.insert(interleaving(oracle, 3, 2));
  }
  REQUIRE(orders == std::set<std::string>{"aabbcc", "bbccaa", "abbcca", "aaccbb", "aabccb"});
}

TEST_CASE("delay bounding: two delays at one decision pass over two fibers") {
  LastOracle last;
  std::set<uint64_t> first;
  for (uint64_t key = 1; key <= 20; ++key) {
    DelayBoundingOracle oracle = delays(2, 1, key, last);
    first.insert(ask(oracle, fibers({5, 6, 7})));
  }
  REQUIRE(first == std::set<uint64_t>{7});
}

TEST_CASE("delay bounding: every shard has a round of its own") {
  LastOracle last;
  DelayBoundingOracle oracle = delays(0, kNever, 1, last);
  Stream stream(1);
  const std::vector<FiberId> on_first = {{1, 0, 4}, {1, 0, 6}};
  const std::vector<FiberId> on_second = {{1, 1, 5}, {1, 1, 9}};
  REQUIRE(oracle.choose_fiber(kAnyPick, stream, fibers({6, 9})) == 0);
  REQUIRE(oracle.choose_fiber(kAnyPick, stream, on_second) == 0);
  REQUIRE(oracle.choose_fiber(kAnyPick, stream, on_first) == 1);
}

TEST_CASE("delay bounding: decisions beyond the k-th are left to the inner oracle") {
  LastOracle last;
  DelayBoundingOracle oracle = delays(0, 2, 1, last);
  REQUIRE(ask(oracle, fibers({1, 2})) == 1);
  REQUIRE(ask(oracle, fibers({1, 2})) == 1);
  REQUIRE(ask(oracle, fibers({1, 2})) == 2);
}

TEST_CASE("schedules: the same key and schedule give the same hash, another schedule another") {
  std::set<uint64_t> hashes;
  for (const char* text : {"random", "fifo", "pct:1", "pct:3:40", "delay:3:40"}) {
    const ScheduleChoice choice = *parse_schedule(text);
    const uint64_t hash = hash_of_busy_run(*make_schedule_oracle(choice, Stream(5)), 9);
    REQUIRE(hash_of_busy_run(*make_schedule_oracle(choice, Stream(5)), 9) == hash);
    hashes.insert(hash);
  }
  REQUIRE(hashes.size() == 5);
}

TEST_CASE("schedules: random is what a random oracle does") {
  RandomOracle random;
  REQUIRE(hash_of_busy_run(*make_schedule_oracle({}, Stream(5)), 9) == hash_of_busy_run(random, 9));
}

TEST_CASE("schedules: a recorded PCT run is replayed from its choices alone") {
  LastOracle last;
  const auto oracle = make_schedule_oracle(*parse_schedule("pct:3:40"), Stream(5));
  RecordingOracle recording(*oracle);
  const uint64_t hash = hash_of_busy_run(recording, 9);
  ReplayingOracle replaying(recording.choices(), last);
  REQUIRE(hash_of_busy_run(replaying, 9) == hash);
  REQUIRE(replaying.exhausted());
  REQUIRE_FALSE(replaying.mismatch());
}

TEST_CASE("schedules: a replay whose record has ended goes on with who the next oracle picks") {
  RandomOracle random;
  FifoOracle fifo(random);
  ReplayingOracle replaying({}, fifo);
  REQUIRE(interleaving(replaying, 3, 4) == "abcabcabcabc");
}

}  // namespace weir
