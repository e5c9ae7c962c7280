import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import { anonymous, type Caller } from '@storefront/platform/identity/caller.ts';
import { createLog } from '@storefront/platform/log/log.ts';
import type { Redis } from '@storefront/platform/redis/redis.ts';
import { type MemoryGraph, startMemoryGraph } from '../../engine/testing/memory-graph.ts';
import { aRequest } from '../../engine/testing/test-graph.ts';
import { encodeResult } from '../../engine/result.ts';
import type { OperationRequest } from '../../engine/engine.ts';
import { createEntityCache, type EntityCache } from '../entity-cache.ts';
import { createSharedLayer, type SharedLayer } from '../shared-layer.ts';
import { fillShop, type ShopProduct, shopSubgraphs, watchClient } from './cached-shop.ts';

const log = createLog({ service: 'test', level: 'silent' });

/** One gateway of the world, and what it has heard. */
interface Member {
  graph: MemoryGraph;
  cache: EntityCache;
  shared: SharedLayer;
  isCurrent: boolean;
  /** The events that have not come yet: a product and its price. */
  inbox: { readonly id: string; readonly price: number }[];
  /** The price of each product that it must know of. */
  readonly knows: Map<string, number>;
  /** The reads under way; an equal one may join them. */
  readonly open: Set<Beginning>;
  readonly listeners: (() => void)[];
}

/** How things stood when a read began. */
interface Beginning {
  readonly atMs: number;
  readonly prices: ReadonlyMap<string, number>;
}

/** What a reader sees of one product. Prices only rise, so that a price tells how old it is. */
interface Seen {
  readonly id: string;
  readonly price: number;
  readonly mine?: string;
}

/** How something is read. */
export interface Reading {
  readonly at: number;
  readonly what: 'list' | 'one' | 'entities' | 'mine';
  readonly caller: string;
  readonly noCache: boolean;
  /** The subgraph has read, and its answer is held back until `release`. */
  readonly isSlow: boolean;
}

