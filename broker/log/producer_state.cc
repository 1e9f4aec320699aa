#include "broker/log/producer_state.h"

#include <algorithm>

#include "sim/base/crc32c.h"
#include "sim/base/hash.h"

namespace weir {
namespace {
bool is_idempotent(const BatchView& batch) {
  return batch.producer_id() >= ProducerId{0} && batch.base_sequence() >= Sequence{0};
}
Sequence last_sequence(const BatchView& batch) {
  return batch.base_sequence() + batch.last_offset_delta();
}
// Over the seam, too: 0 follows 2^31-1.
Sequence sequence_before(Sequence sequence, int32_t count) {
  const uint32_t difference =
      static_cast<uint32_t>(sequence.value()) - static_cast<uint32_t>(count);
  return Sequence{static_cast<int32_t>(difference & 0x7fffffffU)};
}
constexpr int16_t kSnapshotVersion = 1;
constexpr size_t kSnapshotCrcEnd = 6;
constexpr size_t kSnapshotHeaderBytes = 10;
constexpr size_t kSnapshotEntryBytes = 46;
}  // namespace

ProducerState::Decision ProducerState::check(const BatchView& batch) const {
  if (!is_idempotent(batch)) return {};
  const auto it = producers_.find(batch.producer_id());
  if (it == producers_.end()) return {};
  const Producer& producer = it->second;
  if (batch.producer_epoch() < producer.epoch) return {.error = ErrorCode::invalid_producer_epoch};
  if (batch.producer_epoch() > producer.epoch) {
    if (batch.base_sequence() == Sequence{0}) return {};
    return {.error = ErrorCode::out_of_order_sequence_number};
  }
  for (size_t i = 0; i < producer.count; ++i) {
    const Remembered& known = producer.batches[i];
    if (known.first_sequence == batch.base_sequence() &&
        known.last_sequence == last_sequence(batch)) {
      return {.error = ErrorCode::none,
              .duplicate_of = known.base_offset,
              .duplicate_last = known.last_offset};
    }
  }
  const Remembered& newest = producer.batches[producer.count - 1];
  if (batch.base_sequence() == newest.last_sequence + 1) return {};
  return {.error = ErrorCode::out_of_order_sequence_number};
}

void ProducerState::Producer::remember(const Remembered& batch) {
  if (count == kRememberedBatches) {
    std::move(batches.begin() + 1, batches.end(), batches.begin());
    --count;
  }
  batches[count++] = batch;
}

void ProducerState::appended(const BatchView& batch, Offset base_offset) {
  if (!is_idempotent(batch)) return;
  Producer& producer = producers_[batch.producer_id()];
  if (producer.count == 0 || batch.producer_epoch() != producer.epoch) {
    producer.epoch = batch.producer_epoch();
    producer.count = 0;
  }
  producer.remember({batch.base_sequence(), last_sequence(batch), base_offset,
                     base_offset + batch.last_offset_delta(), batch.max_timestamp()});
}

void ProducerState::expire(WallTime before) {
  std::erase_if(producers_, [&](const auto& entry) {
    const Producer& producer = entry.second;
    return producer.batches[producer.count - 1].timestamp < before;
  });
}

Buffer ProducerState::encode_snapshot() const {
  size_t count = 0;
  for (const auto& [id, producer] : producers_) count += producer.count;
  Buffer file(kSnapshotHeaderBytes + count * kSnapshotEntryBytes);
  store_big_endian<int16_t>(file.data(), kSnapshotVersion);
  store_big_endian<int32_t>(file.data() + 6, static_cast<int32_t>(count));
  uint8_t* to = file.data() + kSnapshotHeaderBytes;
  for (const auto& [id, producer] : producers_) {
    for (size_t i = 0; i < producer.count; ++i, to += kSnapshotEntryBytes) {
      const Remembered& batch = producer.batches[i];
      store_big_endian(to, id.value());
      store_big_endian(to + 8, producer.epoch.value());
      store_big_endian(to + 10, batch.last_sequence.value());
      store_big_endian(to + 14, batch.last_offset.value());
      store_big_endian(to + 22, static_cast<int32_t>(batch.last_offset - batch.base_offset));
      store_big_endian(to + 26, batch.timestamp.value());
      store_big_endian<int32_t>(to + 34, -1);  // no transaction coordinator has written here
      store_big_endian<int64_t>(to + 38, -1);
    }
  }
  store_big_endian(file.data() + 2, crc32c(ConstBytes(file).subspan(kSnapshotCrcEnd)));
  return file;
}

std::optional<ProducerState> ProducerState::decode_snapshot(ConstBytes file) {
  if (file.size() < kSnapshotHeaderBytes) return std::nullopt;
  if (load_big_endian<int16_t>(file.data()) != kSnapshotVersion) return std::nullopt;
  if (load_big_endian<uint32_t>(file.data() + 2) != crc32c(file.subspan(kSnapshotCrcEnd))) {
    return std::nullopt;
  }
  const auto count = load_big_endian<int32_t>(file.data() + 6);
  if (count < 0 || file.size() != kSnapshotHeaderBytes +
                                      static_cast<size_t>(count) * kSnapshotEntryBytes) {
    return std::nullopt;
  }
  ProducerState state;
  for (const uint8_t* at = file.data() + kSnapshotHeaderBytes; at != file.data() + file.size();
       at += kSnapshotEntryBytes) {
    const Sequence last{load_big_endian<int32_t>(at + 10)};
    const Offset last_offset{load_big_endian<int64_t>(at + 14)};
    const auto delta = load_big_endian<int32_t>(at + 22);
    // A producer of which only the epoch is known, as Kafka writes it after a transaction's marker.
    if (last < Sequence{0} || delta < 0 || last_offset < Offset{delta}) continue;
    Producer& producer = state.producers_[ProducerId{load_big_endian<int64_t>(at)}];
    const ProducerEpoch epoch{load_big_endian<int16_t>(at + 8)};
    if (producer.count > 0 && producer.epoch != epoch) producer.count = 0;
    producer.epoch = epoch;
    producer.remember({sequence_before(last, delta), last, last_offset + -int64_t{delta},
                       last_offset, WallTime{load_big_endian<int64_t>(at + 26)}});
  }
  return state;
}

std::vector<ProducerState::Active> ProducerState::active() const {
  std::vector<Active> all;
  for (const auto& [id, producer] : producers_) {
    const Remembered& newest = producer.batches[producer.count - 1];
    all.push_back({id, producer.epoch, newest.last_sequence, newest.timestamp});
  }
  return all;
}

uint64_t ProducerState::digest() const {
  uint64_t hash = producers_.size();
  for (const auto& [id, producer] : producers_) {
    hash = fold64(hash, static_cast<uint64_t>(id.value()));
    hash = fold64(hash, static_cast<uint64_t>(producer.epoch.value()));
    for (size_t i = 0; i < producer.count; ++i) {
      hash = fold64(hash, static_cast<uint64_t>(producer.batches[i].first_sequence.value()));
      hash = fold64(hash, static_cast<uint64_t>(producer.batches[i].last_offset.value()));
    }
  }
  return hash;
}

}  // namespace weir
