#include "net/reactor.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

namespace frontrow {
namespace {

// The thread checks streams and drains at least this often.
constexpr Duration kSleepMax = milliseconds(50);

}  // namespace

Reactor::Reactor(ReactorShared& shared, Worker& worker)
    : shared_(shared),
      worker_(worker),
      service_(shared.service),
      io_(ASIO_CONCURRENCY_HINT_UNSAFE),
      api_(shared.settings, shared.service, shared.engine, worker, shared.keys,
           shared.operator_views),
      server_(io_, api_, shared.limits, shared.http),
      wake_(io_, dup(worker.waker().fd())) {
  api_.set_server(&server_);
  if (shared.peers != nullptr) {
    peers_ = std::make_unique<Peers>(io_, worker, shared.engine, *shared.peers);
    worker_.set_port(peers_.get());
  }
  await_wake();
  shared_.busy.fetch_add(1);
}

void Reactor::await_wake() {
  wake_.async_wait(asio::posix::stream_descriptor::wait_read,
                   [this](const asio::error_code& error) {
                     if (error) return;
                     worker_.waker().woken();
                     await_wake();
                   });
}

void Reactor::post(Order order) {
  orders_.fetch_or(order, std::memory_order_release);
  worker_.waker().wake();
}

void Reactor::take_orders() {
  const unsigned orders = orders_.exchange(0, std::memory_order_acquire);
  if ((orders & kBegin) != 0) {
    worker_.begin();
    serving_ = true;
    if (peers_ != nullptr) start_peers();
  }
  if ((orders & kDrain) != 0) {
    draining_ = true;
    api_.end_streams();
    server_.stop_accepting();
    if (peers_ != nullptr) peers_->drain();
  }
  if ((orders & kStop) != 0) stopped_ = true;
}

void Reactor::run() {
  while (!stopped_ && !all_are_drained()) {
    io_.poll();
    take_orders();
    if (serving_) {
      worker_.turn();
      api_.tick();
      if (peers_ != nullptr) turn_peers();
    }
    server_.flush();
    if (draining_) server_.close_idle();
    count();
    sleep();
  }
  if (peers_ != nullptr) peers_->stop();
}

// A failure is unexpected here: the address was free when the server checked it.
void Reactor::start_peers() {
  if (Status s = peers_->start(); !s.ok()) {
    spdlog::critical("cannot start the links to other instances: {}", s.error());
    service_.fail();
  }
}

void Reactor::turn_peers() {
  peers_sleep_ = peers_->tick();
  peers_->flush();
}

void Reactor::sleep() {
  Duration time = std::min(kSleepMax, peers_sleep_);
  if (serving_) time = std::min(time, worker_.sleep_for());
  if (time.ms == 0 || (serving_ && api_.has_work())) return;
  worker_.waker().prepare();
  if ((serving_ && worker_.has_work()) || orders_.load(std::memory_order_acquire) != 0) {
    return worker_.waker().cancel();
  }
  io_.run_one_for(std::chrono::milliseconds(time.ms));
  worker_.waker().cancel();
}

// Copies the counters for metrics, which other threads read.
void Reactor::count() {
  const HttpStats& http = server_.stats();
  ApiStats& stats = api_.stats();
  stats.connections.set(http.open);
  stats.connections_accepted.set(http.accepted);
  stats.connections_refused.set(http.refused);
  stats.connections_evicted.set(http.evicted);
  stats.timeouts.set(http.timeouts);
  stats.bytes_in.set(http.bytes_in);
  stats.bytes_out.set(http.bytes_out);
  stats.unsent_bytes.set(http.unsent_bytes);
  stats.connections_shed.set(http.shed);
  stats.refused_unparsed.set(http.malformed_400 + http.timeout_408 + http.too_large_413 +
                             http.uri_too_long_414 + http.expectation_417 + http.headers_431 +
                             http.not_implemented_501 + http.version_505 + http.overloaded_503 -
                             std::min(http.overloaded_503, http.refused));  // counted already
}

bool Reactor::is_idle() const {
  return server_.open_connections() == 0 && api_.open_requests() == 0 &&
         (!serving_ || worker_.idle()) && (peers_ == nullptr || peers_->is_idle());
}

// A thread that waits for a reply of another thread stays busy until the reply arrives. So when no
// thread is busy, no work is in transit.
bool Reactor::all_are_drained() {
  const bool is_busy = !draining_ || !is_idle();
  if (is_busy != counts_as_busy_) {
    counts_as_busy_ = is_busy;
    is_busy ? shared_.busy.fetch_add(1) : shared_.busy.fetch_sub(1);
  }
  return !is_busy && shared_.busy == 0;
}

}  // namespace frontrow
