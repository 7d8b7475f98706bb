#include "tools/frontrow/drop/own_server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>
#include <vector>

namespace frontrow::drop {
namespace {

constexpr std::chrono::seconds kStartsWithin{60};
// In addition to the server's own time for draining.
constexpr std::chrono::seconds kStopsWithin{60};
constexpr std::string_view kListening = "listening on ";
// Spare connections: one that a fan has cut counts for the server until it notices, and its place
// must not be missing meanwhile.
constexpr std::uint32_t kMoreConnections = 1'000;

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Calls only functions that are allowed between fork and exec.
[[noreturn]] void become_server(const std::vector<char*>& argv, const std::vector<char*>& env,
                                int output, int log, pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  sigset_t none;
  sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  ::execve("/proc/self/exe", argv.data(), env.data());
  ::_exit(127);
}

// This process's environment without the admin key: the own server's key is in its directory.
std::vector<char*> environment() {
  constexpr std::string_view kKey = "FRONTROW_ADMIN_KEY=";
  std::vector<char*> kept;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (!std::string_view(*variable).starts_with(kKey)) kept.push_back(*variable);
  }
  kept.push_back(nullptr);
  return kept;
}

std::string text_of_errno() { return std::generic_category().message(errno); }

}  // namespace

OwnServer::~OwnServer() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  if (output_ >= 0) ::close(output_);
  std::error_code ignored;
  if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
}

void OwnServer::abandon() {
  if (const pid_t pid = pid_; pid > 0) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }
  std::error_code ignored;
  if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
}

Status OwnServer::start(const Settings& settings) {
  std::error_code error;
  const std::filesystem::path parent = std::filesystem::temp_directory_path(error);
  std::string name = (parent / "frontrow-drop-XXXXXX").string();
  if (error || ::mkdtemp(name.data()) == nullptr)
    return Error{fmt::format("can't make a directory in {}", parent.string())};
  directory_ = name;
  data_dir_ =
      settings.data_dir.empty() ? directory_ / "data" : std::filesystem::path(settings.data_dir);
  if (Status launched = launch(settings); !launched.ok()) return launched;
  return await_ready();
}

Status OwnServer::launch(const Settings& settings) {
  std::vector<std::string> arguments = {
      "frontrow",
      "serve",
      "--listen",
      "127.0.0.1:0",
      "--data-dir",
      data_dir_.string(),
      "--threads",
      std::to_string(settings.threads),
      "--http-max-connections",
      std::to_string(2 * settings.connections + kMoreConnections)};
  arguments.insert(arguments.end(), settings.more.begin(), settings.more.end());
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  int pipe[2] = {-1, -1};
  const int log =
      ::open((directory_ / "server.log").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (log < 0 || ::pipe2(pipe, O_CLOEXEC) != 0)
    return Error{"can't start a server: " + text_of_errno()};
  const pid_t parent = ::getpid();
  const std::vector<char*> env = environment();
  pid_ = ::fork();
  if (pid_ == 0) become_server(argv, env, pipe[1], log, parent);
  const std::string error = text_of_errno();
  ::close(log);
  ::close(pipe[1]);
  output_ = pipe[0];
  if (pid_ < 0) return Error{"can't start a server: " + error};
  return {};
}

Status OwnServer::await_ready() {
  std::string said;
  const auto end = std::chrono::steady_clock::now() + kStartsWithin;
  while (std::chrono::steady_clock::now() < end) {
    pollfd ready{output_, POLLIN, 0};
    if (::poll(&ready, 1, 100) <= 0) continue;
    char buffer[512];
    const ssize_t got = ::read(output_, buffer, sizeof buffer);
    if (got <= 0) break;
    said.append(buffer, static_cast<std::size_t>(got));
    const std::size_t at = said.find(kListening);
    const std::size_t line_end = at == said.npos ? said.npos : said.find('\n', at);
    if (line_end == said.npos) continue;
    url_ = said.substr(at + kListening.size(), line_end - at - kListening.size());
    admin_key_ = read_file(data_dir_ / "admin.key");
    while (!admin_key_.empty() && admin_key_.back() == '\n') admin_key_.pop_back();
    return {};
  }
  return Error{fmt::format("the server did not start: {}", log_tail())};
}

std::string OwnServer::log_tail() const {
  std::string log = read_file(directory_ / "server.log");
  while (!log.empty() && log.back() == '\n') log.pop_back();
  const std::size_t line = log.rfind('\n');
  return line == log.npos ? log : log.substr(line + 1);
}

Status OwnServer::stop() {
  if (pid_ <= 0) return {};
  ::kill(pid_, SIGTERM);
  const auto end = std::chrono::steady_clock::now() + kStopsWithin;
  int status = 0;
  rusage usage{};
  pid_t ended = 0;
  // The server's exit closes its side of the pipe, which wakes poll() at once.
  while (ended == 0 && std::chrono::steady_clock::now() < end) {
    pollfd output{output_, POLLIN, 0};
    char buffer[512];
    if (::poll(&output, 1, 100) > 0 && ::read(output_, buffer, sizeof buffer) > 0) continue;
    ended = ::wait4(pid_, &status, (output.revents & POLLHUP) != 0 ? 0 : WNOHANG, &usage);
  }
  if (ended != pid_) return Error{"the server did not stop in time"};
  pid_ = -1;
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  cpu_s_ = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return Error{fmt::format("the server did not end well: {}", log_tail())};
}

}  // namespace frontrow::drop
