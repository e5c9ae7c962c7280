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

export default {
  maxWorkers: 2,
  projects: [
    project('parts', ['schema', 'platform', 'supergraph', 'stack']),
    project('subgraphs', ['subgraphs']),
    project('e2e', ['e2e'], { testPathIgnorePatterns: ['e2e/house/'] }),
    project('house', ['e2e/house']),
  ],
} satisfies Config;
