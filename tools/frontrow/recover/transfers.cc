#include "tools/frontrow/recover/transfers.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/uuid.h"
#include "engine/core/protocol/command.h"
#include "engine/core/state/refunds.h"
#include "engine/core/state/slot.h"

namespace frontrow::recover {
namespace {

// A wallet's records of one payment.
struct WalletSide {
  const Transfer* newest = nullptr;    // the concert's, of any payment
  const Transfer* transfer = nullptr;  // the same if it is of this payment
  const WalletPayment* listed = nullptr;

  WalletSide(const Wallet* wallet, PaymentId payment) {
    if (wallet == nullptr) return;
    newest = wallet->find_transfer(concert_of(payment));
    if (newest != nullptr && newest->payment == payment) transfer = newest;
    listed = wallet->find_payment(payment);
  }
  bool is(TransferState state) const { return transfer != nullptr && transfer->state == state; }
  bool is_listed(PaymentState state) const { return listed != nullptr && listed->state == state; }
  bool has_money_back() const {
    return is_listed(PaymentState::kRefunded) || (listed != nullptr && !listed->returned.empty());
  }
  // The payment took money, also if the money was returned later.
  bool was_taken() const { return listed != nullptr || is(TransferState::kPosted); }
  // True if a message about this payment would overwrite an older payment's reservation.
  bool would_replace_a_reservation() const {
    return transfer == nullptr && newest != nullptr && newest->state == TransferState::kReserved;
  }
};

std::string other_reservation(const WalletSide& wallet) {
  return fmt::format("money is still reserved for payment {}, which the outbox entry would replace",
                     wallet.newest->payment.value);
}

// The wallet keeps the date as it was at the payment; since then it may have been postponed.
bool is_same(const Purchase& of_wallet, Purchase of_concert) {
  of_concert.date = of_wallet.date;
  return of_wallet == of_concert;
}

std::string end_of_reserve(const WalletSide& wallet, const Purchase& purchase) {
  if (wallet.was_taken()) return "the money is taken, but the payment is not decided";
  if (wallet.would_replace_a_reservation()) return other_reservation(wallet);
  if (wallet.is(TransferState::kReserved) && !is_same(wallet.transfer->purchase, purchase))
    return "something else is reserved for it";
  return {};
}

std::string end_of_post(const WalletSide& wallet, const Purchase& purchase) {
  if (wallet.has_money_back()) return "sold, but the wallet has its money back";
  if (wallet.listed != nullptr) {
    return is_same(wallet.listed->purchase, purchase) ? ""
                                                      : "something else was paid for under its id";
  }
  if (!wallet.is(TransferState::kReserved)) return "sold, but no money is reserved for it";
  return is_same(wallet.transfer->purchase, purchase) ? "" : "something else is reserved for it";
}

std::string end_of_void(const WalletSide& wallet) {
  if (wallet.was_taken()) return "failed, but the money is taken";
  if (wallet.would_replace_a_reservation()) return other_reservation(wallet);
  return {};
}

// Whether the wallet has the money of these refunds of single seats, and no other.
bool is_returned(const WalletPayment& listed, const SeatList& seats, Money money) {
  SeatList returned = listed.returned;
  std::ranges::sort(returned);
  return returned == seats && listed.returned_total == money;
}

// The message names the seats and the money of all refunds by then. The wallet returns the
// difference to its own total, and nothing for a message that names no more seats than it has.
std::string end_of_refund(const WalletPayment& listed, const Payment& payment) {
  const SeatList seats = seats_returned(payment);
  if (seats.size() == payment.seats.size()) return {};
  if (listed.state == PaymentState::kRefunded)
    return "some seats are to be refunded, but the wallet has all of its money back";
  if (listed.returned.size() < seats.size()) {
    return listed.returned_total <= money_returned(payment)
               ? ""
               : "the wallet has more money back than was refunded";
  }
  return is_returned(listed, seats, money_returned(payment))
             ? ""
             : "the wallet has other money back than is to be refunded";
}

std::string end_of_return(const WalletSide& wallet, const Payment& payment,
                          const Purchase& purchase) {
  if (wallet.listed != nullptr) {
    if (!is_same(wallet.listed->purchase, purchase))
      return "something else was paid for under its id";
    return end_of_refund(*wallet.listed, payment);
  }
  if (!wallet.is(TransferState::kReserved)) return "to be refunded, but no money was taken for it";
  return is_same(wallet.transfer->purchase, purchase) ? "" : "something else is reserved for it";
}

// Of a sale at the box office: no money moved, but the payments of a buyer by name list it.
std::string end_of_sale(const Payment& payment, const OutboxEntry* entry,
                        const WalletSide& wallet) {
  if (entry != nullptr && (entry->kind != OutboxKind::kList || payment.user != entry->user))
    return "the outbox entry does not fit the payment's state";
  if (wallet.transfer != nullptr)
    return "sold at the box office, but money of a wallet was asked for";
  if (wallet.listed != nullptr)
    return wallet.listed->is_of_office() ? "" : "something else was paid for under its id";
  if (payment.user.is_nil() || entry != nullptr) return {};
  return "sold at the box office, but its user's payments do not list it";
}

std::string with_outbox_entry(const OutboxEntry& entry, const Concert& concert,
                              const Payment* payment, const WalletSide& wallet) {
  const auto fits = [&](PaymentState state) {
    return payment != nullptr && payment->state == state && payment->user == entry.user;
  };
  const std::string misfit = "the outbox entry does not fit the payment's state";
  switch (entry.kind) {
    case OutboxKind::kReserve:
      if (!fits(PaymentState::kStarted)) return misfit;
      return end_of_reserve(wallet, concert.purchase_of(*payment));
    case OutboxKind::kPost:
      if (!fits(PaymentState::kCompleted)) return misfit;
      return end_of_post(wallet, concert.purchase_of(*payment));
    case OutboxKind::kVoid:
      return payment != nullptr ? misfit : end_of_void(wallet);
    case OutboxKind::kReturn:
      if (!fits(PaymentState::kRefunding)) return misfit;
      return end_of_return(wallet, *payment, concert.purchase_of(*payment));
    case OutboxKind::kList:
      return misfit;  // of no payment at the box office
  }
  return "the outbox entry is of an unknown kind";
}

std::string without_outbox_entry(const Concert& concert, const Payment& payment,
                                 const WalletSide& wallet) {
  const bool was_sold =
      payment.state == PaymentState::kCompleted || payment.state == PaymentState::kRefunded;
  if (!was_sold) return "under way, but no message is owed to its wallet";
  if (wallet.listed == nullptr) return "settled, but its wallet does not list it";
  if (wallet.listed->is_of_office()) return "settled, but its wallet lists it as one of the office";
  if (!is_same(wallet.listed->purchase, concert.purchase_of(payment)))
    return "something else was paid for under its id";
  if (payment.state == PaymentState::kRefunded) {
    return wallet.listed->state == payment.state ? ""
                                                 : "refunded, but its wallet did not get the money";
  }
  if (is_returned(*wallet.listed, seats_refunded(payment), money_refunded(payment)) &&
      wallet.listed->state == payment.state)
    return {};
  return payment.refunds.empty() ? "sold, but the wallet has its money back"
                                 : "refunded in part, but its wallet has other money back";
}

const Wallet* wallet_of(SlotTable& slots, const UserId& user) {
  const Slot* slot = slots.find(slot_of_user(user));
  return slot == nullptr ? nullptr : slot->find_wallet(user);
}

const Concert* concert_in(SlotTable& slots, ConcertId concert) {
  const Slot* slot = slots.find(slot_of_concert(concert));
  return slot == nullptr ? nullptr : slot->find_concert(concert);
}

class Checker {
 public:
  explicit Checker(SlotTable& slots) : slots_(slots) {}

