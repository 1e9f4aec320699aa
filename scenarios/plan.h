// Plan: a run as data.
//
// A seed is resolved into a plan before anything runs: topology, settings, workload, and every fault
// with its time and target. The plan is written out, and replays without the seed. What is left to
// chance while it runs (latencies, who runs next, which sectors a power loss takes) hangs from
// `choices_key`, a number of the plan like any other. Times are virtual.
//
// Machines: 1 is the broker, or 1 to `servers` are an ensemble; those behind them are the clients'.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/time.h"
#include "sim/fault/fault.h"

namespace weir {

struct Plan {
  static constexpr uint32_t kBroker = 1;

  std::string scenario;
  uint64_t seed = 0;         // where it came from; not used by the run
  uint64_t choices_key = 0;

  // Topology and settings of the broker.
  uint32_t client_nodes = 1;
  uint32_t shards = 1;
  uint32_t shard_channel_slots = 64;
  uint32_t io_threads = 4;
  uint32_t queued_max_requests = 16;
  uint64_t queued_max_request_bytes = 0;  // 0: no limit
  Duration connections_max_idle = seconds(600);
  uint64_t segment_bytes = 1 << 20;
  uint64_t index_interval_bytes = 4096;
  uint64_t retention_bytes = 0;  // log.retention.bytes; 0: no limit
  Duration retention_check = seconds(300);
  Duration checkpoint = seconds(60);  // log.flush.offset.checkpoint.interval.ms
  bool flush_before_ack = true;  // log.flush.interval.messages = 1; else Kafka's default
  uint32_t sector_bytes = 512;   // what its disk writes whole or not at all

  // Of the scenarios about coordination: machine 1 runs a coordination service instead of a broker.
  bool coordination = false;
  Duration session_timeout = milliseconds(400);
  Duration session_tick = milliseconds(50);  // coordinator.tick.time.ms
  uint32_t snapshot_count = 100'000;         // coordinator.snapshot.count
  uint32_t snapshots_kept = 3;               // coordinator.snapshots.retained
  bool autocreate = true;                    // coordinator.db.autocreate

  // Of an ensemble: machines 1 to `servers` run it, one server each. With `ensemble` a single server is one, too.
  uint32_t servers = 1;
  bool ensemble = false;
  bool zab = false;                          // coordinator.consensus = zab, else raft
  Duration election_timeout = milliseconds(400);
  Duration heartbeat_interval = milliseconds(80);
  Duration start_within;  // each server is started for the first time at some time up to this
  // So many servers, drawn when it happens, are lost at this time: by their power (0), or as by the fault
  // `isolate`. They never come back while a majority is left, else when all is healed.
  uint32_t lost_servers = 0;
  uint32_t lost_ways = 0;
  Duration lost_at;

  // Steering (sim/env/buggify.h), chances per million.
  uint32_t buggify_on_per_million = 0;
  uint32_t buggify_fires_per_million = 250'000;
  std::string planted_bug;  // empty, or a name from planted_bugs()
  std::string schedule = "random";  // who runs next: see sim/world/schedule

  // Workload.
  uint32_t producers = 2;
  uint32_t readers = 1;
  uint32_t pipeliners = 0;  // clients that send several requests before they read an answer
  uint32_t admins = 0;      // clients that create topics, delete some and give some more partitions
  uint32_t trimmers = 0;    // clients that delete records and change the topic's segment.bytes
  uint32_t partitions = 2;
  uint32_t batches_per_producer = 20;
  uint32_t records_per_batch_max = 4;
  uint32_t value_bytes_max = 200;
  Duration think_time_max = milliseconds(50);
  Duration request_timeout = milliseconds(250);
  Duration poll_wait = milliseconds(20);
  Duration reconnect_backoff_max = milliseconds(50);
  int16_t acks = -1;
  bool idempotent = true;
  // Producer p compresses with codec p mod producer_codecs: 1 is none of them, 5 all in turn.
  uint32_t producer_codecs = 1;
  int32_t topic_codec = -1;      // compression.type; -1: the producer's
  bool log_append_time = false;  // message.timestamp.type
  // The last so many of each, but never the first, speak the message formats 0 and 1.
  uint32_t old_producers = 0;
  uint32_t old_readers = 0;
  bool fetch_sessions = false;  // the other readers fetch incrementally (KIP-227)

  std::vector<Fault> faults;             // by time
  Duration heal_at;                      // no fault lasts beyond it
  Duration settle_within = seconds(60);  // then everything must be done, or liveness has failed

  [[nodiscard]] uint32_t nodes() const { return servers + client_nodes; }
  [[nodiscard]] bool is_ensemble() const { return servers > 1 || ensemble; }
  // Whether what is left of it may go on deciding.
  [[nodiscard]] bool keeps_quorum() const { return lost_servers < (servers + 1) / 2; }
  friend bool operator==(const Plan&, const Plan&) = default;
};

// A bug that a run can plant to see whether it is found; its site is "bug." + name.
struct PlantedBug {
  std::string_view name;
  std::string_view scenario;  // where it is found
  std::string_view summary;
};
std::vector<PlantedBug> planted_bugs();

}  // namespace weir
