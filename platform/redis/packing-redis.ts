import { Redis } from 'ioredis';

/** A connection whose commands of one turn of the event loop leave in one write: each write by itself is a call of the system. */
export class PackingRedis extends Redis {
  #isPacking = false;

  override sendCommand(...given: Parameters<Redis['sendCommand']>): unknown {
    this.#pack();
    return super.sendCommand(...given);
  }

  #pack(): void {
    const stream = this.stream as Redis['stream'] | undefined; // none before it connects
    if (this.#isPacking || !stream?.writable) return;
    this.#isPacking = true;
    stream.cork();
    setImmediate(() => {
      this.#isPacking = false;
      stream.uncork();
    });
  }
}
