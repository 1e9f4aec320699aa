// A TxnStore on a simulated machine whose disk outlives its processes.
#pragma once

#include <fmt/format.h>

#include <functional>

#include "broker/coordination/storage/txn_store.h"
#include "sim/fiber/stream_io.h"
#include "sim/world/world.h"

namespace weir {

inline TxnRecord txn(uint32_t epoch, uint32_t counter, std::string_view payload = "payload") {
  return {make_zxid(epoch, counter), Buffer(payload.begin(), payload.end())};
}

inline TxnStoreOptions small_store(uint64_t file_bytes = 300) {
  return {.log = {.directory = "version-2", .engine = "raft", .file_bytes = file_bytes},
          .snapshots_kept = 2};
}

class StoreBench {
 public:
  explicit StoreBench(uint64_t key = 1) : world_(key, oracle_, {}) { world_.add_node({}); }

  void run(const std::function<void(Env&)>& body) {
    bool ended = false;
    node().boot([&](Env& env, Event&) {
      body(env);
      ended = true;
    });
    while (!ended && world_.simulator().step(world_.simulator().now_ns() + seconds(1000).ns())) {
    }
    REQUIRE(ended);
    node().reap();
  }
  void with_store(const TxnStoreOptions& options,
                  const std::function<void(Env&, TxnStore&)>& body) {
    run([&](Env& env) {
      auto store = TxnStore::await_open(env, options);
      if (!store) FAIL(store.error().what);
      body(env, **store);
    });
  }
  // Of an open that must fail.
  StorageError open_error(const TxnStoreOptions& options) {
    std::optional<StorageError> error;
    run([&](Env& env) {
      const auto store = TxnStore::await_open(env, options);
      REQUIRE_FALSE(store.ok());
      error = store.error();
    });
    return *error;
  }
  // Changes one byte of a file, durably.
  void damage(std::string_view path, uint64_t at) {
    run([&](Env& env) {
      const auto file = std::move(*env.disk.await_open(path, OpenMode::read_write));
      Buffer byte(1);
      REQUIRE(await_read_fully(*file, at, byte).value() == 1);
      byte[0] ^= 0x40;
      REQUIRE(await_write_fully(*file, at, byte).ok());
      REQUIRE(file->await_sync().ok());
    });
  }
  std::vector<std::string> names() {
    std::vector<std::string> names;
    run([&](Env& env) {
      const auto entries = env.disk.await_list("version-2");
      for (const DirectoryEntry& entry : entries.value()) names.push_back(entry.name);
    });
    return names;
  }
  SimNode& node() { return world_.node(1); }
  World& world() { return world_; }

 private:
  RandomOracle oracle_;
  World world_;
};

inline void append(TxnStore& store, const std::vector<TxnRecord>& records) {
  const auto done = store.await_append(records);
  if (!done) FAIL(done.error().what);
}
inline void append_synced(TxnStore& store, const std::vector<TxnRecord>& records) {
  append(store, records);
  REQUIRE(store.await_sync().ok());
}

inline std::vector<Zxid> zxids_of(TxnStore& store, Zxid after) {
  std::vector<Zxid> zxids;
  const auto records = store.await_read(after, 1 << 20);
  if (!records) FAIL(records.error().what);
  for (const TxnRecord& record : *records) zxids.push_back(record.zxid);
  return zxids;
}

inline void write_snapshot(TxnStore& store, Zxid zxid, std::string_view content,
                           SnapshotKind kind = SnapshotKind::taken) {
  auto writer = store.await_begin_snapshot(zxid, kind);
  REQUIRE(writer.ok());
  for (const char c : content) REQUIRE((*writer)->await_write(as_bytes({&c, 1})).ok());
  const auto done = store.await_finish_snapshot(std::move(*writer));
  if (!done) FAIL(done.error().what);
}

// Nothing when it cannot be read to its end.
inline std::optional<std::string> snapshot_content(TxnStore& store, Zxid zxid) {
  const auto reader = store.await_read_snapshot(zxid);
  if (!reader) return std::nullopt;
  std::string content;
  Buffer part(7);
  for (;;) {
    const auto got = (*reader)->await_read(part);
    if (!got) return std::nullopt;
    if (*got == 0) return content;
    content += as_text(ConstBytes(part).first(*got));
  }
}

}  // namespace weir
