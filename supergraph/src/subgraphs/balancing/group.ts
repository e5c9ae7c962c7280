import type { Instance } from '@storefront/platform/discovery/discovery.ts';
import { hostOf } from '../pools.ts';
import { RecentCount } from './recent-count.ts';
import { RetryBudget, type RetryBudgetOptions } from './retry-budget.ts';
import { type BreakerOptions, type Phase, pickBetter, Target } from './target.ts';

/** What a group needs to know of what is around it. */
export interface GroupOptions extends BreakerOptions {
  readonly retries?: RetryBudgetOptions;
  readonly random: () => number;
  /** Called after each change of a target's phase. */
  readonly onPhase: (target: Target, before: Phase) => void;
  /** Resolves to whether an instance answers at all. Must not reject. */
  readonly isAlive: (instance: Instance) => Promise<boolean>;
}

/**
 * The instances of one subgraph. Whoever takes one gives it back with exactly one of `succeeded`, `failed` and `released`.
 *
 * Setting aside: a target that is bad (see `Target.isBad`) is opened when no more than half of the group are then set aside. Beyond
 * that only all at once, when nobody has given anything usable for `quietMs` and each of the others has failed often enough: then
 * requests fail at once instead of waiting, and each target is probed every `urgentProbeMs`.
 * While instances of several versions run, those are asked that announce the SDL of the graph that serves (`prefer`): another one may not know
 * what the graph asks for. When none of them takes requests the others are asked all the same.
 * Coming back: open -> (answers a probe) half-open -> (a request succeeds) closed, as a newcomer; a failure opens it again, for longer.
 */
export class Group {
  readonly retries: RetryBudget;
  /** What happened since the start: second attempts by why, and targets that were set aside. */
  readonly figures = { retries: 0, hedges: 0, ejections: 0 };
  readonly #options: GroupOptions;
  #targets: readonly Target[] = [];
  #closed: readonly Target[] = [];
  #preferred: readonly Target[] = [];
  #sdlHash: string | null = null;
  #succeededAtMs = 0;
  readonly #calls = new RecentCount();
  readonly #faults = new RecentCount();

  constructor(options: GroupOptions) {
    this.#options = options;
    this.retries = new RetryBudget(options.retries);
  }

  /** How many requests of the last ten seconds ended, and how many of them badly. Those that were refused since all are set aside count as such. */
  recent(nowMs: number): { readonly calls: number; readonly faults: number } {
    return { calls: this.#calls.total(nowMs), faults: this.#faults.total(nowMs) };
  }

  get targets(): readonly Target[] {
    return this.#targets;
  }

  /** From now on those are asked that announce this SDL, while there are any that take requests. */
  prefer(sdlHash: string): void {
    this.#sdlHash = sdlHash;
    this.#sort();
  }

  /** Takes over what is there now; whoever is new among others starts slowly. */
  update(instances: readonly Instance[], nowMs: number): void {
    const known = new Map(this.#targets.map((target) => [hostOf(target.instance), target]));
    const isFirst = known.size === 0;
    this.#targets = instances.map((instance) => {
      const before = known.get(hostOf(instance));
      if (!before) {
        const target = new Target(instance);
        if (!isFirst) target.warmAtMs = nowMs + this.#options.slowStartMs;
        return target;
      }
      known.delete(hostOf(instance));
      before.instance = instance;
      return before;
    });
    for (const gone of known.values()) clearTimeout(gone.probe);
    this.#sort();
  }

