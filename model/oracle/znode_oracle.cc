#include "model/oracle/znode_oracle.h"

#include <algorithm>
#include <map>

namespace weir {
namespace {

using Operations = std::vector<const ZnodeOperation*>;

bool is_write(const ZnodeOperation& op) {
  return op.action == ZnodeAction::create || op.action == ZnodeAction::set;
}
bool acked(const ZnodeOperation& op) { return op.outcome == ZnodeOutcome::ok; }
bool may_have_happened(const ZnodeOperation& op) { return op.outcome != ZnodeOutcome::failed; }

std::string sentence(const ZnodeOperation& op, std::string_view why) {
  return op.path + ", value " + std::to_string(op.value) + ", zxid " + std::to_string(op.zxid.value()) +
         ": " + std::string(why);
}

class Checker {
 public:
  explicit Checker(ZnodeHistory history) : history_(std::move(history)) {
    learn_outcomes();
    for (const ZnodeOperation& op : history_.operations) {
      if (op.action != ZnodeAction::touch) by_path_[op.path].push_back(&op);
    }
  }

  std::vector<ZnodeAnomaly> check() {
    check_order();
    check_sequences();
    for (const auto& [path, operations] : by_path_) {
      std::map<Zxid, uint64_t> value_of;
      for (const ZnodeOperation* op : operations) {
        if (is_write(*op) && acked(*op)) value_of[op->zxid] = op->value;
      }
      for (const ZnodeOperation* op : operations) {
        if (op->action != ZnodeAction::read || !acked(*op)) continue;
        if (op->value == 0) {
          check_absent(operations, *op);
        } else {
          const auto [at, is_new] = value_of.emplace(op->zxid, op->value);
          if (at->second != op->value) report("altered", *op, "its mzxid stands for another value");
          check_present(operations, *op);
        }
      }
    }
    return std::move(anomalies_);
  }

 private:
  void report(std::string kind, const ZnodeOperation& op, std::string_view why) {
    anomalies_.push_back({std::move(kind), sentence(op, why)});
  }

  // What was read has happened, whatever its client was told, and all of its multi with it.
  void learn_outcomes() {
    struct Seen {
      Zxid zxid;
      int64_t completed = INT64_MAX;
    };
    std::map<std::pair<std::string, uint64_t>, Seen> seen;
    std::map<std::pair<std::string, Zxid>, uint64_t> taken;  // whose it is: of two the second is `altered`
    for (const ZnodeOperation& op : history_.operations) {
      if (is_write(op) && acked(op)) taken[{op.path, op.zxid}] = op.value;
      if (op.action != ZnodeAction::read || !acked(op) || op.value == 0) continue;
      Seen& first = seen[{op.path, op.value}];
      if (op.completed < first.completed) first = {op.zxid, op.completed};
    }
    std::map<uint64_t, Seen> multis;
    const auto learn = [](ZnodeOperation& op, const Seen& from) {
      op.outcome = ZnodeOutcome::ok;
      op.zxid = from.zxid;
      op.completed = from.completed;
    };
    for (ZnodeOperation& op : history_.operations) {
      if (!is_write(op) || op.outcome != ZnodeOutcome::unknown) continue;
      const auto at = seen.find({op.path, op.value});
      if (at == seen.end() || at->second.completed < op.invoked) continue;
      if (taken.emplace(std::pair(op.path, at->second.zxid), op.value).first->second != op.value) continue;
      learn(op, at->second);
      if (op.multi == 0) continue;
      Seen& first = multis[op.multi];
      if (op.completed < first.completed) first = at->second;
    }
    for (ZnodeOperation& op : history_.operations) {
      if (op.multi == 0 || !is_write(op)) continue;
      const auto at = multis.find(op.multi);
      if (at != multis.end() && op.outcome == ZnodeOutcome::unknown) learn(op, at->second);
    }
  }

  // Whether `op`, a write or a deletion, must be part of what `read` saw.
  static bool before(const ZnodeOperation& op, const ZnodeOperation& read) {
    if (!read.behind) return op.completed < read.invoked;
    const Zxid done_by = is_write(op) ? op.zxid : op.known;
    return done_by != kNoZxid && done_by <= read.known;
  }

  void check_sequences() {
    std::map<std::string, Operations> by_name;
    for (const ZnodeOperation& op : history_.operations) {
      if (op.sequence < 0 || !acked(op)) continue;
      by_name[op.path.substr(0, op.path.rfind('-'))].push_back(&op);
    }
    for (auto& [name, made] : by_name) {
      std::sort(made.begin(), made.end(), [](auto* a, auto* b) { return a->zxid < b->zxid; });
      for (size_t i = 1; i < made.size(); ++i) {
        if (made[i]->sequence > made[i - 1]->sequence) continue;
        report("sequence", *made[i], "an earlier zxid has number " + std::to_string(made[i - 1]->sequence));
      }
    }
  }

