// The sealed form of documents: what opens it, what does not, and its bytes as the paper has them.

import assert from 'node:assert/strict';
import { createDecipheriv, createHmac } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { systemRandom } from '#core/random.ts';
import { hasSealed, isSealed, openDocument, sealDocument } from './sealed-documents.ts';

const key = Buffer.alloc(32, 7);
const sealing = { key, random: systemRandom, inClear: false };
const place = ['request', 'event', 'requestParameters', 'policyDocument'];

function sealed(json: string, at: readonly string[] = place): string {
  return sealDocument(sealing, at, json) ?? assert.fail('it was not sealed');
}

test('whatever is sealed opens in its place, and shows nothing but its length', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.array(fc.string({ unit: 'binary' })), (text, names) => {
      const json = JSON.stringify(text);
      const form = sealed(json, names);
      assert.equal(openDocument(key, names, form), json);
      assert.match(form, /^sallyport-sealed-1:[A-Za-z0-9_-]+$/);
      assert.equal(form.length, 19 + Math.ceil(((Buffer.byteLength(json) + 60) * 4) / 3));
      assert.ok(isSealed(form) && hasSealed(JSON.stringify({ form })));
    }),
  );
  assert.notEqual(sealed('"a"'), sealed('"a"'), 'equal documents are not seen to be equal');
});

test('its bytes are those of docs/design/audit-log.md', () => {
  const bytes = Buffer.from(sealed('"a policy"').slice('sallyport-sealed-1:'.length), 'base64url');
  const [salt, nonce] = [bytes.subarray(0, 32), bytes.subarray(32, 44)];
  const secret = createHmac('sha256', key).update('document').update(salt).digest();
  const decipher = createDecipheriv('aes-256-gcm', secret, nonce);
  decipher.setAAD(Buffer.from('sallyport-sealed-1:["request","event","requestParameters","policyDocument"]'));
  decipher.setAuthTag(bytes.subarray(-16));
  assert.equal(decipher.update(bytes.subarray(44, -16), undefined, 'utf8') + decipher.final('utf8'), '"a policy"');
});

test('it opens in no other record, under no other name, with no other key', () => {
  const form = sealed('"a"');
  for (const [index] of place.entries()) {
    assert.equal(openDocument(key, place.with(index, 'other'), form), undefined);
  }
  assert.equal(openDocument(key, place.slice(0, -1), form), undefined);
  assert.equal(openDocument(key, ['request', 'event,requestParameters', 'policyDocument'], form), undefined);
  assert.equal(openDocument(Buffer.alloc(32, 8), place, form), undefined);
  assert.equal(openDocument(key, place, form), '"a"');
});

test('one character that was changed, added or taken away closes it', () => {
  const form = sealed('"a"');
  for (let at = 0; at < form.length; at += 1) {
    const changed = form.slice(0, at) + (form[at] === 'A' ? 'B' : 'A') + form.slice(at + 1);
    assert.equal(openDocument(key, place, changed), undefined, `character ${at}`);
  }
  for (const other of [`${form}=`, `${form}A`, form.slice(0, -1), 'sallyport-sealed-1:', '', '"a"']) {
    assert.equal(openDocument(key, place, other), undefined, other);
  }
});

test('in clear all stands as it is, but what could be taken for sealed', () => {
  const clear = { ...sealing, inClear: true };
  assert.equal(sealDocument(clear, place, '"a"'), undefined);
  const forged = sealDocument(clear, place, JSON.stringify(sealed('"a"'))) ?? '';
  assert.match(JSON.parse(openDocument(key, place, forged) ?? ''), /^sallyport-sealed-1:/);
});
