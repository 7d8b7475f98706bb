#include "tests/cluster/cluster.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <random>

#include "tests/api/support/server_process.h"

namespace frontrow::cluster {

namespace fs = std::filesystem;

namespace {

void write_private(const fs::path& path, const std::string& text) {
  std::ofstream(path) << text;
  ::chmod(path.c_str(), 0600);
}

constexpr const char* kPrefix = "frontrow-cluster-";

int lock_in(const fs::path& directory) {
  const int lock = ::open((directory / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock >= 0 && ::flock(lock, LOCK_EX | LOCK_NB) == 0) return lock;
  ::close(lock);
  return -1;
}

// Directories of tests that were killed: nobody holds their locks. A young one's owner is perhaps
// about to take it.
void sweep_up() {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(fs::temp_directory_path(), ignored)) {
    const auto age = fs::file_time_type::clock::now() - entry.last_write_time(ignored);
    if (!entry.path().filename().string().starts_with(kPrefix) || age < std::chrono::minutes(1))
      continue;
    const int lock = lock_in(entry.path());
    if (lock < 0) continue;
    fs::remove_all(entry.path(), ignored);
    ::close(lock);
  }
}

}  // namespace

std::string Cluster::new_secret() {
  std::random_device device;
  std::string secret;
  for (int i = 0; i < 8; ++i) secret += fmt::format("{:08x}", device());
  return secret;
}

Cluster::Cluster(const Network& network) : keys_("k1:" + new_secret()) {
  sweep_up();
  std::string name = (fs::temp_directory_path() / (std::string(kPrefix) + "XXXXXX")).string();
  if (::mkdtemp(name.data()) == nullptr) std::abort();
  directory_ = name;
  lock_ = lock_in(directory_);
  ::setenv("FRONTROW_ADMIN_KEY", admin_key().c_str(), 1);
  told_.secret = new_secret();
  for (int id = 1; id <= kInstances; ++id) {
    auto& made = instances_[static_cast<std::size_t>(id - 1)];
    made = std::make_unique<Instance>(network, id, directory_ / std::to_string(id));
    tell(id, told_);
  }
}

Cluster::~Cluster() {
  for (auto& instance : instances_) {
    if (testing::Test::HasFailure())
      std::printf("---- instance %d said:\n%s", instance->id(), instance->log().c_str());
    instance.reset();
  }
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
  ::close(lock_);
}

fs::path Cluster::file_of(int id) const { return directory_ / std::to_string(id) / "cluster.toml"; }

api::HttpPlace Cluster::place(int id, int connect_timeout_ms, int answer_timeout_ms) {
  return instance(id).place(connect_timeout_ms, answer_timeout_ms);
}

void Cluster::tell(int id, const Told& told) {
  std::string file = fmt::format("name = \"{}\"\nrevision = {}\ntls = \"{}\"\n", told.cluster,
                                 told.revision, told.tls);
  for (int i = 1; i <= kInstances; ++i) {
    const std::string address = Network::address_of(i);
    file += fmt::format("[[instances]]\nid = {}\nhttp = \"{}:{}\"\npeer = \"{}:{}\"\n", i, address,
                        Instance::kHttpPort, address, Instance::kPeerPort);
  }
  write_private(file_of(id), file + told.pins);
  write_private(file_of(id).parent_path() / "secret", told.secret + "\n");
}

// Different numbers of threads, so that links are held by any.
void Cluster::launch(int id) {
  instance(id).launch({"--threads", std::to_string(id), "--snapshots-events", "1000",
                       "--snapshots-interval-seconds", "1", "--engine-payment-decide-seconds", "3",
                       "--cluster-file", file_of(id).string(), "--cluster-instance",
                       std::to_string(id), "--cluster-secret-file",
                       (file_of(id).parent_path() / "secret").string(), "--token-keys", keys_});
}

bool Cluster::start() {
  for (int id = 1; id <= kInstances; ++id) launch(id);
  for (int id = 1; id <= kInstances; ++id) {
    if (!instance(id).await_ready()) return false;
  }
  return await_links(10'000);
}

bool Cluster::is_linked(int id, int peer) {
  api::Shop shop(place(id, 500, 1'000), admin_key());
  const api::Response read = shop.admin("GET", "/v1/admin/cluster");
  if (read.status != 200) return false;
  const api::Json links = read.json()["links"];
  for (std::size_t i = 0; i < links.size(); ++i) {
    if (links[i]["instance"].integer() != peer) continue;
    return !links[i]["since"].is_null();
  }
  return false;
}

bool Cluster::await_links(int timeout_ms) {
  const bool linked = api::await(
      [this] {
        for (int id = 1; id <= kInstances; ++id) {
          for (int peer = 1; peer <= kInstances; ++peer) {
            if (peer != id && !is_linked(id, peer)) return false;
          }
        }
        return true;
      },
      timeout_ms);
  EXPECT_TRUE(linked) << "not all links came up within " << timeout_ms << " ms";
  return linked;
}

// All before any is waited for: what one still owes another is sent again when both live again.
void Cluster::stop() {
  for (auto& instance : instances_) instance->ask_to_stop();
  for (auto& instance : instances_) EXPECT_EQ(instance->wait(30'000), 0) << instance->log();
}

int Cluster::run(const std::vector<std::string>& arguments, std::string& output) {
  return api::ServerProcess::run_once(arguments, output);
}

int Cluster::owner(const std::string& option, const std::string& value) {
  std::string said;
  EXPECT_EQ(run({"cluster", "show", "--file", file_of(1).string(), option, value}, said), 0)
      << said;
  const std::string mark = ", instance ";
  const std::size_t at = said.find(mark);
  if (at == said.npos) return 0;
  return std::atoi(said.c_str() + at + mark.size());
}

int Cluster::owner_of_concert(std::int64_t concert) {
  return owner("--concert", std::to_string(concert));
}

int Cluster::owner_of_user(const std::string& user) { return owner("--user", user); }

std::string Cluster::user_of(int id) {
  std::string user = api::new_user();
  while (owner_of_user(user) != id && !testing::Test::HasFailure()) user = api::new_user();
  return user;
}

void ClusterTest::SetUp() {
  if (!network.why_not().empty()) GTEST_SKIP() << "no hosts of our own here: " << network.why_not();
  cluster = std::make_unique<Cluster>(network);
}

}  // namespace frontrow::cluster
