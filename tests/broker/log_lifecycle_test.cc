// A log's life: what is read again when it is opened, when segments are closed, and what goes.
#include "tests/support/test_pch.h"

#include "sim/fiber/stream_io.h"
#include "tests/broker/log_bench.h"

namespace weir {
namespace {

Buffer stamped(WallTime timestamp, std::string_view value = "v") {
  BatchBuilder builder({});
  builder.add({.timestamp = timestamp, .key = std::nullopt, .value = as_bytes(value)});
  return builder.finish();
}

constexpr LogSettings kSmall{.segment_bytes = 200, .index_interval_bytes = 1};
constexpr WallTime kNow{1'000'000'000};

void write(LogBench& bench, const std::string& path, uint64_t at, std::string_view bytes) {
  bench.run([&](Env& env) {
    auto file = std::move(*env.disk.await_open(path, OpenMode::read_write));
    REQUIRE(await_write_fully(*file, at, as_bytes(bytes)).ok());
    REQUIRE(file->await_sync().ok());
  });
}

}  // namespace

TEST_CASE("a log that was closed in order is opened without reading a batch again") {
  LogBench bench;
  bench.with_closed_log(kSmall, [](Env&, PartitionLog& log) {
    for (int i = 0; i < 20; ++i) append(log, batch_of({"v"}));
  });
  bench.with_log(kSmall, [](Env&, PartitionLog& log) {
    REQUIRE(log.log_end() == Offset{20});
    REQUIRE(log.flushed_end() == Offset{20});
    REQUIRE(log.recovery().batches == 0);
    REQUIRE(log.recovery().segments_trusted == log.segment_count());
    for (int i = 0; i < 20; ++i) REQUIRE(log.await_read(Offset{i}, 1).records.size() > 0);
    REQUIRE(append(log, batch_of({"w"})).base_offset == Offset{20});
  });
}

TEST_CASE("after a crash only what stands above the newest snapshot is read again") {
  LogBench bench;
  bench.with_log(kSmall, [](Env& env, PartitionLog& log) {
    for (int i = 0; i < 20; ++i) append(log, batch_of({"v"}));
    await_sleep(env.scheduler, env.clock.now() + seconds(1));  // sealed by now
  });
  bench.with_log(kSmall, [](Env&, PartitionLog& log) {
    REQUIRE(log.log_end() == Offset{20});
    REQUIRE(log.recovery().segments_trusted == log.segment_count() - 1);
    REQUIRE(log.recovery().batches <= 3);
  });
}

TEST_CASE("what was read again is durable after a flush, and not before") {
  LogBench bench;
  bench.with_log({}, [](Env&, PartitionLog& log) { append(log, batch_of({"v"})); });
  bench.with_log({}, [](Env&, PartitionLog& log) {
    REQUIRE(log.log_end() == Offset{1});
    REQUIRE(log.flushed_end() == Offset{0});
    REQUIRE(log.await_flush(Offset{1}) == ErrorCode::none);
    REQUIRE(log.flushed_end() == Offset{1});
  });
  bench.lose_power();
  bench.with_log({}, [](Env&, PartitionLog& log) { REQUIRE(log.log_end() == Offset{1}); });
}

TEST_CASE("producers of records that retention has deleted are still known after a restart") {
  LogBench bench;
  const BatchOptions producer{.producer_id = ProducerId{7},
                              .producer_epoch = ProducerEpoch{0},
                              .base_sequence = Sequence{0}};
  LogSettings settings = kSmall;
  settings.retention_bytes = 100;
  bench.with_closed_log(settings, [&](Env& env, PartitionLog& log) {
    append(log, batch_of({"first"}, producer));
    for (int i = 0; i < 10; ++i) append(log, batch_of({"v"}));
    await_sleep(env.scheduler, env.clock.now() + seconds(1));
    REQUIRE(log.await_apply_retention(kNow) > 0);
    REQUIRE(log.log_start() > Offset{0});
  });
  bench.with_log(settings, [&](Env&, PartitionLog& log) {
    REQUIRE(append(log, batch_of({"first"}, producer)).duplicate);
  });
}

TEST_CASE("all five remembered batches of a producer survive a clean restart") {
  LogBench bench;
  const auto send = [](PartitionLog& log, int sequence) {
    return append(log, batch_of({"v"}, {.producer_id = ProducerId{7},
                                        .producer_epoch = ProducerEpoch{0},
                                        .base_sequence = Sequence{sequence}}));
  };
  bench.with_closed_log({}, [&](Env&, PartitionLog& log) {
    for (int i = 0; i < 6; ++i) send(log, i);
  });
  bench.with_log({}, [&](Env&, PartitionLog& log) {
    for (int i = 1; i < 6; ++i) {
      const AppendOutcome again = send(log, i);
      REQUIRE(again.duplicate);
      REQUIRE(again.base_offset == Offset{i});
    }
    REQUIRE(send(log, 0).error == ErrorCode::out_of_order_sequence_number);
  });
}

TEST_CASE("a snapshot that has rotted is not believed: the log is read instead") {
  LogBench bench;
  bench.with_closed_log({}, [](Env&, PartitionLog& log) { append(log, batch_of({"a", "b"})); });
  write(bench, "t-0/00000000000000000002.snapshot", 3, "!");
  bench.with_log({}, [](Env&, PartitionLog& log) {
    REQUIRE(log.log_end() == Offset{2});
    REQUIRE(log.recovery().batches == 1);
  });
}

TEST_CASE("a segment that is read again below the newest snapshot leaves its own snapshot as it was") {
  const std::string path = "t-0/00000000000000000001.snapshot";
  const auto send = [](PartitionLog& log, int sequence) {
    append(log, batch_of({"a value that fills a segment"}, {.producer_id = ProducerId{7},
                                                            .producer_epoch = ProducerEpoch{0},
                                                            .base_sequence = Sequence{sequence}}));
  };
  LogBench bench;
  const LogSettings settings{.segment_bytes = 100, .index_interval_bytes = 1};
  bench.with_closed_log(settings, [&](Env&, PartitionLog& log) {
    for (int i = 0; i < 4; ++i) send(log, i);
    REQUIRE(log.segment_count() == 4);
  });
  Buffer before;
  bench.run([&](Env& env) {
    before = *await_read_file(env.disk, path, 10'000);
    // As when a power loss undoes the removal of a segment, but not that of its index.
    REQUIRE(env.disk.await_remove("t-0/00000000000000000000.timeindex").ok());
  });
  bench.with_closed_log(settings, [&](Env&, PartitionLog& log) {
    REQUIRE(log.recovery().batches == 1);
    REQUIRE(log.recovery().segments_trusted == 3);
  });
  bench.run([&](Env& env) {
    REQUIRE(env.disk.await_open("t-0/00000000000000000000.timeindex", OpenMode::read).ok());
    REQUIRE(*await_read_file(env.disk, path, 10'000) == before);
  });
}

TEST_CASE("an index that leads nowhere is not believed, and what it leads away from is found") {
  LogBench bench;
  bench.with_closed_log(kSmall, [](Env&, PartitionLog& log) {
    for (int i = 0; i < 12; ++i) append(log, batch_of({"v"}));
  });
  write(bench, "t-0/00000000000000000000.index", 4, std::string_view("\0\0\0\x07", 4));
  bench.with_log(kSmall, [](Env&, PartitionLog& log) {
    for (int i = 0; i < 12; ++i) {
      const auto read = log.await_read(Offset{i}, 1);
      REQUIRE(read.error == ErrorCode::none);
      REQUIRE(scan_batches(read.records).batches.at(0).base_offset() == Offset{i});
    }
  });
}

TEST_CASE("damage in a segment that nobody has read is found by the first reader, and passed") {
  LogBench bench;
  const LogSettings settings{.segment_bytes = 700, .index_interval_bytes = 1};
  bench.with_closed_log(settings, [](Env&, PartitionLog& log) {
    for (int i = 0; i < 20; ++i) append(log, batch_of({"v"}));
    REQUIRE(log.segment_count() > 1);
  });
  // The length of the second batch.
  write(bench, "t-0/00000000000000000000.log", batch_of({"v"}).size() + 8, "\x7f");
  bench.with_log(settings, [](Env&, PartitionLog& log) {
    REQUIRE(log.recovery().batches == 0);
    REQUIRE(log.await_read(Offset{0}, 1).error == ErrorCode::none);
    REQUIRE(log.await_read(Offset{1}, 1).error == ErrorCode::corrupt_message);
    REQUIRE(log.await_read(Offset{2}, 1).error == ErrorCode::none);
    REQUIRE(log.recovery().damages == 1);
  });
}

TEST_CASE("promised records that are gone leave a hole that is reported, and no offset comes twice") {
  LogBench bench;
  bench.with_closed_log({}, [](Env&, PartitionLog& log) {
    for (int i = 0; i < 5; ++i) append(log, batch_of({"v"}));
  });
  const uint64_t batch = batch_of({"v"}).size();
  bench.run([&](Env& env) {
    auto file = std::move(*env.disk.await_open("t-0/00000000000000000000.log", OpenMode::read_write));
    REQUIRE(file->await_truncate(3 * batch).ok());
  });
  const auto check = [](PartitionLog& log) {
    REQUIRE(log.await_read(Offset{2}, 1).error == ErrorCode::none);
    REQUIRE(log.await_read(Offset{3}, 1).error == ErrorCode::corrupt_message);
    REQUIRE(log.await_read(Offset{4}, 1).error == ErrorCode::corrupt_message);
  };
  bench.with_log({}, [&](Env&, PartitionLog& log) {
    REQUIRE(log.log_end() == Offset{5});
    check(log);
    REQUIRE(append(log, batch_of({"w"})).base_offset == Offset{5});
    REQUIRE(log.await_read(Offset{5}, 1).error == ErrorCode::none);
  });
  bench.with_closed_log({}, [&](Env&, PartitionLog& log) {
    REQUIRE(log.log_end() == Offset{6});
    check(log);
    REQUIRE(log.await_read(Offset{5}, 1).error == ErrorCode::none);
  });
  bench.with_log({}, [&](Env&, PartitionLog& log) {
    REQUIRE(log.log_end() == Offset{6});
    check(log);
    REQUIRE(log.await_read(Offset{5}, 1).error == ErrorCode::none);
  });
}

TEST_CASE("a recovery point tells damage from a torn tail") {
  for (const int64_t recovery_point : {0, 2}) {
    LogBench bench;
    bench.with_log({}, [](Env&, PartitionLog& log) {
      for (int i = 0; i < 3; ++i) append(log, batch_of({"v"}));
    });
    write(bench, "t-0/00000000000000000000.log", batch_of({"v"}).size() + 65, "!");  // offset 1
    bench.run([&](Env& env) {
      auto log = PartitionLog::await_open(env, "t-0", {}, {.recovery_point = Offset{recovery_point}});
      REQUIRE(log.ok());
      REQUIRE((*log)->log_end() == Offset{recovery_point == 0 ? 1 : 3});
      REQUIRE((*log)->recovery().damages == (recovery_point == 0 ? 0U : 1U));
      (*log)->await_quiet();
    });
  }
}

TEST_CASE("a segment is closed when its first record is too old for the one that comes") {
  LogBench bench;
  bench.with_log({.segment_age = seconds(10)}, [](Env&, PartitionLog& log) {
    log.await_append(*std::make_unique<Buffer>(stamped(WallTime{1'000})));
    Buffer in_time = stamped(WallTime{11'000});
    log.await_append(in_time);
    REQUIRE(log.segment_count() == 1);
    Buffer late = stamped(WallTime{11'001});
    log.await_append(late);
    REQUIRE(log.segment_count() == 2);
  });
}

TEST_CASE("a segment is closed when its index is full") {
  LogBench bench;
  const LogSettings settings{.index_interval_bytes = 1, .index_max_bytes = 10 * OffsetIndex::kEntryBytes};
  bench.with_log(settings, [](Env&, PartitionLog& log) {
    for (int i = 0; i < 40; ++i) {
      Buffer batch = stamped(WallTime{1'000 + i});
      log.await_append(batch);
    }
    REQUIRE(log.segment_count() > 3);
  });
}

TEST_CASE("retention by size keeps at least what it is told to") {
  REQUIRE(rc::check([] {
    LogBench bench(*rc::gen::arbitrary<uint64_t>());
    LogSettings settings{.segment_bytes = *rc::gen::inRange<uint64_t>(100, 900)};
    settings.retention_bytes = *rc::gen::inRange<uint64_t>(0, 3'000);
    settings.retention.reset();
    const int appends = *rc::gen::inRange(0, 40);
    uint64_t before = 0;
    uint64_t after = 0;
    Offset start;
    Offset end;
    ErrorCode below = ErrorCode::none;
    ErrorCode at = ErrorCode::none;
    bench.with_log(settings, [&](Env& env, PartitionLog& log) {
      for (int i = 0; i < appends; ++i) append(log, batch_of({"value"}));
      await_sleep(env.scheduler, env.clock.now() + seconds(1));
      before = log.size_bytes();
      log.await_apply_retention(kNow);
      after = log.size_bytes();
      start = log.log_start();
      end = log.log_end();
      below = log.await_read(start + -1, 1).error;
      at = log.await_read(start, 1).error;
    });
    RC_ASSERT(after >= std::min(before, *settings.retention_bytes));
    RC_ASSERT(after < *settings.retention_bytes + settings.segment_bytes + 200);
    RC_ASSERT(end == Offset{appends});
    RC_ASSERT(below == ErrorCode::offset_out_of_range);
    RC_ASSERT(at == ErrorCode::none);
  }));
}

TEST_CASE("retention by time deletes the active segment too, once nothing in it is young enough") {
  LogBench bench;
  LogSettings settings = kSmall;
  settings.retention = seconds(10);
  bench.with_log(settings, [](Env& env, PartitionLog& log) {
    for (int i = 0; i < 6; ++i) {
      Buffer batch = stamped(WallTime{1'000 * i});
      log.await_append(batch);
    }
    await_sleep(env.scheduler, env.clock.now() + seconds(1));
    log.await_apply_retention(WallTime{13'000});
    REQUIRE(log.log_start() > Offset{0});
    REQUIRE(log.log_start() < Offset{6});
    log.await_apply_retention(WallTime{100'000});
    await_sleep(env.scheduler, env.clock.now() + seconds(1));
    log.await_apply_retention(WallTime{100'000});
    REQUIRE(log.log_start() == Offset{6});
    REQUIRE(log.log_end() == Offset{6});
    REQUIRE(append(log, batch_of({"next"})).base_offset == Offset{6});
  });
}

TEST_CASE("a reader in a segment that retention deletes reads on") {
  LogBench bench;
  LogSettings settings = kSmall;
  settings.retention_bytes = 0;
  bench.with_log(settings, [](Env& env, PartitionLog& log) {
    for (int i = 0; i < 8; ++i) append(log, batch_of({"v"}));
    await_sleep(env.scheduler, env.clock.now() + seconds(1));
    bool read_done = false;
    env.scheduler.spawn(Site{"test.reader"}, [&] {
      const auto read = log.await_read(Offset{0}, 100);
      REQUIRE((read.error == ErrorCode::none || read.error == ErrorCode::offset_out_of_range));
      read_done = true;
    });
    log.await_apply_retention(kNow);
    while (!read_done) await_sleep(env.scheduler, env.clock.now() + milliseconds(1));
  });
}

TEST_CASE("deleted records stay deleted for whoever remembers the log's start") {
  LogBench bench;
  Offset start;
  bench.with_log({}, [&](Env&, PartitionLog& log) {
    for (int i = 0; i < 5; ++i) append(log, batch_of({"v"}));
    REQUIRE(log.await_delete_before(Offset{6}) == ErrorCode::offset_out_of_range);
    REQUIRE(log.await_delete_before(Offset{3}) == ErrorCode::none);
    REQUIRE(log.await_delete_before(Offset{1}) == ErrorCode::none);  // was deleted already
    start = log.log_start();
    REQUIRE(start == Offset{3});
    REQUIRE(log.await_read(Offset{2}, 1).error == ErrorCode::offset_out_of_range);
    REQUIRE(log.await_find_timestamp(WallTime{0}).offset >= Offset{3});
  });
  bench.run([&](Env& env) {
    auto log = PartitionLog::await_open(env, "t-0", {}, {.log_start = start});
    REQUIRE(log.ok());
    REQUIRE((*log)->log_start() == Offset{3});
    REQUIRE((*log)->log_end() == Offset{5});
    (*log)->await_quiet();
  });
}

TEST_CASE("a log whose records are all below its start goes on behind it") {
  LogBench bench;
  bench.with_log({}, [&](Env&, PartitionLog& log) { append(log, batch_of({"v"})); });
  bench.run([&](Env& env) {
    auto log = PartitionLog::await_open(env, "t-0", {}, {.log_start = Offset{10}});
    REQUIRE(log.ok());
    REQUIRE((*log)->log_start() == Offset{10});
    REQUIRE(append(**log, batch_of({"w"})).base_offset == Offset{10});
    (*log)->await_quiet();
  });
}

TEST_CASE("flush.ms syncs what has waited for so long") {
  LogBench bench;
  LogSettings settings;
  settings.flush_interval = milliseconds(100);
  bench.with_log(settings, [](Env& env, PartitionLog& log) {
    append(log, batch_of({"v"}));
    log.await_flush_if_due();
    REQUIRE(log.flushed_end() == Offset{0});
    await_sleep(env.scheduler, env.clock.now() + milliseconds(101));
    log.await_flush_if_due();
    REQUIRE(log.flushed_end() == Offset{1});
  });
}

TEST_CASE("indexes of sealed segments are dropped when nobody has used them, and read again") {
  LogBench bench;
  bench.with_log(kSmall, [](Env& env, PartitionLog& log) {
    for (int i = 0; i < 12; ++i) append(log, batch_of({"v"}));
    await_sleep(env.scheduler, env.clock.now() + seconds(1));
    log.tidy(WallTime{0});
    log.tidy(WallTime{0});
    for (int i = 11; i >= 0; --i) {
      REQUIRE(scan_batches(log.await_read(Offset{i}, 1).records).batches.at(0).base_offset() == Offset{i});
    }
  });
}

TEST_CASE("a closed log takes no append") {
  LogBench bench;
  bench.with_log({}, [](Env&, PartitionLog& log) {
    log.await_close();
    REQUIRE(append(log, batch_of({"v"})).error == ErrorCode::kafka_storage_error);
  });
}

}  // namespace weir
