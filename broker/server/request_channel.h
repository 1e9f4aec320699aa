// RequestChannel: the bounded queue between the processors (sockets) and the handlers (work).
//
// When it is full a processor waits, so load is passed back to the connections and from there to the
// clients. A connection has at most one request in it: it is muted until its answer is on its way.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "broker/server/outgoing.h"
#include "sim/base/bytes.h"
#include "sim/fiber/channel.h"

namespace weir {

struct Request {
  uint64_t connection = 0;  // of the processor on the same shard
  Buffer frame;             // without the size
  uint32_t listener = 0;    // where the connection came in: its place in BrokerConfig::listeners
  TimePoint arrived;        // its last byte
  bool counted = false;     // a handler has taken it up before
  // Of a request that was parked: when it first gives up waiting, and whether that time has come.
  std::optional<TimePoint> deadline;
  bool final_attempt = false;
};

using RequestChannel = Channel<Request>;

// What becomes of a connection after a request.
struct Reply {
  enum class Kind : uint8_t {
    send,     // `bytes`, with `slices` where they belong, is a whole frame, size included
    nothing,  // acks=0: unmute without a word
    close,    // a broken request: close the connection; `reason` goes to the log
  };
  Kind kind = Kind::nothing;
  Buffer bytes;
  std::vector<ReplySlice> slices;
  std::string reason;

  static Reply send(Buffer frame, std::vector<ReplySlice> slices = {}) {
    return {Kind::send, std::move(frame), std::move(slices), {}};
  }
  static Reply nothing() { return {}; }
  static Reply close(std::string why) { return {Kind::close, {}, {}, std::move(why)}; }
};

}  // namespace weir
