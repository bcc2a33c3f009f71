// The control socket, also where the data folder's path is longer than a socket's address.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { askServer, type Controlled, openControl } from './control.ts';

const root = await mkdtemp(join(tmpdir(), 'sallyport-control-'));
after(() => rm(root, { recursive: true, force: true }));

const controlled: Controlled = {
  sealed: () => 'It waits for shares.',
  give: async (line) => `thanks for ${line}`,
  rotate: () => Promise.reject(new Error('not now')),
};

for (const [what, name] of [
  ['a short path', 'data'],
  ['a long path', join('a'.repeat(120), 'b'.repeat(120))],
] as const) {
  test(`a socket at ${what} is the owner's alone, answers, and is gone once it is closed`, async () => {
    const folder = join(root, name);
    await mkdir(folder, { recursive: true });
    assert.equal(await askServer(folder, { ask: 'status' }), undefined);
    const control = await openControl(folder, controlled);
    const { mode } = await stat(join(folder, 'control.sock'));
    assert.equal(mode & 0o777, 0o600);
    assert.deepEqual(await askServer(folder, { ask: 'status' }), { sealed: 'It waits for shares.' });
    const given = await askServer(folder, { ask: 'give', line: 'a share' });
    assert.equal(given?.text, 'thanks for a share');
    await control.close();
    assert.equal(await askServer(folder, { ask: 'status' }), undefined);
    await assert.rejects(stat(join(folder, 'control.sock')), { code: 'ENOENT' });
  });
}
