#include "tests/support/test_pch.h"

#include "broker/coordination/storage/file_format.h"

namespace weir {
namespace {
const RecordHome kHome{make_zxid(1, 1), 0};
const std::string kPayload = "some payload";

Buffer record_at(uint64_t position, uint64_t synced = 0) {
  Buffer bytes;
  encode_record(bytes, kHome, position, make_zxid(1, 7), synced, as_bytes(kPayload));
  return bytes;
}
}  // namespace

TEST_CASE("files are named as ZooKeeper names them") {
  REQUIRE(store_file_name(StoreFile::log, make_zxid(1, 10)) == "log.10000000a");
  REQUIRE(store_file_name(StoreFile::snapshot, kNoZxid) == "snapshot.0");
  REQUIRE(parse_store_file_name(StoreFile::log, "log.10000000a") == make_zxid(1, 10));
  for (const char* name :
       {"log.", "log.0a", "log.A", "log.1.new", "log.11111111111111111", "log", "snapshot.1"}) {
    REQUIRE_FALSE(parse_store_file_name(StoreFile::log, name));
  }
}

TEST_CASE("a record is sound only where it was written") {
  const Buffer bytes = record_at(400, 40);
  const auto header = decode_record_header(bytes, kHome, 400);
  REQUIRE(header);
  REQUIRE(header->zxid == make_zxid(1, 7));
  REQUIRE(header->length == kPayload.size());
  REQUIRE(header->synced == 40);
  REQUIRE_FALSE(decode_record_header(bytes, kHome, 401));
  REQUIRE_FALSE(decode_record_header(bytes, {make_zxid(1, 2), 0}, 400));
  REQUIRE_FALSE(decode_record_header(bytes, {kHome.first, 1}, 400));
}

TEST_CASE("every bit of a record's header counts") {
  const Buffer bytes = record_at(400);
  for (size_t bit = 0; bit < kRecordHeaderBytes * 8; ++bit) {
    Buffer flipped = bytes;
    flipped[bit / 8] ^= static_cast<uint8_t>(1 << (bit % 8));
    REQUIRE_FALSE(decode_record_header(flipped, kHome, 400));
  }
}

TEST_CASE("every bit of a file's header counts") {
  const Buffer bytes = encode_store_header(StoreFile::log, "zab", {3, 5, 4});
  const auto whole = decode_store_header(bytes, StoreFile::log, "zab", "d", "d/log.5");
  REQUIRE(whole.ok());
  REQUIRE((whole->lineage == 3 && whole->a == 5 && whole->b == 4));
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    Buffer flipped = bytes;
    flipped[bit / 8] ^= static_cast<uint8_t>(1 << (bit % 8));
    const auto refused = decode_store_header(flipped, StoreFile::log, "zab", "d", "d/log.5");
    REQUIRE_FALSE(refused.ok());
    REQUIRE(refused.error().kind == StorageErrorKind::corrupt);
  }
  REQUIRE_FALSE(decode_store_header(bytes, StoreFile::snapshot, "zab", "d", "d/log.5").ok());
}

TEST_CASE("the hard state of a reinitialised server has a version that earlier programs refuse") {
  const auto version = [](StoreFile kind, uint32_t lineage) {
    return load_big_endian<uint32_t>(encode_store_header(kind, "raft", {lineage, 0, 0}).data() + 4);
  };
  REQUIRE(version(StoreFile::hard_state, 0) == 1);
  REQUIRE(version(StoreFile::hard_state, 1) == 2);
  REQUIRE(version(StoreFile::snapshot, 1) == 1);
  const Buffer bytes = encode_store_header(StoreFile::hard_state, "raft", {1, 5, 4});
  REQUIRE(decode_store_header(bytes, StoreFile::hard_state, "raft", "d", "d/f")->lineage == 1);
}

TEST_CASE("bytes that nobody wrote are no record and no header") {
  REQUIRE(rc::check("random bytes", [](const std::vector<uint8_t>& bytes, uint32_t position) {
    Buffer padded = bytes;
    padded.resize(std::max(padded.size(), kRecordHeaderBytes));
    RC_ASSERT(!decode_record_header(padded, kHome, position).has_value());
    RC_ASSERT(!decode_store_header(bytes, StoreFile::log, "raft", "d", "d/f").ok());
  }));
}

}  // namespace weir
