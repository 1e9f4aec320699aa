// zookeeper.connect: "host1:2181,host2:2181/chroot".
//
//   connect = server *( "," server ) [ chroot ]      server = host [ ":" port ], port 2181 without one
//
// All paths of a client with a chroot lie below it; the client's users do not see it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/base/result.h"
#include "sim/env/network.h"

namespace weir {

struct ConnectString {
  std::vector<Endpoint> servers;  // not empty
  std::string chroot;             // "" or "/kafka"
};

// The error says what is wrong, and what a right one looks like.
Result<ConnectString, std::string> parse_connect_string(std::string_view text);

}  // namespace weir
