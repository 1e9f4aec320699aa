// BatchBuilder: makes one dense batch of format v2, compressed if asked for.
//
//   BatchBuilder builder{{.producer_id = id, .producer_epoch = epoch, .base_sequence = next}};
//   builder.add({.timestamp = now, .key = as_bytes("k"), .value = as_bytes("v")});
//   Buffer batch = builder.finish();
//
// The first record's timestamp is the batch's base; offsets count up from base_offset. finish()
// needs at least one record, compresses, writes header and checksum, and ends the builder. size()
// and cost() count the records as they are, before compression.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "model/record/batch.h"
#include "model/record/record.h"

namespace weir {

struct BatchOptions {
  Offset base_offset{0};
  LeaderEpoch leader_epoch = kNoLeaderEpoch;
  ProducerId producer_id = kNoProducerId;
  ProducerEpoch producer_epoch = kNoProducerEpoch;
  Sequence base_sequence = kNoSequence;
  bool transactional = false;
  bool control = false;
  Compression compression = Compression::none;
  // The broker's clock, for a topic that stamps its records (message.timestamp.type=LogAppendTime).
  std::optional<WallTime> log_append_time;
};

struct NewRecord {
  WallTime timestamp;
  std::optional<ConstBytes> key;
  std::optional<ConstBytes> value;
  std::span<const HeaderView> headers = {};
};

class BatchBuilder {
 public:
  explicit BatchBuilder(const BatchOptions& options);
  void add(const NewRecord& record);
  [[nodiscard]] int32_t record_count() const { return record_count_; }
  // Bytes so far, header included: what finish() would give without compression.
  [[nodiscard]] size_t size() const { return bytes_.size(); }
  // How much add(record) would make size() grow.
  [[nodiscard]] size_t cost(const NewRecord& record) const;
  Buffer finish();

 private:
  [[nodiscard]] size_t body_size(const NewRecord& record) const;
  [[nodiscard]] int64_t timestamp_delta(const NewRecord& record) const;

  BatchOptions options_;
  Buffer bytes_;
  int32_t record_count_ = 0;
  WallTime base_timestamp_;
  WallTime max_timestamp_;
};

}  // namespace weir
