// The consensus store over etcd, 3.4 or later, through gRPC.
//
// A call goes to one member: the first of the endpoints, until it is unreachable or late; then to
// the next one. Calls to a follower are forwarded by etcd to its leader. Reads are repeated at the
// other members within their deadline; a commit is sent once, because only its caller may decide to
// repeat it.
//
// An error of a commit counts as kFailed only if etcd reports it before the proposal: rights,
// malformed or too large requests, too many requests. Every other error is kUnknown. "Database
// space exceeded" is among those: the transaction that crosses the quota is applied although it is
// answered with that error (https://github.com/etcd-io/etcd/issues/16659).
//
// Threads: as ConsensusStore. gRPC has threads of its own.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/runtime/shared_log/consensus_store.h"

namespace frontrow {

struct EtcdOptions {
  std::vector<std::string> endpoints;  // "host:port"; names are resolved again when they fail
  // TLS, if ca_file is set: PEM files. The client's certificate is optional.
  std::string ca_file;
  std::string certificate_file, key_file;
  // etcd's authentication, if user is set. The password appears in no message.
  std::string user, password;
  Duration deadline =
      seconds(1);  // of a commit; a read has that time for each member, and once more
};

class EtcdStore final : public ConsensusStore {
 public:
  // Fails if an endpoint is malformed or a file can't be read; does not wait for a member.
  static Result<std::unique_ptr<EtcdStore>> open(const EtcdOptions& options);
  ~EtcdStore() override;

  Commit commit(const Transaction& transaction) override;
  Result<StoreRange> read(std::string_view from, std::string_view to, std::size_t limit) override;
  Status reclaim() override;
  StoreHealth health() override;

 private:
  class Impl;  // keeps gRPC's headers out of this one
  explicit EtcdStore(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace frontrow
