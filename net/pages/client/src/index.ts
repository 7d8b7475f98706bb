// @frontrow/client: join, wait, hold, pay, tickets. See README.md.
export { FrontrowClient, type ClientOptions } from "./client.js";
export { newUuid, type KeyValueStore } from "./keeper.js";
export { Problem, type ProblemBody } from "./problem.js";
export { SeatFeed, type SeatFeedState } from "./seat_feed.js";
export { TicketBook, type KeptTicket } from "./ticket_book.js";
export { isLive, Visit, type VisitState } from "./visit.js";
export type * from "./types.js";
