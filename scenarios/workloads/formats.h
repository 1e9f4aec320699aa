// Which message format and which codec each client of a plan speaks. Pure functions of the plan.
#pragma once

#include "model/record/batch.h"
#include "scenarios/plan.h"

namespace weir {

// Old clients take turns between the formats 0 and 1. The first client of a kind is never old.
inline int8_t format_of(uint32_t index, uint32_t count, uint32_t old_count) {
  const bool is_old = index > 0 && index + old_count >= count;
  return is_old ? static_cast<int8_t>(index % 2) : kBatchMagic;
}

inline int8_t producer_format(const Plan& plan, uint32_t index) {
  return format_of(index, plan.producers, plan.old_producers);
}

// Old producers have no zstd.
inline Compression producer_codec(const Plan& plan, uint32_t index) {
  const auto codec = static_cast<Compression>(index % plan.producer_codecs);
  return codec == Compression::zstd && producer_format(plan, index) < kBatchMagic
             ? Compression::gzip
             : codec;
}

inline bool is_zstd_stored(const Plan& plan) {
  if (plan.topic_codec >= 0) return static_cast<Compression>(plan.topic_codec) == Compression::zstd;
  for (uint32_t i = 0; i < plan.producers; ++i) {
    if (producer_codec(plan, i) == Compression::zstd) return true;
  }
  return false;
}

// An old reader would wait in vain for what it cannot be given.
inline int8_t reader_format(const Plan& plan, uint32_t index) {
  return is_zstd_stored(plan) ? kBatchMagic : format_of(index, plan.readers, plan.old_readers);
}

}  // namespace weir
