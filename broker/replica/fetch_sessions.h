// FetchSessions: what consumers fetch again and again, remembered (KIP-227). Pure.
//
// A consumer of a thousand partitions need not name them in each request, nor be told in each answer
// of those where nothing has changed:
//
//   request                          meaning
//   session 0, epoch -1              a full fetch without a session
//   session 0 or any, epoch 0        a full fetch; the session that was named ends, a new one begins
//   session s, epoch -1              a full fetch; s ends
//   session s, epoch e > 0           what s holds, with the named partitions added or changed and the
//                                    forgotten ones gone; the answer names those that have something
//                                    to say: records, an error, another high watermark or log start
//
// Epochs count the requests of a session and go from 2^31-1 to 1. One that is not the next is
// INVALID_FETCH_SESSION_EPOCH, a session that is not here FETCH_SESSION_ID_NOT_FOUND; the consumer then
// sends a full fetch. Session 0 in an answer says that there is none: also when all slots are taken by
// sessions that were used lately.
//
// One per shard; a consumer that comes back on another shard begins anew. What gave records moves to
// the end, so that a busy partition does not starve the others of the answer's bytes.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "model/protocol/fetch.h"
#include "model/types/error_code.h"
#include "sim/base/result.h"
#include "sim/base/time.h"

namespace weir {

class FetchSessions {
 public:
  // A session that was used within this time keeps its slot (Kafka's
  // min.incremental.fetch.session.eviction.ms).
  static constexpr Duration kKept = seconds(120);
  static constexpr int32_t kNoSession = 0;
  static constexpr int32_t kFinalEpoch = -1;
  static constexpr int32_t kFirstEpoch = 0;

  explicit FetchSessions(size_t slots) : slots_(slots) {}

  // What the request asks for, in full. `again`: it has been here before and has waited since.
  Result<std::vector<FetchRequest::Topic>, ErrorCode> begin(const FetchRequest& request,
                                                            int16_t version, bool again,
                                                            TimePoint now);
  // Whether a session should begin with the answer to this request.
  static bool wants_session(const FetchRequest& request, int16_t version) {
    return version >= 7 && request.session_epoch == kFirstEpoch;
  }
  // True when `id` can name a new session.
  [[nodiscard]] bool is_free(int32_t id) const { return id > 0 && !sessions_.contains(id); }
  // Turns the answer to all that was asked into the one that is sent. `new_id` is the name of the
  // session that begins, if one does and there is room.
  void finish(const FetchRequest& request, const std::vector<FetchRequest::Topic>& asked,
              int16_t version, int32_t new_id, TimePoint now, FetchResponse& response);

  [[nodiscard]] size_t size() const { return sessions_.size(); }

 private:
  struct Key {
    std::string topic;  // empty when topics are named by id
    Uuid topic_id;
    PartitionIndex partition;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Entry {
    FetchRequest::Partition asked;
    uint64_t turn = 0;  // its place in the order
    Offset sent_high_watermark = kNoOffset;
    Offset sent_log_start = kNoOffset;
  };
  struct Session {
    int32_t next_epoch = 1;
    bool by_id = false;
    TimePoint last_used;
    std::map<Key, Entry> partitions;
    std::map<uint64_t, Key> order;
    uint64_t next_turn = 0;
  };
  static bool names_by_id(int16_t version) { return version >= 13; }
  static void put(Session& session, const Key& key, const FetchRequest::Partition& asked);
  static void forget(Session& session, const Key& key);
  static std::vector<FetchRequest::Topic> all_of(const Session& session);
  static void update(Session& session, const FetchRequest& request);
  static void leave_out_unchanged(Session& session, FetchResponse& response);
  bool make_room(TimePoint now);

  const size_t slots_;
  std::map<int32_t, Session> sessions_;
};

}  // namespace weir
