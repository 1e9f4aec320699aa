// ProducerState: what is appended, what is a duplicate, what is refused.
#include "tests/support/test_pch.h"

#include "broker/log/producer_state.h"
#include "model/record/batch_builder.h"

namespace weir {
namespace {

Buffer batch(int64_t id, int16_t epoch, int32_t sequence, int records = 1) {
  BatchBuilder builder({.producer_id = ProducerId{id},
                        .producer_epoch = ProducerEpoch{epoch},
                        .base_sequence = Sequence{sequence}});
  for (int i = 0; i < records; ++i) {
    builder.add({.timestamp = WallTime{1}, .key = std::nullopt, .value = std::nullopt});
  }
  return builder.finish();
}

// Checks and, when it is to be appended, appends at `*end`.
ErrorCode offer(ProducerState& state, const Buffer& bytes, Offset* end) {
  const BatchView view = *parse_batch(bytes);
  const auto decision = state.check(view);
  if (decision.error != ErrorCode::none || decision.duplicate_of) return decision.error;
  state.appended(view, *end);
  *end = *end + view.record_count();
  return ErrorCode::none;
}

}  // namespace

TEST_CASE("batches of producers without identity are always appended") {
  ProducerState state;
  REQUIRE_FALSE(state.check(*parse_batch(batch(-1, -1, -1))).duplicate_of);
  REQUIRE(state.size() == 0);
}

TEST_CASE("an older epoch is fenced") {
  ProducerState state;
  Offset end{0};
  offer(state, batch(1, 5, 0), &end);
  REQUIRE(state.check(*parse_batch(batch(1, 4, 1))).error == ErrorCode::invalid_producer_epoch);
}

TEST_CASE("a newer epoch starts at sequence 0") {
  ProducerState state;
  Offset end{0};
  offer(state, batch(1, 0, 0, 3), &end);
  REQUIRE(state.check(*parse_batch(batch(1, 1, 3))).error ==
          ErrorCode::out_of_order_sequence_number);
  REQUIRE(state.check(*parse_batch(batch(1, 1, 0))).error == ErrorCode::none);
}

TEST_CASE("sequences go on at 0 after 2^31-1") {
  ProducerState state;
  Offset end{0};
  REQUIRE(offer(state, batch(1, 0, 2147483646, 2), &end) == ErrorCode::none);
  REQUIRE(offer(state, batch(1, 0, 0), &end) == ErrorCode::none);
  REQUIRE(end == Offset{3});
}

TEST_CASE("only the last five batches are recognised as duplicates") {
  ProducerState state;
  Offset end{0};
  for (int32_t i = 0; i < 7; ++i) offer(state, batch(1, 0, i), &end);
  for (int32_t i = 2; i < 7; ++i) {
    REQUIRE(state.check(*parse_batch(batch(1, 0, i))).duplicate_of == Offset{i});
  }
  REQUIRE(state.check(*parse_batch(batch(1, 0, 1))).error ==
          ErrorCode::out_of_order_sequence_number);
}

TEST_CASE("a producer that sends each batch any number of times gets it appended once") {
  REQUIRE(rc::check([] {
    ProducerState state;
    Offset end{0};
    int32_t next = 0;
    int32_t batches = 0;
    for (int step = 0; step < 60; ++step) {
      const int32_t size = *rc::gen::inRange(1, 5);
      const Offset before = end;
      RC_ASSERT(offer(state, batch(9, 0, next, size), &end) == ErrorCode::none);
      RC_ASSERT(end - before == size);
      for (int retries = *rc::gen::inRange(0, 3); retries > 0; --retries) {
        const auto again = state.check(*parse_batch(batch(9, 0, next, size)));
        RC_ASSERT(again.duplicate_of == before);
        RC_ASSERT(again.duplicate_last + 1 == end);
      }
      next += size;
      ++batches;
    }
    RC_ASSERT(end.value() == next);
  }));
}

}  // namespace weir
