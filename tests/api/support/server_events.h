// A client of a server-sent event stream on a connection of its own. One thread.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "tests/api/support/shop.h"

namespace frontrow::api {

struct ServerEvent {
  std::string name;
  std::string id;
  std::string data;
  Json json() const { return Json::parse(data); }
};

class ServerEvents {
 public:
  ServerEvents(HttpPlace place, std::string_view target, std::string_view token,
               std::string_view headers = {})
      : http_(std::move(place)) {
    EXPECT_TRUE(http_.connect());
    http_.send(
        fmt::format("GET {} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n"
                    "Accept: text/event-stream\r\n{}\r\n",
                    target, token, headers));
    EXPECT_TRUE(await([this] { return read_head(); }));
  }

  const std::string& head() const { return head_; }
  bool ended() const { return ended_; }
  // The newest `retry:` in milliseconds; 0 if none arrived.
  int retry_ms() const { return retry_ms_; }
  int comments() const { return comments_; }
  std::size_t received_bytes() const { return received_bytes_; }
  bool lose_network() { return http_.lose_network(); }

  // The next event; nullopt if none arrives in time or the stream ended.
  std::optional<ServerEvent> next_event(int timeout_ms) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
    while (true) {
      const std::size_t blank = text_.find("\n\n");
      if (blank != text_.npos) {
        const std::string block = text_.substr(0, blank + 1);
        text_.erase(0, blank + 2);
        if (auto event = take(block)) return event;
        continue;
      }
      if (ended_ || std::chrono::steady_clock::now() > end) return std::nullopt;
      receive();
      decode();
      ended_ = ended_ || (!http_.connected() && raw_.empty());
    }
  }

 private:
  void receive() {
    const std::string bytes = http_.receive_some(20);
    received_bytes_ += bytes.size();
    raw_ += bytes;
  }

  // The event of a block of lines; nullopt for comments.
  std::optional<ServerEvent> take(std::string_view block) {
    ServerEvent event;
    while (!block.empty()) {
      const std::string_view line = block.substr(0, block.find('\n'));
      block.remove_prefix(line.size() + 1);
      const std::size_t colon = line.find(": ");
      EXPECT_NE(colon, line.npos) << line;
      const std::string value(line.substr(colon + 2));
      const std::string_view field = line.substr(0, colon);
      if (field.empty()) ++comments_;
      if (field == "retry") retry_ms_ = std::stoi(value);
      if (field == "event") event.name = value;
      if (field == "id") event.id = value;
      if (field == "data") event.data = value;
    }
    return event.name.empty() ? std::nullopt : std::optional(event);
  }

  bool read_head() {
    receive();
    const std::size_t end = raw_.find("\r\n\r\n");
    if (end == raw_.npos) return false;
    head_ = raw_.substr(0, end);
    raw_.erase(0, end + 4);
    chunked_ = head_.find("chunked") != head_.npos;
    decode();
    return true;
  }

  void decode() {
    if (!chunked_) {
      text_ += std::exchange(raw_, {});
      return;
    }
    for (std::size_t line = raw_.find("\r\n"); line != raw_.npos; line = raw_.find("\r\n")) {
      const std::size_t size = std::stoul(raw_, nullptr, 16);
      if (raw_.size() < line + 2 + size + 2) return;
      ended_ = ended_ || size == 0;
      text_ += raw_.substr(line + 2, size);
      raw_.erase(0, line + 2 + size + 2);
    }
  }

  HttpClient http_;
  std::string raw_;
  std::string text_;
  std::string head_;
  std::size_t received_bytes_ = 0;
  int comments_ = 0;
  bool chunked_ = false;
  bool ended_ = false;
  int retry_ms_ = 0;
};

}  // namespace frontrow::api
