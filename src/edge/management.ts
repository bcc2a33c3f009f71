// The management listener: /livez, /readyz and /metrics, apart from everything that clients reach.

import type { MessageHandler } from './listener.ts';
import { writeReply } from './reply.ts';

/** A named condition of being ready; false or a throw means not. */
export interface Check {
  readonly name: string;
  isReady(): boolean | Promise<boolean>;
}

/** What is shown as /metrics. */
export interface MetricsPage {
  text(): string | Promise<string>;
}

/** Asked at each look, as who answers may change. */
export type Checks = () => readonly Check[];

export function openManagement(metrics: MetricsPage, checks: Checks): MessageHandler {
  return async (message, response) => {
    const { method = '' } = message;
    const path = (message.url ?? '').split('?')[0] ?? '';
    const page = method === 'GET' || method === 'HEAD' ? await pageOf(path, metrics, checks) : undefined;
    const { status, text } = page ?? { status: 404, text: 'There is nothing here.\n' };
    await writeReply(message, response, {
      status,
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      body: text,
    });
  };
}

async function pageOf(path: string, metrics: MetricsPage, checks: Checks) {
  if (path === '/livez') return { status: 200, text: 'ok\n' };
  if (path === '/metrics') return { status: 200, text: await metrics.text() };
  return path === '/readyz' ? readiness(checks()) : undefined;
}

async function readiness(checks: readonly Check[]) {
  const lines = await Promise.all(
    checks.map(async (check) => {
      const isReady = await Promise.resolve()
        .then(() => check.isReady())
        .catch(() => false);
      return { isReady, text: `${isReady ? 'ok' : 'failed'} ${check.name}` };
    }),
  );
  const isReady = lines.every((line) => line.isReady);
  return { status: isReady ? 200 : 503, text: `${lines.map((line) => line.text).join('\n')}\n` };
}
