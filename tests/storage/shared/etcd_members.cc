#include "tests/storage/shared/etcd_members.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <stdexcept>
#include <thread>

#include "tests/support/files.h"
#include "tests/support/free_port.h"

namespace frontrow {

bool EtcdMembers::available() { return ::access("/usr/bin/etcd", X_OK) == 0; }

EtcdMembers::EtcdMembers(std::size_t count, std::vector<std::string> arguments, EtcdOptions client)
    : arguments_(std::move(arguments)), client_(std::move(client)) {
  members_.resize(count);
  for (Member& member : members_) {
    member.client_port = free_port();
    member.peer_port = free_port();
  }
  try {
    for (std::size_t i = 0; i < count; ++i) start(i);
    await_answers();
  } catch (...) {
    end_all();
    throw;
  }
}

EtcdMembers::~EtcdMembers() { end_all(); }

void EtcdMembers::end_all() {
  for (std::size_t i = 0; i < members_.size(); ++i) kill(i);
}

std::string EtcdMembers::endpoint(std::size_t member) const {
  return fmt::format("127.0.0.1:{}", members_[member].client_port);
}

std::vector<std::string> EtcdMembers::endpoints() const {
  std::vector<std::string> all;
  all.reserve(members_.size());
  for (std::size_t i = 0; i < members_.size(); ++i) all.push_back(endpoint(i));
  return all;
}

void EtcdMembers::start(std::size_t member) {
  std::string cluster;
  for (std::size_t i = 0; i < members_.size(); ++i)
    cluster +=
        fmt::format("{}m{}=http://127.0.0.1:{}", i == 0 ? "" : ",", i, members_[i].peer_port);
  const std::string client = (client_.ca_file.empty() ? "http://" : "https://") + endpoint(member);
  const std::string peer = fmt::format("http://127.0.0.1:{}", members_[member].peer_port);
  const std::string name = fmt::format("m{}", member);
  std::vector<std::string> command = {
      "/usr/bin/etcd",
      "--name=" + name,
      "--data-dir=" + (directory_.path() / name).string(),
      "--listen-client-urls=" + client,
      "--advertise-client-urls=" + client,
      "--listen-peer-urls=" + peer,
      "--initial-advertise-peer-urls=" + peer,
      "--initial-cluster=" + cluster,
      "--initial-cluster-token=" + directory_.path().filename().string(),
      "--snapshot-count=1000"};
  command.insert(command.end(), arguments_.begin(), arguments_.end());
  std::vector<char*> argv;
  argv.reserve(command.size() + 1);
  for (std::string& argument : command) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const std::string log = (directory_.path() / (name + ".log")).string();
  const pid_t pid = ::fork();
  if (pid < 0) throw std::runtime_error("fork failed");
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int fd = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (fd < 0 || ::dup2(fd, STDOUT_FILENO) < 0 || ::dup2(fd, STDERR_FILENO) < 0) ::_exit(126);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  members_[member].pid = pid;
}

void EtcdMembers::kill(std::size_t member) {
  pid_t& pid = members_[member].pid;
  if (pid <= 0) return;
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  pid = -1;
}

void EtcdMembers::suspend(std::size_t member) { ::kill(members_[member].pid, SIGSTOP); }
void EtcdMembers::resume(std::size_t member) { ::kill(members_[member].pid, SIGCONT); }

EtcdOptions EtcdMembers::options() const {
  EtcdOptions options = client_;
  options.endpoints = endpoints();
  return options;
}

void EtcdMembers::await_answers() const {
  const auto store = EtcdStore::open(options());
  if (!store.ok()) throw std::runtime_error(store.error());
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!(*store)->read("a", "b", 1).ok()) {
    if (std::chrono::steady_clock::now() > end)
      throw std::runtime_error("etcd does not answer: " + read_file(directory_ / "m0.log"));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

std::size_t EtcdMembers::leader() const {
  const auto store = EtcdStore::open(options());
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (std::chrono::steady_clock::now() < end) {
    const StoreHealth health = (*store)->health();
    for (std::size_t i = 0; i < health.members.size(); ++i)
      if (health.members[i].is_leader) return i;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return count();
}

}  // namespace frontrow
