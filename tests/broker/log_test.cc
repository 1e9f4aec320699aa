// PartitionLog in the simulated world, against a plain list of records.
#include "tests/support/test_pch.h"

#include "sim/fiber/fan_out.h"
#include "sim/fiber/stream_io.h"
#include "tests/broker/log_bench.h"

namespace weir {

TEST_CASE("an empty log starts and ends at offset 0") {
  LogBench bench;
  bench.with_log({}, [](Env&, PartitionLog& log) {
    REQUIRE(log.log_start() == Offset{0});
    REQUIRE(log.log_end() == Offset{0});
    REQUIRE(log.await_read(Offset{0}, 1000).records.empty());
    REQUIRE(log.await_read(Offset{1}, 1000).error == ErrorCode::offset_out_of_range);
    REQUIRE(log.await_read(Offset{-1}, 1000).error == ErrorCode::offset_out_of_range);
  });
}

TEST_CASE("a batch gets the next offsets and is read back from any of them") {
  LogBench bench;
  bench.with_log({}, [](Env&, PartitionLog& log) {
    REQUIRE(append(log, batch_of({"a", "b"})).base_offset == Offset{0});
    REQUIRE(append(log, batch_of({"c"})).base_offset == Offset{2});
    REQUIRE(values_of(log.await_read(Offset{0}, 1000).records) ==
            std::vector<std::string>{"a", "b", "c"});
    REQUIRE(values_of(log.await_read(Offset{1}, 1000).records).size() == 3);  // its whole batch
    REQUIRE(values_of(log.await_read(Offset{2}, 1000).records) == std::vector<std::string>{"c"});
  });
}

TEST_CASE("a read gives at least one batch, however small its limit") {
  LogBench bench;
  bench.with_log({}, [](Env&, PartitionLog& log) {
    append(log, batch_of({std::string(20'000, 'x')}));
    append(log, batch_of({"y"}));
    REQUIRE(values_of(log.await_read(Offset{0}, 1).records).size() == 1);
    REQUIRE(values_of(log.await_read(Offset{0}, 0).records)[0].size() == 20'000);
  });
}

TEST_CASE("a full segment is followed by another one, and reads go on there") {
  LogBench bench;
  bench.with_log({.segment_bytes = 100}, [](Env&, PartitionLog& log) {
    for (int i = 0; i < 5; ++i) append(log, batch_of({std::to_string(i)}));
    REQUIRE(log.segment_count() == 5);
    for (int i = 0; i < 5; ++i) {
      REQUIRE(values_of(log.await_read(Offset{i}, 1000).records).at(0) == std::to_string(i));
    }
  });
}

TEST_CASE("with a flush for each message readers see nothing before it is synced") {
  LogBench bench;
  bench.with_log({.flush_interval_messages = 1}, [](Env&, PartitionLog& log) {
    const AppendOutcome appended = append(log, batch_of({"a"}));
    REQUIRE(log.log_end() == Offset{1});
    REQUIRE(log.visible_end() == Offset{0});
    REQUIRE(log.await_durable(appended.end) == ErrorCode::none);
    REQUIRE(log.visible_end() == Offset{1});
  });
}

TEST_CASE("a retried batch gets the offsets that it has, also after a recovery") {
  LogBench bench;
  const BatchOptions producer{.producer_id = ProducerId{7},
                              .producer_epoch = ProducerEpoch{0},
                              .base_sequence = Sequence{0}};
  const auto send = [&](PartitionLog& log) { return append(log, batch_of({"a", "b"}, producer)); };
  bench.with_log({}, [&](Env&, PartitionLog& log) {
    REQUIRE_FALSE(send(log).duplicate);
    const AppendOutcome again = send(log);
    REQUIRE(again.duplicate);
    REQUIRE(again.base_offset == Offset{0});
    REQUIRE(again.end == Offset{2});
    REQUIRE(log.log_end() == Offset{2});
  });
  bench.with_log({}, [&](Env&, PartitionLog& log) {
    REQUIRE(send(log).duplicate);
    REQUIRE(log.log_end() == Offset{2});
  });
}

TEST_CASE("a gap in a producer's sequence is refused and leaves the log as it was") {
  LogBench bench;
  bench.with_log({}, [&](Env&, PartitionLog& log) {
    append(log, batch_of({"a"}, {.producer_id = ProducerId{7},
                                 .producer_epoch = ProducerEpoch{0},
                                 .base_sequence = Sequence{0}}));
    const AppendOutcome gap = append(log, batch_of({"c"}, {.producer_id = ProducerId{7},
                                                           .producer_epoch = ProducerEpoch{0},
                                                           .base_sequence = Sequence{2}}));
    REQUIRE(gap.error == ErrorCode::out_of_order_sequence_number);
    REQUIRE(log.log_end() == Offset{1});
  });
}

TEST_CASE("recovery cuts a torn tail and says how much") {
  LogBench bench;
  bench.with_log({}, [](Env&, PartitionLog& log) {
    append(log, batch_of({"a"}));
    append(log, batch_of({"b"}));
  });
  bench.run([](Env& env) {
    auto file = std::move(*env.disk.await_open("t-0/00000000000000000000.log", OpenMode::read_write));
    REQUIRE(file->await_truncate(*file->size_bytes() - 5).ok());
  });
  bench.with_log({}, [](Env&, PartitionLog& log) {
    REQUIRE(log.log_end() == Offset{1});
    REQUIRE(log.recovery().cut_bytes == batch_of({"b"}).size() - 5);
    REQUIRE(append(log, batch_of({"c"})).base_offset == Offset{1});
  });
}

TEST_CASE("damage in an earlier segment is reported, and what stands behind it is served") {
  LogBench bench;
  bench.with_log({.segment_bytes = 100}, [](Env&, PartitionLog& log) {
    for (int i = 0; i < 3; ++i) append(log, batch_of({"abcdef"}));
  });
  bench.run([](Env& env) {
    auto file = std::move(*env.disk.await_open("t-0/00000000000000000001.log", OpenMode::read_write));
    REQUIRE(await_write_fully(*file, 65, as_bytes("!")).ok());
  });
  bench.with_log({.segment_bytes = 100}, [](Env&, PartitionLog& log) {
    REQUIRE(log.log_end() == Offset{3});
    REQUIRE(log.recovery().corrupt_bytes > 0);
    REQUIRE(log.await_read(Offset{0}, 1'000).error == ErrorCode::none);
    REQUIRE(log.await_read(Offset{1}, 1'000).error == ErrorCode::corrupt_message);
    REQUIRE(log.await_read(Offset{2}, 1'000).error == ErrorCode::none);
  });
}

TEST_CASE("a segment whose name was volatile when its process died is durable after recovery") {
  for (uint64_t key = 1; key <= 20; ++key) {
    LogBench bench(key);
    bench.run([](Env& env) {
      REQUIRE(env.disk.await_create_directory("t-0").ok());
      REQUIRE(env.disk.await_sync_directory("").ok());
      // The process dies here, before it has synced the directory.
      REQUIRE(env.disk.await_open("t-0/00000000000000000000.log", OpenMode::create).ok());
    });
    bench.with_log({}, [](Env&, PartitionLog& log) {
      append(log, batch_of({"acked"}));
      REQUIRE(log.await_flush(log.log_end()) == ErrorCode::none);
    });
    bench.lose_power();
    bench.with_log({}, [](Env&, PartitionLog& log) { REQUIRE(log.log_end() == Offset{1}); });
  }
}

TEST_CASE("appends that wait for the same sync share it") {
  LogBench bench;
  bench.with_log({.flush_interval_messages = 1}, [](Env& env, PartitionLog& log) {
    await_all(env.scheduler, 20, [&](size_t) {
      const AppendOutcome appended = append(log, batch_of({"x"}));
      REQUIRE(log.await_durable(appended.end) == ErrorCode::none);
    });
    REQUIRE(log.visible_end() == Offset{20});
  });
  size_t syncs = 0;
  constexpr Site kSync{"disk.sync"};
  for (const TraceEvent& event : bench.world().simulator().trace().last()) {
    if (event.site->id == kSync.id) ++syncs;
  }
  REQUIRE(syncs < 15);
}

TEST_CASE("a timestamp finds the first record at or after it") {
  LogBench bench;
  bench.with_log({.segment_bytes = 200}, [](Env&, PartitionLog& log) {
    for (int i = 0; i < 10; ++i) {
      BatchBuilder builder({});
      builder.add({.timestamp = WallTime{100 * i}, .key = std::nullopt, .value = as_bytes("v")});
      Buffer batch = builder.finish();
      log.await_append(batch);
    }
    REQUIRE(log.await_find_timestamp(WallTime{0}).offset == Offset{0});
    REQUIRE(log.await_find_timestamp(WallTime{301}).offset == Offset{4});
    REQUIRE(log.await_find_timestamp(WallTime{301}).timestamp == WallTime{400});
    REQUIRE(log.await_find_timestamp(WallTime{901}).offset == kNoOffset);
    REQUIRE(log.await_find_max_timestamp().offset == Offset{9});
  });
}

TEST_CASE("whatever the power takes, recovery gives a prefix with everything that was flushed") {
  REQUIRE(rc::check([] {
    LogBench bench(*rc::gen::arbitrary<uint64_t>());
    const LogSettings settings{.segment_bytes = *rc::gen::element<uint64_t>(150, 400, 1 << 20),
                               .index_interval_bytes = *rc::gen::element<uint64_t>(1, 200, 4096)};
    std::vector<std::string> written;
    size_t flushed = 0;
    const int lives = *rc::gen::inRange(1, 4);
    for (int life = 0; life < lives; ++life) {
      bench.with_log(settings, [&](Env&, PartitionLog& log) {
        const auto end = static_cast<size_t>(log.log_end().value());
        if (end < flushed || end > written.size()) RC_FAIL("flushed records are gone");
        written.resize(end);
        std::vector<std::string> read;
        for (Offset next{0}; next < log.log_end();) {
          const auto values = values_of(log.await_read(next, 300).records);
          RC_ASSERT(!values.empty());
          read.insert(read.end(), values.begin(), values.end());
          next = Offset{static_cast<int64_t>(read.size())};
        }
        RC_ASSERT(read == written);
        const int appends = *rc::gen::inRange(0, 12);
        for (int i = 0; i < appends; ++i) {
          std::vector<std::string> values(static_cast<size_t>(*rc::gen::inRange(1, 4)));
          BatchBuilder builder({});
          for (std::string& value : values) {
            value = std::string(static_cast<size_t>(*rc::gen::inRange(0, 600)), 'a') +
                    std::to_string(written.size());
            written.push_back(value);
            builder.add({.timestamp = WallTime{1}, .key = std::nullopt, .value = as_bytes(value)});
          }
          Buffer batch = builder.finish();
          RC_ASSERT(log.await_append(batch).error == ErrorCode::none);
          if (*rc::gen::inRange(0, 3) == 0) {
            RC_ASSERT(log.await_flush(log.log_end()) == ErrorCode::none);
            flushed = written.size();
          }
        }
      });
      bench.lose_power();
    }
  }));
}

}  // namespace weir
