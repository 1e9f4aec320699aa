#include "tests/support/test_pch.h"

#include <limits>

#include "model/record/varint.h"
#include "model/types/error_code.h"
#include "model/types/ids.h"
#include "model/types/topic_name.h"
#include "model/types/uuid.h"
#include "sim/base/hash.h"
#include "tests/model/hex.h"

namespace weir {
namespace {

TEST_CASE("offsets move by counts and saturate") {
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  REQUIRE(Offset{5} + 3 == Offset{8});
  REQUIRE(Offset{8} - Offset{5} == 3);
  REQUIRE(Offset{kMax} + 1 == Offset{kMax});
  REQUIRE(Offset{kMax} - Offset{-2} == kMax);
}

TEST_CASE("a sequence wraps from 2^31-1 to 0") {
  REQUIRE(Sequence{0} + 5 == Sequence{5});
  REQUIRE(Sequence{std::numeric_limits<int32_t>::max()} + 1 == Sequence{0});
  REQUIRE(Sequence{std::numeric_limits<int32_t>::max() - 1} + 4 == Sequence{2});
}

TEST_CASE("topic partitions order by topic, then by partition") {
  const TopicPartition a0{"a", PartitionIndex{0}}, a1{"a", PartitionIndex{1}};
  REQUIRE(a0 < a1);
  REQUIRE(a1 < TopicPartition{"b", PartitionIndex{0}});
  REQUIRE(to_string(a1) == "a-1");
}

TEST_CASE("a uuid prints as 22 digits of base64url") {
  Uuid id;
  REQUIRE(to_string(id) == "AAAAAAAAAAAAAAAAAAAAAA");
  id.bytes.fill(0xff);
  REQUIRE(to_string(id) == "_____________________w");
  id.bytes.fill(0);
  id.bytes[15] = 1;
  REQUIRE(to_string(id) == "AAAAAAAAAAAAAAAAAAAAAQ");
}

TEST_CASE("parsing a printed uuid gives it back") {
  REQUIRE(rc::check([](uint64_t high, uint64_t low) {
    Uuid id;
    store_big_endian(id.bytes.data(), high);
    store_big_endian(id.bytes.data() + 8, low);
    RC_ASSERT(parse_uuid(to_string(id)) == id);
  }));
}

TEST_CASE("a text that no uuid prints as is not a uuid") {
  REQUIRE_FALSE(parse_uuid(""));
  REQUIRE_FALSE(parse_uuid("AAAAAAAAAAAAAAAAAAAAA"));
  REQUIRE_FALSE(parse_uuid("AAAAAAAAAAAAAAAAAAAAAAA"));
  REQUIRE_FALSE(parse_uuid("AAAAAAAAAAAAAAAAAAAA+A"));
  REQUIRE_FALSE(parse_uuid("AAAAAAAAAAAAAAAAAAAAAB"));
}

TEST_CASE("error codes have Kafka's names and advice") {
  REQUIRE(name(ErrorCode::none) == "NONE");
  REQUIRE(name(ErrorCode::unknown_server_error) == "UNKNOWN_SERVER_ERROR");
  REQUIRE(name(ErrorCode{128}) == "INVALID_REGULAR_EXPRESSION");
  REQUIRE(name(ErrorCode{99}) == "UNLISTED");
  REQUIRE(is_retriable(ErrorCode::request_timed_out));
  REQUIRE_FALSE(wants_metadata_refresh(ErrorCode::request_timed_out));
  REQUIRE(wants_metadata_refresh(ErrorCode::not_leader_or_follower));
  REQUIRE_FALSE(is_retriable(ErrorCode::offset_out_of_range));
  REQUIRE_FALSE(is_retriable(ErrorCode{-7}));
}

TEST_CASE("topic names follow Kafka's rule") {
  REQUIRE(is_valid_topic_name("a"));
  REQUIRE(is_valid_topic_name("Orders.v1_x-9"));
  REQUIRE(is_valid_topic_name("..."));
  REQUIRE(is_valid_topic_name(std::string(249, 'x')));
  for (const std::string& bad : {std::string{}, std::string{"."}, std::string{".."},
                                 std::string{"a b"}, std::string{"a/b"}, std::string{"\xc3\xa9"},
                                 std::string(250, 'x')}) {
    REQUIRE_FALSE(is_valid_topic_name(bad));
  }
}

TEST_CASE("varints have their published bytes") {
  const auto encoded = [](int32_t n) {
    Buffer bytes;
    append_varint(bytes, n);
    return to_hex(bytes);
  };
  REQUIRE(encoded(0) == "00");
  REQUIRE(encoded(-1) == "01");
  REQUIRE(encoded(1) == "02");
  REQUIRE(encoded(64) == "8001");
  REQUIRE(encoded(std::numeric_limits<int32_t>::max()) == "feffffff0f");
  REQUIRE(encoded(std::numeric_limits<int32_t>::min()) == "ffffffff0f");
}

TEST_CASE("varints of any value decode to it and have the size that was foretold") {
  REQUIRE(rc::check([](uint64_t key, uint64_t spread) {
    const uint64_t raw = mix64(key) >> (spread % 64);
    Buffer bytes;
    append_varlong(bytes, static_cast<int64_t>(raw));
    RC_ASSERT(bytes.size() == varlong_size(static_cast<int64_t>(raw)));
    RC_ASSERT(decode_varlong(bytes).value == static_cast<int64_t>(raw));
    RC_ASSERT(decode_varlong(bytes).size == bytes.size());
    bytes.clear();
    append_varint(bytes, static_cast<int32_t>(raw));
    RC_ASSERT(bytes.size() == varint_size(static_cast<int32_t>(raw)));
    RC_ASSERT(decode_varint(bytes).value == static_cast<int32_t>(raw));
    bytes.clear();
    append_unsigned_varint(bytes, static_cast<uint32_t>(raw));
    RC_ASSERT(decode_unsigned_varint(bytes).value == static_cast<uint32_t>(raw));
    bytes.pop_back();
    RC_ASSERT(decode_unsigned_varint(bytes).size == 0U);
  }));
}

TEST_CASE("a varint with more bits than its type is malformed") {
  REQUIRE(decode_unsigned_varint(hex("ffffffff10")).size == 0);
  REQUIRE(decode_unsigned_varint(hex("ffffffffff01")).size == 0);
  REQUIRE(decode_varlong(hex("ffffffffffffffffff02")).size == 0);
  REQUIRE(decode_varlong(hex("ffffffffffffffffff01")).value == std::numeric_limits<int64_t>::min());
}

}  // namespace
}  // namespace weir
