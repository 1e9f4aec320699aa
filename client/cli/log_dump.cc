#include "client/cli/log_dump.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "model/record/batch_records.h"
#include "sim/base/crc32c.h"
#include "sim/fiber/stream_io.h"

namespace weir {
namespace {

void print_damage(uint64_t position, std::string_view what, const LogDumpOptions& options,
                  const PrintLine& print) {
  print(options.json ? JsonLine().add("damage", what).add("position", position).text()
                     : fmt::format("DAMAGE at {}: {}", position, what));
}

std::string_view codec_name(Compression codec) {
  constexpr std::array<std::string_view, 8> kNames{"none", "gzip",    "snappy",  "lz4",
                                                   "zstd", "unknown", "unknown", "unknown"};
  return kNames.at(static_cast<size_t>(codec));
}

void print_batch(uint64_t position, const BatchView& batch, std::string_view crc,
                 const LogDumpOptions& options, const PrintLine& print) {
  const bool log_append = batch.timestamp_type() == TimestampType::log_append_time;
  if (options.json) {
    print(JsonLine()
              .add("position", position)
              .add("base_offset", batch.base_offset().value())
              .add("last_offset", batch.last_offset().value())
              .add("records", batch.record_count())
              .add("size_bytes", batch.bytes().size())
              .add("codec", codec_name(batch.compression()))
              .add("leader_epoch", batch.leader_epoch().value())
              .add("producer_id", batch.producer_id().value())
              .add("producer_epoch", batch.producer_epoch().value())
              .add("base_sequence", batch.base_sequence().value())
              .add("transactional", batch.is_transactional())
              .add("control", batch.is_control())
              .add("base_timestamp_ms", batch.base_timestamp().value())
              .add("max_timestamp_ms", batch.max_timestamp().value())
              .add("timestamp_type", log_append ? "LogAppendTime" : "CreateTime")
              .add("crc", crc)
              .text());
    return;
  }
  print(fmt::format(
      "position {}: offsets {}..{}, {} records, {} bytes, codec {}, leader epoch {}, "
      "producer {} epoch {} sequence {}{}{}, {} {}..{}, crc {}",
      position, batch.base_offset().value(), batch.last_offset().value(), batch.record_count(),
      batch.bytes().size(), codec_name(batch.compression()), batch.leader_epoch().value(),
      batch.producer_id().value(), batch.producer_epoch().value(), batch.base_sequence().value(),
      batch.is_transactional() ? " transactional" : "", batch.is_control() ? " control" : "",
      log_append ? "LogAppendTime" : "CreateTime", batch.base_timestamp().value(),
      batch.max_timestamp().value(), crc));
}

std::string shown(const std::optional<ConstBytes>& bytes) {
  if (!bytes) return "null";
  const JsonLine line = JsonLine().add_bytes("", *bytes);
  const std::string text = line.text();  // {"":"text"} or {"_hex":"00ff"}
  const bool hex = text.starts_with("{\"_hex\"");
  return (hex ? "hex " : "") + text.substr(text.find(':') + 1, text.size() - text.find(':') - 2);
}

void print_record(const BatchView& batch, const RecordView& record, WallTime timestamp,
                  const LogDumpOptions& options, const PrintLine& print) {
  const int64_t offset = (batch.base_offset() + record.offset_delta).value();
  if (!options.json) {
    print(fmt::format("  offset {}, timestamp {}, key {}, value {}, {} headers", offset,
                      timestamp.value(), shown(record.key), shown(record.value),
                      record.headers.size()));
    return;
  }
  JsonLine line;
  line.add("offset", offset).add("timestamp_ms", timestamp.value());
  record.key ? line.add_bytes("key", *record.key) : line.add_null("key");
  record.value ? line.add_bytes("value", *record.value) : line.add_null("value");
  print(line.add("headers", record.headers.size()).text());
}

// Every record is looked at, and with `records` told. What is wrong, if something is.
std::optional<BatchError> walk_records(const BatchView& batch, const LogDumpOptions& options,
                                       const PrintLine& print) {
  const auto opened = BatchRecords::open(batch);
  if (!opened) return opened.error();
  BatchIterator records = opened->iterator();
  for (;;) {
    const auto record = records.next();
    if (!record) return record.error();
    if (!*record) return std::nullopt;
    if (options.records) {
      print_record(batch, **record, records.timestamp_of(**record), options, print);
    }
  }
}

// A batch that may have been damaged, at `position`. Whether it is sound.
bool dump_batch(uint64_t position, ConstBytes bytes, int64_t& next_offset,
                const LogDumpOptions& options, const PrintLine& print) {
  const auto batch = parse_batch(bytes, CrcCheck::skip);
  if (!batch) {
    print_damage(position, name(batch.error()), options, print);
    return false;
  }
  const bool crc_ok = batch->crc_ok();
  print_batch(position, *batch, crc_ok ? "ok" : "wrong", options, print);
  if (!crc_ok) {
    print_damage(position, "the bytes are not those that the CRC was made of", options, print);
    return false;
  }
  bool sound = true;
  if (batch->base_offset().value() < next_offset) {
    print_damage(
        position,
        fmt::format("offset {} comes after {}", batch->base_offset().value(), next_offset - 1),
        options, print);
    sound = false;
  }
  next_offset = (batch->last_offset() + 1).value();
  if (const auto error = walk_records(*batch, options, print)) {
    print_damage(position, fmt::format("its records: {}", name(*error)), options, print);
    sound = false;
  }
  return sound;
}

// Trailing zeros are no entries: what was allocated and never written.
ConstBytes without_zeros(ConstBytes file, size_t entry_bytes) {
  while (file.size() >= entry_bytes &&
         std::ranges::all_of(file.last(entry_bytes), [](uint8_t byte) { return byte == 0; })) {
    file = file.first(file.size() - entry_bytes);
  }
  return file;
}

bool whole_entries(ConstBytes file, size_t entry_bytes, const LogDumpOptions& options,
                   const PrintLine& print) {
  const size_t rest = file.size() % entry_bytes;
  if (rest == 0) return true;
  print_damage(file.size() - rest, fmt::format("{} bytes are no whole entry", rest), options,
               print);
  return false;
}

}  // namespace

Result<bool, IoError> await_dump_segment(File& file, const LogDumpOptions& options,
                                         const PrintLine& print) {
  const uint64_t end = TRY(file.size_bytes());
  bool sound = true;
  int64_t next_offset = 0;
  Buffer bytes;
  for (uint64_t position = 0; position < end;) {
    std::array<uint8_t, kBatchHeaderBytes> header{};
    const size_t got = TRY(await_read_fully(file, position, header));
    const int64_t length = load_big_endian<int32_t>(header.data() + batch_at::length);
    const int64_t size = length + int64_t{kBatchPrefixBytes};
    std::string wrong;
    if (got < header.size() || position + static_cast<uint64_t>(std::max<int64_t>(size, 0)) > end) {
      wrong = fmt::format("a cut batch: {} bytes are left", end - position);
    } else if (header[batch_at::magic] != kBatchMagic) {
      wrong = fmt::format("magic {} is not format 2", header[batch_at::magic]);
    } else if (size < int64_t{kBatchHeaderBytes}) {
      wrong = fmt::format("length {} is less than a header", length);
    }
    if (!wrong.empty()) {
      print_damage(position, wrong, options, print);
      return false;
    }
    bytes.resize(static_cast<size_t>(size));
    if (TRY(await_read_fully(file, position, bytes)) < bytes.size()) {
      print_damage(position, "the file became shorter meanwhile", options, print);
      return false;
    }
    if (!dump_batch(position, bytes, next_offset, options, print)) sound = false;
    position += static_cast<uint64_t>(size);
  }
  return sound;
}

bool dump_offset_index(ConstBytes file, Offset base, const LogDumpOptions& options,
                       const PrintLine& print) {
  constexpr size_t kEntryBytes = 8;
  bool sound = whole_entries(file, kEntryBytes, options, print);
  file = without_zeros(file.first(file.size() - file.size() % kEntryBytes), kEntryBytes);
  int32_t last_relative = -1;
  int32_t last_position = -1;
  for (size_t at = 0; at < file.size(); at += kEntryBytes) {
    const auto relative = load_big_endian<int32_t>(file.data() + at);
    const auto position = load_big_endian<int32_t>(file.data() + at + 4);
    print(options.json
              ? JsonLine().add("offset", (base + relative).value()).add("position", position).text()
              : fmt::format("offset {} position {}", (base + relative).value(), position));
    if (relative <= last_relative || position <= last_position) {
      print_damage(at, "not greater than the entry before", options, print);
      sound = false;
    }
    last_relative = relative;
    last_position = position;
  }
  return sound;
}

bool dump_time_index(ConstBytes file, Offset base, const LogDumpOptions& options,
                     const PrintLine& print) {
  constexpr size_t kEntryBytes = 12;
  bool sound = whole_entries(file, kEntryBytes, options, print);
  file = without_zeros(file.first(file.size() - file.size() % kEntryBytes), kEntryBytes);
  int64_t last_timestamp = -1;
  int32_t last_relative = -1;
  for (size_t at = 0; at < file.size(); at += kEntryBytes) {
    const auto timestamp = load_big_endian<int64_t>(file.data() + at);
    const auto relative = load_big_endian<int32_t>(file.data() + at + 8);
    print(options.json
              ? JsonLine()
                    .add("timestamp_ms", timestamp)
                    .add("offset", (base + relative).value())
                    .text()
              : fmt::format("timestamp {} offset {}", timestamp, (base + relative).value()));
    if (timestamp <= last_timestamp || relative < last_relative) {
      print_damage(at, "not greater than the entry before", options, print);
      sound = false;
    }
    last_timestamp = timestamp;
    last_relative = relative;
  }
  return sound;
}

bool dump_snapshot(ConstBytes file, const LogDumpOptions& options, const PrintLine& print) {
  constexpr size_t kHeadBytes = 10;
  constexpr size_t kEntryBytes = 46;
  constexpr size_t kCrcEnd = 6;
  const auto damaged = [&](std::string_view what) {
    print_damage(0, what, options, print);
    return false;
  };
  if (file.size() < kHeadBytes) return damaged("too short for a snapshot");
  const auto version = load_big_endian<int16_t>(file.data());
  if (version != 1) return damaged(fmt::format("version {}, not 1", version));
  if (load_big_endian<uint32_t>(file.data() + 2) != crc32c(file.subspan(kCrcEnd))) {
    return damaged("the bytes are not those that the CRC was made of");
  }
  const auto count = load_big_endian<int32_t>(file.data() + kCrcEnd);
  const size_t entries = (file.size() - kHeadBytes) / kEntryBytes;
  if (count < 0 || static_cast<size_t>(count) != entries ||
      (file.size() - kHeadBytes) % kEntryBytes != 0) {
    return damaged(fmt::format("{} entries are announced, there is room for {}", count, entries));
  }
  for (size_t i = 0; i < entries; ++i) {
    const uint8_t* const at = file.data() + kHeadBytes + i * kEntryBytes;
    const auto id = load_big_endian<int64_t>(at);
    const auto epoch = load_big_endian<int16_t>(at + 8);
    const auto sequence = load_big_endian<int32_t>(at + 10);
    const auto offset = load_big_endian<int64_t>(at + 14);
    const auto delta = load_big_endian<int32_t>(at + 22);
    const auto timestamp = load_big_endian<int64_t>(at + 26);
    const auto coordinator = load_big_endian<int32_t>(at + 34);
    const auto first = load_big_endian<int64_t>(at + 38);
    print(options.json
              ? JsonLine()
                    .add("producer_id", id)
                    .add("producer_epoch", epoch)
                    .add("last_sequence", sequence)
                    .add("last_offset", offset)
                    .add("offset_delta", delta)
                    .add("timestamp_ms", timestamp)
                    .add("coordinator_epoch", coordinator)
                    .add("txn_first_offset", first)
                    .text()
              : fmt::format("producer {} epoch {}: last sequence {}, last offset {}, offset delta "
                            "{}, timestamp {}, coordinator epoch {}, transaction from {}",
                            id, epoch, sequence, offset, delta, timestamp, coordinator, first));
  }
  return true;
}

}  // namespace weir
