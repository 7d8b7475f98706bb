// One HTTP request on a connection of its own, for the few requests that the program itself sends
// to a server: blocking, with a time limit. Any thread.
#pragma once

#include <asio/ip/tcp.hpp>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/time.h"

namespace frontrow {

struct OnceRequest {
  std::string base_url;  // "http://127.0.0.1:8080"; an address, not a name
  std::string method = "GET";
  std::string path;
  std::string bearer;  // empty: none
  std::string json;    // the body; empty: none
  Duration patience = seconds(5);
};
struct OnceAnswer {
  int status = 0;
  std::string body;
};

// The error names the failure, not the server.
Result<OnceAnswer> ask_once(const OnceRequest& request);

// The same with the whole text of the request.
Result<OnceAnswer> send_once(const asio::ip::tcp::endpoint& to, const std::string& request,
                             Duration patience);

}  // namespace frontrow
