#include "broker/metrics/http_server.h"

#include <fmt/format.h>

#include <utility>

namespace weir {
namespace {

constexpr Site kConnection{"metrics.connection"};
constexpr Site kAllTaken{"sometimes.metrics.all_connections_taken"};
constexpr size_t kReadBytes = 1024;
// Of what a peer still sends after its answer: a close with bytes unread may reset the connection,
// and the answer would be lost with it.
constexpr size_t kMaxIgnoredBytes = 64 << 10;

HttpAnswer refuse(HttpStatus status) {
  return {status, "text/plain; charset=utf-8", fmt::format("{}\n", to_text(status))};
}

}  // namespace

void HttpServer::await_run() {
  for (;;) {
    auto socket = listener_->await_accept();
    if (!socket) {
      if (socket.error() == NetError::closed) return;
      continue;
    }
    if (serving_.inside() >= kMaxConnections) {
      sometimes(env_.buggify, kAllTaken);
      continue;
    }
    spawn_in(serving_, env_.scheduler, kConnection,
             [this, socket = std::move(*socket)]() mutable { await_serve(std::move(socket)); });
  }
}

void HttpServer::await_close() {
  listener_->close();
  closing_.request();
  serving_.await_close();
}

Result<std::string, HttpStatus> HttpServer::await_head(FiberStream& stream, const WaitLimit& limit,
                                                       bool& gone) {
  std::string bytes;
  for (;;) {
    const size_t have = bytes.size();
    bytes.resize(std::min(have + kReadBytes, kMaxHeadBytes));
    const MutableBytes into(reinterpret_cast<uint8_t*>(bytes.data()) + have, bytes.size() - have);
    const auto read = stream.await_read(into, limit);
    gone = !read || *read == 0;
    if (gone) return std::string();
    bytes.resize(have + *read);
    if (const size_t end = find_head_end(bytes); end != std::string::npos) {
      bytes.resize(end);
      return bytes;
    }
    if (bytes.size() == kMaxHeadBytes) return Failure{HttpStatus::head_too_large};
  }
}

void HttpServer::await_serve(std::unique_ptr<DetachedConnection> socket) {
  FiberStream stream(env_.scheduler, env_.network.adopt(std::move(socket)));
  const auto limit = [this] {
    return WaitLimit{.deadline = env_.clock.now() + kPatience, .cancel = &closing_};
  };
  bool gone = false;
  const auto head = await_head(stream, limit(), gone);
  if (gone) return;
  std::string answer;
  if (!head) {
    answer = format_http(refuse(head.error()), false);
  } else if (const auto request = parse_http_head(*head); !request) {
    answer = format_http(refuse(request.error()), head->starts_with("HEAD "));
  } else {
    answer = format_http(await_answer_(*request), request->head_only);
  }
  if (!stream.await_write_all(as_bytes(answer), limit())) return;
  stream.shutdown_write();
  uint8_t ignored[kReadBytes];
  const WaitLimit until = limit();
  for (size_t total = 0; total < kMaxIgnoredBytes;) {
    const auto read = stream.await_read(ignored, until);
    if (!read || *read == 0) return;
    total += *read;
  }
}

}  // namespace weir
