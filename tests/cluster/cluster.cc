#include "tests/cluster/cluster.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <random>
#include <thread>

#include "tests/api/support/server_process.h"
#include "tools/frontrow/store/open_store.h"

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

// Removes directories of killed tests, whose locks are free. Skips young ones: their test may be
// about to take the lock.
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

// The address in the system's form, without a port.
sockaddr_in socket_address(const std::string& address) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  ::inet_pton(AF_INET, address.c_str(), &at.sin_addr);
  return at;
}

// Ports that are free now; those of one call differ.
std::array<std::uint16_t, 4> free_ports(const std::string& address) {
  std::array<std::uint16_t, 4> ports{};
  std::array<int, 4> sockets{};
  for (std::size_t i = 0; i < ports.size(); ++i) {
    sockaddr_in at = socket_address(address);
    socklen_t size = sizeof at;
    sockets[i] = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto* any = reinterpret_cast<const sockaddr*>(&at);
    EXPECT_EQ(::bind(sockets[i], any, size), 0) << address;
    ::getsockname(sockets[i], reinterpret_cast<sockaddr*>(&at), &size);
    ports[i] = ntohs(at.sin_port);
  }
  for (const int socket : sockets) ::close(socket);
  return ports;
}

}  // namespace

// A random network among the loopback's 16 million addresses keeps concurrent tests apart.
std::vector<Host> loopback_hosts(int count) {
  std::random_device random;
  const auto network = random();
  std::vector<Host> hosts;
  for (int i = 1; i <= count; ++i) {
    Host host{.address = fmt::format("127.{}.{}.{}", 1 + network % 250, network >> 8 & 255, i)};
    const auto ports = free_ports(host.address);
    host.http_port = ports[0];
    host.peer_port = ports[1];
    host.etcd_port = ports[2];
    host.etcd_peer_port = ports[3];
    hosts.push_back(host);
  }
  return hosts;
}

std::string Cluster::new_secret() {
  std::random_device device;
  std::string secret;
  for (int i = 0; i < 8; ++i) secret += fmt::format("{:08x}", device());
  return secret;
}

std::string Cluster::why_not() {
  if (std::string reason = EtcdHosts::why_not(); !reason.empty()) return reason;
  const auto store = open_store({.endpoints = {"127.0.0.1:1"}});
  return store.ok() ? "" : store.error();
}

Cluster::Cluster(const std::vector<Host>& hosts, std::vector<fs::path> disks)
    : keys_("k1:" + new_secret()) {
  sweep_up();
  std::string name = (fs::temp_directory_path() / (std::string(kPrefix) + "XXXXXX")).string();
  if (::mkdtemp(name.data()) == nullptr) std::abort();
  directory_ = name;
  lock_ = lock_in(directory_);
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread runs yet
  ::setenv("FRONTROW_ADMIN_KEY", admin_key().c_str(), 1);
  for (int id = 1; disks.size() < hosts.size(); ++id)
    disks.push_back(directory_ / std::to_string(id));
  etcd_ = std::make_unique<EtcdHosts>(hosts, directory_, disks);
  const Told told{.secret = new_secret()};
  std::string pem;
  api::ServerProcess::run_once({"keys", "signing"}, pem);
  write_private(signing_file(), pem);
  for (int id = 1; id <= kInstances; ++id) {
    auto& made = instances_[static_cast<std::size_t>(id - 1)];
    const auto i = static_cast<std::size_t>(id - 1);
    made = std::make_unique<Instance>(hosts.at(i), id, directory_ / std::to_string(id), disks[i]);
    tell(id, told);
  }
}

Cluster::~Cluster() {
  for (auto& instance : instances_) {
    if (testing::Test::HasFailure())
      std::printf("---- instance %d said:\n%s", instance->id(), instance->log().c_str());
    instance.reset();
  }
  store_.reset();
  etcd_.reset();
  std::error_code ignored;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing sets it
  if (std::getenv("FRONTROW_KEEP") == nullptr) fs::remove_all(directory_, ignored);
  ::close(lock_);
}

fs::path Cluster::secret_file(int id) const { return directory_ / std::to_string(id) / "secret"; }

api::HttpPlace Cluster::place(int id, int connect_timeout_ms, int answer_timeout_ms) {
  return instance(id).place(connect_timeout_ms, answer_timeout_ms);
}

