/** How much is asked at once, for how long, and what may come of it. */
export interface Profile {
  readonly seconds: number;
  /** Who look at products, one request after the other. */
  readonly browsers: number;
  /** Who place orders, one after the other. */
  readonly buyers: number;
  /** How long a buyer thinks before the next order. */
  readonly orderPauseMs: number;
  /** Who hear of orders over websockets of their own: some of the buyers' own. */
  readonly subscribers: number;
  readonly thresholds: Thresholds;
}

/** What a run must keep to. Times in milliseconds. */
export interface Thresholds {
  /** The part of all requests that may fail, 0 to 1. */
  readonly failedPart: number;
  /** The part that may be refused at once since too much is under way. */
  readonly shedPart: number;
  readonly browseP99Ms: number;
  readonly orderP99Ms: number;
  /** From the answer to an order to its event at the subscriber. */
  readonly eventP99Ms: number;
}

/** `smoke` proves that everything works under a little load; `day` and `peak` are for a machine of their own. */
export const profiles = {
  smoke: {
    seconds: 4,
    browsers: 4,
    buyers: 2,
    orderPauseMs: 400,
    subscribers: 2,
    thresholds: { failedPart: 0, shedPart: 0, browseP99Ms: 2_000, orderP99Ms: 4_000, eventP99Ms: 5_000 },
  },
  day: {
    seconds: 60,
    browsers: 16,
    buyers: 4,
    orderPauseMs: 100,
    subscribers: 20,
    thresholds: { failedPart: 0, shedPart: 0, browseP99Ms: 150, orderP99Ms: 200, eventP99Ms: 250 },
  },
  peak: {
    seconds: 120,
    browsers: 64,
    buyers: 16,
    orderPauseMs: 50,
    subscribers: 100,
    thresholds: { failedPart: 0.001, shedPart: 0.01, browseP99Ms: 500, orderP99Ms: 600, eventP99Ms: 600 },
  },
} as const satisfies Readonly<Record<string, Profile>>;

/** Their names. */
export const profileNames = ['smoke', 'day', 'peak'] as const satisfies readonly (keyof typeof profiles)[];
