// One walk over the fields of a plan, for whoever reads, writes or draws them:
//
//   visit.section(name)                    what follows belongs to [name]
//   visit.number(key, field, low, high)    a whole number from low to high
//   visit.duration(key, field)             microseconds
//   visit.flag(key, field)   visit.text(key, field)
#pragma once

#include "scenarios/plan.h"

namespace weir {

template <class P, class V>
void plan_fields(P& plan, V& visit) {
  constexpr int64_t kMany = 1'000'000;
  visit.section("broker");
  visit.number("shards", plan.shards, 1, 64);
  visit.number("shard_channel_slots", plan.shard_channel_slots, 1, 1'000);
  visit.number("io_threads", plan.io_threads, 1, 1000);
  visit.number("queued_max_requests", plan.queued_max_requests, 1, kMany);
  visit.number("queued_max_request_bytes", plan.queued_max_request_bytes, 0, int64_t{1} << 31);
  visit.duration("connections_max_idle_us", plan.connections_max_idle);
  visit.number("segment_bytes", plan.segment_bytes, 14, int64_t{1} << 31);
  visit.number("index_interval_bytes", plan.index_interval_bytes, 0, int64_t{1} << 31);
  visit.number("retention_bytes", plan.retention_bytes, 0, int64_t{1} << 40);
  visit.duration("retention_check_us", plan.retention_check);
  visit.duration("checkpoint_us", plan.checkpoint);
  visit.flag("flush_before_ack", plan.flush_before_ack);
  visit.number("sector_bytes", plan.sector_bytes, 1, 1 << 16);
  visit.section("coordination");
  visit.flag("coordination", plan.coordination);
  visit.duration("session_timeout_us", plan.session_timeout);
  visit.duration("session_tick_us", plan.session_tick);
  visit.number("snapshot_count", plan.snapshot_count, 2, kMany);
  visit.number("snapshots_kept", plan.snapshots_kept, 1, 1'000);
  visit.flag("autocreate", plan.autocreate);
  visit.number("servers", plan.servers, 1, 5);
  visit.flag("ensemble", plan.ensemble);
  visit.flag("zab", plan.zab);
  visit.duration("election_timeout_us", plan.election_timeout);
  visit.duration("heartbeat_interval_us", plan.heartbeat_interval);
  visit.duration("start_within_us", plan.start_within);
  visit.number("lost_servers", plan.lost_servers, 0, 5);
  visit.number("lost_ways", plan.lost_ways, 0, 3);
  visit.duration("lost_at_us", plan.lost_at);
  visit.section("steering");
  visit.number("buggify_on_per_million", plan.buggify_on_per_million, 0, kMany);
  visit.number("buggify_fires_per_million", plan.buggify_fires_per_million, 0, kMany);
  visit.text("planted_bug", plan.planted_bug);
  visit.text("schedule", plan.schedule);
  visit.section("workload");
  visit.number("client_nodes", plan.client_nodes, 1, 100);
  visit.number("producers", plan.producers, 1, 1000);
  visit.number("readers", plan.readers, 1, 1000);
  visit.number("pipeliners", plan.pipeliners, 0, 1000);
  visit.number("admins", plan.admins, 0, 1000);
  visit.number("trimmers", plan.trimmers, 0, 1000);
  visit.number("partitions", plan.partitions, 1, 1000);
  visit.number("batches_per_producer", plan.batches_per_producer, 1, kMany);
  visit.number("records_per_batch_max", plan.records_per_batch_max, 1, 10'000);
  visit.number("value_bytes_max", plan.value_bytes_max, 0, kMany);
  visit.duration("think_time_max_us", plan.think_time_max);
  visit.duration("request_timeout_us", plan.request_timeout);
  visit.duration("poll_wait_us", plan.poll_wait);
  visit.duration("reconnect_backoff_max_us", plan.reconnect_backoff_max);
  visit.number("acks", plan.acks, -1, 1);
  visit.flag("idempotent", plan.idempotent);
  visit.number("producer_codecs", plan.producer_codecs, 1, 5);
  visit.number("topic_codec", plan.topic_codec, -1, 4);
  visit.flag("log_append_time", plan.log_append_time);
  visit.number("old_producers", plan.old_producers, 0, 1000);
  visit.number("old_readers", plan.old_readers, 0, 1000);
  visit.flag("fetch_sessions", plan.fetch_sessions);
  visit.section("phases");
  visit.duration("heal_at_us", plan.heal_at);
  visit.duration("settle_within_us", plan.settle_within);
}

}  // namespace weir
