// ProducerState: what makes a producer's retry harmless (KIP-98). Pure.
//
// For each producer id the log remembers the epoch and its last five batches: sequences and the
// offsets they got. It is a fold over the log's batches, so that recovery rebuilds it from a snapshot
// and the batches behind that.
//
//   batch of a producer           answer
//   first ever seen               append
//   older epoch                   invalid_producer_epoch
//   newer epoch                   append if it starts at sequence 0, else out_of_order
//   one of the last five          duplicate: the offsets it got then
//   next in sequence (2^31-1 -> 0)  append
//   anything else                 out_of_order_sequence_number
//
// The snapshot is Kafka's file (ProducerSnapshot.json, version 1), big-endian:
//
//   snapshot = version:int16(1)  crc:uint32  count:int32  count*entry   ; CRC-32C of what follows it
//   entry    = producer_id:int64  epoch:int16  last_sequence:int32  last_offset:int64
//              offset_delta:int32  timestamp:int64  coordinator_epoch:int32  txn_first_offset:int64
//
// Kafka keeps one entry a producer and so forgets four of its five batches over a restart; Weir writes
// one for each remembered batch, oldest first. Kafka reads that, too: of several entries of one
// producer the last stays.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "model/record/batch.h"
#include "model/types/error_code.h"

namespace weir {

class ProducerState {
 public:
  static constexpr size_t kRememberedBatches = 5;

  struct Decision {
    ErrorCode error = ErrorCode::none;
    std::optional<Offset> duplicate_of;  // base offset of the batch that is there already
    Offset duplicate_last;
  };
  // What to do with `batch`, whose offsets are not assigned yet.
  [[nodiscard]] Decision check(const BatchView& batch) const;
  // `batch` is in the log at these offsets.
  void appended(const BatchView& batch, Offset base_offset);
  void clear() { producers_.clear(); }
  // Forgets who has sent nothing since `before` (producer.id.expiration.ms).
  void expire(WallTime before);
  [[nodiscard]] size_t size() const { return producers_.size(); }
  // Fold of everything it knows, for oracles: equal states have equal digests.
  [[nodiscard]] uint64_t digest() const;

  [[nodiscard]] Buffer encode_snapshot() const;
  // Nothing when the bytes are no such snapshot, or their checksum is another.
  static std::optional<ProducerState> decode_snapshot(ConstBytes file);

  // Who is sending, as DescribeProducers shows it.
  struct Active {
    ProducerId id;
    ProducerEpoch epoch;
    Sequence last_sequence;
    WallTime last_timestamp;
  };
  [[nodiscard]] std::vector<Active> active() const;

 private:
  struct Remembered {
    Sequence first_sequence;
    Sequence last_sequence;
    Offset base_offset;
    Offset last_offset;
    WallTime timestamp;
  };
  struct Producer {
    ProducerEpoch epoch;
    std::array<Remembered, kRememberedBatches> batches;
    size_t count = 0;  // remembered, newest last
    void remember(const Remembered& batch);
  };
  std::map<ProducerId, Producer> producers_;
};

}  // namespace weir
