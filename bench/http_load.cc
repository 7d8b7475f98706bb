#include "bench/http_load.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <ctime>
#include <system_error>
#include <utility>

namespace frontrow::bench {
namespace {

constexpr std::size_t kScratchBytes = 256 * 1024;
constexpr int kEventsMax = 1024;
constexpr int kWaitMs = 100;
// A server that sends no response for this long has failed.
constexpr std::int64_t kSilenceMaxNs = 20'000'000'000;
constexpr std::string_view kLengthField = "ontent-Length: ";

std::int64_t read_clock(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// Each connection is an open file, and the usual limit is 1,024. Where even the hard limit is too
// low, connect() reports the connection that did not fit.
void raise_open_files_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

bool has_body(int status) { return status >= 200 && status != 204 && status != 304; }

struct Answer {
  int status = 0;
  std::string_view body;
  std::size_t size = 0;  // 0: not whole yet
  const char* fault = nullptr;
};

Answer parse_answer(std::string_view input) {
  const std::size_t head_end = input.find("\r\n\r\n");
  if (head_end == std::string_view::npos) return {};
  const std::string_view head = input.substr(0, head_end);
  Answer answer;
  if (head.size() < 12 || !head.starts_with("HTTP/1."))
    return {.fault = "an answer that is not HTTP/1.x"};
  std::from_chars(head.data() + 9, head.data() + 12, answer.status);
  std::size_t length = 0;
  if (has_body(answer.status)) {
    const auto* field = static_cast<const char*>(
        memmem(head.data(), head.size(), kLengthField.data(), kLengthField.size()));
    if (field == nullptr) return {.fault = "an answer without Content-Length"};
    std::from_chars(field + kLengthField.size(), head.data() + head.size(), length);
  }
  const std::size_t size = head_end + 4 + length;
  if (input.size() < size) return {};
  answer.body = input.substr(head_end + 4, length);
  answer.size = size;
  return answer;
}

}  // namespace

std::int64_t monotonic_ns() { return read_clock(CLOCK_MONOTONIC); }

HttpLoad::HttpLoad(std::vector<HttpTarget> targets, std::uint32_t connections,
                   std::uint32_t pipeline)
    : targets_(std::move(targets)),
      pipeline_(pipeline),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      connections_(connections),
      scratch_(kScratchBytes) {}

HttpLoad::~HttpLoad() {
  for (const Connection& c : connections_) {
    if (c.fd >= 0) close(c.fd);
  }
  if (epoll_ >= 0) close(epoll_);
}

std::string HttpLoad::connect() {
  raise_open_files_limit();
  for (std::uint32_t i = 0; i < connections_.size(); ++i) {
    const auto& [address, port] = targets_[i % targets_.size()];
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    if (inet_pton(AF_INET, address.c_str(), &to.sin_addr) != 1)
      return address + " is not an IPv4 address";
    Connection& c = connections_[i];
    c.sent_at.resize(pipeline_);
    c.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    // Blocks until the connection is established: a full backlog must not look like a refusal.
    if (c.fd < 0 || ::connect(c.fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 ||
        setsockopt(c.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) {
      return "connection " + std::to_string(i + 1) + " to " + address + ":" + std::to_string(port) +
             ": " + std::generic_category().message(errno);
    }
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u32 = i;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, c.fd, &event) != 0)
      return std::string("epoll_ctl: ") + std::generic_category().message(errno);
  }
  return {};
}

bool HttpLoad::may_send(std::int64_t now) const {
  return result_->failure.empty() && requests_left_ > 0 && now < ends_at_ &&
         (ended_ == nullptr || !ended_->load());
}

void HttpLoad::fail(std::string why) {
  if (result_->failure.empty()) result_->failure = std::move(why);
}

LoadResult HttpLoad::run(LoadScript& script, const LoadBounds& bounds) {
  LoadResult result;
  script_ = &script;
  result_ = &result;
  requests_left_ = bounds.requests;
  ended_ = bounds.ended;
  const std::int64_t begin = monotonic_ns();
  const std::int64_t cpu_begin = read_clock(CLOCK_PROCESS_CPUTIME_ID);
  ends_at_ = bounds.seconds < 1e9 ? begin + static_cast<std::int64_t>(bounds.seconds * 1e9)
                                  : std::numeric_limits<std::int64_t>::max();
  interval_ns_ = bounds.per_second > 0 ? 1e9 / bounds.per_second : 0;
  due_at_ = static_cast<double>(begin);
  with_room_.clear();
  for (Connection& c : connections_) c.listed = false;
  for (std::uint32_t i = 0; i < connections_.size(); ++i) fill(i, monotonic_ns());

  std::array<epoll_event, kEventsMax> events{};
  std::int64_t last = begin;
  while (result.failure.empty() &&
         (in_flight_ > 0 || (interval_ns_ > 0 && may_send(monotonic_ns())))) {
    if (interval_ns_ > 0) send_due();
    const int count = wait(events);
    if (count < 0 && errno != EINTR)
      fail(std::string("epoll_wait: ") + std::generic_category().message(errno));
    for (int i = 0; i < count && result.failure.empty(); ++i) {
      const std::uint32_t index = events[static_cast<std::size_t>(i)].data.u32;
      if ((events[static_cast<std::size_t>(i)].events & EPOLLOUT) != 0) send_out(index);
      if ((events[static_cast<std::size_t>(i)].events & ~std::uint32_t{EPOLLOUT}) != 0)
        read_from(index);
    }
    if (count > 0) last = monotonic_ns();
    if (monotonic_ns() - last > kSilenceMaxNs) fail("the server has answered nothing for 20 s");
  }
  result.seconds = static_cast<double>(last - begin) / 1e9;
  result.client_cpu_s = static_cast<double>(read_clock(CLOCK_PROCESS_CPUTIME_ID) - cpu_begin) / 1e9;
  return result;
}

// Waits for an event, or until the next request is due and can be sent.
int HttpLoad::wait(std::span<epoll_event> events) const {
  timespec left{0, kWaitMs * 1'000'000};
  if (interval_ns_ > 0 && !with_room_.empty()) {
    left.tv_nsec = std::clamp<std::int64_t>(static_cast<std::int64_t>(due_at_) - monotonic_ns(), 0,
                                            left.tv_nsec);
  }
  return epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &left, nullptr);
}

// Fills the connection up to its number of requests in flight; in an open loop, lists it as free.
void HttpLoad::fill(std::uint32_t index, std::int64_t now) {
  Connection& c = connections_[index];
  if (interval_ns_ > 0) {
    if (c.in_flight < pipeline_ && !c.listed) with_room_.push_back(index);
    c.listed = c.in_flight < pipeline_;
    return;
  }
  while (c.in_flight < pipeline_ && may_send(now) && ask(index, now)) {
  }
  if (!c.out.empty() && !c.awaits_room) send_out(index);
}

// Sends every due request, each on the connection that has had room for longest.
void HttpLoad::send_due() {
  const std::int64_t now = monotonic_ns();
  while (due_at_ <= static_cast<double>(now) && !with_room_.empty() && may_send(now)) {
    const std::uint32_t index = with_room_.front();
    Connection& c = connections_[index];
    with_room_.pop_front();
    c.listed = false;
    if (!ask(index, static_cast<std::int64_t>(due_at_))) {
      requests_left_ = 0;  // the script has no more requests
      return;
    }
    due_at_ += interval_ns_;
    if (!c.awaits_room) send_out(index);
    fill(index, now);
  }
}

bool HttpLoad::ask(std::uint32_t index, std::int64_t since) {
  Connection& c = connections_[index];
  if (!script_->next(index, c.out)) return false;
  c.sent_at[(c.oldest + c.in_flight) % pipeline_] = since;
  ++c.in_flight;
  ++in_flight_;
  --requests_left_;
  return true;
}

void HttpLoad::send_out(std::uint32_t index) {
  Connection& c = connections_[index];
  const ssize_t sent =
      send(c.fd, c.out.data() + c.sent, c.out.size() - c.sent, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0 && errno != EAGAIN && errno != EINTR)
    return fail(std::string("send: ") + std::generic_category().message(errno));
  if (sent > 0) c.sent += static_cast<std::size_t>(sent);
  const bool awaits_room = c.sent < c.out.size();
  if (!awaits_room) {
    c.out.clear();
    c.sent = 0;
  }
  if (awaits_room == c.awaits_room) return;
  c.awaits_room = awaits_room;
  epoll_event event{};
  event.events = EPOLLIN | (awaits_room ? EPOLLOUT : 0U);
  event.data.u32 = index;
  epoll_ctl(epoll_, EPOLL_CTL_MOD, c.fd, &event);
}

void HttpLoad::read_from(std::uint32_t index) {
  Connection& c = connections_[index];
  const ssize_t got = recv(c.fd, scratch_.data(), scratch_.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got < 0) return fail(std::string("recv: ") + std::generic_category().message(errno));
  if (got == 0) return fail("the server closed a connection");
  const std::int64_t now = monotonic_ns();
  const std::string_view bytes(scratch_.data(), static_cast<std::size_t>(got));
  if (c.in.empty()) {
    c.in.assign(bytes.substr(take_answers(index, bytes, now)));
  } else {
    c.in.append(bytes);
    c.in.erase(0, take_answers(index, c.in, now));
  }
  fill(index, now);
}

std::size_t HttpLoad::take_answers(std::uint32_t index, std::string_view input, std::int64_t now) {
  Connection& c = connections_[index];
  std::size_t used = 0;
  while (used < input.size()) {
    const Answer answer = parse_answer(input.substr(used));
    if (answer.fault != nullptr) fail(answer.fault);
    if (answer.size == 0) break;
    if (c.in_flight == 0) {
      fail("a response without a request");
      break;
    }
    used += answer.size;
    result_->latency.add(now - c.sent_at[c.oldest]);
    c.oldest = (c.oldest + 1) % pipeline_;
    --c.in_flight;
    --in_flight_;
    ++result_->answers;
    ++result_->statuses[answer.status];
    if (!script_->answered(index, answer.status, answer.body)) {
      fail("an answer that the scenario does not take: " + std::to_string(answer.status) + " " +
           std::string(answer.body.substr(0, 400)));
      break;
    }
  }
  return used;
}

}  // namespace frontrow::bench
