// Where a report looks, and what it tells.
#include "tests/support/test_pch.h"

#include "reports/focus.h"
#include "tests/reports/sample_run.h"

namespace weir::reports {
namespace {

bool tells(const Focus& focus, std::string_view words) {
  for (const StoryLine& line : focus.story) {
    if (line.text.find(words) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("a sentence leads to its record when the timeline knows the partition") {
  const Timeline timeline = sample_timeline();
  const RecordPlace place = record_place("events-0: the record at offset 46 is gone", timeline);
  REQUIRE(place.partition == "events-0");
  REQUIRE(place.offset == 46);
  for (const char* sentence : {"events-9: offset 46 is gone", "events-0: all is gone", "", ": ",
                               "events-0: offset x", "events-0: offset "}) {
    REQUIRE(record_place(sentence, timeline).partition.empty());
  }
}

TEST_CASE("the fate of a record: appended, never synced, gone, its offset reused") {
  const RecordFate fate = record_fate(sample_timeline().logs[0], 46);
  REQUIRE(fate.appended_ns == 50 * kMs);
  REQUIRE(fate.flushed_ns == RecordFate::kNever);
  REQUIRE(fate.down_ns == 52 * kMs);
  REQUIRE(fate.gone_ns == 80 * kMs);
  REQUIRE(fate.end_after == 46);
  REQUIRE(fate.reused_ns == 90 * kMs);
}

TEST_CASE("the fate of a record that was synced and stayed") {
  const RecordFate fate = record_fate(sample_timeline().logs[0], 45);
  REQUIRE(fate.appended_ns == 20 * kMs);
  REQUIRE(fate.flushed_ns == 25 * kMs);
  REQUIRE(fate.gone_ns == RecordFate::kNever);
  REQUIRE(record_fate(sample_timeline().logs[0], 99).appended_ns == RecordFate::kNever);
}

TEST_CASE(
    "a finding's focus is the moment at which its record was lost, with its append in sight") {
  const Focus focus = find_focus(sample_record(true), sample_timeline());
  REQUIRE(focus.at_ns == 52 * kMs);
  REQUIRE(focus.from_ns < 50 * kMs);
  REQUIRE(focus.to_ns > 52 * kMs);
  REQUIRE(focus.offset == 46);
  REQUIRE(tells(focus, "no sync that covers it"));
  REQUIRE(tells(focus, "offset 46 is gone"));
  REQUIRE(tells(focus, "loses its power"));
  REQUIRE_FALSE(tells(focus, "connections are reset"));
  REQUIRE(std::is_sorted(focus.story.begin(), focus.story.end(),
                         [](const auto& a, const auto& b) { return a.time_ns < b.time_ns; }));
}

TEST_CASE(
    "a passing run's focus is its first fault with an effect, and its story is the whole run") {
  const Focus focus = find_focus(sample_record(false), sample_timeline());
  REQUIRE(focus.at_ns == 52 * kMs);
  REQUIRE(focus.story.size() == 5);
  REQUIRE(focus.offset == -1);
}

TEST_CASE("a fault while nobody talks is passed over for one in the thick of it") {
  Timeline timeline = sample_timeline();
  timeline.messages.clear();
  REQUIRE(find_focus(sample_record(false), timeline).at_ns ==
          52 * kMs);  // all are quiet: the first
  for (int64_t i = 0; i < 10; ++i) {
    timeline.messages.push_back({.sent_ns = 150 * kMs + i, .from = 1, .to = 2});
  }
  REQUIRE(find_focus(sample_record(false), timeline).at_ns == 150 * kMs);
}

TEST_CASE("a finding that names no record leads to the last fault with an effect") {
  RunRecord record = sample_record(true);
  record.verdict = VerdictKind::liveness;
  record.findings = {{VerdictKind::liveness, "workload", "the workload was not done"}};
  REQUIRE(find_focus(record, sample_timeline()).at_ns == 150 * kMs);
}

TEST_CASE("a finding leads to where it was seen, unless its record was gone before that") {
  RunRecord record = sample_record(true);
  record.findings[0].at_ns = 60 * kMs;  // the log comes back without it at 80
  REQUIRE(find_focus(record, sample_timeline()).at_ns == 60 * kMs);
  record.findings[0].at_ns = 190 * kMs;
  REQUIRE(find_focus(record, sample_timeline()).at_ns == 52 * kMs);
  record.findings = {{VerdictKind::invariant, "order", "an answer overtook another", 120 * kMs}};
  const Focus focus = find_focus(record, sample_timeline());
  REQUIRE(focus.at_ns == 120 * kMs);
  REQUIRE(tells(focus, "an answer overtook another"));
}

TEST_CASE("what comes back after another power loss is another story") {
  Timeline timeline = sample_timeline();
  timeline.moments.push_back({160 * kMs, 1, MomentKind::kill, true, "The process is killed."});
  timeline.moments.push_back({170 * kMs, 1, MomentKind::boot, false, "Node broker boots anew."});
  const Focus focus = find_focus(sample_record(true), timeline);
  REQUIRE(tells(focus, "It opens events-0."));
  REQUIRE_FALSE(tells(focus, "boots anew"));
}

TEST_CASE("where little goes on the interval is wider") {
  Timeline timeline = sample_timeline();
  timeline.end_ns = 300'000 * kMs;
  timeline.messages.clear();
  for (int64_t i = 0; i < 1'000; ++i) {
    timeline.messages.push_back({.sent_ns = i * 300 * kMs, .from = 1, .to = 2});
  }
  const Focus focus = find_focus(sample_record(false), timeline);
  REQUIRE(messages_in(timeline, focus.from_ns, focus.to_ns).size() > 4);
}

TEST_CASE("the more messages there are, the shorter the interval") {
  Timeline timeline = sample_timeline();
  const Focus wide = find_focus(sample_record(false), timeline);
  timeline.messages.clear();
  for (int64_t i = 0; i < 20'000; ++i) {
    timeline.messages.push_back({.sent_ns = i * 10'000,
                                 .delivered_ns = i * 10'000 + 5'000,
                                 .from = 1,
                                 .to = 2,
                                 .channel = 1,
                                 .bytes = 1});
  }
  const Focus narrow = find_focus(sample_record(false), timeline);
  REQUIRE(narrow.to_ns - narrow.from_ns < wide.to_ns - wide.from_ns);
  const size_t shown = messages_in(timeline, narrow.from_ns, narrow.to_ns).size();
  REQUIRE(shown > 0);
  REQUIRE(shown <= Focus::kMostMessages);
  REQUIRE(messages_in(timeline, 0, timeline.end_ns).size() == Focus::kMostMessages);
}

TEST_CASE("a story is limited, and says what it leaves out") {
  Timeline timeline = sample_timeline();
  timeline.moments.assign(100, {60 * kMs, 1, MomentKind::boot, false, "Node broker boots."});
  for (Moment& moment : timeline.moments) moment.kind = MomentKind::change;
  const Focus focus = find_focus(sample_record(false), timeline);
  REQUIRE(focus.story.size() == 17);
  REQUIRE(tells(focus, "84 more moments"));
}

TEST_CASE("of an empty timeline there is a focus all the same") {
  const Focus focus = find_focus(sample_record(true), {});
  REQUIRE(focus.from_ns < focus.to_ns);
  REQUIRE(focus.story.empty());
}

}  // namespace weir::reports
