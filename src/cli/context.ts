// What every command is given, and what all of them share.

import { type Command, InvalidArgumentError } from 'commander';
import type { LoadedConfig } from '#config/load.ts';
import type { InputOf, OutputOf, SallyportOperationName } from '#services/sallyport/service.ts';
import type { CliCommands, Terminal } from './commands.ts';

export const exitCodes = { ok: 0, failed: 1, usage: 2, configuration: 3, dataFolder: 4 } as const;

/** What every command is given. */
export interface CliContext {
  readonly commands: CliCommands;
  readonly terminal: Terminal;
  /** The configuration by the flags of this command. */
  load(options: ConfigFlags): LoadedConfig;
  /** Calls an operation of the running server's own door; see `callSallyport`. */
  call<Name extends SallyportOperationName>(
    name: Name,
    input: InputOf<Name>,
    flags: ClientFlags,
  ): Promise<OutputOf<Name>>;
  /** What relative paths are relative to. */
  readonly workingFolder: string;
  /** Ends the command with this code instead of 0. */
  exitWith(code: number): void;
}

export interface ConfigFlags {
  readonly data?: string;
  readonly listen?: string;
  readonly workers?: string;
  readonly config?: string;
  readonly secretFd?: number;
}

export interface ClientFlags extends ConfigFlags {
  readonly profile?: string;
  readonly endpoint?: string;
  readonly region?: string;
}

/** The flags of a command that asks the running server: where it is, and as whom. */
export function withClientFlags(command: Command): Command {
  return withConfigFlags(command)
    .option('--profile <name>', 'the profile with endpoint and credentials (AWS_PROFILE)')
    .option('--endpoint <url>', "the server's address (AWS_ENDPOINT_URL, or endpoint_url of the profile)")
    .option('--region <name>', 'the region to address (AWS_REGION, or that of the profile)');
}

/** The flags that choose a site. */
export function withConfigFlags(command: Command): Command {
  return command
    .option('--data <dir>', 'the data folder (SALLYPORT_DATA)')
    .option('--config <file>', 'the configuration file (SALLYPORT_CONFIG)')
    .option('--secret-fd <number>', 'read passphrase or shares of the root key from this file descriptor', parseFd);
}

function parseFd(text: string): number {
  if (/^\d{1,4}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('a file descriptor is a whole number.');
}
