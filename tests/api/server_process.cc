#include "tests/api/support/server_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "tests/api/support/http_client.h"

namespace frontrow::api {
namespace {

constexpr int kStartTimeoutMs = 30'000;

std::string read_file(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

const char* binary() {
  const char* given = std::getenv("FRONTROW_BINARY");
  return given != nullptr ? given : FRONTROW_BINARY;
}

pid_t launch(const std::vector<std::string>& arguments, const std::filesystem::path& log) {
  std::vector<char*> argv;
  std::string program = binary();
  argv.push_back(program.data());
  std::vector<std::string> copies = arguments;
  for (std::string& argument : copies) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
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

ServerProcess::ServerProcess(std::vector<std::string> arguments, std::filesystem::path data)
    : directory_(make_directory()),
      data_(data.empty() ? directory_ / "data" : std::move(data)),
      arguments_(std::move(arguments)) {
  if (!start()) throw std::runtime_error("no server to test");
}

ServerProcess::~ServerProcess() {
  kill();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

bool ServerProcess::start() {
  std::filesystem::remove(directory_ / "log");
  std::vector<std::string> arguments = {"serve", "--data-dir", data_.string(), "--listen",
                                        "127.0.0.1:0"};
  arguments.insert(arguments.end(), arguments_.begin(), arguments_.end());
  pid_ = launch(arguments, directory_ / "log");
  const std::string mark = "\nlistening on http://127.0.0.1:";
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(kStartTimeoutMs);
  while (std::chrono::steady_clock::now() < end) {
    const std::string text = "\n" + log();
    const std::size_t at = text.find(mark);
    if (at != text.npos && text.find('\n', at + 1) != text.npos) {
      port_ = static_cast<std::uint16_t>(std::stoi(text.substr(at + mark.size())));
      admin_key_ = read_file(data_ / "admin.key");
      while (!admin_key_.empty() && admin_key_.back() == '\n') admin_key_.pop_back();
      HttpClient probe(port_);
      if (probe.request("GET", "/readyz").status == 200) return true;
    }
    if (!running()) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  ADD_FAILURE() << "the server did not start: " << log();
  return false;
}

void ServerProcess::kill() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void ServerProcess::send_signal(int number) {
  if (pid_ > 0) ::kill(pid_, number);
}

int ServerProcess::wait(int timeout_ms) {
  if (pid_ < 0) return -1;
  const int code = await_exit(pid_, timeout_ms);
  if (code >= 0) pid_ = -1;
  return code;
}

int ServerProcess::stop() {
  send_signal(SIGTERM);
  return wait(30'000);
}

bool ServerProcess::running() {
  if (pid_ < 0) return false;
  if (::waitpid(pid_, nullptr, WNOHANG) == 0) return true;
  pid_ = -1;
  return false;
}

int ServerProcess::run_once(const std::vector<std::string>& arguments, std::string& output) {
  const std::filesystem::path directory = make_directory();
  const pid_t pid = launch(arguments, directory / "log");
  const int code = await_exit(pid, kStartTimeoutMs);
  if (code < 0) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }
  output = read_file(directory / "log");
  std::filesystem::remove_all(directory);
  return code;
}

std::string ServerProcess::log() const { return read_file(directory_ / "log"); }

}  // namespace frontrow::api
