// Small histories, each with the anomalies that it holds and no others.
#include "tests/support/test_pch.h"

#include "tests/model/history_builder.h"

namespace weir {
namespace {

using Kinds = std::vector<AnomalyKind>;
using enum AnomalyKind;

// Process 1 wrote 10, 11, 12 and was acked at offsets 0, 1, 2.
Story three_writes() {
  Story story;
  story.ok(1, 10, 0).ok(1, 11, 1).ok(1, 12, 2);
  return story;
}

TEST_CASE("an empty history is clean") { REQUIRE(Story{}.kinds().empty()); }

TEST_CASE("everything written is read in order: clean") {
  REQUIRE(three_writes().assign(2, 0).poll(2, {{0, 10}, {1, 11}}).final_poll(2, {{2, 12}})
              .kinds().empty());
}

TEST_CASE("an acked write that a reader passed over and nobody read is lost") {
  REQUIRE(three_writes().assign(2, 0).final_poll(2, {{0, 10}, {2, 12}}).kinds() ==
          Kinds{lost_write});
}

TEST_CASE("an acked first write that the reader never got is lost") {
  REQUIRE(three_writes().assign(2, 0).final_poll(2, {{1, 11}, {2, 12}}).kinds() ==
          Kinds{lost_write});
}

TEST_CASE("a reader that began behind a write says nothing about it") {
  REQUIRE(three_writes().assign(2, 1).poll(2, {{1, 11}, {2, 12}}).kinds().empty());
  REQUIRE(three_writes().poll(2, {{1, 11}, {2, 12}}).kinds().empty());
}

TEST_CASE("acked writes behind the last final poll are unseen") {
  REQUIRE(three_writes().assign(2, 0).poll(2, {{0, 10}}).final_poll(2).kinds() ==
          Kinds{unseen, unseen});
}

TEST_CASE("without a final poll nothing is unseen") {
  REQUIRE(three_writes().assign(2, 0).poll(2, {{0, 10}}).kinds().empty());
}

TEST_CASE("an acked write whose offset holds another value is lost and inconsistent") {
  Story story = three_writes();
  story.unknown(3, 99).assign(2, 0).final_poll(2, {{0, 10}, {1, 99}, {2, 12}});
  REQUIRE(story.kinds() == Kinds{lost_write, inconsistent_offsets});
}

TEST_CASE("two readers that see different values at one offset are inconsistent") {
  Story story;
  story.unknown(1, 10).unknown(1, 11).poll(2, {{0, 10}}).poll(3, {{0, 11}});
  REQUIRE(story.kinds() == Kinds{inconsistent_offsets});
}

TEST_CASE("two writes acked at one offset are inconsistent even when nobody reads") {
  Story story;
  story.ok(1, 10, 0).ok(2, 11, 0);
  REQUIRE(story.kinds() == Kinds{inconsistent_offsets});
}

TEST_CASE("one value at two offsets is a duplicate unless duplicates are allowed") {
  Story story;
  story.ok(1, 10, 1).assign(2, 0).final_poll(2, {{0, 10}, {1, 10}});
  REQUIRE(story.kinds() == Kinds{duplicate});
  REQUIRE(story.kinds({.duplicates_allowed = true}).empty());
}

TEST_CASE("a value acked at one offset and read at another is a duplicate") {
  Story story;
  story.ok(1, 10, 0).poll(2, {{5, 10}});
  REQUIRE(story.kinds() == Kinds{duplicate});
}

TEST_CASE("a reader that jumps over what another one read skips") {
  Story story = three_writes();
  story.poll(3, {{0, 10}, {1, 11}, {2, 12}}).assign(2, 0).poll(2, {{0, 10}}).poll(2, {{2, 12}});
  REQUIRE(story.kinds() == Kinds{poll_skip});
}

TEST_CASE("a gap in the offsets that nobody ever filled is no skip") {
  Story story;
  story.ok(1, 10, 0).ok(1, 11, 7).assign(2, 0).final_poll(2, {{0, 10}, {7, 11}});
  REQUIRE(story.kinds().empty());
}

TEST_CASE("a new assign lets a reader jump ahead and back") {
  Story story = three_writes();
  story.assign(2, 0).poll(2, {{0, 10}, {1, 11}, {2, 12}});
  story.assign(2, 2).poll(2, {{2, 12}}).assign(2, 1).poll(2, {{1, 11}});
  REQUIRE(story.kinds().empty());
}

TEST_CASE("a reader that goes back is not monotonic") {
  Story story = three_writes();
  story.assign(2, 0).poll(2, {{0, 10}, {1, 11}, {2, 12}}).poll(2, {{1, 11}});
  REQUIRE(story.kinds() == Kinds{nonmonotonic_poll});
}

TEST_CASE("a reader that gets one offset twice is not monotonic") {
  Story story = three_writes();
  story.assign(2, 0).poll(2, {{0, 10}, {0, 10}, {1, 11}, {2, 12}});
  REQUIRE(story.kinds() == Kinds{nonmonotonic_poll});
}

TEST_CASE("a reader that gets what lies before its assigned offset is not monotonic") {
  REQUIRE(three_writes().assign(2, 1).poll(2, {{0, 10}, {1, 11}, {2, 12}}).kinds() ==
          Kinds{nonmonotonic_poll});
}

TEST_CASE("sends of one process that land in reverse are not monotonic unless allowed") {
  Story story;
  story.ok(1, 10, 1).ok(1, 11, 0);
  REQUIRE(story.kinds() == Kinds{nonmonotonic_send});
  REQUIRE(story.kinds({.reordered_sends_allowed = true}).empty());
}

TEST_CASE("sends of two processes have no order") {
  Story story;
  story.ok(1, 10, 1).ok(2, 11, 0);
  REQUIRE(story.kinds().empty());
}

TEST_CASE("a value whose write definitely failed must not be read") {
  Story story;
  story.failed(1, 10).poll(2, {{0, 10}});
  REQUIRE(story.kinds() == Kinds{aborted_read});
}

TEST_CASE("a value whose write may have happened may be read or not") {
  Story story;
  story.unknown(1, 10).unknown(1, 11).assign(2, 0).final_poll(2, {{0, 11}});
  REQUIRE(story.kinds().empty());
}

TEST_CASE("a value that nobody wrote is a phantom") {
  Story story;
  story.poll(2, {{0, 10}});
  REQUIRE(story.kinds() == Kinds{phantom});
}

TEST_CASE("a value read from another partition than it was written to is a phantom") {
  Story story;
  story.on(0).ok(1, 10, 0).on(1).poll(2, {{0, 10}});
  REQUIRE(story.kinds() == Kinds{phantom});
}

TEST_CASE("partitions have positions of their own") {
  Story story;
  story.on(0).ok(1, 10, 5).on(1).ok(1, 11, 0);
  story.on(0).poll(2, {{5, 10}}).on(1).poll(2, {{0, 11}});
  REQUIRE(story.kinds().empty());
}

TEST_CASE("an ok without an offset promises nothing") {
  Story story;
  story.ok(1, 10, std::nullopt).ok(1, 11, 0).assign(2, 0).final_poll(2, {{0, 11}});
  REQUIRE(story.kinds().empty());
}

TEST_CASE("a value written twice makes the history itself bad") {
  Story story;
  story.ok(1, 10, 0).ok(1, 10, 1);
  REQUIRE(story.kinds() == Kinds{bad_history});
}

TEST_CASE("an anomaly names partition, value, offset, process and operation") {
  const Verdict verdict =
      check_history(three_writes().assign(2, 0).final_poll(2, {{0, 10}, {2, 12}}).history);
  REQUIRE(verdict.has(lost_write));
  const Anomaly& anomaly = verdict.anomalies.front();
  REQUIRE(anomaly.offset == Offset{1});
  REQUIRE(anomaly.value == 11);
  REQUIRE(anomaly.operation == 1);
  REQUIRE(anomaly.sentence ==
          "t-0: value 11 of process 1 (operation 1) was acked at offset 1 and read by nobody, "
          "though process 2 read past it to offset 2 (operation 4)");
}

TEST_CASE("a broken run is told by a few anomalies of each kind") {
  Story story;
  for (uint64_t n = 0; n < 100; ++n) story.poll(2, {{static_cast<int64_t>(n), n}});
  REQUIRE(story.kinds({.limit_per_kind = 3}) == Kinds{phantom, phantom, phantom});
}

}  // namespace
}  // namespace weir
