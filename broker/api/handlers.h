// One function an API: decode, call the owners, reply. The table of them is in api_table.cc.
//
// A handler may suspend. It gives the reply, or nothing when it has parked the request (only fetch
// does). A body that does not decode closes the connection, as Kafka does.
#pragma once

#include <optional>

#include "broker/api/shard_context.h"
#include "model/protocol/header.h"

namespace weir {

// `request.frame` is alive until the reply is made; `frame` borrows from it.
using Handler = std::optional<Reply> (*)(ShardContext& shard, Request& request,
                                         const RequestFrame& frame);

std::optional<Reply> await_handle_produce(ShardContext&, Request&, const RequestFrame&);
std::optional<Reply> await_handle_fetch(ShardContext&, Request&, const RequestFrame&);
std::optional<Reply> await_handle_list_offsets(ShardContext&, Request&, const RequestFrame&);
std::optional<Reply> await_handle_metadata(ShardContext&, Request&, const RequestFrame&);
std::optional<Reply> await_handle_find_coordinator(ShardContext&, Request&, const RequestFrame&);
std::optional<Reply> await_handle_api_versions(ShardContext&, Request&, const RequestFrame&);
std::optional<Reply> await_handle_create_topics(ShardContext&, Request&, const RequestFrame&);
std::optional<Reply> await_handle_delete_topics(ShardContext&, Request&, const RequestFrame&);
std::optional<Reply> await_handle_create_partitions(ShardContext&, Request&, const RequestFrame&);
std::optional<Reply> await_handle_delete_records(ShardContext&, Request&, const RequestFrame&);
std::optional<Reply> await_handle_describe_log_dirs(ShardContext&, Request&, const RequestFrame&);
std::optional<Reply> await_handle_describe_producers(ShardContext&, Request&, const RequestFrame&);
std::optional<Reply> await_handle_offset_for_leader_epoch(ShardContext&, Request&,
                                                          const RequestFrame&);
std::optional<Reply> await_handle_init_producer_id(ShardContext&, Request&, const RequestFrame&);
std::optional<Reply> await_handle_describe_configs(ShardContext&, Request&, const RequestFrame&);
std::optional<Reply> await_handle_alter_configs(ShardContext&, Request&, const RequestFrame&);
std::optional<Reply> await_handle_incremental_alter_configs(ShardContext&, Request&,
                                                            const RequestFrame&);
std::optional<Reply> await_handle_describe_cluster(ShardContext&, Request&, const RequestFrame&);

// Finds the handler and runs it: everything between the request channel and the reply.
std::optional<Reply> await_handle(ShardContext& shard, Request& request);

}  // namespace weir
