#include "broker/coordination/consensus/solo.h"

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

Result<Done, StorageError> SoloConsensus::await_run(StateMachine& state) {
  for (;;) {
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
    for (const TxnRecord& record : records) state.apply(record.zxid, record.payload);
  }
}

void SoloConsensus::close() {
  closed_ = true;
  work_.wake_all();
}

}  // namespace weir
