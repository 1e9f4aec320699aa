#include "model/oracle/durable_logs.h"

#include <algorithm>

namespace weir {

bool DurableLogs::Server::has(Zxid zxid) const {
  if (zxid <= base) return true;  // only what is committed goes into snapshots
  return zxid <= durable && std::any_of(runs.begin(), runs.end(), [zxid](const Run& run) {
           return run.first <= zxid && zxid <= run.last;
         });
}

Zxid DurableLogs::Server::last() const {
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
    if (run->first <= durable) return std::min(run->last, durable);
  }
  return base;
}

void DurableLogs::Server::cut_after(Zxid zxid) {
  while (!runs.empty() && runs.back().first > zxid) runs.pop_back();
  if (!runs.empty()) runs.back().last = std::min(runs.back().last, zxid);
  durable = std::min(durable, zxid);
}

void DurableLogs::opened(uint32_t server, Zxid base, uint32_t current_epoch, bool reinitialised) {
  logs_[server] = {
      .base = base, .runs = {}, .durable = base, .current_epoch = current_epoch, .reinitialised = reinitialised};
}

void DurableLogs::held(uint32_t server, Zxid first, Zxid last) {
  appended(server, first, last);
  synced(server, last);
}

void DurableLogs::appended(uint32_t server, Zxid first, Zxid last) {
  Server& log = logs_[server];
  log.cut_after(Zxid{first.value() - 1});
  const bool goes_on = !log.runs.empty() && log.runs.back().last == Zxid{first.value() - 1};
  if (goes_on) {
    log.runs.back().last = last;
  } else {
    log.runs.push_back({first, last});
  }
}

void DurableLogs::synced(uint32_t server, Zxid zxid) {
  Server& log = logs_[server];
  log.durable = std::max(log.durable, zxid);
}

void DurableLogs::truncated(uint32_t server, Zxid after) { logs_[server].cut_after(after); }

void DurableLogs::installed(uint32_t server, Zxid snapshot) {
  Server& log = logs_[server];
  log.base = log.durable = snapshot;
  log.runs.clear();
}

void DurableLogs::saved(uint32_t server, uint32_t current_epoch, bool reinitialised) {
  logs_[server].current_epoch = current_epoch;
  logs_[server].reinitialised = reinitialised;
}

void DurableLogs::wiped(uint32_t server) {
  logs_[server] = {};
  logs_[server].reinitialised = true;
}

DurableLogs::Server DurableLogs::of(uint32_t server) const {
  const auto at = logs_.find(server);
  return at == logs_.end() ? Server{} : at->second;
}

std::pair<uint32_t, Zxid> DurableLogs::rank(const Server& server) const {
  return {order_ == Order::by_epoch ? server.current_epoch : 0, server.last()};
}

std::optional<uint32_t> DurableLogs::could_lead_without(Zxid zxid) const {
  std::vector<std::pair<uint32_t, Zxid>> voices;
  for (uint32_t id = 1; id <= servers_; ++id) {
    if (const Server server = of(id); !server.reinitialised) voices.push_back(rank(server));
  }
  for (uint32_t id = 1; id <= servers_; ++id) {
    const Server server = of(id);
    if (server.reinitialised || server.has(zxid)) continue;
    const auto votes = std::count_if(voices.begin(), voices.end(),
                                     [own = rank(server)](const auto& other) { return other <= own; });
    if (static_cast<uint32_t>(votes) > servers_ / 2) return id;
  }
  return std::nullopt;
}

}  // namespace weir
