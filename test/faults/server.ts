// The server that is killed: a whole site, with a collection that comes every moment and a grace of seconds.
// It loads everything first and opens the data folder only when it is told to: a restart takes no longer than that.

import { once } from 'node:events';
import { loadConfig } from '../../src/config/load.ts';
import { openSite } from '../../src/site/open-site.ts';

const [dataFolder = '', graceMs = '', jobsDelayMs = ''] = process.argv.slice(2);

// The driver is gone when its end of the pipe is: nobody would stop this process then.
process.stdin.once('end', () => process.exit(1));
await once(process.stdin, 'data');
const flags = { '--data': dataFolder, '--listen': '127.0.0.1:0', '--config': undefined };
const { config } = loadConfig({ flags, environment: {}, workingFolder: dataFolder });
// The configuration allows no grace under a minute, for people; what is tested is the same at any length.
const quick = { ...config, collectionGraceMs: Number(graceMs), collectionIntervalMs: 200 };
const site = await openSite(quick, { log: (line) => console.error(line), jobsDelayMs: Number(jobsDelayMs) });
console.log(`ready ${site.url}`);
