#include "broker/replica/fetch_sessions.h"

#include <algorithm>
#include <limits>

namespace weir {

void FetchSessions::put(Session& session, const Key& key, const FetchRequest::Partition& asked) {
  const auto [it, is_new] = session.partitions.try_emplace(key);
  it->second.asked = asked;
  if (!is_new) return;
  it->second.turn = session.next_turn++;
  session.order.emplace(it->second.turn, key);
}

void FetchSessions::forget(Session& session, const Key& key) {
  const auto it = session.partitions.find(key);
  if (it == session.partitions.end()) return;
  session.order.erase(it->second.turn);
  session.partitions.erase(it);
}

void FetchSessions::update(Session& session, const FetchRequest& request) {
  for (const FetchRequest::Topic& topic : request.topics) {
    for (const FetchRequest::Partition& partition : topic.partitions) {
      put(session, {topic.name, topic.topic_id, partition.index}, partition);
    }
  }
  for (const FetchRequest::ForgottenTopic& topic : request.forgotten_topics) {
    for (const PartitionIndex partition : topic.partitions) {
      forget(session, {topic.name, topic.topic_id, partition});
    }
  }
}

std::vector<FetchRequest::Topic> FetchSessions::all_of(const Session& session) {
  std::vector<FetchRequest::Topic> topics;
  for (const auto& [turn, key] : session.order) {
    const bool same_topic = !topics.empty() && topics.back().name == key.topic &&
                            topics.back().topic_id == key.topic_id;
    if (!same_topic) {
      FetchRequest::Topic& topic = topics.emplace_back();
      topic.name = key.topic;
      topic.topic_id = key.topic_id;
    }
    topics.back().partitions.push_back(session.partitions.at(key).asked);
  }
  return topics;
}

Result<std::vector<FetchRequest::Topic>, ErrorCode> FetchSessions::begin(
    const FetchRequest& request, int16_t version, bool again, TimePoint now) {
  if (version < 7) return request.topics;
  const bool is_full =
      request.session_epoch == kFinalEpoch || request.session_epoch == kFirstEpoch;
  if (is_full) {
    if (!again) sessions_.erase(request.session_id);
    return request.topics;
  }
  const auto it = sessions_.find(request.session_id);
  if (it == sessions_.end()) return ErrorCode::fetch_session_id_not_found;
  Session& session = it->second;
  session.last_used = now;
  if (again) return all_of(session);
  if (request.session_epoch != session.next_epoch) return ErrorCode::invalid_fetch_session_epoch;
  if (session.by_id != names_by_id(version)) return ErrorCode::fetch_session_topic_id_error;
  session.next_epoch = session.next_epoch == std::numeric_limits<int32_t>::max()
                           ? 1
                           : session.next_epoch + 1;
  update(session, request);
  return all_of(session);
}

// The slot of the session that was used longest ago, if that is long enough.
bool FetchSessions::make_room(TimePoint now) {
  if (sessions_.size() < slots_) return true;
  const auto oldest = std::min_element(
      sessions_.begin(), sessions_.end(),
      [](const auto& a, const auto& b) { return a.second.last_used < b.second.last_used; });
  if (oldest == sessions_.end() || now - oldest->second.last_used < kKept) return false;
  sessions_.erase(oldest);
  return true;
}

void FetchSessions::leave_out_unchanged(Session& session, FetchResponse& response) {
  for (FetchResponse::Topic& topic : response.topics) {
    std::erase_if(topic.partitions, [&](const FetchResponse::Partition& answer) {
      const Key key{topic.name, topic.topic_id, answer.index};
      const auto it = session.partitions.find(key);
      if (it == session.partitions.end()) return false;  // forgotten while this one waited
      Entry& entry = it->second;
      const bool unchanged = answer.error == ErrorCode::none && !answer.has_records() &&
                             answer.high_watermark == entry.sent_high_watermark &&
                             answer.log_start_offset == entry.sent_log_start;
      if (answer.error == ErrorCode::none) {
        entry.sent_high_watermark = answer.high_watermark;
        entry.sent_log_start = answer.log_start_offset;
      }
      if (answer.has_records()) {
        session.order.erase(entry.turn);
        entry.turn = session.next_turn++;
        session.order.emplace(entry.turn, key);
      }
      return unchanged;
    });
  }
  std::erase_if(response.topics,
                [](const FetchResponse::Topic& topic) { return topic.partitions.empty(); });
}

void FetchSessions::finish(const FetchRequest& request,
                           const std::vector<FetchRequest::Topic>& asked, int16_t version,
                           int32_t new_id, TimePoint now, FetchResponse& response) {
  if (wants_session(request, version)) {
    if (asked.empty() || !make_room(now)) return;
    Session& session = sessions_[new_id];
    session.by_id = names_by_id(version);
    session.last_used = now;
    for (const FetchRequest::Topic& topic : asked) {
      for (const FetchRequest::Partition& partition : topic.partitions) {
        put(session, {topic.name, topic.topic_id, partition.index}, partition);
      }
    }
    for (const FetchResponse::Topic& topic : response.topics) {
      for (const FetchResponse::Partition& answer : topic.partitions) {
        Entry& entry = session.partitions.at({topic.name, topic.topic_id, answer.index});
        if (answer.error != ErrorCode::none) continue;
        entry.sent_high_watermark = answer.high_watermark;
        entry.sent_log_start = answer.log_start_offset;
      }
    }
    response.session_id = new_id;
    return;
  }
  if (version < 7 || request.session_epoch <= kFirstEpoch) return;
  const auto it = sessions_.find(request.session_id);
  if (it == sessions_.end()) return;  // it lost its slot meanwhile: session 0, and a full answer
  if (it->second.partitions.empty()) {  // all were forgotten: nothing is left to remember
    sessions_.erase(it);
    return;
  }
  leave_out_unchanged(it->second, response);
  response.session_id = request.session_id;
}

}  // namespace weir
