#include "tests/cluster/instance.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/api/support/shop.h"

namespace frontrow::cluster {
namespace {

const char* binary() {
  const char* given = std::getenv("FRONTROW_BINARY");
  return given != nullptr ? given : FRONTROW_BINARY;
}

}  // namespace

Instance::Instance(Host host, int id, std::filesystem::path directory, std::filesystem::path disk)
    : host_(std::move(host)), id_(id), directory_(std::move(directory)), disk_(std::move(disk)) {
  std::filesystem::create_directories(directory_);
}

Instance::~Instance() { kill(); }

api::HttpPlace Instance::place(int connect_timeout_ms, int answer_timeout_ms) const {
  return {host_.address, host_.http_port, connect_timeout_ms, answer_timeout_ms};
}

void Instance::launch(const std::vector<std::string>& arguments) {
  std::vector<std::string> words = {binary(),
                                    "serve",
                                    "--data-dir",
                                    data().string(),
                                    "--listen",
                                    fmt::format("{}:{}", host_.address, host_.http_port),
                                    "--wallet-charge",
                                    "fan",
                                    "--limits-user-joins",
                                    "0",
                                    "--limits-user-polls",
                                    "0",
                                    "--limits-user-writes",
                                    "0"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const std::string log = (directory_ / "log").string();
  pid_ = ::fork();
  if (pid_ != 0) return;
  // Only calls that are allowed between fork and exec in a process of several threads.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(out, STDERR_FILENO);
  if (host_.network < 0 || ::setns(host_.network, CLONE_NEWNET) == 0) ::execv(argv[0], argv.data());
  ::_exit(127);
}

bool Instance::await_ready(int timeout_ms) {
  const bool ready = api::await(
      [this] {
        if (!running()) return true;
        return api::HttpClient(place(200, 1'000)).request("GET", "/readyz").status == 200;
      },
      timeout_ms);
  const bool serves = ready && running();
  EXPECT_TRUE(serves) << "instance " << id_ << " did not become ready: " << log();
  return serves;
}

bool Instance::running() {
  if (pid_ < 0) return false;
  if (::waitpid(pid_, nullptr, WNOHANG) == 0) return true;
  pid_ = -1;
  return false;
}

void Instance::kill() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void Instance::stand_still() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGSTOP);
  ::waitpid(pid_, nullptr, WUNTRACED);  // returns when all its threads have stopped
}

void Instance::go_on() {
  if (pid_ > 0) ::kill(pid_, SIGCONT);
}

void Instance::ask_to_stop() {
  if (pid_ > 0) ::kill(pid_, SIGTERM);
}

int Instance::wait(int timeout_ms) {
  int code = -1;
  api::await(
      [&] {
        int status = 0;
        if (pid_ < 0 || ::waitpid(pid_, &status, WNOHANG) != pid_) return pid_ < 0;
        pid_ = -1;
        code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        return true;
      },
      timeout_ms);
  return code;
}

std::string Instance::log() const {
  std::ostringstream text;
  text << std::ifstream(directory_ / "log").rdbuf();
  return text.str();
}

int Instance::lines_with(const std::string& text) const {
  std::istringstream lines(log());
  int count = 0;
  for (std::string line; std::getline(lines, line);) count += line.find(text) != line.npos ? 1 : 0;
  return count;
}

}  // namespace frontrow::cluster
