#include "model/oracle/log_oracle.h"

#include <fmt/format.h>

#include <deque>

#include "sim/base/hash.h"

namespace weir {

void LogOracle::find(std::string_view what, const TopicPartition& tp, std::string sentence) {
  constexpr size_t kMost = 20;  // a broken run has thousands; a reader wants a few
  if (findings_.size() < kMost) findings_.push_back({what, to_string(tp) + ": " + sentence});
}

void LogOracle::appended(const TopicPartition& tp, Offset base, Offset end) {
  Log& log = logs_[tp];
  if (base != log.end) {
    find("log_shape", tp,
         fmt::format("an append at offset {}, but the log ended at {}", base.value(),
                     log.end.value()));
  }
  if (end <= base) {
    find("log_shape", tp, fmt::format("an append at offset {} gave no offset", base.value()));
  }
  log.end = end;
}

void LogOracle::flushed(const TopicPartition& tp, Offset end, Offset durable_end) {
  Log& log = logs_[tp];
  if (end < log.flushed || end > log.end) {
    find("flush_order", tp,
         fmt::format("flushed up to {}, after {} and with the log's end at {}", end.value(),
                     log.flushed.value(), log.end.value()));
  }
  if (durable_end < end && !budget_.may_miss(tp, durable_end)) {
    find("flush_is_lie", tp,
         fmt::format("said to be flushed up to {}, but a power loss now would leave it at {}",
                     end.value(), durable_end.value()));
  }
  log.flushed = end;
}

void LogOracle::sealed(const TopicPartition& tp, Offset end, Offset durable_end) {
  if (durable_end < end && !budget_.may_miss(tp, durable_end)) {
    find("flush_is_lie", tp,
         fmt::format("sealed up to {}, but a power loss now would leave it at {}", end.value(),
                     durable_end.value()));
  }
}

void LogOracle::started(const TopicPartition& tp, Offset start) {
  const Offset promised = logs_[tp].promised_start;
  if (start >= promised) return;
  find("start_order", tp,
       fmt::format("starts at {}, and was promised to start at {}", start.value(), promised.value()));
}

void LogOracle::start_promised(const TopicPartition& tp, Offset start) {
  Offset& promised = logs_[tp].promised_start;
  promised = std::max(promised, start);
}

void LogOracle::opened(const TopicPartition& tp, Offset end, Offset flushed, Offset medium_end,
                       uint64_t producers_digest, uint64_t expected_digest) {
  Log& log = logs_[tp];
  if (end > medium_end) {
    find("believed_garbage", tp,
         fmt::format("opened with the end at {}, but what is sound on the medium ends at {}",
                     end.value(), medium_end.value()));
  }
  if (end < log.end && !budget_.may_miss(tp, end)) {
    find("recovery_lost", tp,
         fmt::format("opened with the end at {}, but what must be there ends at {}", end.value(),
                     log.end.value()));
  }
  if (producers_digest != expected_digest && !budget_.touches(tp)) {
    find("producer_state", tp,
         "the recovered producer state is not the fold of the batches on the medium");
  }
  log.end = end;
  log.flushed = flushed;
}

void LogOracle::power_lost() {
  for (auto& [tp, log] : logs_) log.end = log.flushed;
}

uint64_t producer_state_digest(const std::vector<BatchView>& batches, ConstBytes snapshot) {
  constexpr size_t kRemembered = 5;
  struct Known {
    int32_t first_sequence;
    int64_t last_offset;
  };
  struct Producer {
    int16_t epoch = -1;
    std::deque<Known> known;
  };
  std::map<int64_t, Producer> producers;
  const auto note = [&](int64_t id, int16_t epoch, const Known& known) {
    Producer& producer = producers[id];
    if (producer.epoch != epoch) producer.known.clear();
    producer.epoch = epoch;
    if (producer.known.size() == kRemembered) producer.known.pop_front();
    producer.known.push_back(known);
  };
  // version:int16 crc:uint32 count:int32, then 46 bytes each.
  for (size_t at = 10; at + 46 <= snapshot.size(); at += 46) {
    const uint8_t* const entry = snapshot.data() + at;
    const auto last = load_big_endian<int32_t>(entry + 10);
    const auto delta = load_big_endian<int32_t>(entry + 22);
    const int64_t first = last >= delta ? int64_t{last} - delta : int64_t{last} - delta + (1LL << 31);
    note(load_big_endian<int64_t>(entry), load_big_endian<int16_t>(entry + 8),
         {static_cast<int32_t>(first), load_big_endian<int64_t>(entry + 14)});
  }
  for (const BatchView& batch : batches) {
    if (batch.producer_id() < ProducerId{0} || batch.base_sequence() < Sequence{0}) continue;
    note(batch.producer_id().value(), batch.producer_epoch().value(),
         {batch.base_sequence().value(), batch.last_offset().value()});
  }
  uint64_t hash = producers.size();
  for (const auto& [id, producer] : producers) {
    hash = fold64(fold64(hash, static_cast<uint64_t>(id)), static_cast<uint64_t>(producer.epoch));
    for (const Known& known : producer.known) {
      hash = fold64(fold64(hash, static_cast<uint64_t>(known.first_sequence)),
                    static_cast<uint64_t>(known.last_offset));
    }
  }
  return hash;
}

}  // namespace weir
