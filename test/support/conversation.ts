// A conversation with a door: what is said, line by line, what each line is refused with, and the one record of each.

import assert from 'node:assert/strict';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import type { House } from './house.ts';

export interface Line {
  readonly command: object;
  /** The SDK's error name and a part of its message; undefined for a success. */
  readonly refused?: readonly [name: string, message: RegExp];
}

export type Sender = (command: never) => Promise<unknown>;

export const said = (command: object): Line => ({ command });
export const refused = (command: object, name: string, message: RegExp): Line => ({
  command,
  refused: [name, message],
});

/** The operation that a command of the SDK stands for. */
export function operationOf(command: object): string {
  return command.constructor.name.replace(/Command$/, '');
}

/** The answers of the lines that succeed, in their order; each line leaves exactly one audit record that says so. */
export async function converse(house: House, send: Sender, lines: readonly Line[]): Promise<readonly unknown[]> {
  // A log that nothing was written to yet would be waited for.
  await house.administrator.sts.send(new GetCallerIdentityCommand({}));
  const before = (await house.auditRecords()).length;
  const answers: unknown[] = [];
  for (const line of lines) {
    const name = operationOf(line.command);
    const sending = send(line.command as never);
    if (line.refused === undefined) {
      answers.push(await sending);
      continue;
    }
    const [code, message] = line.refused;
    await assert.rejects(sending, (error: Error) => {
      assert.equal(error.name, code, `${name}: ${error.message}`);
      assert.match(error.message, message, name);
      return true;
    });
  }
  const records = await recordsAfter(house, before, lines.length);
  const told = records.map(({ eventName, errorCode }) => [eventName, errorCode ?? '']);
  const expected = lines.map(({ command, refused: why }) => [
    operationOf(command),
    why?.[0].replace(/Exception$/, '') ?? '',
  ]);
  assert.deepEqual(told, expected);
  return answers;
}

/** Reads are recorded a moment after they were answered, on a busy machine a longer one. */
async function recordsAfter(house: House, before: number, count: number) {
  let records = await house.auditRecords();
  for (let looks = 0; records.length < before + count && looks < 50; looks += 1) records = await house.auditRecords();
  return records.slice(before);
}
