#include "tests/cluster/etcd_hosts.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "tests/api/support/shop.h"

namespace frontrow::cluster {

namespace fs = std::filesystem;

namespace {

constexpr const char* kEtcd = "/usr/bin/etcd";
constexpr const char* kEtcdctl = "/usr/bin/etcdctl";
constexpr int kReplaceMsMax = 20'000;

std::string url(const Host& host, std::uint16_t port) {
  return fmt::format("http://{}:{}", host.address, port);
}

std::string name_of(int host) { return fmt::format("etcd-{}", host); }

}  // namespace

std::string EtcdHosts::why_not() {
  for (const char* program : {kEtcd, kEtcdctl}) {
    if (::access(program, X_OK) != 0) return fmt::format("{} is not installed", program);
  }
  return {};
}

EtcdHosts::EtcdHosts(const std::vector<Host>& hosts, const fs::path& directory,
                     const std::vector<fs::path>& disks)
    : token_(directory.filename().string()) {
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    const std::string name = name_of(static_cast<int>(i) + 1);
    members_.push_back(
        {.host = hosts[i], .data = disks.at(i) / name, .log = directory / (name + ".log")});
  }
}

EtcdHosts::~EtcdHosts() {
  for (int host = 1; host <= static_cast<int>(members_.size()); ++host) kill(host);
}

std::vector<std::string> EtcdHosts::command(int host) const {
  std::vector<std::string> all;
  for (int i = 1; i <= static_cast<int>(members_.size()); ++i)
    all.push_back(
        fmt::format("{}={}", name_of(i), url(member(i).host, member(i).host.etcd_peer_port)));
  const Host& at = member(host).host;
  const std::string client = url(at, at.etcd_port);
  const std::string peer = url(at, at.etcd_peer_port);
  return {kEtcd,
          "--name=" + name_of(host),
          "--data-dir=" + member(host).data.string(),
          "--listen-client-urls=" + client,
          "--advertise-client-urls=" + client,
          "--listen-peer-urls=" + peer,
          "--initial-advertise-peer-urls=" + peer,
          fmt::format("--initial-cluster={}", fmt::join(all, ",")),
          "--initial-cluster-token=" + token_,
          fmt::format("--initial-cluster-state={}", member(host).is_added ? "existing" : "new"),
          fmt::format("--quota-backend-bytes={}", quota_),
          "--snapshot-count=1000",
          "--heartbeat-interval=50",
          "--election-timeout=500"};
}

void EtcdHosts::launch(int host) {
  std::vector<std::string> words = command(host);
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const std::string log = member(host).log.string();
  const int network = member(host).host.network;
  const pid_t pid = ::fork();
  if (pid != 0) {
    member(host).pid = pid;
    return;
  }
  // Only calls that are allowed between fork and exec in a process of several threads.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (out < 0 || ::dup2(out, STDOUT_FILENO) < 0 || ::dup2(out, STDERR_FILENO) < 0) ::_exit(126);
  if (network < 0 || ::setns(network, CLONE_NEWNET) == 0) ::execv(argv[0], argv.data());
  ::_exit(127);
}

void EtcdHosts::launch_all() {
  for (int host = 1; host <= static_cast<int>(members_.size()); ++host) launch(host);
}

void EtcdHosts::kill(int host) {
  pid_t& pid = member(host).pid;
  if (pid < 0) return;
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  pid = -1;
}

void EtcdHosts::stand_still(int host) {
  if (!in_life(host)) return;
  ::kill(member(host).pid, SIGSTOP);
  ::waitpid(member(host).pid, nullptr, WUNTRACED);  // returns when all its threads have stopped
}

void EtcdHosts::go_on(int host) {
  if (in_life(host)) ::kill(member(host).pid, SIGCONT);
}

void EtcdHosts::erase(int host) {
  std::error_code ignored;
  fs::remove_all(member(host).data, ignored);
}

bool EtcdHosts::control(const std::string& words, std::string& output) const {
  std::vector<std::string> living;
  for (int host = 1; host <= static_cast<int>(members_.size()); ++host) {
    if (in_life(host)) living.push_back(endpoint(host));
  }
  const std::string line =
      fmt::format("ETCDCTL_API=3 {} --endpoints={} --command-timeout=3s {} 2>&1", kEtcdctl,
                  fmt::join(living, ","), words);
  FILE* pipe = ::popen(line.c_str(), "re");
  if (pipe == nullptr) return false;
  output.clear();
  char bytes[512];
  while (const std::size_t got = std::fread(bytes, 1, sizeof bytes, pipe))
    output.append(bytes, got);
  return ::pclose(pipe) == 0;
}

// etcd takes the addition once the members that are left have seen each other for a while.
bool EtcdHosts::replace(int host) {
  std::string said;
  const bool replaced = api::await(
      [&] {
        if (!control("member list", said)) return false;
        const std::size_t at = said.find(fmt::format(", {}, ", name_of(host)));
        if (at != said.npos) {
          const std::size_t line = said.rfind('\n', at);
          const std::size_t begin = line == said.npos ? 0 : line + 1;
          if (!control("member remove " + said.substr(begin, said.find(',', begin) - begin), said))
            return false;
        }
        const Host& at_host = member(host).host;
        return control(fmt::format("member add {} --peer-urls={}", name_of(host),
                                   url(at_host, at_host.etcd_peer_port)),
                       said);
      },
      kReplaceMsMax);
  EXPECT_TRUE(replaced) << said;
  if (!replaced) return false;
  member(host).is_added = true;
  launch(host);
  return true;
}

std::string EtcdHosts::endpoint(int host) const {
  return fmt::format("{}:{}", member(host).host.address, member(host).host.etcd_port);
}

std::vector<std::string> EtcdHosts::endpoints() const {
  std::vector<std::string> all;
  for (int host = 1; host <= static_cast<int>(members_.size()); ++host)
    all.push_back(endpoint(host));
  return all;
}

std::string EtcdHosts::log(int host) const {
  std::ostringstream text;
  text << std::ifstream(member(host).log).rdbuf();
  return text.str();
}

}  // namespace frontrow::cluster
