// What every command is given, and what all of them share.

import type { Command } from 'commander';
import type { LoadedConfig } from '#config/load.ts';
import type { CliCommands, Terminal } from './commands.ts';

export const exitCodes = { ok: 0, failed: 1, usage: 2, configuration: 3, dataFolder: 4 } as const;

/** What every command is given. */
export interface CliContext {
  readonly commands: CliCommands;
  readonly terminal: Terminal;
  /** The configuration by the flags of this command. */
  load(options: ConfigFlags): LoadedConfig;
  /** Ends the command with this code instead of 0. */
  exitWith(code: number): void;
}

export interface ConfigFlags {
  readonly data?: string;
  readonly listen?: string;
  readonly workers?: string;
  readonly config?: string;
}

/** The flags that choose a site. */
export function withConfigFlags(command: Command): Command {
  return command
    .option('--data <dir>', 'the data folder (SALLYPORT_DATA)')
    .option('--config <file>', 'the configuration file (SALLYPORT_CONFIG)');
}
