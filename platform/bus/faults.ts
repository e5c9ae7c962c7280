/** The broker did not confirm in time, or not at all. What became of the event is unknown, so send it again. */
export class BusUnavailable extends Error {
  override readonly name = 'BusUnavailable';
}

/** No queue is bound for this event: it went nowhere. Send it again when a consumer has declared its queue. */
export class UnroutableEvent extends Error {
  override readonly name = 'UnroutableEvent';
}

/** Thrown by a handler for what no retry will change: the event goes straight to the dead letters. */
export class PermanentFault extends Error {
  override readonly name = 'PermanentFault';
}
