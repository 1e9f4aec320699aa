#include "model/protocol/reader.h"

#include "model/record/varint.h"
#include "sim/base/check.h"

namespace weir {

std::string_view name(ProtocolError::Kind kind) {
  using Kind = ProtocolError::Kind;
  switch (kind) {
    case Kind::truncated: return "truncated";
    case Kind::bad_length: return "bad_length";
    case Kind::bad_varint: return "bad_varint";
    case Kind::null_not_allowed: return "null_not_allowed";
    case Kind::bad_tag: return "bad_tag";
    case Kind::trailing_bytes: return "trailing_bytes";
    case Kind::unknown_api: return "unknown_api";
    case Kind::unsupported_version: return "unsupported_version";
  }
  return "?";
}

void Reader::enter(std::string_view name) {
  CHECK(depth_ < kMaxDepth);
  path_[depth_++] = name;
}

void Reader::fail(Kind kind, std::string detail) {
  if (error_) return;
  std::string message;
  for (size_t i = 0; i < depth_; ++i) {
    message += message.empty() ? "" : ".";
    message += path_[i];
  }
  message += message.empty() ? "" : ": ";
  error_ = ProtocolError{kind, message + detail};
}

bool Reader::need(size_t count) {
  if (error_) return false;
  if (count <= left()) return true;
  fail(Kind::truncated,
       "needs " + std::to_string(count) + " bytes, " + std::to_string(left()) + " are left");
  return false;
}

uint32_t Reader::unsigned_varint() {
  if (error_) return 0;
  const auto decoded = decode_unsigned_varint(bytes_.subspan(at_, left()));
  if (decoded.size == 0) {
    fail(Kind::bad_varint, "no variable-length integer in " + std::to_string(left()) + " bytes");
    return 0;
  }
  at_ += decoded.size;
  return decoded.value;
}

Reader::Length Reader::checked(int64_t length) {
  if (error_ || length == -1) return {.null = true};
  if (length < 0 || static_cast<uint64_t>(length) > left()) {
    fail(Kind::bad_length, "length " + std::to_string(length) + " is not within the " +
                               std::to_string(left()) + " bytes left");
    return {};
  }
  return {.count = static_cast<size_t>(length)};
}

Reader::Length Reader::text_length(bool compact) {
  const Length length = checked(compact ? int64_t{unsigned_varint()} - 1 : integer<int16_t>());
  if (length.count > kMaxTextBytes) {
    fail(Kind::bad_length, "a text of " + std::to_string(length.count) + " bytes is too long");
    return {};
  }
  return length;
}

Reader::Length Reader::bytes_length(bool compact) {
  return checked(compact ? int64_t{unsigned_varint()} - 1 : integer<int32_t>());
}

void Reader::refuse_null() { fail(Kind::null_not_allowed, "is null"); }

ConstBytes Reader::take(size_t count) {
  if (!need(count)) return {};
  const ConstBytes taken = bytes_.subspan(at_, count);
  at_ += count;
  return taken;
}

bool Reader::begin_tag(uint32_t tag, uint32_t size, int64_t last_tag) {
  if (int64_t{tag} <= last_tag) {
    fail(Kind::bad_tag, "tag " + std::to_string(tag) + " follows " + std::to_string(last_tag));
  } else if (size > left()) {
    fail(Kind::bad_length, "tag " + std::to_string(tag) + " claims " + std::to_string(size) +
                               " bytes, " + std::to_string(left()) + " are left");
  }
  return !error_;
}

void Reader::finish_tag() {
  if (error_) return;
  if (!tag_found_) at_ = end_;
  if (at_ != end_) {
    fail(Kind::bad_tag, "tag " + std::to_string(wanted_tag_) + " is longer than its value");
  }
}

void Reader::expect_end() {
  if (error_ || left() == 0) return;
  fail(Kind::trailing_bytes, std::to_string(left()) + " bytes follow the message");
}

}  // namespace weir
