// Tells systemd how the service is (Type=notify, sd_notify(3)): when it is ready, that it stops or
// reads its keys again, a line of status, and that it needs more time.
//
//   ServiceManager manager = ServiceManager::of_environment();
//   manager.working("replaying group 7 of 9", seconds(30));   // as often as one likes
//   manager.ready("serving at http://10.0.0.1:8080");
//
// One datagram a message to the socket that NOTIFY_SOCKET names, a path or "@" and an abstract name.
// Without one nothing is sent. A message that can't be sent is dropped: nothing depends on it. No
// message waits. One thread.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "engine/base/time.h"
#include "storage/local/posix_file.h"

namespace frontrow {

class ServiceManager {
 public:
  // Of NOTIFY_SOCKET.
  static ServiceManager of_environment();
  // `socket`: as NOTIFY_SOCKET has it; empty for none.
  explicit ServiceManager(std::string_view socket);

  // At work on something that may take long: `limit` from now before systemd gives up. At most one
  // message a second goes out.
  void working(std::string_view status, Duration limit);
  // All is served.
  void ready(std::string_view status);
  // Between this and ready() the keys are read again.
  void reloading();
  // It ends, and may need `limit` for it.
  void stopping(std::string_view status, Duration limit);

 private:
  void send(const std::string& message);

  std::string address_;  // with a zero byte in front if it is abstract; empty: none
  FileDescriptor socket_;
  std::chrono::steady_clock::time_point worked_{};
};

}  // namespace frontrow
