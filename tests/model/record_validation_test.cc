#include "tests/support/test_pch.h"

#include "model/record/batch_records.h"
#include "model/record/message_set.h"
#include "model/record/record_validation.h"
#include "sim/base/crc32c.h"
#include "sim/base/stream.h"

namespace weir {
namespace {

constexpr WallTime kNow{1'000'000};
constexpr Compression kAllCodecs[] = {Compression::none, Compression::gzip, Compression::snappy,
                                      Compression::lz4, Compression::zstd};

void right_crc(Buffer& batch) {
  store_big_endian(batch.data() + batch_at::crc,
                   crc32c(ConstBytes{batch}.subspan(batch_at::attributes)));
}

template <class T>
Buffer with(Buffer batch, size_t at, T value) {
  store_big_endian(batch.data() + at, value);
  right_crc(batch);
  return batch;
}

Buffer batch_of(const std::vector<int64_t>& timestamps, const BatchOptions& options = {}) {
  BatchBuilder builder{options};
  for (const int64_t timestamp : timestamps) {
    builder.add({.timestamp = WallTime{timestamp}, .value = as_bytes("value")});
  }
  return builder.finish();
}

// The same batch around other bytes in place of its records.
Buffer with_records(Buffer batch, ConstBytes records) {
  batch.resize(kBatchHeaderBytes);
  append_bytes(batch, records);
  return with(std::move(batch), batch_at::length,
              static_cast<int32_t>(kBatchHeaderBytes - kBatchPrefixBytes + records.size()));
}

RecordVerdict judge(Buffer& sent, const RecordRules& rules = {}, int16_t version = 9) {
  return validate_records(sent, rules, kNow, version);
}
RecordVerdict judge(Buffer&& sent, const RecordRules& rules = {}, int16_t version = 9) {
  return validate_records(sent, rules, kNow, version);
}

void is_refused(const RecordVerdict& verdict, ErrorCode error) {
  REQUIRE(name(verdict.error) == name(error));
  REQUIRE_FALSE(verdict.message.empty());
  REQUIRE_FALSE(verdict.rewritten.has_value());
}

std::vector<std::pair<int64_t, std::string>> records_of(ConstBytes bytes) {
  const auto batch = parse_batch(bytes);
  REQUIRE(batch.ok());
  const auto records = BatchRecords::open(*batch);
  REQUIRE(records.ok());
  BatchIterator each = records->iterator();
  std::vector<std::pair<int64_t, std::string>> all;
  for (;;) {
    const auto record = each.next();
    REQUIRE(record.ok());
    if (!*record) return all;
    all.emplace_back(each.timestamp_of(**record).value(), as_text(*(*record)->value));
  }
}

OldMessage old(int8_t magic, int64_t timestamp, ConstBytes value) {
  return {.magic = magic, .timestamp = WallTime{timestamp}, .value = value};
}

Buffer old_set(int8_t magic, int count, Compression codec = Compression::none) {
  std::vector<NewRecord> records;
  for (int i = 0; i < count; ++i) {
    records.push_back({.timestamp = WallTime{500 + i}, .value = as_bytes("value")});
  }
  return make_message_set(magic, records, codec);
}

// The same with another codec in the attributes of its first message.
Buffer with_old_codec(Buffer set, uint8_t codec) {
  Buffer changed;
  const auto size = static_cast<size_t>(load_big_endian<int32_t>(set.data() + 8));
  append_message(changed, {.magic = 1,
                           .value = ConstBytes{set}.subspan(34, size - 22),
                           .compression = static_cast<Compression>(codec)});
  return changed;
}

TEST_CASE("a good batch is appended as it came, whatever its codec") {
  for (const Compression codec : kAllCodecs) {
    Buffer sent = batch_of({100, 300, 200}, {.compression = codec});
    const Buffer before = sent;
    const RecordVerdict verdict = judge(sent);
    REQUIRE(name(verdict.error) == "NONE");
    REQUIRE_FALSE(verdict.rewritten.has_value());
    REQUIRE(verdict.log_append_time == WallTime{-1});
    REQUIRE(sent == before);
    REQUIRE(verdict.checksum_bytes == sent.size());
    REQUIRE((verdict.codec_bytes > 0) == (codec != Compression::none));
  }
}

TEST_CASE("a batch of exactly max.message.bytes is taken, one byte more is not") {
  Buffer sent = batch_of({100});
  RecordRules rules{.max_message_bytes = static_cast<uint32_t>(sent.size())};
  REQUIRE(judge(sent, rules).error == ErrorCode::none);
  --rules.max_message_bytes;
  is_refused(judge(sent, rules), ErrorCode::message_too_large);
}

TEST_CASE("a damaged batch is corrupt, to be sent again") {
  Buffer sent = batch_of({100, 200});
  sent.back() ^= 1;
  is_refused(judge(sent), ErrorCode::corrupt_message);
  sent.resize(40);
  is_refused(judge(sent), ErrorCode::corrupt_message);
  is_refused(judge(Buffer(3)), ErrorCode::corrupt_message);
}

TEST_CASE("a request is one batch, with nothing after it") {
  Buffer two = batch_of({100});
  append_bytes(two, batch_of({100}));
  is_refused(judge(two), ErrorCode::invalid_record);
}

TEST_CASE("a header that no producer may send is refused") {
  const Buffer good = batch_of({100, 200});
  is_refused(judge(with(good, batch_at::base_offset, int64_t{1})), ErrorCode::invalid_record);
  is_refused(judge(with(good, batch_at::base_offset, int64_t{-1})), ErrorCode::invalid_record);
  is_refused(judge(with(good, batch_at::record_count, int32_t{1})), ErrorCode::invalid_record);
  is_refused(judge(with(good, batch_at::record_count, int32_t{0})), ErrorCode::invalid_record);
  is_refused(judge(with(good, batch_at::last_offset_delta, int32_t{2})), ErrorCode::invalid_record);
  is_refused(judge(batch_of({100}, {.control = true})), ErrorCode::invalid_record);
  is_refused(judge(batch_of({100}, {.transactional = true})), ErrorCode::invalid_txn_state);
  is_refused(judge(batch_of({100}, {.producer_id = ProducerId{4}})), ErrorCode::invalid_record);
}

TEST_CASE("any leader epoch is taken, for the broker overwrites it") {
  for (const int32_t epoch : {-1, 0, 17}) {
    REQUIRE(judge(batch_of({100}, {.leader_epoch = LeaderEpoch{epoch}})).error == ErrorCode::none);
  }
}

TEST_CASE("zstd is taken from Produce 7 on, and codecs 5 to 7 never") {
  const Buffer zstd = batch_of({100}, {.compression = Compression::zstd});
  REQUIRE(judge(Buffer{zstd}, {}, 7).error == ErrorCode::none);
  is_refused(judge(Buffer{zstd}, {}, 6), ErrorCode::unsupported_compression_type);
  for (int16_t codec = 5; codec < 8; ++codec) {
    is_refused(judge(with(batch_of({100}), batch_at::attributes, codec)),
               ErrorCode::unsupported_compression_type);
  }
}

TEST_CASE("records are looked at one by one, inside of a compressed batch too") {
  for (const Compression codec : kAllCodecs) {
    const Buffer good = batch_of({100, 200}, {.compression = codec});
    const Buffer plain = batch_of({100, 200});
    Buffer records(plain.begin() + kBatchHeaderBytes, plain.end());
    const auto refuses = [&](const Buffer& inside) {
      is_refused(judge(with_records(good, compress(codec, inside))), ErrorCode::invalid_record);
    };
    REQUIRE(judge(with_records(good, compress(codec, records))).error == ErrorCode::none);
    Buffer trailing = records;
    trailing.push_back(0);
    refuses(trailing);
    Buffer one_less(records.begin(), records.begin() + records[0] / 2 + 1);
    refuses(one_less);
    Buffer second_offset_again = records;
    second_offset_again[1 + records[0] / 2 + 4] = 0;  // length, attributes, timestamp of 2 bytes
    refuses(second_offset_again);
  }
}

TEST_CASE("records that are not what the codec writes are invalid") {
  const Buffer good = batch_of({100}, {.compression = Compression::gzip});
  is_refused(judge(with_records(good, as_bytes("not gzip"))), ErrorCode::invalid_record);
}

TEST_CASE("a batch that is a bomb is refused") {
  const Buffer good = batch_of({100}, {.compression = Compression::zstd});
  const Buffer bomb = compress(Compression::zstd, Buffer(kDecompressedMaxBytes + 1));
  is_refused(judge(with_records(good, bomb)), ErrorCode::message_too_large);
}

TEST_CASE("a maximal timestamp that is wrong is put right, and the checksum with it") {
  for (const Compression codec : kAllCodecs) {
    const Buffer right = batch_of({100, 300, 200}, {.compression = codec});
    for (const int64_t wrong : {int64_t{0}, int64_t{200}, int64_t{900}}) {
      Buffer sent = with(right, batch_at::max_timestamp, wrong);
      REQUIRE(judge(sent).error == ErrorCode::none);
      REQUIRE(sent == right);
    }
  }
}

TEST_CASE("timestamps beyond what the topic allows are refused, record by record") {
  const RecordRules rules{.timestamp_before_max_ms = 100, .timestamp_after_max_ms = 10};
  const int64_t now = kNow.value();
  for (const Compression codec : kAllCodecs) {
    const BatchOptions options{.compression = codec};
    REQUIRE(judge(batch_of({now - 100, now + 10, -1}, options), rules).error == ErrorCode::none);
    const RecordVerdict verdict = judge(batch_of({now, now - 101, now, now + 11}, options), rules);
    is_refused(verdict, ErrorCode::invalid_timestamp);
    REQUIRE(verdict.rejected.size() == 2);
    REQUIRE(verdict.rejected[0].batch_index == 1);
    REQUIRE(verdict.rejected[0].message.find("101 ms before") != std::string::npos);
    REQUIRE(verdict.rejected[1].batch_index == 3);
    REQUIRE(verdict.rejected[1].message.find("11 ms after") != std::string::npos);
  }
}

TEST_CASE("timestamps at the ends of their range do not overflow") {
  const RecordRules rules{.timestamp_before_max_ms = 100, .timestamp_after_max_ms = 10};
  for (const int64_t far :
       {std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()}) {
    is_refused(judge(batch_of({far}), rules), ErrorCode::invalid_timestamp);
    REQUIRE(judge(batch_of({far})).error == ErrorCode::none);
  }
}

TEST_CASE("at most 100 records at fault are listed, and all are counted") {
  const RecordRules rules{.timestamp_before_max_ms = 1};
  const RecordVerdict verdict = judge(batch_of(std::vector<int64_t>(250, 7)), rules);
  is_refused(verdict, ErrorCode::invalid_timestamp);
  REQUIRE(verdict.rejected.size() == kListedRecordErrors);
  REQUIRE(verdict.message.find("250 of 250") != std::string::npos);
}

TEST_CASE("a producer may not claim LogAppendTime") {
  const Buffer sent = batch_of({100}, {.log_append_time = WallTime{100}});
  is_refused(judge(Buffer{sent}), ErrorCode::invalid_timestamp);
  is_refused(judge(Buffer{sent}, {.timestamp_type = TimestampType::log_append_time}),
             ErrorCode::invalid_timestamp);
}

TEST_CASE("a topic with LogAppendTime stamps all records with the broker's clock, in place") {
  const RecordRules rules{.timestamp_type = TimestampType::log_append_time,
                          .timestamp_before_max_ms = 1};
  for (const Compression codec : kAllCodecs) {
    Buffer sent = batch_of({100, 300}, {.compression = codec});
    const RecordVerdict verdict = judge(sent, rules);
    REQUIRE(verdict.error == ErrorCode::none);
    REQUIRE(verdict.log_append_time == kNow);
    REQUIRE_FALSE(verdict.rewritten.has_value());
    for (const auto& [timestamp, value] : records_of(sent)) REQUIRE(timestamp == kNow.value());
  }
}

TEST_CASE("a topic's own compression type is what is appended, from every codec to every other") {
  const BatchOptions options{.producer_id = ProducerId{7},
                             .producer_epoch = ProducerEpoch{1},
                             .base_sequence = Sequence{3}};
  for (const Compression from : kAllCodecs) {
    for (const Compression to : kAllCodecs) {
      BatchOptions sent_as = options;
      sent_as.compression = from;
      Buffer sent = with(batch_of({100, 300, 200}, sent_as), batch_at::max_timestamp, int64_t{0});
      const RecordVerdict verdict = judge(sent, {.compression = to});
      REQUIRE(verdict.error == ErrorCode::none);
      REQUIRE(verdict.rewritten.has_value() == (from != to));
      BatchOptions expected = options;
      expected.compression = to;
      REQUIRE((from == to ? sent : *verdict.rewritten) == batch_of({100, 300, 200}, expected));
    }
  }
}

TEST_CASE("what recompression makes too large is refused") {
  BatchBuilder builder{{.compression = Compression::gzip}};
  builder.add({.timestamp = WallTime{1}, .value = Buffer(10'000)});
  const RecordRules rules{.max_message_bytes = 5'000, .compression = Compression::none};
  is_refused(judge(builder.finish(), rules), ErrorCode::message_too_large);
}

TEST_CASE("old message sets become one batch that keeps what they said") {
  for (const int8_t magic : {int8_t{0}, int8_t{1}}) {
    for (const Compression codec :
         {Compression::none, Compression::gzip, Compression::snappy, Compression::lz4}) {
      const RecordVerdict verdict = judge(old_set(magic, 3, codec), {}, 2);
      REQUIRE(name(verdict.error) == "NONE");
      REQUIRE(verdict.rewritten.has_value());
      const auto batch = parse_batch(*verdict.rewritten);
      REQUIRE(batch.ok());
      REQUIRE(batch->compression() == codec);
      REQUIRE(batch->is_dense());
      REQUIRE(batch->max_timestamp() == WallTime{magic == 0 ? -1 : 502});
      const auto records = records_of(*verdict.rewritten);
      REQUIRE(records.size() == 3);
      for (int i = 0; i < 3; ++i) {
        REQUIRE(records[static_cast<size_t>(i)] ==
                std::pair<int64_t, std::string>{magic == 0 ? -1 : 500 + i, "value"});
      }
    }
  }
}

TEST_CASE("old message sets follow the topic's rules") {
  const RecordVerdict stamped =
      judge(old_set(0, 2), {.timestamp_type = TimestampType::log_append_time}, 1);
  REQUIRE(stamped.error == ErrorCode::none);
  REQUIRE(stamped.log_append_time == kNow);
  REQUIRE(records_of(*stamped.rewritten)[1].first == kNow.value());

  const RecordVerdict zipped = judge(old_set(1, 2), {.compression = Compression::zstd}, 2);
  REQUIRE(zipped.error == ErrorCode::none);
  REQUIRE(parse_batch(*zipped.rewritten)->compression() == Compression::zstd);

  const RecordVerdict late = judge(old_set(1, 2), {.timestamp_before_max_ms = 100}, 2);
  is_refused(late, ErrorCode::invalid_timestamp);
  REQUIRE(late.rejected.size() == 2);
  is_refused(judge(old_set(1, 2), {.max_message_bytes = 60}, 2), ErrorCode::message_too_large);
}

TEST_CASE("from Produce 3 on old message sets are refused, below it batches are taken too") {
  is_refused(judge(old_set(1, 2), {}, 3), ErrorCode::invalid_record);
  REQUIRE(judge(batch_of({100}), {}, 2).error == ErrorCode::none);
}

TEST_CASE("old message sets that are damaged or malformed are refused") {
  Buffer damaged = old_set(1, 2);
  damaged.back() ^= 1;
  is_refused(judge(damaged, {}, 2), ErrorCode::corrupt_message);
  damaged.resize(40);
  is_refused(judge(damaged, {}, 2), ErrorCode::corrupt_message);
  Buffer not_alone = old_set(1, 2, Compression::gzip);
  append_bytes(not_alone, old_set(1, 1));
  is_refused(judge(not_alone, {}, 2), ErrorCode::invalid_record);
  for (const uint8_t codec : {4, 5, 7}) {
    is_refused(judge(with_old_codec(old_set(1, 1), codec), {}, 2),
               ErrorCode::unsupported_compression_type);
  }
}

TEST_CASE("an old producer may not claim LogAppendTime either") {
  Buffer set;
  OldMessage message = old(1, 500, as_bytes("v"));
  message.timestamp_type = TimestampType::log_append_time;
  append_message(set, message);
  is_refused(judge(set, {}, 2), ErrorCode::invalid_timestamp);
}

TEST_CASE("what is let through can be appended and read, however it was mutated") {
  REQUIRE(rc::check([](uint64_t seed) {
    Stream stream{seed};
    const auto codec = static_cast<Compression>(stream.below(5));
    Buffer sent = batch_of({100, 300, 200}, {.compression = codec});
    int16_t version = 9;
    if (stream.below(2) == 0) {
      version = 2;
      sent = old_set(static_cast<int8_t>(stream.below(2)), 3,
                     static_cast<Compression>(stream.below(4)));
    }
    for (uint64_t i = stream.below(4); i > 0; --i) {
      sent[stream.below(sent.size())] = static_cast<uint8_t>(stream.next());
    }
    if (sent.size() > kBatchHeaderBytes && sent[batch_at::magic] == 2) right_crc(sent);
    RecordRules rules;
    if (stream.below(2) == 0) rules.compression = static_cast<Compression>(stream.below(5));
    if (stream.below(2) == 0) rules.timestamp_type = TimestampType::log_append_time;
    const RecordVerdict verdict = judge(sent, rules, version);
    if (verdict.error != ErrorCode::none) {
      RC_ASSERT(!verdict.message.empty());
      return;
    }
    const Buffer& appended = verdict.rewritten ? *verdict.rewritten : sent;
    const auto batch = parse_batch(appended);
    RC_ASSERT(batch.ok());
    RC_ASSERT(batch->bytes().size() == appended.size());
    RC_ASSERT(batch->is_dense());
    RC_ASSERT(batch->timestamp_type() == rules.timestamp_type);
    RC_ASSERT((!rules.compression || batch->compression() == *rules.compression));
    RC_ASSERT(records_of(appended).size() == static_cast<size_t>(batch->record_count()));
  }));
}

}  // namespace
}  // namespace weir
