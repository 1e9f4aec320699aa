// What the TCP cases of the conformance suite share: listeners, connected pairs, bytes to send.
#pragma once

#include <memory>

#include "sim/base/stream.h"
#include "sim/fiber/stream_io.h"
#include "tests/sim/conformance.h"

namespace weir {

constexpr int kBacklog = 128;

inline TimePoint in(Env& env, Duration span) { return env.clock.now() + span; }

inline Buffer pattern(size_t bytes, uint64_t key) {
  Stream stream(key);
  Buffer buffer(bytes);
  for (uint8_t& byte : buffer) byte = static_cast<uint8_t>(stream.next());
  return buffer;
}

inline std::unique_ptr<Listener> listen_somewhere(Env& env, CaseReport& report) {
  auto listener = env.network.listen({"127.0.0.1", 0}, {.backlog = kBacklog});
  if (!report.expect(listener.ok(), "listen on port 0")) return nullptr;
  report.expect((*listener)->local().port != 0, "local() has the port");
  return std::move(*listener);
}

inline std::unique_ptr<Connection> connect(Env& env, const Endpoint& to, CaseReport& report) {
  auto connection = env.network.await_connect(to, TimePoint::never());
  if (!report.expect(connection.ok(), "connect to a listener")) return nullptr;
  return std::move(*connection);
}

inline std::unique_ptr<Connection> accept(Env& env, Listener& listener, CaseReport& report) {
  auto socket = listener.await_accept();
  if (!report.expect(socket.ok(), "accept")) return nullptr;
  return env.network.adopt(std::move(*socket));
}

// Two ends of one connection.
struct Pair {
  std::unique_ptr<Connection> client;
  std::unique_ptr<Connection> server;
  explicit operator bool() const { return client && server; }
};

inline Pair make_pair(Env& env, CaseReport& report) {
  Pair pair;
  std::unique_ptr<Listener> listener = listen_somewhere(env, report);
  if (!listener) return pair;
  pair.client = connect(env, listener->local(), report);
  if (pair.client) pair.server = accept(env, *listener, report);
  return pair;
}

// Reads until the end of the stream or an error.
inline Result<Buffer, NetError> await_read_all(FiberStream& stream) {
  Buffer all;
  Buffer chunk(16 * 1024);
  for (;;) {
    const size_t read = TRY(stream.await_read(chunk));
    if (read == 0) return all;
    append_bytes(all, ConstBytes(chunk).first(read));
  }
}

}  // namespace weir
