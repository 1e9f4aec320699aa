// TxnStore on a disk that keeps its promises.
#include "tests/support/test_pch.h"

#include <set>

#include "sim/fiber/fan_out.h"
#include "tests/coordination/store_bench.h"

namespace weir {

TEST_CASE("what was appended and synced is there when the store is opened again") {
  StoreBench bench;
  bench.with_store(small_store(), [](Env&, TxnStore& store) {
    REQUIRE(store.last_zxid() == kNoZxid);
    REQUIRE_FALSE(store.first_zxid());
    append_synced(store, {txn(1, 1, "one"), txn(1, 2, "")});
    REQUIRE(store.last_synced_zxid() == make_zxid(1, 2));
  });
  bench.node().lose_power();
  bench.with_store(small_store(), [](Env&, TxnStore& store) {
    REQUIRE(store.first_zxid() == make_zxid(1, 1));
    REQUIRE(store.last_zxid() == make_zxid(1, 2));
    REQUIRE(*store.await_read(kNoZxid, 1 << 20) ==
            std::vector<TxnRecord>{txn(1, 1, "one"), txn(1, 2, "")});
  });
}

TEST_CASE("an append is readable before its sync, and promised only after it") {
  StoreBench bench;
  bench.with_store(small_store(), [](Env&, TxnStore& store) {
    append(store, {txn(1, 1)});
    REQUIRE(store.last_zxid() == make_zxid(1, 1));
    REQUIRE(store.last_synced_zxid() == kNoZxid);
    REQUIRE(zxids_of(store, kNoZxid).size() == 1);
  });
}

TEST_CASE("the log is rolled by size, and each file is named by its first zxid") {
  StoreBench bench;
  bench.with_store(small_store(100), [](Env&, TxnStore& store) {
    for (uint32_t i = 1; i <= 5; ++i) append_synced(store, {txn(1, i, std::string(30, 'x'))});
  });
  REQUIRE(bench.names() ==
          std::vector<std::string>{"log.100000001", "log.100000003", "log.100000005"});
}

TEST_CASE("records fill up what the file has already: few of them change its size") {
  StoreBench bench;
  bench.with_store(small_store(64 << 20), [](Env& env, TxnStore& store) {
    std::set<uint64_t> sizes;
    const auto size = [&] {
      const auto file = std::move(*env.disk.await_open("version-2/log.100000001", OpenMode::read));
      return file->size_bytes().value();
    };
    uint64_t largest_step = 0;
    for (uint32_t i = 1; i <= 3000; ++i) {
      append_synced(store, {txn(1, i, std::string(100, 'x'))});
      const uint64_t before = sizes.empty() ? 0 : *sizes.rbegin();
      largest_step = std::max(largest_step, *sizes.insert(size()).first - before);
    }
    REQUIRE(sizes.size() < 12);
    REQUIRE(largest_step <= (256 << 10) + 200);
  });
}

TEST_CASE("a file that is sealed ends with its last record") {
  StoreBench bench;
  bench.with_store(small_store(100), [](Env& env, TxnStore& store) {
    for (uint32_t i = 1; i <= 3; ++i) append_synced(store, {txn(1, i, std::string(30, 'x'))});
    const auto sealed = std::move(*env.disk.await_open("version-2/log.100000001", OpenMode::read));
    REQUIRE(sealed->size_bytes().value() ==
            kStoreHeaderBytes + 2 * (kRecordHeaderBytes + 30));
  });
}

TEST_CASE("a read gives pieces of the size asked for, across files and from any zxid") {
  StoreBench bench;
  bench.with_store(small_store(), [](Env&, TxnStore& store) {
    std::vector<Zxid> all;
    for (uint32_t i = 1; i <= 50; ++i) {
      append(store, {txn(1, 2 * i, std::string(i, 'x'))});
      all.push_back(make_zxid(1, 2 * i));
    }
    for (const uint64_t max_bytes : {0, 1, 40, 1000, 1 << 20}) {
      std::vector<Zxid> found;
      for (Zxid after = kNoZxid;;) {
        const auto piece = store.await_read(after, max_bytes);
        REQUIRE(piece.ok());
        if (piece->empty()) break;
        uint64_t bytes = 0;
        for (const TxnRecord& record : *piece) {
          found.push_back(record.zxid);
          bytes += record.payload.size();
        }
        REQUIRE((piece->size() == 1 || bytes <= max_bytes));
        after = piece->back().zxid;
      }
      REQUIRE(found == all);
    }
    REQUIRE(zxids_of(store, make_zxid(1, 49)).front() == make_zxid(1, 50));
    REQUIRE(zxids_of(store, make_zxid(1, 100)).empty());
  });
}

TEST_CASE("a record of the largest size is taken, one byte more is refused and changes nothing") {
  StoreBench bench;
  TxnStoreOptions options = small_store();
  options.log.record_bytes = 1000;
  bench.with_store(options, [](Env&, TxnStore& store) {
    append(store, {txn(1, 1, std::string(1000, 'x'))});
    const auto refused =
        store.await_append(std::vector{txn(1, 2), txn(1, 3, std::string(1001, 'x'))});
    REQUIRE(refused.error().kind == StorageErrorKind::too_large);
    REQUIRE(refused.error().what == "transaction 100000003 has 1001 bytes, the limit is 1000");
    append(store, {txn(1, 2)});
    REQUIRE(zxids_of(store, kNoZxid).size() == 2);
  });
}

TEST_CASE("what is truncated stays gone, and the log goes on from there") {
  for (const uint32_t keep : {0U, 1U, 3U, 4U, 9U}) {
    StoreBench bench;
    bench.with_store(small_store(), [&](Env&, TxnStore& store) {
      for (uint32_t i = 1; i <= 9; ++i) append(store, {txn(1, i, std::string(60, 'x'))});
      REQUIRE(store.await_truncate_after(make_zxid(1, keep)).ok());
      REQUIRE(store.last_zxid() == (keep == 0 ? kNoZxid : make_zxid(1, keep)));
      REQUIRE(zxids_of(store, kNoZxid).size() == keep);
    });
    bench.node().lose_power();
    bench.with_store(small_store(), [&](Env&, TxnStore& store) {
      REQUIRE(zxids_of(store, kNoZxid).size() == keep);
      append_synced(store, {txn(2, 1)});
      REQUIRE(zxids_of(store, kNoZxid).back() == make_zxid(2, 1));
    });
    bench.with_store(small_store(), [&](Env&, TxnStore& store) {
      REQUIRE(zxids_of(store, kNoZxid).size() == keep + 1);
    });
  }
}

TEST_CASE("several fibers may append, sync and read at once") {
  for (uint64_t key = 1; key <= 30; ++key) {
    StoreBench bench(key);
    Zxid promised;
    bench.with_store(small_store(), [&](Env& env, TxnStore& store) {
      uint32_t next = 1;
      await_all(env.scheduler, 6, [&](size_t fiber) {
        for (int i = 0; i < 10; ++i) {
          if (fiber < 3) {  // appends follow one another in the order of their zxids
            const Zxid mine = make_zxid(1, next++);
            REQUIRE(store.await_append(std::vector{TxnRecord{mine, Buffer(40)}}).ok());
            REQUIRE(store.await_sync().ok());
            REQUIRE(store.last_synced_zxid() >= mine);
            promised = std::max(promised, mine);
          } else {
            const auto records = store.await_read(kNoZxid, 1 << 20);
            REQUIRE(records.ok());
            for (size_t at = 0; at < records->size(); ++at) {
              REQUIRE((*records)[at].zxid == make_zxid(1, static_cast<uint32_t>(at) + 1));
            }
          }
        }
      });
      REQUIRE(promised == make_zxid(1, 30));
    });
    bench.node().lose_power();
    bench.with_store(small_store(),
                     [&](Env&, TxnStore& store) { REQUIRE(store.last_zxid() == promised); });
  }
}

TEST_CASE("a directory of another engine is refused, and the error has both names and the remedy") {
  StoreBench bench;
  const auto expect_refused = [&bench] {
    TxnStoreOptions zab = small_store();
    zab.log.engine = "zab";
    const StorageError error = bench.open_error(zab);
    REQUIRE(error.kind == StorageErrorKind::wrong_engine);
    REQUIRE(error.what ==
            "the directory version-2 was written by the engine 'raft' and is opened with 'zab': "
            "set the engine to 'raft', or give this server an empty directory");
  };
  bench.with_store(small_store(), [](Env&, TxnStore& store) {
    REQUIRE(store.await_save_hard_state({.current_epoch = 1}).ok());
  });
  expect_refused();
  bench.run([](Env& env) { REQUIRE(env.disk.await_remove("version-2/hard_state").ok()); });
  bench.with_store(small_store(), [](Env&, TxnStore& store) { append_synced(store, {txn(1, 1)}); });
  expect_refused();
}

TEST_CASE("a hard state is there after a power loss, and none was never saved") {
  StoreBench bench;
  const HardState state{.accepted_epoch = 7, .current_epoch = 6, .voted_for = 2};
  bench.with_store(small_store(), [&](Env&, TxnStore& store) {
    REQUIRE_FALSE(store.hard_state());
    REQUIRE(store.await_save_hard_state({.current_epoch = 1}).ok());
    REQUIRE(store.await_save_hard_state(state).ok());
  });
  bench.node().lose_power();
  bench.with_store(small_store(),
                   [&](Env&, TxnStore& store) { REQUIRE(store.hard_state() == state); });
}

TEST_CASE("a snapshot is written and read in pieces") {
  StoreBench bench;
  bench.with_store(small_store(), [](Env&, TxnStore& store) {
    append(store, {txn(1, 1), txn(1, 2)});
    write_snapshot(store, make_zxid(1, 1), "the tree, node by node");
    REQUIRE(store.last_synced_zxid() == make_zxid(1, 2));  // it may hold effects of the second
  });
  bench.node().lose_power();
  bench.with_store(small_store(), [](Env&, TxnStore& store) {
    REQUIRE(store.snapshot_zxid() == make_zxid(1, 1));
    REQUIRE(snapshot_content(store, make_zxid(1, 1)) == "the tree, node by node");
    REQUIRE(store.last_zxid() == make_zxid(1, 2));
  });
}

TEST_CASE("a snapshot that was given up leaves nothing") {
  StoreBench bench;
  bench.with_store(small_store(), [](Env&, TxnStore& store) {
    append_synced(store, {txn(1, 1)});
    auto writer = store.await_begin_snapshot(make_zxid(1, 1), SnapshotKind::taken);
    REQUIRE((*writer)->await_write(as_bytes("half")).ok());
  });
  bench.with_store(small_store(),
                   [](Env&, TxnStore& store) { REQUIRE_FALSE(store.snapshot_zxid()); });
  REQUIRE(bench.names() == std::vector<std::string>{"log.100000001"});
}

TEST_CASE("a purge keeps the newest snapshots and the log from the oldest of them on") {
  StoreBench bench;
  bench.with_store(small_store(1 << 20), [](Env&, TxnStore& store) {  // rolled by snapshots alone
    for (uint32_t i = 1; i <= 5; ++i) {
      append_synced(store, {txn(1, 2 * i - 1), txn(1, 2 * i)});
      write_snapshot(store, make_zxid(1, 2 * i), "s");
    }
    REQUIRE(store.await_purge().ok());
    REQUIRE(store.snapshots() == std::vector<Zxid>{make_zxid(1, 8), make_zxid(1, 10)});
    REQUIRE(store.base_zxid() == make_zxid(1, 8));
    REQUIRE(store.first_zxid() == make_zxid(1, 9));
    const auto gone = store.await_read(make_zxid(1, 7), 1000);
    REQUIRE(gone.error().kind == StorageErrorKind::not_held);
  });
  REQUIRE(bench.names() ==
          std::vector<std::string>{"log.100000009", "snapshot.100000008", "snapshot.10000000a"});
}

TEST_CASE("an installed snapshot replaces the history, whether it lies before or behind its end") {
  for (const Zxid installed : {make_zxid(3, 1), make_zxid(1, 2)}) {
    StoreBench bench;
    bench.with_store(small_store(), [&](Env&, TxnStore& store) {
      for (uint32_t i = 1; i <= 9; ++i) append_synced(store, {txn(1, i, std::string(60, 'x'))});
      write_snapshot(store, make_zxid(1, 9), "mine");
      write_snapshot(store, installed, "the leader's", SnapshotKind::installed);
      REQUIRE(store.last_zxid() == installed);
      REQUIRE(store.snapshots() == std::vector<Zxid>{installed});
      append_synced(store, {txn(4, 1)});
    });
    bench.node().lose_power();
    bench.with_store(small_store(), [&](Env&, TxnStore& store) {
      REQUIRE(store.snapshots() == std::vector<Zxid>{installed});
      REQUIRE(snapshot_content(store, installed) == "the leader's");
      REQUIRE(zxids_of(store, installed) == std::vector<Zxid>{make_zxid(4, 1)});
    });
  }
}

TEST_CASE("a truncation takes the snapshots behind it, and makes those under way worthless") {
  StoreBench bench;
  bench.with_store(small_store(), [](Env&, TxnStore& store) {
    append_synced(store, {txn(1, 1), txn(1, 2), txn(1, 3)});
    write_snapshot(store, make_zxid(1, 1), "a");
    write_snapshot(store, make_zxid(1, 3), "b");
    auto writer = store.await_begin_snapshot(make_zxid(1, 3), SnapshotKind::taken);
    REQUIRE(store.await_truncate_after(make_zxid(1, 2)).ok());
    REQUIRE(store.snapshots() == std::vector<Zxid>{make_zxid(1, 1)});
    const auto refused = store.await_finish_snapshot(std::move(*writer));
    REQUIRE(refused.error().kind == StorageErrorKind::superseded);
  });
}

TEST_CASE("a truncation does not keep a snapshot under way from being installed") {
  StoreBench bench;
  const Zxid installed = make_zxid(3, 9);
  bench.with_store(small_store(), [&](Env&, TxnStore& store) {
    append_synced(store, {txn(1, 1), txn(1, 2), txn(1, 3)});
    auto writer = store.await_begin_snapshot(installed, SnapshotKind::installed);
    REQUIRE((*writer)->await_write(as_bytes(std::string_view("the leader's"))).ok());
    REQUIRE(store.await_truncate_after(make_zxid(1, 2)).ok());
    REQUIRE(store.await_finish_snapshot(std::move(*writer)).ok());
    REQUIRE(store.last_zxid() == installed);
  });
  bench.node().lose_power();
  bench.with_store(small_store(), [&](Env&, TxnStore& store) {
    REQUIRE(store.snapshots() == std::vector<Zxid>{installed});
    REQUIRE(snapshot_content(store, installed) == "the leader's");
    REQUIRE(zxids_of(store, installed).empty());
  });
}

TEST_CASE("a truncation that no snapshot would be left for is refused") {
  StoreBench bench;
  bench.with_store(small_store(), [](Env&, TxnStore& store) {
    write_snapshot(store, make_zxid(2, 5), "the leader's", SnapshotKind::installed);
    append_synced(store, {txn(2, 6)});
    const auto refused = store.await_truncate_after(make_zxid(2, 4));
    REQUIRE(refused.error().kind == StorageErrorKind::not_held);
    REQUIRE(store.last_zxid() == make_zxid(2, 6));
    REQUIRE(store.await_truncate_after(make_zxid(2, 5)).ok());
    REQUIRE(store.last_zxid() == make_zxid(2, 5));
  });
}

}  // namespace weir
