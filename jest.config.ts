import type { Config } from 'jest';

const project = (displayName: string, roots: string[], more: object = {}) => ({
  displayName,
  roots: roots.map((root) => `<rootDir>/${root}`),
  testEnvironment: 'node',
  testMatch: ['**/*.test.ts'],
  transform: { '\\.ts$': '<rootDir>/jest.transform.cjs' },
  extensionsToTreatAsEsm: ['.ts'],
  ...more,
});

/** Tests of parts use real servers: those that TEST_* name, else some of their own. */
const withServers = {
  globalSetup: '<rootDir>/stack/src/jest-global-setup.ts',
  globalTeardown: '<rootDir>/stack/src/jest-global-teardown.ts',
};

export default {
  maxWorkers: 2,
  testTimeout: 30_000,
  projects: [
    project('parts', ['schema', 'platform', 'supergraph', 'stack', 'bench/src'], withServers),
    project('subgraphs', ['subgraphs'], withServers),
    project('e2e', ['e2e'], {
      testPathIgnorePatterns: ['e2e/house/', 'e2e/saga/'],
      globalSetup: '<rootDir>/stack/src/jest-e2e-setup.ts',
      globalTeardown: '<rootDir>/stack/src/jest-e2e-teardown.ts',
    }),
    project('house', ['e2e/house', 'e2e/saga']),
  ],
} satisfies Config;
