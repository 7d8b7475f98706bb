#include "tools/frontrow/common/http_once.h"

#include <fmt/format.h>

#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>
#include <charconv>
#include <chrono>

namespace frontrow {
namespace {

constexpr std::string_view kScheme = "http://";

std::string text_of(const OnceRequest& request) {
  std::string text =
      fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", request.method,
                  request.path, request.base_url.substr(kScheme.size()));
  if (!request.bearer.empty()) text += fmt::format("Authorization: Bearer {}\r\n", request.bearer);
  if (!request.json.empty()) {
    text += fmt::format("Content-Type: application/json\r\nContent-Length: {}\r\n",
                        request.json.size());
  }
  return text + "\r\n" + request.json;
}

Result<OnceAnswer> parse_answer(const std::string& text) {
  constexpr std::string_view kVersion = "HTTP/1.1 ";
  const std::size_t head_end = text.find("\r\n\r\n");
  OnceAnswer answer;
  if (head_end == text.npos || !text.starts_with(kVersion)) return Error{"no whole answer came"};
  std::from_chars(text.data() + kVersion.size(), text.data() + head_end, answer.status);
  answer.body = text.substr(head_end + 4);
  return answer;
}

}  // namespace

Result<OnceAnswer> ask_once(const OnceRequest& request) {
  const std::string_view host_port = std::string_view(request.base_url).substr(kScheme.size());
  const std::size_t colon = host_port.rfind(':');
  std::string host(host_port.substr(0, colon));
  if (host.front() == '[') host = host.substr(1, host.size() - 2);
  const auto port = static_cast<std::uint16_t>(std::stoi(std::string(host_port.substr(colon + 1))));
  asio::io_context io;
  asio::ip::tcp::socket socket(io);
  asio::error_code error;
  const auto address = asio::ip::make_address(host, error);
  if (!error) socket.open(address.is_v4() ? asio::ip::tcp::v4() : asio::ip::tcp::v6(), error);
  if (error) return Error{error.message()};
  // Asynchronous calls, because a socket's own time limits do not end Asio's blocking calls.
  const std::string text = text_of(request);
  std::string answer;
  bool is_done = false;
  const auto end = [&](const asio::error_code& e) {
    error = e;
    is_done = true;
  };
  socket.async_connect({address, port}, [&](const asio::error_code& e) {
    if (e) return end(e);
    asio::async_write(socket, asio::buffer(text), [&](const asio::error_code& w, std::size_t) {
      if (w) return end(w);
      asio::async_read(socket, asio::dynamic_buffer(answer),
                       [&](const asio::error_code& r, std::size_t) { end(r); });
    });
  });
  io.run_for(std::chrono::milliseconds(request.patience.ms));
  if (!is_done) return Error{fmt::format("no response within {} ms", request.patience.ms)};
  if (error && error != asio::error::eof) return Error{error.message()};
  return parse_answer(answer);
}

}  // namespace frontrow
