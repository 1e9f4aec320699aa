#include "model/jute/jute.h"

namespace weir {

void JuteReader::fail(ProtocolError::Kind kind, std::string detail) {
  if (error_) return;
  error_ = {kind, std::string(field_) + ": " + std::move(detail)};
}

int32_t JuteReader::length() {
  const auto value = integer<int32_t>();
  if (error_ || value == kNull) return value;
  if (value < 0) {
    fail(ProtocolError::Kind::bad_length, "length " + std::to_string(value) + " is negative");
    return 0;
  }
  if (const size_t left = bytes_.size() - at_; static_cast<size_t>(value) > left) {
    fail(ProtocolError::Kind::bad_length, "length " + std::to_string(value) +
                                              " is more than the " + std::to_string(left) +
                                              " bytes left");
    return 0;
  }
  return value;
}

void JuteReader::expect_end() {
  if (!error_ && at_ != bytes_.size()) {
    field_ = "record";
    fail(ProtocolError::Kind::trailing_bytes,
         std::to_string(bytes_.size() - at_) + " bytes follow it");
  }
}

void JuteWriter::put(ConstBytes bytes) { append_bytes(to_, bytes); }

}  // namespace weir
