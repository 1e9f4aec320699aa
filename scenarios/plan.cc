#include "scenarios/plan.h"

namespace weir {

std::vector<PlantedBug> planted_bugs() {
  return {
      {"ack-before-fsync", "power-loss", "the ack is sent while its sync is under way"},
      {"no-directory-fsync", "power-loss", "a new segment's name is not synced"},
      {"recovery-trusts-page-cache", "power-loss", "recovery believes what it has not synced"},
      {"torn-tail-accepted", "power-loss", "recovery appends behind a torn tail"},
      {"crc-unchecked", "disk-faults", "recovery does not look at checksums"},
      {"producer-state-lost", "power-loss", "a restart forgets the producers' sequences"},
      {"duplicate-accepted-after-recovery", "power-loss", "a retry across a restart is appended anew"},
      {"fsync-retried-after-eio", "disk-faults", "a failed fsync is called again and believed"},
      {"short-write-ignored", "power-loss", "a write that did less than asked counts as done"},
      {"roll-loses-batch", "power-loss", "a full segment is not synced when the next one begins"},
      {"offset-assigned-twice", "power-loss", "two appends at once take the same offset"},
      {"wakeup-lost", "power-loss", "a turn between the check and the wait for a flush"},
      {"read-unsynced", "power-loss", "readers see what a power loss can take back"},
      {"eio-swallowed", "disk-faults", "an append that failed is acked"},
      {"corruption-skipped", "disk-faults", "readers are led over damaged records without a word"},
      {"recovery-point-ahead-of-sync", "retention", "a snapshot says durable what was not synced"},
      {"clean-shutdown-marker-too-early", "retention", "a log says it is closed before it is synced"},
      {"deleted-segment-resurrected", "retention", "a deleted segment's name is not synced away"},
      {"no-space-leaves-tail", "disk-faults", "a refused append leaves its bytes in the file"},
      {"only-last-segment-recovered", "power-loss", "a restart forgets all segments but one"},
      {"replaced-in-place", "power-loss", "small files are overwritten instead of replaced"},
      {"producer-id-reused", "power-loss", "a restart hands out producer ids again"},
      {"request-channel-deadlock", "power-loss", "parked requests go round through the full channel"},
      {"response-out-of-order", "power-loss", "a connection is read on before it was answered"},
      {"timer-lost-on-the-wheel", "power-loss", "what comes down from an overflow wheel is never due"},
      {"cross-shard-message-dropped", "power-loss", "a full channel between shards loses a message"},
      {"retry-with-new-sequence", "power-loss", "the producer gives a retry another sequence"},
      {"ack-on-timeout", "power-loss", "the producer takes silence for an ack"},
      {"consumer-drops-first-batch", "power-loss", "the consumer drops a record at a batch's edge"},
      {"coordination-ack-before-fsync", "session-expiry", "a change is answered before it is synced"},
      {"coordination-snapshot-without-tail", "session-expiry", "recovery forgets the log behind the snapshot"},
      {"coordination-sessions-lost", "session-expiry", "a restart forgets the sessions, not their nodes"},
      {"zookeeper-watches-not-renewed", "session-expiry", "a client that comes back forgets what it watches"},
      {"txn-sync-skipped", "session-expiry", "the log of transactions is not synced"},
      {"txn-file-name-not-synced", "session-expiry", "a new log file's name is not synced"},
      {"txn-torn-tail-kept", "session-expiry", "recovery appends behind a torn tail"},
      {"txn-tail-not-rewritten", "session-expiry", "recovery believes what it has not synced"},
      {"txn-purge-too-much", "session-expiry", "log files that the oldest snapshot needs are removed"},
  };
}

}  // namespace weir
