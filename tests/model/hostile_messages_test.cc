// Bytes from outside that are not what they should be: each gets a typed error or a valid message,
// and no read outside the bytes (each frame stands in a heap block of its exact size, for ASan).
#include "tests/support/test_pch.h"

#include <memory>

#include "model/protocol/header.h"
#include "tests/model/hex.h"
#include "tests/model/random_message.h"

namespace weir {
namespace {

using Kind = ProtocolError::Kind;

template <class M>
void decode_exactly(const Buffer& bytes, int16_t version) {
  const auto block = std::make_unique<uint8_t[]>(bytes.size());
  std::copy(bytes.begin(), bytes.end(), block.get());
  const auto decoded = Codec<M>::decode({block.get(), bytes.size()}, version);
  if (!decoded) {
    RC_ASSERT(!decoded.error().message.empty());
    return;
  }
  // What decodes is a message like any other.
  Buffer again;
  Codec<M>::append(again, *decoded, version);
  const auto twice = Codec<M>::decode(again, version);
  RC_ASSERT(twice.ok());
  RC_ASSERT(Codec<M>::print(*twice, version) == Codec<M>::print(*decoded, version));
}

Kind kind_of(const char* body, int16_t version) {
  const Buffer bytes = hex(body);
  const auto decoded = Codec<MetadataRequest>::decode(bytes, version);
  REQUIRE_FALSE(decoded.ok());
  return decoded.error().kind;
}

TEST_CASE("a mutated message is refused or decodes to some message") {
  REQUIRE(rc::check([](uint64_t seed) {
    Stream stream{seed};
    for_each_message([&]<class M>(int16_t version) {
      RandomMessage random{stream, version};
      Buffer bytes;
      Codec<M>::append(bytes, random.make<M>(), version);
      const uint64_t mutations = 1 + stream.below(4);
      for (uint64_t i = 0; i < mutations && !bytes.empty(); ++i) {
        const uint64_t at = stream.below(bytes.size());
        const uint8_t value = static_cast<uint8_t>(stream.below(2) == 0 ? 255 : stream.next());
        bytes[at] = value;
      }
      decode_exactly<M>(bytes, version);
    });
  }));
}

TEST_CASE("random bytes are refused or decode to some message") {
  REQUIRE(rc::check([](uint64_t seed) {
    Stream stream{seed};
    for_each_message([&]<class M>(int16_t version) {
      Buffer bytes(stream.below(64));
      for (uint8_t& byte : bytes) {
        byte = static_cast<uint8_t>(stream.below(stream.below(2) == 0 ? 4 : 256));
      }
      decode_exactly<M>(bytes, version);
    });
  }));
}

TEST_CASE("no proper prefix of a message is a message") {
  REQUIRE(rc::check([](uint64_t seed) {
    Stream stream{seed};
    for_each_message([&]<class M>(int16_t version) {
      RandomMessage random{stream, version};
      Buffer bytes;
      Codec<M>::append(bytes, random.make<M>(), version);
      if (bytes.empty()) return;
      bytes.resize(stream.below(bytes.size()));
      const Buffer exact = bytes;
      RC_ASSERT(!Codec<M>::decode(exact, version).ok());
    });
  }));
}

TEST_CASE("random frames never crash the opening of a request") {
  REQUIRE(rc::check([](std::vector<uint8_t> bytes, bool known) {
    if (known && bytes.size() > 1) {
      bytes[0] = 0;
      bytes[1] = 18;
    }
    const auto opened = open_request(bytes);
    if (!opened) RC_ASSERT(!opened.error().message.empty());
  }));
}

TEST_CASE("an array count beyond the bytes left is refused before anything is allocated") {
  REQUIRE(kind_of("7fffffff", 1) == Kind::bad_length);
  REQUIRE(kind_of("ffffffff0f 01 00 00", 9) == Kind::bad_length);
}

TEST_CASE("a negative count other than null is refused") {
  REQUIRE(kind_of("fffffffe", 1) == Kind::bad_length);
}

TEST_CASE("null is refused in a version that does not know it") {
  REQUIRE(kind_of("ffffffff", 0) == Kind::null_not_allowed);
}

TEST_CASE("a variable-length integer of more than 32 bits is refused") {
  REQUIRE(kind_of("ffffffffff", 9) == Kind::bad_varint);
}

TEST_CASE("bytes after a message are refused") {
  REQUIRE(kind_of("ffffffff 00", 1) == Kind::trailing_bytes);
}

TEST_CASE("a broker does not look at what follows a request, as librdkafka 2.15 demands") {
  const std::vector<uint8_t> body{0xff, 0xff, 0xff, 0xff, 0, 0, 0};
  REQUIRE(Codec<MetadataRequest>::decode_front(body, 1).ok());
  REQUIRE_FALSE(Codec<MetadataRequest>::decode(body, 1).ok());
}

TEST_CASE("a version outside the range is refused") {
  REQUIRE(kind_of("", 13) == Kind::unsupported_version);
  REQUIRE(kind_of("", -1) == Kind::unsupported_version);
}

TEST_CASE("unknown tagged fields are skipped") {
  const Buffer bytes = hex("00 01 00 00  02  05 03 aabbcc  07 00");
  REQUIRE(Codec<MetadataRequest>::decode(bytes, 9).ok());
}

TEST_CASE("tagged fields out of order are refused") {
  REQUIRE(kind_of("00 01 00 00  02  05 00  05 00", 9) == Kind::bad_tag);
}

TEST_CASE("a tagged field longer than its value is refused") {
  const Buffer bytes = hex("0000 01 00000000  01  01 09 000000000000000000");
  const auto decoded = Codec<ApiVersionsResponse>::decode(bytes, 3);
  REQUIRE_FALSE(decoded.ok());
  REQUIRE(decoded.error().kind == Kind::bad_tag);
}

TEST_CASE("a tagged field cannot read past its own size") {
  const Buffer bytes = hex("0000 01 00000000  01  01 04 000000000000000000");
  const auto decoded = Codec<ApiVersionsResponse>::decode(bytes, 3);
  REQUIRE_FALSE(decoded.ok());
  REQUIRE(decoded.error().kind == Kind::truncated);
}

TEST_CASE("an error names the field by its path") {
  const Buffer bytes = hex("ffff ffff 000003e8 00000001 0001 74 00000001 00000000 0000005a aabb");
  const auto decoded = Codec<ProduceRequest>::decode(bytes, 3);
  REQUIRE_FALSE(decoded.ok());
  REQUIRE(decoded.error().message ==
          "topics.partitions.records: length 90 is not within the 2 bytes left");
}

TEST_CASE("a text too long for the wire is cut when written, so that it can be read back") {
  CreateTopicsResponse response;
  response.topics.push_back({.name = "t", .error_message = std::string(40'000, 'x')});
  for (const int16_t version : {1, 5}) {
    Buffer bytes;
    Codec<CreateTopicsResponse>::append(bytes, response, version);
    const auto decoded = Codec<CreateTopicsResponse>::decode(bytes, version);
    REQUIRE(decoded.ok());
    REQUIRE(decoded->topics[0].error_message->size() == kMaxTextBytes);
  }
}

TEST_CASE("a request of an unknown API is refused by name") {
  const Buffer frame = hex("03e7 0000 00000001 ffff");
  const auto opened = open_request(frame);
  REQUIRE_FALSE(opened.ok());
  REQUIRE(opened.error().kind == Kind::unknown_api);
}

TEST_CASE("a request of a version above the range still opens, so that it can be answered") {
  const Buffer frame = hex("0012 0063 00000007 ffff 00 aabbcc");
  const auto opened = open_request(frame);
  REQUIRE(opened.ok());
  REQUIRE(opened->header.version == 99);
  REQUIRE(opened->header.correlation_id == 7);
}

}  // namespace
}  // namespace weir
