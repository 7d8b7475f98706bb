#include "tests/tools/frontrow/drop/drop_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <thread>

namespace frontrow::drop {
namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void redirect(const std::filesystem::path& path, int to) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(file, to);
}

std::vector<char*> other_variables(const std::string& prefix) {
  std::vector<char*> others;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (!std::string(*variable).starts_with(prefix)) others.push_back(*variable);
  }
  return others;
}

}  // namespace

DropProcess::DropProcess(std::vector<std::string> arguments, const std::string& admin_key,
                         const std::string& command) {
  std::string name = (std::filesystem::temp_directory_path() / "frontrow-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) std::abort();
  directory_ = name;
  arguments.insert(arguments.begin(), {FRONTROW_BINARY, command});
  std::string key = "FRONTROW_ADMIN_KEY=" + admin_key;
  std::vector<char*> env = other_variables(key.substr(0, key.find('=') + 1));
  if (!admin_key.empty()) env.push_back(key.data());
  env.push_back(nullptr);
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ != 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  redirect(directory_ / "out", STDOUT_FILENO);
  redirect(directory_ / "err", STDERR_FILENO);
  ::execve(argv[0], argv.data(), env.data());
  ::_exit(127);
}

DropProcess::~DropProcess() {
  wait(0);
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void DropProcess::send_signal(int number) const { ::kill(pid_, number); }

int DropProcess::wait(int timeout_ms) {
  if (pid_ < 0) return -1;
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  int status = 0;
  while (::waitpid(pid_, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > end) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, &status, 0);
      pid_ = -1;
      return -1;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string DropProcess::report() const { return read_file(directory_ / "out"); }
std::string DropProcess::progress() const { return read_file(directory_ / "err"); }

bool DropProcess::await_progress(const std::string& text, int timeout_ms) const {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  while (std::chrono::steady_clock::now() < end) {
    if (progress().find(text) != std::string::npos) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

}  // namespace frontrow::drop
