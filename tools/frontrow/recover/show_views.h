// The sheets of `frontrow recover show`, one for each kind of entity, read from the state.
//
// One thread.
#pragma once

#include <optional>

#include "engine/base/result.h"
#include "engine/runtime/recovery/slot_table.h"
#include "storage/local/stopped_log.h"
#include "tools/frontrow/recover/interest.h"
#include "tools/frontrow/recover/sheet.h"
#include "tools/frontrow/recover/show_request.h"

namespace frontrow::recover {

// Output of a view: the sheet, and the selection of the events. Errors name the missing entity.
struct ShowTarget {
  SlotTable& slots;
  Sheet& sheet;
  Interest& interest;
};

Status show_overview(const ShowTarget& target, StoppedLog& log);
Status show_concert(const ShowTarget& target, ConcertId concert);
Status show_user(const ShowTarget& target, const UserId& user);
Status show_payment(const ShowTarget& target, PaymentId payment);
Status show_hold(const ShowTarget& target, HoldId hold);
Status show_seat(const ShowTarget& target, const AskSeat& seat);
Status show_slot(const ShowTarget& target, SlotId slot);

// The slot of the payment's wallet, if the state has the payment.
std::optional<SlotId> wallet_slot_of(SlotTable& slots, PaymentId payment);

}  // namespace frontrow::recover
