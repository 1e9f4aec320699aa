// What holds for every message in every version, on random values.
#include "tests/support/test_pch.h"

#include "model/protocol/header.h"
#include "tests/model/random_message.h"

namespace weir {
namespace {

TEST_CASE("decoding what was encoded gives the same message") {
  REQUIRE(rc::check([](uint64_t seed) {
    Stream stream{seed};
    for_each_message([&]<class M>(int16_t version) {
      RandomMessage random{stream, version};
      const M message = random.make<M>();
      Buffer bytes;
      Codec<M>::append(bytes, message, version);
      const auto decoded = Codec<M>::decode(bytes, version);
      RC_ASSERT(decoded.ok());
      RC_ASSERT(Codec<M>::print(*decoded, version) == Codec<M>::print(message, version));
      Buffer again;
      Codec<M>::append(again, *decoded, version);
      RC_ASSERT(again == bytes);
    });
  }));
}

TEST_CASE("the size of a message is the length of its encoding") {
  REQUIRE(rc::check([](uint64_t seed) {
    Stream stream{seed};
    for_each_message([&]<class M>(int16_t version) {
      RandomMessage random{stream, version};
      const M message = random.make<M>();
      Buffer bytes;
      Codec<M>::append(bytes, message, version);
      RC_ASSERT(Codec<M>::size(message, version) == bytes.size());
    });
  }));
}

TEST_CASE("what a version cannot carry is dropped and read back as its default") {
  REQUIRE(rc::check([](uint64_t seed) {
    Stream stream{seed};
    for_each_message([&]<class M>(int16_t version) {
      RandomMessage random{stream, api_info(M::kKey).max};
      const M message = random.make<M>();
      Buffer bytes;
      Codec<M>::append(bytes, message, version);
      const auto decoded = Codec<M>::decode(bytes, version);
      RC_ASSERT(decoded.ok());
      Buffer again;
      Codec<M>::append(again, *decoded, version);
      RC_ASSERT(again == bytes);
    });
  }));
}

TEST_CASE("a response frame opens to the correlation id and body that it was made of") {
  REQUIRE(rc::check([](uint64_t seed, int32_t correlation_id) {
    Stream stream{seed};
    for_each_message([&]<class M>(int16_t version) {
      RandomMessage random{stream, version};
      const M message = random.make<M>();
      const Buffer frame = encode_response(version, correlation_id, message);
      const ConstBytes content = ConstBytes{frame}.subspan(4);
      RC_ASSERT(load_big_endian<int32_t>(frame.data()) == static_cast<int32_t>(content.size()));
      const auto decoded = decode_response<M>(content, version);
      RC_ASSERT(decoded.ok());
      RC_ASSERT(decoded->correlation_id == correlation_id);
      RC_ASSERT(Codec<M>::print(decoded->body, version) == Codec<M>::print(message, version));
    });
  }));
}

TEST_CASE("a request frame opens to the header and body that it was made of") {
  REQUIRE(rc::check([](uint64_t seed, int32_t correlation_id, const std::string& client) {
    Stream stream{seed};
    for_each_message([&]<class M>(int16_t version) {
      RandomMessage random{stream, version};
      const M message = random.make<M>();
      const Buffer frame = encode_request(version, correlation_id, client, message);
      const auto opened = open_request(ConstBytes{frame}.subspan(4));
      RC_ASSERT(opened.ok());
      RC_ASSERT(opened->header.key == M::kKey);
      RC_ASSERT(opened->header.version == version);
      RC_ASSERT(opened->header.correlation_id == correlation_id);
      RC_ASSERT(opened->header.client_id == client);
      const auto decoded = decode_body<M>(*opened);
      RC_ASSERT(decoded.ok());
      RC_ASSERT(Codec<M>::print(*decoded, version) == Codec<M>::print(message, version));
    });
  }));
}

}  // namespace
}  // namespace weir
