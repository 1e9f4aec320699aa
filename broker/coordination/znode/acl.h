// Who may do what with a znode.
//
// A connection has identities: its address ("ip"), and what it authenticated as ("digest":
// "user:" base64(sha1("user:password"))). A znode has a list of (permissions, scheme, id); an identity
// matches an entry of its scheme and id, "world:anyone" matches everybody, and an "ip" entry may name a
// network ("10.1.0.0/16"). An empty list permits everything, as ZooKeeper has it.
//
// Authentication by digest cannot fail: a wrong password makes another identity, which no list names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/jute/records.h"
#include "sim/base/result.h"

namespace weir {

struct Identity {
  std::string scheme;
  std::string id;
  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("scheme", m.scheme);
    v.field("id", m.id);
  }
  friend auto operator<=>(const Identity&, const Identity&) = default;
};
using Identities = std::vector<Identity>;

bool permits(const AclList& acl, int32_t perm, const Identities& who);

// What a client asked for, as it is stored: doubled entries once, "auth" replaced by the identities that
// the connection authenticated as. Refused: no entry, an unknown scheme, an id that the scheme does not
// know, "auth" without having authenticated.
Result<AclList, ZkError> store_acl(const AclList& asked, const Identities& who);

// "user:password" as the identity that it stands for; nothing when there is no colon in it.
Result<Identity, ZkError> digest_identity(std::string_view user_and_password);

}  // namespace weir
