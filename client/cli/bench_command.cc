// weir bench produce | consume: how fast a broker is, seen from one client process.
//
// The line that it prints is that of kafka-producer-perf-test, with decimals in the percentiles. A
// latency is that of one request (a batch of --batch-records, or a fetch), not of one record.
#include <fmt/core.h>

#include <limits>
#include <map>
#include <memory>
#include <optional>

#include "client/admin/admin.h"
#include "client/cli/command.h"
#include "client/cli/json_line.h"
#include "client/cli/latencies.h"
#include "client/producer/producer.h"
#include "client/simple/simple_consumer.h"
#include "model/protocol/list_offsets.h"
#include "sim/fiber/fan_out.h"

namespace weir {
namespace {

constexpr Site kPayload{"weir.bench_payload"};

struct Options {
  std::string topic;
  int64_t records = 0;  // the two commands have defaults of their own
  int record_bytes = 100;
  int batch_records = 500;
  int fetch_bytes = 1 << 20;
  int clients = 1;
  int acks = -1;
  Compression compression = Compression::none;
};

// What all clients of a run share; they take turns on one thread.
struct Run {
  TimePoint began;
  int64_t left = 0;  // records that nobody has taken on yet; consumers: that nobody has read
  uint64_t records = 0;
  uint64_t bytes = 0;
  Latencies latencies;
  int status = kDone;

  [[nodiscard]] bool goes_on(const Context& context) const {
    return left > 0 && status == kDone && !context.stop.is_set();
  }
};

void report(const Context& context, std::string_view did, const Run& run) {
  const Duration took = context.env.clock.now() - run.began;
  const double seconds_taken = static_cast<double>(std::max<int64_t>(took.ns(), 1)) / 1e9;
  const double rate = static_cast<double>(run.records) / seconds_taken;
  const double megabytes = static_cast<double>(run.bytes) / (1 << 20) / seconds_taken;
  const Latencies& each = run.latencies;
  if (context.json) {
    context.terminal.print(JsonLine()
                               .add("records", run.records)
                               .add("bytes", run.bytes)
                               .add("elapsed_ms", seconds_taken * 1000)
                               .add("records_per_second", rate)
                               .add("mb_per_second", megabytes)
                               .add("requests", each.count())
                               .add("latency_mean_ms", each.mean_ms())
                               .add("latency_max_ms", each.max_ms())
                               .add("latency_p50_ms", each.percentile_ms(500))
                               .add("latency_p95_ms", each.percentile_ms(950))
                               .add("latency_p99_ms", each.percentile_ms(990))
                               .add("latency_p999_ms", each.percentile_ms(999))
                               .text());
    return;
  }
  context.terminal.print(fmt::format(
      "{} records {}, {:.1f} records/sec ({:.2f} MB/sec), {:.2f} ms avg latency, {:.2f} ms max "
      "latency, {:.2f} ms 50th, {:.2f} ms 95th, {:.2f} ms 99th, {:.2f} ms 99.9th.",
      run.records, did, rate, megabytes, each.mean_ms(), each.max_ms(), each.percentile_ms(500),
      each.percentile_ms(950), each.percentile_ms(990), each.percentile_ms(999)));
}

// How many partitions the topic has; nothing after it has said why that is not known.
std::optional<int32_t> await_partitions(Context& context, const std::string& wanted) {
  Admin admin(context.env, context.session);
  const auto topics = admin.await_topics(context.deadline());
  if (!topics) {
    no_answer(context, topics.error());
    return std::nullopt;
  }
  for (const TopicDescription& topic : *topics) {
    if (topic.name == wanted) return topic.partitions;
  }
  refused(context, wanted, ErrorCode::unknown_topic_or_partition);
  return std::nullopt;
}

// Capital letters by chance, as Kafka's tool sends: compressible, but not to nothing.
std::string make_payload(Random& random, int bytes) {
  std::string payload;
  for (int i = 0; i < bytes; ++i) payload += static_cast<char>('A' + random.choose(kPayload, 26));
  return payload;
}

void await_produce_client(Context& context, const Options& options, const TopicPartition& tp,
                          Run& run) {
  Producer producer(context.env, context.session,
                    {.acks = static_cast<int16_t>(options.acks),
                     .idempotent = options.acks == -1,
                     .compression = options.compression,
                     .delivery_timeout = context.timeout});
  const std::string payload = make_payload(context.env.random, options.record_bytes);
  while (run.goes_on(context)) {
    const int64_t count = std::min<int64_t>(options.batch_records, run.left);
    run.left -= count;
    const NewRecord record{
        .timestamp = context.env.clock.wall_now(), .key = std::nullopt, .value = as_bytes(payload)};
    const std::vector<NewRecord> records(static_cast<size_t>(count), record);
    const TimePoint sent = context.env.clock.now();
    const SendOutcome outcome = producer.await_send(tp, records);
    if (outcome.kind != SendOutcome::Kind::acked) {
      run.status = refused(context, to_string(tp), outcome.error);
      return;
    }
    run.latencies.add(context.env.clock.now() - sent);
    run.records += static_cast<uint64_t>(count);
    run.bytes += static_cast<uint64_t>(count) * payload.size();
  }
}

int await_produce(Context& context, const Options& options) {
  const auto partitions = await_partitions(context, options.topic);
  if (!partitions) return kFailed;
  Run run{.began = context.env.clock.now(), .left = options.records};
  await_all(context.env.scheduler, static_cast<size_t>(options.clients), [&](size_t client) {
    const PartitionIndex partition{static_cast<int32_t>(client) % *partitions};
    await_produce_client(context, options, {options.topic, partition}, run);
  });
  report(context, "sent", run);
  return run.status;
}

// From the partition's start to where it ends now.
void await_read_partition(Context& context, const Options& options, const TopicPartition& tp,
                          Run& run) {
  Admin admin(context.env, context.session);
  const auto start = admin.await_offset(tp, list_offsets::kEarliest, context.deadline());
  const auto end = admin.await_offset(tp, list_offsets::kLatest, context.deadline());
  if (!start || !end) {
    run.status = no_answer(context, !start ? start.error() : end.error());
    return;
  }
  if (start->error != ErrorCode::none || end->error != ErrorCode::none) {
    run.status = refused(context, to_string(tp),
                         start->error != ErrorCode::none ? start->error : end->error);
    return;
  }
  SimpleConsumer consumer(context.env, context.session, context.timeout);
  for (Offset next = start->offset; next < end->offset && run.goes_on(context);) {
    const TimePoint asked = context.env.clock.now();
    const PollOutcome poll = consumer.await_poll(tp, next, options.fetch_bytes, milliseconds(500));
    if (!poll.answered) {
      run.status = no_answer(context, {RpcError::Kind::network, "the fetch got none"});
      return;
    }
    if (poll.error != ErrorCode::none) {
      run.status = refused(context, to_string(tp), poll.error);
      return;
    }
    if (poll.records.empty()) return;  // only control batches, or what was deleted meanwhile
    run.latencies.add(context.env.clock.now() - asked);
    for (const ConsumedRecord& record : poll.records) {
      run.bytes += record.key.size() + record.value.size();
    }
    run.records += poll.records.size();
    run.left -= static_cast<int64_t>(poll.records.size());
    next = poll.records.back().offset + 1;
  }
}

int await_consume(Context& context, const Options& options) {
  const auto partitions = await_partitions(context, options.topic);
  if (!partitions) return kFailed;
  Run run{.began = context.env.clock.now(),
          .left = options.records == 0 ? std::numeric_limits<int64_t>::max() : options.records};
  await_all(context.env.scheduler, static_cast<size_t>(options.clients), [&](size_t client) {
    for (auto p = static_cast<int32_t>(client); p < *partitions; p += options.clients) {
      if (run.goes_on(context)) {
        await_read_partition(context, options, {options.topic, PartitionIndex{p}}, run);
      }
    }
  });
  report(context, "read", run);
  return run.status;
}

void add_produce(CLI::App& bench, const std::shared_ptr<Options>& options, Invocation& invocation) {
  CLI::App* const produce = bench.add_subcommand("produce", "send batches, one after another");
  produce->footer(
      "Examples:\n"
      "  weir bench produce events --records 1000000 --record-bytes 100\n"
      "  weir bench produce events --clients 4 --compression lz4 --json");
  produce->add_option("topic", options->topic, "must exist")->required();
  produce->add_option("--records", options->records)
      ->default_val(100'000)
      ->check(CLI::Range(int64_t{1}, int64_t{1'000'000'000'000}));
  produce->add_option("--record-bytes", options->record_bytes)
      ->capture_default_str()
      ->check(CLI::Range(1, 100 << 20));
  produce->add_option("--batch-records", options->batch_records, "in each request")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000));
  produce->add_option("--clients", options->clients, "each with a connection and one request")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000));
  produce->add_option("--acks", options->acks, "0, 1 or -1 (all, and idempotent)")
      ->capture_default_str()
      ->check(CLI::IsMember({-1, 0, 1}));
  const std::map<std::string, Compression> codecs{{"none", Compression::none},
                                                  {"gzip", Compression::gzip},
                                                  {"snappy", Compression::snappy},
                                                  {"lz4", Compression::lz4},
                                                  {"zstd", Compression::zstd}};
  produce->add_option("--compression", options->compression, "none, gzip, snappy, lz4 or zstd")
      ->transform(CLI::CheckedTransformer(codecs));
  produce->callback([options, &invocation] {
    invocation.run = [options](Context& context) { return await_produce(context, *options); };
  });
}