  TransferReport run() {
    for (std::uint16_t id = 0; id < kSlotCount; ++id) {
      const Slot* slot = slots_.find(SlotId{id});
      if (slot == nullptr) continue;
      for (const auto& concert : slot->concerts) check_concert(*concert);
      for (const auto& [user, wallet] : slot->wallets) check_wallet(wallet);
    }
    check_directory();
    return std::move(report_);
  }

 private:
  void add(PaymentId payment, const UserId& user, const std::string& what) {
    if (what.empty()) return;
    const ConcertId concert = concert_of(payment);
    report_.faults.push_back({concert, payment, user,
                              fmt::format("payment {} of user {} in concert {}: {}", payment.value,
                                          to_string(user), concert.value, what)});
  }

  void check_concert(const Concert& c) {
    for (const auto& [id, payment] : c.payments) {
      ++report_.payments;
      add(id, payment.user, why_no_end(c, id, wallet_of(slots_, payment.user)));
    }
    for (const auto& [id, entry] : c.outbox) {
      ++report_.under_way;
      if (c.find_payment(id) == nullptr)
        add(id, entry.user, why_no_end(c, id, wallet_of(slots_, entry.user)));
    }
  }

  void check_wallet(const Wallet& wallet) {
    for (const Transfer& t : wallet.transfers) {
      const Concert* c = concert_in(slots_, concert_of(t.payment));
      const auto* entry = entry_of(c, t.payment);
      if (t.state == TransferState::kReserved && (entry == nullptr || entry->user != wallet.user))
        add(t.payment, wallet.user, "money is reserved, but its concert owes no message about it");
      if (t.state == TransferState::kPosted && wallet.find_payment(t.payment) == nullptr)
        add(t.payment, wallet.user, "posted, but not listed among the wallet's payments");
      const bool ended_unpaid =
          t.state == TransferState::kRefused || t.state == TransferState::kVoided;
      if (ended_unpaid && wallet.find_payment(t.payment) != nullptr)
        add(t.payment, wallet.user, "listed among the wallet's payments, but never posted");
    }
    for (const WalletPayment& p : wallet.payments) {
      const Concert* c = concert_in(slots_, p.purchase.concert);
      const Payment* known = c == nullptr ? nullptr : c->find_payment(p.purchase.payment);
      if (known == nullptr || known->user != wallet.user)
        add(p.purchase.payment, wallet.user,
            "paid by the wallet, but its concert knows no such payment");
      else if (p.is_of_office() && !known->is_of_office())
        add(p.purchase.payment, wallet.user, "listed as one of the box office, which it is not");
    }
  }

