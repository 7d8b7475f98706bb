#include "tests/storage/shared/etcd_members.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <thread>

#include "storage/shared/etcd_store.h"

namespace frontrow {
namespace {

std::uint16_t free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool is_bound = ::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                        ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(fd);
  if (!is_bound) throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

}  // namespace

bool EtcdMembers::available() { return ::access("/usr/bin/etcd", X_OK) == 0; }

EtcdMembers::EtcdMembers(std::size_t count, std::vector<std::string> arguments)
    : arguments_(std::move(arguments)) {
  std::string name = (std::filesystem::temp_directory_path() / "frontrow-etcd-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
  directory_ = name;
  for (std::size_t i = 0; i < count; ++i)
    members_.push_back({.client_port = free_port(), .peer_port = free_port()});
  for (std::size_t i = 0; i < count; ++i) start(i);
  await_answers();
}

EtcdMembers::~EtcdMembers() {
  for (std::size_t i = 0; i < members_.size(); ++i) kill(i);
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

std::string EtcdMembers::endpoint(std::size_t member) const {
  return fmt::format("127.0.0.1:{}", members_[member].client_port);
}

std::vector<std::string> EtcdMembers::endpoints() const {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < members_.size(); ++i) all.push_back(endpoint(i));
  return all;
}

void EtcdMembers::start(std::size_t member) {
  std::string cluster;
  for (std::size_t i = 0; i < members_.size(); ++i)
    cluster +=
        fmt::format("{}m{}=http://127.0.0.1:{}", i == 0 ? "" : ",", i, members_[i].peer_port);
  const std::string client = "http://" + endpoint(member);
  const std::string peer = fmt::format("http://127.0.0.1:{}", members_[member].peer_port);
  const std::string name = fmt::format("m{}", member);
  std::vector<std::string> command = {"/usr/bin/etcd",
                                      "--name=" + name,
                                      "--data-dir=" + (directory_ / name).string(),
                                      "--listen-client-urls=" + client,
                                      "--advertise-client-urls=" + client,
                                      "--listen-peer-urls=" + peer,
                                      "--initial-advertise-peer-urls=" + peer,
                                      "--initial-cluster=" + cluster,
                                      "--initial-cluster-token=" + directory_.filename().string(),
                                      "--snapshot-count=1000"};
  command.insert(command.end(), arguments_.begin(), arguments_.end());
  std::vector<char*> argv;
  for (std::string& argument : command) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const std::string log = (directory_ / (name + ".log")).string();
  const pid_t pid = ::fork();
  if (pid < 0) throw std::runtime_error("fork failed");
  if (pid == 0) {
    const int fd = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(fd, STDOUT_FILENO);
    ::dup2(fd, STDERR_FILENO);
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

void EtcdMembers::await_answers() const {
  EtcdOptions options;
  options.endpoints = endpoints();
  const auto store = EtcdStore::open(options);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!(*store)->read("a", "b", 1).ok()) {
    if (std::chrono::steady_clock::now() > end)
      throw std::runtime_error("etcd does not answer: see its log in " + directory_.string());
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

std::size_t EtcdMembers::leader() const {
  EtcdOptions options;
  options.endpoints = endpoints();
  const auto store = EtcdStore::open(options);
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
