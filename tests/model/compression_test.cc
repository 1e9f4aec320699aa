#include "tests/support/test_pch.h"

#include "model/record/compression.h"
#include "sim/base/stream.h"
#include "tests/model/hex.h"

namespace weir {
namespace {

constexpr Compression kCodecs[] = {Compression::gzip, Compression::snappy, Compression::lz4,
                                   Compression::zstd};
constexpr Lz4Header kHeaders[] = {Lz4Header::standard, Lz4Header::magic0};

// Between noise and a run of one byte, and of every size around the codecs' blocks.
Buffer some_bytes(Stream& stream) {
  constexpr uint64_t kSizes[] = {1, 30, 5'000, 40'000, 200'000};
  Buffer bytes(stream.below(kSizes[stream.below(5)]));
  const uint64_t letters = uint64_t{1} << stream.below(9);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(stream.below(letters));
  return bytes;
}

Buffer text() {
  std::string line;
  for (int i = 0; i < 500; ++i) line += "line " + std::to_string(i) + " of a log\n";
  return {line.begin(), line.end()};
}

bool gives(const Result<Buffer, CompressionError>& output, CompressionError error) {
  return !output.ok() && output.error() == error;
}

TEST_CASE("what is compressed is decompressed to the same bytes") {
  REQUIRE(rc::check([](uint64_t seed) {
    Stream stream{seed};
    const Buffer bytes = some_bytes(stream);
    for (const Compression codec : kCodecs) {
      for (const Lz4Header header : kHeaders) {
        const Buffer compressed = compress(codec, bytes, header);
        const auto back = decompress(codec, compressed, bytes.size(), header);
        RC_ASSERT(back.ok());
        RC_ASSERT(*back == bytes);
      }
    }
  }));
}

TEST_CASE("one byte beyond the limit is too_large, for every codec") {
  for (const size_t size : {size_t{1}, size_t{1'000}, size_t{70'000}, size_t{3'000'000}}) {
    const Buffer zeros(size);
    for (const Compression codec : kCodecs) {
      const Buffer compressed = compress(codec, zeros);
      REQUIRE(decompress(codec, compressed, size).ok());
      REQUIRE(gives(decompress(codec, compressed, size - 1), CompressionError::too_large));
    }
  }
  REQUIRE(gives(decompress(Compression::none, Buffer(5), 4), CompressionError::too_large));
}

TEST_CASE("a bomb is refused") {
  const Buffer zeros(64 << 20);
  for (const Compression codec : kCodecs) {
    const Buffer bomb = compress(codec, zeros);
    REQUIRE(gives(decompress(codec, bomb, 1'000'000), CompressionError::too_large));
  }
}

TEST_CASE("every cut of compressed bytes is corrupt") {
  const Buffer bytes = text();
  for (const Compression codec : kCodecs) {
    const Buffer compressed = compress(codec, bytes);
    for (size_t size = 0; size < compressed.size(); ++size) {
      // An xerial frame has no end of its own: whole blocks of it are a whole frame.
      if (codec == Compression::snappy && size == 16) continue;
      const auto output = decompress(codec, ConstBytes{compressed}.first(size), 1'000'000);
      REQUIRE(gives(output, CompressionError::corrupt));
    }
  }
}

TEST_CASE("frames back to back are read as one, as Java reads them") {
  const Buffer bytes = text();
  for (const Compression codec : {Compression::gzip, Compression::lz4, Compression::zstd}) {
    Buffer twice = compress(codec, bytes);
    append_bytes(twice, compress(codec, bytes));
    const auto back = decompress(codec, twice, 2 * bytes.size());
    REQUIRE(back.ok());
    REQUIRE(back->size() == 2 * bytes.size());
  }
}

TEST_CASE("bytes after the last frame are corrupt") {
  for (const Compression codec : kCodecs) {
    Buffer compressed = compress(codec, text());
    append_bytes(compressed, as_bytes("?!"));
    REQUIRE(gives(decompress(codec, compressed, 1'000'000), CompressionError::corrupt));
  }
}

TEST_CASE("mutated input is decompressed within the limit or refused") {
  REQUIRE(rc::check([](uint64_t seed) {
    Stream stream{seed};
    const Buffer bytes = some_bytes(stream);
    for (const Compression codec : kCodecs) {
      Buffer mutated = compress(codec, bytes);
      for (uint64_t i = 1 + stream.below(4); i > 0 && !mutated.empty(); --i) {
        // Mostly at the front, where headers claim sizes.
        const size_t reach =
            stream.below(2) == 0 ? std::min<size_t>(24, mutated.size()) : mutated.size();
        mutated[stream.below(reach)] = static_cast<uint8_t>(stream.next());
      }
      const size_t limit = stream.below(300'000);
      for (const Lz4Header header : kHeaders) {
        const auto output = decompress(codec, mutated, limit, header);
        RC_ASSERT((!output.ok() || output->size() <= limit));
      }
    }
  }));
}

TEST_CASE("random bytes are decompressed within the limit or refused") {
  REQUIRE(rc::check([](uint64_t seed) {
    Stream stream{seed};
    Buffer bytes(stream.below(200));
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(stream.next());
    for (const Compression codec : kCodecs) {
      const auto output = decompress(codec, bytes, 1'000);
      RC_ASSERT((!output.ok() || output->size() <= 1'000U));
    }
  }));
}

TEST_CASE("ids that name no codec are told from damage") {
  for (int id = 5; id < 8; ++id) {
    REQUIRE(gives(decompress(static_cast<Compression>(id), text(), 1'000'000),
                  CompressionError::unknown_codec));
  }
}

TEST_CASE("what other writers made is read") {
  const std::string hello = "hello hello hello hello";
  // Python's gzip module; python-snappy, raw and in a hand-made xerial frame of two blocks.
  const Buffer gzip = hex("1f8b0800000000000203cb48cdc9c957c8402701e3513d8d17000000");
  const Buffer raw = hex("17 14 68656c6c6f20 42 0600");
  const Buffer xerial =
      hex("82534e4150505900 00000001 00000001"
          "00000005 03 08 68656c 00000006 04 0c 6c6f2168");
  const auto from_raw = decompress(Compression::snappy, raw, 100);
  REQUIRE(from_raw.ok());
  REQUIRE(as_text(*from_raw) == hello);
  const auto from_xerial = decompress(Compression::snappy, xerial, 100);
  REQUIRE(from_xerial.ok());
  REQUIRE(as_text(*from_xerial) == "hello!h");
  const auto from_gzip = decompress(Compression::gzip, gzip, 100);
  REQUIRE(from_gzip.ok());
  REQUIRE(as_text(*from_gzip) == hello);
}

TEST_CASE("snappy is written in the frame of Java's writer, in blocks of 32 KiB") {
  const Buffer compressed = compress(Compression::snappy, Buffer(40'000));
  REQUIRE(to_hex(ConstBytes{compressed}.first(16)) ==
          to_hex(hex("82534e4150505900 00000001 00000001")));
  const auto first = load_big_endian<uint32_t>(compressed.data() + 16);
  const auto block =
      decompress(Compression::snappy, ConstBytes{compressed}.subspan(20, first), 100'000);
  REQUIRE(block.ok());
  REQUIRE(block->size() == 32'768);
}

TEST_CASE("a snappy block that claims more than it can hold is not believed") {
  // 2^32 - 1 bytes out of three: damage, and no bomb that another limit would let in.
  REQUIRE(gives(decompress(Compression::snappy, hex("ffffffff0f 0000 00"), 1'000),
                CompressionError::corrupt));
}

TEST_CASE("lz4 of magic 0 has the checksum that old consumers look for, and any is accepted") {
  const Buffer bytes = text();
  const Buffer standard = compress(Compression::lz4, bytes);
  Buffer old = compress(Compression::lz4, bytes, Lz4Header::magic0);
  // Magic number, flags 0x60 (version 1, independent blocks), 0x40 (64 KiB), checksum.
  REQUIRE(to_hex(ConstBytes{standard}.first(7)) == to_hex(hex("04224d18 60 40 82")));
  REQUIRE(old[6] != standard[6]);
  REQUIRE(gives(decompress(Compression::lz4, old, 1'000'000), CompressionError::corrupt));
  for (const uint8_t checksum : {old[6], standard[6], uint8_t{0}}) {
    old[6] = checksum;
    REQUIRE(decompress(Compression::lz4, old, 1'000'000, Lz4Header::magic0).ok());
  }
}

}  // namespace
}  // namespace weir
