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
#include <regex>
#include <sstream>
#include <thread>

#include "tests/api/support/server_process.h"

namespace frontrow::cluster {

namespace fs = std::filesystem;

namespace {

void write_private(const fs::path& path, const std::string& text) {
  std::ofstream(path) << text;
  ::chmod(path.c_str(), 0600);
}

constexpr std::chrono::milliseconds kOutboxCountInterval{1'500};  // once a second
constexpr int kOutboxMsMax = 30'000;  // an outbox entry is resent after five seconds
constexpr int kWellMsMax = 20'000;
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

std::string read_file(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// The address in the system's form, without a port.
sockaddr_in socket_address(const std::string& address) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  ::inet_pton(AF_INET, address.c_str(), &at.sin_addr);
  return at;
}

// Ports that are free now; two of one call differ.
std::array<std::uint16_t, 2> free_ports(const std::string& address) {
  std::array<std::uint16_t, 2> ports{};
  std::array<int, 2> sockets{};
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

Cluster::Cluster(const std::vector<Host>& hosts) : keys_("k1:" + new_secret()) {
  sweep_up();
  std::string name = (fs::temp_directory_path() / (std::string(kPrefix) + "XXXXXX")).string();
  if (::mkdtemp(name.data()) == nullptr) std::abort();
  directory_ = name;
  lock_ = lock_in(directory_);
  ::setenv("FRONTROW_ADMIN_KEY", admin_key().c_str(), 1);
  told_.secret = new_secret();
  for (int id = 1; id <= kInstances; ++id) {
    auto& made = instances_[static_cast<std::size_t>(id - 1)];
    made = std::make_unique<Instance>(hosts.at(static_cast<std::size_t>(id - 1)), id,
                                      directory_ / std::to_string(id));
  }
  tell_all(told_);
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
  for (const auto& [i, weight] : told.weights) {
    const Host& host = instance(i).host();
    file += fmt::format("[[instances]]\nid = {}\nweight = {}\nhttp = \"{}:{}\"\npeer = \"{}:{}\"\n",
                        i, weight, host.address, host.http_port, host.address, host.peer_port);
  }
  write_private(file_of(id), file + told.pins);
  write_private(file_of(id).parent_path() / "secret", told.secret + "\n");
}

void Cluster::tell_all(const Told& told) {
  told_ = told;
  for (int id = 1; id <= kInstances; ++id) tell(id, told);
}

std::vector<int> Cluster::members() const {
  std::vector<int> ids;
  for (const auto& [id, weight] : told_.weights) ids.push_back(id);
  return ids;
}

// Different numbers of threads, so that any thread may hold a link.
std::vector<std::string> Cluster::common_words(int id) const {
  std::vector<std::string> words = {"--threads", std::to_string(id), "--token-keys", keys_};
  for (const char* word : {"--snapshots-events", "1000", "--snapshots-interval-seconds", "1",
                           "--engine-payment-decide-seconds", "3"})
    words.emplace_back(word);
  return words;
}

void Cluster::launch(int id) {
  std::vector<std::string> words = common_words(id);
  words.insert(words.end(),
               {"--cluster-file", file_of(id).string(), "--cluster-instance", std::to_string(id),
                "--cluster-secret-file", (file_of(id).parent_path() / "secret").string()});
  instance(id).launch(words);
}

void Cluster::launch_alone(int id) { instance(id).launch(common_words(id)); }

void Cluster::launch_all() {
  for (const int id : members()) launch(id);
}

bool Cluster::start() {
  launch_all();
  for (const int id : members()) {
    if (!instance(id).await_ready()) return false;
  }
  return await_links(10'000) && await_slots(30'000);
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
        for (const int id : members()) {
          for (const int peer : members()) {
            if (peer != id && !is_linked(id, peer)) return false;
          }
        }
        return true;
      },
      timeout_ms);
  EXPECT_TRUE(linked) << "not all links came up within " << timeout_ms << " ms";
  return linked;
}

std::optional<Handover> Cluster::handover(int id) {
  api::Shop shop(place(id, 500, 1'000), admin_key());
  const api::Response read = shop.admin("GET", "/v1/admin/cluster");
  if (read.status != 200) return std::nullopt;
  const api::Json whole = read.json();
  const api::Json said = whole["handover"];
  return Handover{said["live"].integer(),         said["awaited"].integer(),
                  said["leaving"].integer(),      said["refused"].integer(),
                  said["awaitedFrom"].integers(), whole["state"].text() == "recovering"};
}

// The map gives each slot one owner and each instance counts its own slots, so the full sum means
// that every slot is live once.
bool Cluster::await_slots(int timeout_ms) {
  std::string said;
  const bool there = api::await(
      [&] {
        std::int64_t live = 0;
        bool over = true;
        said.clear();
        for (const int id : members()) {
          const auto its = handover(id);
          over = over && its && its->is_over();
          if (!its) continue;
          live += its->live;
          said += fmt::format("instance {}: {} live, {} awaited, {} leaving, {} refused\n", id,
                              its->live, its->awaited, its->leaving, its->refused);
        }
        return over && live == kSlotCount;
      },
      timeout_ms);
  EXPECT_TRUE(there) << "not all slots are where the map has them within " << timeout_ms << " ms\n"
                     << said;
  return there;
}

bool Cluster::await_well() {
  std::string said;
  const bool well = api::await([&] { return status(said) == 0; }, kWellMsMax);
  EXPECT_TRUE(well) << said;
  return well;
}

bool Cluster::await_outboxes() {
  static const std::regex kNone("\nfrontrow_outbox_entries\\{[^}]*\\} 0\n");
  static const std::regex kSome("\nfrontrow_outbox_entries\\{[^}]*\\} [1-9]");
  std::string last;
  const auto has_none = [&] {
    for (const int id : members()) {
      last = api::HttpClient(place(id)).request("GET", "/metrics").body;
      if (!std::regex_search(last, kNone) || std::regex_search(last, kSome)) return false;
    }
    return true;
  };
  // The outbox entries of a payment that has just ended are not counted yet.
  const bool done = api::await(
      [&] {
        if (!has_none()) return false;
        std::this_thread::sleep_for(kOutboxCountInterval);
        return has_none();
      },
      kOutboxMsMax);
  EXPECT_TRUE(done) << "payments are under way after " << kOutboxMsMax << " ms\n" << last;
  return done;
}

// Signals all members before waiting for any: an outbox entry between two of them is resent when
// both live again.
void Cluster::stop() {
  for (const int id : members()) instance(id).ask_to_stop();
  for (const int id : members()) {
    if (!instance(id).in_life()) continue;
    EXPECT_EQ(instance(id).wait(30'000), 0) << instance(id).log();
  }
}

void Cluster::plan(const std::vector<std::string>& changes) {
  std::vector<std::string> words = {"cluster",           "plan",     "--file",
                                    file_of(1).string(), "--output", next().string()};
  words.insert(words.end(), changes.begin(), changes.end());
  std::string said;
  EXPECT_EQ(run(words, said), 0) << said;
}

void Cluster::put_planned() {
  const std::string file = read_file(next());
  const std::size_t pins = file.find("[[pins]]");
  told_.pins = pins == file.npos ? "" : file.substr(pins);
  told_.weights.clear();
  std::istringstream lines(file.substr(0, pins));
  int id = 0;
  for (std::string line; std::getline(lines, line);) {
    std::sscanf(line.c_str(), "revision = %d", &told_.revision);
    std::sscanf(line.c_str(), "id = %d", &id);
    if (line.starts_with("weight = ")) told_.weights[id] = std::atoi(line.c_str() + 9);
  }
  for (int each = 1; each <= kInstances; ++each) write_private(file_of(each), file);
}

void Cluster::change_map(const std::vector<std::string>& changes) {
  stop();
  plan(changes);
  put_planned();
  launch_all();
}

int Cluster::status(std::string& output) {
  return run({"cluster", "status", "--file", file_of(1).string()}, output);
}

int Cluster::run(const std::vector<std::string>& arguments, std::string& output) {
  return api::ServerProcess::run_once(arguments, output);
}

int Cluster::owner(const std::string& option, const std::string& value, const fs::path& by) {
  std::string said;
  EXPECT_EQ(run({"cluster", "show", "--file", by.string(), option, value}, said), 0) << said;
  const std::string mark = ", instance ";
  const std::size_t at = said.find(mark);
  if (at == said.npos) return 0;
  return std::atoi(said.c_str() + at + mark.size());
}

std::string Cluster::user_of(int id) {
  std::string user = api::new_user();
  while (owner_of_user(user) != id && !testing::Test::HasFailure()) user = api::new_user();
  return user;
}

void ClusterTest::SetUp() {
  if (!network.why_not().empty()) GTEST_SKIP() << "no hosts of our own here: " << network.why_not();
  cluster = std::make_unique<Cluster>(network.hosts());
}

}  // namespace frontrow::cluster
