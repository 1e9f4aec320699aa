#include "broker/server/processor.h"

#include <fmt/core.h>

#include <algorithm>

namespace weir {
namespace {
constexpr size_t kSizeBytes = 4;
constexpr size_t kGrowBytes = 64 * 1024;
constexpr Site kGrow{"buggify.server.frame_grow"};
constexpr Site kDropAsked{"buggify.server.drop_asked"};
constexpr Site kFullChannel{"sometimes.server.request_channel_full"};
constexpr Site kPartialReply{"sometimes.server.reply_in_pieces"};
constexpr Site kPoolFull{"sometimes.server.memory_pool_full"};
constexpr Site kIdleClosed{"sometimes.server.idle_closed"};
constexpr Site kBugOutOfOrder{"bug.response-out-of-order"};
constexpr Site kAccepted{"server.accepted"};
constexpr Site kRequest{"server.request"};
constexpr Site kReply{"server.reply"};
constexpr Site kDropped{"server.dropped"};
constexpr std::string_view kComponent = "Processor";
}  // namespace

struct Processor::Channel : ListHook<IdleTag> {
  uint64_t id = 0;
  uint32_t listener = 0;
  TimePoint last_bytes;
  std::unique_ptr<Connection> connection;
  UniqueFunction<void()> on_closed;
  uint8_t size_field[kSizeBytes] = {};
  size_t size_have = 0;
  size_t frame_size = 0;
  Buffer frame;           // grows up to frame_size
  size_t frame_have = 0;
  Outgoing out;
  bool muted = false;
  bool has_memory = false;        // for the frame that it reads
  bool waits_for_memory = false;
  bool in_ready = false;
  bool dead = false;      // the peer is gone, or sent what is no frame
  std::string reason;
};

Processor::Processor(Env& env, RequestChannel& requests, const ProcessorOptions& options)
    : env_(env),
      requests_(requests),
      options_(options),
      memory_(options.queued_max_request_bytes),
      turn_(env.scheduler) {}

Processor::~Processor() = default;

void Processor::add(std::unique_ptr<DetachedConnection> socket, uint32_t listener,
                    UniqueFunction<void()> on_closed) {
  if (!reading_) return;
  const uint64_t id = next_id_++;
  auto channel = std::make_unique<Channel>();
  channel->connection = env_.network.adopt(std::move(socket));
  channel->id = id;
  channel->listener = listener;
  channel->on_closed = std::move(on_closed);
  touch(*channel);
  channel->connection->watch(Interest::read, this, id);
  connections_.emplace(id, std::move(channel));
  env_.trace.event(kAccepted, id);
}

void Processor::touch(Channel& channel) {
  static_cast<ListHook<IdleTag>&>(channel).unlink();
  if (channel.muted || channel.waits_for_memory) return;
  if (by_last_bytes_.empty()) turn_.wake_one();  // the processor may sleep without a deadline
  channel.last_bytes = env_.clock.now();
  by_last_bytes_.push_back(channel);
}

// When to look again.
TimePoint Processor::close_idle() {
  while (reading_ && !by_last_bytes_.empty()) {
    const Channel& oldest = by_last_bytes_.front();
    const TimePoint idle_at = oldest.last_bytes + options_.max_idle;
    if (idle_at > env_.clock.now()) return idle_at;
    sometimes(env_.buggify, kIdleClosed);
    drop(oldest.id, "nothing came for connections.max.idle.ms");
  }
  return TimePoint::never();
}

void Processor::release_memory(uint64_t id) {
  memory_.release(id);
  while (const auto granted = memory_.next_granted()) {
    Channel& channel = *connections_.at(*granted);
    channel.waits_for_memory = false;
    channel.has_memory = true;
    touch(channel);
    on_ready(*granted, Interest::read);
  }
}

void Processor::on_ready(uint64_t token, Interest /*ready*/) {
  const auto it = connections_.find(token);
  if (it == connections_.end() || it->second->in_ready) return;
  it->second->in_ready = true;
  ready_.push_back(token);
  turn_.wake_one();
}

void Processor::await_run() {
  while (!closed_) {
    const TimePoint look_again = close_idle();
    if (ready_.empty()) {
      turn_.await({.deadline = look_again});
      continue;
    }
    const uint64_t id = ready_.front();
    ready_.pop_front();
    await_serve(id);
  }
}

void Processor::await_serve(uint64_t id) {
  const auto it = connections_.find(id);
  if (it == connections_.end()) return;
  Channel& channel = *it->second;
  channel.in_ready = false;
  if (!channel.out.empty()) write_pending(id, channel);
  if (!connections_.contains(id)) return;
  if (channel.muted || channel.waits_for_memory || !reading_) {
    rewatch(id, channel);
    return;
  }
  const bool complete = read_frame(id, channel);
  if (channel.dead) {
    drop(id, channel.reason);
    return;
  }
  if (!complete) {
    rewatch(id, channel);
    return;
  }
  // A broker may close a connection at any time, also one that has just asked.
  if (maybe(env_.buggify, kDropAsked)) {
    drop(id, "by chance");
    return;
  }
  if (!planted(env_.buggify, kBugOutOfOrder)) {
    channel.muted = true;
    ++muted_count_;
    touch(channel);
  }
  channel.has_memory = false;  // the request has it
  rewatch(id, channel);
  env_.trace.event(kRequest, id, channel.frame.size(), env_.trace.digest_of(channel.frame));
  channel.size_have = channel.frame_have = 0;
  if (requests_.full()) sometimes(env_.buggify, kFullChannel);
  requests_.await_push({.connection = id,
                        .frame = std::exchange(channel.frame, {}),
                        .listener = channel.listener,
                        .arrived = env_.clock.now()});
}

bool Processor::read_frame(uint64_t id, Channel& channel) {
  for (;;) {
    MutableBytes into;
    if (channel.size_have < kSizeBytes) {
      into = MutableBytes(channel.size_field).subspan(channel.size_have);
    } else if (channel.frame_have == channel.frame_size) {
      return true;
    } else {
      if (!channel.has_memory) {
        channel.has_memory = memory_.try_reserve(id, channel.frame_size);
        if (!channel.has_memory) {
          sometimes(env_.buggify, kPoolFull);
          channel.waits_for_memory = true;
          touch(channel);
          return false;
        }
      }
      if (channel.frame_have == channel.frame.size()) {
        channel.frame.reserve(channel.frame_size);  // addresses, not memory: that comes with the bytes
        channel.frame.resize(std::min(channel.frame_size,
                                      std::max(limit<size_t>(env_.buggify, kGrow, kGrowBytes, 3),
                                               channel.frame.size() * 2)));
      }
      into = MutableBytes(channel.frame).subspan(channel.frame_have);
    }
    const auto read = channel.connection->try_read(into);
    if (!read && read.error() == NetError::would_block) return false;
    if (!read || *read == 0) {
      channel.dead = true;
      channel.reason = read ? "closed by the peer" : to_text(read.error());
      return false;
    }
    touch(channel);
    if (channel.size_have < kSizeBytes) {
      channel.size_have += *read;
      if (channel.size_have < kSizeBytes) continue;
      const auto size = load_big_endian<int32_t>(channel.size_field);
      if (size < 0 || static_cast<uint32_t>(size) > options_.request_max_bytes) {
        channel.dead = true;
        channel.reason = fmt::format(
            "a request of {} bytes; socket.request.max.bytes is {}", size,
            options_.request_max_bytes);
        return false;
      }
      channel.frame_size = static_cast<size_t>(size);
      channel.frame.clear();
      channel.frame_have = 0;
    } else {
      channel.frame_have += *read;
    }
  }
}

void Processor::reply(uint64_t id, Reply reply) {
  release_memory(id);
  const auto it = connections_.find(id);
  if (it == connections_.end()) return;
  Channel& channel = *it->second;
  CHECK_MSG(channel.muted || planted(env_.buggify, kBugOutOfOrder),
            "answered a connection that has asked nothing");
  env_.trace.event(kReply, id, reply.bytes.size(), env_.trace.digest_of(reply.bytes));
  switch (reply.kind) {
    case Reply::Kind::close: drop(id, reply.reason); return;
    case Reply::Kind::nothing: break;
    case Reply::Kind::send:
      channel.out.add(std::move(reply.bytes), std::move(reply.slices));
      break;
  }
  write_pending(id, channel);
}

void Processor::write_pending(uint64_t id, Channel& channel) {
  const auto written = channel.out.write_to(*channel.connection);
  if (written && channel.muted) {
    channel.muted = false;
    --muted_count_;
    touch(channel);
  } else if (!written && written.error() == NetError::would_block) {
    sometimes(env_.buggify, kPartialReply);
  } else if (!written) {
    drop(id, to_text(written.error()));
    return;
  }
  rewatch(id, channel);
}

// Write interest only while there is something to write; read interest only while not muted.
void Processor::rewatch(uint64_t id, Channel& channel) {
  const bool read = !channel.muted && !channel.waits_for_memory && reading_;
  const bool write = !channel.out.empty();
  channel.connection->watch(static_cast<Interest>((read ? 1 : 0) | (write ? 2 : 0)), this, id);
}

void Processor::drop(uint64_t id, std::string_view reason) {
  const auto it = connections_.find(id);
  CHECK(it != connections_.end());
  const bool asked = it->second->muted;  // then the handler has the frame, and the reply frees it
  if (asked) --muted_count_;
  env_.trace.event(kDropped, id);
  log_line(env_.log, LogLevel::debug, kComponent, [&] {
    return fmt::format("connection {} from {} closed: {}", id, it->second->connection->peer().host,
                       reason);
  });
  if (reading_) it->second->on_closed();
  connections_.erase(it);
  if (!asked) release_memory(id);
}

void Processor::stop_reading() {
  reading_ = false;
  for (const auto& [id, channel] : connections_) rewatch(id, *channel);
}

void Processor::close() {
  closed_ = true;
  connections_.clear();
  muted_count_ = 0;
  turn_.wake_all();
}

}  // namespace weir
