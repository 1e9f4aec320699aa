// One simulated TCP connection: a channel with two ends and two pipes of bytes.
//
// A pipe is one byte queue; a segment is only an event that makes its first n unread-yet-in-flight
// bytes readable at the other end. Room in the pipe (the window) is what the reader has not taken.
// An end is alive while a process holds its Connection; data for an end that is gone is answered
// with a reset, unless that host has no power, in which case it waits for the host.
//
// Lifetime: the channel lives while an end is alive or an event for it is under way.
#pragma once

#include <algorithm>
#include <array>
#include <deque>
#include <memory>

#include "sim/base/intrusive_list.h"
#include "sim/env/network.h"
#include "sim/fiber/wait.h"
#include "sim/world/sim_disk.h"
#include "sim/world/sim_network.h"

namespace weir {

// First in, first out, contiguous at the reading side.
class ByteQueue {
 public:
  void push(ConstBytes bytes) { append_bytes(bytes_, bytes); }
  void pop(MutableBytes into);
  // A byte that has not been read yet.
  uint8_t& at(size_t index) { return bytes_[first_ + index]; }
  void clear() {
    bytes_.clear();
    first_ = 0;
  }

 private:
  Buffer bytes_;
  size_t first_ = 0;
};

// What travels: data, the end of the stream, or a reset.
enum class SegmentKind : uint64_t { data, fin, reset };

class SimEnd;

// The direction away from end `from`.
class SimPipe final : public EventTarget {
 public:
  SimPipe(SimChannel& channel, uint32_t from_side, uint32_t window)
      : window_bytes(window), channel_(channel), from_side_(from_side) {}
  void send(SegmentKind kind, uint32_t bytes);
  void on_event(uint64_t argument) override;
  // Puts held segments on their way again; as a burst they arrive at once.
  size_t release_held(bool burst);
  // What the owner of the sending end writes: looks for request frames in it.
  void watch_frames(ConstBytes bytes);

  ByteQueue bytes;
  uint32_t window_bytes;  // unread and in flight
  uint32_t readable = 0;
  uint32_t in_flight = 0;
  bool fin_sent = false;
  bool fin_arrived = false;

 private:
  friend class SimChannel;
  void schedule(uint64_t argument);
  void arrive(SegmentKind kind, uint32_t bytes);
  [[nodiscard]] bool is_held(LinkFaults* link);
  bool misfortune(LinkFaults& link, uint32_t bytes);
  void on_request(uint16_t api_key);

  // Where in a frame of a client's stream we are.
  struct FrameScan {
    uint64_t header = 0;  // the last six bytes
    uint32_t have = 0;    // bytes of the header
    uint64_t left = 0;    // bytes of the frame behind the header
  };
  FrameScan frame_;
  int64_t not_before_ns_ = 0;
  SimChannel& channel_;
  const uint32_t from_side_;
  int64_t last_arrival_ns_ = 0;
  std::deque<uint64_t> held_;
};

// One end, as its process sees it.
class SimEnd final : public EventTarget {
 public:
  SimEnd(SimChannel& channel, uint32_t side) : channel_(channel), side_(side) {}
  // Deferred readiness check.
  void on_event(uint64_t argument) override;
  void check_soon(int64_t delay_ns);
  [[nodiscard]] Interest ready() const;

  Endpoint local;
  uint32_t node = 0;
  bool alive = true;
  bool was_reset = false;
  Interest interest = Interest::none;
  ReadySink* sink = nullptr;
  uint64_t token = 0;

 private:
  void notify();
  friend class SimPipe;
  friend class SimChannel;
  SimChannel& channel_;
  const uint32_t side_;
  bool check_scheduled_ = false;
};

class SimChannel : public ListHook<AllChannelsTag> {
 public:
  SimChannel(SimNetwork& network, Endpoint client, uint32_t client_node, Endpoint server,
             uint32_t server_node);

  Result<size_t, NetError> try_read(uint32_t side, MutableBytes into);
  Result<size_t, NetError> try_write(uint32_t side, std::span<const ConstBytes> pieces);
  void watch(uint32_t side, Interest interest, ReadySink* sink, uint64_t token);
  void shutdown_write(uint32_t side);
  // The process lets go of its end (closed, killed or powerless).
  void close(uint32_t side);
  // Both ends see a reset at once (a fault on the path).
  void reset_both();

  [[nodiscard]] SimEnd& end(uint32_t side) { return ends_[side]; }
  [[nodiscard]] const SimEnd& end(uint32_t side) const { return ends_[side]; }
  // The pipe that `side` writes to.
  [[nodiscard]] SimPipe& outgoing(uint32_t side) { return pipes_[side]; }
  [[nodiscard]] const SimPipe& outgoing(uint32_t side) const { return pipes_[side]; }
  [[nodiscard]] uint32_t room(uint32_t side) const;
  // What `side` writes: no more than so many bytes of it are unread at the other end, or on their way there.
  void limit(uint32_t side, std::optional<uint32_t> bytes) {
    if (bytes) pipes_[side].window_bytes = std::clamp(*bytes, 1U, pipes_[side].window_bytes);
  }
  SimNetwork& network() { return network_; }
  [[nodiscard]] const SimNetwork& network() const { return network_; }
  [[nodiscard]] uint64_t id() const { return id_; }

  void event_scheduled() { ++pending_events_; }
  // Returns false when that was the last reason for the channel to live: it is gone then.
  bool event_done();

 private:
  void receive_reset(uint32_t side);
  bool release_if_unused();
  friend class SimPipe;

  SimNetwork& network_;
  std::array<SimEnd, 2> ends_;
  std::array<SimPipe, 2> pipes_;
  uint32_t pending_events_ = 0;
  uint64_t id_ = 0;
};

class SimConnection final : public Connection {
 public:
  SimConnection(SimChannel& channel, uint32_t side) : channel_(channel), side_(side) {}
  ~SimConnection() override { channel_.close(side_); }
  Result<size_t, NetError> try_read(MutableBytes into) override {
    return channel_.try_read(side_, into);
  }
  // What More says is of no weight here: a packet is as long as its write.
  Result<size_t, NetError> try_write(std::span<const ConstBytes> pieces, More /*more*/) override {
    return channel_.try_write(side_, pieces);
  }
  Result<size_t, NetError> try_send(const FileSlice& slice, uint64_t from,
                                    uint64_t bytes) override {
    const ConstBytes piece = static_cast<const SimSlice&>(slice).bytes().subspan(from, bytes);
    return channel_.try_write(side_, {&piece, 1});
  }
  void watch(Interest interest, ReadySink* sink, uint64_t token) override {
    channel_.watch(side_, interest, sink, token);
  }
  void shutdown_write() override { channel_.shutdown_write(side_); }
  [[nodiscard]] Endpoint peer() const override { return channel_.end(1 - side_).local; }

 private:
  SimChannel& channel_;
  const uint32_t side_;
};

class SimDetached final : public DetachedConnection {
 public:
  SimDetached(SimChannel& channel, uint32_t side) : channel_(&channel), side_(side) {}
  ~SimDetached() override {
    if (channel_ != nullptr) channel_->close(side_);
  }
  [[nodiscard]] Endpoint peer() const override { return channel_->end(1 - side_).local; }
  std::unique_ptr<Connection> adopt() {
    return std::make_unique<SimConnection>(*std::exchange(channel_, nullptr), side_);
  }

 private:
  SimChannel* channel_;
  const uint32_t side_;
};

}  // namespace weir
