/**
 * The switches of the stack on this machine, for its console, its demo and `npm run roll`: stop, start, slow and replace an instance. A server on
 * loopback that takes only requests with its token. An instance is `running`, `slow`, or `stopped`; a slow one is halted for
 * most of each half second (SIGSTOP, SIGCONT), so that it answers late, as one that is overloaded does.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Progress, StackFault, textOf } from './fault.ts';
import type { Fleet, Instance } from './fleet.ts';
import { labelOf } from './fleet.ts';

/** Where the switches are, and what opens them. */
export type ControlAddress = { readonly url: string; readonly token: string };

/** The switches, until `close`. Before `attach` there is nothing to switch. */
export type Control = ControlAddress & {
  attach(fleet: Pick<Fleet, 'start' | 'stop' | 'kill' | 'roll' | 'instances'>): void;
  /** Calls the listener when instances are somewhere else than before. */
  onMoved(listener: () => void): void;
  close(): Promise<void>;
};

type State = 'running' | 'slow' | 'stopped';
type Fleetlike = Parameters<Control['attach']>[0];

const haltMs = 400;
const periodMs = 500;

/** Opens the switches. */
export async function openControl(progress: Progress): Promise<Control> {
  const token = randomBytes(24).toString('base64url');
  const switches = new Switches(progress);
  const server = createServer((request, response) => {
    const answer = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (!isAllowed(request, token)) return answer(401, { detail: 'the token of the stack is needed' });
    switches
      .handle(request.method ?? '', request.url ?? '')
      .then((body) => answer(200, body))
      .catch((fault: unknown) => answer(fault instanceof StackFault ? 400 : 500, { detail: textOf(fault) }));
    return undefined;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref(); // it ends with what it controls
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    token,
    attach: (fleet) => switches.attach(fleet),
    onMoved: (listener) => switches.onMoved(listener),
    async close() {
      switches.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function isAllowed({ headers }: IncomingMessage, token: string): boolean {
  const given = Buffer.from(headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

class Switches {
  readonly #progress: Progress;
  readonly #states = new Map<string, { readonly instance: Instance; state: State; timer?: NodeJS.Timeout }>();
  #fleet: Fleetlike | null = null;
  #moved: () => void = () => undefined;

  constructor(progress: Progress) {
    this.#progress = progress;
  }

  attach(fleet: Fleetlike): void {
    this.#fleet = fleet;
    for (const instance of fleet.instances()) this.#states.set(labelOf(instance), { instance, state: 'running' });
  }

  onMoved(listener: () => void): void {
    this.#moved = listener;
  }

  /** `POST /roll/NAME` replaces a service's instances and answers when it is done; `GET /services` lists; `POST /services/LABEL/stop|start|slow|steady` switches. @throws StackFault */
  async handle(method: string, path: string): Promise<object> {
    if (method === 'GET' && path === '/services') return { services: this.#list() };
    const [, rolled] = /^\/roll\/([a-z-]+)$/.exec(path) ?? [];
    if (method === 'POST' && rolled !== undefined) return this.#roll(rolled);
    const [, label = '', action = ''] = /^\/services\/([\w-]+)\/([a-z]+)$/.exec(path) ?? [];
    const slot = this.#states.get(label);
    if (method !== 'POST' || !slot) throw new StackFault(`there is nothing to switch at ${method} ${path}`);
    await this.#switch(slot, action);
    this.#progress(`${label}: ${slot.state}, by the console`);
    return { services: this.#list() };
  }

  close(): void {
    for (const slot of this.#states.values()) clearInterval(slot.timer);
  }

  async #roll(given: string): Promise<object> {
    const fleet = this.#fleet;
    const found = fleet?.instances().find(({ name }) => name === given);
    if (!fleet || !found) throw new StackFault(`no ${given} runs here`);
    await fleet.roll(found.name, this.#progress);
    this.attach(fleet);
    this.#moved();
    return { services: this.#list() };
  }

  #list() {
    return [...this.#states].map(([label, { instance, state }]) => ({
      label,
      name: instance.name,
      port: instance.port,
      state,
    }));
  }

  async #switch(slot: { readonly instance: Instance; state: State; timer?: NodeJS.Timeout }, action: string) {
    const { name, index } = slot.instance;
    const fleet = this.#fleet;
    if (!fleet) throw new StackFault('the services are not started yet');
    if (action === 'stop' || action === 'steady') {
      clearInterval(slot.timer);
      await fleet.kill(name, index, 'SIGCONT');
      if (action === 'stop') await fleet.stop(name, index);
      slot.state = action === 'stop' ? 'stopped' : slot.state === 'stopped' ? 'stopped' : 'running';
    } else if (action === 'start') {
      if (slot.state === 'stopped') await fleet.start(name, index);
      slot.state = slot.state === 'slow' ? 'slow' : 'running';
    } else if (action === 'slow') {
      if (slot.state === 'stopped') throw new StackFault(`${name} is stopped: start it first`);
      clearInterval(slot.timer);
      slot.timer = setInterval(() => void this.#halt(name, index), periodMs);
      slot.state = 'slow';
    } else throw new StackFault(`"${action}" is no switch: stop, start, slow, steady`);
  }

  async #halt(name: Instance['name'], index: number): Promise<void> {
    await this.#fleet?.kill(name, index, 'SIGSTOP');
    setTimeout(() => void this.#fleet?.kill(name, index, 'SIGCONT'), haltMs);
  }
}
