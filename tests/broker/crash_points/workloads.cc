// The table of workloads.
#include "tests/broker/crash_points/log_workload.h"

namespace weir {
namespace {

WorkloadRow log_row(std::string_view name, const LogScript& script, MachineOptions machine = {}) {
  return {name, machine,
          [script](Promises& promises) { return make_log_workload(promises, script); }};
}

constexpr LogSettings kRolling{.segment_bytes = 300, .flush_interval_messages = 1};
constexpr LogSettings kIndexed{.segment_bytes = 600,
                               .index_interval_bytes = 1,
                               .flush_interval_messages = 1};
constexpr LogSettings kUnflushedIndexed{.segment_bytes = 600, .index_interval_bytes = 1};
constexpr LogSettings kKeepLittle{.segment_bytes = 300,
                                  .flush_interval_messages = 1,
                                  .retention_bytes = 300};
constexpr LogSettings kKeepShortly{.segment_bytes = 300,
                                   .flush_interval_messages = 1,
                                   .retention = seconds(1)};
constexpr LogSettings kUnflushed{};
constexpr LogSettings kUnflushedRolling{.segment_bytes = 300};
constexpr MachineOptions kOtherOrder{.order = 1};
constexpr MachineOptions kThirdOrder{.order = 2};
constexpr MachineOptions kSmallLimits{.small_limits = true};

// A log with two acked batches and one that nobody has synced.
void await_unsynced_tail(LogLife& life) {
  life.await_send(0, 2);
  life.await_send(1, 1);
  life.await_append_only(0, 3, 60);
}

void await_large_tail(LogLife& life) {
  for (size_t i = 0; i < 3; ++i) life.await_send(i, 2, 150);
  life.await_append_only(0, 3, 200);
}

void await_some(LogLife& life) {
  for (size_t i = 0; i < 4; ++i) life.await_send(i % 2, 1 + i % 3);
}

// Side by side: their syncs are shared, and a roll meets a flush.
void await_group(LogLife& life) {
  life.await_together(4, [&life](size_t i) {
    life.await_send(i, 1 + i % 2);
    life.await_send(i, 1);
  });
}

}  // namespace

std::vector<WorkloadRow> log_workloads() {
  return {
      log_row("append", {.first = await_some}),
      log_row("append-large", {.first = [](LogLife& life) {
        life.await_send(0, 3, 400);
        life.await_send(0, 1, 900);
      }}),
      log_row("append-unflushed", {.settings = kUnflushed, .first = [](LogLife& life) {
        await_some(life);
        life.await_flush();
        await_some(life);
      }}),
      log_row("append-batches", {.settings = kUnflushed, .first = [](LogLife& life) {
        life.await_send(0, 4, 20, 2);
        life.await_flush();
        life.await_send(0, 6, 40, 3);
      }}),
      log_row("append-and-read", {.first = [](LogLife& life) {
        life.await_send(0, 1);
        life.await_append_only(1, 2);
        life.await_read();
        life.await_append_only(2, 1);
        life.await_read();
        life.await_flush();
        life.await_read();
      }}),
      log_row("group-commit", {.first = await_group}),
      log_row("group-commit-reordered", {.first = await_group}, kOtherOrder),
      log_row("group-commit-reordered-again", {.first = await_group}, kThirdOrder),
      log_row("roll", {.settings = kRolling, .first = await_some}),
      log_row("roll-unflushed", {.settings = kUnflushedRolling, .first = await_some}),
      log_row("roll-group-commit", {.settings = kRolling, .first = await_group}),
      log_row("roll-reordered", {.settings = kRolling, .first = await_group}, kOtherOrder),
      log_row("roll-reordered-again", {.settings = kRolling, .first = await_group}, kThirdOrder),
      // More batches than the producer state remembers, over several segments.
      log_row("producers", {.settings = {.segment_bytes = 700, .flush_interval_messages = 1},
                            .first = [](LogLife& life) {
        for (size_t i = 0; i < 14; ++i) life.await_send(i % 2, 1);
      }}),
      // Indexes and their growth, snapshots, and closing in order.
      log_row("index", {.settings = kIndexed, .first = [](LogLife& life) {
        for (size_t i = 0; i < 8; ++i) life.await_send(i % 2, 1);
        life.await_look_up_times();
      }}),
      log_row("close", {.first = [](LogLife& life) {
        await_some(life);
        life.await_close();
      }}),
      log_row("close-unflushed", {.settings = kUnflushedIndexed, .first = [](LogLife& life) {
        await_some(life);
        life.await_close();
      }}),
      log_row("close-small-batches", {.settings = {.index_interval_bytes = 1},
                                      .first = [](LogLife& life) {
        for (size_t i = 0; i < 6; ++i) life.await_send(i % 2, 1);
        life.await_close();
      }}),
      log_row("closed-and-on", {.settings = kIndexed, .before = [](LogLife& life) {
        await_some(life);
        life.await_close();
      }, .crashes = {"killed"}, .first = await_some}),
      // What goes from the beginning.
      log_row("retention-by-size", {.settings = kKeepLittle, .first = [](LogLife& life) {
        for (size_t i = 0; i < 8; ++i) life.await_send(i % 2, 1);
        life.await_retention();
        life.await_send(0, 1);
      }}),
      log_row("retention-by-time", {.settings = kKeepShortly, .first = [](LogLife& life) {
        for (size_t i = 0; i < 6; ++i) life.await_send(i % 2, 1);
        life.await_retention();
        life.await_send(0, 1);
      }}),
      log_row("delete-records", {.settings = kRolling, .first = [](LogLife& life) {
        for (size_t i = 0; i < 6; ++i) life.await_send(i % 2, 1);
        life.await_delete_all_but(2);
        life.await_retention();
        life.await_send(0, 1);
        life.await_delete_all_but(0);
        life.await_retention();
      }}),
      // What recovery itself writes: the cut tail, the copy beside the last segment.
      log_row("recover-torn-tail", {.before = await_unsynced_tail, .crashes = {"torn-prefix"}}),
      log_row("recover-garbage", {.before = await_unsynced_tail, .crashes = {"garbage"}},
              kSmallLimits),
      log_row("recover-zeros", {.before = await_unsynced_tail, .crashes = {"zeros"}}),
      // Scanned and copied in windows that are smaller than the log.
      log_row("recover-in-windows", {.before = await_large_tail, .crashes = {"torn-prefix"}},
              kSmallLimits),
      log_row("recover-killed", {.before = await_unsynced_tail, .crashes = {"killed"}},
              kSmallLimits),
      log_row("recover-rolled", {.settings = kRolling, .before = await_unsynced_tail,
                                 .crashes = {"killed"}}),
      log_row("recover-again", {.before = await_unsynced_tail, .crashes = {"torn-prefix", "kept"},
                                .crash_at = 12}),
      log_row("recover-again-killed", {.before = await_unsynced_tail,
                                       .crashes = {"garbage", "killed"}, .crash_at = 9}),
  };
}

std::vector<WorkloadRow> workload_table() {
  std::vector<WorkloadRow> all;
  for (const auto& part :
       {log_workloads(), metadata_workloads(), broker_workloads(), deletion_workloads()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

}  // namespace weir
