// PartitionLog on a disk that fails it: each case is a bug that a sweep has found, or a promise of
// log.h that only a fault can test.
#include "tests/support/test_pch.h"

#include "broker/log/log.h"
#include "sim/fiber/fan_out.h"
#include "sim/fiber/stream_io.h"
#include "tests/broker/log_bench.h"

namespace weir {
namespace {
constexpr LogSettings kFlushed{.flush_interval_messages = 1};
}  // namespace

TEST_CASE("a full disk refuses the append, and the log goes on when there is room") {
  LogBench bench;
  bench.with_log({.flush_interval_messages = 1}, [&](Env&, PartitionLog& log) {
    append(log, batch_of({"before"}));
    FaultPoint& full = bench.world().node(1).disk_faults().no_space;
    full.per_million = 1'000'000;
    REQUIRE(append(log, batch_of({std::string(5'000, 'x')})).error == ErrorCode::kafka_storage_error);
    REQUIRE(log.online());
    full.per_million = 0;
    REQUIRE(append(log, batch_of({"after"})).base_offset == Offset{1});
    REQUIRE(log.await_flush(Offset{2}) == ErrorCode::none);
    REQUIRE(values_of(log.await_read(Offset{0}, 10'000).records) ==
            std::vector<std::string>{"before", "after"});
  });
  bench.with_log({}, [](Env&, PartitionLog& log) {
    REQUIRE(log.log_end() == Offset{2});
    REQUIRE(log.recovery().cut_bytes == 0);
  });
}

TEST_CASE("a write that fails takes the partition offline until it is recovered") {
  LogBench bench;
  bench.with_log({.flush_interval_messages = 1}, [&](Env&, PartitionLog& log) {
    append(log, batch_of({"a"}));
    bench.world().node(1).disk_faults().write_error.per_million = 1'000'000;
    REQUIRE(append(log, batch_of({"b"})).error == ErrorCode::kafka_storage_error);
    bench.world().node(1).disk_faults().write_error.per_million = 0;
    REQUIRE(append(log, batch_of({"c"})).error == ErrorCode::kafka_storage_error);
    REQUIRE_FALSE(log.online());
  });
  bench.with_log({}, [](Env&, PartitionLog& log) {
    REQUIRE(append(log, batch_of({"c"})).error == ErrorCode::none);
  });
}

TEST_CASE("a roll and a flush never sync one file at the same time") {
  // Two syncs of a file share one error: the other would say "done" about pages that were dropped.
  for (uint64_t key = 1; key <= 200; ++key) {
    LogBench bench(key);
    Offset acked{0};
    bench.with_log({.segment_bytes = 150, .flush_interval_messages = 1},
                   [&](Env& env, PartitionLog& log) {
                     bench.world().node(1).disk_faults().sync_error.per_million = 150'000;
                     await_all(env.scheduler, 6, [&](size_t) {
                       const AppendOutcome appended = append(log, batch_of({"v"}));
                       if (appended.error != ErrorCode::none) return;
                       if (log.await_durable(appended.end) == ErrorCode::none) {
                         acked = std::max(acked, appended.end);
                       }
                     });
                     bench.world().node(1).disk_faults().sync_error.per_million = 0;
                   });
    bench.lose_power();
    bench.with_log({}, [&](Env&, PartitionLog& log) { REQUIRE(log.log_end() >= acked); });
  }
}

TEST_CASE("what a failed sync dropped is durable after recovery, not only readable") {
  LogBench bench;
  bench.with_log(kFlushed, [&](Env&, PartitionLog& log) {
    const AppendOutcome appended = append(log, batch_of({"dropped"}));
    bench.world().node(1).disk_faults().sync_error.per_million = 1'000'000;
    REQUIRE(log.await_durable(appended.end) == ErrorCode::kafka_storage_error);
    bench.world().node(1).disk_faults().sync_error.per_million = 0;
  });
  bench.with_log(kFlushed, [](Env&, PartitionLog& log) { REQUIRE(log.log_end() == Offset{1}); });
  bench.lose_power();
  bench.with_log(kFlushed, [](Env&, PartitionLog& log) { REQUIRE(log.log_end() == Offset{1}); });
}

TEST_CASE("with no room for its copy recovery fails, rather than believe what a sync has dropped") {
  LogBench bench;
  DiskFaults& disk = bench.world().node(1).disk_faults();
  bench.with_log(kFlushed, [&](Env&, PartitionLog& log) {
    const AppendOutcome appended = append(log, batch_of({"dropped"}));
    disk.sync_error.per_million = 1'000'000;
    REQUIRE(log.await_durable(appended.end) == ErrorCode::kafka_storage_error);
    disk.sync_error.per_million = 0;
  });
  bench.run([&](Env& env) {
    disk.no_space.per_million = 1'000'000;
    const auto refused = PartitionLog::await_open(env, "t-0", kFlushed);
    REQUIRE_FALSE(refused.ok());
    REQUIRE(refused.error().kind == IoErrorKind::no_space);
    disk.no_space.per_million = 0;
  });
  bench.with_log(kFlushed, [](Env&, PartitionLog& log) { REQUIRE(log.log_end() == Offset{1}); });
  bench.lose_power();
  bench.with_log(kFlushed, [](Env&, PartitionLog& log) { REQUIRE(log.log_end() == Offset{1}); });
}

TEST_CASE("recovery cuts nothing because one read came from the wrong place") {
  for (uint64_t key = 1; key <= 60; ++key) {
    LogBench bench(key);
    bench.with_log({.flush_interval_messages = 1}, [](Env&, PartitionLog& log) {
      for (int i = 0; i < 30; ++i) append(log, batch_of({std::string(300, 'a')}));
      REQUIRE(log.await_flush(log.log_end()) == ErrorCode::none);
    });
    bench.world().node(1).disk_faults().misdirected_read.per_million = 20'000;
    bench.with_log({}, [](Env&, PartitionLog& log) { REQUIRE(log.log_end() == Offset{30}); });
  }
}

TEST_CASE("a base offset that has rotted is not served, though no checksum covers it") {
  LogBench bench;
  bench.with_log({}, [](Env& env, PartitionLog& log) {
    for (int i = 0; i < 3; ++i) append(log, batch_of({"v"}));
    auto file = std::move(*env.disk.await_open("t-0/00000000000000000000.log", OpenMode::read_write));
    const uint64_t second = *file->size_bytes() / 3;
    REQUIRE(await_write_fully(*file, second + 6, as_bytes("!")).ok());
    const auto before = log.await_read(Offset{0}, 10'000);
    REQUIRE(before.error == ErrorCode::none);
    REQUIRE(scan_batches(before.records).batches.size() == 1);
    REQUIRE(log.await_read(Offset{1}, 10'000).error == ErrorCode::corrupt_message);
  });
}

TEST_CASE("damage that reaches the end of an earlier segment ends where the next one begins") {
  LogBench bench;
  bench.with_log({.segment_bytes = 150}, [](Env&, PartitionLog& log) {
    for (int i = 0; i < 6; ++i) append(log, batch_of({"v"}));
    REQUIRE(log.segment_count() == 3);
  });
  bench.run([](Env& env) {
    auto file = std::move(*env.disk.await_open("t-0/00000000000000000002.log", OpenMode::read_write));
    REQUIRE(file->await_truncate(40).ok());
  });
  bench.with_log({.segment_bytes = 150}, [](Env&, PartitionLog& log) {
    REQUIRE(log.log_end() == Offset{6});
    REQUIRE(log.await_read(Offset{1}, 1'000).error == ErrorCode::none);
    REQUIRE(log.await_read(Offset{2}, 1'000).error == ErrorCode::corrupt_message);
    REQUIRE(log.await_read(Offset{3}, 1'000).error == ErrorCode::corrupt_message);
    REQUIRE(log.await_read(Offset{4}, 1'000).error == ErrorCode::none);
    REQUIRE(append(log, batch_of({"w"})).base_offset == Offset{6});
  });
}

}  // namespace weir
