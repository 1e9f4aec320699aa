// SessionTable: the sessions of the ensemble, and when each of them expires.
//
// Every server knows which sessions there are, for opening and closing one is a transaction; only the
// leader watches their deadlines. A session lives from its CreateSessionTxn to its CloseSessionTxn; it is
// `closing` from when the leader has decided to close it, and nothing is done for it from then on.
//
// Deadlines are rounded up to whole ticks, so that sessions which were heard of within one tick are
// looked at together: a session expires no earlier than its timeout, and at most one tick later.
//
//   tick 2 s, timeout 5 s, heard of at 10.3 s:   15.3 s -> expires at 16 s
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "model/types/zxid.h"
#include "sim/base/bytes.h"
#include "sim/base/time.h"

namespace weir {

struct Session {
  int32_t timeout_ms = 0;
  Buffer password;
  bool closing = false;
  TimePoint expires_at = TimePoint::never();  // not watched: never
};

class SessionTable {
 public:
  explicit SessionTable(Duration tick) : tick_(tick) {}

  // Opening one that is open, and closing one that is not, changes nothing but the former's settings.
  void open(SessionId id, int32_t timeout_ms, Buffer password) {
    Session& session = sessions_[id];
    session.timeout_ms = timeout_ms;
    session.password = std::move(password);
  }
  void close(SessionId id) {
    const auto at = sessions_.find(id);
    if (at == sessions_.end()) return;
    unwatch(id, at->second);
    sessions_.erase(at);
  }
  [[nodiscard]] const Session* find(SessionId id) const {
    const auto at = sessions_.find(id);
    return at == sessions_.end() ? nullptr : &at->second;
  }
  void mark_closing(SessionId id) {
    const auto at = sessions_.find(id);
    if (at == sessions_.end()) return;
    at->second.closing = true;
    unwatch(id, at->second);
  }

  // Its client was heard of. Nothing for a session that is closing or is not there.
  void touch(SessionId id, TimePoint now) {
    const auto at = sessions_.find(id);
    if (at == sessions_.end() || at->second.closing) return;
    const int64_t tick = tick_.ns();
    const int64_t due = (now + milliseconds(at->second.timeout_ms)).ns();
    const TimePoint expires_at = TimePoint{(due + tick - 1) / tick * tick};
    if (expires_at == at->second.expires_at) return;
    unwatch(id, at->second);
    at->second.expires_at = expires_at;
    deadlines_[expires_at].insert(id);
  }
  // A new leader gives every session its whole timeout again.
  void touch_all(TimePoint now) {
    for (const auto& [id, session] : sessions_) touch(id, now);
  }
  void watch_none() {
    deadlines_.clear();
    for (auto& [id, session] : sessions_) {
      session.expires_at = TimePoint::never();
      session.closing = false;
    }
  }
  [[nodiscard]] TimePoint next_deadline() const {
    return deadlines_.empty() ? TimePoint::never() : deadlines_.begin()->first;
  }
  // Those whose deadline has passed; they are closing from here on.
  std::vector<SessionId> take_expired(TimePoint now) {
    std::vector<SessionId> expired;
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
      const std::set<SessionId> ids = deadlines_.begin()->second;
      for (const SessionId id : ids) {
        mark_closing(id);
        expired.push_back(id);
      }
    }
    return expired;
  }

  [[nodiscard]] const std::map<SessionId, Session>& all() const { return sessions_; }

 private:
  void unwatch(SessionId id, Session& session) {
    const auto at = deadlines_.find(session.expires_at);
    session.expires_at = TimePoint::never();
    if (at == deadlines_.end()) return;
    at->second.erase(id);
    if (at->second.empty()) deadlines_.erase(at);
  }

  Duration tick_;
  std::map<SessionId, Session> sessions_;
  std::map<TimePoint, std::set<SessionId>> deadlines_;
};

}  // namespace weir