  /**
   * The better of two that are drawn by lot (power of two choices), or one that is on trial; null when all are set aside.
   * `other` is not taken, nor whoever `suits` refuses. Mutations are no trials while somebody else takes them.
   * Source: Mitzenmacher, The Power of Two Choices in Randomized Load Balancing
   */
  take(nowMs: number, isMutation: boolean, other?: Target, suits?: (instance: Instance) => boolean): Target | null {
    const isAllClosed = this.#closed.length === this.#targets.length;
    const onTrial = isAllClosed || (isMutation && this.#closed.length > 0) ? undefined : this.#trial(other, suits);
    const taken = onTrial ?? this.#draw(nowMs, other, suits);
    if (!taken) {
      this.#calls.add(nowMs);
      this.#faults.add(nowMs);
      return null;
    }
    if (onTrial) taken.isOnTrial = true;
    taken.inFlight += 1;
    return taken;
  }

  succeeded(target: Target, nowMs: number, tookMs: number): void {
    target.inFlight -= 1;
    this.#succeededAtMs = nowMs;
    this.#calls.add(nowMs);
    if (target.phase === 'open') return;
    target.succeeded(nowMs, tookMs);
    if (target.phase === 'half-open' && target.isOnTrial) this.#close(target, nowMs);
  }

  /** `isOutage`: nothing in the answer was of use, if there was one. */
  failed(target: Target, nowMs: number, tookMs: number, isOutage: boolean): void {
    target.inFlight -= 1;
    this.#calls.add(nowMs);
    this.#faults.add(nowMs);
    if (target.phase === 'open') return;
    target.failed(nowMs, tookMs, isOutage);
    if (target.phase === 'half-open') {
      if (target.isOnTrial) this.#open(target, nowMs);
    } else if (target.isBad(nowMs, this.#options)) this.#judge(target, nowMs);
  }

  /** Nothing was learned of the target: whoever asked has gone. */
  released(target: Target): void {
    target.inFlight -= 1;
    target.isOnTrial = false;
  }

  close(): void {
    for (const { probe } of this.#targets) clearTimeout(probe);
    this.#targets = [];
    this.#sort();
  }

  #trial(other: Target | undefined, suits: ((instance: Instance) => boolean) | undefined): Target | undefined {
    const isOfAnother = (target: Target) => this.#preferred !== this.#closed && !this.#isPreferred(target);
    return this.#targets.find(
      (target) =>
        target.phase === 'half-open' &&
        !target.isOnTrial &&
        target !== other &&
        !isOfAnother(target) &&
        (!suits || suits(target.instance)),
    );
  }

  #draw(nowMs: number, other?: Target, suits?: (instance: Instance) => boolean): Target | undefined {
    if (!other && !suits) return this.#drawAmong(this.#preferred, nowMs);
    const isMeant = (target: Target) => target !== other && (!suits || suits(target.instance));
    const meant = this.#preferred.filter(isMeant);
    return this.#drawAmong(meant.length > 0 ? meant : this.#closed.filter(isMeant), nowMs);
  }

  #drawAmong(among: readonly Target[], nowMs: number): Target | undefined {
    const count = among.length;
    if (count < 2) return among[0];
    const { random, slowStartMs } = this.#options;
    const first = Math.floor(random() * count);
    const second = (first + 1 + Math.floor(random() * (count - 1))) % count;
    const [a, b] = [among[first], among[second]];
    if (!a || !b) return a;
    const better = pickBetter(a, b, nowMs);
    if (better.warmAtMs > nowMs && random() > better.weight(nowMs, slowStartMs)) return better === a ? b : a;
    return better;
  }

  #judge(target: Target, nowMs: number): void {
    const { consecutiveFailures, quietMs } = this.#options;
    const aside = this.#targets.length - this.#closed.length;
    if (aside + 1 <= this.#targets.length / 2) return this.#open(target, nowMs);
    const isQuiet = nowMs - this.#succeededAtMs >= quietMs;
    if (!isQuiet || this.#closed.some(({ outages }) => outages < consecutiveFailures)) return;
    for (const closed of this.#closed) this.#open(closed, nowMs);
    for (const open of this.#targets) this.#schedule(open);
  }

  #open(target: Target, nowMs: number): void {
    const { longestOpenMs } = this.#options;
    const wasGood = target.phase === 'closed' && nowMs - target.changedAtMs > longestOpenMs;
    target.ejections = wasGood ? 1 : target.ejections + 1;
    target.isOnTrial = false;
    this.figures.ejections += 1;
    this.#turn(target, 'open', nowMs);
    this.#schedule(target);
  }

  #close(target: Target, nowMs: number): void {
    target.isOnTrial = false;
    target.forget();
    if (this.#closed.length > 0) target.warmAtMs = nowMs + this.#options.slowStartMs;
    this.#turn(target, 'closed', nowMs);
  }

  #schedule(target: Target): void {
    const { openMs, longestOpenMs, urgentProbeMs } = this.#options;
    const patient = Math.min(longestOpenMs, openMs * 2 ** Math.min(20, target.ejections - 1));
    clearTimeout(target.probe);
    if (target.phase !== 'open') return;
    target.probe = setTimeout(
      () => void this.#ask(target),
      this.#closed.length === 0 ? Math.min(patient, urgentProbeMs) : patient,
    );
    target.probe.unref();
  }

  async #ask(target: Target): Promise<void> {
    const isAlive = await this.#options.isAlive(target.instance);
    if (target.phase !== 'open' || !this.#targets.includes(target)) return;
    const nowMs = performance.now();
    if (isAlive) return this.#turn(target, 'half-open', nowMs);
    if (this.#closed.length > 0) target.ejections += 1;
    this.#schedule(target);
  }

  #turn(target: Target, phase: Phase, nowMs: number): void {
    const before = target.phase;
    target.phase = phase;
    target.changedAtMs = nowMs;
    this.#sort();
    this.#options.onPhase(target, before);
  }

  #sort(): void {
    this.#closed = this.#targets.filter(({ phase }) => phase === 'closed');
    const preferred = this.#closed.filter((target) => this.#isPreferred(target));
    const isMixed = preferred.length > 0 && preferred.length < this.#closed.length;
    this.#preferred = isMixed ? preferred : this.#closed;
  }

  #isPreferred({ instance }: Target): boolean {
    return instance.meta['sdlHash'] === this.#sdlHash;
  }
}
