// Hosts on a switch, made of network namespaces: each host has an address and a network stack of
// its own, and its cable can be pulled, lose packets one way or be slow.
//
// The namespaces belong to this process and have no names: whichever way it ends, they and all
// rules in them end with it. Neither root nor anything of the machine's own network is touched;
// where the kernel or a missing program does not allow it, why_not() says so.
//
// The switch, and with it the clients of the test, is on the namespace that the process itself
// moves to when its first Network is made; no other thread may run then. Afterwards one thread at a
// time.
#pragma once

#include <string>
#include <vector>

#include "tests/cluster/instance.h"

namespace frontrow::cluster {

class Network {
 public:
  // Of hosts 1 to `hosts`. One at a time in a process.
  explicit Network(int hosts);
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  // Empty: there it is.
  const std::string& why_not() const { return why_not_; }
  static std::string address_of(int host);
  // All of them, the first one first.
  std::vector<Host> hosts() const;

  // Faults; each stays until heal().
  void unplug(int host);         // nobody reaches it any more, clients neither
  void lose(int from, int to);   // what one host sends to the other is lost, in this direction
  void cut(int one, int other);  // the same in both directions
  void slow_down(int host);      // to 256 kbit/s, each way
  void heal();

 private:
  int namespace_of(int host) const { return hosts_[static_cast<std::size_t>(host - 1)]; }
  bool build();
  bool add_host(int host);
  // Runs a program in the namespace and waits for it; false, with why_not_ set, if it failed.
  bool run(int in_namespace, std::vector<std::string> command);
  void must(int in_namespace, std::vector<std::string> command);

  std::string why_not_;
  int switch_ = -1;         // namespace of the switch
  std::vector<int> hosts_;  // namespaces
  std::vector<int> unplugged_;
  std::vector<int> slow_;
  std::vector<int> losing_;
};

}  // namespace frontrow::cluster
