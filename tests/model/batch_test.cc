#include "tests/support/test_pch.h"

#include <limits>
#include <memory>

#include "model/record/batch_builder.h"
#include "model/record/batch_records.h"
#include "sim/base/crc32c.h"
#include "sim/base/stream.h"
#include "tests/model/hex.h"

namespace weir {
namespace {

constexpr const char* kOneRecord =
    "0000000000000005 0000003a 00000007 02 0067e77f 0000 00000000 0000000000000064"
    "0000000000000064 ffffffffffffffff ffff ffffffff 00000001  10 00 00 00 02 6b 02 76 00";

Buffer one_record() {
  BatchBuilder builder{{.base_offset = Offset{5}, .leader_epoch = LeaderEpoch{7}}};
  builder.add({.timestamp = WallTime{100}, .key = as_bytes("k"), .value = as_bytes("v")});
  return builder.finish();
}

Buffer values(int count, Offset base = Offset{0}) {
  BatchBuilder builder{{.base_offset = base}};
  for (int i = 0; i < count; ++i) {
    builder.add({.timestamp = WallTime{1000 + i}, .value = as_bytes(std::to_string(i))});
  }
  return builder.finish();
}

// Edits a field and makes the checksum right again, to get at the checks behind it.
template <class T>
Buffer with(Buffer batch, size_t at, T value) {
  store_big_endian(batch.data() + at, value);
  store_big_endian(batch.data() + batch_at::crc,
                   crc32c(ConstBytes{batch}.subspan(batch_at::attributes)));
  return batch;
}

BatchError error_of(const Buffer& bytes) {
  const auto batch = parse_batch(bytes);
  REQUIRE_FALSE(batch.ok());
  return batch.error();
}

// Walks all records; nothing when the walk fails.
std::optional<int> walk(const BatchView& batch) {
  BatchIterator records{batch};
  for (int count = 0;; ++count) {
    const auto record = records.next();
    if (!record) return std::nullopt;
    if (!*record) return count;
  }
}

struct MadeRecord {
  WallTime timestamp;
  std::optional<Buffer> key, value;
  std::vector<std::pair<std::string, std::optional<Buffer>>> headers;
};

std::optional<Buffer> some_bytes(Stream& stream) {
  if (stream.below(4) == 0) return std::nullopt;
  Buffer bytes(stream.below(stream.below(8) == 0 ? 200 : 10));
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(stream.next());
  return bytes;
}

MadeRecord some_record(Stream& stream) {
  MadeRecord record;
  record.timestamp = WallTime{static_cast<int64_t>(stream.below(1'000'000))};
  record.key = some_bytes(stream);
  record.value = some_bytes(stream);
  for (uint64_t i = stream.below(3); i > 0; --i) {
    record.headers.emplace_back(std::to_string(i), some_bytes(stream));
  }
  return record;
}

void add(BatchBuilder& builder, const MadeRecord& record) {
  std::vector<HeaderView> headers;
  for (const auto& [key, value] : record.headers) headers.push_back({key, value});
  const NewRecord added{record.timestamp, record.key, record.value, headers};
  const size_t expected = builder.size() + builder.cost(added);
  builder.add(added);
  RC_ASSERT(builder.size() == expected);
}

bool same(const std::optional<ConstBytes>& read, const std::optional<Buffer>& made) {
  if (!read || !made) return !read && !made;
  return Buffer(read->begin(), read->end()) == *made;
}

TEST_CASE("crc32c of 123456789 is its published check value") {
  REQUIRE(crc32c(as_bytes("123456789")) == 0xe3069283);
}

TEST_CASE("a batch of one record has the bytes worked out by hand") {
  REQUIRE(to_hex(one_record()) == to_hex(hex(kOneRecord)));
}

TEST_CASE("a parsed batch shows the fields of its header") {
  BatchBuilder builder{{.base_offset = Offset{40},
                        .leader_epoch = LeaderEpoch{3},
                        .producer_id = ProducerId{9},
                        .producer_epoch = ProducerEpoch{2},
                        .base_sequence = Sequence{11},
                        .transactional = true}};
  builder.add({.timestamp = WallTime{200}, .value = as_bytes("a")});
  builder.add({.timestamp = WallTime{150}, .value = as_bytes("b")});
  const Buffer bytes = builder.finish();
  const auto batch = parse_batch(bytes);
  REQUIRE(batch.ok());
  REQUIRE(batch->base_offset() == Offset{40});
  REQUIRE(batch->last_offset() == Offset{41});
  REQUIRE(batch->leader_epoch() == LeaderEpoch{3});
  REQUIRE(batch->base_timestamp() == WallTime{200});
  REQUIRE(batch->max_timestamp() == WallTime{200});
  REQUIRE(batch->producer_id() == ProducerId{9});
  REQUIRE(batch->producer_epoch() == ProducerEpoch{2});
  REQUIRE(batch->base_sequence() == Sequence{11});
  REQUIRE(batch->record_count() == 2);
  REQUIRE(batch->is_dense());
  REQUIRE(batch->is_transactional());
  REQUIRE_FALSE(batch->is_control());
  REQUIRE(batch->compression() == Compression::none);
}

TEST_CASE("the records of a built batch are those that were added") {
  REQUIRE(rc::check([](uint64_t seed) {
    Stream stream{seed};
    std::vector<MadeRecord> made;
    BatchBuilder builder{{.base_offset = Offset{static_cast<int64_t>(stream.below(1'000))}}};
    for (uint64_t i = 1 + stream.below(20); i > 0; --i) {
      add(builder, made.emplace_back(some_record(stream)));
    }
    const Buffer bytes = builder.finish();
    const auto batch = parse_batch(bytes);
    RC_ASSERT(batch.ok());
    RC_ASSERT(batch->bytes().size() == bytes.size());
    BatchIterator records{*batch};
    for (size_t i = 0; i < made.size(); ++i) {
      const auto record = records.next();
      RC_ASSERT(record.ok() && record->has_value());
      RC_ASSERT((*record)->offset_delta == static_cast<int32_t>(i));
      RC_ASSERT(records.timestamp_of(**record).value() == made[i].timestamp.value());
      RC_ASSERT(same((*record)->key, made[i].key));
      RC_ASSERT(same((*record)->value, made[i].value));
      RC_ASSERT((*record)->headers.size() == made[i].headers.size());
      for (size_t h = 0; h < made[i].headers.size(); ++h) {
        RC_ASSERT((*record)->headers[h].key == made[i].headers[h].first);
        RC_ASSERT(same((*record)->headers[h].value, made[i].headers[h].second));
      }
    }
    RC_ASSERT(!records.next()->has_value());
  }));
}

TEST_CASE("any flipped bit behind the checksum is detected") {
  const Buffer original = values(5);
  for (size_t bit = batch_at::attributes * 8; bit < original.size() * 8; ++bit) {
    Buffer flipped = original;
    flipped[bit / 8] ^= static_cast<uint8_t>(1 << (bit % 8));
    REQUIRE(error_of(flipped) == BatchError::bad_crc);
  }
}

TEST_CASE("a damaged batch parses when the checksum is skipped, and crc_ok tells") {
  Buffer bytes = one_record();
  bytes.back() ^= 1;
  const auto batch = parse_batch(bytes, CrcCheck::skip);
  REQUIRE(batch.ok());
  REQUIRE_FALSE(batch->crc_ok());
}

TEST_CASE("every cut of a batch is too short") {
  const Buffer bytes = values(3);
  for (size_t size = 0; size < bytes.size(); ++size) {
    REQUIRE(error_of(Buffer(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(size))) ==
            BatchError::too_short);
  }
}

TEST_CASE("a length that cannot hold a header is bad_length") {
  REQUIRE(error_of(with(one_record(), batch_at::length, int32_t{48})) == BatchError::bad_length);
  REQUIRE(error_of(with(one_record(), batch_at::length, int32_t{-1})) == BatchError::bad_length);
}

TEST_CASE("an old message set is bad_magic") {
  REQUIRE(error_of(with(one_record(), batch_at::magic, int8_t{1})) == BatchError::bad_magic);
}

TEST_CASE("a record count that fits neither offsets nor bytes is bad_record_count") {
  const size_t at = batch_at::record_count;
  REQUIRE(error_of(with(one_record(), at, int32_t{2})) == BatchError::bad_record_count);
  REQUIRE(error_of(with(one_record(), at, int32_t{-1})) == BatchError::bad_record_count);
  const Buffer wide = with(one_record(), batch_at::last_offset_delta, int32_t{0x7fffffff});
  REQUIRE(parse_batch(wide).ok());
  REQUIRE(error_of(with(wide, at, int32_t{0x7fffffff})) == BatchError::bad_record_count);
}

TEST_CASE("a base offset that is negative or overflows is bad_offset") {
  const Buffer two = values(2);
  REQUIRE(error_of(with(two, 0, int64_t{-1})) == BatchError::bad_offset);
  REQUIRE(error_of(with(two, 0, std::numeric_limits<int64_t>::max())) == BatchError::bad_offset);
}

TEST_CASE("a compressed batch parses, but its records cannot be walked") {
  const Buffer bytes = with(one_record(), batch_at::attributes, int16_t{4});
  const auto batch = parse_batch(bytes);
  REQUIRE(batch.ok());
  REQUIRE(batch->compression() == Compression::zstd);
  BatchIterator records{*batch};
  REQUIRE(records.next().error() == BatchError::compressed);
}

TEST_CASE("a record that leaves its batch is bad_record, for good") {
  const Buffer bytes = with(one_record(), kBatchHeaderBytes, uint8_t{0x12});
  const auto batch = parse_batch(bytes);
  REQUIRE(batch.ok());
  BatchIterator records{*batch};
  REQUIRE(records.next().error() == BatchError::bad_record);
  REQUIRE(records.next().error() == BatchError::bad_record);
}

TEST_CASE("bytes after the last record are bad_record") {
  const Buffer bytes = with(values(2), batch_at::record_count, int32_t{1});
  const auto batch = parse_batch(bytes);
  REQUIRE(batch.ok());
  REQUIRE_FALSE(walk(*batch).has_value());
}

TEST_CASE("the first record at or after a time is found, in every codec") {
  for (int codec = 0; codec < 5; ++codec) {
    BatchBuilder builder{{.base_offset = Offset{40}, .compression = static_cast<Compression>(codec)}};
    for (const int64_t time : {100, 300, 200}) {
      builder.add({.timestamp = WallTime{time}, .value = as_bytes("v")});
    }
    const Buffer bytes = builder.finish();
    const auto batch = parse_batch(bytes);
    const auto records = BatchRecords::open(*batch);
    REQUIRE(records.ok());
    const auto first_at = [&](int64_t time) -> std::optional<int64_t> {
      const auto found = find_timestamp(*batch, *records, WallTime{time});
      REQUIRE(found.ok());
      if (!*found) return std::nullopt;
      return (*found)->offset.value();
    };
    REQUIRE(first_at(0) == 40);
    REQUIRE(first_at(100) == 40);
    REQUIRE(first_at(101) == 41);
    REQUIRE(first_at(300) == 41);
    REQUIRE(first_at(301) == std::nullopt);
  }
}

TEST_CASE("a batch of random bytes under a right checksum is walked or refused") {
  REQUIRE(rc::check([](uint64_t seed) {
    Stream stream{seed};
    Buffer bytes = values(1 + static_cast<int>(stream.below(6)));
    for (uint64_t i = 1 + stream.below(4); i > 0; --i) {
      bytes[kBatchHeaderBytes + stream.below(bytes.size() - kBatchHeaderBytes)] =
          static_cast<uint8_t>(stream.next());
    }
    bytes = with(std::move(bytes), batch_at::leader_epoch, int32_t{0});
    const auto block = std::make_unique<uint8_t[]>(bytes.size());
    std::copy(bytes.begin(), bytes.end(), block.get());
    const auto batch = parse_batch({block.get(), bytes.size()});
    RC_ASSERT(batch.ok());
    const auto count = walk(*batch);
    RC_ASSERT(!count || *count == batch->record_count());
  }));
}

TEST_CASE("assigning offset and epoch keeps the checksum right") {
  Buffer bytes = values(3);
  set_base_offset(bytes, Offset{1'000});
  set_leader_epoch(bytes, LeaderEpoch{12});
  const auto batch = parse_batch(bytes);
  REQUIRE(batch.ok());
  REQUIRE(batch->last_offset() == Offset{1'002});
  REQUIRE(batch->leader_epoch() == LeaderEpoch{12});
}

TEST_CASE("stamping the append time gives it to every record and renews the checksum") {
  Buffer bytes = values(2);
  set_max_timestamp(bytes, TimestampType::log_append_time, WallTime{77});
  const auto batch = parse_batch(bytes);
  REQUIRE(batch.ok());
  REQUIRE(batch->timestamp_type() == TimestampType::log_append_time);
  BatchIterator records{*batch};
  const auto first = records.next();
  REQUIRE(records.timestamp_of(**first) == WallTime{77});
}

TEST_CASE("scanning gives the whole batches and where the last one is cut") {
  Buffer bytes = values(2);
  append_bytes(bytes, values(3, Offset{2}));
  const size_t whole = bytes.size();
  REQUIRE_FALSE(scan_batches(bytes).error.has_value());
  append_bytes(bytes, ConstBytes{values(1, Offset{5})}.first(30));
  const BatchScan scan = scan_batches(bytes);
  REQUIRE(scan.batches.size() == 2);
  REQUIRE(scan.batches[1].base_offset() == Offset{2});
  REQUIRE(scan.valid_bytes == whole);
  REQUIRE(scan.error == BatchError::too_short);
}

TEST_CASE("scanning stops at a damaged batch and says why") {
  Buffer bytes = values(2);
  const size_t first = bytes.size();
  append_bytes(bytes, values(3, Offset{2}));
  append_bytes(bytes, values(1, Offset{5}));
  bytes[first + 65] ^= 1;
  const BatchScan scan = scan_batches(bytes);
  REQUIRE(scan.valid_bytes == first);
  REQUIRE(scan.error == BatchError::bad_crc);
  REQUIRE(scan_batches({}).batches.empty());
}

}  // namespace
}  // namespace weir
