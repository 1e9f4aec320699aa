#include "sim/world/sim_network.h"

#include "sim/world/sim_connection.h"

namespace weir {
namespace {
constexpr Site kComponent{"network"};
constexpr Site kPurpose{"host"};
constexpr Site kCut{"net.cut"};
constexpr Site kHeal{"net.heal"};
constexpr Site kStall{"net.stall"};
constexpr Site kHalfClose{"net.half_close"};
}  // namespace

SimNetwork::SimNetwork(Simulator& simulator, NetworkOptions options)
    : simulator_(simulator), options_(options) {}

SimNetwork::~SimNetwork() {
  while (!orphans_.empty()) delete &orphans_.front();
  while (!channels_.empty()) delete &channels_.front();
}

void SimNetwork::add_host(uint32_t node, std::string address) {
  CHECK_MSG(node == hosts_.size() + 1, "nodes are numbered from 1, in the order of their coming");
  Host& added = hosts_.emplace_back();
  added.address = std::move(address);
  added.stream = simulator_.stream(kComponent, node, kPurpose);
}

void SimNetwork::set_up(uint32_t node, bool up) {
  host(node).up = up;
  if (!up) return;
  // What was sent to the powerless host is still being repeated by the senders.
  for (SimChannel* channel : in_order()) {
    for (uint32_t side = 0; side < 2; ++side) {
      if (channel->end(1 - side).node == node) channel->outgoing(side).release_held(false);
    }
  }
}

std::vector<SimChannel*> SimNetwork::in_order() const {
  std::vector<SimChannel*> all;
  channels_.for_each([&](SimChannel& channel) { all.push_back(&channel); });
  return all;
}

void SimNetwork::cut(uint32_t from, uint32_t to) {
  simulator_.trace().record(simulator_.now_ns(), 0, 0, kCut, from, to);
  faults(from, to).cut = true;
}

void SimNetwork::stall(uint32_t from, uint32_t to) {
  simulator_.trace().record(simulator_.now_ns(), 0, 0, kStall, from, to);
  faults(from, to).stalled = true;
}

size_t SimNetwork::heal(uint32_t from, uint32_t to) {
  simulator_.trace().record(simulator_.now_ns(), 0, 0, kHeal, from, to);
  LinkFaults& link = faults(from, to);
  const bool burst = link.stalled && !link.cut;
  link.cut = link.stalled = false;
  size_t released = 0;
  for (SimChannel* channel : in_order()) {
    for (uint32_t side = 0; side < 2; ++side) {
      if (channel->end(side).node == from && channel->end(1 - side).node == to) {
        released += channel->outgoing(side).release_held(burst);
      }
    }
  }
  return released;
}

LinkFaults& SimNetwork::faults(uint32_t from, uint32_t to) {
  LinkFaults& link = links_[{from, to}];
  std::vector<LinkFaults*>& row = host(from).links_to;
  row.resize(std::max<size_t>(row.size(), to + 1));
  row[to] = &link;
  return link;
}

LinkFaults* SimNetwork::find_faults(uint32_t from, uint32_t to) {
  const std::vector<LinkFaults*>& row = host(from).links_to;
  return to < row.size() ? row[to] : nullptr;
}

bool SimNetwork::is_cut(uint32_t from, uint32_t to) const {
  const auto it = links_.find({from, to});
  return it != links_.end() && it->second.cut;
}

size_t SimNetwork::half_close(uint32_t from, uint32_t to) {
  size_t count = 0;
  for (SimChannel* channel : in_order()) {
    for (uint32_t side = 0; side < 2; ++side) {
      const bool theirs = channel->end(side).node == from && channel->end(1 - side).node == to;
      if (!theirs || !channel->end(side).alive || channel->end(side).was_reset) continue;
      simulator_.trace().record(simulator_.now_ns(), from, 0, kHalfClose, channel->id());
      channel->shutdown_write(side);
      ++count;
    }
  }
  return count;
}

std::vector<uint32_t> SimNetwork::hosts() const {
  std::vector<uint32_t> all;
  for (uint32_t node = 1; node <= hosts_.size(); ++node) all.push_back(node);
  return all;
}

size_t SimNetwork::reset_between(uint32_t a, uint32_t b) {
  size_t count = 0;
  for (SimChannel* channel : in_order()) {
    const uint32_t x = channel->end(0).node;
    const uint32_t y = channel->end(1).node;
    const bool alive = channel->end(0).alive || channel->end(1).alive;
    if (alive && ((x == a && y == b) || (x == b && y == a))) {
      channel->reset_both();
      ++count;
    }
  }
  return count;
}

uint32_t SimNetwork::resolve(std::string_view name, uint32_t self) const {
  if (name == "127.0.0.1" || name == "localhost") return self;
  for (uint32_t node = 1; node <= hosts_.size(); ++node) {
    if (host(node).address == name) return node;
  }
  return 0;
}

int64_t SimNetwork::draw_latency_ns(uint32_t from, uint32_t to) {
  Stream& stream = host(from).stream;
  if (LinkFaults* const link = find_faults(from, to); link != nullptr && link->law) {
    ++link->slowed.effective;
    return draw_latency(*link->law, simulator_, stream);
  }
  return draw_latency(from == to ? options_.loopback : options_.link, simulator_, stream);
}

Result<uint16_t, NetError> SimNetwork::bind(uint32_t node, uint16_t port, SimListener& listener) {
  Host& here = host(node);
  if (port == 0) port = here.next_port++;
  if (!here.listeners.emplace(port, &listener).second) return NetError::address_in_use;
  return port;
}

void SimNetwork::unbind(uint32_t node, uint16_t port) { host(node).listeners.erase(port); }

SimListener* SimNetwork::listener(uint32_t node, uint16_t port) {
  const auto& listeners = host(node).listeners;
  const auto it = listeners.find(port);
  return it == listeners.end() ? nullptr : it->second;
}

uint64_t SimNetwork::register_channel(SimChannel& channel) {
  channels_.push_back(channel);
  return next_channel_++;
}

}  // namespace weir
