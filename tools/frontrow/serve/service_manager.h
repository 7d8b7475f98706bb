// Reports the state of the service to systemd (Type=notify, sd_notify(3)): ready, stopping,
// reloading its keys, a status line, and requests for more time.
//
//   ServiceManager manager = ServiceManager::of_environment();
//   manager.working("replaying group 7 of 9", seconds(30));   // at any rate
//   manager.ready("serving at http://10.0.0.1:8080");
//
// Sends one datagram a message to the socket in NOTIFY_SOCKET, a path or "@" and an abstract name.
// Sends no message if it is not set. An unsendable message is dropped: no function depends on it.
// Sending never blocks. One thread.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "engine/base/time.h"
#include "storage/local/posix_file.h"

namespace frontrow {

class ServiceManager {
 public:
  // Uses the socket in NOTIFY_SOCKET.
  static ServiceManager of_environment();
  // `socket`: in the format of NOTIFY_SOCKET; empty for none.
  explicit ServiceManager(std::string_view socket);

  // Reports work that may take long: systemd waits `limit` from now. Sends at most one message a
  // second.
  void working(std::string_view status, Duration limit);
  // The server is fully started.
  void ready(std::string_view status);
  // The keys are read between this call and ready().
  void reloading();
  // The server ends, and may need `limit` for it.
  void stopping(std::string_view status, Duration limit);

 private:
  void send(const std::string& message);

  std::string address_;  // with a leading zero byte if it is abstract; empty: none
  FileDescriptor socket_;
  std::chrono::steady_clock::time_point worked_{};
};

}  // namespace frontrow