  static const OutboxEntry* entry_of(const Concert* c, PaymentId payment) {
    if (c == nullptr) return nullptr;
    const auto found = c->outbox.find(payment);
    return found == c->outbox.end() ? nullptr : &found->second;
  }

  // An unconfirmed registration is resent until its concert exists.
  void check_directory() {
    const Slot* directory = slots_.find(slot_of_directory());
    const std::size_t known = directory == nullptr ? 0 : directory->registrations.size();
    for (std::size_t i = 0; i < known; ++i) {
      const Registration& r = directory->registrations[i];
      if (!r.confirmed || concert_in(slots_, r.concert) != nullptr) continue;
      report_.faults.push_back(
          {r.concert,
           {},
           {},
           fmt::format("concert {}: confirmed, but not there", r.concert.value)});
    }
    for (std::uint16_t id = 0; id < kSlotCount; ++id) {
      const Slot* slot = slots_.find(SlotId{id});
      if (slot == nullptr) continue;
      for (const auto& c : slot->concerts) {
        if (c->id.value >= 1 && c->id.value <= known) continue;
        report_.faults.push_back(
            {c->id, {}, {}, fmt::format("concert {}: not in the directory", c->id.value)});
      }
    }
  }

  SlotTable& slots_;
  TransferReport report_;
};

}  // namespace

std::string why_no_end(const Concert& concert, PaymentId id, const Wallet* wallet) {
  const Payment* payment = concert.find_payment(id);
  const WalletSide side(wallet, id);
  const auto entry = concert.outbox.find(id);
  const bool is_owed = entry != concert.outbox.end();
  if (payment != nullptr && payment->is_of_office())
    return end_of_sale(*payment, is_owed ? &entry->second : nullptr, side);
  if (is_owed) return with_outbox_entry(entry->second, concert, payment, side);
  if (payment == nullptr) return "unknown to its concert";
  return without_outbox_entry(concert, *payment, side);
}

TransferReport check_transfers(SlotTable& slots) { return Checker(slots).run(); }

}  // namespace frontrow::recover
