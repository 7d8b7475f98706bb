// Hosts on a switch, made of network namespaces: each host has an address and a network stack of
// its own, and its cable can be pulled, lose packets in one direction or be slow.
//
// The namespaces belong to this process and have no names, so they and all rules in them end with
// it, even if it is killed. They need no root privileges and leave the machine's own network alone;
// where the kernel or a missing program prevents them, why_not() returns the reason.
//
// The switch, and with it the clients of the test, is in the namespace that the process moves to
// when its first Network is made; no other thread may run then. Afterwards one thread at a time.
#pragma once

#include <string>
#include <vector>

#include "tests/cluster/instance.h"

namespace frontrow::cluster {

class Network {
 public:
  // Makes hosts 1 to `hosts`. One Network at a time in a process.
  explicit Network(int hosts);
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  // Empty if the network is usable.
  const std::string& why_not() const { return why_not_; }
  static std::string address_of(int host);
  // All hosts, in order.
  std::vector<Host> hosts() const;

  // Faults; each stays until heal().
  void unplug(int host);         // unreachable for all, clients too
  void lose(int from, int to);   // drops packets from one host to the other, in this direction
  void cut(int one, int other);  // the same in both directions
  void slow_down(int host);      // to 256 kbit/s, each way
  void heal();

 private:
  int namespace_of(int host) const { return hosts_[static_cast<std::size_t>(host - 1)]; }
  bool build();
  bool add_host(int host);
  // Runs a program in the namespace to its end; false, with why_not_ set, if it failed.
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
