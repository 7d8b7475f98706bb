// `frontrow serve` as a whole: starts and stops journal, engine, reactors and their threads. The
// only code that knows every layer.
//
//   Server server(config);
//   server.start();                 // opens, listens, replays, serves
//   ... server.failed() ...
//   server.stop();                  // drains, closes the journal
//
// One thread starts and stops it.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/time.h"
#include "engine/runtime/checkpoint/checkpointer.h"
#include "engine/runtime/instance/cluster_instance.h"
#include "engine/runtime/memory/memory_watch.h"
#include "engine/runtime/shard/engine.h"
#include "net/api/service.h"
#include "net/auth/key_ring.h"
#include "net/metrics/metrics.h"
#include "net/peer/peer_shared.h"
#include "net/reactor.h"
#include "storage/local/rocksdb_journal.h"
#include "tools/frontrow/config/config.h"
#include "tools/frontrow/serve/jwks_fetcher.h"

namespace frontrow {

class Server {
 public:
  // `version`: as program_version() has it; for the member record of a cluster, and metrics.
  explicit Server(const ServeConfig& config, const std::string& version = "unknown");
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // The error is a line for the operator. After an error only the destructor may be called.
  // `stop_asked` is called a few times a second during the replay; once it returns true, start()
  // ends with an error and stopped_early() is true. `tell` receives the progress as often.
  Status start(const std::function<bool()>& stop_asked,
               const std::function<void(const std::string&)>& tell);
  bool stopped_early() const { return stopped_early_; }
  // Drains within the configured time, then closes the journal. An error: the stop was not clean.
  Status stop();
  // The log has failed, or this instance is no member of its cluster any more: no further request
  // is acknowledged, the process must end. Any thread.
  bool failed() const { return cluster_failed_ || (engine_ != nullptr && engine_->failed()); }
  // Switches to the admin key and the token keys of this configuration, or of the data directory
  // for missing ones, to its service keys and to the content of identity.jwks_file. Another
  // [identity] is an error; other settings are ignored. Open connections and requests continue.
  // After an error all keys are unchanged.
  Status renew_keys(const ServeConfig& config);
  // Checks the free disk space and the shared log; called a few times a second.
  void watch();

  // URL of the first listening address for a client: "http://127.0.0.1:8080".
  const std::string& base_url() const { return base_url_; }
  // URL of the listener for operators.
  const std::string& ops_url() const { return ops_url_.empty() ? base_url_ : ops_url_; }
  std::string admin_key() const { return key_ring_->current().admin_key; }
  const RecoveryReport& recovery() const { return metrics_.recovery; }

 private:
  // server_identity.cc
  Status load_identity(LiveKeys& keys, const ServeConfig& config);
  Result<JwkSet> fetched_jwks(const IdentityConfig& identity);
  void watch_memory();
  Status open(const std::function<bool()>& stop_asked);
  void watch_disk();
  void watch_shared_log();
  Journal& log() { return cluster_ == nullptr ? *journal_ : cluster_->journal(); }
  Retention retention() const;
  CheckpointOptions checkpoint_options();

  // server_cluster.cc: an instance of a cluster
  Status check_identity();
  Status find_cluster(const std::function<bool()>& stop_asked);
  Status join_cluster();
  Status make_links();
  void start_cluster();
  Status leave_cluster();
  Status share_descriptors();
  Status listen();
  Status listen_on(const std::string& text, Audience audience, std::string& url);
  Status recover(const std::function<bool()>& stop_asked,
                 const std::function<void(const std::string&)>& tell);
  void run_reactors();
  bool wait_for_reactors(Duration limit);
  void join_reactors();

  ServeConfig config_;
  const std::string version_;  // without the commit
  SystemClock clock_;
  Service service_;
  ServiceSettings settings_;
  std::unique_ptr<KeyRing> key_ring_;
  std::unique_ptr<JwksFetcher> jwks_;  // of identity.jwks_url; its thread uses key_ring_
  std::unique_ptr<RocksDbJournal> journal_;
  std::unique_ptr<ConsensusStore> store_, beat_store_;  // of a cluster
  std::unique_ptr<ClusterInstance> cluster_;            // none: a single instance
  std::uint64_t cluster_id_ = 0;
  InstanceId instance_id_ = 0;
  std::atomic<bool> cluster_failed_{false};
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<PeersShared> peers_;
  std::unique_ptr<Checkpointer> checkpointer_;
  std::unique_ptr<MemoryWatch> memory_;
  MetricsSource metrics_;
  const MetricsViews operator_views_{metrics_};
  std::unique_ptr<ReactorShared> shared_;
  std::vector<std::unique_ptr<Reactor>> reactors_;
  std::vector<std::thread> threads_;
  std::atomic<std::size_t> running_{0};
  std::string base_url_;
  std::string ops_url_;
  int database_files_ = 0;
  bool stopped_early_ = false;
};

}  // namespace frontrow
