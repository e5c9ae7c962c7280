/** One registered process of a service. `meta` and `tags` are what it registered with. */
export interface Instance {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly meta: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
}

/** A service of the catalogue with the tags of all its instances. */
export interface ServiceSummary {
  readonly name: string;
  readonly tags: readonly string[];
}

/** What a process tells Consul of itself. Its id is `name-address-port`. */
export interface ServiceRegistration {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly tags: readonly string[];
  readonly meta: Readonly<Record<string, string>>;
}
