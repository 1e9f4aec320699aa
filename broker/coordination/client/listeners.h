// ZnodeListeners: watches that stay, of three kinds (those of ZkClient, by which Kafka's controller lived).
//
//   DataListener     a node's data changed, it was made, or it went
//   ChildListener    a node's children changed, or it went
//   SessionListener  connected, disconnected, expired
//
// A watch of ZooKeeper fires once; here it is set again first, and the node read by that very request, so that
// a listener sees what is there now and misses no later change. Changes in quick succession may be told as
// one. After a session has expired, and a new one is there, its listeners are told first, so that they can
// make their ephemeral nodes again, then all other listeners are told what is there now: who knows what was
// missed.
//
// Everything is told in the client's one fiber of events, in order; a listener may suspend and use the client.
// Listeners outlive it, and are not taken away while it runs.
//
//   ZnodeListeners listeners;
//   ZooKeeperClient client(env, options, listeners);
//   listeners.attach(client);
//   ...   auto now = listeners.await_listen_to_children("/brokers/ids", mine);
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "broker/coordination/client/client.h"

namespace weir {

class DataListener {
 public:
  virtual ~DataListener() = default;
  virtual void await_data_changed(const std::string& path, const ZnodeContent& content) = 0;
  virtual void await_data_deleted(const std::string& path) = 0;
};

class ChildListener {
 public:
  virtual ~ChildListener() = default;
  // Nothing: the parent is not there.
  virtual void await_children_changed(const std::string& parent,
                                      const std::optional<ZnodeChildren>& children) = 0;
};

class SessionListener {
 public:
  virtual ~SessionListener() = default;
  virtual void await_session_event(SessionEvent event, SessionId session) = 0;
};

class ZnodeListeners final : public ZooKeeperEvents {
 public:
  // Before the client's fibers run.
  void attach(ZooKeeperClient& client) { client_ = &client; }
  void listen_to_session(SessionListener& listener) { session_listeners_.push_back(&listener); }

  // What is there now, nothing when the node is not; later changes are told. Waits for a connection. An error
  // that is the node's, as no_auth, leaves no listener; the others are those of a client that has ended.
  ZkResult<std::optional<ZnodeContent>> await_listen_to_data(const std::string& path,
                                                             DataListener& listener);
  ZkResult<std::optional<ZnodeChildren>> await_listen_to_children(const std::string& path,
                                                                  ChildListener& listener);
  // A watch that is still set fires for nobody.
  void forget(const DataListener& listener);
  void forget(const ChildListener& listener);

 private:
  void await_session_event(SessionEvent event, SessionId session) override;
  void await_znode_event(ZkEvent event, const std::string& path) override;
  void await_tell_data(const std::string& path);
  void await_tell_children(const std::string& path);

  ZooKeeperClient* client_ = nullptr;
  std::vector<SessionListener*> session_listeners_;
  std::map<std::string, std::vector<DataListener*>> data_listeners_;
  std::map<std::string, std::vector<ChildListener*>> child_listeners_;
  bool all_are_gone_ = false;  // the watches, with their session
};

}  // namespace weir
