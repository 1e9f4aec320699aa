// ClientPort: the connections of ZooKeeper's clients, served by one fiber.
//
//   bytes ──> frames (int32 length, that many bytes) ──> FrameSink        send() ──> bytes
//
// It knows frames, not what is in them. Unlike Kafka's clients these may ask again before they are
// answered, and are told things that they did not ask for; so a connection is not muted by a request, only
// by hold(). Idle connections cost neither a fiber nor a buffer.
//
// The first four bytes of a connection may be a word instead of a length ("ruok"): its answer is sent as
// plain text, and the connection ends.
//
// Limits: a frame longer than max_frame_bytes (jute.maxbuffer), or of negative length, ends its connection;
// so does a connection that lets kMaxUnsentBytes pile up, and one more of an address than
// max_connections_per_host. While more than kMaxUnansweredBytes wait to be sent, a connection is not read.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "sim/base/bytes.h"
#include "sim/env/env.h"
#include "sim/env/network.h"
#include "sim/fiber/wait.h"

namespace weir {

class FrameSink {
 public:
  virtual ~FrameSink() = default;
  virtual void on_open(uint64_t connection, const Endpoint& peer) = 0;
  virtual void on_frame(uint64_t connection, ConstBytes frame) = 0;
  // The answer to a word; empty: it is none.
  virtual std::string on_word(std::string_view word) = 0;
  // After it nothing is said of this connection, and nothing can be sent to it.
  virtual void on_closed(uint64_t connection) = 0;
};

struct ClientPortOptions {
  uint32_t max_frame_bytes = 0xfffff;         // jute.maxbuffer
  uint32_t max_connections_per_host = 60;     // maxClientCnxns; 0: no limit
};

class ClientPort final : public ReadySink {
 public:
  static constexpr size_t kMaxUnansweredBytes = 1 << 20;
  static constexpr size_t kMaxUnsentBytes = 64 << 20;

  ClientPort(Env& env, FrameSink& sink, const ClientPortOptions& options);
  ~ClientPort() override;

  void add(std::unique_ptr<DetachedConnection> socket);
  // The port's fiber: returns after close().
  void await_run();
  // `frame` without its length; not to a connection that is gone.
  void send(uint64_t connection, ConstBytes frame);
  // Ends it once all is sent, and reads nothing more of it.
  void close_when_sent(uint64_t connection);
  void drop(uint64_t connection, std::string_view reason);
  // Whether anything is read: there may be too much to do already.
  void hold(bool held);
  void close();
  [[nodiscard]] size_t connection_count() const { return connections_.size(); }
  [[nodiscard]] uint64_t received_count() const { return received_; }
  [[nodiscard]] uint64_t sent_count() const { return sent_; }

 private:
  struct Peer;
  void on_ready(uint64_t token, Interest ready) override;
  void enqueue(uint64_t id, Peer& peer);
  void serve(uint64_t id);
  void read(uint64_t id, Peer& peer);
  void parse(uint64_t id, Peer& peer);
  bool parse_word(uint64_t id, Peer& peer);
  void write(Peer& peer);
  void rewatch(uint64_t id, Peer& peer);
  [[nodiscard]] bool may_read(const Peer& peer) const;
  void end(uint64_t id);

  Env& env_;
  FrameSink& sink_;
  const ClientPortOptions options_;
  Buffer scratch_;
  std::map<uint64_t, std::unique_ptr<Peer>> connections_;
  std::map<std::string, uint32_t> by_host_;
  std::deque<uint64_t> ready_;  // each connection at most once
  WaitList turn_;
  uint64_t next_id_ = 1;
  uint64_t received_ = 0;
  uint64_t sent_ = 0;
  bool held_ = false;
  bool closed_ = false;
};

}  // namespace weir
