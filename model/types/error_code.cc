#include "model/types/error_code.h"

#include <algorithm>
#include <iterator>

namespace weir {
namespace {

enum class Advice : uint8_t { give_up, retry, refresh_and_retry };

struct Entry {
  int16_t code;
  std::string_view name;
  Advice advice;
};

// Sorted by code.
constexpr Entry kEntries[] = {
    {-1, "UNKNOWN_SERVER_ERROR", Advice::give_up},
    {0, "NONE", Advice::give_up},
    {1, "OFFSET_OUT_OF_RANGE", Advice::give_up},
    {2, "CORRUPT_MESSAGE", Advice::retry},
    {3, "UNKNOWN_TOPIC_OR_PARTITION", Advice::refresh_and_retry},
    {4, "INVALID_FETCH_SIZE", Advice::give_up},
    {5, "LEADER_NOT_AVAILABLE", Advice::refresh_and_retry},
    {6, "NOT_LEADER_OR_FOLLOWER", Advice::refresh_and_retry},
    {7, "REQUEST_TIMED_OUT", Advice::retry},
    {8, "BROKER_NOT_AVAILABLE", Advice::give_up},
    {9, "REPLICA_NOT_AVAILABLE", Advice::refresh_and_retry},
    {10, "MESSAGE_TOO_LARGE", Advice::give_up},
    {11, "STALE_CONTROLLER_EPOCH", Advice::give_up},
    {12, "OFFSET_METADATA_TOO_LARGE", Advice::give_up},
    {13, "NETWORK_EXCEPTION", Advice::refresh_and_retry},
    {14, "COORDINATOR_LOAD_IN_PROGRESS", Advice::retry},
    {15, "COORDINATOR_NOT_AVAILABLE", Advice::retry},
    {16, "NOT_COORDINATOR", Advice::retry},
    {17, "INVALID_TOPIC_EXCEPTION", Advice::give_up},
    {18, "RECORD_LIST_TOO_LARGE", Advice::give_up},
    {19, "NOT_ENOUGH_REPLICAS", Advice::retry},
    {20, "NOT_ENOUGH_REPLICAS_AFTER_APPEND", Advice::retry},
    {21, "INVALID_REQUIRED_ACKS", Advice::give_up},
    {22, "ILLEGAL_GENERATION", Advice::give_up},
    {23, "INCONSISTENT_GROUP_PROTOCOL", Advice::give_up},
    {24, "INVALID_GROUP_ID", Advice::give_up},
    {25, "UNKNOWN_MEMBER_ID", Advice::give_up},
    {26, "INVALID_SESSION_TIMEOUT", Advice::give_up},
    {27, "REBALANCE_IN_PROGRESS", Advice::give_up},
    {28, "INVALID_COMMIT_OFFSET_SIZE", Advice::give_up},
    {29, "TOPIC_AUTHORIZATION_FAILED", Advice::give_up},
    {30, "GROUP_AUTHORIZATION_FAILED", Advice::give_up},
    {31, "CLUSTER_AUTHORIZATION_FAILED", Advice::give_up},
    {32, "INVALID_TIMESTAMP", Advice::give_up},
    {33, "UNSUPPORTED_SASL_MECHANISM", Advice::give_up},
    {34, "ILLEGAL_SASL_STATE", Advice::give_up},
    {35, "UNSUPPORTED_VERSION", Advice::give_up},
    {36, "TOPIC_ALREADY_EXISTS", Advice::give_up},
    {37, "INVALID_PARTITIONS", Advice::give_up},
    {38, "INVALID_REPLICATION_FACTOR", Advice::give_up},
    {39, "INVALID_REPLICA_ASSIGNMENT", Advice::give_up},
    {40, "INVALID_CONFIG", Advice::give_up},
    {41, "NOT_CONTROLLER", Advice::retry},
    {42, "INVALID_REQUEST", Advice::give_up},
    {43, "UNSUPPORTED_FOR_MESSAGE_FORMAT", Advice::give_up},
    {44, "POLICY_VIOLATION", Advice::give_up},
    {45, "OUT_OF_ORDER_SEQUENCE_NUMBER", Advice::give_up},
    {46, "DUPLICATE_SEQUENCE_NUMBER", Advice::give_up},
    {47, "INVALID_PRODUCER_EPOCH", Advice::give_up},
    {48, "INVALID_TXN_STATE", Advice::give_up},
    {49, "INVALID_PRODUCER_ID_MAPPING", Advice::give_up},
    {50, "INVALID_TRANSACTION_TIMEOUT", Advice::give_up},
    {51, "CONCURRENT_TRANSACTIONS", Advice::retry},
    {52, "TRANSACTION_COORDINATOR_FENCED", Advice::give_up},
    {53, "TRANSACTIONAL_ID_AUTHORIZATION_FAILED", Advice::give_up},
    {54, "SECURITY_DISABLED", Advice::give_up},
    {55, "OPERATION_NOT_ATTEMPTED", Advice::give_up},
    {56, "KAFKA_STORAGE_ERROR", Advice::refresh_and_retry},
    {57, "LOG_DIR_NOT_FOUND", Advice::give_up},
    {58, "SASL_AUTHENTICATION_FAILED", Advice::give_up},
    {59, "UNKNOWN_PRODUCER_ID", Advice::give_up},
    {60, "REASSIGNMENT_IN_PROGRESS", Advice::give_up},
    {61, "DELEGATION_TOKEN_AUTH_DISABLED", Advice::give_up},
    {62, "DELEGATION_TOKEN_NOT_FOUND", Advice::give_up},
    {63, "DELEGATION_TOKEN_OWNER_MISMATCH", Advice::give_up},
    {64, "DELEGATION_TOKEN_REQUEST_NOT_ALLOWED", Advice::give_up},
    {65, "DELEGATION_TOKEN_AUTHORIZATION_FAILED", Advice::give_up},
    {66, "DELEGATION_TOKEN_EXPIRED", Advice::give_up},
    {67, "INVALID_PRINCIPAL_TYPE", Advice::give_up},
    {68, "NON_EMPTY_GROUP", Advice::give_up},
    {69, "GROUP_ID_NOT_FOUND", Advice::give_up},
    {70, "FETCH_SESSION_ID_NOT_FOUND", Advice::retry},
    {71, "INVALID_FETCH_SESSION_EPOCH", Advice::retry},
    {72, "LISTENER_NOT_FOUND", Advice::refresh_and_retry},
    {73, "TOPIC_DELETION_DISABLED", Advice::give_up},
    {74, "FENCED_LEADER_EPOCH", Advice::refresh_and_retry},
    {75, "UNKNOWN_LEADER_EPOCH", Advice::retry},
    {76, "UNSUPPORTED_COMPRESSION_TYPE", Advice::give_up},
    {77, "STALE_BROKER_EPOCH", Advice::give_up},
    {78, "OFFSET_NOT_AVAILABLE", Advice::retry},
    {79, "MEMBER_ID_REQUIRED", Advice::give_up},
    {80, "PREFERRED_LEADER_NOT_AVAILABLE", Advice::refresh_and_retry},
    {81, "GROUP_MAX_SIZE_REACHED", Advice::give_up},
    {82, "FENCED_INSTANCE_ID", Advice::give_up},
    {83, "ELIGIBLE_LEADERS_NOT_AVAILABLE", Advice::refresh_and_retry},
    {84, "ELECTION_NOT_NEEDED", Advice::refresh_and_retry},
    {85, "NO_REASSIGNMENT_IN_PROGRESS", Advice::give_up},
    {86, "GROUP_SUBSCRIBED_TO_TOPIC", Advice::give_up},
    {87, "INVALID_RECORD", Advice::give_up},
    {88, "UNSTABLE_OFFSET_COMMIT", Advice::retry},
    {89, "THROTTLING_QUOTA_EXCEEDED", Advice::retry},
    {90, "PRODUCER_FENCED", Advice::give_up},
    {91, "RESOURCE_NOT_FOUND", Advice::give_up},
    {92, "DUPLICATE_RESOURCE", Advice::give_up},
    {93, "UNACCEPTABLE_CREDENTIAL", Advice::give_up},
    {94, "INCONSISTENT_VOTER_SET", Advice::give_up},
    {95, "INVALID_UPDATE_VERSION", Advice::give_up},
    {96, "FEATURE_UPDATE_FAILED", Advice::give_up},
    {97, "PRINCIPAL_DESERIALIZATION_FAILURE", Advice::give_up},
    {98, "SNAPSHOT_NOT_FOUND", Advice::give_up},
    {100, "UNKNOWN_TOPIC_ID", Advice::refresh_and_retry},
    {101, "DUPLICATE_BROKER_REGISTRATION", Advice::give_up},
    {102, "BROKER_ID_NOT_REGISTERED", Advice::give_up},
    {103, "INCONSISTENT_TOPIC_ID", Advice::refresh_and_retry},
    {104, "INCONSISTENT_CLUSTER_ID", Advice::give_up},
    {105, "TRANSACTIONAL_ID_NOT_FOUND", Advice::give_up},
    {106, "FETCH_SESSION_TOPIC_ID_ERROR", Advice::retry},
    {107, "INELIGIBLE_REPLICA", Advice::give_up},
    {108, "NEW_LEADER_ELECTED", Advice::give_up},
    {109, "OFFSET_MOVED_TO_TIERED_STORAGE", Advice::give_up},
    {110, "FENCED_MEMBER_EPOCH", Advice::give_up},
    {111, "UNRELEASED_INSTANCE_ID", Advice::give_up},
    {112, "UNSUPPORTED_ASSIGNOR", Advice::give_up},
    {113, "STALE_MEMBER_EPOCH", Advice::give_up},
    {114, "MISMATCHED_ENDPOINT_TYPE", Advice::give_up},
    {115, "UNSUPPORTED_ENDPOINT_TYPE", Advice::give_up},
    {116, "UNKNOWN_CONTROLLER_ID", Advice::give_up},
    {117, "UNKNOWN_SUBSCRIPTION_ID", Advice::give_up},
    {118, "TELEMETRY_TOO_LARGE", Advice::give_up},
    {119, "INVALID_REGISTRATION", Advice::give_up},
    {120, "TRANSACTION_ABORTABLE", Advice::give_up},
    {121, "INVALID_RECORD_STATE", Advice::give_up},
    {122, "SHARE_SESSION_NOT_FOUND", Advice::retry},
    {123, "INVALID_SHARE_SESSION_EPOCH", Advice::retry},
    {124, "FENCED_STATE_EPOCH", Advice::give_up},
    {125, "INVALID_VOTER_KEY", Advice::give_up},
    {126, "DUPLICATE_VOTER", Advice::give_up},
    {127, "VOTER_NOT_FOUND", Advice::give_up},
    {128, "INVALID_REGULAR_EXPRESSION", Advice::give_up},
};
static_assert(std::is_sorted(std::begin(kEntries), std::end(kEntries),
                             [](const Entry& a, const Entry& b) { return a.code < b.code; }));

const Entry* find(ErrorCode code) {
  const auto wanted = static_cast<int16_t>(code);
  const Entry* const at =
      std::lower_bound(std::begin(kEntries), std::end(kEntries), wanted,
                       [](const Entry& entry, int16_t value) { return entry.code < value; });
  return at != std::end(kEntries) && at->code == wanted ? at : nullptr;
}

}  // namespace

std::string_view name(ErrorCode code) {
  const Entry* const entry = find(code);
  return entry == nullptr ? "UNLISTED" : entry->name;
}

bool is_retriable(ErrorCode code) {
  const Entry* const entry = find(code);
  return entry != nullptr && entry->advice != Advice::give_up;
}

bool wants_metadata_refresh(ErrorCode code) {
  const Entry* const entry = find(code);
  return entry != nullptr && entry->advice == Advice::refresh_and_retry;
}

}  // namespace weir
