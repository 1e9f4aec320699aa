#include "sim/world/sim_connection.h"

#include <algorithm>

namespace weir {
namespace {

constexpr Site kSend{"net.send"};
constexpr Site kDeliver{"net.deliver"};
constexpr Site kHeld{"net.held"};
constexpr Site kClose{"net.close"};
constexpr Site kReset{"net.reset"};
constexpr Site kResetSegment{"net.fault.reset_segment"};
constexpr Site kCorrupt{"net.fault.corrupt"};
constexpr Site kCorruptBit{"net.fault.corrupt.bit"};
constexpr Site kLostFarewell{"net.fault.lost_farewell"};
constexpr Site kApiStall{"net.fault.api_stall"};
constexpr Site kApiReset{"net.fault.api_reset"};
constexpr Site kShortRead{"net.short_read"};
constexpr Site kShortReadAt{"net.short_read.at"};
constexpr Site kShortWrite{"net.short_write"};
constexpr Site kShortWriteAt{"net.short_write.at"};
constexpr int64_t kCheckDelayNs = 1'000;

uint64_t pack(SegmentKind kind, uint32_t bytes) {
  return (static_cast<uint64_t>(bytes) << 2) | static_cast<uint64_t>(kind);
}

}  // namespace

void ByteQueue::pop(MutableBytes into) {
  std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(first_), into.size(), into.begin());
  first_ += into.size();
  if (first_ == bytes_.size()) {
    clear();
  } else if (first_ > bytes_.size() / 2 && first_ > 4096) {
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
}

// --- SimPipe ----------------------------------------------------------------------------------------

void SimPipe::send(SegmentKind kind, uint32_t byte_count) {
  if (kind == SegmentKind::data) in_flight += byte_count;
  if (kind == SegmentKind::fin) fin_sent = true;
  schedule(pack(kind, byte_count));
}

void SimPipe::schedule(uint64_t argument) {
  SimNetwork& network = channel_.network();
  Simulator& simulator = network.simulator();
  const uint32_t from = channel_.end(from_side_).node;
  const uint32_t to = channel_.end(1 - from_side_).node;
  int64_t leaves = std::max(simulator.now_ns(), not_before_ns_);
  LinkFaults* const link = network.find_faults(from, to);
  if (link != nullptr && link->bytes_per_second > 0) {
    constexpr uint64_t kHeaderBytes = 40;
    if (link->busy_until_ns > leaves) ++link->throttled.effective;
    leaves = std::max(leaves, link->busy_until_ns) +
             static_cast<int64_t>(((argument >> 2) + kHeaderBytes) * 1'000'000'000 /
                                  link->bytes_per_second);
    link->busy_until_ns = leaves;
  }
  const int64_t arrival = leaves + network.draw_latency_ns(from, to);
  last_arrival_ns_ = std::max(arrival, last_arrival_ns_ + 1);  // order inside a connection
  channel_.event_scheduled();
  simulator.at(last_arrival_ns_, *this, argument);
}

bool SimPipe::is_held(LinkFaults* link) {
  const SimEnd& to = channel_.end(1 - from_side_);
  if (link != nullptr && link->cut) ++link->held.effective;
  if (link != nullptr && link->stalled) ++link->clogged.effective;
  return (link != nullptr && (link->cut || link->stalled)) ||
         !channel_.network().is_up(to.node) || !held_.empty();
}

// True when the segment ends in a reset of the whole connection.
bool SimPipe::misfortune(LinkFaults& link, uint32_t byte_count) {
  SimNetwork& network = channel_.network();
  Simulator& simulator = network.simulator();
  Stream& stream = network.stream(channel_.end(from_side_).node);
  if (link.reset_segment.fires(simulator, kResetSegment, stream)) {
    ++link.reset_segment.effective;
    return true;
  }
  if (channel_.end(1 - from_side_).alive && link.corrupt.fires(simulator, kCorrupt, stream)) {
    const uint64_t bits = uint64_t{byte_count} * 8;
    std::optional<uint64_t> bit = simulator.choose(kCorruptBit, stream, bits);
    if (network.options().corruptible) {
      bit = network.options().corruptible({&bytes.at(readable), byte_count}, *bit);
    }
    if (!bit) return false;
    bytes.at(readable + *bit / 8) ^= static_cast<uint8_t>(1 << (*bit % 8));
    ++link.corrupt.effective;
  }
  return false;
}

void SimPipe::on_event(uint64_t argument) {
  SimNetwork& network = channel_.network();
  const uint32_t from = channel_.end(from_side_).node;
  const SimEnd& to = channel_.end(1 - from_side_);
  LinkFaults* const link = network.find_faults(from, to.node);
  const auto kind = static_cast<SegmentKind>(argument & 3);
  const auto byte_count = static_cast<uint32_t>(argument >> 2);
  if (is_held(link)) {
    network.simulator().trace().record(network.simulator().now_ns(), to.node, 0, kHeld,
                                       channel_.id(), argument >> 2, argument & 3);
    held_.push_back(argument);
  } else if (link != nullptr && kind == SegmentKind::data && in_flight > 0 &&
             misfortune(*link, byte_count)) {
    channel_.reset_both();
  } else {
    arrive(kind, byte_count);
  }
  channel_.event_done();
}

void SimPipe::watch_frames(ConstBytes sent) {
  constexpr uint32_t kHeader = 6;  // length, key
  for (const uint8_t byte : sent) {
    if (frame_.left > 0) {
      --frame_.left;
      continue;
    }
    frame_.header = (frame_.header << 8) | byte;
    if (++frame_.have < kHeader) continue;
    const uint64_t length = (frame_.header >> 16) & 0xffffffff;
    on_request(static_cast<uint16_t>(frame_.header & 0xffff));
    frame_ = {.left = length > 2 ? length - 2 : 0};
  }
}

void SimPipe::on_request(uint16_t api_key) {
  SimNetwork& network = channel_.network();
  Simulator& simulator = network.simulator();
  const SimEnd& here = channel_.end(from_side_);
  LinkFaults* const link = network.find_faults(here.node, channel_.end(1 - from_side_).node);
  if (link == nullptr || link->api_key != api_key) return;
  Stream& stream = network.stream(here.node);
  if (link->api_stall.fires(simulator, kApiStall, stream)) {
    ++link->api_stall.effective;
    not_before_ns_ = simulator.now_ns() + link->api_stall_ns;
  }
  if (link->api_reset.fires(simulator, kApiReset, stream)) {
    ++link->api_reset.effective;
    send(SegmentKind::reset, 0);
    channel_.outgoing(1 - from_side_).send(SegmentKind::reset, 0);
  }
}

void SimPipe::arrive(SegmentKind kind, uint32_t byte_count) {
  SimNetwork& network = channel_.network();
  SimEnd& to = channel_.end(1 - from_side_);
  network.simulator().trace().record(network.simulator().now_ns(), to.node, 0, kDeliver,
                                     channel_.id(), byte_count, static_cast<uint64_t>(kind));
  if (kind == SegmentKind::reset) {
    channel_.receive_reset(1 - from_side_);
    return;
  }
  if (!to.alive) {
    // Nobody holds that end any more: its kernel answers with a reset.
    if (channel_.end(from_side_).alive) {
      channel_.outgoing(1 - from_side_).send(SegmentKind::reset, 0);
    }
    return;
  }
  if (kind == SegmentKind::data) {
    in_flight -= byte_count;
    readable += byte_count;
  } else {
    fin_arrived = true;
  }
  to.notify();
}

size_t SimPipe::release_held(bool burst) {
  const std::deque<uint64_t> held = std::exchange(held_, {});
  for (const uint64_t argument : held) {
    if (!burst) {
      schedule(argument);
      continue;
    }
    Simulator& simulator = channel_.network().simulator();
    last_arrival_ns_ = std::max(simulator.now_ns(), last_arrival_ns_ + 1);
    channel_.event_scheduled();
    simulator.at(last_arrival_ns_, *this, argument);
  }
  return held.size();
}

// --- SimEnd -----------------------------------------------------------------------------------------

Interest SimEnd::ready() const {
  const SimPipe& incoming = channel_.outgoing(1 - side_);
  const bool read = incoming.readable > 0 || incoming.fin_arrived || was_reset;
  const bool write = channel_.room(side_) > 0 || was_reset;
  return static_cast<Interest>((read ? 1 : 0) | (write ? 2 : 0));
}

void SimEnd::notify() {
  if (!alive || sink == nullptr) return;
  const auto what =
      static_cast<Interest>(static_cast<uint8_t>(ready()) & static_cast<uint8_t>(interest));
  if (what != Interest::none) sink->on_ready(token, what);
}

void SimEnd::check_soon(int64_t delay_ns) {
  if (check_scheduled_) return;
  check_scheduled_ = true;
  channel_.event_scheduled();
  Simulator& simulator = channel_.network().simulator();
  simulator.at(simulator.now_ns() + delay_ns, *this, 0);
}

void SimEnd::on_event(uint64_t /*argument*/) {
  check_scheduled_ = false;
  notify();
  channel_.event_done();
}

// --- SimChannel -------------------------------------------------------------------------------------

SimChannel::SimChannel(SimNetwork& network, Endpoint client, uint32_t client_node, Endpoint server,
                       uint32_t server_node)
    : network_(network),
      ends_{SimEnd(*this, 0), SimEnd(*this, 1)},
      pipes_{SimPipe(*this, 0, network.options().window_bytes), SimPipe(*this, 1, network.options().window_bytes)} {
  ends_[0].local = std::move(client);
  ends_[0].node = client_node;
  ends_[1].local = std::move(server);
  ends_[1].node = server_node;
  id_ = network.register_channel(*this);
}

uint32_t SimChannel::room(uint32_t side) const {
  const SimPipe& pipe = pipes_[side];
  const uint32_t used = pipe.readable + pipe.in_flight;
  return used >= pipe.window_bytes ? 0 : pipe.window_bytes - used;
}

Result<size_t, NetError> SimChannel::try_read(uint32_t side, MutableBytes into) {
  CHECK(!into.empty());
  SimEnd& here = ends_[side];
  SimPipe& incoming = pipes_[1 - side];
  if (here.was_reset) return NetError::reset;
  if (incoming.readable == 0) {
    if (incoming.fin_arrived) return size_t{0};
    return NetError::would_block;
  }
  Simulator& simulator = network_.simulator();
  size_t count = std::min<size_t>(incoming.readable, into.size());
  Stream& stream = network_.stream(here.node);
  if (count > 1 && simulator.chance(kShortRead, stream, network_.options().short_read_per_million)) {
    count = 1 + simulator.choose(kShortReadAt, stream, count);
  }
  const bool was_full = room(1 - side) == 0;
  incoming.bytes.pop(into.first(count));
  incoming.readable -= static_cast<uint32_t>(count);
  if (was_full) {
    // The window update has to travel.
    ends_[1 - side].check_soon(network_.draw_latency_ns(here.node, ends_[1 - side].node));
  }
  return count;
}

Result<size_t, NetError> SimChannel::try_write(uint32_t side, std::span<const ConstBytes> pieces) {
  SimEnd& here = ends_[side];
  SimPipe& pipe = pipes_[side];
  if (here.was_reset) return NetError::reset;
  if (pipe.fin_sent) return NetError::closed;
  size_t offered = 0;
  for (const ConstBytes piece : pieces) offered += piece.size();
  size_t count = std::min<size_t>(offered, room(side));
  if (offered == 0) return size_t{0};
  if (count == 0) return NetError::would_block;
  Simulator& simulator = network_.simulator();
  Stream& stream = network_.stream(here.node);
  if (count > 1 &&
      simulator.chance(kShortWrite, stream, network_.options().short_write_per_million)) {
    count = 1 + simulator.choose(kShortWriteAt, stream, count);
  }
  size_t left = count;
  uint64_t payload = 0;
  for (const ConstBytes piece : pieces) {
    const size_t taken = std::min(left, piece.size());
    pipe.bytes.push(piece.first(taken));
    if (side == 0 && network_.options().sees_frames) pipe.watch_frames(piece.first(taken));
    payload = fold64(payload, digest(piece.first(taken)));
    left -= taken;
    if (left == 0) break;
  }
  simulator.trace().record(simulator.now_ns(), here.node, 0, kSend, id_, count, payload);
  pipe.send(SegmentKind::data, static_cast<uint32_t>(count));
  return count;
}

void SimChannel::watch(uint32_t side, Interest interest, ReadySink* sink, uint64_t token) {
  SimEnd& here = ends_[side];
  here.interest = interest;
  here.sink = interest == Interest::none ? nullptr : sink;
  here.token = token;
  const auto ready = static_cast<uint8_t>(here.ready()) & static_cast<uint8_t>(interest);
  if (ready != 0) here.check_soon(kCheckDelayNs);
}

void SimChannel::shutdown_write(uint32_t side) {
  if (!pipes_[side].fin_sent && !ends_[side].was_reset) pipes_[side].send(SegmentKind::fin, 0);
}

void SimChannel::close(uint32_t side) {
  SimEnd& here = ends_[side];
  CHECK(here.alive);
  here.alive = false;
  here.sink = nullptr;
  SimPipe& incoming = pipes_[1 - side];
  // A powerless host says nothing. Otherwise unread data turns the farewell into a reset.
  LinkFaults* const link = network_.find_faults(here.node, ends_[1 - side].node);
  const bool unheard =
      link != nullptr &&
      link->lost_farewell.fires(network_.simulator(), kLostFarewell, network_.stream(here.node));
  if (unheard) ++link->lost_farewell.effective;
  if (network_.is_up(here.node) && !here.was_reset && !unheard) {
    network_.simulator().trace().record(network_.simulator().now_ns(), here.node, 0, kClose, id_,
                                        incoming.readable);
    if (incoming.readable > 0) {
      pipes_[side].send(SegmentKind::reset, 0);
    } else if (!pipes_[side].fin_sent) {
      pipes_[side].send(SegmentKind::fin, 0);
    }
  }
  release_if_unused();
}

void SimChannel::receive_reset(uint32_t side) {
  SimEnd& here = ends_[side];
  if (here.was_reset) return;
  here.was_reset = true;
  pipes_[1 - side].bytes.clear();
  pipes_[1 - side].readable = 0;
  here.notify();
}

void SimChannel::reset_both() {
  network_.simulator().trace().record(network_.simulator().now_ns(), 0, 0, kReset, id_);
  receive_reset(0);
  receive_reset(1);
}

bool SimChannel::event_done() {
  CHECK(pending_events_ > 0);
  --pending_events_;
  return release_if_unused();
}

bool SimChannel::release_if_unused() {
  if (ends_[0].alive || ends_[1].alive || pending_events_ > 0) return true;
  delete this;
  return false;
}

}  // namespace weir
