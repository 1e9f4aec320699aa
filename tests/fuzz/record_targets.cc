#include <array>

#include "model/record/batch_builder.h"
#include "model/record/batch_records.h"
#include "model/record/down_conversion.h"
#include "model/record/record_validation.h"
#include "sim/base/check.h"
#include "sim/base/crc32c.h"
#include "tests/fuzz/targets.h"

namespace weir {
namespace {

constexpr size_t kLimitBytes = 1 << 20;  // of decompression
constexpr std::array kCodecs = {Compression::none, Compression::gzip, Compression::snappy,
                                Compression::lz4, Compression::zstd};
constexpr WallTime kNow{1'700'000'000'000};

Buffer text(Stream& stream, size_t most) {
  Buffer made(stream.below(most));
  for (uint8_t& byte : made) byte = static_cast<uint8_t>('a' + stream.below(3));
  return made;
}

Buffer random_batch(Stream& stream, Compression codec) {
  BatchBuilder builder({.producer_id = ProducerId{stream.below(2) == 0 ? -1 : 7},
                        .producer_epoch = ProducerEpoch{0},
                        .base_sequence = Sequence{0},
                        .compression = codec});
  for (uint64_t count = 1 + stream.below(5); count > 0; --count) {
    const Buffer key = text(stream, 8);
    const Buffer value = text(stream, 60);
    const std::array headers = {HeaderView{.key = "h", .value = ConstBytes(value)}};
    builder.add({.timestamp = WallTime{kNow.value() + static_cast<int64_t>(stream.below(100))},
                 .key = stream.below(2) == 0 ? std::nullopt : std::optional<ConstBytes>(key),
                 .value = value,
                 .headers = stream.below(2) == 0 ? std::span<const HeaderView>()
                                                 : std::span<const HeaderView>(headers)});
  }
  return builder.finish();
}

void repair_batch(Buffer& bytes) {
  if (bytes.size() < kBatchHeaderBytes) return;
  store_big_endian(bytes.data() + batch_at::length,
                   static_cast<int32_t>(bytes.size() - kBatchPrefixBytes));
  const ConstBytes covered = ConstBytes(bytes).subspan(batch_at::attributes);
  store_big_endian(bytes.data() + batch_at::crc, crc32c(covered));
}

// Whether every record of every batch could be read.
bool read_batches(ConstBytes bytes) {
  const BatchScan scan = scan_batches(bytes);
  bool all = !scan.batches.empty();
  for (const BatchView& batch : scan.batches) {
    const auto records = BatchRecords::open(batch, kLimitBytes);
    if (!records) {
      all = false;
      continue;
    }
    (void)find_timestamp(batch, *records, kNow);
    BatchIterator iterator = records->iterator();
    for (;;) {
      const auto record = iterator.next();
      all = all && record.ok();
      if (!record || !*record) break;
    }
  }
  return all;
}

bool read_set(ConstBytes bytes) {
  MessageSetReader reader(bytes, kLimitBytes);
  for (;;) {
    const auto message = reader.next();
    if (!message) return false;
    if (!*message) return reader.outer_count() > 0;
  }
}

size_t record_limit(size_t bytes) { return 4 * kLimitBytes + 128 * bytes; }

FuzzTarget batches(Stream& stream, Compression codec) {
  FuzzTarget target{.name = "batch, codec " + std::to_string(static_cast<int>(codec)),
                    .weight = 16,
                    .corpus = {},
                    .run = [](MutableBytes bytes, Stream&) { return read_batches(bytes); },
                    .limit_bytes = record_limit,
                    .repair = repair_batch};
  for (int i = 0; i < 16; ++i) target.corpus.push_back(random_batch(stream, codec));
  return target;
}

FuzzTarget validation(Stream& stream) {
  FuzzTarget target{.name = "validation of what a producer sends",
                    .weight = 24,
                    .corpus = {},
                    .run = {},
                    // What a producer compressed may be as large as a request.
                    .limit_bytes = [](size_t) { return 3 * kDecompressedMaxBytes; },
                    .repair = repair_batch};
  target.run = [](MutableBytes bytes, Stream& draws) {
    RecordRules rules;
    if (draws.below(2) == 0) rules.timestamp_type = TimestampType::log_append_time;
    if (draws.below(2) == 0) rules.compression = kCodecs[draws.below(kCodecs.size())];
    const auto version = static_cast<int16_t>(7 + draws.below(5));  // older ones take no zstd
    const RecordVerdict verdict = validate_records(bytes, rules, kNow, version);
    CHECK(verdict.error == ErrorCode::none || !verdict.rewritten);
    if (verdict.error != ErrorCode::none) return false;
    // What is accepted can be read by every consumer: as it is, and in the old formats.
    const ConstBytes kept = verdict.rewritten ? ConstBytes(*verdict.rewritten) : ConstBytes(bytes);
    CHECK(read_batches(kept));
    for (const int8_t magic : {int8_t{0}, int8_t{1}}) {
      const auto old = down_convert(kept, magic, Offset{0}, kLimitBytes);
      CHECK(old.ok() || old.error() != DownConversionError::corrupt);
    }
    return true;
  };
  for (const Compression codec : kCodecs) {
    for (int i = 0; i < 8; ++i) target.corpus.push_back(random_batch(stream, codec));
  }
  return target;
}

FuzzTarget message_sets(Stream& stream, int8_t magic) {
  FuzzTarget target{.name = "message set of magic " + std::to_string(magic),
                    .weight = 24,
                    .corpus = {},
                    .run = [](MutableBytes bytes, Stream&) { return read_set(bytes); },
                    .limit_bytes = record_limit};
  for (const Compression codec : kCodecs) {
    if (codec == Compression::zstd) continue;
    for (int i = 0; i < 8; ++i) {
      const Buffer value = text(stream, 80);
      const std::vector<NewRecord> records(
          1 + stream.below(4),
          {.timestamp = kNow, .key = std::nullopt, .value = ConstBytes(value)});
      target.corpus.push_back(make_message_set(magic, records, codec));
    }
  }
  return target;
}

FuzzTarget codec_output(Stream& stream, Compression codec) {
  FuzzTarget target{.name = "decompression, codec " + std::to_string(static_cast<int>(codec)),
                    .weight = 8,
                    .corpus = {},
                    .run =
                        [codec](MutableBytes bytes, Stream&) {
                          const auto plain = decompress(codec, bytes, kLimitBytes);
                          CHECK(!plain || plain->size() <= kLimitBytes);
                          return plain.ok();
                        },
                    .limit_bytes = record_limit};
  for (int i = 0; i < 16; ++i) target.corpus.push_back(compress(codec, text(stream, 400)));
  return target;
}

}  // namespace

std::vector<FuzzTarget> record_targets(Stream& stream) {
  std::vector<FuzzTarget> targets;
  for (const Compression codec : kCodecs) {
    targets.push_back(batches(stream, codec));
    if (codec != Compression::none) targets.push_back(codec_output(stream, codec));
  }
  targets.push_back(validation(stream));
  for (const int8_t magic : {int8_t{0}, int8_t{1}}) targets.push_back(message_sets(stream, magic));
  return targets;
}

}  // namespace weir
