#include "client/wire/broker_session.h"

#include <algorithm>

namespace weir {
namespace {
constexpr Site kJitter{"client.reconnect_jitter"};
constexpr Site kReconnect{"buggify.client.reconnect"};
}  // namespace

Duration BrokerSession::draw_backoff() {
  const Duration most = std::min(options_.backoff_max,
                                 options_.backoff_min * (1LL << std::min(failures_, 10)));
  const auto jitter = static_cast<int64_t>(
      env_.random.choose(kJitter, static_cast<uint64_t>(most.ns()) / 2 + 1));
  return most / 2 + nanoseconds(jitter);
}

Result<std::shared_ptr<RpcConnection>, RpcError> BrokerSession::await_connection(
    TimePoint deadline) {
  const Mutex::Lock lock = connecting_.await_lock();
  if (connection_ && maybe(env_.buggify, kReconnect)) connection_.reset();
  while (!connection_ || connection_->is_broken()) {
    connection_.reset();
    if (env_.clock.now() < next_attempt_) {
      if (next_attempt_ >= deadline) {
        await_sleep(env_.scheduler, deadline);
        return RpcError{RpcError::Kind::timeout, "no connection before the deadline"};
      }
      await_sleep(env_.scheduler, next_attempt_);
    }
    auto connected = RpcConnection::await_connect(
        env_, options_.broker, options_.client_id,
        std::min(deadline, env_.clock.now() + options_.connect_timeout));
    if (connected) {
      connection_ = std::move(*connected);
      failures_ = 0;
    } else {
      ++failures_;
      next_attempt_ = env_.clock.now() + draw_backoff();
      if (env_.clock.now() >= deadline) return connected.error();
    }
  }
  return connection_;
}

}  // namespace weir
