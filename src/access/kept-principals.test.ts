// Policies are kept by unique id and shown by ARN: what is unknown is refused, who is gone stays an id.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keptByIds, shownByArns } from './kept-principals.ts';

const arn = 'arn:aws:iam::111122223333:user/alice';
const session = 'arn:aws:sts::111122223333:assumed-role/Role/night';
const text = (...AWS: readonly string[]) =>
  JSON.stringify({ Statement: { Effect: 'Allow', Principal: { AWS }, Action: 'ecr:*' } });

const known = new Map([
  [arn, 'AIDAALICEALICEALICE22'],
  [session, 'AROAROLEROLEROLEROLE2:night'],
]);
const directory = {
  idOf: (name: string) => known.get(name),
  arnOf: (id: string) => [...known].find((pair) => pair[1] === id)?.[0],
};

test('names become ids and ids become names; accounts stay', async () => {
  const given = text(arn, session, '111122223333', '*');
  const kept = await keptByIds(given, directory, () => new Error('never'));
  assert.equal(kept, text('AIDAALICEALICEALICE22', 'AROAROLEROLEROLEROLE2:night', '111122223333', '*'));
  assert.equal(await shownByArns(kept, directory), given);
});

test('whoever does not exist is refused with its place, and one who is gone is shown as an id', async () => {
  const ghost = 'arn:aws:iam::111122223333:role/Ghost';
  const refuse = ({ name, line }: { readonly name: string; readonly line: number }) => new Error(`${name} ${line}`);
  await assert.rejects(keptByIds(text(arn, ghost), directory, refuse), { message: `${ghost} 1` });
  const gone = text('AIDAGONEGONEGONEGONE2');
  assert.equal(await shownByArns(gone, directory), gone);
});
