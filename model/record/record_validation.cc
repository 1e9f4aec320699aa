#include "model/record/record_validation.h"

#include <limits>

#include "model/record/batch_records.h"
#include "model/record/message_set.h"
#include "sim/base/check.h"

namespace weir {
namespace {

constexpr int16_t kFirstWithBatches = 3;  // Produce versions
constexpr int16_t kFirstWithZstd = 7;
constexpr WallTime kNoTimestamp{-1};

RecordVerdict refuse(ErrorCode error, std::string message) {
  return {.error = error, .message = std::move(message)};
}

// `a - b`, saturating.
int64_t difference(WallTime a, WallTime b) {
  int64_t result = 0;
  if (!__builtin_sub_overflow(a.value(), b.value(), &result)) return result;
  return a > b ? std::numeric_limits<int64_t>::max() : std::numeric_limits<int64_t>::min();
}

// Judges the timestamps of records, one after the other.
class TimestampJudge {
 public:
  TimestampJudge(const RecordRules& rules, WallTime now) : rules_(rules), now_(now) {}

  void see(TimestampType type, WallTime timestamp) {
    const int32_t index = count_++;
    if (index == 0 || timestamp > max_timestamp_) max_timestamp_ = timestamp;
    if (type == TimestampType::log_append_time) {
      return reject(index, "claims LogAppendTime, which is the broker's to give; send CreateTime");
    }
    if (rules_.timestamp_type == TimestampType::log_append_time || timestamp == kNoTimestamp)
      return;
    if (difference(now_, timestamp) > rules_.timestamp_before_max_ms) {
      reject(index, distance(timestamp,
                             " ms before the broker's clock; "
                             "message.timestamp.before.max.ms allows ",
                             difference(now_, timestamp), rules_.timestamp_before_max_ms));
    } else if (difference(timestamp, now_) > rules_.timestamp_after_max_ms) {
      reject(index, distance(timestamp,
                             " ms after the broker's clock; "
                             "message.timestamp.after.max.ms allows ",
                             difference(timestamp, now_), rules_.timestamp_after_max_ms));
    }
  }

  [[nodiscard]] WallTime max_timestamp() const { return max_timestamp_; }

  // Nothing when every record was right.
  [[nodiscard]] std::optional<RecordVerdict> verdict() {
    if (rejected_count_ == 0) return std::nullopt;
    RecordVerdict verdict =
        refuse(ErrorCode::invalid_timestamp,
               std::to_string(rejected_count_) + " of " + std::to_string(count_) +
                   " records have an invalid timestamp; the first " + rejected_.front().message);
    verdict.rejected = std::move(rejected_);
    return verdict;
  }

 private:
  static std::string distance(WallTime timestamp, std::string_view where, int64_t is_ms,
                              int64_t may_ms) {
    return "has the timestamp " + std::to_string(timestamp.value()) + ", " + std::to_string(is_ms) +
           std::string(where) + std::to_string(may_ms);
  }
  void reject(int32_t index, std::string message) {
    ++rejected_count_;
    if (rejected_.size() < kListedRecordErrors) rejected_.push_back({index, std::move(message)});
  }

