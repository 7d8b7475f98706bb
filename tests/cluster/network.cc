#include "tests/cluster/network.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <system_error>
#include <thread>

namespace frontrow::cluster {
namespace {

std::string error_text(int number) { return std::generic_category().message(number); }

std::string port_of(int host) { return fmt::format("port{}", host); }

// Moves this process and its later threads to a network namespace of their own. Root may unshare
// directly; other users do so as root of a new user namespace. Empty, or the reason of the failure.
std::string leave_the_machines_network() {
  const uid_t user = ::geteuid();
  const gid_t group = ::getegid();
  if (user == 0 && ::unshare(CLONE_NEWNET) == 0) return {};
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
    return fmt::format("no network namespaces: {}", error_text(errno));
  std::ofstream("/proc/self/setgroups") << "deny";
  std::ofstream("/proc/self/uid_map") << fmt::format("0 {} 1", user);
  std::ofstream("/proc/self/gid_map") << fmt::format("0 {} 1", group);
  return {};
}

const std::string& left_the_machines_network() {
  static const std::string why_not = leave_the_machines_network();
  return why_not;
}

int own_namespace() { return ::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC); }

// A namespace that lives as long as the descriptor.
int new_namespace() {
  int made = -1;
  std::thread([&made] {
    if (::unshare(CLONE_NEWNET) == 0) made = own_namespace();
  }).join();
  return made;
}

// Only calls that are allowed between fork and exec in a process of several threads.
[[noreturn]] void become(int in_namespace, int output, char** argv) {
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  if (::setns(in_namespace, CLONE_NEWNET) == 0) ::execvp(argv[0], argv);
  ::_exit(127);
}

}  // namespace

Network::Network(int hosts) : hosts_(static_cast<std::size_t>(hosts), -1) {
  // The PATH of unprivileged users often lacks the folder of ip, tc and nft.
  const char* path = std::getenv("PATH");
  static const std::string extended =
      fmt::format("{}:/usr/sbin:/sbin", path == nullptr ? "" : path);
  ::setenv("PATH", extended.c_str(), 1);
  why_not_ = left_the_machines_network();
  if (!why_not_.empty()) return;
  switch_ = own_namespace();
  build();
}

Network::~Network() {
  // Deletes the links together with the switch, so that the next Network can reuse their names.
  for (int host = 1; switch_ >= 0 && host <= static_cast<int>(hosts_.size()); ++host)
    run(switch_, {"ip", "link", "del", port_of(host)});
  if (switch_ >= 0) run(switch_, {"ip", "link", "del", "switch"});
  for (const int host : hosts_) ::close(host);
  ::close(switch_);
}

std::string Network::address_of(int host) { return fmt::format("10.77.0.{}", host); }

std::vector<Host> Network::hosts() const {
  std::vector<Host> hosts;
  for (int host = 1; host <= static_cast<int>(hosts_.size()); ++host)
    hosts.push_back({.address = address_of(host), .network = namespace_of(host)});
  return hosts;
}

bool Network::build() {
  if (!run(switch_, {"ip", "link", "set", "lo", "up"}) ||
      !run(switch_, {"ip", "link", "add", "switch", "type", "bridge"}) ||
      !run(switch_, {"ip", "address", "add", address_of(254) + "/24", "dev", "switch"}) ||
      !run(switch_, {"ip", "link", "set", "switch", "up"})) {
    return false;
  }
  for (int host = 1; host <= static_cast<int>(hosts_.size()); ++host) {
    if (!add_host(host)) return false;
  }
  // Tries once whether the faults' traffic control is available.
  const int first = namespace_of(1);
  return run(first, {"tc", "qdisc", "add", "dev", "eth0", "root", "tbf", "rate", "256kbit", "burst",
                     "4kb", "limit", "16kb"}) &&
         run(first, {"tc", "qdisc", "del", "dev", "eth0", "root"});
}

bool Network::add_host(int host) {
  int& made = hosts_[static_cast<std::size_t>(host - 1)];
  made = new_namespace();
  const std::string there = fmt::format("/proc/{}/fd/{}", ::getpid(), made);
  return run(switch_, {"ip", "link", "add", port_of(host), "type", "veth", "peer", "name", "eth0",
                       "netns", there}) &&
         run(switch_, {"ip", "link", "set", port_of(host), "master", "switch", "up"}) &&
         run(made, {"ip", "link", "set", "lo", "up"}) &&
         run(made, {"ip", "address", "add", address_of(host) + "/24", "dev", "eth0"}) &&
         run(made, {"ip", "link", "set", "eth0", "up"}) &&
         run(made, {"nft",
                    "add table inet faults; add chain inet faults in "
                    "{ type filter hook input priority 0; policy accept; }"});
}

bool Network::run(int in_namespace, std::vector<std::string> command) {
  std::vector<char*> argv;
  argv.reserve(command.size() + 1);
  for (std::string& word : command) argv.push_back(word.data());
  argv.push_back(nullptr);
  int pipe[2];
  if (::pipe2(pipe, O_CLOEXEC) != 0) return false;
  const pid_t pid = ::fork();
  if (pid == 0) become(in_namespace, pipe[1], argv.data());
  ::close(pipe[1]);
  std::string said;
  char bytes[512];
  for (ssize_t got = 0; (got = ::read(pipe[0], bytes, sizeof bytes)) > 0;)
    said.append(bytes, static_cast<std::size_t>(got));
  ::close(pipe[0]);
  int status = 0;
  if (pid > 0 && ::waitpid(pid, &status, 0) == pid && status == 0) return true;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 127 && said.empty()) said = "can't be run";
  why_not_ = fmt::format("{}: {}", command[0], said.substr(0, said.find('\n')));
  return false;
}

void Network::must(int in_namespace, std::vector<std::string> command) {
  EXPECT_TRUE(run(in_namespace, std::move(command))) << why_not_;
}

void Network::unplug(int host) {
  unplugged_.push_back(host);
  must(switch_, {"ip", "link", "set", port_of(host), "down"});
}

void Network::lose(int from, int to) {
  losing_.push_back(to);
  must(namespace_of(to),
       {"nft", fmt::format("add rule inet faults in ip saddr {} drop", address_of(from))});
}

void Network::cut(int one, int other) {
  lose(one, other);
  lose(other, one);
}

void Network::slow_down(int host) {
  slow_.push_back(host);
  const auto limit = [this](int in_namespace, const std::string& device) {
    must(in_namespace, {"tc", "qdisc", "add", "dev", device, "root", "tbf", "rate", "256kbit",
                        "burst", "4kb", "limit", "16kb"});
  };
  limit(namespace_of(host), "eth0");
  limit(switch_, port_of(host));
}

void Network::heal() {
  for (const int host : unplugged_) must(switch_, {"ip", "link", "set", port_of(host), "up"});
  for (const int host : losing_) must(namespace_of(host), {"nft", "flush chain inet faults in"});
  for (const int host : slow_) {
    must(namespace_of(host), {"tc", "qdisc", "del", "dev", "eth0", "root"});
    must(switch_, {"tc", "qdisc", "del", "dev", port_of(host), "root"});
  }
  unplugged_.clear();
  losing_.clear();
  slow_.clear();
}

}  // namespace frontrow::cluster
