// The command lines of the long runs: --help shows how they are used, what is not understood is one line and code 2.

import { type ParseArgsConfig, parseArgs } from 'node:util';

/** Options and arguments of this process. Ends it with `usage` for --help, and with one line for what there is not. */
export function readArguments<Config extends ParseArgsConfig>(
  usage: string,
  config: Config,
): ReturnType<typeof parseArgs<Config>> {
  const args = process.argv.slice(2);
  if (args.includes('--help') || args.includes('-h')) {
    console.log(usage.trim());
    process.exit(0);
  }
  try {
    return parseArgs(config);
  } catch (error) {
    // What follows the first sentence is about arguments that begin with a dash: nobody here has any.
    return refuse(/^.*?(?=\.\s|\.?$)/m.exec(error instanceof Error ? error.message : String(error))?.[0] ?? '');
  }
}

/** Ends the process: what was asked for cannot be done. */
export function refuse(reason: string): never {
  console.error(`${reason}; --help says what there is.`);
  process.exit(2);
}

/** The number that an option gives, `fallback` when it was not given; ends the process when it is none from `least`. */
export function wholeNumber(option: string, text: string | undefined, fallback: number, least = 1): number {
  const number = text === '' ? Number.NaN : Number(text ?? fallback);
  if (Number.isSafeInteger(number) && number >= least) return number;
  return refuse(`--${option} is a whole number from ${least}`);
}
