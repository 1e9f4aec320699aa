// ApiVersions (key 18, versions 0-4): what a broker can speak; the first thing most clients send.
//
// The response always has header v0. A request of a version above 4 is answered in version 0 with
// `unsupported_version` and the one row of this API, from which the client takes the version to try
// next. Versions: 3 flexible, client software and features (KIP-511, KIP-584); 4 lets a feature's
// least version be 0.
#pragma once

#include <string>
#include <vector>

#include "model/protocol/api_info.h"
#include "model/protocol/fields.h"
#include "model/types/error_code.h"

namespace weir {

struct ApiVersionsRequest {
  static constexpr ApiKey kKey = ApiKey::api_versions;

  std::string client_software_name;
  std::string client_software_version;

  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("client_software_name", m.client_software_name, since(3));
    v.field("client_software_version", m.client_software_version, since(3));
  }
};

struct ApiVersionsResponse {
  static constexpr ApiKey kKey = ApiKey::api_versions;

  struct Api {
    ApiKey key{};
    int16_t min_version = 0;
    int16_t max_version = 0;

    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("key", m.key);
      v.field("min_version", m.min_version);
      v.field("max_version", m.max_version);
    }
  };
  struct SupportedFeature {
    std::string name;
    int16_t min_version = 0;
    int16_t max_version = 0;

    friend bool operator==(const SupportedFeature&, const SupportedFeature&) = default;
    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("name", m.name);
      v.field("min_version", m.min_version);
      v.field("max_version", m.max_version);
    }
  };
  struct FinalizedFeature {
    std::string name;
    int16_t max_version_level = 0;
    int16_t min_version_level = 0;

    friend bool operator==(const FinalizedFeature&, const FinalizedFeature&) = default;
    template <class V, class M>
    static void fields(V& v, M& m) {
      v.field("name", m.name);
      v.field("max_version_level", m.max_version_level);
      v.field("min_version_level", m.min_version_level);
    }
  };

  ErrorCode error = ErrorCode::none;
  std::vector<Api> apis;
  int32_t throttle_time_ms = 0;
  std::vector<SupportedFeature> supported_features;
  int64_t finalized_features_epoch = -1;
  std::vector<FinalizedFeature> finalized_features;
  bool zk_migration_ready = false;

  template <class V, class M>
  static void fields(V& v, M& m) {
    v.field("error", m.error);
    v.field("apis", m.apis);
    v.field("throttle_time_ms", m.throttle_time_ms, since(1));
    v.tagged(0, "supported_features", m.supported_features, since(3));
    v.tagged(1, "finalized_features_epoch", m.finalized_features_epoch, since(3), -1);
    v.tagged(2, "finalized_features", m.finalized_features, since(3));
    v.tagged(3, "zk_migration_ready", m.zk_migration_ready, since(3));
  }
};

}  // namespace weir
