// Every metric that is offered: name, kind, labels, meaning. The page /metrics has them in this order,
// and the table in broker/metrics/README.md says the same (a test compares the two).
//
// What Kafka has, has the name that Prometheus' JMX exporter gives it, so that dashboards go on working;
// what it does not have begins with weir_.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>

namespace weir {

enum class MetricKind : uint8_t { counter, gauge, histogram };
std::string_view to_text(MetricKind kind);

enum class Metric : uint8_t {
  build_info,
  uptime,
  recovery,
  requests,
  errors,
  refused_requests,
  request_queue_time,
  request_time,
  request_queue_size,
  handler_idle_percent,
  handlers,
  handler_idle_time,
  connections,
  refused_connections,
  bytes_in,
  bytes_out,
  topic_bytes_in,
  topic_bytes_out,
  topic_messages_in,
  purgatory_size,
  topics,
  partitions,
  offline_partitions,
  log_size,
  log_start,
  log_end,
  log_segments,
  left_out_partitions,
};

struct MetricRow {
  Metric metric;
  std::string_view name;
  MetricKind kind;
  std::string_view labels;  // by comma
  std::string_view help;
};

inline constexpr MetricRow kMetrics[] = {
    {Metric::build_info, "weir_build_info", MetricKind::gauge, "version",
     "1, with the broker's version."},
    {Metric::uptime, "weir_uptime_seconds", MetricKind::gauge, "", "Time since the process began."},
    {Metric::recovery, "weir_recovery_duration_seconds", MetricKind::gauge, "",
     "What opening and recovering the logs took at the start; 0 until it is done."},
    {Metric::requests, "kafka_network_requestmetrics_requests_total", MetricKind::counter,
     "request,version",
     "Requests that a handler took up; without series: what nobody has asked for."},
    {Metric::errors, "kafka_network_requestmetrics_errors_total", MetricKind::counter,
     "request,error",
     "Error codes in answers, NONE too: one for each place of an answer that has one, such as a "
     "partition; without series: what was never answered."},
    {Metric::refused_requests, "weir_requests_refused_total", MetricKind::counter, "request",
     "Requests that closed their connection: malformed, of a version that is not served, or a "
     "failed "
     "produce that wanted no answer."},
    {Metric::request_queue_time, "weir_request_queue_duration_seconds", MetricKind::histogram,
     "request",
     "From a request's last byte until a handler took it up; refused requests count too."},
    {Metric::request_time, "weir_request_duration_seconds", MetricKind::histogram, "request",
     "From a request's last byte until its answer was given to the connection, waiting included; "
     "refused requests count too, until they were refused."},
    {Metric::request_queue_size, "kafka_network_requestchannel_requestqueuesize", MetricKind::gauge,
     "", "Requests that wait for a handler, over all shards."},
    {Metric::handler_idle_percent,
     "kafka_server_kafkarequesthandlerpool_requesthandleravgidlepercent", MetricKind::gauge, "",
     "Share of their time, 0 to 1, that handlers had nothing to do, since the process began."},
    {Metric::handlers, "weir_request_handlers", MetricKind::gauge, "",
     "Request handlers, over all shards."},
    {Metric::handler_idle_time, "weir_request_handler_idle_seconds_total", MetricKind::counter, "",
     "Time that handlers had nothing to do, over all of them: its rate by weir_request_handlers is "
     "their idle share."},
    {Metric::connections, "kafka_server_socket_server_metrics_connection_count", MetricKind::gauge,
     "listener", "Clients' connections that are open."},
    {Metric::refused_connections, "weir_connections_refused_total", MetricKind::counter,
     "listener", "Connections that a limit refused."},
    {Metric::bytes_in, "kafka_server_socket_server_metrics_incoming_byte_total",
     MetricKind::counter, "", "Bytes of the requests that handlers took up, sizes included."},
    {Metric::bytes_out, "kafka_server_socket_server_metrics_outgoing_byte_total",
     MetricKind::counter, "",
     "Bytes of the answers that were given to their connections, sizes included."},
    {Metric::topic_bytes_in, "kafka_server_brokertopicmetrics_bytesin_total", MetricKind::counter,
     "topic",
     "Bytes of records that logs took from producers; beyond 1000 topics the others are together "
     "in (others)."},
    {Metric::topic_bytes_out, "kafka_server_brokertopicmetrics_bytesout_total", MetricKind::counter,
     "topic",
     "Bytes of records in answers to fetches; beyond 1000 topics the others are together in "
     "(others)."},
    {Metric::topic_messages_in, "kafka_server_brokertopicmetrics_messagesin_total",
     MetricKind::counter, "topic",
     "Records that logs took from producers; beyond 1000 topics the others are together in "
     "(others)."},
    {Metric::purgatory_size, "kafka_server_delayedoperationpurgatory_purgatorysize",
     MetricKind::gauge, "delayedoperation",
     "Operations that wait for a condition or their deadline."},
    {Metric::topics, "kafka_controller_kafkacontroller_globaltopiccount", MetricKind::gauge, "",
     "Topics."},
    {Metric::partitions, "kafka_server_replicamanager_partitioncount", MetricKind::gauge, "",
     "Partitions whose log is open here."},
    {Metric::offline_partitions, "kafka_server_replicamanager_offlinereplicacount",
     MetricKind::gauge, "",
     "Of these, those whose log is offline: a write or sync failed, and a restart recovers it."},
    {Metric::log_size, "kafka_log_log_size", MetricKind::gauge, "topic,partition",
     "Bytes of the log's segments."},
    {Metric::log_start, "kafka_log_log_logstartoffset", MetricKind::gauge, "topic,partition",
     "The log's first offset."},
    {Metric::log_end, "kafka_log_log_logendoffset", MetricKind::gauge, "topic,partition",
     "The offset that the next record gets."},
    {Metric::log_segments, "kafka_log_log_numlogsegments", MetricKind::gauge, "topic,partition",
     "Segments of the log."},
    {Metric::left_out_partitions, "weir_metrics_partitions_left_out", MetricKind::gauge, "",
     "Partitions without series of their own, for a page has those of 2000."},
};

constexpr const MetricRow& row_of(Metric metric) { return kMetrics[static_cast<size_t>(metric)]; }
static_assert(
    [] {
      for (size_t i = 0; i < std::size(kMetrics); ++i) {
        if (static_cast<size_t>(kMetrics[i].metric) != i) return false;
      }
      return true;
    }(),
    "row_of finds a row by its place");

}  // namespace weir
