// TcpNetwork: sim/env/network.h over the machine's sockets, for one shard.
//
// Sockets are non-blocking with TCP_NODELAY (a broker writes whole responses: waiting for more
// would only add delay); listeners have SO_REUSEADDR, so that a restarted broker gets its port back
// from connections in TIME_WAIT. Errors of the kernel are mapped in tcp_address.
//
// A connection that was made from here is reset when what it sent has not been acknowledged for kSilence,
// or when it is idle and the other machine does not answer for as long (TCP_USER_TIMEOUT, keep-alive).
// One that was accepted asks after two idle hours, as Kafka's do: clients end by idle expiry before.
//
// Names are resolved on a pool thread (the resolver blocks for seconds); await_connect tries the
// addresses of a name in the resolver's order until the deadline. listen() takes numbers, "" (every
// address) or a name, and resolves a name on the spot: it is called while a process starts.
//
// Out of descriptors, accept() fails for as long as the backlog holds a connection, and the
// listener stays ready: the acceptor waits kAcceptPause before it tries again and logs once per
// episode.
#pragma once

#include "sim/env/log.h"
#include "sim/fiber/wait.h"
#include "sim/real/blocking_pool.h"
#include "sim/real/tcp_connection.h"

namespace weir {

class TcpNetwork final : public Network {
 public:
  static constexpr Duration kAcceptPause = milliseconds(100);
  static constexpr Duration kSilence = seconds(10);

  // `names` runs resolver calls.
  TcpNetwork(EpollLoop& loop, BlockingCalls& names, Log& log)
      : loop_(loop), names_(names), log_(log) {}

  Result<std::unique_ptr<Listener>, NetError> listen(const Endpoint& at,
                                                     const ListenOptions& options) override;
  Result<std::unique_ptr<Connection>, NetError> await_connect(const Endpoint& to,
                                                              TimePoint deadline) override;
  std::unique_ptr<Connection> adopt(std::unique_ptr<DetachedConnection> socket) override;

 private:
  Result<std::vector<SocketAddress>, NetError> await_resolve(const Endpoint& name,
                                                             TimePoint deadline);
  Result<Fd, NetError> await_connect_to(const SocketAddress& address, TimePoint deadline);

  EpollLoop& loop_;
  BlockingCalls& names_;
  Log& log_;
  RealClock clock_;
};

class TcpListener final : public Listener, private EpollHandler {
 public:
  TcpListener(EpollLoop& loop, Log& log, Fd fd, Endpoint local);

  Result<std::unique_ptr<DetachedConnection>, NetError> await_accept() override;
  void close() override;
  [[nodiscard]] Endpoint local() const override { return local_; }

 private:
  void on_events(uint32_t events) override;
  void await_pause();

  Log& log_;
  const Endpoint local_;
  Fd fd_;
  std::optional<Watch> watch_;  // gone once closed
  WaitList acceptors_;
  RealClock clock_;
  bool starved_ = false;  // out of descriptors, and said so
};

}  // namespace weir
