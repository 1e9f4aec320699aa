// Gate: who stops an object must first wait for the fibers that are inside it.
//
// Each activity enters and leaves by RAII; await_close lets nobody in any more and waits until the
// last one has left. The destructor CHECKs that nobody is inside (unless the node is being killed,
// in which case fibers leave, youngest first, before their owner goes).
#pragma once

#include <optional>
#include <utility>

#include "sim/fiber/event.h"

namespace weir {

class Gate {
 public:
  explicit Gate(Scheduler& scheduler) : empty_(scheduler) { empty_.set(); }
  ~Gate() { CHECK_MSG(inside_ == 0, "a gate was destroyed with activities inside"); }

  class [[nodiscard]] Pass {
   public:
    explicit Pass(Gate* gate) : gate_(gate) {}
    Pass(Pass&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
    Pass& operator=(Pass&&) = delete;
    ~Pass() {
      if (gate_ != nullptr) gate_->leave();
    }

   private:
    Gate* gate_;
  };

  // Nothing once the gate is closed.
  std::optional<Pass> enter() {
    if (closed_) return std::nullopt;
    ++inside_;
    empty_.reset();
    return Pass(this);
  }
  void close() { closed_ = true; }
  void await_close() {
    close();
    empty_.await();
  }
  [[nodiscard]] size_t inside() const { return inside_; }

 private:
  void leave() {
    if (--inside_ == 0) empty_.set();
  }
  size_t inside_ = 0;
  bool closed_ = false;
  Event empty_;
};

// Starts a fiber that is inside `gate` for all of its life. False when the gate is closed.
template <class Body>
bool spawn_in(Gate& gate, Scheduler& scheduler, const Site& name, Body body) {
  std::optional<Gate::Pass> pass = gate.enter();
  if (!pass) return false;
  scheduler.spawn(name, [pass = std::move(*pass), body = std::move(body)]() mutable { body(); });
  return true;
}

}  // namespace weir
