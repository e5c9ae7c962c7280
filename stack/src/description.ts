/** An account of the local stack. `token` signs its requests, for the ten minutes that an access token lives. */
export type Account = {
  readonly email: string;
  readonly password: string;
  readonly role: string;
  readonly token: string | null;
};

/** The gateway's addresses; `http` is its root. `metrics` is away from it, for this machine alone. */
export type GatewayAddresses = {
  readonly http: string;
  readonly graphql: string;
  readonly websocket: string;
  readonly metrics: string;
};

/** Where everything is, as `npm run up -- --json` prints it. `gateway` is null and `services` empty when only the servers were asked for. */
export type StackDescription = {
  readonly gateway: GatewayAddresses | null;
  readonly services: Readonly<Record<string, string>>;
  readonly servers: {
    readonly postgres: string;
    readonly redis: string;
    readonly rabbitmq: string;
    readonly rabbitmqManagement: string | null;
    readonly consul: string;
  };
  readonly accounts: readonly Account[];
  readonly state: string;
  /** What stops, starts and slows instances; see control.ts. */
  readonly control?: { readonly url: string; readonly token: string };
  /** With more than one instance of each service: the addresses of all, by name. */
  readonly replicas?: Readonly<Record<string, readonly string[]>>;
};
