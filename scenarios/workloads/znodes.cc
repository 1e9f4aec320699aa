#include "scenarios/workloads/znodes.h"

#include <fmt/core.h>

#include <charconv>

#include "broker/coordination/client/settled.h"
#include "sim/base/check.h"
#include "sim/fiber/gate.h"

namespace weir {
namespace {

constexpr Site kAction{"znodes.action"};
constexpr Site kPath{"znodes.path"};
constexpr Site kThink{"znodes.think"};
constexpr Site kClose{"znodes.close"};
constexpr Site kHurry{"znodes.hurry"};
constexpr Site kClientRun{"znodes.client_run"};
constexpr Site kClientDeliver{"znodes.client_deliver"};
constexpr Site kActor{"znodes.actor"};
const char* const kCounter = "/counter";
constexpr Duration kPause = milliseconds(20);

Buffer to_data(uint64_t value) {
  const std::string text = std::to_string(value);
  return {text.begin(), text.end()};
}
// 0: it is none, which no write makes.
uint64_t to_value(const ZnodeData& data) {
  uint64_t value = 0;
  if (data) {
    const std::string_view text = as_text(*data);
    std::from_chars(text.data(), text.data() + text.size(), value);
  }
  return value;
}

// A client, its fibers, and what it was told.
class Participant final : public ZooKeeperEvents {
 public:
  Participant(Env& env, const Plan& plan, const std::vector<Endpoint>& services, ZnodeProgress& progress)
      : progress_(progress),
        fibers_(env.scheduler),
        told_(env.scheduler),
        client_(env,
                {.connect = {services, {}},
                 .session_timeout = plan.session_timeout,
                 .connect_timeout = plan.request_timeout},
                *this) {
    spawn_in(fibers_, env.scheduler, kClientRun, [this] { client_.await_run(); });
    spawn_in(fibers_, env.scheduler, kClientDeliver, [this] { client_.await_deliver(); });
  }
  void await_session_event(SessionEvent event, SessionId session) override {
    if (event == SessionEvent::expired) {
      ended(session);
      fired_ = true;  // its watches went with it
    }
    told_.set();
  }
  void await_znode_event(ZkEvent /*event*/, const std::string& path) override {
    if (path == kCounter) fired_ = true;
    ++progress_.watched;
    told_.set();
  }
  void await_end(TimePoint deadline) {
    const SessionId session = client_.session();
    if (client_.await_close({.deadline = deadline})) ended(session, client_.last_zxid_seen());
    fibers_.await_close();
  }
  ZooKeeperClient& client() { return client_; }
  Event& told() { return told_; }
  bool take_fired() { return std::exchange(fired_, false); }

 private:
  void ended(SessionId session, Zxid zxid = kNoZxid) {
    progress_.history.ends.push_back({session, ++progress_.time, zxid});
  }
  ZnodeProgress& progress_;
  Gate fibers_;
  Event told_;
  ZooKeeperClient client_;
  bool fired_ = false;
};

ZnodeOutcome outcome_of(ZkError error) {
  return error == ZkError::connection_loss ? ZnodeOutcome::unknown : ZnodeOutcome::failed;
}

class Writer {
 public:
  Writer(Env& env, const Plan& plan, const std::vector<Endpoint>& services, ZnodeProgress& progress)
      : env_(env), plan_(plan), services_(services), progress_(progress) {}

  void await_run(bool counts) {
    for (uint32_t done = 0; done < plan_.batches_per_producer || (counts && !progress_.healed);) {
      Participant one(env_, plan_, services_, progress_);
      while (done < plan_.batches_per_producer || (counts && !progress_.healed)) {
        if (one.client().await_connected() != WaitResult::ready) break;
        if (counts && choose(kAction, 4) == 0) await_count(one.client());
        await_one(one.client());
        ++done;
        // Who is silent for long may find at its server what has long changed elsewhere.
        const int64_t times = plan_.is_ensemble() && choose(kThink, 12) == 0 ? 10 : 1;
        const auto think = times * static_cast<int64_t>(choose(
                                       kThink, static_cast<uint64_t>(plan_.think_time_max.us()) + 1));
        await_sleep(env_.scheduler, env_.clock.now() + microseconds(think));
        if (choose(kClose, 16) == 0) break;
      }
      await_leave(one);
    }
  }
  // Once the faults are over.
  void await_finish(bool counts) {
    if (!counts) return;
    Participant one(env_, plan_, services_, progress_);
    await_count(one.client());
    progress_.counting_done = true;
    one.await_end(TimePoint::never());
  }

