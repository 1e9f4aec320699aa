// Codec<M>: encode, decode, size and print of one message body in one version.
//
// Declared here, defined in codec_impl.h and instantiated once a message in the .cc beside its
// struct, so that who uses a message does not compile its codec again.
//
// decode() refuses a version outside the API's range and bytes after the body. The other three
// want a version of the range (a CHECK): it is the caller's own choice. A decoded ConstBytes
// (Produce's records) borrows from `body` and must not outlive it.
#pragma once

#include <string>
#include <vector>

#include "model/protocol/api_info.h"
#include "model/protocol/protocol_error.h"
#include "model/protocol/writer.h"
#include "sim/base/bytes.h"
#include "sim/base/result.h"

namespace weir {

template <class M>
struct Codec {
  static Result<M, ProtocolError> decode(ConstBytes body, int16_t version);
  // As decode, but what follows the message is not looked at. Brokers read requests so, as Kafka does:
  // librdkafka 2.15 sends three bytes too many when it asks for the metadata of all topics.
  static Result<M, ProtocolError> decode_front(ConstBytes body, int16_t version);
  static size_t size(const M& message, int16_t version);
  static void append(Buffer& to, const M& message, int16_t version);
  // As append, for a message with bytes that its sender puts in: says where. size() counts them.
  static void append_with_gaps(Buffer& to, const M& message, int16_t version,
                               std::vector<Gap>& gaps);
  static std::string print(const M& message, int16_t version);
};

}  // namespace weir
