// TxnStore on a disk that fails it, and on files that are damaged.
#include "tests/support/test_pch.h"

#include "tests/coordination/store_bench.h"

namespace weir {
namespace {

constexpr uint32_t kAlways = 1'000'000;
constexpr uint64_t kPayloadBytes = 60;
constexpr uint64_t kRecordBytes = kRecordHeaderBytes + kPayloadBytes;

TxnRecord wide(uint32_t counter) { return txn(1, counter, std::string(kPayloadBytes, 'x')); }

// log.100000001 with 1, 2, 3; log.100000004 with 4, 5, 6; each synced on its own.
void fill(StoreBench& bench) {
  bench.with_store(small_store(kStoreHeaderBytes + 3 * kRecordBytes), [](Env&, TxnStore& store) {
    for (uint32_t i = 1; i <= 6; ++i) append_synced(store, {wide(i)});
  });
}
uint64_t middle_of(uint64_t record) {
  return kStoreHeaderBytes + record * kRecordBytes + kRecordBytes / 2;
}

}  // namespace

TEST_CASE("after a failed write or sync everything is refused until the store is opened anew") {
  for (const bool at_write : {true, false}) {
    StoreBench bench;
    DiskFaults& disk = bench.node().disk_faults();
    bench.with_store(small_store(), [&](Env&, TxnStore& store) {
      append_synced(store, {txn(1, 1)});
      FaultPoint& fault = at_write ? disk.write_error : disk.sync_error;
      fault.per_million = kAlways;
      const auto appended = store.await_append(std::vector{txn(1, 2)});
      const auto synced = store.await_sync();
      REQUIRE(appended.ok() == !at_write);
      REQUIRE_FALSE(synced.ok());
      fault.per_million = 0;
      REQUIRE(store.await_sync().error().kind == StorageErrorKind::failed);
      REQUIRE(store.await_append(std::vector{txn(1, 3)}).error().kind == StorageErrorKind::failed);
      REQUIRE(store.await_read(kNoZxid, 1).error().kind == StorageErrorKind::failed);
      REQUIRE(store.await_truncate_after(kNoZxid).error().kind == StorageErrorKind::failed);
      REQUIRE(store.await_save_hard_state({}).error().kind == StorageErrorKind::failed);
      REQUIRE(store.await_purge().error().kind == StorageErrorKind::failed);
    });
    bench.with_store(small_store(), [](Env&, TxnStore& store) {
      REQUIRE(store.last_zxid() >= make_zxid(1, 1));
      append_synced(store, {txn(2, 1)});
    });
  }
}

TEST_CASE("what a failed sync has dropped is durable once recovery has shown it") {
  StoreBench bench;
  bench.with_store(small_store(), [&](Env&, TxnStore& store) {
    append(store, {txn(1, 1)});
    bench.node().disk_faults().sync_error.per_million = kAlways;
    REQUIRE_FALSE(store.await_sync().ok());
    bench.node().disk_faults().sync_error.per_million = 0;
  });
  bench.with_store(small_store(),
                   [](Env&, TxnStore& store) { REQUIRE(store.last_zxid() == make_zxid(1, 1)); });
  bench.node().lose_power();
  bench.with_store(small_store(),
                   [](Env&, TxnStore& store) { REQUIRE(store.last_zxid() == make_zxid(1, 1)); });
}

TEST_CASE("damage in a sealed file is corruption") {
  for (uint64_t record = 0; record < 3; ++record) {
    StoreBench bench;
    fill(bench);
    bench.damage("version-2/log.100000001", middle_of(record));
    const StorageError error = bench.open_error(small_store());
    REQUIRE(error.kind == StorageErrorKind::corrupt);
    REQUIRE(error.what.starts_with("version-2/log.100000001: damaged at byte "));
  }
}

TEST_CASE("damage before a record that was written after a sync is corruption, never skipped") {
  for (uint64_t record = 0; record < 2; ++record) {
    StoreBench bench;
    fill(bench);
    bench.damage("version-2/log.100000004", middle_of(record));
    REQUIRE(bench.open_error(small_store()).kind == StorageErrorKind::corrupt);
  }
}

TEST_CASE("damage before records that were written with it, before any sync, is a torn tail") {
  StoreBench bench;
  bench.with_store(small_store(1 << 20), [](Env&, TxnStore& store) {
    append_synced(store, {wide(1)});
    append(store, {wide(2), wide(3)});
    append(store, {wide(4)});
  });
  bench.damage("version-2/log.100000001", middle_of(1));
  bench.with_store(small_store(), [](Env&, TxnStore& store) {
    REQUIRE(zxids_of(store, kNoZxid) == std::vector<Zxid>{make_zxid(1, 1)});
  });
}

TEST_CASE("a torn tail is cut, and what is appended then stands in its place") {
  for (uint64_t bytes = 1; bytes < kRecordBytes; bytes += 13) {
    StoreBench bench;
    fill(bench);
    bench.run([&](Env& env) {
      const auto file =
          std::move(*env.disk.await_open("version-2/log.100000004", OpenMode::read_write));
      REQUIRE(file->await_truncate(kStoreHeaderBytes + 2 * kRecordBytes + bytes).ok());
    });
    bench.with_store(small_store(), [](Env&, TxnStore& store) {
      REQUIRE(store.last_zxid() == make_zxid(1, 5));
      append_synced(store, {txn(2, 1)});
    });
    bench.with_store(small_store(), [](Env&, TxnStore& store) {
      REQUIRE(zxids_of(store, make_zxid(1, 4)) ==
              std::vector<Zxid>{make_zxid(1, 5), make_zxid(2, 1)});
    });
  }
}

TEST_CASE("a damaged header of a log file is corruption") {
  StoreBench bench;
  fill(bench);
  bench.damage("version-2/log.100000004", 20);
  REQUIRE(bench.open_error(small_store()).what == "version-2/log.100000004: the header is damaged");
}

TEST_CASE("a log file that is missing, first or in the middle, is corruption") {
  for (const char* name : {"version-2/log.100000001", "version-2/log.100000004"}) {
    StoreBench bench;
    fill(bench);
    bench.with_store(small_store(), [](Env&, TxnStore& store) { append_synced(store, {wide(7)}); });
    bench.run([&](Env& env) { REQUIRE(env.disk.await_remove(name).ok()); });
    REQUIRE(bench.open_error(small_store()).kind == StorageErrorKind::corrupt);
  }
}

TEST_CASE("a record that was written over another one is not taken for it") {
  StoreBench bench;
  fill(bench);
  bench.run([](Env& env) {
    const auto file =
        std::move(*env.disk.await_open("version-2/log.100000004", OpenMode::read_write));
    Buffer second(kRecordBytes);
    REQUIRE(await_read_fully(*file, kStoreHeaderBytes + kRecordBytes, second).ok());
    REQUIRE(await_write_fully(*file, kStoreHeaderBytes, second).ok());
  });
  REQUIRE(bench.open_error(small_store()).kind == StorageErrorKind::corrupt);
}

TEST_CASE("damage that comes while the store is open is an error of the read") {
  StoreBench bench;
  bench.with_store(small_store(), [](Env& env, TxnStore& store) {
    append_synced(store, {wide(1), wide(2)});
    const auto file =
        std::move(*env.disk.await_open("version-2/log.100000001", OpenMode::read_write));
    REQUIRE(await_write_fully(*file, middle_of(1), as_bytes("!")).ok());
    REQUIRE(store.await_read(kNoZxid, 1)->size() == 1);
    REQUIRE(store.await_read(make_zxid(1, 1), 1).error().kind == StorageErrorKind::corrupt);
  });
}

TEST_CASE("a damaged snapshot is passed over when an older one and the log lead as far") {
  StoreBench bench;
  bench.with_store(small_store(), [](Env&, TxnStore& store) {
    append_synced(store, {wide(1), wide(2)});
    write_snapshot(store, make_zxid(1, 1), "older");
    append_synced(store, {wide(3)});
    write_snapshot(store, make_zxid(1, 3), "newer");
  });
  bench.damage("version-2/snapshot.100000003", kStoreHeaderBytes + 2);
  bench.with_store(small_store(), [](Env&, TxnStore& store) {
    REQUIRE(store.snapshot_zxid() == make_zxid(1, 1));
    REQUIRE(store.last_zxid() == make_zxid(1, 3));
    write_snapshot(store, make_zxid(1, 3), "newer");
    REQUIRE(snapshot_content(store, make_zxid(1, 3)) == "newer");
  });
}

TEST_CASE("a damaged snapshot that nothing older leads to is an error, at every byte of it") {
  for (uint64_t at = 0; at < kStoreHeaderBytes + 5 + kSnapshotFooterBytes; at += 3) {
    StoreBench bench;
    bench.with_store(small_store(), [](Env&, TxnStore& store) {
      write_snapshot(store, make_zxid(1, 3), "whole", SnapshotKind::installed);
      append_synced(store, {wide(4)});
    });
    bench.damage("version-2/snapshot.100000003", at);
    REQUIRE(bench.open_error(small_store()).kind == StorageErrorKind::corrupt);
  }
}

TEST_CASE(
    "a damaged snapshot that the log does not reach is an error, though an older one is whole") {
  StoreBench bench;
  bench.with_store(small_store(), [](Env&, TxnStore& store) {
    append_synced(store, {wide(1), wide(2)});
    write_snapshot(store, make_zxid(1, 1), "older");
    write_snapshot(store, make_zxid(1, 2), "newer");
  });
  bench.damage("version-2/snapshot.100000002", kStoreHeaderBytes);
  bench.damage("version-2/log.100000001", middle_of(1));  // looks like a torn tail
  const StorageError error = bench.open_error(small_store());
  REQUIRE(error.kind == StorageErrorKind::corrupt);
  REQUIRE(error.what.find("the history went to 100000002") != std::string::npos);
}

TEST_CASE("a log that ends before the newest snapshot goes, and history is what the snapshot has") {
  StoreBench bench;
  bench.with_store(small_store(), [](Env&, TxnStore& store) {
    append_synced(store, {wide(1), wide(2)});
    write_snapshot(store, make_zxid(1, 2), "whole");
  });
  bench.damage("version-2/log.100000001", middle_of(1));  // looks like a torn tail
  for (const bool again : {false, true}) {
    bench.with_store(small_store(), [&](Env&, TxnStore& store) {
      REQUIRE(store.last_zxid() == make_zxid(1, again ? 3 : 2));
      REQUIRE(store.base_zxid() == make_zxid(1, 2));
      if (!again) append_synced(store, {wide(3)});
    });
  }
}

TEST_CASE("a damaged hard state is an error: a vote may not be forgotten") {
  StoreBench bench;
  bench.with_store(small_store(), [](Env&, TxnStore& store) {
    REQUIRE(store.await_save_hard_state({.current_epoch = 3, .voted_for = 1}).ok());
  });
  bench.damage("version-2/hard_state", 30);
  REQUIRE(bench.open_error(small_store()).what == "version-2/hard_state: the header is damaged");
}

TEST_CASE("a read that comes from the wrong place makes nothing damaged") {
  for (uint64_t key = 1; key <= 40; ++key) {
    StoreBench bench(key);
    fill(bench);
    bench.node().disk_faults().misdirected_read.per_million = 20'000;
    bench.with_store(small_store(),
                     [](Env&, TxnStore& store) { REQUIRE(store.last_zxid() == make_zxid(1, 6)); });
  }
}

}  // namespace weir