  // Of one server a read is as fresh as one behind a sync.
  ZnodeOutcome await_read(ZooKeeperClient& client, const std::string& path, bool syncs) {
    const size_t at = begin({.action = ZnodeAction::read, .path = path, .behind = plan_.is_ensemble() && !syncs});
    if (syncs && !client.await_sync(path)) return end(at, ZnodeOutcome::failed).outcome;
    progress_.history.operations[at].known = client.last_zxid_seen();
    const auto got = client.await_get(path);
    ZnodeOperation& op = end(at, got.ok() || got.error() == ZkError::no_node
                                     ? ZnodeOutcome::ok
                                     : ZnodeOutcome::failed);
    if (got) {
      op.value = to_value(got->data);
      op.zxid = got->stat.mzxid;
      op.session = got->stat.ephemeral_owner;
    }
    return op.outcome;
  }
  [[nodiscard]] static std::string path_of(uint64_t number) {
    return fmt::format("/{}{}", number % 2 == 0 ? "persistent" : "ephemeral", number / 2);
  }

 private:
  uint64_t choose(const Site& site, uint64_t n) { return env_.random.choose(site, n); }
  size_t begin(ZnodeOperation op) {
    op.invoked = ++progress_.time;
    progress_.history.operations.push_back(std::move(op));
    return progress_.history.operations.size() - 1;
  }
  ZnodeOperation& end(size_t at, ZnodeOutcome outcome) {
    ZnodeOperation& op = progress_.history.operations[at];
    op.outcome = outcome;
    if (outcome != ZnodeOutcome::unknown) op.completed = ++progress_.time;
    return op;
  }

  void await_one(ZooKeeperClient& client) {
    const uint64_t number = choose(kPath, 2 * uint64_t{plan_.partitions});
    const std::string path = path_of(number);
    const bool ephemeral = number % 2 == 1;
    const uint64_t action = choose(kAction, plan_.is_ensemble() ? 10 : 6);
    switch (action) {
      case 5: await_read(client, path, false); return;
      case 6:
      case 7: await_read(client, path, true); return;
      case 8: await_multi(client); return;
      case 9: await_sequential(client); return;
      default: break;
    }
    if (action == 4) {
      const size_t at = begin({.action = ZnodeAction::remove, .path = path, .session = client.session()});
      const auto removed = client.await_delete(path);
      end(at, removed ? ZnodeOutcome::ok : outcome_of(removed.error())).known = client.last_zxid_seen();
      return;
    }
    await_write(client, path, ephemeral, action < 2);
  }

  // Some ask for one thing more and do not wait for it: what they create must go with their session.
  void await_leave(Participant& one) {
    const bool hurries = choose(kHurry, 2) == 0;
    Gate more(env_.scheduler);
    if (hurries) {
      const std::string path = path_of(2 * choose(kPath, plan_.partitions) + 1);
      spawn_in(more, env_.scheduler, kActor, [this, &one, path] { await_write(one.client(), path, true, true); });
      env_.scheduler.await_yield();
    }
    one.await_end(env_.clock.now() + plan_.request_timeout);
    more.await_close();
  }

  void await_write(ZooKeeperClient& client, const std::string& path, bool ephemeral, bool creates) {
    const uint64_t value = ++progress_.last_value;
    const SessionId session = client.session();
    const size_t at = begin({.action = creates ? ZnodeAction::create : ZnodeAction::set,
                             .path = path,
                             .value = value,
                             .ephemeral = ephemeral,
                             .session = session});
    Zxid zxid;
    ZkError error = ZkError::ok;
    SessionId owner;
    if (creates) {
      const auto made = client.await_create(
          path, to_data(value), ephemeral ? CreateMode::ephemeral : CreateMode::persistent);
      if (made) {
        zxid = made->stat.czxid;
        owner = made->stat.ephemeral_owner;
      } else {
        error = made.error();
      }
    } else {
      const auto set = client.await_set(path, to_data(value));
      if (set) {
        zxid = set->mzxid;
      } else {
        error = set.error();
      }
    }
    ZnodeOperation& op = end(at, error == ZkError::ok ? ZnodeOutcome::ok : outcome_of(error));
    op.zxid = zxid;
    if (owner != kNoSession) op.session = owner;
  }

  // Both or none, whatever becomes of the connection.
  void await_multi(ZooKeeperClient& client) {
    const uint64_t number = ++progress_.last_multi;
    std::vector<size_t> parts;
    std::vector<MultiOp> ops;
    const uint64_t first = choose(kPath, plan_.partitions);
    for (uint64_t i = 0; i < std::min(plan_.partitions, 2U); ++i) {
      const uint64_t value = ++progress_.last_value;
      const std::string path = path_of(2 * ((first + i) % plan_.partitions));
      parts.push_back(begin({.action = ZnodeAction::set,
                             .path = path,
                             .value = value,
                             .session = client.session(),
                             .multi = number}));
      ops.push_back({ZkOp::set_data, SetDataRequest{path, to_data(value), -1}});
    }
    const auto done = client.await_multi(std::move(ops));
    for (size_t i = 0; i < parts.size(); ++i) {
      // Of one that failed the client gives the errors of its parts.
      const bool acked = done && (*done)[i].error == ZkError::ok && (*done)[i].op == ZkOp::set_data;
      const ZkError error = done ? ZkError::runtime_inconsistency : done.error();
      ZnodeOperation& op = end(parts[i], acked ? ZnodeOutcome::ok : outcome_of(error));
      if (acked) op.zxid = (*done)[i].stat.mzxid;
    }
  }

