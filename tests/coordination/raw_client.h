// RawClient: a connection that says to the coordination service whatever a test wants.
#pragma once

#include <algorithm>

#include "model/jute/jute.h"
#include "model/jute/records.h"
#include "sim/env/env.h"
#include "sim/fiber/stream_io.h"

namespace weir {

inline Buffer framed(const Buffer& content) {
  // At its size at once: gcc 12 sees an overflow in a vector that grows.
  Buffer frame(4 + content.size());
  store_big_endian(frame.data(), static_cast<int32_t>(content.size()));
  std::copy(content.begin(), content.end(), frame.begin() + 4);
  return frame;
}

class RawClient {
 public:
  RawClient(Env& env, const Endpoint& to)
      : env_(env), stream_(env.scheduler, await_connection(env, to)) {}

  bool await_send(ConstBytes bytes) { return stream_.await_write_all(bytes, limit()).ok(); }
  bool await_send_frame(const Buffer& content) { return await_send(framed(content)); }
  template <class M>
  bool await_ask(int32_t xid, ZkOp op, const M& request) {
    Buffer content;
    append_jute(content, ZkRequestHeader{xid, op});
    append_jute(content, request);
    return await_send_frame(content);
  }
  // Nothing when the connection ends before.
  std::optional<Buffer> await_frame() {
    uint8_t length[4];
    if (!stream_.await_read_exact(length, limit())) return std::nullopt;
    Buffer content(load_big_endian<uint32_t>(length));
    if (!content.empty() && !stream_.await_read_exact(content, limit())) return std::nullopt;
    return content;
  }
  // Of the next answer; its xid and body are dropped.
  ZkError await_answer() {
    const auto frame = await_frame();
    if (!frame) return ZkError::connection_loss;
    ZkReplyHeader header;
    JuteReader reader(*frame);
    reader.structure(header);
    return header.error;
  }
  // All until the connection ends.
  std::string await_text() {
    std::string text;
    uint8_t some[256];
    for (;;) {
      const auto got = stream_.await_read(some, limit());
      if (!got || *got == 0) return text;
      text += as_text(ConstBytes(some).first(*got));
    }
  }
  // Whether the peer ends the connection; what it says before is dropped.
  bool await_ended() {
    Buffer some(64 << 10);
    for (;;) {
      const auto got = stream_.await_read(some, limit());
      if (!got) return got.error() != NetError::timed_out;
      if (*got == 0) return true;
    }
  }
  // A session; false when there is none.
  bool await_open_session() {
    Buffer greeting;
    append_jute(greeting, ConnectRequest{.timeout_ms = 30'000, .password = Buffer(16)});
    return await_send_frame(greeting) && await_frame().has_value();
  }

 private:
  static std::unique_ptr<Connection> await_connection(Env& env, const Endpoint& to) {
    for (;;) {  // the server may not listen yet
      auto connection = env.network.await_connect(to, env.clock.now() + seconds(5));
      if (connection) return std::move(*connection);
      await_sleep(env.scheduler, env.clock.now() + milliseconds(10));
    }
  }
  WaitLimit limit() { return {.deadline = env_.clock.now() + seconds(20)}; }

  Env& env_;
  FiberStream stream_;
};

}  // namespace weir
