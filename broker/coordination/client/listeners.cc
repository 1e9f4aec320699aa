#include "broker/coordination/client/listeners.h"

#include <algorithm>

#include "sim/base/check.h"

namespace weir {
namespace {

bool goes_on(ZkError error) {
  return error == ZkError::connection_loss || error == ZkError::session_expired;
}

// Sets a watch and reads by one request. A node that is not there is watched for its creation instead.
// `in_session`: not in another than this one, of which others are to hear first.
template <class Value, class Read>
ZkResult<std::optional<Value>> await_watched(ZooKeeperClient& client, const std::string& path,
                                             bool in_session, Read read) {
  const SessionId session = client.session();
  for (;;) {
    if (client.await_connected() != WaitResult::ready) return ZkError::connection_loss;
    if (in_session && client.session() != session) return ZkError::session_expired;
    auto there = read();
    if (there) return std::optional<Value>(std::move(*there));
    if (there.error() == ZkError::no_node) {
      const auto exists = client.await_exists(path, true);
      if (!exists && exists.error() == ZkError::no_node) return std::optional<Value>();
      if (exists) continue;  // it has come in between
      there = exists.error();
    }
    if (!goes_on(there.error()) || client.ended()) return there.error();
  }
}

template <class Listeners, class Listener>
void drop(Listeners& all, const Listener& listener) {
  for (auto at = all.begin(); at != all.end();) {
    std::erase(at->second, &listener);
    at = at->second.empty() ? all.erase(at) : std::next(at);
  }
}

template <class Listener>
void add(std::vector<Listener*>& to, Listener& listener) {
  if (std::find(to.begin(), to.end(), &listener) == to.end()) to.push_back(&listener);
}

// Those of a path, as they are now.
template <class Listeners>
auto listening(const Listeners& all, const std::string& path) {
  const auto at = all.find(path);
  return at == all.end() ? typename Listeners::mapped_type{} : at->second;
}

template <class Listeners, class Listener>
bool listens(const Listeners& all, const std::string& path, const Listener* listener) {
  const auto own = listening(all, path);
  return std::find(own.begin(), own.end(), listener) != own.end();
}

}  // namespace

ZkResult<std::optional<ZnodeContent>> ZnodeListeners::await_listen_to_data(const std::string& path,
                                                                           DataListener& listener) {
  CHECK_MSG(client_ != nullptr, "attach() comes first");
  add(data_listeners_[path], listener);
  auto now = await_watched<ZnodeContent>(*client_, path, false,
                                         [&] { return client_->await_get(path, true); });
  if (!now) forget(listener);
  return now;
}

ZkResult<std::optional<ZnodeChildren>> ZnodeListeners::await_listen_to_children(
    const std::string& path, ChildListener& listener) {
  CHECK_MSG(client_ != nullptr, "attach() comes first");
  add(child_listeners_[path], listener);
  auto now =
      await_watched<ZnodeChildren>(*client_, path, false, [&] { return client_->await_children(path, true); });
  if (!now) forget(listener);
  return now;
}

void ZnodeListeners::forget(const DataListener& listener) { drop(data_listeners_, listener); }
void ZnodeListeners::forget(const ChildListener& listener) { drop(child_listeners_, listener); }

void ZnodeListeners::await_session_event(SessionEvent event, SessionId session) {
  if (event == SessionEvent::expired) all_are_gone_ = true;
  for (SessionListener* const listener : std::vector(session_listeners_)) {
    listener->await_session_event(event, session);
  }
  if (event != SessionEvent::connected || !std::exchange(all_are_gone_, false)) return;
  std::vector<std::string> paths;
  for (const auto& [path, listeners] : data_listeners_) paths.push_back(path);
  for (const std::string& path : paths) await_tell_data(path);
  paths.clear();
  for (const auto& [path, listeners] : child_listeners_) paths.push_back(path);
  for (const std::string& path : paths) await_tell_children(path);
}

void ZnodeListeners::await_znode_event(ZkEvent event, const std::string& path) {
  const bool comes_or_goes = event == ZkEvent::created || event == ZkEvent::removed;
  if (comes_or_goes || event == ZkEvent::data_changed) await_tell_data(path);
  if (comes_or_goes || event == ZkEvent::children_changed) await_tell_children(path);
}

// Whoever is told may forget listeners, itself too.
void ZnodeListeners::await_tell_data(const std::string& path) {
  if (!data_listeners_.contains(path)) return;
  const auto now =
      await_watched<ZnodeContent>(*client_, path, true, [&] { return client_->await_get(path, true); });
  if (!now) return;
  for (DataListener* const listener : listening(data_listeners_, path)) {
    if (!listens(data_listeners_, path, listener)) continue;
    if (*now) {
      listener->await_data_changed(path, **now);
    } else {
      listener->await_data_deleted(path);
    }
  }
}

void ZnodeListeners::await_tell_children(const std::string& path) {
  if (!child_listeners_.contains(path)) return;
  const auto now = await_watched<ZnodeChildren>(*client_, path, true,
                                                [&] { return client_->await_children(path, true); });
  if (!now) return;
  for (ChildListener* const listener : listening(child_listeners_, path)) {
    if (!listens(child_listeners_, path, listener)) continue;
    listener->await_children_changed(path, *now);
  }
}

}  // namespace weir
