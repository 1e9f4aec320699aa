// Message sets: the formats 0 and 1, which came before record batches (KIP-31, KIP-32).
//
//   message_set = *( offset:int64 size:int32 message )       ; size counts the message
//   message     = crc:uint32 magic:int8 attributes:int8 [timestamp:int64] key:data value:data
//   data        = length:int32 bytes | -1:int32               ; -1 is null
//
// `crc` is CRC-32 (zlib's, not CRC-32C) of everything after itself; only magic 1 has a timestamp.
// Attributes: bits 0-2 compression, bit 3 (magic 1) timestamp type. Compression makes a *wrapper*:
// a message without key whose value is another message set, compressed, of plain messages with the
// same magic. A wrapper's offset is that of the last message inside. Offsets inside are
//
//   magic 0   absolute: 17 18 19 under a wrapper with 19
//   magic 1   relative:  0  1  2 under a wrapper with 19; the first is 19 - 2 + 0 = 17
//
// so that a broker could assign the offsets of magic 1 without compressing anew. A wrapper with
// LogAppendTime gives its timestamp to all inside.
//
// Example, the set of one message of magic 0 at offset 5, key "k", value "v":
//   0000000000000005 00000010  1fecd70a 00 00  00000001 6b  00000001 76
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "model/record/batch_builder.h"
#include "model/record/compression.h"

namespace weir {

enum class MessageSetError : uint8_t {
  too_short,        // fewer bytes than a message, or than a size claims: a cut set
  bad_size,         // a size below that of the smallest message
  bad_magic,        // neither 0 nor 1
  bad_crc,          // the bytes are not those that were checksummed
  bad_message,      // a length leaves the message, or bytes remain
  bad_wrapper,      // a wrapper without a value, with another wrapper inside, or with another magic
  unknown_codec,    // not gzip, snappy or lz4: old formats never had zstd
  bad_compression,  // the compressed bytes are not what the codec writes
  too_large,        // the messages decompress to more than is allowed
  empty,            // no message at all
};
std::string_view name(MessageSetError error);

// A message to write, or one that was read; then it borrows.
struct OldMessage {
  Offset offset;
  int8_t magic = 0;
  TimestampType timestamp_type = TimestampType::create_time;
  WallTime timestamp{-1};  // -1: none, and always so in magic 0
  std::optional<ConstBytes> key;
  std::optional<ConstBytes> value;
  // Written: makes it a wrapper of `value`, which is compressed already. Read: of its wrapper.
  Compression compression = Compression::none;
};

void append_message(Buffer& to, const OldMessage& message);

// What a producer sends: `records` with offsets from 0 up, in one wrapper when there is a codec
// (not zstd). Headers have no place. The wrapper of magic 1 has the greatest of the timestamps.
Buffer make_message_set(int8_t magic, std::span<const NewRecord> records, Compression codec);

// Hands out the messages of a set one by one, those inside of wrappers included. A message lives
// until next() is called again. After an error every further call gives the same one.
class MessageSetReader {
 public:
  // All wrappers together may decompress to `limit_bytes`.
  explicit MessageSetReader(ConstBytes set, size_t limit_bytes = kDecompressedMaxBytes)
      : rest_(set), limit_bytes_(limit_bytes) {}

  // The next message, nothing after the last one.
  Result<std::optional<OldMessage>, MessageSetError> next();

  // So far: messages that stand in the set itself, how many of them were wrappers, and what
  // decompression made.
  [[nodiscard]] size_t outer_count() const { return outer_count_; }
  [[nodiscard]] size_t wrapper_count() const { return wrapper_count_; }
  [[nodiscard]] size_t decompressed_bytes() const { return decompressed_bytes_; }

 private:
  Result<std::optional<OldMessage>, MessageSetError> advance();
  Result<Done, MessageSetError> open(const OldMessage& wrapper);
  Result<OldMessage, MessageSetError> next_inside();

  ConstBytes rest_;
  const size_t limit_bytes_;
  std::optional<MessageSetError> failed_;
  OldMessage wrapper_;
  Buffer inside_;  // what the open wrapper holds
  ConstBytes inside_rest_;
  int64_t shift_ = 0;  // from an offset inside to the absolute one
  size_t outer_count_ = 0;
  size_t wrapper_count_ = 0;
  size_t decompressed_bytes_ = 0;
};

// All messages of `set` as one batch of format v2. Offsets count up from options.base_offset, as in
// any batch that a producer sends. `visit(message)` sees each message before it is added.
template <class Visit>
Result<Buffer, MessageSetError> up_convert(MessageSetReader& set, const BatchOptions& options,
                                           Visit visit) {
  BatchBuilder builder{options};
  for (;;) {
    const auto message = TRY(set.next());
    if (!message) break;
    visit(*message);
    builder.add({.timestamp = message->timestamp, .key = message->key, .value = message->value});
  }
  if (builder.record_count() == 0) return MessageSetError::empty;
  return builder.finish();
}

}  // namespace weir