fs::path Cluster::signing_file() const { return directory_ / "signing.pem"; }

void Cluster::tell(int id, const Told& told) {
  told_[static_cast<std::size_t>(id - 1)] = told;
  write_private(secret_file(id), told.secret + "\n");
}

std::string Cluster::name_of(int id) const {
  return told(id).name.empty() ? fmt::format("box-{}", id) : told(id).name;
}

std::vector<int> Cluster::living() {
  std::vector<int> ids;
  for (int id = 1; id <= kInstances; ++id) {
    if (instance(id).in_life()) ids.push_back(id);
  }
  return ids;
}

// The second one has two threads, so that either may hold a link or a slot.
std::vector<std::string> Cluster::common_words(int id) const {
  std::vector<std::string> words = {"--threads", id == 2 ? "2" : "1", "--token-keys",
                                    keys_,       "--passes-key-file", signing_file().string()};
  // Memory: other programs of this machine do not count.
  for (const char* word : {"--snapshots-events", "1000", "--snapshots-interval-seconds", "1",
                           "--engine-payment-decide-seconds", "3", "--engine-memory-mib", "1024"})
    words.emplace_back(word);
  return words;
}

void Cluster::launch(int id) {
  const Host& host = instance(id).host();
  std::vector<std::string> words = common_words(id);
  words.insert(words.end(), {"--cluster", told(id).cluster, "--instance", name_of(id),
                             "--cluster-listen", fmt::format("{}:{}", host.address, host.peer_port),
                             "--cluster-secret-file", secret_file(id).string()});
  if (!told(id).tls) words.emplace_back("--cluster-tls=false");
  for (const std::string& endpoint :
       store_endpoints_.empty() ? etcd_->endpoints() : store_endpoints_)
    words.insert(words.end(), {"--etcd", endpoint});
  instance(id).launch(words);
}

void Cluster::launch_alone(int id) { instance(id).launch(common_words(id)); }

ConsensusStore& Cluster::store() {
  if (store_ == nullptr) {
    auto opened = open_store({.endpoints = etcd_->endpoints()});
    if (!opened.ok()) std::abort();  // see why_not()
    store_ = std::move(*opened);
  }
  return *store_;
}

SharedLog Cluster::shared_log() { return {store(), told(1).cluster}; }

bool Cluster::begin_etcd() {
  etcd_->launch_all();
  return create();
}

bool Cluster::start(const std::vector<int>& ids) {
  if (!begin_etcd()) return false;
  for (const int id : ids) launch(id);
  for (const int id : ids) {
    if (!instance(id).await_ready()) return false;
  }
  return await_settled();
}

void Cluster::kill_machine(int id) {
  instance(id).kill();
  etcd_->kill(id);
  fs::remove_all(instance(id).data());
  etcd_->erase(id);
}

void Cluster::replace_machine(int id) {
  if (etcd_->replace(id)) launch(id);
}

int Cluster::etcd_leader() {
  int leader = 0;
  api::await(
      [&] {
        for (const StoreMember& member : store().health().members) {
          for (int id = 1; id <= kInstances; ++id) {
            if (member.is_leader && member.endpoint == etcd_->endpoint(id)) leader = id;
          }
        }
        return leader != 0;
      },
      10'000);
  return leader;
}

// Signals all before waiting for any.
void Cluster::stop() {
  for (const int id : living()) instance(id).ask_to_stop();
  for (const int id : living()) EXPECT_EQ(instance(id).wait(30'000), 0) << instance(id).log();
}

int Cluster::run(const std::vector<std::string>& arguments, std::string& output) {
  return api::ServerProcess::run_once(arguments, output);
}

void ClusterTest::SetUp() {
  if (!network.why_not().empty()) GTEST_SKIP() << "no hosts of our own here: " << network.why_not();
  if (const std::string why = Cluster::why_not(); !why.empty()) GTEST_SKIP() << why;
  cluster = std::make_unique<Cluster>(network.hosts());
}

void LocalClusterTest::SetUp() {
  if (const std::string why = Cluster::why_not(); !why.empty()) GTEST_SKIP() << why;
  cluster = std::make_unique<Cluster>(loopback_hosts(kInstances));
}

}  // namespace frontrow::cluster
