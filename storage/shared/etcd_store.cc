#include "storage/shared/etcd_store.h"

#include <fmt/format.h>
#include <grpc/support/log.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <fstream>
#include <future>
#include <iterator>
#include <mutex>
#include <thread>
#include <utility>

#include "storage/shared/etcd.grpc.pb.h"

namespace frontrow {

namespace pb = etcdserverpb;

namespace {

using TimePoint = std::chrono::system_clock::time_point;

TimePoint after(Duration d) {
  return std::chrono::system_clock::now() + std::chrono::milliseconds(d.ms);
}

Result<std::string> read_pem(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{fmt::format("can't read {}", path)};
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (text.find("-----BEGIN ") == std::string::npos)
    return Error{fmt::format("{} is not a PEM file", path)};
  return text;
}

Status check_endpoint(std::string_view endpoint) {
  const std::size_t colon = endpoint.rfind(':');
  std::uint16_t port = 0;
  if (colon != std::string_view::npos && colon > 0) {
    const char* end = endpoint.data() + endpoint.size();
    const auto [stop, error] = std::from_chars(endpoint.data() + colon + 1, end, port);
    if (stop != end || error != std::errc()) port = 0;
  }
  if (port == 0 || endpoint.find('/') != std::string_view::npos) {
    return Error{
        fmt::format("etcd endpoint \"{}\": expected host:port, such as 10.0.0.1:2379", endpoint)};
  }
  return {};
}

// Whether etcd rejects a transaction with this error before it proposes the transaction.
bool is_surely_unwritten(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::INVALID_ARGUMENT:
    case grpc::StatusCode::PERMISSION_DENIED:
    case grpc::StatusCode::UNAUTHENTICATED:
    case grpc::StatusCode::FAILED_PRECONDITION:
    case grpc::StatusCode::UNIMPLEMENTED:
      return true;
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return status.error_message().find("too many requests") != std::string::npos;
    default:
      return false;
  }
}

// For connections that TLS refuses, which gRPC tells in its own words.
std::string_view advice(const std::string& message, const EtcdOptions& options) {
  const auto says = [&message](std::string_view text) {
    return message.find(text) != message.npos;
  };
  if (says("certificate verify failed"))
    return " (the CA file is not of the authority that signed etcd's certificate, or the "
           "certificate names another host)";
  const bool was_closed =
      says("Socket closed") || says("Endpoint read failed") || says("Connection reset");
  if (!was_closed) return "";
  if (options.ca_file.empty()) return " (if etcd expects TLS, a CA file is to be given)";
  return " (either etcd does not expect TLS, or it expects a certificate of its clients, which its "
         "authority is to have signed)";
}

// Errors of a member that another member may not have.
bool is_of_the_member(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
    case grpc::StatusCode::UNKNOWN:
    case grpc::StatusCode::INTERNAL:
    case grpc::StatusCode::CANCELLED:
      return true;
    default:
      return false;
  }
}

pb::TxnRequest encode(const Transaction& transaction) {
  pb::TxnRequest request;
  for (const Transaction::Expect& expect : transaction.expected) {
    pb::Compare& compare = *request.add_compare();
    compare.set_key(expect.key.data(), expect.key.size());
    compare.set_result(pb::Compare::EQUAL);
    if (expect.value) {
      compare.set_target(pb::Compare::VALUE);
      compare.set_value(expect.value->data(), expect.value->size());
    } else {
      compare.set_target(pb::Compare::VERSION);
      compare.set_version(0);
    }
  }
  for (const Transaction::Put& put : transaction.puts) {
    pb::PutRequest& op = *request.add_success()->mutable_request_put();
    op.set_key(put.key.data(), put.key.size());
    op.set_value(put.value.data(), put.value.size());
  }
  for (const Transaction::EraseRange& range : transaction.erased) {
    pb::DeleteRangeRequest& op = *request.add_success()->mutable_request_delete_range();
    op.set_key(range.from.data(), range.from.size());
    op.set_range_end(range.to.data(), range.to.size());
  }
  return request;
}

}  // namespace

