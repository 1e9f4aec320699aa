// SimNetwork: the TCP of the simulated world.
//
// Hosts are joined pairwise by links with a latency law; link_faults.h says what can be wrong with
// each direction.
// A connection is two pipes of bytes (sim_connection.h). Nothing inside a connection is ever lost,
// doubled or reordered: what a cut link or a powerless host cannot take is held, as by TCP's
// retransmission, and arrives when the way is free again, or meets a reset when the other end is
// gone by then.
//
// Connecting takes a round trip. A SYN that meets a cut, a powerless host or a full accept queue is
// repeated after 1 s, 2 s, 4 s, ...; nobody listening answers with a reset (refused).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/intrusive_list.h"
#include "sim/env/network.h"
#include "sim/world/link_faults.h"
#include "sim/world/simulator.h"

namespace weir {

class SimChannel;
class SimListener;
struct AllChannelsTag {};

// What may outlive everyone who refers to it, because only an event under way does; deleted with
// the network at the latest.
struct NetworkOrphanTag {};
class NetworkOrphan : public ListHook<NetworkOrphanTag> {
 public:
  virtual ~NetworkOrphan() = default;
};

struct NetworkOptions {
  LinkLaw link;
  LinkLaw loopback{.kind = LinkLaw::Kind::uniform, .min_ns = 5'000, .max_ns = 30'000};
  uint32_t window_bytes = 64 * 1024;  // unread and in flight, per direction
  uint32_t short_read_per_million = 50'000;
  uint32_t short_write_per_million = 50'000;
  // Whether the network looks for request frames (four bytes of length, two of API key) in what
  // clients send, so that faults can be aimed at an API. From the start of every connection.
  bool sees_frames = false;
  // Which bit of a segment a corruption changes, given a drawn number; nothing: none in this one.
  // Empty: any bit.
  std::function<std::optional<uint64_t>(ConstBytes segment, uint64_t drawn)> corruptible;
};

class SimNetwork {
 public:
  SimNetwork(Simulator& simulator, NetworkOptions options);
  ~SimNetwork();
  SimNetwork(const SimNetwork&) = delete;
  SimNetwork& operator=(const SimNetwork&) = delete;

  // --- topology and faults ---------------------------------------------------------------------
  void add_host(uint32_t node, std::string address);
  void set_up(uint32_t node, bool up);  // power
  void cut(uint32_t from, uint32_t to);
  void stall(uint32_t from, uint32_t to);
  // Ends cut and stall. Held segments go on: after a cut they travel anew, after a stall they arrive
  // at once. Returns how many there were.
  size_t heal(uint32_t from, uint32_t to);
  [[nodiscard]] bool is_cut(uint32_t from, uint32_t to) const;
  // The knobs of one direction, made when first asked for.
  LinkFaults& faults(uint32_t from, uint32_t to);
  [[nodiscard]] const std::map<std::pair<uint32_t, uint32_t>, LinkFaults>& links() const {
    return links_;
  }
  // Null when nobody ever turned a knob of that direction.
  [[nodiscard]] LinkFaults* find_faults(uint32_t from, uint32_t to);
  // Resets every connection between the two, at both ends. Returns how many.
  size_t reset_between(uint32_t a, uint32_t b);
  // The end on `from` of each connection to `to` says that it will write no more.
  size_t half_close(uint32_t from, uint32_t to);
  // SYNs to this machine find its accept queues full.
  FaultPoint& accept_full(uint32_t node) { return host(node).accept_full; }
  [[nodiscard]] std::vector<uint32_t> hosts() const;

  // --- for the shards' Network and for connections -----------------------------------------------
  Simulator& simulator() { return simulator_; }
  [[nodiscard]] const NetworkOptions& options() const { return options_; }
  [[nodiscard]] bool is_up(uint32_t node) const { return host(node).up; }
  [[nodiscard]] const std::string& address(uint32_t node) const { return host(node).address; }
  // Node of an address; 0 when unknown. "127.0.0.1" and "localhost" are `self`.
  [[nodiscard]] uint32_t resolve(std::string_view name, uint32_t self) const;
  int64_t draw_latency_ns(uint32_t from, uint32_t to);
  Stream& stream(uint32_t node) { return host(node).stream; }

  Result<uint16_t, NetError> bind(uint32_t node, uint16_t port, SimListener& listener);
  void unbind(uint32_t node, uint16_t port);
  SimListener* listener(uint32_t node, uint16_t port);
  uint16_t ephemeral_port(uint32_t node) { return host(node).next_port++; }

  uint64_t register_channel(SimChannel& channel);  // gives its id
  void adopt_orphan(NetworkOrphan& orphan) { orphans_.push_back(orphan); }

 private:
  struct Host {
    std::string address;
    bool up = true;
    uint16_t next_port = 32'768;
    std::map<uint16_t, SimListener*> listeners;
    FaultPoint accept_full;
    Stream stream;
    std::vector<LinkFaults*> links_to;  // by node; null: untouched
  };
  [[nodiscard]] Host& host(uint32_t node) { return hosts_.at(node - 1); }
  [[nodiscard]] const Host& host(uint32_t node) const { return hosts_.at(node - 1); }

  Simulator& simulator_;
  const NetworkOptions options_;
  std::vector<Host> hosts_;  // of node 1, 2, ...
  std::map<std::pair<uint32_t, uint32_t>, LinkFaults> links_;  // (from, to): touched ones
  IntrusiveList<SimChannel, AllChannelsTag> channels_;  // oldest first; owns
  IntrusiveList<NetworkOrphan, NetworkOrphanTag> orphans_;
  std::vector<SimChannel*> in_order() const;
  uint64_t next_channel_ = 1;
};

}  // namespace weir
