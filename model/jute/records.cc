#include "model/jute/records.h"

#include "model/jute/jute.h"

namespace weir {

AclList open_acl() { return {{perms::kAll, "world", "anyone"}}; }

Result<ConnectRequest, ProtocolError> decode_connect_request(ConstBytes frame) {
  ConnectRequest request;
  request.has_read_only = false;
  JuteReader reader(frame);
  reader.structure(request);
  if (!reader.rest().empty()) {
    request.has_read_only = true;
    reader.field("readOnly", request.read_only);
  }
  reader.expect_end();
  if (const ProtocolError* const error = reader.error()) return *error;
  return request;
}

Result<SetWatchesRequest, ProtocolError> decode_set_watches(ConstBytes body, bool has_persistent) {
  SetWatchesRequest request;
  request.has_persistent = has_persistent;
  JuteReader reader(body);
  reader.structure(request);
  reader.expect_end();
  if (const ProtocolError* const error = reader.error()) return *error;
  return request;
}

}  // namespace weir