class EtcdStore::Impl {
 public:
  Impl(const EtcdOptions& options, const std::shared_ptr<grpc::ChannelCredentials>& credentials)
      : options_(options) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    // A member that comes back is used again soon. After a failed connection gRPC resolves the name
    // again before it connects again, by default not within 30 seconds.
    arguments.SetInt(GRPC_ARG_DNS_MIN_TIME_BETWEEN_RESOLUTIONS_MS, 200);
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
    arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 100);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
    arguments.SetMaxReceiveMessageSize(-1);
    for (const std::string& endpoint : options.endpoints) {
      auto member = std::make_unique<Member>();
      member->endpoint = endpoint;
      const auto channel = grpc::CreateCustomChannel(endpoint, credentials, arguments);
      member->kv = pb::KV::NewStub(channel);
      member->maintenance = pb::Maintenance::NewStub(channel);
      member->auth = pb::Auth::NewStub(channel);
      members_.push_back(std::move(member));
    }
  }

  Commit commit(const Transaction& transaction) {
    if (std::string fault = fault_of(transaction); !fault.empty())
      return {.outcome = CommitOutcome::kFailed, .reason = std::move(fault)};
    const pb::TxnRequest request = encode(transaction);
    pb::TxnResponse response;
    const std::size_t at = preferred_.load(std::memory_order_relaxed);
    Member& member = *members_[at];
    const grpc::Status status = call(
        member, after(options_.deadline),
        [&](grpc::ClientContext& context) { return member.kv->Txn(&context, request, &response); });
    if (status.ok()) {
      return {.outcome = response.succeeded() ? CommitOutcome::kCommitted : CommitOutcome::kRefused,
              .reason = {}};
    }
    if (is_of_the_member(status)) leave(at);
    return {
        .outcome = is_surely_unwritten(status) ? CommitOutcome::kFailed : CommitOutcome::kUnknown,
        .reason = explain(member, status)};
  }

  Result<StoreRange> read(std::string_view from, std::string_view to, std::size_t limit) {
    pb::RangeRequest request;
    request.set_key(from.data(), from.size());
    request.set_range_end(to.data(), to.size());
    request.set_limit(static_cast<std::int64_t>(limit));
    pb::RangeResponse response;
    const Status status = call_any([&](Member& member, grpc::ClientContext& context) {
      response.Clear();
      return member.kv->Range(&context, request, &response);
    });
    if (!status.ok()) return Error{status.error()};
    StoreRange range;
    range.more = response.more();
    range.entries.reserve(static_cast<std::size_t>(response.kvs_size()));
    for (pb::KeyValue& kv : *response.mutable_kvs())
      range.entries.push_back({std::move(*kv.mutable_key()), std::move(*kv.mutable_value())});
    return range;
  }

  Status reclaim() {
    pb::RangeRequest request;  // of a key that is not there: only the revision counts
    request.set_key(std::string(1, '\0'));
    pb::RangeResponse now;
    if (Status status = call_any([&](Member& member, grpc::ClientContext& context) {
          return member.kv->Range(&context, request, &now);
        });
        !status.ok()) {
      return status;
    }
    pb::CompactionRequest compaction;
    compaction.set_revision(now.header().revision());
    pb::CompactionResponse response;
    return call_any([&](Member& member, grpc::ClientContext& context) {
      const grpc::Status status = member.kv->Compact(&context, compaction, &response);
      // Another instance compacted up to there or beyond.
      return status.error_code() == grpc::StatusCode::OUT_OF_RANGE ? grpc::Status::OK : status;
    });
  }

  StoreHealth health() {
    std::vector<std::future<StoreMember>> asked;
    asked.reserve(members_.size());
    for (const auto& member : members_) {
      asked.push_back(
          std::async(std::launch::async, [this, &member] { return status_of(*member); }));
    }
    StoreHealth health;
    for (auto& answer : asked) health.members.push_back(answer.get());
    pb::AlarmRequest request;
    request.set_action(pb::AlarmRequest::GET);
    pb::AlarmResponse response;
    const Status status = call_any([&](Member& member, grpc::ClientContext& context) {
      response.Clear();
      return member.maintenance->Alarm(&context, request, &response);
    });
    if (!status.ok()) {
      health.alarms_error = status.error();
      return health;
    }
    for (const pb::AlarmMember& alarm : response.alarms())
      health.alarms.push_back(pb::AlarmType_Name(alarm.alarm()));
    return health;
  }

 private:
  struct Member {
    std::string endpoint;
    std::unique_ptr<pb::KV::Stub> kv;
    std::unique_ptr<pb::Maintenance::Stub> maintenance;
    std::unique_ptr<pb::Auth::Stub> auth;
    std::mutex mutex;
    std::string token;  // of etcd's authentication; guarded by mutex
  };

  // Runs one call; logs in first if etcd asks for it.
  template <class Send>
  grpc::Status call(Member& member, TimePoint deadline, const Send& send) {
    std::string token;
    for (bool is_retry : {false, true}) {
      if (!options_.user.empty()) {
        if (const grpc::Status status = log_in(member, deadline, is_retry, token); !status.ok())
          return status;
      }
      grpc::ClientContext context;
      context.set_deadline(deadline);
      if (!token.empty()) context.AddMetadata("token", token);
      const grpc::Status status = send(context);
      // A token expires after some minutes without use. The request was not proposed.
      const bool is_stale = status.error_code() == grpc::StatusCode::UNAUTHENTICATED;
      if (!is_stale || is_retry || options_.user.empty()) return status;
    }
    return {};
  }

  grpc::Status log_in(Member& member, TimePoint deadline, bool is_retry, std::string& token) {
    const std::scoped_lock lock(member.mutex);
    if (member.token.empty() || (is_retry && member.token == token)) {
      pb::AuthenticateRequest request;
      request.set_name(options_.user);
      request.set_password(options_.password);
      pb::AuthenticateResponse response;
      grpc::ClientContext context;
      context.set_deadline(deadline);
      if (grpc::Status status = member.auth->Authenticate(&context, request, &response);
          !status.ok()) {
        return status;
      }
      member.token = response.token();
    }
    token = member.token;
    return {};
  }

  // For calls that may be repeated: tries one member after the other until one answers, or until
  // the time of every member and of one more attempt has passed.
  template <class Send>
  Status call_any(const Send& send) {
    const auto attempts = static_cast<std::int64_t>(members_.size()) + 1;
    const TimePoint end = after({options_.deadline.ms * attempts});
    for (std::size_t tries = 1;; ++tries) {
      const std::size_t at = preferred_.load(std::memory_order_relaxed);
      Member& member = *members_[at];
      const grpc::Status status =
          call(member, std::min(after(options_.deadline), end),
               [&](grpc::ClientContext& context) { return send(member, context); });
      if (status.ok()) return {};
      if (!is_of_the_member(status)) return Error{explain(member, status)};
      leave(at);
      if (std::chrono::system_clock::now() >= end) return Error{explain(member, status)};
      // Every member failed at once: not a busy loop.
      if (tries >= members_.size()) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }

  StoreMember status_of(Member& member) {
    StoreMember found{.endpoint = member.endpoint};
    pb::StatusResponse response;
    const grpc::Status status =
        call(member, after(options_.deadline), [&](grpc::ClientContext& context) {
          return member.maintenance->Status(&context, {}, &response);
        });
    if (!status.ok()) {
      found.error = explain(member, status);
      return found;
    }
    found.version = response.version();
    found.is_leader = response.leader() == response.header().member_id();
    found.database_bytes = static_cast<std::uint64_t>(response.dbsize());
    found.in_use_bytes = static_cast<std::uint64_t>(response.dbsizeinuse());
    found.raft_index = response.raftappliedindex();
    return found;
  }

  void leave(std::size_t at) {
    std::size_t expected = at;
    preferred_.compare_exchange_strong(expected, (at + 1) % members_.size(),
                                       std::memory_order_relaxed);
  }

  std::string explain(const Member& member, const grpc::Status& status) const {
    return fmt::format("etcd at {}: {}{}", member.endpoint,
                       status.error_message().empty() ? "no answer" : status.error_message(),
                       advice(status.error_message(), options_));
  }

  const EtcdOptions options_;
  std::vector<std::unique_ptr<Member>> members_;
  std::atomic<std::size_t> preferred_{0};
};

