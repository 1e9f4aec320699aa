#include "model/jute/zk_codes.h"

namespace weir {

std::string_view to_text(ZkOp op) {
  switch (op) {
    case ZkOp::notification: return "notification";
    case ZkOp::create: return "create";
    case ZkOp::remove: return "delete";
    case ZkOp::exists: return "exists";
    case ZkOp::get_data: return "getData";
    case ZkOp::set_data: return "setData";
    case ZkOp::get_acl: return "getACL";
    case ZkOp::set_acl: return "setACL";
    case ZkOp::get_children: return "getChildren";
    case ZkOp::sync: return "sync";
    case ZkOp::ping: return "ping";
    case ZkOp::get_children2: return "getChildren2";
    case ZkOp::check: return "check";
    case ZkOp::multi: return "multi";
    case ZkOp::create2: return "create2";
    case ZkOp::reconfig: return "reconfig";
    case ZkOp::check_watches: return "checkWatches";
    case ZkOp::remove_watches: return "removeWatches";
    case ZkOp::create_container: return "createContainer";
    case ZkOp::delete_container: return "deleteContainer";
    case ZkOp::create_ttl: return "createTTL";
    case ZkOp::multi_read: return "multiRead";
    case ZkOp::auth: return "auth";
    case ZkOp::set_watches: return "setWatches";
    case ZkOp::sasl: return "sasl";
    case ZkOp::get_ephemerals: return "getEphemerals";
    case ZkOp::get_all_children_number: return "getAllChildrenNumber";
    case ZkOp::set_watches2: return "setWatches2";
    case ZkOp::add_watch: return "addWatch";
    case ZkOp::who_am_i: return "whoAmI";
    case ZkOp::create_session: return "createSession";
    case ZkOp::close_session: return "closeSession";
    case ZkOp::error: return "error";
  }
  return "unknown";
}

std::string_view to_text(ZkError error) {
  switch (error) {
    case ZkError::ok: return "OK";
    case ZkError::system_error: return "SystemError";
    case ZkError::runtime_inconsistency: return "RuntimeInconsistency";
    case ZkError::data_inconsistency: return "DataInconsistency";
    case ZkError::connection_loss: return "ConnectionLoss";
    case ZkError::marshalling_error: return "MarshallingError";
    case ZkError::unimplemented: return "Unimplemented";
    case ZkError::operation_timeout: return "OperationTimeout";
    case ZkError::bad_arguments: return "BadArguments";
    case ZkError::api_error: return "APIError";
    case ZkError::no_node: return "NoNode";
    case ZkError::no_auth: return "NoAuth";
    case ZkError::bad_version: return "BadVersion";
    case ZkError::no_children_for_ephemerals: return "NoChildrenForEphemerals";
    case ZkError::node_exists: return "NodeExists";
    case ZkError::not_empty: return "NotEmpty";
    case ZkError::session_expired: return "SessionExpired";
    case ZkError::invalid_acl: return "InvalidACL";
    case ZkError::auth_failed: return "AuthFailed";
    case ZkError::session_moved: return "SessionMoved";
    case ZkError::no_watcher: return "NoWatcher";
  }
  return "unknown";
}

}  // namespace weir
