// The Network that a simulated shard sees: listening, connecting, accepting.
#pragma once

#include <deque>
#include <memory>

#include "sim/fiber/event.h"
#include "sim/world/sim_connection.h"

namespace weir {

class SimListener final : public Listener {
 public:
  SimListener(SimNetwork& network, Scheduler& scheduler, uint32_t node, const ListenOptions& options)
      : network_(network), accepters_(scheduler), node_(node), options_(options) {}
  ~SimListener() override;
  Result<Done, NetError> bind(uint16_t port);

  Result<std::unique_ptr<DetachedConnection>, NetError> await_accept() override;
  void close() override;
  [[nodiscard]] Endpoint local() const override { return {network_.address(node_), port_}; }

  // A SYN has arrived. False when the accept queue is full.
  [[nodiscard]] bool has_room() const { return waiting_.size() < static_cast<size_t>(std::max(options_.backlog, 1)); }
  void offer(std::unique_ptr<DetachedConnection> socket);
  [[nodiscard]] const ListenOptions& options() const { return options_; }

 private:
  SimNetwork& network_;
  WaitList accepters_;
  const uint32_t node_;
  const ListenOptions options_;
  uint16_t port_ = 0;
  bool open_ = false;
  std::deque<std::unique_ptr<DetachedConnection>> waiting_;
};

class SimTcp final : public Network {
 public:
  SimTcp(SimNetwork& network, Scheduler& scheduler, uint32_t node)
      : network_(network), scheduler_(scheduler), node_(node) {}

  Result<std::unique_ptr<Listener>, NetError> listen(const Endpoint& at,
                                                     const ListenOptions& options) override;
  Result<std::unique_ptr<Connection>, NetError> await_connect(const Endpoint& to,
                                                              TimePoint deadline) override;
  std::unique_ptr<Connection> adopt(std::unique_ptr<DetachedConnection> socket) override;

 private:
  SimNetwork& network_;
  Scheduler& scheduler_;
  const uint32_t node_;
};

}  // namespace weir
