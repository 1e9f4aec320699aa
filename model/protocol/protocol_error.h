// ProtocolError: why bytes from outside are not the message they should be.
//
// `message` names the API's field by its path, for a log line: "topics.partitions.records: length
// 90 is more than the 12 bytes left". A broker answers none of these: it closes the connection
// (except an ApiVersions request of an unknown version, see header.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace weir {

struct ProtocolError {
  enum class Kind : uint8_t {
    truncated,            // the bytes end inside a field
    bad_length,           // a length or count is negative or more than the bytes left
    bad_varint,           // a variable-length integer has no end or too many bits
    null_not_allowed,     // null where this version wants a value
    bad_tag,              // tagged fields out of order, or of another size than they say
    trailing_bytes,       // the message ends before the frame does
    unknown_api,          // no such API key in kApis
    unsupported_version,  // a version outside the API's range
  };
  Kind kind;
  std::string message;
};

std::string_view name(ProtocolError::Kind kind);

}  // namespace weir
