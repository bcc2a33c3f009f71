// Connections that do nothing: what a thousand clients cost that only keep the line open.

import type { BenchCase } from './bench-case.ts';

export const idleCase: BenchCase = {
  name: '1,000 idle connections',
  waits: true,
  unit: 'second',
  async open({ address }, { form, load }) {
    return {
      async before() {
        await load.run({ kind: 'idle', address, connections: form.idleConnections });
      },
      async run() {
        await new Promise((resolve) => setTimeout(resolve, form.waitMs));
        const result = { requests: 0, bytes: 0, wallMs: form.waitMs, cpuMs: 0, p50Ms: Number.NaN, p99Ms: Number.NaN };
        return { units: form.waitMs / 1000, result };
      },
      async after() {
        await load.run({ kind: 'close-idle' });
      },
    };
  },
};
