#include "tools/frontrow/common/http_once.h"

#include <fmt/format.h>

#include <array>
#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/write.hpp>
#include <chrono>
#include <functional>

#include "tools/frontrow/common/http_answer.h"

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

}  // namespace

Result<OnceAnswer> ask_once(const OnceRequest& request) {
  const std::string_view host_port = std::string_view(request.base_url).substr(kScheme.size());
  const std::size_t colon = host_port.rfind(':');
  std::string host(host_port.substr(0, colon));
  if (host.front() == '[') host = host.substr(1, host.size() - 2);
  const auto port = static_cast<std::uint16_t>(std::stoi(std::string(host_port.substr(colon + 1))));
  asio::error_code error;
  const auto address = asio::ip::make_address(host, error);
  if (error) return Error{error.message()};
  return send_once({address, port}, text_of(request), request.patience);
}

Result<OnceAnswer> send_once(const asio::ip::tcp::endpoint& to, const std::string& request,
                             Duration patience) {
  using State = AnswerParser::State;
  asio::io_context io;
  asio::ip::tcp::socket socket(io);
  AnswerParser parser;
  State state = State::kPartial;
  std::array<char, 16 * 1024> bytes;
  asio::error_code error;
  bool is_done = false;
  const auto end = [&](const asio::error_code& e) {
    error = e;
    is_done = true;
  };
  const std::function<void()> read = [&] {
    socket.async_read_some(asio::buffer(bytes), [&](const asio::error_code& e, std::size_t size) {
      if (e && e != asio::error::eof) return end(e);
      state = e ? parser.finish() : parser.feed({bytes.data(), size});
      if (e || state != State::kPartial) return end({});
      read();
    });
  };
  // Asynchronous calls, because a socket's own time limits do not end Asio's blocking calls.
  socket.async_connect(to, [&](const asio::error_code& e) {
    if (e) return end(e);
    asio::async_write(socket, asio::buffer(request), [&](const asio::error_code& w, std::size_t) {
      if (w) return end(w);
      read();
    });
  });
  io.run_for(std::chrono::milliseconds(patience.ms));
  if (!is_done) return Error{fmt::format("no response within {} ms", patience.ms)};
  if (error) return Error{error.message()};
  if (state != State::kWhole) return Error{"no whole answer came"};
  return OnceAnswer{parser.answer().status, std::string(parser.answer().body)};
}

}  // namespace frontrow
