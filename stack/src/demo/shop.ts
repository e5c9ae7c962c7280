import type { StackDescription } from '../description.ts';
import { StackFault } from '../fault.ts';

/** What a GraphQL request answers. */
export type Answer = {
  // oxlint-disable-next-line typescript/no-explicit-any -- the demo knows what it asked for
  readonly data?: any;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly unknown[];
    readonly extensions?: { readonly code?: string };
  }[];
};

/** A step of a plan, as `extensions.explain` tells it: a fetch with what became of it, or others. */
export type ExplainedStep = {
  readonly subgraph?: string;
  readonly runs?: readonly {
    readonly startedAtMs: number;
    readonly tookMs: number;
    readonly entities: number | null;
  }[];
  readonly steps?: readonly ExplainedStep[];
};

/** An operation with how it was answered. */
export type ExplainedAnswer = Answer & {
  readonly extensions: {
    readonly explain: {
      readonly plan: ExplainedStep;
      readonly timings: { readonly totalMs: number };
      readonly cost: { readonly estimated: number; readonly actual: number };
    };
  };
};

/** An event of a subscription, with the cursor that stands for its place. */
export type LiveEvent = { readonly id: string; readonly data: Answer };

/** The shop as one of its customers reaches it. */
export type Shop = {
  readonly token: string;
  ask(query: string): Promise<{ readonly answer: Answer; readonly headers: Headers }>;
  /** Asks how it is answered too. */
  explain(query: string): Promise<ExplainedAnswer>;
  post(path: string, body: object): Promise<{ readonly status: number; readonly body: Record<string, unknown> }>;
  /** Subscribes over server-sent events, after `lastEventId` when it is given. */
  subscribe(query: string, lastEventId?: string): Promise<Subscription>;
  /** Stops or starts a service. */
  set(service: string, action: 'stop' | 'start'): Promise<void>;
};

/** A subscription that runs. */
export type Subscription = {
  /** The cursor that a client begins with. */
  readonly begin: string | null;
  /** The next event. @throws StackFault when none comes within 15 s */
  next(): Promise<LiveEvent>;
  cut(): void;
};

/** The fetches that were made for a plan, in the order in which they began. */
export function fetchesOf({ subgraph = '', runs = [], steps = [] }: ExplainedStep): readonly MadeFetch[] {
  return [...runs.map((run) => ({ ...run, subgraph })), ...steps.flatMap(fetchesOf)].toSorted(
    (one, other) => one.startedAtMs - other.startedAtMs,
  );
}

/** A fetch that was made. */
export type MadeFetch = NonNullable<ExplainedStep['runs']>[number] & { readonly subgraph: string };

const patienceMs = 15_000;

/** Signs in as one of the accounts of a stack. @throws StackFault when that is refused */
export async function enterShop(stack: StackDescription, email: string): Promise<Shop> {
  const { gateway, control } = stack;
  const account = stack.accounts.find((one) => one.email === email);
  if (!gateway || !control || !account) throw new StackFault('the demo needs a whole stack that this launcher started');
  const json = { 'content-type': 'application/json' };
  const post = async (path: string, body: object, headers: Record<string, string> = {}) => {
    const init = { method: 'POST', headers: { ...json, ...headers }, body: JSON.stringify(body) };
    const response = await fetch(`${gateway.http}${path}`, { ...init, signal: AbortSignal.timeout(patienceMs) });
    return { response, body: (await response.json()) as Record<string, unknown> };
  };
  const signedIn = await post('/api/v1/sign-in', { email, password: account.password });
  const token = signedIn.body['accessToken'];
  if (typeof token !== 'string') throw new StackFault(`${email} cannot sign in: ${JSON.stringify(signedIn.body)}`);
  const authorization = { authorization: `Bearer ${token}` };
  return {
    token,
    async ask(query) {
      const { response, body } = await post('/graphql', { query }, authorization);
      return { answer: body as Answer, headers: response.headers };
    },
    async explain(query) {
      const { body } = await post('/graphql', { query, extensions: { explain: true } }, authorization);
      return body as unknown as ExplainedAnswer;
    },
    async post(path, body) {
      const { response, body: answered } = await post(path, body, authorization);
      return { status: response.status, body: answered };
    },
    async subscribe(query, lastEventId) {
      const headers = {
        ...json,
        ...authorization,
        accept: 'text/event-stream',
        ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
      };
      return openSubscription(gateway.graphql, { method: 'POST', headers, body: JSON.stringify({ query }) });
    },
    async set(service, action) {
      const url = `${control.url}/services/${service}/${action}`;
      const response = await fetch(url, { method: 'POST', headers: { authorization: `Bearer ${control.token}` } });
      if (!response.ok) throw new StackFault(`${service} cannot be switched: ${await response.text()}`);
    },
  };
}

async function openSubscription(url: string, request: RequestInit): Promise<Subscription> {
  const controller = new AbortController();
  const response = await fetch(url, { ...request, signal: controller.signal });
  if (!response.ok || !response.body) throw new StackFault(`the subscription is refused: ${await response.text()}`);
  const events = readEvents(response.body);
  return {
    begin: response.headers.get('live-cursor'),
    async next() {
      const late = AbortSignal.timeout(patienceMs);
      const timedOut = new Promise<never>((_resolve, reject) => {
        late.addEventListener('abort', () => reject(new StackFault('no event came within 15 s')));
      });
      const { value } = await Promise.race([events.next(), timedOut]);
      if (!value) throw new StackFault('the subscription has ended');
      return value;
    },
    cut: () => controller.abort(),
  };
}

/** Source: html.spec.whatwg.org, server-sent events; graphql-sse's protocol, distinct connections. */
async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<LiveEvent, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const blocks = (rest + decoder.decode(chunk, { stream: true })).split(/\r?\n\r?\n/);
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const field = (name: string) => new RegExp(`^${name}: ?(.*)$`, 'm').exec(block)?.[1] ?? '';
      if (field('event') === 'next') yield { id: field('id'), data: JSON.parse(field('data')) as Answer };
    }
  }
  return undefined;
}
