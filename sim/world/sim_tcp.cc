#include "sim/world/sim_tcp.h"

namespace weir {
namespace {

constexpr Site kConnect{"net.connect"};
constexpr Site kEstablished{"net.established"};
constexpr Site kRefused{"net.refused"};
constexpr Site kFaultRefused{"net.fault.refused"};
constexpr Site kFaultHung{"net.fault.hung"};
constexpr Site kFaultFull{"net.fault.accept_full"};
constexpr int64_t kFirstRetryNs = 1'000'000'000;
constexpr int64_t kLastRetryNs = 64'000'000'000;

}  // namespace

// ConnectAttempt: one handshake under way. Shared by the waiting fiber and by the event that moves it
// on; whoever lets go last deletes it.
class ConnectAttempt final : public EventTarget, public NetworkOrphan {
 public:
  ConnectAttempt(SimNetwork& network, Scheduler& scheduler, uint32_t from, uint32_t to,
                 uint16_t port)
      : network_(network), done_(scheduler), from_(from), to_(to), port_(port) {}

  void start() { schedule(kSyn, from_, to_); }
  void abandon() {
    abandoned_ = true;
    if (accepted_ != nullptr) std::exchange(accepted_, nullptr)->close(0);
    if (event_pending_) {
      network_.adopt_orphan(*this);
    } else {
      delete this;
    }
  }
  WaitResult await(TimePoint deadline) { return done_.await({.deadline = deadline}); }
  // After await() == ready.
  Result<std::unique_ptr<Connection>, NetError> result() {
    if (accepted_ == nullptr) return NetError::refused;
    return std::unique_ptr<Connection>(
        std::make_unique<SimConnection>(*std::exchange(accepted_, nullptr), 0));
  }

  void on_event(uint64_t stage) override {
    event_pending_ = false;
    if (abandoned_) {
      delete this;
      return;
    }
    const bool answer = stage != kSyn;
    const uint32_t source = answer ? to_ : from_;
    const uint32_t target = answer ? from_ : to_;
    LinkFaults* const link = network_.find_faults(source, target);
    if (link != nullptr && (link->cut || link->stalled)) {
      ++(link->cut ? link->held : link->clogged).effective;
      retry(stage);
    } else if (!network_.is_up(target)) {
      retry(stage);
    } else if (stage == kSyn) {
      syn_arrived();
    } else {
      Simulator& simulator = network_.simulator();
      simulator.trace().record(simulator.now_ns(), from_, 0,
                               stage == kSynAck ? kEstablished : kRefused, to_, port_);
      done_.set();
    }
  }

 private:
  enum Stage : uint64_t { kSyn, kSynAck, kRst };

  void syn_arrived() {
    SimListener* listener = network_.listener(to_, port_);
    Simulator& simulator = network_.simulator();
    Stream& stream = network_.stream(from_);
    if (LinkFaults* const link = network_.find_faults(from_, to_)) {
      if (link->hung.fires(simulator, kFaultHung, stream)) {
        ++link->hung.effective;
        return;  // no answer, ever: whoever waits has a deadline
      }
      if (link->refused.fires(simulator, kFaultRefused, stream)) {
        ++link->refused.effective;
        schedule(kRst, to_, from_);
        return;
      }
    }
    if (listener == nullptr) {
      schedule(kRst, to_, from_);
    } else if (network_.accept_full(to_).fires(simulator, kFaultFull, stream)) {
      ++network_.accept_full(to_).effective;
      retry(kSyn);
    } else if (!listener->has_room()) {
      retry(kSyn);
    } else {
      accepted_ = new SimChannel(
          network_, {network_.address(from_), network_.ephemeral_port(from_)}, from_,
          {network_.address(to_), port_}, to_);
      accepted_->limit(1, listener->options().send_buffer_bytes);
      accepted_->limit(0, listener->options().receive_buffer_bytes);
      listener->offer(std::make_unique<SimDetached>(*accepted_, 1));
      schedule(kSynAck, to_, from_);
    }
  }
  void schedule(Stage stage, uint32_t source, uint32_t target) {
    event_pending_ = true;
    Simulator& simulator = network_.simulator();
    simulator.at(simulator.now_ns() + network_.draw_latency_ns(source, target), *this, stage);
  }
  void retry(uint64_t stage) {
    event_pending_ = true;
    Simulator& simulator = network_.simulator();
    simulator.at(simulator.now_ns() + retry_ns_, *this, stage);
    retry_ns_ = std::min(retry_ns_ * 2, kLastRetryNs);
  }

  SimNetwork& network_;
  Event done_;
  const uint32_t from_;
  const uint32_t to_;
  const uint16_t port_;
  SimChannel* accepted_ = nullptr;  // the client's end, until it is handed out
  int64_t retry_ns_ = kFirstRetryNs;
  bool event_pending_ = false;
  bool abandoned_ = false;
};

// --- SimListener ------------------------------------------------------------------------------------

SimListener::~SimListener() {
  if (open_) network_.unbind(node_, port_);
}

Result<Done, NetError> SimListener::bind(uint16_t port) {
  port_ = TRY(network_.bind(node_, port, *this));
  open_ = true;
  return Done{};
}

void SimListener::offer(std::unique_ptr<DetachedConnection> socket) {
  waiting_.push_back(std::move(socket));
  accepters_.wake_one();
}

Result<std::unique_ptr<DetachedConnection>, NetError> SimListener::await_accept() {
  while (waiting_.empty()) {
    if (!open_) return NetError::closed;
    accepters_.await({});
  }
  std::unique_ptr<DetachedConnection> socket = std::move(waiting_.front());
  waiting_.pop_front();
  return socket;
}

void SimListener::close() {
  if (!open_) return;
  open_ = false;
  network_.unbind(node_, port_);
  waiting_.clear();
  accepters_.wake_all();
}

// --- SimTcp -----------------------------------------------------------------------------------------

Result<std::unique_ptr<Listener>, NetError> SimTcp::listen(const Endpoint& at,
                                                           const ListenOptions& options) {
  auto listener = std::make_unique<SimListener>(network_, scheduler_, node_, options);
  TRY(listener->bind(at.port));
  return std::unique_ptr<Listener>(std::move(listener));
}

Result<std::unique_ptr<Connection>, NetError> SimTcp::await_connect(const Endpoint& to,
                                                                    TimePoint deadline) {
  const uint32_t target = network_.resolve(to.host, node_);
  if (target == 0) return NetError::unreachable;
  network_.simulator().trace().record(network_.simulator().now_ns(), node_, 0, kConnect, target,
                                      to.port);
  struct Abandon {
    void operator()(ConnectAttempt* attempt) const { attempt->abandon(); }
  };
  const std::unique_ptr<ConnectAttempt, Abandon> attempt(
      new ConnectAttempt(network_, scheduler_, node_, target, to.port));
  attempt->start();
  if (attempt->await(deadline) != WaitResult::ready) return NetError::timed_out;
  return attempt->result();
}

std::unique_ptr<Connection> SimTcp::adopt(std::unique_ptr<DetachedConnection> socket) {
  return static_cast<SimDetached&>(*socket).adopt();
}

}  // namespace weir