/** Two gateways over one Redis and one store, with a clock, events and faults that a test commands. */
export class CacheWorld {
  readonly #redis: Redis;
  readonly #store = { products: new Map<string, ShopProduct>() };
  readonly members: Member[] = [];
  readonly #held: PromiseWithResolvers<void>[] = [];
  readonly #open = new Set<Promise<void>>();
  readonly faults: string[] = [];
  #history: { atMs: number; id: string; price: number }[] = [];
  #prefix = '';
  #nowMs = 0;
  #holdsNext = false;
  failing = false;
  /** How often a subgraph was not asked. */
  hits = 0;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  async open(): Promise<void> {
    for (const _ of [0, 1]) {
      const index = this.members.length;
      const { watched, wrap } = watchClient();
      const listeners: (() => void)[] = [];
      watched.before = async ({ subgraph }) => {
        if (this.failing && subgraph === 'products') throw new CodedError('SUBGRAPH_UNAVAILABLE', 'away');
      };
      watched.after = async ({ subgraph }) => {
        if (!this.#holdsNext || subgraph !== 'products') return;
        this.#holdsNext = false;
        const gate = Promise.withResolvers<void>();
        this.#held.push(gate);
        await gate.promise;
      };
      const cache = {
        answer: (question: Parameters<EntityCache['answer']>[0]) => this.#at(index).cache.answer(question),
        purge: (tags: readonly string[]) => this.#at(index).cache.purge(tags),
        onPurge: (listener: () => void) => void listeners.push(listener),
        follow: () => undefined,
      };
      const graph = await startMemoryGraph(shopSubgraphs(this.#store), { wrap, cache });
      const none = { isCurrent: true, inbox: [], knows: new Map<string, number>(), open: new Set<Beginning>() };
      this.members.push({ graph, listeners, ...this.#newCache(index, listeners), ...none });
    }
  }

  /** A new beginning: nothing is kept, nothing is under way. */
  begin(): void {
    this.#prefix = `test:${randomUUID()}`;
    this.#nowMs = Date.parse('2026-01-01T00:00:00Z');
    this.#history = [];
    this.failing = false;
    fillShop(this.#store);
    for (const id of this.#store.products.keys()) this.#history.push({ atMs: 0, id, price: 10 });
    for (const [index, member] of this.members.entries()) {
      member.shared.close();
      Object.assign(member, this.#newCache(index, member.listeners), { isCurrent: true, inbox: [] });
      member.knows.clear();
    }
  }

  /** Starts to read; what comes is judged when it comes. */
  async read({ at, what, caller: name, noCache, isSlow }: Reading): Promise<void> {
    const member = this.#at(at);
    const caller: Caller = name === '' ? anonymous : { kind: 'user', userId: name, scopes: new Set() };
    const misses = member.cache.stats.misses;
    this.#holdsNext = isSlow;
    const beginning = { atMs: this.#nowMs, prices: this.#prices() };
    member.open.add(beginning);
    const judge = this.#judgeOf(member, { noCache, name, beginning });
    const answer = this.#ask(member, queries[what], { caller, noCache }).then((seen) => {
      if (member.cache.stats.misses === misses) this.hits += 1;
      for (const one of seen) judge(one);
    });
    this.#open.add(answer);
    void answer.finally(() => {
      this.#open.delete(answer);
      member.open.delete(beginning);
    });
    await this.settle();
    this.#holdsNext = false;
  }

  /** Something changes behind the gateways' backs; they will hear of it. */
  change(id: string): void {
    const product = this.#store.products.get(id);
    if (!product) return;
    product.price += 1;
    const { price } = product;
    this.#history.push({ atMs: this.#nowMs, id, price });
    for (const member of this.members) if (member.isCurrent) member.inbox.push({ id, price });
  }

  /** Somebody writes through a gateway, and reads it there from then on. */
  async write(at: number, id: string): Promise<void> {
    this.change(id);
    const price = this.#store.products.get(id)?.price ?? 0;
    await this.#ask(this.#at(at), `mutation { reprice(id: "${id}", price: ${price}) }`, { caller: anonymous });
    this.#at(at).knows.set(id, price);
  }

  async hear(at: number): Promise<void> {
    const member = this.#at(at);
    const event = member.inbox.shift();
    if (!event) return;
    await member.cache.purge([`product-${event.id}`, 'product-*']);
    member.knows.set(event.id, Math.max(event.price, member.knows.get(event.id) ?? 0));
  }

  /** Events cannot be heard any more: those on their way are lost. */
  deafen(at: number): void {
    Object.assign(this.#at(at), { isCurrent: false, inbox: [] });
  }

  async undeafen(at: number): Promise<void> {
    const member = this.#at(at);
    if (member.isCurrent) return;
    await member.cache.purgeAll();
    member.isCurrent = true;
    for (const [id, { price }] of this.#store.products) member.knows.set(id, price);
  }

  pass(seconds: number): void {
    this.#nowMs += seconds * 1_000;
  }

  /** Redis forgets: everything, or what was written of one kind. */
  async forget(kind: 'everything' | 'entry' | 'tag'): Promise<void> {
    const keys = await this.#redis.keys(`${this.#prefix}:${kind === 'everything' ? '' : `${kind}:`}*`);
    if (keys.length > 0) await this.#redis.del(keys);
  }

  async release(): Promise<void> {
    this.#held.shift()?.resolve();
    await this.settle();
  }

  /** Until everything that can go on has done so. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 4; turn += 1) {
      await this.#redis.ping();
      await nextTurn();
    }
  }

  /** Lets everything end. */
  async end(): Promise<void> {
    while (this.#open.size > 0 || this.#held.length > 0) await this.release();
    await this.settle();
  }

  async close(): Promise<void> {
    await Promise.all(this.members.map(({ graph }) => graph.close()));
  }

  #at(index: number): Member {
    const member = this.members[index];
    if (!member) throw new Error(`there is no gateway ${index}`);
    return member;
  }

  #newCache(index: number, listeners: readonly (() => void)[]): Pick<Member, 'cache' | 'shared'> {
    const shared = createSharedLayer({ redis: this.#redis, log }, { prefix: this.#prefix });
    const isCurrent = () => this.#at(index).isCurrent;
    const cache = createEntityCache({ shared, isCurrent, now: () => this.#nowMs });
    for (const listener of listeners) cache.onPurge(listener);
    return { shared, cache };
  }

  #prices(): ReadonlyMap<string, number> {
    return new Map([...this.#store.products].map(([id, { price }]) => [id, price]));
  }

  /**
   * What a reader who begins now may see: nothing older than what his gateway has heard of, and than its time allows. Where nothing may
   * be kept he may still have joined an equal read that is under way.
   */
  #judgeOf(
    { knows, isCurrent, open }: Member,
    { noCache, name, beginning }: { readonly noCache: boolean; readonly name: string; readonly beginning: Beginning },
  ) {
    const joinable = noCache ? [beginning] : [...open];
    const mustBeNew = noCache || !isCurrent;
    const oldestMs = Math.min(...joinable.map(({ atMs }) => atMs)) - (60 + 600) * 1_000;
    const least = new Map<string, number>();
    for (const { atMs, id, price } of this.#history) if (atMs <= oldestMs) least.set(id, price);
    for (const id of beginning.prices.keys()) {
      const heard = knows.get(id) ?? 0;
      const present = mustBeNew ? Math.min(...joinable.map(({ prices }) => prices.get(id) ?? 0)) : 0;
      least.set(id, Math.max(least.get(id) ?? 0, isCurrent ? heard : 0, present));
    }
    return ({ id, price, mine }: Seen): void => {
      const known = least.get(id) ?? 0;
      if (price < known) this.faults.push(`product ${id} is shown at ${price}, it was known to be ${known}`);
      if (mine !== undefined && mine !== `of ${name}`) this.faults.push(`${name} has seen what is ${mine}`);
    };
  }

  async #ask(member: Member, query: string, part: Partial<OperationRequest>): Promise<readonly Seen[]> {
    const result = await member.graph.engine.execute({ ...aRequest(query), ...part });
    const { data } = JSON.parse(String(encodeResult(result))) as { data: Record<string, unknown> | null };
    const found = Object.values(data ?? {}).flat();
    return found.filter((one) => typeof one === 'object' && one !== null) as readonly Seen[];
  }
}

const queries: Record<Reading['what'], string> = {
  list: '{ products { id price } }',
  one: '{ a: product(id: "1") { id price } b: product(id: "2") { id price } }',
  entities: '{ shelf(ids: ["3", "1"]) { id price } }',
  mine: '{ product(id: "1") { id price mine } }',
};
