#include "tests/broker/crash_points/log_workload.h"

#include <fmt/format.h>

#include <map>

#include "model/record/batch_builder.h"
#include "model/record/batch_iterator.h"
#include "scenarios/workloads/values.h"
#include "sim/fiber/fan_out.h"

namespace weir {
namespace {

constexpr size_t kSenders = 4;

TopicPartition log_name() { return {"t", PartitionIndex{0}}; }

Buffer make_batches(const LogSender::UnderWay& what, ProducerId id, Sequence sequence) {
  Buffer all;
  const size_t each = what.values.size() / what.batches;
  for (size_t batch = 0; batch < what.batches; ++batch) {
    BatchOptions options;
    if (id != kNoProducerId) {
      options.producer_id = id;
      options.producer_epoch = ProducerEpoch{0};
      options.base_sequence = sequence + static_cast<int32_t>(batch * each);
    }
    BatchBuilder builder(options);
    for (size_t i = 0; i < each; ++i) {
      const Buffer value = make_value(what.values[batch * each + i], what.extra_bytes);
      // Times that go up and down, so that an index has to say more than the order does.
      const auto id = static_cast<int64_t>(what.values[batch * each + i]);
      builder.add({.timestamp = WallTime{1'000 + id * 7 % 5 * 100 + id}, .key = std::nullopt, .value = value});
    }
    append_bytes(all, builder.finish());
  }
  return all;
}

class LogWorkload final : public Workload {
 public:
  LogWorkload(Promises& promises, LogScript script)
      : promises_(promises), script_(std::move(script)) {
    for (size_t i = 0; i < kSenders; ++i) {
      senders_.push_back({.id = ProducerId{static_cast<int64_t>(7 + i)}, .under_way = {}});
    }
  }

  void prepare(Machine& machine) override {
    machine.watch(log_name());
    if (!script_.before) return;
    run(machine, script_.before);
    for (size_t i = 0; i < script_.crashes.size(); ++i) {
      if (i > 0) {
        machine.arm(script_.crash_at);
        live(machine, false);
        CHECK_MSG(machine.struck(), "the recovery has fewer boundaries");
      }
      machine.crash(*find_crash_mode(script_.crashes[i]));
    }
  }
  void live(Machine& machine, bool first) override {
    if (first && script_.first) return run(machine, script_.first);
    run(machine, [](LogLife& life) {
      life.await_send(0, 2);
      life.await_send(1, 1);
    });
  }

 private:
  void run(Machine& machine, const std::function<void(LogLife&)>& body) {
    machine.run([&](Env& env) { await_run(env, machine, body); });
  }
  void await_run(Env& env, Machine& machine, const std::function<void(LogLife&)>& body) {
    const std::string directory = to_string(log_name());
    (void)env.disk.await_create_directory(directory);
    (void)env.disk.await_sync_directory("");
    auto log = PartitionLog::await_open(env, directory, script_.settings, opening_);
    if (!log) {
      return promises_.violated(
          fmt::format("the log does not open: {}", to_text(log.error().kind)));
    }
    promises_.await_check_opened(**log, log_name(), machine.disk());
    LogLife life(env, **log, promises_, senders_, script_.settings, opening_);
    life.await_look_up_times();
    life.await_retry_all();
    body(life);
    (*log)->await_quiet();
  }

  Promises& promises_;
  const LogScript script_;
  std::vector<LogSender> senders_;
  LogOpening opening_;  // as durable as a checkpoint that was written
};

}  // namespace

AppendOutcome LogLife::await_append(LogSender& sender) {
  Buffer batches = make_batches(*sender.under_way, idempotent() ? sender.id : kNoProducerId,
                                sender.next);
  const AppendOutcome outcome = log_.await_append(batches);
  if (outcome.error != ErrorCode::none) {
    promises_.violated(fmt::format("an append is refused: {}", name(outcome.error)));
  }
  return outcome;
}

void LogLife::await_under_way(LogSender& sender) {
  const AppendOutcome outcome = await_append(sender);
  if (outcome.error != ErrorCode::none) return;
  if (const ErrorCode error = log_.await_durable(outcome.end); error != ErrorCode::none) {
    return promises_.violated(fmt::format("an append is not acked: {}", name(error)));
  }
  const DurabilityPromise promise = idempotent() ? DurabilityPromise::flushed_before_ack
                                                 : DurabilityPromise::not_flushed;
  Offset offset = outcome.base_offset;
  for (const uint64_t value : sender.under_way->values) {
    promises_.acked(log_name(), offset, value, promise);
    offset = offset + 1;
  }
  if (offset != outcome.end) {
    promises_.violated(fmt::format("{} records were acked up to offset {} from {} on",
                                   sender.under_way->values.size(), outcome.end.value(),
                                   outcome.base_offset.value()));
  }
  sender.next = sender.next + static_cast<int32_t>(sender.under_way->values.size());
  sender.under_way.reset();
}

void LogLife::await_send(size_t sender, size_t records, size_t extra_bytes, size_t batches) {
  LogSender& from = senders_.at(sender);
  LogSender::UnderWay what{{}, extra_bytes, batches};
  for (size_t i = 0; i < records; ++i) what.values.push_back(promises_.new_value());
  from.under_way = std::move(what);
  await_under_way(from);
}

void LogLife::await_append_only(size_t sender, size_t records, size_t extra_bytes) {
  LogSender& from = senders_.at(sender);
  LogSender::UnderWay what{{}, extra_bytes, 1};
  for (size_t i = 0; i < records; ++i) what.values.push_back(promises_.new_value());
  from.under_way = std::move(what);
  (void)await_append(from);
}

void LogLife::await_read() { promises_.await_served(log_, log_name()); }

void LogLife::await_flush() {
  if (const ErrorCode error = log_.await_flush(log_.log_end()); error != ErrorCode::none) {
    promises_.violated(fmt::format("a flush fails: {}", name(error)));
  }
}

void LogLife::await_close() { log_.await_close(); }

void LogLife::await_retention() {
  constexpr WallTime kMuchLater{1'000'000'000};
  log_.await_apply_retention(kMuchLater);
  // What was deleted is promised to stay so.
  promises_.log_started(log_name(), log_.log_start());
}

void LogLife::await_delete_all_but(int64_t kept) {
  const Offset from = std::max(log_.log_start(), log_.log_end() + -kept);
  if (const ErrorCode error = log_.await_delete_before(from); error != ErrorCode::none) {
    return promises_.violated(fmt::format("records are not deleted: {}", name(error)));
  }
  opening_.log_start = log_.log_start();
  promises_.log_started(log_name(), log_.log_start());
}

void LogLife::await_look_up_times() {
  std::map<int64_t, Offset> first;  // record of each timestamp
  for (Offset next = log_.log_start(); next < log_.visible_end();) {
    const PartitionLog::Read read = log_.await_read(next, 10'000);
    const BatchScan scan = scan_batches(read.records);
    if (scan.batches.empty()) return;  // told elsewhere
    for (const BatchView& batch : scan.batches) {
      BatchIterator iterator{batch};
      for (auto record = iterator.next(); record && *record; record = iterator.next()) {
        const Offset at = batch.base_offset() + (*record)->offset_delta;
        if (at >= log_.log_start()) first.emplace(iterator.timestamp_of(**record).value(), at);
      }
      next = batch.last_offset() + 1;
    }
  }
  // The first record at or after each of them.
  for (auto it = first.begin(); it != first.end(); ++it) {
    Offset expected = it->second;
    for (auto later = it; later != first.end(); ++later) expected = std::min(expected, later->second);
    const auto found = log_.await_find_timestamp(WallTime{it->first});
    if (found.error == ErrorCode::none && found.offset == expected) continue;
    promises_.violated(fmt::format("the first record at or after {} is at {}, and is said to be at {} ({})",
                                   it->first, expected.value(), found.offset.value(),
                                   name(found.error)));
  }
}

void LogLife::await_retry_all() {
  for (LogSender& sender : senders_) {
    if (!sender.under_way) continue;
    if (idempotent()) {
      await_under_way(sender);
    } else {
      sender.under_way.reset();
    }
  }
}

void LogLife::await_together(size_t count, const std::function<void(size_t)>& body) {
  await_all(env_.scheduler, count, [&](size_t i) { body(i); });
}

std::unique_ptr<Workload> make_log_workload(Promises& promises, LogScript script) {
  return std::make_unique<LogWorkload>(promises, std::move(script));
}

}  // namespace weir
