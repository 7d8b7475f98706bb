// Messages that the parser must accept, and messages that it must reject, for several tests.
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "net/http/http_message.h"

namespace frontrow {

struct ValidMessage {
  const char* name;
  std::string text;
  Method method;
  std::string_view path;
  std::string_view query;
  std::string_view body;
  bool keep_alive;
};
inline void PrintTo(const ValidMessage& valid, std::ostream* out) { *out << valid.name; }

struct RefusedMessage {
  const char* name;
  std::string text;
  int status;
};
inline void PrintTo(const RefusedMessage& refused, std::ostream* out) { *out << refused.name; }

const std::vector<ValidMessage>& valid_messages();
const std::vector<RefusedMessage>& refused_messages();

// A GET; headers are whole lines.
std::string get_message(std::string_view target, std::string_view headers = "Host: a\r\n");

}  // namespace frontrow
