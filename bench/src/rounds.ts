import { runWrk } from './load/run-wrk.ts';
import { readBusyMs, readUsage } from './processes.ts';
import type { Round } from './table.ts';

/** A server under measurement. `pid` is its process, whose children count too. */
export interface Contestant {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
}

/** What to send to each, and how often. `headers` is asked before each round, for tokens that do not live long. */
export interface Contest {
  readonly title: string;
  readonly bodiesPath: string;
  readonly uniqueAuthorization?: boolean;
  readonly callersPath?: string | undefined;
  readonly headers?: () => Promise<Readonly<Record<string, string>>>;
  readonly seconds: number;
  readonly rounds: number;
  readonly connections: number;
  /** Warm up by this many requests at least, in ten loads at most; default one load. Compiling must be over before it is measured. */
  readonly warmUpRequests?: number;
  /** Load each this long before its round without measuring: who has just waited for the others is slow at first. */
  readonly leadInSeconds?: number;
  /** The core for wrk; undefined leaves it to the system. */
  readonly core: number | undefined;
  /** The processes that stand behind all contestants, whose work is told apart. */
  readonly behind?: readonly number[];
  readonly tell: (text: string) => void;
}

/**
 * Loads each contestant once to warm it up, then all in turn, round after round, so that a slow moment of the machine meets
 * all of them. Rounds of the same number are neighbours in time: compare those.
 */
export async function runRounds<One extends Contestant>(
  contestants: readonly One[],
  contest: Contest,
): Promise<ReadonlyMap<One, readonly Round[]>> {
  const outcome = new Map<One, Round[]>(contestants.map((contestant) => [contestant, []]));
  for (const { url } of contestants) await warmUp(url, contest);
  for (let round = 1; round <= contest.rounds; round += 1) {
    for (const contestant of contestants) {
      const measured = await measure(contestant, contest);
      outcome.get(contestant)?.push(measured);
      const figures = `${measured.requestsPerSecond.toFixed(0)} requests/s, ${measured.cpuUsPerRequest.toFixed(0)} µs`;
      contest.tell(`${contest.title} ${round}/${contest.rounds} ${contestant.name}: ${figures}`);
    }
  }
  return outcome;
}

async function warmUp(url: string, contest: Contest): Promise<void> {
  let { requests } = await load(url, contest);
  for (let time = 1; time < 10 && requests < (contest.warmUpRequests ?? 0); time += 1) {
    requests += (await load(url, contest)).requests;
  }
}

async function load(url: string, contest: Contest) {
  const { uniqueAuthorization = false, headers, ...rest } = contest;
  return runWrk({ ...rest, url, uniqueAuthorization, headers: await headers?.() });
}

async function measure({ url, pid }: Contestant, contest: Contest): Promise<Round> {
  const { behind = [], leadInSeconds } = contest;
  if (leadInSeconds !== undefined) await load(url, { ...contest, seconds: leadInSeconds });
  const before = readUsage(pid);
  const behindBefore = readUsage(...behind).cpuMs;
  const loadBefore = readBusyMs(contest.core);
  const { requests, durationUs, failed, p50Us, p99Us } = await load(url, contest);
  const after = readUsage(pid);
  const cpuMs = after.cpuMs - before.cpuMs;
  const behindMs = readUsage(...behind).cpuMs - behindBefore;
  const durationMs = durationUs / 1e3;
  return {
    requestsPerSecond: (requests * 1e6) / durationUs,
    p50Ms: p50Us / 1e3,
    p99Ms: p99Us / 1e3,
    cpuUsPerRequest: (cpuMs * 1e3) / Math.max(1, requests),
    ...(behind.length === 0 ? {} : { behindUsPerRequest: (behindMs * 1e3) / Math.max(1, requests) }),
    rssMb: after.rssBytes / 1024 / 1024,
    failed,
    busy: cpuMs / durationMs,
    loadBusy: (readBusyMs(contest.core) - loadBefore) / durationMs,
  };
}
