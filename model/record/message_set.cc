#include "model/record/message_set.h"

#include <zlib.h>

#include <algorithm>

#include "sim/base/check.h"

namespace weir {
namespace {

constexpr size_t kPrefixBytes = 12;  // offset and size
constexpr size_t kCrcBytes = 4;
constexpr size_t kSmallestBytes = 14;  // crc, magic, attributes, and two lengths
constexpr int kCodecMask = 7;
constexpr int kLogAppendTime = 8;

uint32_t crc_of(ConstBytes message) {
  return static_cast<uint32_t>(
      crc32(0, message.data() + kCrcBytes, static_cast<uInt>(message.size() - kCrcBytes)));
}

template <class T>
void append_integer(Buffer& to, T value) {
  to.resize(to.size() + sizeof value);
  store_big_endian(to.data() + to.size() - sizeof value, value);
}

void append_data(Buffer& to, const std::optional<ConstBytes>& data) {
  append_integer(to, data ? static_cast<int32_t>(data->size()) : -1);
  if (data) append_bytes(to, *data);
}

// Takes a field from the front of `rest`; false when it does not fit.
bool take_data(ConstBytes& rest, std::optional<ConstBytes>& data) {
  if (rest.size() < 4) return false;
  const auto length = load_big_endian<int32_t>(rest.data());
  rest = rest.subspan(4);
  data.reset();
  if (length == -1) return true;
  if (length < 0 || static_cast<size_t>(length) > rest.size()) return false;
  data = rest.first(static_cast<size_t>(length));
  rest = rest.subspan(data->size());
  return true;
}

// How many bytes the first message of `set` takes, prefix included.
Result<size_t, MessageSetError> size_of_first(ConstBytes set) {
  if (set.size() < kPrefixBytes) return MessageSetError::too_short;
  const auto size = load_big_endian<int32_t>(set.data() + 8);
  if (size < static_cast<int32_t>(kSmallestBytes)) return MessageSetError::bad_size;
  if (set.size() - kPrefixBytes < static_cast<size_t>(size)) return MessageSetError::too_short;
  return kPrefixBytes + static_cast<size_t>(size);
}

// The first message of `set`, which is moved behind it.
Result<OldMessage, MessageSetError> take_message(ConstBytes& set) {
  const size_t size = TRY(size_of_first(set));
  const ConstBytes bytes = set.subspan(kPrefixBytes, size - kPrefixBytes);
  OldMessage message;
  message.offset = Offset{load_big_endian<int64_t>(set.data())};
  message.magic = static_cast<int8_t>(bytes[4]);
  if (message.magic != 0 && message.magic != 1) return MessageSetError::bad_magic;
  if (load_big_endian<uint32_t>(bytes.data()) != crc_of(bytes)) return MessageSetError::bad_crc;
  const int attributes = bytes[5];
  message.compression = static_cast<Compression>(attributes & kCodecMask);
  ConstBytes rest = bytes.subspan(6);
  if (message.magic == 1) {
    if (rest.size() < 8) return MessageSetError::bad_message;
    message.timestamp = WallTime{load_big_endian<int64_t>(rest.data())};
    if ((attributes & kLogAppendTime) != 0) message.timestamp_type = TimestampType::log_append_time;
    rest = rest.subspan(8);
  }
  if (!take_data(rest, message.key) || !take_data(rest, message.value) || !rest.empty()) {
    return MessageSetError::bad_message;
  }
  set = set.subspan(size);
  return message;
}

MessageSetError as_set_error(CompressionError error) {
  switch (error) {
    case CompressionError::unknown_codec: return MessageSetError::unknown_codec;
    case CompressionError::corrupt: return MessageSetError::bad_compression;
    case CompressionError::too_large: return MessageSetError::too_large;
  }
  return MessageSetError::bad_compression;
}

}  // namespace

std::string_view name(MessageSetError error) {
  switch (error) {
    case MessageSetError::too_short: return "too_short";
    case MessageSetError::bad_size: return "bad_size";
    case MessageSetError::bad_magic: return "bad_magic";
    case MessageSetError::bad_crc: return "bad_crc";
    case MessageSetError::bad_message: return "bad_message";
    case MessageSetError::bad_wrapper: return "bad_wrapper";
    case MessageSetError::unknown_codec: return "unknown_codec";
    case MessageSetError::bad_compression: return "bad_compression";
    case MessageSetError::too_large: return "too_large";
    case MessageSetError::empty: return "empty";
  }
  return "?";
}

void append_message(Buffer& to, const OldMessage& message) {
  CHECK(message.magic == 0 || message.magic == 1);
  const size_t begin = to.size();
  to.resize(begin + kPrefixBytes + kCrcBytes);
  const bool stamped =
      message.magic == 1 && message.timestamp_type == TimestampType::log_append_time;
  to.push_back(static_cast<uint8_t>(message.magic));
  to.push_back(
      static_cast<uint8_t>(static_cast<int>(message.compression) | (stamped ? kLogAppendTime : 0)));
  if (message.magic == 1) append_integer(to, message.timestamp.value());
  append_data(to, message.key);
  append_data(to, message.value);
  const ConstBytes bytes = ConstBytes{to}.subspan(begin + kPrefixBytes);
  store_big_endian(to.data() + begin, message.offset.value());
  store_big_endian(to.data() + begin + 8, static_cast<int32_t>(bytes.size()));
  store_big_endian(to.data() + begin + kPrefixBytes, crc_of(bytes));
}

Buffer make_message_set(int8_t magic, std::span<const NewRecord> records, Compression codec) {
  CHECK_MSG(codec <= Compression::lz4, "the old formats have no such codec");
  Buffer set;
  OldMessage wrapper{.magic = magic, .compression = codec};
  Offset next{0};
  for (const NewRecord& record : records) {
    append_message(set, {.offset = next,
                         .magic = magic,
                         .timestamp = record.timestamp,
                         .key = record.key,
                         .value = record.value});
    wrapper.offset = next;
    wrapper.timestamp = std::max(wrapper.timestamp, record.timestamp);
    next = next + 1;
  }
  if (codec == Compression::none) return set;
  const Buffer compressed =
      compress(codec, set, magic == 0 ? Lz4Header::magic0 : Lz4Header::standard);
  wrapper.value = compressed;
  Buffer wrapped;
  append_message(wrapped, wrapper);
  return wrapped;
}

Result<std::optional<OldMessage>, MessageSetError> MessageSetReader::next() {
  if (failed_) return *failed_;
  auto message = advance();
  if (!message) failed_ = message.error();
  return message;
}

Result<std::optional<OldMessage>, MessageSetError> MessageSetReader::advance() {
  while (inside_rest_.empty()) {
    if (rest_.empty()) return std::optional<OldMessage>{};
    const OldMessage message = TRY(take_message(rest_));
    ++outer_count_;
    if (message.compression == Compression::none) return std::optional{message};
    ++wrapper_count_;
    TRY(open(message));
  }
  return std::optional{TRY(next_inside())};
}

Result<Done, MessageSetError> MessageSetReader::open(const OldMessage& wrapper) {
  if (wrapper.compression > Compression::lz4) return MessageSetError::unknown_codec;
  if (!wrapper.value) return MessageSetError::bad_wrapper;
  auto inside = decompress(wrapper.compression, *wrapper.value, limit_bytes_ - decompressed_bytes_,
                           wrapper.magic == 0 ? Lz4Header::magic0 : Lz4Header::standard);
  if (!inside) return as_set_error(inside.error());
  if (inside->empty()) return MessageSetError::bad_wrapper;
  wrapper_ = wrapper;
  inside_ = *std::move(inside);
  inside_rest_ = inside_;
  decompressed_bytes_ += inside_.size();
  shift_ = 0;
  if (wrapper.magic == 0) return Done{};
  // Where the last one stands is known only once all sizes were walked.
  Offset last;
  for (ConstBytes left = inside_; !left.empty();) {
    const size_t size = TRY(size_of_first(left));
    last = Offset{load_big_endian<int64_t>(left.data())};
    left = left.subspan(size);
  }
  shift_ = wrapper.offset - last;
  return Done{};
}

Result<OldMessage, MessageSetError> MessageSetReader::next_inside() {
  OldMessage message = TRY(take_message(inside_rest_));
  if (message.compression != Compression::none || message.magic != wrapper_.magic) {
    return MessageSetError::bad_wrapper;
  }
  message.offset = message.offset + shift_;
  message.compression = wrapper_.compression;
  if (wrapper_.timestamp_type == TimestampType::log_append_time) {
    message.timestamp_type = TimestampType::log_append_time;
    message.timestamp = wrapper_.timestamp;
  }
  return message;
}

}  // namespace weir