  const RecordRules& rules_;
  const WallTime now_;
  int32_t count_ = 0;
  WallTime max_timestamp_ = kNoTimestamp;
  size_t rejected_count_ = 0;
  std::vector<RejectedRecord> rejected_;
};

RecordVerdict too_large(size_t bytes, const RecordRules& rules) {
  return refuse(ErrorCode::message_too_large, "the batch has " + std::to_string(bytes) +
                                                  " bytes, max.message.bytes is " +
                                                  std::to_string(rules.max_message_bytes));
}

RecordVerdict too_much_inside() {
  return refuse(ErrorCode::message_too_large, "the records decompress to more than " +
                                                  std::to_string(kDecompressedMaxBytes) +
                                                  " bytes; send smaller batches");
}

RecordVerdict unsupported_codec(Compression codec) {
  return refuse(ErrorCode::unsupported_compression_type,
                codec == Compression::zstd
                    ? "zstd needs Produce version 7 or above and format 2; update the client or "
                      "choose another compression.type"
                    : "compression type " + std::to_string(static_cast<int>(codec)) +
                          " does not exist; use none, gzip, snappy, lz4 or zstd");
}

// --- format 2 ------------------------------------------------------------------------------------

RecordVerdict malformed(BatchError error, int16_t produce_version) {
  switch (error) {
    case BatchError::bad_magic:
      return refuse(ErrorCode::invalid_record,
                    "Produce version " + std::to_string(produce_version) +
                        " takes record batches of format 2 only; send older message sets with "
                        "version 2 or below");
    case BatchError::bad_offset:
    case BatchError::bad_record_count:
      return refuse(ErrorCode::invalid_record,
                    "the batch's offsets and its count of records do not fit each other (" +
                        std::string(name(error)) + ")");
    case BatchError::bad_record:
      return refuse(ErrorCode::invalid_record,
                    "a record is malformed, or the batch holds other records than its header says");
    case BatchError::bad_compression:
      return refuse(ErrorCode::invalid_record,
                    "the records are not what the batch's compression type writes");
    case BatchError::too_large: return too_much_inside();
    default:
      return refuse(ErrorCode::corrupt_message,
                    "the batch arrived damaged (" + std::string(name(error)) + "); send it again");
  }
}

// What the header alone tells; nothing when it is right.
std::optional<RecordVerdict> judge_header(const BatchView& batch, size_t sent_bytes,
                                          int16_t produce_version) {
  if (batch.bytes().size() != sent_bytes) {
    return refuse(ErrorCode::invalid_record,
                  "more than one batch for a partition; send them in requests of their own");
  }
  if (batch.base_offset() != Offset{0}) {
    return refuse(ErrorCode::invalid_record, "the batch's base offset is " +
                                                 std::to_string(batch.base_offset().value()) +
                                                 "; a producer sends 0");
  }
  if (!batch.is_dense() || batch.record_count() == 0) {
    return refuse(ErrorCode::invalid_record,
                  "the batch has " + std::to_string(batch.record_count()) + " records for " +
                      std::to_string(int64_t{batch.last_offset_delta()} + 1) +
                      " offsets; send one for each, and at least one");
  }
  if (batch.is_control()) {
    return refuse(ErrorCode::invalid_record, "control records are written by brokers only");
  }
  if (batch.is_transactional()) {
    return refuse(ErrorCode::invalid_txn_state, "there is no transaction to add the batch to");
  }
  if (batch.producer_id() >= ProducerId{0} && batch.base_sequence() < Sequence{0}) {
    return refuse(ErrorCode::invalid_record, "the batch has a producer id and no base sequence");
  }
  if (batch.compression() > Compression::zstd ||
      (batch.compression() == Compression::zstd && produce_version < kFirstWithZstd)) {
    return unsupported_codec(batch.compression());
  }
  return std::nullopt;
}

// The same batch with its records compressed by `codec`; the checksum is still the old one.
Buffer with_codec(const BatchView& batch, ConstBytes plain_records, Compression codec) {
  const ConstBytes header = batch.bytes().first(kBatchHeaderBytes);
  Buffer rewritten(header.begin(), header.end());
  append_bytes(rewritten, codec == Compression::none ? plain_records
                                                     : ConstBytes{compress(codec, plain_records)});
  uint8_t* const at = rewritten.data();
  store_big_endian(at + batch_at::length,
                   static_cast<int32_t>(rewritten.size() - kBatchPrefixBytes));
  store_big_endian(at + batch_at::attributes,
                   static_cast<int16_t>((batch.attributes() & ~7) | static_cast<int>(codec)));
  return rewritten;
}

RecordVerdict validate_batch(MutableBytes sent, const RecordRules& rules, WallTime now,
                             int16_t produce_version) {
  if (sent.size() > rules.max_message_bytes) return too_large(sent.size(), rules);
  // Before anything else, so that an old message set is named for what it is.
  if (sent.size() > batch_at::magic && sent[batch_at::magic] != kBatchMagic) {
    return malformed(BatchError::bad_magic, produce_version);
  }
  const auto batch = parse_batch(sent);
  if (!batch) return malformed(batch.error(), produce_version);
  if (auto refused = judge_header(*batch, sent.size(), produce_version)) return *std::move(refused);
  const auto records = BatchRecords::open(*batch);
  if (!records) return malformed(records.error(), produce_version);

  TimestampJudge timestamps{rules, now};
  BatchIterator each = records->iterator(RecordHeaders::skip);
  RecordView record;
  for (;;) {
    const auto more = each.next_into(record);
    if (!more) return malformed(more.error(), produce_version);
    if (!*more) break;
    timestamps.see(batch->timestamp_type(), each.timestamp_of(record));
  }
  if (auto refused = timestamps.verdict()) return *std::move(refused);
  RecordVerdict verdict;
  verdict.codec_bytes = records->decompressed_bytes();

  const bool stamps = rules.timestamp_type == TimestampType::log_append_time;
  if (stamps) verdict.log_append_time = now;
  const WallTime max_timestamp = stamps ? now : timestamps.max_timestamp();
  const Compression codec = rules.compression.value_or(batch->compression());
  if (codec != batch->compression()) {
    verdict.rewritten = with_codec(*batch, records->bytes(), codec);
    verdict.codec_bytes += records->bytes().size();
    verdict.checksum_bytes += verdict.rewritten->size();
    if (verdict.rewritten->size() > rules.max_message_bytes) {
      return too_large(verdict.rewritten->size(), rules);
    }
    set_max_timestamp(*verdict.rewritten, rules.timestamp_type, max_timestamp);
  } else if (stamps || batch->max_timestamp() != max_timestamp) {
    verdict.checksum_bytes += sent.size();
    set_max_timestamp(sent, rules.timestamp_type, max_timestamp);
  }
  return verdict;
}

// --- formats 0 and 1 -----------------------------------------------------------------------------

RecordVerdict malformed(MessageSetError error) {
  switch (error) {
    case MessageSetError::unknown_codec: return unsupported_codec(Compression::zstd);
    case MessageSetError::too_large: return too_much_inside();
    case MessageSetError::too_short:
    case MessageSetError::bad_size:
    case MessageSetError::bad_crc:
      return refuse(ErrorCode::corrupt_message, "the message set arrived damaged (" +
                                                    std::string(name(error)) + "); send it again");
    default:
      return refuse(ErrorCode::invalid_record,
                    "the message set is malformed (" + std::string(name(error)) + ")");
  }
}

// The codec of a wrapper at the head of `set`. Only whether it is one matters before it is read.
Compression codec_of_first(ConstBytes set) {
  constexpr size_t kAttributes = 17;
  if (set.size() <= kAttributes) return Compression::none;
  return static_cast<Compression>(set[kAttributes] & 7);
}

RecordVerdict convert_message_set(ConstBytes sent, const RecordRules& rules, WallTime now) {
  BatchOptions options;
  options.compression = rules.compression.value_or(codec_of_first(sent));
  if (options.compression > Compression::zstd) return unsupported_codec(options.compression);
  if (rules.timestamp_type == TimestampType::log_append_time) options.log_append_time = now;
  MessageSetReader set{sent};
  TimestampJudge timestamps{rules, now};
  auto batch = up_convert(set, options, [&timestamps](const OldMessage& message) {
    timestamps.see(message.timestamp_type, message.timestamp);
  });
  if (!batch) return malformed(batch.error());
  if (set.wrapper_count() > 0 && set.outer_count() > 1) {
    return refuse(ErrorCode::invalid_record,
                  "a compressed message has to be the only one of its message set");
  }
  if (auto refused = timestamps.verdict()) return *std::move(refused);
  if (batch->size() > rules.max_message_bytes) return too_large(batch->size(), rules);
  RecordVerdict verdict;
  verdict.checksum_bytes = batch->size();
  verdict.codec_bytes = set.decompressed_bytes();
  if (options.compression != Compression::none) verdict.codec_bytes += sent.size();
  if (options.log_append_time) verdict.log_append_time = now;
  verdict.rewritten = *std::move(batch);
  return verdict;
}

}  // namespace

RecordVerdict validate_records(MutableBytes sent, const RecordRules& rules, WallTime now,
                               int16_t produce_version) {
  const bool old_format = sent.size() > batch_at::magic && sent[batch_at::magic] < 2;
  RecordVerdict verdict = old_format && produce_version < kFirstWithBatches
                              ? convert_message_set(sent, rules, now)
                              : validate_batch(sent, rules, now, produce_version);
  verdict.checksum_bytes += sent.size();
  return verdict;
}

}  // namespace weir
