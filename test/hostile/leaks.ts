// What hostile input must not leave behind: secrets in the log and the audit, and memory that does not come back.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stage } from './stage.ts';

/** Where a secret of the stage's callers was found. */
export function leakedSecrets({ server, credentials, places }: Stage): readonly string[] {
  const secrets: Array<readonly [string, string]> = Object.entries(credentials).flatMap(([who, { options, token }]) => [
    [`the secret key of ${who}`, options.credentials.secretAccessKey],
    [`the token of ${who}`, token.slice('Basic '.length)],
    [`the opened token of ${who}`, Buffer.from(token.slice('Basic '.length), 'base64').toString().slice(4)],
  ]);
  secrets.push(['the download token', (places.download ?? '').slice('/layers/'.length)]);
  const folder = join(server.dataFolder, 'audit');
  const files = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  const texts = [
    ['the log', server.lines.join('\n')] as const,
    ...files.map((name) => [`audit/${name}`, readFileSync(join(folder, name), 'utf8')] as const),
  ];
  return texts.flatMap(([place, text]) =>
    secrets.filter(([, secret]) => secret !== '' && text.includes(secret)).map(([what]) => `${what} is in ${place}`),
  );
}

/** Resident memory of the server in MiB. */
export async function residentMib(stage: Stage): Promise<number> {
  return (await gaugeOf(stage, 'process_resident_memory_bytes')) / (1024 * 1024);
}

/** How many requests the server has not done with, those of clients that are gone included. */
export function openRequests(stage: Stage): Promise<number> {
  return gaugeOf(stage, 'sallyport_open_requests');
}

async function gaugeOf({ managementHost }: Stage, name: string): Promise<number> {
  const answer = await fetch(`http://${managementHost}/metrics`);
  const value = new RegExp(`^${name} (\\d+)`, 'm').exec(await answer.text())?.[1];
  if (value === undefined) throw new Error(`the metrics have no ${name}`);
  return Number(value);
}