  void check_order() {
    Operations writes;
    for (const ZnodeOperation& op : history_.operations) {
      if (is_write(op) && acked(op)) writes.push_back(&op);
    }
    Operations by_completion = writes;
    std::sort(writes.begin(), writes.end(), [](auto* a, auto* b) { return a->invoked < b->invoked; });
    std::sort(by_completion.begin(), by_completion.end(),
              [](auto* a, auto* b) { return a->completed < b->completed; });
    Zxid greatest;
    size_t next = 0;
    for (const ZnodeOperation* op : writes) {
      for (; next < by_completion.size() && by_completion[next]->completed < op->invoked; ++next) {
        greatest = std::max(greatest, by_completion[next]->zxid);
      }
      if (op->zxid <= greatest) report("order", *op, "a write that completed before has a greater zxid");
    }
    std::sort(writes.begin(), writes.end(), [](auto* a, auto* b) { return a->zxid < b->zxid; });
    std::map<uint64_t, Zxid> of_multi;
    for (const ZnodeOperation* op : writes) {
      if (op->multi != 0 && of_multi.emplace(op->multi, op->zxid).first->second != op->zxid) {
        report("order", *op, "its multi has another zxid");
      }
    }
    for (size_t i = 1; i < writes.size(); ++i) {
      if (writes[i]->zxid != writes[i - 1]->zxid) continue;
      if (writes[i]->multi != 0 && writes[i]->multi == writes[i - 1]->multi) continue;
      report("order", *writes[i], "two writes share a zxid");
    }
  }

  void check_present(const Operations& operations, const ZnodeOperation& read) {
    const ZnodeOperation* written = nullptr;
    for (const ZnodeOperation* op : operations) {
      if (is_write(*op) && op->value == read.value) written = op;
    }
    if (written == nullptr || !may_have_happened(*written) || written->invoked > read.completed) {
      return report("phantom", read, "it was read, and nobody can have written it");
    }
    for (const ZnodeOperation* op : operations) {
      if (!acked(*op) || !before(*op, read)) continue;
      if (is_write(*op) && op->zxid > read.zxid) {
        return report("stale", read, "a later write was acked before it was read");
      }
      if (op->action == ZnodeAction::remove && written->completed < op->invoked) {
        return report("resurrected", read, "it was deleted before it was read");
      }
    }
    if (read.session == kNoSession) return;
    for (const SessionEnd& end : history_.ends) {
      const bool had_ended = read.behind ? end.zxid != kNoZxid && end.zxid <= read.known
                                         : end.told_at < read.invoked;
      if (end.session == read.session && had_ended) {
        return report("outlived", read, "its session had ended");
      }
    }
  }

  void check_absent(const Operations& operations, const ZnodeOperation& read) {
    const ZnodeOperation* last = nullptr;
    for (const ZnodeOperation* op : operations) {
      if (is_write(*op) && acked(*op) && before(*op, read) &&
          (last == nullptr || op->zxid > last->zxid)) {
        last = op;
      }
    }
    if (last == nullptr) return;
    for (const ZnodeOperation* op : operations) {
      if (op->action == ZnodeAction::remove && may_have_happened(*op) &&
          op->completed > last->invoked && op->invoked < read.completed) {
        return;
      }
    }
    if (last->ephemeral && !was_alive_after(owner_of(operations, *last), read.completed)) return;
    report("missing", *last, "it was acked, nobody deleted it, and there is no node");
  }

  // The session that created the node which `write` has set.
  static SessionId owner_of(const Operations& operations, const ZnodeOperation& write) {
    const ZnodeOperation* creation = &write;
    for (const ZnodeOperation* op : operations) {
      if (op->action != ZnodeAction::create || !may_have_happened(*op) || op->invoked > write.completed) {
        continue;
      }
      // Of one with an unknown outcome the zxid is not known: it may be the one.
      if (!acked(*op)) return kNoSession;
      if (op->zxid <= write.zxid && (creation->action != ZnodeAction::create || op->zxid > creation->zxid)) {
        creation = op;
      }
    }
    return creation->action == ZnodeAction::create ? creation->session : kNoSession;
  }

  [[nodiscard]] bool was_alive_after(SessionId session, int64_t time) const {
    if (session == kNoSession) return false;
    return std::any_of(history_.operations.begin(), history_.operations.end(), [&](const auto& op) {
      return op.action != ZnodeAction::read && op.session == session && op.invoked > time &&
             op.outcome == ZnodeOutcome::ok;
    });
  }

  ZnodeHistory history_;
  std::map<std::string, Operations> by_path_;
  std::vector<ZnodeAnomaly> anomalies_;
};

}  // namespace

std::vector<ZnodeAnomaly> check_znode_history(const ZnodeHistory& history) {
  return Checker(history).check();
}

std::vector<ZnodeAnomaly> check_nothing_decided(const ZnodeHistory& history, int64_t from, int64_t to) {
  std::vector<ZnodeAnomaly> anomalies;
  for (const ZnodeOperation& op : history.operations) {
    const bool needs_majority = op.action == ZnodeAction::read ? !op.behind : op.action != ZnodeAction::touch;
    if (!needs_majority || !acked(op) || op.invoked <= from || op.completed > to) continue;
    anomalies.push_back({"decided", sentence(op, "it was asked and answered while no majority was there")});
  }
  return anomalies;
}

}  // namespace weir
