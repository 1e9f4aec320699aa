#include "scenarios/probes.h"

namespace weir {
namespace {
constexpr Probe kProbes[] = {
    {"sometimes.coordination.group_commit", false, "session-expiry", "several changes shared a sync"},
    {"sometimes.coordination.outstanding_limit", false, "session-expiry", "the port was held, for too much was on its way"},
    {"sometimes.coordination.session_expired", false, "session-expiry", "a session was closed for its silence"},
    {"sometimes.coordination.session_taken_over", false, "session-expiry", "a client came back before its old connection had gone"},
    {"sometimes.coordination.stood_still", false, "session-expiry", "a service was paused, and blamed nobody"},
    {"sometimes.coordination.snapshot", false, "session-expiry", "a snapshot was written while the tree changed"},
    {"sometimes.fetch.incremental", false, "", "a fetch of a session named only what changed"},
    {"sometimes.fetch.parked", false, "", "a fetch waited for more bytes"},
    {"sometimes.log.damage_skipped", false, "disk-faults mixed-single", "recovery went on behind damage"},
    {"sometimes.log.duplicate", false, "", "a retry was recognised"},
    {"sometimes.log.flush_shared", false, "", "an append waited for another's sync"},
    {"sometimes.log.recovered_several_segments", false, "", "recovery read more than one segment"},
    {"sometimes.log.roll", false, "", "a segment was full"},
    {"sometimes.log.roll_by_time", true, "", "a segment was closed for its age"},
    {"sometimes.log.sealed", false, "", "a closed segment was synced and got its indexes"},
    {"sometimes.log.segment_deleted", false, "retention", "retention removed a segment"},
    {"sometimes.log.segment_dropped", true, "", "a segment stood behind a torn tail"},
    {"sometimes.log.segment_examined", true, "", "a reader met damage in a segment nobody had read"},
    {"sometimes.log.segment_set_aside", true, "", "a segment did not continue the log"},
    {"sometimes.log.segment_trusted", false, "", "a segment was opened without reading its batches"},
    {"sometimes.log.sliced", false, "", "records were given as a range of their file"},
    {"sometimes.log.tail_cut", false, "power-loss disk-faults mixed-single", "recovery cut a torn tail"},
    {"sometimes.log.written_anew", false, "power-loss disk-faults mixed-single", "a recovered segment was copied before it was believed"},
    {"sometimes.producer.gave_up", true, "", "a producer's time was up"},
    {"sometimes.producer.retried", false, "", "a producer sent a batch again"},
    {"sometimes.purgatory.cascaded", false, "", "an operation came down from an overflow wheel"},
    {"sometimes.purgatory.completed_by_watch", false, "", "what an operation waited for has come"},
    {"sometimes.purgatory.expired", false, "", "an operation waited until its deadline"},
    {"sometimes.purgatory.purged", false, "", "watch lists were swept of completed operations"},
    {"sometimes.replica.converted_down", false, "", "an old consumer read message sets"},
    {"sometimes.replica.produce_timed_out", false, "disk-faults mixed-single", "a sync took longer than a producer waits"},
    {"sometimes.replica.rewritten", false, "", "records were recompressed or converted up"},
    {"sometimes.metrics.all_connections_taken", false, "", "more scrapers than may connect"},
    {"sometimes.server.idle_closed", false, "", "a connection was closed because nothing came"},
    {"sometimes.server.memory_pool_full", false, "", "a connection waited for room for its request"},
    {"sometimes.server.reply_in_pieces", true, "", "an answer did not fit the socket"},
    {"sometimes.server.request_channel_full", false, "", "a processor waited for a handler"},
    {"sometimes.shards.channel_full", false, "", "a shard waited for room at another"},
    {"sometimes.txn_log.replaced_dropped", true, "session-expiry", "a log file of another history was removed"},
    {"sometimes.txn_log.rolled", true, "session-expiry", "a log file was full"},
    {"sometimes.txn_log.tail_cut", false, "session-expiry", "recovery cut a torn tail of transactions"},
    {"sometimes.txn_store.snapshot_passed_over", true, "session-expiry", "an older snapshot was taken for a damaged one"},
    {"sometimes.zookeeper_client.outcome_unknown", false, "session-expiry", "a connection broke behind a request"},
    {"sometimes.zookeeper_client.reconnected", false, "session-expiry", "a client came back to its session"},
    {"sometimes.zookeeper_client.session_expired", false, "session-expiry", "a client learned that its session is over"},
    {"sometimes.zookeeper_client.watches_renewed", false, "session-expiry", "a client said again what it watches"},
};
}  // namespace

std::span<const Probe> probes() { return kProbes; }

}  // namespace weir
