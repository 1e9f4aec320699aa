// Ids, offsets and epochs: the integers of Kafka, each its own type.
//
//   Offset          position of a record in a partition's log; the first is 0, -1 stands for "none"
//   LeaderEpoch     counts the leaders of one partition, from 0; -1 stands for "unknown"
//   PartitionIndex  position of a partition in its topic, from 0
//   BrokerId        node id of a broker; -1 stands for "no broker" (a consumer, no leader)
//   ProducerId      identity of an idempotent producer (KIP-98); -1 stands for "not idempotent"
//   ProducerEpoch   fences older instances of one ProducerId; -1 without one
//   Sequence        number of a record of one (producer, partition); -1 without one
//
// Arithmetic exists where it means something: an offset moves by a count of records, and the
// difference of two offsets is a count. A sequence counts 0 .. 2^31-1 and then starts again at 0.
// Sums of offsets saturate, so that no offset read from the wire can overflow.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <string>

#include "sim/base/strong.h"

namespace weir {

using BrokerId = Strong<int32_t, struct BrokerIdTag>;
using PartitionIndex = Strong<int32_t, struct PartitionIndexTag>;
using Offset = Strong<int64_t, struct OffsetTag>;
using LeaderEpoch = Strong<int32_t, struct LeaderEpochTag>;
using ProducerId = Strong<int64_t, struct ProducerIdTag>;
using ProducerEpoch = Strong<int16_t, struct ProducerEpochTag>;
using Sequence = Strong<int32_t, struct SequenceTag>;

inline constexpr BrokerId kNoBroker{-1};
inline constexpr Offset kNoOffset{-1};
inline constexpr LeaderEpoch kNoLeaderEpoch{-1};
inline constexpr ProducerId kNoProducerId{-1};
inline constexpr ProducerEpoch kNoProducerEpoch{-1};
inline constexpr Sequence kNoSequence{-1};

// The offset `count` records after (or, negative, before) `offset`; saturates.
constexpr Offset operator+(Offset offset, int64_t count) {
  int64_t sum = 0;
  if (!__builtin_add_overflow(offset.value(), count, &sum)) return Offset{sum};
  return Offset{count > 0 ? std::numeric_limits<int64_t>::max()
                          : std::numeric_limits<int64_t>::min()};
}

// How many records lie in [from, to); saturates.
constexpr int64_t operator-(Offset to, Offset from) {
  int64_t count = 0;
  if (!__builtin_sub_overflow(to.value(), from.value(), &count)) return count;
  return to > from ? std::numeric_limits<int64_t>::max() : std::numeric_limits<int64_t>::min();
}

// The sequence `count` records after `sequence`, over the seam: 2^31-1 is followed by 0.
// Both must be >= 0.
constexpr Sequence operator+(Sequence sequence, int32_t count) {
  const uint32_t sum = static_cast<uint32_t>(sequence.value()) + static_cast<uint32_t>(count);
  return Sequence{static_cast<int32_t>(sum & 0x7fffffffU)};
}

struct TopicPartition {
  std::string topic;
  PartitionIndex partition;
  friend auto operator<=>(const TopicPartition&, const TopicPartition&) = default;
};

// "topic-0", as Kafka names a partition's directory.
inline std::string to_string(const TopicPartition& tp) {
  return tp.topic + "-" + std::to_string(tp.partition.value());
}

}  // namespace weir
