// Processor: the connections of one shard, served by one fiber.
//
//   readable ──> frame complete ──> mute ──> request channel ──> handler ──> reply ──> unmute
//
// It knows frames (a four-byte size and that many bytes), not APIs. A connection is read only while
// it is not muted, so answers leave in the order of their requests. A size that is negative or above
// the limit closes the connection; memory for a frame grows with what has arrived, not with what a
// size claims. Thousands of idle connections cost no fiber and no turn.
//
// Nor is it read while the pool of queued.max.request.bytes has no room for its next request
// (memory_pool.h). A connection on which nothing came for connections.max.idle.ms is closed: they
// stand in a list by their last bytes, so only the first is looked at. One that waits for its answer or
// for room is not idle, whoever keeps it waiting.
#pragma once

#include <deque>
#include <map>
#include <memory>

#include "broker/server/memory_pool.h"
#include "broker/server/request_channel.h"
#include "sim/base/intrusive_list.h"
#include "sim/env/env.h"
#include "sim/fiber/event.h"

namespace weir {

struct ProcessorOptions {
  uint32_t request_max_bytes = 104'857'600;
  std::optional<uint64_t> queued_max_request_bytes;
  Duration max_idle = seconds(600);
};

class Processor final : public ReadySink {
 public:
  Processor(Env& env, RequestChannel& requests, const ProcessorOptions& options);
  ~Processor() override;

  // Takes over a connection that `listener` accepted. `on_closed` is called when it ends, but not any more once the
  // processor has been told to stop reading: who counts connections has gone by then.
  void add(std::unique_ptr<DetachedConnection> socket, uint32_t listener,
           UniqueFunction<void()> on_closed);
  // The processor's fiber: returns after close().
  void await_run();
  // Answers the request of `connection`; harmless when that is gone.
  void reply(uint64_t connection, Reply reply);
  // The request of `connection` waits outside of the handlers: it is not among the queued bytes.
  void parked(uint64_t connection) { release_memory(connection); }
  // Reads nothing more. Connections whose answer is under way get it.
  void stop_reading();
  void close();
  // Requests that wait for their answer.
  [[nodiscard]] size_t muted_count() const { return muted_count_; }
  [[nodiscard]] size_t connection_count() const { return connections_.size(); }

 private:
  struct Channel;
  struct IdleTag {};
  void on_ready(uint64_t token, Interest ready) override;
  void await_serve(uint64_t id);
  bool read_frame(uint64_t id, Channel& channel);  // true when a frame is complete
  void write_pending(uint64_t id, Channel& channel);
  void drop(uint64_t id, std::string_view reason);
  void rewatch(uint64_t id, Channel& channel);
  void release_memory(uint64_t id);
  void touch(Channel& channel);
  TimePoint close_idle();

  Env& env_;
  RequestChannel& requests_;
  const ProcessorOptions options_;
  MemoryPool memory_;
  std::map<uint64_t, std::unique_ptr<Channel>> connections_;
  uint64_t next_id_ = 1;
  size_t muted_count_ = 0;
  std::deque<uint64_t> ready_;  // each connection at most once
  WaitList turn_;
  IntrusiveList<Channel, IdleTag> by_last_bytes_;  // those that may be closed for being idle
  bool reading_ = true;
  bool closed_ = false;
};

}  // namespace weir
