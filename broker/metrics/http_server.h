// HttpServer: one listener that answers one GET or HEAD a connection, and closes it.
//
// For scrapers and probes, so everything is small: a head of 8 KiB, ten seconds to send it and ten to
// take the answer, 16 connections; one above that is closed at once. It keeps nothing between requests.
#pragma once

#include <memory>

#include "broker/metrics/http_request.h"
#include "sim/base/unique_function.h"
#include "sim/env/env.h"
#include "sim/fiber/gate.h"
#include "sim/fiber/stream_io.h"

namespace weir {

class HttpServer {
 public:
  static constexpr size_t kMaxHeadBytes = 8 << 10;
  static constexpr size_t kMaxConnections = 16;
  static constexpr Duration kPatience = seconds(10);

  // `await_answer` may suspend; several fibers may be in it at once.
  using Answerer = UniqueFunction<HttpAnswer(const HttpRequest&)>;
  HttpServer(Env& env, std::unique_ptr<Listener> listener, Answerer await_answer)
      : env_(env),
        listener_(std::move(listener)),
        await_answer_(std::move(await_answer)),
        closing_(env.scheduler),
        serving_(env.scheduler) {}

  // The server's fiber: returns after close().
  void await_run();
  // Takes nobody any more and waits for the answers that are being made.
  void await_close();
  [[nodiscard]] Endpoint local() const { return listener_->local(); }

 private:
  void await_serve(std::unique_ptr<DetachedConnection> socket);
  // The head; nothing when the peer gave none in time.
  Result<std::string, HttpStatus> await_head(FiberStream& stream, const WaitLimit& limit,
                                             bool& gone);

  Env& env_;
  const std::unique_ptr<Listener> listener_;
  Answerer await_answer_;
  Cancel closing_;
  Gate serving_;
};

}  // namespace weir
