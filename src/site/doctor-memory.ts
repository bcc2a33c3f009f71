// What `sallyport doctor` says about the memory of a server that runs: whether anything would write its keys down.

import type { Finding } from '#cli/commands.ts';
import { memoryImageOf } from './memory-image.ts';

const check = 'memory image';

export function examineMemory(runningPid: number | undefined): Finding {
  if (runningPid === undefined) return { check, ok: true, detail: 'no server runs' };
  const image = memoryImageOf(runningPid);
  if (image === undefined) return { check, ok: true, detail: 'the system does not say what a core dump would hold' };
  if (image.options.length > 0) {
    const detail = `pid ${runningPid} runs with ${image.options.join(' ')}, which shows its keys to others`;
    return { check, ok: false, detail, remedy: 'Start it without: see NODE_OPTIONS, and SECURITY.md.' };
  }
  if (!image.isDumped) return { check, ok: true, detail: `a core dump of pid ${runningPid} holds no memory` };
  const detail = `a core dump of pid ${runningPid} would hold its keys`;
  return { check, ok: false, detail, remedy: 'Forbid core dumps: LimitCORE=0 in the unit, or ulimit -c 0.' };
}
