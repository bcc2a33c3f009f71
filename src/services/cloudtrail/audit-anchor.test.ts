// Looking at an anchor while it is written: a newer one is no fault, a changed byte is.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { auditAnchorFault, openAnchor, writeAnchor } from './audit-anchor.ts';
import { type AuditFileSystem, realAuditFileSystem } from './audit-file-system.ts';

test('an anchor that is written anew before each look is no damage; a changed byte is', async (context) => {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-anchor-'));
  context.after(() => rm(directory, { recursive: true }));
  const folder = join(directory, 'audit');
  await mkdir(folder);
  const anchor = await openAnchor(realAuditFileSystem, folder);
  context.after(() => anchor.close());
  let sequence = 0;
  const writing: AuditFileSystem = {
    ...realAuditFileSystem,
    async open(...args) {
      sequence += 1;
      await writeAnchor(anchor, { sequence, mac: 'a'.repeat(64) });
      return realAuditFileSystem.open(...args);
    },
  };
  assert.equal(await auditAnchorFault(directory, writing), undefined);
  assert.ok(sequence > 0);
  const text = await readFile(join(folder, 'head'), 'utf8');
  await writeFile(join(folder, 'head'), text.replace('"mac"', '"mbc"'));
  assert.match((await auditAnchorFault(directory)) ?? '', /not as it was written/);
});
