#include "broker/log/producer_state.h"

#include <algorithm>

#include "sim/base/hash.h"

namespace weir {
namespace {
bool is_idempotent(const BatchView& batch) {
  return batch.producer_id() >= ProducerId{0} && batch.base_sequence() >= Sequence{0};
}
Sequence last_sequence(const BatchView& batch) {
  return batch.base_sequence() + batch.last_offset_delta();
}
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

void ProducerState::appended(const BatchView& batch, Offset base_offset) {
  if (!is_idempotent(batch)) return;
  Producer& producer = producers_[batch.producer_id()];
  if (producer.count == 0 || batch.producer_epoch() != producer.epoch) {
    producer.epoch = batch.producer_epoch();
    producer.count = 0;
  }
  if (producer.count == kRememberedBatches) {
    std::move(producer.batches.begin() + 1, producer.batches.end(), producer.batches.begin());
    --producer.count;
  }
  producer.batches[producer.count++] = {batch.base_sequence(), last_sequence(batch), base_offset,
                                        base_offset + batch.last_offset_delta()};
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
