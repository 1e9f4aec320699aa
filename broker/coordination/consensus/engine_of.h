// EngineOf<Protocol>: a core as the driver of an ensemble wants it (engine_core.h).
//
// What differs between the algorithms is in the protocol: Core and Message, the engine's name, the bytes of a
// message, which entries or snapshot it carries, what a server binds itself to by it, and what is saved of a
// hard state.
#pragma once

#include <algorithm>
#include <utility>

#include "broker/coordination/consensus/engine_core.h"

namespace weir {

template <class Protocol>
class EngineOf final : public EngineCore {
 public:
  using Core = typename Protocol::Core;
  using Message = typename Protocol::Message;

  template <class Options, class Saved, class Rules>
  EngineOf(Protocol protocol, const Options& options, const Saved& saved, Moment moment, Rules rules)
      : protocol_(std::move(protocol)), self_(options.self), core_(options, saved, moment, rules) {}

  EngineEffects tick(Moment moment) override { return translate(core_.tick(moment)); }
  Result<EngineEffects, ProtocolError> receive(ServerId from, ConstBytes head,
                                               const Carried& carried, std::vector<Zxid>& entries,
                                               Moment moment) override {
    Message message = TRY(Protocol::decode(head));
    message.from = from;
    message.to = self_;
    if (const auto* const own = Protocol::entries_of(message)) entries = *own;
    // Nobody gets there by elections: a number that was garbled would use up all that are left.
    if (Protocol::epoch_of(message) > uint64_t{core_.term()} + kMostEpochsAhead) {
      return ProtocolError{ProtocolError::Kind::bad_length, "its epoch is far from any that there was"};
    }
    if (entries.size() != carried.payloads || Protocol::snapshot_of(message) != carried.snapshot) {
      return ProtocolError{ProtocolError::Kind::bad_length,
                           "the entries or the snapshot of a message have not come with it"};
    }
    return translate(core_.receive(message, moment));
  }
  EngineEffects written(uint64_t write, Moment moment) override {
    return translate(core_.written(write, moment));
  }
  EngineEffects propose(size_t count, Moment moment) override {
    return translate(core_.propose(count, moment, Sending::with_flush));
  }
  EngineEffects flush(Moment moment) override { return translate(core_.flush(moment)); }
  EngineEffects read(uint64_t id, Moment moment) override {
    return translate(core_.read(id, moment));
  }
  void compact(Zxid base, Zxid snapshot) override { core_.compact(base, snapshot); }

  [[nodiscard]] TimePoint deadline() const override { return core_.deadline(); }
  [[nodiscard]] Zxid log_base() const override { return core_.log().base(); }
  [[nodiscard]] std::vector<Zxid> entries_after(Zxid zxid, size_t max) const override {
    return core_.log().after(zxid, max);
  }
  [[nodiscard]] Zxid synced() const override { return core_.synced(); }

 private:
  template <class Effects>
  EngineEffects translate(Effects effects) {
    protocol_.note(effects);
    EngineEffects made;
    if (effects.hard_state) made.hard_state = Protocol::to_save(*effects.hard_state);
    made.install = effects.install;
    made.truncate_after = effects.truncate_after;
    made.append = std::move(effects.append);
    made.write = effects.write;
    for (Message& message : effects.messages) made.messages.push_back(to_engine(std::move(message)));
    made.committed = effects.committed;
    if (effects.role) {
      made.role = EngineRole{.won = effects.role->role == RaftRole::leader,
                             .epoch = effects.role->term,
                             .leader = effects.role->leader};
    }
    made.reads = std::move(effects.reads);
    return made;
  }

  static EngineMessage to_engine(Message message) {
    EngineMessage made{
        .to = message.to, .word = Protocol::word_of(message), .entries = {}, .snapshot = {}, .encode = {}};
    if (const auto* const own = Protocol::entries_of(message)) made.entries = *own;
    made.snapshot = Protocol::snapshot_of(message);
    made.encode = [message = std::move(message)](size_t most) mutable {
      auto* const own = Protocol::entries_of(message);
      if (own != nullptr) own->resize(std::min(own->size(), most));
      return Protocol::encode(message);
    };
    return made;
  }

  static constexpr uint64_t kMostEpochsAhead = 1 << 24;
  Protocol protocol_;
  const ServerId self_;
  Core core_;
};

}  // namespace weir
