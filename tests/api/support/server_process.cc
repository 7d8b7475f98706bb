#include "tests/api/support/server_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "tests/api/support/http_client.h"

namespace frontrow::api {
namespace {

constexpr int kStartTimeoutMs = 30'000;
constexpr int kSettleTimeoutMs = 60'000;
constexpr const char* kCluster = "test";
constexpr int kEtcdPort = 2379;
constexpr std::int64_t kSlots = 4'096;
constexpr auto kSettledFor = std::chrono::milliseconds(300);

std::string read_file(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

const char* binary() {
  const char* given = std::getenv("FRONTROW_BINARY");
  return given != nullptr ? given : FRONTROW_BINARY;
}

// group: the process group to join; 0: a new one.
pid_t launch(std::string program, const std::vector<std::string>& arguments,
             const std::filesystem::path& log, pid_t group = 0, unsigned open_files = 0) {
  std::vector<char*> argv;
  argv.push_back(program.data());
  std::vector<std::string> copies = arguments;
  for (std::string& argument : copies) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid != 0) {
    ::setpgid(pid, group);  // in both processes, so that the order does not matter
    return pid;
  }
  ::setpgid(0, group);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (open_files != 0) {
    const rlimit limit{open_files, open_files};
    ::prctl(PR_CAPBSET_DROP, CAP_SYS_RESOURCE);  // otherwise root could raise it again
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) ::_exit(126);
  }
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(out, STDERR_FILENO);
  ::execv(argv[0], argv.data());
  ::_exit(127);
}

int await_exit(pid_t pid, int timeout_ms) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  while (true) {
    int status = 0;
    if (::waitpid(pid, &status, WNOHANG) == pid) {
      return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    if (std::chrono::steady_clock::now() > end) return -1;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

std::filesystem::path make_directory() {
  std::string name = (std::filesystem::temp_directory_path() / "frontrow-api-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) std::abort();
  return name;
}

}  // namespace

int ServerProcess::instances() {
  const char* given = std::getenv("FRONTROW_INSTANCES");
  return given == nullptr ? 1 : std::max(1, std::atoi(given));
}

ServerProcess::ServerProcess(std::vector<std::string> arguments, std::filesystem::path data,
                             unsigned open_files)
    : directory_(make_directory()),
      data_(data.empty() ? directory_ / "data" : std::move(data)),
      arguments_(std::move(arguments)),
      open_files_(open_files),
      processes_(static_cast<std::size_t>(instances())) {
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    const std::string suffix = i == 0 ? "" : "-" + std::to_string(i + 1);
    processes_[i].data = data_.string() + suffix;
    processes_[i].log = directory_ / ("log" + suffix);
  }
  if (processes_.size() > 1) make_cluster();
  if (!start()) throw std::runtime_error("no server to test");
}

// Starts etcd, creates the cluster, and writes the secrets that its instances must share. A random
// network among the loopback's 16 million addresses keeps concurrent suites apart.
void ServerProcess::make_cluster() {
  std::random_device random;
  const auto network = random();
  const std::string address =
      fmt::format("127.{}.{}.{}", 1 + network % 250, network >> 8 & 255, 1 + (network >> 16) % 250);
  start_etcd(address);
  const auto secret = [&random] {
    std::string text;
    for (int i = 0; i < 8; ++i) text += fmt::format("{:08x}", random());
    return text;
  };
  const std::filesystem::path secret_file = directory_ / "cluster.secret";
  std::ofstream(secret_file) << secret() << '\n';
  ::chmod(secret_file.c_str(), 0600);
  admin_key_ = secret();
  const std::string token_key = "k1:" + secret();
  const std::filesystem::path signing_file = directory_ / "signing.pem";
  std::string pem;
  run_once({"keys", "signing"}, pem);
  std::ofstream(signing_file) << pem;
  ::chmod(signing_file.c_str(), 0600);
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    processes_[i].arguments = {"--cluster",
                               kCluster,
                               "--etcd",
                               fmt::format("{}:{}", address, kEtcdPort),
                               "--instance",
                               fmt::format("box-{}", i + 1),
                               "--cluster-listen",
                               fmt::format("{}:{}", address, 7000 + i),
                               "--cluster-http-address",
                               fmt::format("{}:{}", address, 8000 + i),
                               "--cluster-secret-file",
                               secret_file.string(),
                               "--passes-key-file",
                               signing_file.string(),
                               "--admin-key",
                               admin_key_};
    // Unless the test sets its own.
    if (std::find(arguments_.begin(), arguments_.end(), "--token-keys") == arguments_.end())
      processes_[i].arguments.insert(processes_[i].arguments.end(), {"--token-keys", token_key});
  }
}

void ServerProcess::start_etcd(const std::string& address) {
  const std::string client = fmt::format("http://{}:{}", address, kEtcdPort);
  const std::string peer = fmt::format("http://{}:{}", address, kEtcdPort + 1);
  const std::filesystem::path log = directory_ / "etcd.log";
  etcd_ = launch("/usr/bin/etcd",
                 {"--name=etcd", "--data-dir=" + (directory_ / "etcd").string(),
                  "--listen-client-urls=" + client, "--advertise-client-urls=" + client,
                  "--listen-peer-urls=" + peer, "--initial-advertise-peer-urls=" + peer,
                  "--initial-cluster=etcd=" + peer, "--snapshot-count=1000"},
                 log);
  std::string said;
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(kStartTimeoutMs);
  while (run_once({"cluster", "init", "--cluster", kCluster, "--etcd",
                   fmt::format("{}:{}", address, kEtcdPort)},
                  said) != 0) {
    if (std::chrono::steady_clock::now() > end)
      throw std::runtime_error("no cluster: " + said + read_file(log));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

ServerProcess::~ServerProcess() {
  kill();
  if (etcd_ > 0) {
    ::kill(etcd_, SIGKILL);
    ::waitpid(etcd_, nullptr, 0);
  }
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

bool ServerProcess::start() {
  pid_t group = 0;
  for (Process& process : processes_) {
    std::filesystem::remove(process.log);
    std::vector<std::string> arguments = {"serve", "--data-dir", process.data.string(), "--listen",
                                          "127.0.0.1:0"};
    if (std::ranges::find(arguments_, "--wallet-charge") == arguments_.end())
      arguments.insert(arguments.end(), {"--wallet-charge", "fan"});
    const auto is_limit = [](const std::string& a) { return a.starts_with("--limits-"); };
    if (std::ranges::none_of(arguments_, is_limit)) {
      for (const char* limit : {"joins", "polls", "writes"})
        arguments.insert(arguments.end(), {fmt::format("--limits-user-{}", limit), "0"});
    }
    arguments.insert(arguments.end(), process.arguments.begin(), process.arguments.end());
    arguments.insert(arguments.end(), arguments_.begin(), arguments_.end());
    process.pid = launch(binary(), arguments, process.log, group, open_files_);
    if (group == 0) group = process.pid;
  }
  std::vector<std::uint16_t> ports;
  for (Process& process : processes_) {
    if (!await_ready(process)) {
      ADD_FAILURE() << "the server did not start: " << log();
      return false;
    }
    ports.push_back(process.port);
  }
  if (processes_.size() == 1) return true;
  if (!await_settled()) {
    ADD_FAILURE() << "the instances have not settled: " << unsettled() << log();
    return false;
  }
  HttpClient::serve_together(ports);
  return true;
}

bool ServerProcess::await_ready(Process& process) {
  const std::string mark = " listening on http://127.0.0.1:";
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(kStartTimeoutMs);
  while (std::chrono::steady_clock::now() < end) {
    const std::string text = read_file(process.log);
    const std::size_t at = text.find(mark);
    if (at != text.npos && text.find('\n', at + 1) != text.npos) {
      process.port = static_cast<std::uint16_t>(std::stoi(text.substr(at + mark.size())));
      if (processes_.size() == 1) {
        admin_key_ = read_file(data_ / "admin.key");
        while (!admin_key_.empty() && admin_key_.back() == '\n') admin_key_.pop_back();
      }
      HttpClient::serve_alone(process.port);  // the port may be reused from an earlier life
      if (HttpClient(process.port).request("GET", "/readyz").status == 200) return true;
    }
    if (!is_running(process)) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

bool ServerProcess::await_settled() {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(kSettleTimeoutMs);
  auto unsettled_at = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() < end) {
    if (!unsettled().empty()) unsettled_at = std::chrono::steady_clock::now();
    if (std::chrono::steady_clock::now() - unsettled_at > kSettledFor) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return false;
}

// The answer of the first instance that waits for something; empty if none does.
std::string ServerProcess::unsettled() {
  std::int64_t owned = 0;
  std::int64_t copies = 0;
  for (const Process& process : processes_) {
    const Response answer =
        HttpClient(process.port)
            .request("GET", "/v1/admin/cluster", {{"Authorization", "Bearer " + admin_key_}});
    if (answer.status != 200) return answer.body + "no answer";
    const Json said = answer.json();
    const Json slots = said["slots"];
    owned += slots["owned"].integer();
    // Each has about as many as the others, so that a request meets slots of all.
    const auto share = kSlots / static_cast<std::int64_t>(processes_.size());
    const bool is_at_rest = slots["awaited"].integer() == 0 && slots["lonely"].integer() == 0 &&
                            std::abs(slots["owned"].integer() - share) < share / 4 &&
                            answer.body.find("\"up\":false") == std::string::npos;
    if (!is_at_rest) return answer.body;
    const Json follows = said["follows"];
    for (std::size_t i = 0; i < follows.size(); ++i) {
      if (follows[i]["slots"].integer() != follows[i]["warm"].integer()) return answer.body;
      copies += follows[i]["slots"].integer();
    }
  }
  if (owned == kSlots && copies == kSlots) return {};
  return fmt::format("{} slots are owned, {} are followed", owned, copies);
}

// Kills all instances at once, so that none reports the death of another to a client.
void ServerProcess::kill() {
  if (processes_.front().pid > 0) ::kill(-processes_.front().pid, SIGKILL);
  for (Process& process : processes_) {
    if (process.pid < 0) continue;
    ::kill(process.pid, SIGKILL);
    ::waitpid(process.pid, nullptr, 0);
    process.pid = -1;
  }
}

void ServerProcess::send_signal(int number) {
  for (const Process& process : processes_) {
    if (process.pid > 0) ::kill(process.pid, number);
  }
}

int ServerProcess::wait(int timeout_ms) {
  int worst = -1;
  for (Process& process : processes_) {
    if (process.pid < 0) continue;
    const int code = await_exit(process.pid, timeout_ms);
    if (code < 0) return -1;
    process.pid = -1;
    worst = std::max(worst, code);
  }
  return worst;
}

int ServerProcess::stop() {
  send_signal(SIGTERM);
  return wait(30'000);
}

bool ServerProcess::is_running(Process& process) {
  if (process.pid < 0) return false;
  if (::waitpid(process.pid, nullptr, WNOHANG) == 0) return true;
  process.pid = -1;
  return false;
}

bool ServerProcess::running() {
  return std::all_of(processes_.begin(), processes_.end(), is_running);
}

int ServerProcess::run_once(const std::vector<std::string>& arguments, std::string& output) {
  const std::filesystem::path directory = make_directory();
  const pid_t pid = launch(binary(), arguments, directory / "log");
  const int code = await_exit(pid, kStartTimeoutMs);
  if (code < 0) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }
  output = read_file(directory / "log");
  std::filesystem::remove_all(directory);
  return code;
}

std::uint16_t ServerProcess::ops_port() const {
  const std::string mark = "operators, metrics and health at http://127.0.0.1:";
  const std::string text = read_file(processes_.front().log);
  const std::size_t at = text.find(mark);
  return at == text.npos ? 0 : static_cast<std::uint16_t>(std::stoi(text.substr(at + mark.size())));
}

std::vector<std::string> ServerProcess::all_data() const {
  std::vector<std::string> all;
  for (const Process& process : processes_) all.push_back(process.data.string());
  return all;
}

std::string ServerProcess::log() const {
  std::string all;
  for (const Process& process : processes_) all += read_file(process.log);
  return all;
}

}  // namespace frontrow::api
