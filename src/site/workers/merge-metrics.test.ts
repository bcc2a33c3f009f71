// One page from several: every sample says whose it is, comments stand once and before their samples.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergeMetrics } from './merge-metrics.ts';

test('samples of a family stand together, with or without labels', () => {
  const page = (count: number) => `# HELP a Things.\n# TYPE a counter\na{b="c"} ${count}\n# TYPE d gauge\nd ${count}\n`;
  const texts = new Map([
    [1, page(10)],
    [2, page(20)],
  ]);
  const expected = [
    '# HELP a Things.',
    '# TYPE a counter',
    'a{worker="1",b="c"} 10',
    'a{worker="2",b="c"} 20',
    '# TYPE d gauge',
    'd{worker="1"} 10',
    'd{worker="2"} 20',
  ];
  assert.equal(mergeMetrics(texts), `${expected.join('\n')}\n`);
});
