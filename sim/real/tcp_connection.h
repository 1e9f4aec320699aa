// TcpConnection: one non-blocking TCP socket, bound to the loop that adopted it.
//
// It owns the descriptor; destroying it closes the connection (the kernel sends a reset when bytes
// were left unread, as TCP has it). Reads and writes go straight to the kernel, without a buffer of
// our own: try_write takes what the kernel takes.
//
// Level-triggered, interest in writing is dropped once it was reported and raised again when a
// write was cut short: a socket that can be written is the normal case and must not keep the loop
// awake.
#pragma once

#include "sim/env/network.h"
#include "sim/real/epoll_loop.h"
#include "sim/real/fd.h"
#include "sim/real/tcp_address.h"

namespace weir {

// An accepted socket that no shard owns yet. May move between threads.
class TcpSocket final : public DetachedConnection {
 public:
  TcpSocket(Fd fd_in, Endpoint peer) : fd(std::move(fd_in)), peer_(std::move(peer)) {}
  [[nodiscard]] Endpoint peer() const override { return peer_; }
  Fd fd;

 private:
  const Endpoint peer_;
};

class TcpConnection final : public Connection, private EpollHandler {
 public:
  TcpConnection(EpollLoop& loop, Fd fd, Endpoint peer);

  Result<size_t, NetError> try_read(MutableBytes into) override;
  Result<size_t, NetError> try_write(std::span<const ConstBytes> pieces, More more) override;
  Result<size_t, NetError> try_send(const FileSlice& slice, uint64_t from, uint64_t bytes) override;
  void watch(Interest interest, ReadySink* sink, uint64_t token) override;
  void shutdown_write() override;
  [[nodiscard]] Endpoint peer() const override { return peer_; }

 private:
  void on_events(uint32_t events) override;
  void update_watch();
  void note_send_buffer_full();

  EpollLoop& loop_;
  const Endpoint peer_;
  Fd fd_;
  Watch watch_;  // after fd_: it goes first
  Interest interest_ = Interest::none;
  bool write_armed_ = false;  // level-triggered: the kernel is to tell when there is room
  bool write_shut_ = false;
  ReadySink* sink_ = nullptr;
  uint64_t token_ = 0;
};

}  // namespace weir