Result<std::unique_ptr<EtcdStore>> EtcdStore::open(const EtcdOptions& options) {
  // Its lines say what explain() says, and are not in the format of this program's log.
  gpr_set_log_function([](gpr_log_func_args*) {});
  if (options.endpoints.empty()) return Error{"no etcd endpoint is given"};
  for (const std::string& endpoint : options.endpoints)
    if (Status status = check_endpoint(endpoint); !status.ok()) return Error{status.error()};
  std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::InsecureChannelCredentials();
  if (!options.ca_file.empty()) {
    grpc::SslCredentialsOptions tls;
    const std::pair<const std::string&, std::string&> files[] = {
        {options.ca_file, tls.pem_root_certs},
        {options.certificate_file, tls.pem_cert_chain},
        {options.key_file, tls.pem_private_key}};
    for (const auto& [path, text] : files) {
      if (path.empty()) continue;
      Result<std::string> pem = read_pem(path);
      if (!pem.ok()) return Error{pem.error()};
      text = std::move(*pem);
    }
    if (tls.pem_cert_chain.empty() != tls.pem_private_key.empty())
      return Error{"etcd: the client's certificate and its key are given together"};
    credentials = grpc::SslCredentials(tls);
  }
  return std::unique_ptr<EtcdStore>(new EtcdStore(std::make_unique<Impl>(options, credentials)));
}

EtcdStore::EtcdStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
EtcdStore::~EtcdStore() = default;

Commit EtcdStore::commit(const Transaction& transaction) { return impl_->commit(transaction); }
Result<StoreRange> EtcdStore::read(std::string_view from, std::string_view to, std::size_t limit) {
  return impl_->read(from, to, limit);
}
Status EtcdStore::reclaim() { return impl_->reclaim(); }
StoreHealth EtcdStore::health() { return impl_->health(); }

}  // namespace frontrow
