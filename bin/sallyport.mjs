#!/usr/bin/env node
// `npx sallyport …` in the checkout: the command line, with the same set-up as `npm start`.

import { launch } from '../scripts/launch.mjs';

await launch('cli', process.argv.slice(2));
