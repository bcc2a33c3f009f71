// The command line: one file a command. Exit codes are part of the contract.

import { Command, CommanderError } from 'commander';
import { loadConfig } from '#config/load.ts';
import { printableLines } from '#std/printable.ts';
import { accountCommand } from './account.ts';
import { auditCommand } from './audit.ts';
import { certificateCommand } from './certificate.ts';
import type { CliCommands, Terminal } from './commands.ts';
import { configCommand } from './config.ts';
import { type CliContext, exitCodes } from './context.ts';
import { doctorCommand } from './doctor.ts';
import { explainCommand } from './explain.ts';
import { failureOf } from './failure.ts';
import { keyCommand } from './key.ts';
import { policyCommand } from './policy.ts';
import { reencryptCommand } from './reencrypt.ts';
import { rootKeyCommand, unsealCommand } from './root-key.ts';
import { serveCommand } from './serve.ts';
import { sessionCommand } from './session.ts';
import { tokenCommand } from './token.ts';
import { userCommand } from './user.ts';
import { verifyCommand } from './verify.ts';

const exitCodeHelp = `
Exit codes: 0 done; 1 failed, or something was found; 2 wrong usage; 3 wrong configuration;
4 the data folder is in use, cannot be used, or holds no site.`;

/** Runs one command line (without node and script) to its end; the exit code. */
export async function runCli(
  argv: readonly string[],
  commands: CliCommands,
  given: Terminal,
  environment: Readonly<Record<string, string | undefined>>,
  workingFolder: string,
): Promise<number> {
  let exitCode: number = exitCodes.ok;
  // Names, addresses and user agents of callers come this way: none of them is to move whoever's terminal.
  const terminal: Terminal = {
    out: (line) => given.out(printableLines(line)),
    err: (line) => given.err(printableLines(line)),
  };
  const context: CliContext = {
    commands,
    terminal,
    workingFolder,
    load({ data, listen, workers, config, secretFd }) {
      if (secretFd !== undefined) commands.takeSecretsFrom(secretFd);
      const flags = { '--data': data, '--listen': listen, '--workers': workers, '--config': config };
      return loadConfig({ flags, environment, workingFolder });
    },
    call(name, input, flags) {
      const dataFolder = context.load(flags).config.data;
      // The signer is loaded by those commands alone that need it.
      return import('./client/call.ts').then(({ callSallyport }) =>
        callSallyport(name, input, { ...flags, environment, dataFolder }),
      );
    },
    exitWith(code) {
      exitCode = code;
    },
  };
  try {
    await programOf(context).parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    return exitCodeOf(error, terminal);
  }
}

function programOf(context: CliContext): Command {
  const program = new Command('sallyport')
    .description('A self-hosted, security-first container registry that behaves like Amazon ECR.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.terminal.out(text.trimEnd()),
      writeErr: (text) => context.terminal.err(text.trimEnd()),
      // The reference is printed from this: it must not depend on somebody's terminal.
      getOutHelpWidth: () => 100,
      getErrHelpWidth: () => 100,
    })
    .addHelpText('after', exitCodeHelp);
  const parts = [
    serveCommand,
    configCommand,
    accountCommand,
    auditCommand,
    verifyCommand,
    doctorCommand,
    explainCommand,
    policyCommand,
    tokenCommand,
    sessionCommand,
    keyCommand,
    reencryptCommand,
    certificateCommand,
    userCommand,
    rootKeyCommand,
    unsealCommand,
  ];
  for (const part of parts) adopt(program, part(context));
  return program;
}

/** Commander hands settings down only to commands that it makes itself. */
function adopt(parent: Command, child: Command): void {
  child.copyInheritedSettings(parent).addHelpText('after', exitCodeHelp);
  for (const grandchild of child.commands) adopt(child, grandchild);
  if (child.parent !== parent) parent.addCommand(child);
}

function exitCodeOf(error: unknown, terminal: Terminal): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  const { text, exitCode } = failureOf(error);
  terminal.err(text);
  return exitCode;
}
