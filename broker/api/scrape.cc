#include "broker/api/scrape.h"

#include <algorithm>

#include "broker/metrics/build_version.h"
#include "broker/metrics/exposition.h"

namespace weir {
namespace {

struct PartitionSample {
  TopicPartition tp;
  uint64_t size_bytes = 0;
  Offset log_start;
  Offset log_end;
  size_t segments = 0;
};

// Of one shard, and then of all.
struct Sample {
  ShardMetrics metrics;
  size_t request_queue = 0;
  size_t delayed_fetches = 0;
  uint32_t handlers = 0;
  Duration idle;
  Duration handled;  // that the handlers existed, over all of them
  size_t partition_count = 0;
  size_t offline_count = 0;
  std::vector<PartitionSample> partitions;  // the first, by name
};

std::unique_ptr<Sample> sample_of(ShardContext& shard) {
  auto sample = std::make_unique<Sample>();
  const TimePoint now = shard.env.clock.now();
  sample->metrics = shard.metrics;
  sample->request_queue = shard.requests.size();
  sample->delayed_fetches = shard.delayed_fetches.size();
  sample->handlers = shard.handlers;
  sample->idle = shard.idle_time.total(now);
  sample->handled = (now - shard.began) * shard.handlers;
  for (const auto& [tp, log] : shard.logs.logs()) {
    ++sample->partition_count;
    if (!log->online()) ++sample->offline_count;
    if (sample->partitions.size() == kMaxPartitionSeries) continue;
    sample->partitions.push_back(
        {tp, log->size_bytes(), log->log_start(), log->log_end(), log->segment_count()});
  }
  return sample;
}

std::unique_ptr<Sample> await_sample(ShardContext& shard0) {
  auto all = std::make_unique<Sample>();
  for (uint32_t i = 0; i < shard0.env.shards.count(); ++i) {
    auto one = shard0.await_on(i, sample_of);
    all->metrics.merge(one->metrics);
    all->request_queue += one->request_queue;
    all->delayed_fetches += one->delayed_fetches;
    all->handlers += one->handlers;
    all->idle += one->idle;
    all->handled += one->handled;
    all->partition_count += one->partition_count;
    all->offline_count += one->offline_count;
    std::ranges::move(one->partitions, std::back_inserter(all->partitions));
  }
  // Each shard gave its first ones, so the first of all are among them.
  std::ranges::sort(all->partitions, {}, &PartitionSample::tp);
  if (all->partitions.size() > kMaxPartitionSeries) all->partitions.resize(kMaxPartitionSeries);
  return all;
}

// Calls `each` with the name and the counters of each API that was asked for.
template <class Each>
void for_each_api(const ShardMetrics& metrics, Each each) {
  for (size_t i = 0; i < metrics.apis.size(); ++i) {
    if (metrics.apis[i].total_time.count() + metrics.apis[i].queue_time.count() > 0) {
      each(kApis[i].name, metrics.apis[i]);
    }
  }
  if (metrics.unknown_api.queue_time.count() > 0)
    each(std::string_view("unknown"), metrics.unknown_api);
}

void write_requests(Exposition& page, const Sample& all) {
  page.begin(Metric::requests);
  for_each_api(all.metrics, [&](std::string_view name, const ApiMetrics& api) {
    for (size_t version = 0; version < api.requests.size(); ++version) {
      if (api.requests[version] == 0) continue;
      page.sample({{"request", name}, {"version", std::to_string(version)}}, api.requests[version]);
    }
  });
  page.begin(Metric::errors);
  for_each_api(all.metrics, [&](std::string_view request, const ApiMetrics& api) {
    for (size_t slot = 0; slot < api.errors.size(); ++slot) {
      if (api.errors[slot] == 0) continue;
      page.sample({{"request", request}, {"error", name(ApiMetrics::error_of(slot))}},
                  api.errors[slot]);
    }
  });
  page.begin(Metric::refused_requests);
  for_each_api(all.metrics, [&](std::string_view name, const ApiMetrics& api) {
    page.sample({{"request", name}}, api.refused);
  });
  page.begin(Metric::request_queue_time);
  for_each_api(all.metrics, [&](std::string_view name, const ApiMetrics& api) {
    page.histogram({{"request", name}}, api.queue_time);
  });
  page.begin(Metric::request_time);
  for_each_api(all.metrics, [&](std::string_view name, const ApiMetrics& api) {
    page.histogram({{"request", name}}, api.total_time);
  });
}

void write_topics(Exposition& page, const TopicMetrics& topics) {
  const auto write = [&](Metric metric, uint64_t TopicCounters::*counter) {
    page.begin(metric);
    for (const auto& [topic, counters] : topics.own()) {
      page.sample({{"topic", topic}}, counters.*counter);
    }
    const uint64_t others = topics.others().*counter;
    if (others > 0) page.sample({{"topic", kOtherTopics}}, others);
  };
  write(Metric::topic_bytes_in, &TopicCounters::bytes_in);
  write(Metric::topic_bytes_out, &TopicCounters::bytes_out);
  write(Metric::topic_messages_in, &TopicCounters::messages_in);
}

void write_connections(Exposition& page, const BrokerConfig& config,
                       const ConnectionQuotas& connections) {
  const auto write = [&](Metric metric, auto value_of) {
    page.begin(metric);
    for (uint32_t i = 0; i < config.listeners.size(); ++i) {
      page.sample({{"listener", config.listeners[i].name}}, value_of(i));
    }
  };
  write(Metric::connections, [&](uint32_t i) { return connections.open_count(i); });
  write(Metric::refused_connections, [&](uint32_t i) { return connections.refused_count(i); });
}

void write_server(Exposition& page, const Sample& all, const ShardContext& shard0) {
  page.begin(Metric::request_queue_size);
  page.sample({}, all.request_queue);
  page.begin(Metric::handler_idle_percent);
  page.share({}, all.idle, all.handled);
  page.begin(Metric::handlers);
  page.sample({}, all.handlers);
  page.begin(Metric::handler_idle_time);
  page.sample({}, all.idle);
  write_connections(page, shard0.config, shard0.cluster->connections);
  page.begin(Metric::bytes_in);
  page.sample({}, all.metrics.bytes_in);
  page.begin(Metric::bytes_out);
  page.sample({}, all.metrics.bytes_out);
  write_topics(page, all.metrics.topics);
  page.begin(Metric::purgatory_size);
  page.sample({{"delayedoperation", "Fetch"}}, all.delayed_fetches);
}

void write_logs(Exposition& page, const Sample& all, size_t topic_count) {
  page.begin(Metric::topics);
  page.sample({}, topic_count);
  page.begin(Metric::partitions);
  page.sample({}, all.partition_count);
  page.begin(Metric::offline_partitions);
  page.sample({}, all.offline_count);
  const auto write = [&](Metric metric, auto value_of) {
    page.begin(metric);
    for (const PartitionSample& one : all.partitions) {
      page.sample(
          {{"topic", one.tp.topic}, {"partition", std::to_string(one.tp.partition.value())}},
          value_of(one));
    }
  };
  write(Metric::log_size, [](const PartitionSample& one) { return one.size_bytes; });
  write(Metric::log_start, [](const PartitionSample& one) { return one.log_start.value(); });
  write(Metric::log_end, [](const PartitionSample& one) { return one.log_end.value(); });
  write(Metric::log_segments, [](const PartitionSample& one) { return one.segments; });
  page.begin(Metric::left_out_partitions);
  page.sample({}, all.partition_count - all.partitions.size());
}

HttpAnswer await_metrics(ShardContext& shard0) {
  const auto all = await_sample(shard0);
  Exposition page;
  page.begin(Metric::build_info);
  page.sample({{"version", build_version()}}, 1);
  page.begin(Metric::uptime);
  page.sample({}, shard0.env.clock.now() - shard0.began);
  page.begin(Metric::recovery);
  page.sample({}, shard0.cluster->health.recovery);
  write_requests(page, *all);
  write_server(page, *all, shard0);
  write_logs(page, *all, shard0.metadata.topics().size());
  return {HttpStatus::ok, "text/plain; version=0.0.4; charset=utf-8", page.take()};
}

HttpAnswer await_ready(ShardContext& shard0) {
  uint64_t offline = 0;
  if (shard0.cluster->health.phase == Phase::serving) {
    for (uint32_t i = 0; i < shard0.env.shards.count(); ++i) {
      offline += shard0.await_on(i, [](ShardContext& there) {
        return std::ranges::count_if(there.logs.logs(),
                                     [](const auto& entry) { return !entry.second->online(); });
      });
    }
  }
  return ready_answer(shard0.cluster->health, offline);
}

}  // namespace

HttpAnswer await_answer_scrape(ShardContext& shard0, const HttpRequest& request) {
  if (request.path == "/metrics") return await_metrics(shard0);
  if (request.path == "/health/live") {
    return {HttpStatus::ok, "application/json", "{\"status\":\"live\"}\n"};
  }
  if (request.path == "/health/ready" || request.path == "/v1/status/ready") {
    return await_ready(shard0);
  }
  return {HttpStatus::not_found, "text/plain; charset=utf-8",
          "Not Found; there are /metrics, /health/live and /health/ready\n"};
}

}  // namespace weir
