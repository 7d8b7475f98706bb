// Replies of the engine as JSON bodies. Each appends one document to `out`.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "engine/core/protocol/reply.h"

namespace frontrow {

struct PassSettings;

std::string_view text_of(TokenState state);
std::string_view text_of(Phase phase);
std::string_view text_of(HoldState state);
std::string_view text_of(PaymentState state);
std::string_view text_of(Shuffle shuffle);
std::string_view text_of(SectionKind kind);

// `token` is added when not empty; is_cached: the client is told to follow the line in a cache
// while it waits.
void render(std::string& out, const QueueEntry& entry, std::string_view token = {},
            bool is_cached = false);
void render(std::string& out, const HoldView& hold);
void render(std::string& out, const HoldsView& holds);
// With the codes of its tickets, unless `passes` is null.
void render(std::string& out, const PaymentView& payment, const PassSettings* passes);
void render(std::string& out, const PassView& pass, const PassSettings& passes);
void render(std::string& out, const RefundView& refund);
void render(std::string& out, const BalanceView& balance, Currency currency);
void render(std::string& out, const ChargeView& charge, Currency currency);
void render(std::string& out, const AdjustmentView& adjustment, Currency currency);
void render(std::string& out, const DatesView& dates);
void render(std::string& out, const SeatsSnapshot& seats);
void render_public(std::string& out, const ConcertView& concert);

// The last two documents in parts. Seats, whose sections must be contiguous: the front, then one
// piece for each kPieceSeats seats.
inline constexpr std::size_t kPieceSeats = 1024;  // a multiple of 64
void render_front(std::string& out, const SeatsSnapshot& seats);
void render_piece(std::string& out, const SeatsSnapshot& seats, std::size_t piece);
// True when the section that continues in this piece has a free seat in an earlier piece. Decides
// whether the piece's first seat needs a comma before it.
bool has_free_before(const SeatsSnapshot& seats, std::size_t piece);
// A concert: the front, the dates with commas between them, "]}".
void render_public_front(std::string& out, const ConcertView& concert);
void render_public_date(std::string& out, const ConcertDateView& date);

void append_act_position(std::string& out, const ActPosition& position);
// Acts in order; `more`: there are further ones behind the last.
void render_audit(std::string& out, std::span<const ActView> acts, bool more);

void render_admin(std::string& out, const ConcertView& concert);
void render_payments(std::string& out, const UserId& user, std::span<const PaymentView> payments,
                     bool more);
// The ticket of the seat that was asked for, as the gate sees it.
void render_ticket(std::string& out, const TicketsView& tickets);
// A user's tickets that are not void, of these payments.
void render_tickets(std::string& out, const UserId& user, std::span<const TicketsView> payments,
                    bool more, const PassSettings& passes);

}  // namespace frontrow
