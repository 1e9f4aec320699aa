// What a log keeps beside its batches: indexes, producer snapshots, epochs, checkpoints, names.
#include "tests/support/test_pch.h"

#include "broker/log/checkpoint_file.h"
#include "broker/log/leader_epochs.h"
#include "broker/log/log_files.h"
#include "broker/log/producer_state.h"
#include "broker/log/segment_index.h"
#include "model/record/batch_builder.h"

namespace weir {
namespace {

struct IndexedBatch {
  Offset last;
  uint64_t position;
};

std::vector<IndexedBatch> random_batches(Offset base) {
  std::vector<IndexedBatch> batches;
  Offset last = base;
  uint64_t position = 0;
  const int count = *rc::gen::inRange(0, 30);
  for (int i = 0; i < count; ++i) {
    last = last + *rc::gen::inRange(1, 10);
    position += static_cast<uint64_t>(*rc::gen::inRange(61, 5'000));
    batches.push_back({last, position});
  }
  return batches;
}

Buffer batch_from(ProducerId id, Sequence sequence, WallTime timestamp) {
  BatchBuilder builder({.producer_id = id, .producer_epoch = ProducerEpoch{1}, .base_sequence = sequence});
  builder.add({.timestamp = timestamp, .key = std::nullopt, .value = as_bytes("v")});
  return builder.finish();
}

ProducerState random_state() {
  ProducerState state;
  const int appends = *rc::gen::inRange(0, 30);
  Offset next{0};
  for (int i = 0; i < appends; ++i) {
    const ProducerId id{*rc::gen::inRange<int64_t>(0, 4)};
    const Buffer batch = batch_from(id, Sequence{*rc::gen::inRange(0, 1'000)}, WallTime{i});
    state.appended(*parse_batch(batch), next);
    next = next + 1;
  }
  return state;
}

void flip_some(Buffer& bytes) {
  const int flips = *rc::gen::inRange(1, 4);
  for (int i = 0; i < flips && !bytes.empty(); ++i) {
    bytes[*rc::gen::inRange<size_t>(0, bytes.size())] ^= static_cast<uint8_t>(*rc::gen::inRange(1, 256));
  }
  if (*rc::gen::inRange(0, 4) == 0) bytes.resize(*rc::gen::inRange<size_t>(0, bytes.size() + 1));
}

}  // namespace

TEST_CASE("a log's files are named as Kafka names them") {
  REQUIRE(log_file_name(Offset{42}, LogFileKind::segment) == "00000000000000000042.log");
  REQUIRE(log_file_name(Offset{0}, LogFileKind::time_index) == "00000000000000000000.timeindex");
  const auto parsed = parse_log_file_name("00000000000000000042.snapshot");
  REQUIRE(parsed);
  REQUIRE(parsed->at == Offset{42});
  REQUIRE(parsed->kind == LogFileKind::snapshot);
  for (const char* other : {"42.log", "0000000000000000004x.log", "00000000000000000042.txnindex",
                            "99999999999999999999.log", "leader-epoch-checkpoint", ""}) {
    REQUIRE_FALSE(parse_log_file_name(other));
  }
  REQUIRE(is_left_over("00000000000000000042.log.deleted"));
  REQUIRE_FALSE(is_left_over("00000000000000000042.log"));
}

TEST_CASE("an offset index is Kafka's file, byte for byte") {
  OffsetIndex index(Offset{100});
  index.add(Offset{104}, 4'200);
  index.add(Offset{300}, 8'500);
  REQUIRE(index.encode() == Buffer{0, 0, 0, 4, 0, 0, 0x10, 0x68, 0, 0, 0, 200, 0, 0, 0x21, 0x34});
}

TEST_CASE("a time index is Kafka's file, byte for byte") {
  TimeIndex index(Offset{100});
  index.add(WallTime{0x0102030405}, Offset{104});
  REQUIRE(index.encode() == Buffer{0, 0, 0, 1, 2, 3, 4, 5, 0, 0, 0, 4});
}

TEST_CASE("an offset index leads to a position at or before every batch, and reads back") {
  REQUIRE(rc::check([] {
    const Offset base{*rc::gen::inRange<int64_t>(0, 1'000'000)};
    const auto batches = random_batches(base);
    OffsetIndex index(base);
    for (const IndexedBatch& batch : batches) index.add(batch.last, batch.position);
    const OffsetIndex read = OffsetIndex::decode(base, index.encode(), 1 << 30);
    RC_ASSERT(read.encode() == index.encode());
    for (size_t i = 0; i < batches.size(); ++i) {
      RC_ASSERT(read.position_before(batches[i].last) == batches[i].position);
      RC_ASSERT(read.position_before(batches[i].last + -1) ==
                (i > 0 && batches[i].last + -1 >= batches[i - 1].last ? batches[i - 1].position : 0));
    }
  }));
}

TEST_CASE("an index that is damaged, cut or preallocated gives what is in order before that") {
  REQUIRE(rc::check([] {
    const auto batches = random_batches(Offset{7});
    OffsetIndex index(Offset{7});
    TimeIndex times(Offset{7});
    for (const IndexedBatch& batch : batches) {
      index.add(batch.last, batch.position);
      times.add(WallTime{static_cast<int64_t>(batch.position)}, batch.last);
    }
    Buffer zeros_behind = index.encode();
    zeros_behind.resize(zeros_behind.size() + 800, 0);
    RC_ASSERT(OffsetIndex::decode(Offset{7}, zeros_behind, 1 << 30).encode() == index.encode());
    Buffer damaged = index.encode();
    flip_some(damaged);
    const OffsetIndex read = OffsetIndex::decode(Offset{7}, damaged, 10'000);
    RC_ASSERT(read.size() <= damaged.size() / OffsetIndex::kEntryBytes);
    RC_ASSERT(read.last_position() < 10'000);
    Buffer damaged_times = times.encode();
    flip_some(damaged_times);
    (void)TimeIndex::decode(Offset{7}, damaged_times).search_from(WallTime{50});
  }));
}

TEST_CASE("a time index never leads behind the first record at or after a timestamp") {
  REQUIRE(rc::check([] {
    // Records with times that go up and down; an entry now and then, as a segment makes them.
    TimeIndex index(Offset{0});
    std::vector<int64_t> times;
    int64_t latest = -1;
    Offset latest_at{0};
    const int count = *rc::gen::inRange(1, 60);
    for (int i = 0; i < count; ++i) {
      times.push_back(*rc::gen::inRange<int64_t>(0, 100));
      if (times.back() > latest) latest = times.back(), latest_at = Offset{i};
      if (*rc::gen::inRange(0, 3) == 0) index.add(WallTime{latest}, latest_at);
    }
    for (int64_t wanted = 0; wanted <= 101; ++wanted) {
      const Offset from = index.search_from(WallTime{wanted});
      for (int64_t i = 0; i < from.value(); ++i) RC_ASSERT(times[static_cast<size_t>(i)] < wanted);
    }
  }));
}

TEST_CASE("a producer snapshot reads back as the state it was made of") {
  REQUIRE(rc::check([] {
    const ProducerState state = random_state();
    const auto read = ProducerState::decode_snapshot(state.encode_snapshot());
    RC_ASSERT(read.has_value());
    RC_ASSERT(read->digest() == state.digest());
  }));
}

TEST_CASE("a producer snapshot is Kafka's file, byte for byte") {
  ProducerState state;
  const Buffer batch = batch_from(ProducerId{5}, Sequence{3}, WallTime{1'000});
  state.appended(*parse_batch(batch), Offset{40});
  const Buffer file = state.encode_snapshot();
  REQUIRE(file.size() == 10 + 46);
  REQUIRE(load_big_endian<int16_t>(file.data()) == 1);
  REQUIRE(load_big_endian<int32_t>(file.data() + 6) == 1);           // entries
  REQUIRE(load_big_endian<int64_t>(file.data() + 10) == 5);          // producer id
  REQUIRE(load_big_endian<int16_t>(file.data() + 18) == 1);          // epoch
  REQUIRE(load_big_endian<int32_t>(file.data() + 20) == 3);          // last sequence
  REQUIRE(load_big_endian<int64_t>(file.data() + 24) == 40);         // last offset
  REQUIRE(load_big_endian<int32_t>(file.data() + 32) == 0);          // offset delta
  REQUIRE(load_big_endian<int64_t>(file.data() + 36) == 1'000);      // timestamp
  REQUIRE(load_big_endian<int32_t>(file.data() + 44) == -1);         // coordinator's epoch
  REQUIRE(load_big_endian<int64_t>(file.data() + 48) == -1);         // no open transaction
}

TEST_CASE("a producer snapshot with one bit changed is refused") {
  REQUIRE(rc::check([] {
    Buffer file = random_state().encode_snapshot();
    const size_t at = *rc::gen::inRange<size_t>(0, file.size());
    file[at] ^= static_cast<uint8_t>(1 << *rc::gen::inRange(0, 8));
    RC_ASSERT_FALSE(ProducerState::decode_snapshot(file).has_value());
  }));
}

TEST_CASE("sequences in a snapshot go over the seam") {
  ProducerState state;
  BatchBuilder builder({.producer_id = ProducerId{1},
                        .producer_epoch = ProducerEpoch{0},
                        .base_sequence = Sequence{2'147'483'646}});
  for (int i = 0; i < 4; ++i) {
    builder.add({.timestamp = WallTime{1}, .key = std::nullopt, .value = as_bytes("v")});
  }
  const Buffer batch = builder.finish();
  state.appended(*parse_batch(batch), Offset{0});
  const auto read = ProducerState::decode_snapshot(state.encode_snapshot());
  REQUIRE(read);
  REQUIRE(read->check(*parse_batch(batch)).duplicate_of == Offset{0});
}

TEST_CASE("leader epochs know where each epoch ends") {
  LeaderEpochs epochs;
  REQUIRE(epochs.assigned(LeaderEpoch{1}, Offset{0}));
  REQUIRE_FALSE(epochs.assigned(LeaderEpoch{1}, Offset{5}));
  REQUIRE(epochs.assigned(LeaderEpoch{4}, Offset{10}));
  REQUIRE(epochs.end_of(LeaderEpoch{1}, Offset{20}).end == Offset{10});
  REQUIRE(epochs.end_of(LeaderEpoch{2}, Offset{20}).epoch == LeaderEpoch{1});
  REQUIRE(epochs.end_of(LeaderEpoch{2}, Offset{20}).end == Offset{10});
  REQUIRE(epochs.end_of(LeaderEpoch{4}, Offset{20}).end == Offset{20});
  REQUIRE(epochs.end_of(LeaderEpoch{5}, Offset{20}).end == kNoOffset);
  REQUIRE(LeaderEpochs::decode(epochs.encode())->entries() == epochs.entries());
  REQUIRE(epochs.encode() == "0\n2\n1 0\n4 10\n");
  epochs.drop_before(Offset{12});
  REQUIRE(epochs.encode() == "0\n1\n4 12\n");
}

TEST_CASE("epochs begin where the log is cut, or have never been") {
  LeaderEpochs epochs;
  for (int i = 0; i < 4; ++i) epochs.assigned(LeaderEpoch{i}, Offset{i * 10});
  epochs.truncate_to(Offset{20});
  REQUIRE(epochs.latest() == LeaderEpoch{1});
  for (const char* bad : {"", "1\n0\n", "0\n2\n1 0\n", "0\n1\n-1 0\n", "0\n2\n1 5\n1 6\n", "0\n1\n1 x\n"}) {
    REQUIRE_FALSE(LeaderEpochs::decode(bad));
  }
}

TEST_CASE("an offset checkpoint is Kafka's text, and reads back") {
  const OffsetCheckpoint offsets{{{"a", PartitionIndex{1}}, Offset{7}},
                                 {{"b", PartitionIndex{0}}, Offset{0}}};
  REQUIRE(encode_offset_checkpoint(offsets) == "0\n2\na 1 7\nb 0 0\n");
  REQUIRE(decode_offset_checkpoint("0\n2\na 1 7\nb 0 0\n") == offsets);
}

TEST_CASE("what is no offset checkpoint is refused as a whole") {
  for (const char* bad : {"", "0", "1\n0\n", "0\n1\n", "0\n1\na 1\n", "0\n1\na 1 x\n", "0\n1\na -1 7\n",
                          "0\n2\na 1 7\n", "0\n1\na 1 7 9\n", "0\n1\na 1 99999999999999999999\n"}) {
    REQUIRE_FALSE(decode_offset_checkpoint(bad));
  }
}

}  // namespace weir
