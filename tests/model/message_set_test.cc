#include "tests/support/test_pch.h"

#include "model/record/batch_records.h"
#include "model/record/down_conversion.h"
#include "model/record/message_set.h"
#include "sim/base/crc32c.h"
#include "sim/base/stream.h"
#include "tests/model/hex.h"

namespace weir {
namespace {

struct Read {
  Offset offset;
  WallTime timestamp;
  std::optional<Buffer> key, value;
  friend bool operator==(const Read&, const Read&) = default;
};

std::optional<Buffer> copy(const std::optional<ConstBytes>& bytes) {
  if (!bytes) return std::nullopt;
  return Buffer(bytes->begin(), bytes->end());
}

Result<std::vector<Read>, MessageSetError> read_set(ConstBytes set, size_t limit = 1 << 20) {
  MessageSetReader reader{set, limit};
  std::vector<Read> all;
  for (;;) {
    const auto message = TRY(reader.next());
    if (!message) return all;
    all.push_back({message->offset, message->timestamp, copy(message->key), copy(message->value)});
  }
}

std::vector<Read> read_batches(ConstBytes bytes) {
  std::vector<Read> all;
  for (const BatchView& batch : scan_batches(bytes).batches) {
    const auto records = BatchRecords::open(batch);
    REQUIRE(records.ok());
    BatchIterator each = records->iterator();
    for (;;) {
      const auto record = each.next();
      REQUIRE(record.ok());
      if (!*record) break;
      all.push_back({batch.base_offset() + (*record)->offset_delta, each.timestamp_of(**record),
                     copy((*record)->key), copy((*record)->value)});
    }
  }
  return all;
}

std::optional<Buffer> some_bytes(Stream& stream) {
  if (stream.below(4) == 0) return std::nullopt;
  Buffer bytes(stream.below(stream.below(8) == 0 ? 300 : 10));
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(stream.below(4));
  return bytes;
}

Compression some_codec(Stream& stream) { return static_cast<Compression>(stream.below(4)); }

// A batch as a log holds it, and now and then its topic stamps records.
Buffer some_batch(Stream& stream, Offset base) {
  BatchOptions options{.base_offset = base, .compression = some_codec(stream)};
  if (stream.below(4) == 0)
    options.log_append_time = WallTime{static_cast<int64_t>(stream.below(999))};
  BatchBuilder builder{options};
  for (uint64_t i = 1 + stream.below(12); i > 0; --i) {
    const auto timestamp = WallTime{static_cast<int64_t>(stream.below(1'000'000))};
    const auto key = some_bytes(stream);
    const auto value = some_bytes(stream);
    const std::vector<HeaderView> headers(stream.below(2), HeaderView{"h", std::nullopt});
    builder.add({.timestamp = timestamp, .key = key, .value = value, .headers = headers});
  }
  return builder.finish();
}

Buffer some_log(Stream& stream) {
  Buffer log;
  Offset next{static_cast<int64_t>(stream.below(100'000))};
  for (uint64_t i = 1 + stream.below(4); i > 0; --i) {
    const Buffer batch = some_batch(stream, next);
    next = parse_batch(batch)->last_offset() + 1;
    append_bytes(log, batch);
  }
  return log;
}

Buffer down(ConstBytes batches, int8_t magic, Offset from = Offset{0}) {
  auto converted = down_convert(batches, magic, from);
  REQUIRE(converted.ok());
  return std::move(converted->messages);
}

OldMessage plain(int8_t magic, int64_t offset, std::string_view value) {
  return {.offset = Offset{offset},
          .magic = magic,
          .timestamp = WallTime{magic == 1 ? 1'000 + offset : -1},
          .value = as_bytes(value)};
}

// A wrapper around messages with the given inner offsets.
Buffer wrapped(int8_t magic, std::vector<int64_t> inside, int64_t offset, Compression codec,
               TimestampType type = TimestampType::create_time) {
  Buffer plain_set;
  for (const int64_t inner : inside) append_message(plain_set, plain(magic, inner, "value"));
  const Buffer compressed =
      compress(codec, plain_set, magic == 0 ? Lz4Header::magic0 : Lz4Header::standard);
  Buffer set;
  append_message(set, {.offset = Offset{offset},
                       .magic = magic,
                       .timestamp_type = type,
                       .timestamp = WallTime{5'000},
                       .value = compressed,
                       .compression = codec});
  return set;
}

std::vector<int64_t> offsets_of(ConstBytes set) {
  const auto read = read_set(set);
  REQUIRE(read.ok());
  std::vector<int64_t> offsets;
  for (const Read& message : *read) offsets.push_back(message.offset.value());
  return offsets;
}

MessageSetError error_of(ConstBytes set, size_t limit = 1 << 20) {
  const auto read = read_set(set, limit);
  REQUIRE_FALSE(read.ok());
  return read.error();
}

TEST_CASE("a message of magic 0 has the bytes worked out by hand") {
  Buffer set;
  append_message(set, {.offset = Offset{5}, .key = as_bytes("k"), .value = as_bytes("v")});
  REQUIRE(to_hex(set) ==
          to_hex(hex("0000000000000005 00000010  1fecd70a 00 00 00000001 6b 00000001 76")));
}

TEST_CASE("a message of magic 1 has a timestamp before its key") {
  Buffer set;
  append_message(
      set, {.offset = Offset{5}, .magic = 1, .timestamp = WallTime{256}, .value = as_bytes("v")});
  REQUIRE(to_hex(set) ==
          to_hex(hex(
              "0000000000000005 00000017  75ef98ee 01 00 0000000000000100 ffffffff 00000001 76")));
}

TEST_CASE("offsets inside a wrapper are absolute with magic 0 and relative with magic 1") {
  using Offsets = std::vector<int64_t>;
  REQUIRE(offsets_of(wrapped(0, {17, 18, 19}, 19, Compression::gzip)) == Offsets{17, 18, 19});
  REQUIRE(offsets_of(wrapped(1, {0, 1, 2}, 19, Compression::lz4)) == Offsets{17, 18, 19});
  // What compaction left.
  REQUIRE(offsets_of(wrapped(1, {0, 4}, 19, Compression::snappy)) == Offsets{15, 19});
}

TEST_CASE("a wrapper with LogAppendTime gives its time to all inside") {
  const Buffer set = wrapped(1, {0, 1}, 1, Compression::gzip, TimestampType::log_append_time);
  const auto read = read_set(set);
  REQUIRE(read.ok());
  for (const Read& message : *read) REQUIRE(message.timestamp == WallTime{5'000});
}

TEST_CASE("plain messages and wrappers may stand in one fetched set") {
  Buffer set;
  append_message(set, plain(1, 3, "a"));
  append_bytes(set, wrapped(1, {0, 1}, 5, Compression::gzip));
  append_message(set, plain(1, 6, "b"));
  REQUIRE(offsets_of(set) == std::vector<int64_t>{3, 4, 5, 6});
}

TEST_CASE("down-conversion keeps offsets, keys, values, and with magic 1 timestamps") {
  REQUIRE(rc::check([](uint64_t seed) {
    Stream stream{seed};
    const Buffer log = some_log(stream);
    const std::vector<Read> records = read_batches(log);
    for (const int8_t magic : {int8_t{0}, int8_t{1}}) {
      const auto messages = read_set(down(log, magic));
      RC_ASSERT(messages.ok());
      std::vector<Read> expected = records;
      for (Read& record : expected) {
        if (magic == 0) record.timestamp = WallTime{-1};
      }
      RC_ASSERT(*messages == expected);
    }
  }));
}

TEST_CASE("up-conversion of what was converted down gives the same records") {
  REQUIRE(rc::check([](uint64_t seed) {
    Stream stream{seed};
    const Offset base{static_cast<int64_t>(stream.below(100'000))};
    const Buffer batch = some_batch(stream, base);
    const Buffer set = down(batch, 1);
    MessageSetReader reader{set};
    BatchOptions options{.base_offset = base, .compression = some_codec(stream)};
    size_t seen = 0;
    const auto up = up_convert(reader, options, [&](const OldMessage&) { ++seen; });
    RC_ASSERT(up.ok());
    RC_ASSERT(read_batches(*up) == read_batches(batch));
    RC_ASSERT(seen == read_batches(batch).size());
    RC_ASSERT(parse_batch(*up)->compression() == options.compression);
  }));
}

TEST_CASE("a compressed batch stays compressed, as one wrapper with its codec") {
  for (const Compression codec : {Compression::gzip, Compression::snappy, Compression::lz4}) {
    BatchBuilder builder{{.base_offset = Offset{17}, .compression = codec}};
    for (int i = 0; i < 3; ++i) builder.add({.timestamp = WallTime{i}, .value = as_bytes("v")});
    const Buffer set = down(builder.finish(), 0, Offset{18});
    MessageSetReader reader{set};
    const auto first = reader.next();
    REQUIRE(first.ok());
    REQUIRE((*first)->compression == codec);
    REQUIRE((*first)->offset == Offset{17});
    REQUIRE(reader.outer_count() == 1);
    REQUIRE(load_big_endian<int64_t>(set.data()) == 19);
  }
}

TEST_CASE("of a plain batch only what was asked for is converted") {
  BatchBuilder builder{{.base_offset = Offset{17}}};
  for (int i = 0; i < 3; ++i) builder.add({.timestamp = WallTime{i}, .value = as_bytes("v")});
  REQUIRE(offsets_of(down(builder.finish(), 1, Offset{18})) == std::vector<int64_t>{18, 19});
}

TEST_CASE("zstd cannot be converted down, and control batches are left out") {
  BatchBuilder zstd{{.compression = Compression::zstd}};
  zstd.add({.timestamp = WallTime{0}, .value = as_bytes("v")});
  REQUIRE(down_convert(zstd.finish(), 1, Offset{0}).error() ==
          DownConversionError::unsupported_codec);
  BatchBuilder control{{.control = true}};
  control.add({.timestamp = WallTime{0}, .value = as_bytes("v")});
  REQUIRE(down(control.finish(), 1).empty());
}

TEST_CASE("what stands before a batch that cannot be converted is given") {
  BatchBuilder first{{.base_offset = Offset{4}}};
  first.add({.timestamp = WallTime{0}, .value = as_bytes("v")});
  Buffer log = first.finish();
  BatchBuilder second{{.base_offset = Offset{5}, .compression = Compression::zstd}};
  second.add({.timestamp = WallTime{0}, .value = as_bytes("v")});
  append_bytes(log, second.finish());
  REQUIRE(offsets_of(down(log, 1)) == std::vector<int64_t>{4});
  // A batch whose second record is malformed gives nothing, not the first alone.
  BatchBuilder third{{.base_offset = Offset{5}}};
  for (int i = 0; i < 2; ++i) third.add({.timestamp = WallTime{0}, .value = as_bytes("v")});
  Buffer malformed = third.finish();
  malformed.back() = 1;
  store_big_endian(malformed.data() + batch_at::crc,
                   crc32c(ConstBytes{malformed}.subspan(batch_at::attributes)));
  REQUIRE(down_convert(malformed, 1, Offset{0}).error() == DownConversionError::corrupt);
  Buffer good_first = log;
  good_first.resize(parse_batch(log)->bytes().size());
  append_bytes(good_first, malformed);
  REQUIRE(offsets_of(down(good_first, 1)) == std::vector<int64_t>{4});
}

TEST_CASE("down-conversion refuses what is damaged, and what grows beyond the limit") {
  Buffer damaged = [] {
    BatchBuilder builder{{.compression = Compression::gzip}};
    builder.add({.timestamp = WallTime{0}, .value = Buffer(10'000)});
    return builder.finish();
  }();
  REQUIRE(down_convert(damaged, 1, Offset{0}, 10'000).error() == DownConversionError::too_large);
  damaged.back() ^= 1;
  REQUIRE(down_convert(damaged, 1, Offset{0}).error() == DownConversionError::corrupt);
}

TEST_CASE("every cut of a message is too_short, and any flipped bit behind the crc is bad_crc") {
  Buffer set;
  append_message(set, plain(1, 7, "value"));
  for (size_t size = 1; size < set.size(); ++size) {
    REQUIRE(error_of(ConstBytes{set}.first(size)) == MessageSetError::too_short);
  }
  for (size_t bit = 17 * 8; bit < set.size() * 8; ++bit) {
    Buffer flipped = set;
    flipped[bit / 8] ^= static_cast<uint8_t>(1 << (bit % 8));
    REQUIRE(error_of(flipped) == MessageSetError::bad_crc);
  }
}

TEST_CASE("wrappers inside wrappers, of another magic, or with nothing inside are bad_wrapper") {
  const Buffer inner = wrapped(1, {0}, 0, Compression::gzip);
  Buffer nested;
  const Buffer twice = compress(Compression::gzip, inner);
  append_message(nested, {.magic = 1, .value = twice, .compression = Compression::gzip});
  REQUIRE(error_of(nested) == MessageSetError::bad_wrapper);
  Buffer mixed;
  const Buffer once = compress(Compression::gzip, wrapped(0, {0}, 0, Compression::none));
  append_message(mixed, {.magic = 1, .value = once, .compression = Compression::gzip});
  REQUIRE(error_of(mixed) == MessageSetError::bad_wrapper);
  Buffer no_value;
  append_message(no_value, {.magic = 1, .compression = Compression::gzip});
  REQUIRE(error_of(no_value) == MessageSetError::bad_wrapper);
  REQUIRE(error_of(wrapped(1, {}, 0, Compression::gzip)) == MessageSetError::bad_wrapper);
}

TEST_CASE("old formats have no zstd, and all wrappers share one limit") {
  Buffer set = wrapped(1, {0}, 0, Compression::gzip);
  const size_t inside = 12 + 14 + 8 + 5;
  append_bytes(set, wrapped(1, {0}, 1, Compression::gzip));
  REQUIRE(read_set(set, 2 * inside).ok());
  REQUIRE(error_of(set, 2 * inside - 1) == MessageSetError::too_large);
  REQUIRE(error_of(wrapped(1, {0}, 0, Compression::zstd)) == MessageSetError::unknown_codec);
}

TEST_CASE("a reader that has failed keeps failing") {
  const Buffer set = hex("0000000000000000 00000001 00");
  MessageSetReader reader{set};
  REQUIRE(reader.next().error() == MessageSetError::bad_size);
  REQUIRE(reader.next().error() == MessageSetError::bad_size);
}

TEST_CASE("an empty set has nothing to convert") {
  MessageSetReader reader{{}};
  REQUIRE(up_convert(reader, {}, [](const OldMessage&) {}).error() == MessageSetError::empty);
}

TEST_CASE("a mutated set is read or refused, also under right checksums") {
  REQUIRE(rc::check([](uint64_t seed) {
    Stream stream{seed};
    Buffer set = down(some_log(stream), static_cast<int8_t>(stream.below(2)));
    for (uint64_t i = 1 + stream.below(4); i > 0; --i) {
      set[stream.below(set.size())] = static_cast<uint8_t>(stream.next());
    }
    const Buffer plain_set = set;
    (void)read_set(set);
    // Inside a wrapper the same bytes are looked at once more, behind a checksum that is right.
    const Buffer compressed = compress(Compression::lz4, plain_set);
    Buffer wrapper;
    append_message(wrapper, {.offset = Offset{static_cast<int64_t>(stream.next())},
                             .magic = 1,
                             .value = compressed,
                             .compression = Compression::lz4});
    const auto read = read_set(wrapper);
    RC_ASSERT((!read.ok() || read->size() <= plain_set.size() / 26));
  }));
}

}  // namespace
}  // namespace weir
