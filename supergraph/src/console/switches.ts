import { CodedError } from '@storefront/platform/errors/coded-error.ts';

/** An instance of the stack on this machine, as its launcher has it. */
export interface SwitchedInstance {
  readonly label: string;
  readonly name: string;
  readonly port: number;
  readonly state: 'running' | 'slow' | 'stopped';
}

/** What stops, starts and slows instances: the launcher of the stack on this machine does it. */
export interface Switches {
  /** Empty when the launcher does not answer. */
  list(): Promise<readonly SwitchedInstance[]>;
  /** `action`: stop, start, slow, steady. @throws CodedError BAD_USER_INPUT for what cannot be switched, SERVICE_UNAVAILABLE */
  set(label: string, action: string): Promise<void>;
}

const listMs = 1_000;
const setMs = 90_000;

/** Opens the switches at the address that the launcher gave. */
export function openSwitches({ url, token }: { readonly url: string; readonly token: string }): Switches {
  const call = (path: string, method: string, timeoutMs: number) =>
    fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(timeoutMs),
    });
  return {
    async list() {
      try {
        const response = await call('/services', 'GET', listMs);
        return ((await response.json()) as { services: SwitchedInstance[] }).services;
      } catch {
        return []; // the launcher has gone: nothing can be switched
      }
    },
    async set(label, action) {
      const path = `/services/${encodeURIComponent(label)}/${encodeURIComponent(action)}`;
      const response = await call(path, 'POST', setMs).catch((cause: unknown) => {
        throw new CodedError('SERVICE_UNAVAILABLE', 'the launcher does not answer', { cause });
      });
      const { detail } = (await response.json()) as { detail?: string };
      if (!response.ok) throw new CodedError('BAD_USER_INPUT', detail ?? 'that cannot be switched');
    },
  };
}
