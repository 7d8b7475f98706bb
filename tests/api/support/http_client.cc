#include "tests/api/support/http_client.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <map>
#include <mutex>

#include "engine/base/text.h"

namespace frontrow::api {
namespace {

bool has_header(const Headers& headers, std::string_view name) {
  for (const Header& header : headers) {
    if (equal_ignoring_case(header.name, name)) return true;
  }
  return false;
}

std::mutex together_mutex;
std::map<std::uint16_t, std::vector<std::uint16_t>> together;

bool parse_head(std::string_view head, Response& response) {
  if (head.size() < 12 || !head.starts_with("HTTP/1.1 ")) return false;
  std::from_chars(head.data() + 9, head.data() + 12, response.status);
  for (std::size_t at = head.find("\r\n"); at != head.npos && at + 2 < head.size();) {
    at += 2;
    const std::size_t end = std::min(head.find("\r\n", at), head.size());
    const std::string_view line = head.substr(at, end - at);
    const std::size_t colon = line.find(": ");
    if (colon == line.npos) return false;
    response.headers.push_back(
        {std::string(line.substr(0, colon)), std::string(line.substr(colon + 2))});
    at = head.find("\r\n", at);
  }
  return response.status >= 100;
}

}  // namespace

std::string Response::header(std::string_view name) const {
  for (const Header& header : headers) {
    if (equal_ignoring_case(header.name, name)) return header.value;
  }
  return {};
}

std::string Response::slug() const {
  const Json problem = json();
  if (!problem.has("type")) return {};
  const std::string type = problem["type"].text();
  const std::string prefix = "/problems/";
  return type.starts_with(prefix) ? type.substr(prefix.size()) : type;
}

void HttpClient::serve_together(const std::vector<std::uint16_t>& ports) {
  const std::lock_guard lock(together_mutex);
  for (const std::uint16_t port : ports) together[port] = ports;
}

void HttpClient::serve_alone(std::uint16_t port) {
  const std::lock_guard lock(together_mutex);
  together.erase(port);
}

HttpClient::HttpClient(std::uint16_t port) {
  place_.port = port;
  const std::lock_guard lock(together_mutex);
  const auto found = together.find(port);
  if (found == together.end()) return;
  for (const std::uint16_t other : found->second) {
    if (other != port) others_.push_back({.port = other});
  }
}

HttpClient::~HttpClient() {
  close();
  for (const Connection& other : others_) {
    if (other.socket >= 0) ::close(other.socket);
  }
}

void HttpClient::turn_to_next() {
  if (others_.empty()) return;
  others_.push_back({place_.port, socket_, std::move(input_)});
  place_.port = others_.front().port;
  socket_ = others_.front().socket;
  input_ = std::move(others_.front().input);
  others_.erase(others_.begin());
}

bool HttpClient::connect() {
  close();
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(place_.port);
  inet_pton(AF_INET, place_.host.c_str(), &address.sin_addr);
  if (!place_.from.empty()) {
    sockaddr_in own{};
    own.sin_family = AF_INET;
    inet_pton(AF_INET, place_.from.c_str(), &own.sin_addr);
    if (::bind(socket_, reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0)
      return close(), false;
  }
  // Bounds the time to connect too.
  const timeval bound{place_.connect_timeout_ms / 1000, place_.connect_timeout_ms % 1000 * 1000};
  setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &bound, sizeof bound);
  const int on = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (place_.receive_buffer != 0)
    setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &place_.receive_buffer, sizeof(int));
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) close();
  return connected();
}

void HttpClient::close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
  input_.clear();
}

void HttpClient::close_sending_half() { ::shutdown(socket_, SHUT_WR); }

bool HttpClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool HttpClient::fill(int timeout_ms) {
  pollfd ready{socket_, POLLIN, 0};
  if (socket_ < 0 || ::poll(&ready, 1, timeout_ms) != 1) return false;
  char bytes[65536];
  const ssize_t got = ::recv(socket_, bytes, sizeof bytes, 0);
  if (got <= 0) {
    ::close(socket_);
    socket_ = -1;
    return false;
  }
  input_.append(bytes, static_cast<std::size_t>(got));
  return true;
}

bool HttpClient::read_chunks(std::string& body) {
  while (true) {
    std::size_t line_end = 0;
    while ((line_end = input_.find("\r\n")) == input_.npos) {
      if (!fill(place_.answer_timeout_ms)) return false;
    }
    std::size_t size = 0;
    std::from_chars(input_.data(), input_.data() + line_end, size, 16);
    while (input_.size() < line_end + 2 + size + 2) {
      if (!fill(place_.answer_timeout_ms)) return false;
    }
    body += input_.substr(line_end + 2, size);
    input_.erase(0, line_end + 2 + size + 2);
    if (size == 0) return true;
  }
}

Response HttpClient::receive(bool head_only) {
  Response response;
  std::size_t head_end = 0;
  while ((head_end = input_.find("\r\n\r\n")) == input_.npos) {
    if (!fill(place_.answer_timeout_ms)) return {};
  }
  if (!parse_head(std::string_view(input_).substr(0, head_end), response)) return {};
  input_.erase(0, head_end + 4);
  if (response.status < 200) return receive(head_only);
  if (response.header("transfer-encoding") == "chunked" && !head_only) {
    if (!read_chunks(response.body)) return {};
  } else if (!head_only && response.status != 204 && response.status != 304) {
    const std::string length = response.header("content-length");
    std::size_t size = 0;
    std::from_chars(length.data(), length.data() + length.size(), size);
    while (input_.size() < size) {
      if (!fill(place_.answer_timeout_ms)) return {};
    }
    response.body = input_.substr(0, size);
    input_.erase(0, size);
  }
  if (equal_ignoring_case(response.header("connection"), "close")) close();
  return response;
}

Response HttpClient::request(std::string_view method, std::string_view target,
                             const Headers& headers, std::string_view body) {
  std::string bytes =
      std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: box-office\r\n";
  for (const Header& header : headers) bytes += header.name + ": " + header.value + "\r\n";
  const bool sends_body = !body.empty() || method == "POST" || method == "PATCH";
  if (sends_body && !has_header(headers, "Content-Type"))
    bytes += "Content-Type: application/json\r\n";
  if (sends_body) bytes += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  bytes += "\r\n";
  bytes += body;
  turn_to_next();
  if (!connected() && !connect()) return {};
  if (!send(bytes)) {
    close();
    return {};
  }
  const Response response = receive(method == "HEAD");
  if (response.status == 0) close();
  return response;
}

std::string HttpClient::receive_some(int timeout_ms) {
  if (input_.empty()) fill(timeout_ms);
  return std::exchange(input_, {});
}

bool HttpClient::lose_network() {
  sock_filter drop[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
  const sock_fprog program{1, drop};
  return ::setsockopt(socket_, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0;
}

bool HttpClient::closed_by_server(int timeout_ms) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  while (connected() && std::chrono::steady_clock::now() < end) fill(50);
  return !connected();
}

}  // namespace frontrow::api
