// A trace to a timeline.
#include "tests/support/test_pch.h"

#include "scenarios/host/timeline_recorder.h"
#include "scenarios/registry.h"
#include "scenarios/run.h"

namespace weir {
namespace {

using reports::LifeEnd;
using reports::LogPointKind;
using reports::MomentKind;

constexpr Site kBoot{"node.boot"};
constexpr Site kKill{"node.kill"};
constexpr Site kPowerLoss{"node.power_loss"};
constexpr Site kSend{"net.send"};
constexpr Site kDeliver{"net.deliver"};
constexpr Site kHeld{"net.held"};
constexpr Site kCut{"net.cut"};
constexpr Site kHeal{"net.heal"};
constexpr Site kReset{"net.reset"};
constexpr Site kOpened{"log.opened"};
constexpr Site kAppended{"log.appended"};
constexpr Site kFlushed{"log.flushed"};
constexpr Site kPause{"node.pause"};
constexpr Site kResume{"node.resume"};
constexpr Site kStall{"net.stall"};
constexpr Site kRot{"disk.rot"};
constexpr Site kLogCut{"log.cut"};
constexpr Site kOther{"disk.write"};

// Tells a recorder one event after the other, a millisecond apart.
struct Teller {
  TimelineRecorder recorder;
  int64_t ms = 0;
  void tell(const Site& site, uint32_t node, std::array<uint64_t, 4> values = {}) {
    recorder.on_event({.time_ns = ++ms * 1'000'000, .node = node, .site = &site, .values = values},
                      0);
  }
};

TimelineRecorder::Names names() {
  return {.nodes = {"broker", "clients"}, .logs = {{77, "events-0"}}};
}

}  // namespace

TEST_CASE("lives begin with a boot and end with what ended them") {
  Teller teller{TimelineRecorder(names())};
  teller.tell(kBoot, 1);
  teller.tell(kBoot, 2);
  teller.tell(kPowerLoss, 1, {9, 5, 0, 0});
  teller.tell(kBoot, 1);
  teller.tell(kKill, 1);
  teller.tell(kKill, 1);
  teller.tell(kOther, 2);
  const reports::Timeline timeline = teller.recorder.take();
  REQUIRE(timeline.end_ns == 7'000'000);
  REQUIRE(timeline.lanes.size() == 2);
  REQUIRE(timeline.lanes[0].name == "broker");
  REQUIRE(timeline.lanes[0].lives.size() == 2);
  REQUIRE(timeline.lanes[0].lives[0].end == LifeEnd::power_lost);
  REQUIRE(timeline.lanes[0].lives[0].end_ns == 3'000'000);
  REQUIRE(timeline.lanes[0].lives[1].end == LifeEnd::killed);
  REQUIRE(timeline.lanes[0].lives[1].end_ns == 5'000'000);
  REQUIRE(timeline.lanes[1].lives[0].end == LifeEnd::run_over);
  REQUIRE(timeline.lanes[1].lives[0].end_ns == 7'000'000);
  REQUIRE(timeline.moments[2].effective);
  REQUIRE(timeline.moments[4].effective);
  REQUIRE_FALSE(timeline.moments[5].effective);
}

TEST_CASE("a pause ends when the process goes on or dies") {
  Teller teller{TimelineRecorder(names())};
  teller.tell(kPause, 1);  // of nobody
  teller.tell(kBoot, 1);
  teller.tell(kPause, 1);
  teller.tell(kResume, 1);
  teller.tell(kPause, 1);
  teller.tell(kKill, 1);
  teller.tell(kResume, 1);
  teller.tell(kBoot, 1);
  teller.tell(kPause, 1);
  teller.tell(kBoot, 1);  // it had ended by itself
  teller.tell(kPause, 1);
  teller.tell(kOther, 1);
  const reports::Timeline timeline = teller.recorder.take();
  const reports::Lane& lane = timeline.lanes[0];
  REQUIRE(lane.pauses.size() == 4);
  REQUIRE(lane.pauses[0].begin_ns == 3'000'000);
  REQUIRE(lane.pauses[0].end_ns == 4'000'000);
  REQUIRE(lane.pauses[1].end_ns == 6'000'000);
  REQUIRE(lane.pauses[2].end_ns == 10'000'000);
  REQUIRE(lane.pauses[3].end_ns == 12'000'000);
  REQUIRE(lane.lives.size() == 3);
  REQUIRE(lane.lives[1].end == LifeEnd::started_anew);
}

TEST_CASE("links that are cut at once are one moment") {
  Teller teller{TimelineRecorder({.nodes = {"broker", "clients 1", "clients 2"}, .logs = {}})};
  const auto tell_at_once = [&](const Site& site, std::array<uint64_t, 4> values) {
    teller.tell(site, 0, values);
    --teller.ms;
  };
  tell_at_once(kCut, {1, 2});
  tell_at_once(kCut, {2, 1});
  ++teller.ms;
  for (uint64_t i = 2; i <= 3; ++i) {
    tell_at_once(kStall, {1, i});
    tell_at_once(kStall, {i, 1});
  }
  ++teller.ms;
  for (uint64_t i = 2; i <= 3; ++i) tell_at_once(kHeal, {1, i});
  tell_at_once(kHeal, {3, 2});  // is whole
  const reports::Timeline timeline = teller.recorder.take();
  REQUIRE(timeline.moments.size() == 3);
  REQUIRE(timeline.moments[0].text == "The links between broker and clients 1 are cut.");
  REQUIRE(timeline.moments[1].text == "4 links are clogged.");
  REQUIRE(timeline.moments[2].text == "2 links are whole again.");
}

TEST_CASE("damage is told, that of a disk and what a broker notices of it") {
  Teller teller{TimelineRecorder(names())};
  teller.tell(kRot, 1, {0, 1, 0, 0});
  teller.tell(kLogCut, 1, {77, 5, 100, 0});
  const reports::Timeline timeline = teller.recorder.take();
  REQUIRE(timeline.moments.size() == 2);
  REQUIRE(timeline.moments[0].text == "On the disk of node broker 1 byte changes.");
  REQUIRE(timeline.moments[1].text.find("cuts 100 bytes off, at offset 5") != std::string::npos);
}

TEST_CASE("nodes and logs without a name are called by their numbers") {
  Teller teller{TimelineRecorder({})};
  teller.tell(kBoot, 3);
  teller.tell(kOpened, 3, {0xabcdef0100000000, 0, 0, 0});
  const reports::Timeline timeline = teller.recorder.take();
  REQUIRE(timeline.lanes[0].name == "node 3");
  REQUIRE(timeline.logs[0].partition == "abcdef01");
}

TEST_CASE("a log's ends follow appends, syncs, and what recovery kept") {
  Teller teller{TimelineRecorder(names())};
  teller.tell(kBoot, 1);
  teller.tell(kOpened, 1, {77, 0, 0, 0});
  teller.tell(kAppended, 1, {77, 0, 5, 0});
  teller.tell(kFlushed, 1, {77, 3, 0, 0});
  teller.tell(kPowerLoss, 1, {1, 1, 0, 0});
  teller.tell(kBoot, 1);
  teller.tell(kOpened, 1, {77, 4, 100, 0});
  const reports::Timeline timeline = teller.recorder.take();
  REQUIRE(timeline.logs.size() == 1);
  const auto& points = timeline.logs[0].points;
  REQUIRE(points.size() == 5);
  REQUIRE(points[1].end == 5);
  REQUIRE(points[1].flushed_end == 0);
  REQUIRE(points[2].flushed_end == 3);
  REQUIRE(points[3].kind == LogPointKind::down);
  REQUIRE(points[3].end == 5);
  REQUIRE(points[4].end == 4);
  REQUIRE(points[4].flushed_end == 4);
}

TEST_CASE(
    "a cut has an effect when it holds something back; connections reset at once are one moment") {
  Teller teller{TimelineRecorder(names())};
  teller.tell(kCut, 0, {2, 1, 0, 0});
  teller.tell(kCut, 0, {1, 2, 0, 0});
  teller.tell(kSend, 2, {8, 100, 0, 0});
  teller.tell(kHeld, 1, {8, 100, 0, 0});
  teller.tell(kHeal, 0, {2, 1, 0, 0});
  teller.tell(kHeal, 0, {2, 1, 0, 0});  // of a link that is whole: nothing
  teller.tell(kDeliver, 1, {8, 100, 0, 0});
  for (uint64_t i = 0; i < 3; ++i) {
    teller.tell(kReset, 0, {i, 0, 0, 0});
    --teller.ms;
  }
  const reports::Timeline timeline = teller.recorder.take();
  REQUIRE(timeline.moments.size() == 4);
  REQUIRE(timeline.moments[0].effective);
  REQUIRE_FALSE(timeline.moments[1].effective);
  REQUIRE(timeline.moments[2].kind == MomentKind::heal);
  REQUIRE(timeline.moments[3].text == "3 connections are reset.");
  REQUIRE(timeline.messages.size() == 1);
  REQUIRE(timeline.messages[0].held_ns == 4'000'000);
  REQUIRE(timeline.messages[0].delivered_ns == 7'000'000);
}

TEST_CASE("memory is bounded: messages are forgotten, logs thinned, moments end") {
  Teller teller{TimelineRecorder(names(), {.messages = 10, .points_per_log = 100, .moments = 5})};
  teller.tell(kOpened, 1, {77, 0, 0, 0});
  for (uint64_t i = 0; i < 5'000; ++i) {
    teller.tell(kSend, 1, {i % 3, 10, 0, 0});
    teller.tell(kAppended, 1, {77, i, i + 1, 0});
    teller.tell(kKill, 1);
  }
  const reports::Timeline timeline = teller.recorder.take();
  REQUIRE(timeline.messages.size() == 10);
  REQUIRE(timeline.messages_forgotten == 4'990);
  REQUIRE(timeline.logs[0].points.size() <= 101);
  REQUIRE(timeline.logs[0].points.back().end == 5'000);
  REQUIRE(timeline.moments.size() == 5);
}

TEST_CASE("recording changes nothing of a run, and almost all of its messages are matched") {
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    const Plan plan = resolve(*find_scenario("power-loss"), seed, {});
    TimelineRecorder recorder(timeline_names(plan));
    const RunRecord recorded = run_plan(plan, {.sink = &recorder});
    REQUIRE(recorded.hash == run_plan(plan).hash);
    const reports::Timeline timeline = recorder.take();
    REQUIRE(timeline.end_ns == recorded.virtual_ns);
    REQUIRE(timeline.logs.size() >= plan.partitions);  // topics of admins stand beside
    REQUIRE(timeline.logs[0].partition == "events-0");
    size_t arrived = 0;
    for (const reports::Message& message : timeline.messages) {
      REQUIRE(message.to != 0);
      if (message.delivered_ns != reports::Message::kNever) ++arrived;
    }
    REQUIRE(arrived * 100 > timeline.messages.size() * 95);
  }
}

}  // namespace weir
