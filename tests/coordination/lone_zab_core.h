// LoneZabCore: one ZabCore, server 2 of 1, 2, 3, told by hand what the others say.
#pragma once

#include "tests/support/test_pch.h"

#include "broker/coordination/consensus/zab_core.h"

namespace weir {

class LoneZabCore {
 public:
  explicit LoneZabCore(const ZabSaved& saved = {}, ZabOptions options = {})
      : core(with_servers(std::move(options)), saved, {now, 0}) {
    (void)core.tick(moment());
  }

  Moment moment() { return {now = now + milliseconds(1), 7}; }
  ZabEffects receive(int64_t from, uint32_t epoch, uint64_t number, decltype(ZabMessage::body) body,
                     std::optional<uint64_t> other_link = std::nullopt) {
    return core.receive(
        {ServerId{from}, kSelf, epoch, other_link.value_or(link), number, std::move(body)},
        moment());
  }
  // Everybody says that `leader` leads, and this server asks it for a link.
  void follow(int64_t leader) {
    const int64_t other = 4 - leader;
    const ZabVote vote{0, kNoZxid, ServerId{leader}};
    (void)receive(other, 0, 0, ZabNotification{ZabState::following, 1, vote}, 0);
    const ZabEffects effects =
        receive(leader, 0, 0, ZabNotification{ZabState::leading, 1, vote}, 0);
    REQUIRE(effects.messages.size() == 1);
    REQUIRE(std::holds_alternative<ZabFollowerInfo>(effects.messages.front().body));
    link = effects.messages.front().link;
  }
  // 1 and 3 vote for this server.
  void lead() {
    link = 0;
    round += 100;
    const ZabVote vote{core.current_epoch(), core.log().last(), kSelf};
    for (const int64_t from : {1, 3}) {
      (void)receive(from, 0, 0, ZabNotification{ZabState::looking, round, vote}, 0);
    }
    REQUIRE(core.phase() == ZabPhase::discovery);
  }
  // 3, with `saved` and this history, asks and promises; what comes of it.
  ZabEffects joins(uint32_t accepted, uint32_t current, std::vector<Zxid> ends) {
    link = 55;
    (void)receive(3, accepted, 1, ZabFollowerInfo{});
    return receive(3, core.term(), 2, ZabAckEpoch{current, std::move(ends)});
  }

  TimePoint now{1};
  uint64_t link = 0;
  uint64_t round = 0;
  ZabCore core;

 private:
  static constexpr ServerId kSelf{2};
  static ZabOptions with_servers(ZabOptions options) {
    options.self = kSelf;
    options.servers = {ServerId{1}, ServerId{2}, ServerId{3}};
    return options;
  }
};

inline std::vector<Zxid> entries(std::initializer_list<std::pair<uint32_t, uint32_t>> list) {
  std::vector<Zxid> zxids;
  for (const auto& [epoch, counter] : list) zxids.push_back(make_zxid(epoch, counter));
  return zxids;
}

inline ZabSaved saved(uint32_t accepted, uint32_t current, std::vector<Zxid> list = {},
                      Zxid base = kNoZxid) {
  ZabSaved saved;
  saved.hard_state = {accepted, current};
  saved.base = base;
  if (base > kNoZxid) saved.snapshot = base;
  saved.entries = std::move(list);
  return saved;
}

template <class Body>
const Body* find(const ZabEffects& effects) {
  for (const ZabMessage& message : effects.messages) {
    if (const auto* body = std::get_if<Body>(&message.body)) return body;
  }
  return nullptr;
}

}  // namespace weir
