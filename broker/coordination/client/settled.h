// Changes whose outcome is found out, never guessed.
//
// When a connection breaks behind a request, it may have been done or not. These wait for the next connection
// and read back what must tell them apart:
//
//   creation, ephemeral     the node's owner: this session's, then it was this request (or an equal one)
//   creation, persistent    the content: what this request would have written
//   creation, sequential    a token in the node's name that nobody else has: "<prefix><token>-<number>"
//   set of one version      version + 1 with the content that it would have written; the old one: not done
//   deletion                no node: done, by whomever
//
// They end with an answer of the service, or with session_expired, or connection_loss once the client ends.
#pragma once

#include "broker/coordination/client/client.h"

namespace weir {

ZkResult<ZnodeCreated> await_create_settled(ZooKeeperClient& client, const std::string& path,
                                            const ZnodeData& data, CreateMode mode);
// `token`: unique among all that create such nodes, without '/'.
ZkResult<ZnodeCreated> await_create_sequential_settled(ZooKeeperClient& client,
                                                       const std::string& prefix,
                                                       const std::string& token,
                                                       const ZnodeData& data, CreateMode mode);
// `version` is not -1: a set of any version cannot be told from another's.
ZkResult<ZnodeStat> await_set_settled(ZooKeeperClient& client, const std::string& path,
                                      const ZnodeData& data, int32_t version);
ZkResult<Done> await_delete_settled(ZooKeeperClient& client, const std::string& path,
                                    int32_t version = -1);

}  // namespace weir
