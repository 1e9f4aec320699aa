#include "broker/coordination/consensus/solo.h"

#include "sim/base/check.h"
#include "sim/env/buggify.h"

namespace weir {
namespace {
constexpr Site kGroup{"sometimes.coordination.group_commit"};
constexpr Site kBugNoSync{"bug.coordination-ack-before-fsync"};
}  // namespace

std::optional<Zxid> SoloConsensus::propose(Buffer payload) {
  if (closed_) return std::nullopt;
  last_ = Zxid{last_.value() + 1};
  proposed_.push_back({last_, std::move(payload)});
  work_.wake_one();
  return last_;
}

void SoloConsensus::confirm(uint64_t id) {
  confirms_.push_back(id);
  work_.wake_one();
}

void SoloConsensus::send(ServerId /*to*/, Buffer /*message*/, Urgency /*urgency*/) {
  CHECK_MSG(false, "there is no other");
}

Result<Done, StorageError> SoloConsensus::await_run(StateMachine& state) {
  Zxid applied = last_;
  state.on_role({ServerRole::leading, epoch_of(last_), self()});
  for (;;) {
    for (const uint64_t id : std::exchange(confirms_, {})) state.on_confirmed(id, applied);
    if (!confirms_.empty()) continue;  // an answer has brought the next question
    if (proposed_.empty()) {
      if (closed_) return Done{};
      work_.await({});
      continue;
    }
    const std::vector<TxnRecord> records = std::exchange(proposed_, {});
    if (records.size() > 1) sometimes(env_.buggify, kGroup);
    Result<Done, StorageError> done = store_.await_append(records);
    if (done && !planted(env_.buggify, kBugNoSync)) done = store_.await_sync();
    if (!done) {
      closed_ = true;
      return done;
    }
    for (const TxnRecord& record : records) {
      applied = record.zxid;
      state.apply(record.zxid, record.payload);
    }
  }
}

void SoloConsensus::close() {
  closed_ = true;
  work_.wake_all();
}

}  // namespace weir
