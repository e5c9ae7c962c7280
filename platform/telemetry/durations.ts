/** Upper bounds of buckets, in seconds, for what should take some milliseconds and may take some seconds. */
export const usualSeconds: readonly number[] = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