  // Never deleted: the last reader counts on them.
  void await_sequential(ZooKeeperClient& client) {
    const uint64_t value = ++progress_.last_value;
    const size_t at = begin({.action = ZnodeAction::create, .value = value, .session = client.session()});
    const auto made = client.await_create("/queue-", to_data(value), CreateMode::persistent_sequential);
    ZnodeOperation& op = end(at, made ? ZnodeOutcome::ok : outcome_of(made.error()));
    if (!made) return;
    op.path = made->path;
    op.zxid = made->stat.czxid;
    const std::string number = made->path.substr(made->path.rfind('-') + 1);
    std::from_chars(number.data(), number.data() + number.size(), op.sequence);
  }

  // One more, whatever it takes.
  void await_count(ZooKeeperClient& client) {
    const std::string path = kCounter;
    for (;;) {
      if (client.await_connected() != WaitResult::ready) return;
      const auto there = client.await_get(path);
      if (there) {
        const auto set = await_set_settled(client, path, to_data(to_value(there->data) + 1),
                                           there->stat.version);
        if (set) {
          progress_.counted = to_value(there->data) + 1;
          return;
        }
      } else if (there.error() == ZkError::no_node) {
        (void)await_create_settled(client, path, to_data(1), CreateMode::persistent);
      }
      await_sleep(env_.scheduler, env_.clock.now() + kPause);
    }
  }

  Env& env_;
  const Plan& plan_;
  const std::vector<Endpoint> services_;
  ZnodeProgress& progress_;
};

// Reads only what it is told to read.
void await_watch(Env& env, const Plan& plan, const std::vector<Endpoint>& services, ZnodeProgress& progress) {
  Participant one(env, plan, services, progress);
  uint64_t seen = 0;
  bool armed = false;
  while (!progress.counting_done || seen < progress.counted) {
    one.told().reset();
    if (!armed) {
      if (one.client().await_connected() != WaitResult::ready) break;
      const auto there = one.client().await_get(kCounter, true);
      if (there) {
        seen = to_value(there->data);
        armed = true;
      } else if (there.error() == ZkError::no_node) {
        const auto exists = one.client().await_exists(kCounter, true);
        armed = !exists && exists.error() == ZkError::no_node;  // else it has come: read it
      } else {
        await_sleep(env.scheduler, env.clock.now() + kPause);
      }
      continue;
    }
    one.told().await({.deadline = env.clock.now() + seconds(1)});
    if (one.take_fired()) armed = false;
  }
  one.await_end(env.clock.now() + plan.request_timeout);
}

}  // namespace

void await_run_znode_workload(Env& env, const Plan& plan, const std::vector<Endpoint>& services, uint32_t index,
                              uint32_t count, ZnodeProgress& progress) {
  Gate actors(env.scheduler);
  for (uint32_t i = index; i < plan.producers; i += count) {
    spawn_in(actors, env.scheduler, kActor, [&, i] {
      Writer writer(env, plan, services, progress);
      writer.await_run(i == 0);
      ++progress.writers_done;
      writer.await_finish(i == 0);
    });
  }
  for (uint32_t i = index; i < plan.readers; i += count) {
    spawn_in(actors, env.scheduler, kActor, [&] { await_watch(env, plan, services, progress); });
  }
  actors.await_close();
  if (index != 0) return;
  while (progress.writers_done < plan.producers) {
    await_sleep(env.scheduler, env.clock.now() + kPause);
  }
  Participant last(env, plan, services, progress);
  Writer reader(env, plan, services, progress);
  std::vector<std::string> paths;
  for (uint64_t number = 0; number < 2 * uint64_t{plan.partitions}; ++number) {
    paths.push_back(Writer::path_of(number));
  }
  for (const ZnodeOperation& op : progress.history.operations) {
    if (op.sequence >= 0) paths.push_back(op.path);
  }
  for (const std::string& path : paths) {
    while (reader.await_read(last.client(), path, plan.is_ensemble()) != ZnodeOutcome::ok) {
      await_sleep(env.scheduler, env.clock.now() + kPause);
    }
  }
  last.await_end(TimePoint::never());
}

}  // namespace weir
