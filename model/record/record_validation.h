// Record validation: may what a producer sent be appended, and as which bytes?
//
// One pure function between the wire and the log, for records that come from producers (not those
// of another replica). It answers with an error, or with what to append:
//
//   the very bytes that came   the common case; nothing is copied or allocated for a record
//   those, edited in place     LogAppendTime, or a max_timestamp that the producer got wrong
//   a rewritten buffer         an old message set, or compression.type other than the producer's
//
// What is checked, in this order:
//   size           at most max.message.bytes, after rewriting too                MESSAGE_TOO_LARGE
//   format         Produce 3 and above: format v2, one batch, nothing after it     INVALID_RECORD
//   checksum       CRC-32C of a batch, CRC-32 of an old message                   CORRUPT_MESSAGE
//   header         base offset 0, one record for each offset and at least one, no control batch, a
//                  sequence with a producer id                                    INVALID_RECORD
//                  no transaction                                              INVALID_TXN_STATE
//   codec          one that exists; zstd from Produce 7 on       UNSUPPORTED_COMPRESSION_TYPE
//   records        inside of a compressed batch too: as many as the header says, offsets without
//                  gaps, no bytes after the last; at most kDecompressedMaxBytes    INVALID_RECORD
//   timestamps     CreateTime only: within message.timestamp.before.max.ms and after.max.ms of the
//                  broker's clock; never claimed to be LogAppendTime           INVALID_TIMESTAMP
//
// Timestamps are judged record by record, and the answer names those that are at fault by their
// index in the batch (KIP-467). A record without a timestamp (-1) is not judged.
//
// Example: a topic with compression.type=gzip gets a plain batch of 3 records at Produce 9. The
// verdict has no error and `rewritten` is a gzip batch of 3 records with a new checksum.
//
// Not checked: the leader epoch (the broker overwrites it; clients send all kinds), sequences (the
// log's producer state does), keys of compacted topics.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/record/record_rules.h"
#include "model/types/error_code.h"

namespace weir {

// More records at fault than these are counted in the message and not listed.
inline constexpr size_t kListedRecordErrors = 100;

struct RejectedRecord {
  int32_t batch_index = 0;  // the record's position in the batch, from 0
  std::string message;
};

struct RecordVerdict {
  ErrorCode error = ErrorCode::none;
  std::string message;                   // with an error: what is wrong, and what would be right
  std::vector<RejectedRecord> rejected;  // with an error about single records
  std::optional<Buffer> rewritten;       // append these in place of what was sent
  WallTime log_append_time{-1};          // the time that all records were given; -1: their own
  // What the work was, for whoever pays in virtual time.
  uint64_t checksum_bytes = 0;
  uint64_t codec_bytes = 0;  // uncompressed bytes that a codec made or read
};

// `now` is the broker's wall clock. `sent` may be edited in place, and only when there is no error
// and no `rewritten`.
RecordVerdict validate_records(MutableBytes sent, const RecordRules& rules, WallTime now,
                               int16_t produce_version);

}  // namespace weir