void add_consume(CLI::App& bench, const std::shared_ptr<Options>& options, Invocation& invocation) {
  CLI::App* const consume = bench.add_subcommand("consume", "read what stands in a topic now");
  consume->footer(
      "Examples:\n  weir bench consume events\n"
      "  weir bench consume events --records 1000000 --clients 4 --json");
  consume->add_option("topic", options->topic, "must exist")->required();
  consume
      ->add_option("--records", options->records, "stop after about this many; default: read all")
      ->check(CLI::Range(int64_t{1}, int64_t{1'000'000'000'000}));
  consume->add_option("--fetch-bytes", options->fetch_bytes, "in each answer")
      ->capture_default_str()
      ->check(CLI::Range(1, 100 << 20));
  consume->add_option("--clients", options->clients, "they share the partitions among them")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000));
  consume->callback([options, &invocation] {
    invocation.run = [options](Context& context) { return await_consume(context, *options); };
  });
}

}  // namespace

void add_bench_command(CLI::App& app, Invocation& invocation) {
  CLI::App* const bench = app.add_subcommand("bench", "records/s, MB/s and latencies of a broker");
  bench->require_subcommand(1);
  bench->footer(
      "Examples:\n  weir bench produce events --records 1000000\n"
      "  weir bench consume events --json");
  add_produce(*bench, std::make_shared<Options>(), invocation);
  add_consume(*bench, std::make_shared<Options>(), invocation);
}

}  // namespace weir
