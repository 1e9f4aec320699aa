// What the core wants said to other servers: messages, the entries and snapshots that go along, and the words given.
#include <fmt/format.h>

#include "broker/coordination/consensus/ensemble.h"
#include "broker/coordination/consensus/trace_points.h"

namespace weir {
namespace {

constexpr size_t kMessageBytes = 1 << 20;  // a longer one would keep heartbeats waiting
constexpr Duration kPatience = seconds(10);
constexpr size_t kPieceBytes = 64 << 10;
constexpr std::string_view kComponent = "Ensemble";
constexpr Site kSnapshotSender{"coordination.snapshot_sender"};
constexpr Site kFromStore{"sometimes.coordination.entries_read_back"};

}  // namespace

void EnsembleConsensus::await_send(EngineMessage& message) {
  if (message.snapshot) {
    if (!sending_snapshot_.insert(message.to).second) return;
    spawn_in(senders_, env_.scheduler, kSnapshotSender,
             [this, to = message.to, zxid = *message.snapshot, head = message.encode(0)]() mutable {
               const auto sent = await_send_snapshot(to, zxid, std::move(head));
               sending_snapshot_.erase(to);
               if (sent) return;
               log_line(env_.log, LogLevel::info, kComponent, [&] {
                 return fmt::format("the snapshot for server {} did not get there: {}", to.value(),
                                    to_text(sent.error()));
               });
             });
    return;
  }
  if (message.entries.empty()) return send(message, {});
  const auto payloads = await_collect(message.entries, kMessageBytes);
  if (!payloads || payloads->empty()) return;  // gone since: it will be asked for again
  send(message, *payloads);
}

// The bytes of a ConsensusFrame, but payloads are not copied into one first: each goes to every follower.
void EnsembleConsensus::send(EngineMessage& message, const std::vector<Payload>& payloads) {
  const Buffer head = message.encode(payloads.size());
  if (payloads.empty()) {
    uint8_t length[sizeof(int32_t)];
    store_big_endian(length, static_cast<int32_t>(head.size()));
    const uint8_t none[sizeof(int32_t)] = {};
    const ConstBytes pieces[] = {length, head, none};
    links_.send(message.to, PeerFrameKind::consensus, pieces, Urgency::at_once);
  } else {
    send_with(message.to, head, payloads);
  }
  if (message.word) trace_word(*message.word);
}

void EnsembleConsensus::send_with(ServerId to, const Buffer& head, const std::vector<Payload>& payloads) {
  Buffer lengths(sizeof(int32_t) * (2 + payloads.size()));
  std::vector<ConstBytes> pieces;
  pieces.reserve(3 + 2 * payloads.size());
  auto say = [&lengths, &pieces, at = size_t{0}](size_t count) mutable {
    store_big_endian(lengths.data() + at, static_cast<int32_t>(count));
    pieces.push_back(ConstBytes(lengths).subspan(at, sizeof(int32_t)));
    at += sizeof(int32_t);
  };
  say(head.size());
  pieces.push_back(head);
  say(payloads.size());
  for (const Payload& each : payloads) {
    say(each.bytes->size());
    pieces.push_back(*each.bytes);
  }
  links_.send(to, PeerFrameKind::consensus, pieces, Urgency::at_once);
}

void EnsembleConsensus::trace_word(const Word& word) {
  const Site& site = word.kind == Word::Kind::vote      ? trace_points::kVoted
                     : word.kind == Word::Kind::promise ? trace_points::kPromised
                     : word.kind == Word::Kind::asks    ? trace_points::kAsks
                                                        : trace_points::kJoined;
  env_.trace.event(site, word.epoch, static_cast<uint64_t>(word.server.value()));
}

Result<std::vector<EnsembleConsensus::Payload>, StorageError> EnsembleConsensus::await_collect(
    const std::vector<Zxid>& entries, size_t most_bytes) {
  std::vector<Payload> found;
  size_t bytes = 0;
  for (auto next = entries.begin(); next != entries.end() && bytes < most_bytes;) {
    if (RecentEntries::Entry entry = recent_.find(*next)) {
      bytes += entry->size();
      found.push_back({*next++, std::move(entry)});
      continue;
    }
    sometimes(env_.buggify, kFromStore);
    auto records = TRY(store_.await_read(Zxid{next->value() - 1}, kPieceBytes));
    const auto before = next;
    for (TxnRecord& record : records) {
      if (next == entries.end() || record.zxid != *next) break;
      bytes += record.payload.size();
      found.push_back({*next++, std::make_shared<const Buffer>(std::move(record.payload))});
    }
    if (next == before) break;
  }
  return found;
}

Result<Done, NetError> EnsembleConsensus::await_send_snapshot(ServerId to, Zxid zxid,
                                                              Buffer message) {
  const auto reader = store_.await_read_snapshot(zxid);
  if (!reader) return NetError::source_failed;
  const auto stream = TRY(links_.await_connect(to, PeerPurpose::snapshot));
  SnapshotHead head{.zxid = zxid,
                    .size_bytes = static_cast<int64_t>((*reader)->size_bytes()),
                    .message = std::move(message)};
  Buffer piece(4);
  append_jute(piece, head);
  store_big_endian(piece.data(), static_cast<int32_t>(piece.size() - 4));
  // What was read is believed when what follows was read, too: the end tells whether all of it was sound.
  while (!closed_ && !piece.empty()) {
    Buffer next(kPieceBytes);
    const auto read = (*reader)->await_read(next);
    if (!read) return NetError::source_failed;
    next.resize(*read);
    TRY(stream->await_write_all(piece, {env_.clock.now() + kPatience, &stop_}));
    piece = std::move(next);
  }
  return Done{};
}

}  // namespace weir
