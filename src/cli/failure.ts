// What the operator is told, in one line, when a command failed: what is behind an error counts, not what callers hear.

import { ConfigError } from '#config/config.ts';
import { DomainError } from '#core/errors.ts';
import { RootSealedError } from '#services/kms/root/provider.ts';
import { exitCodes } from './context.ts';
import { DataFolderError } from './data-folder.ts';

export interface Failure {
  readonly text: string;
  readonly exitCode: number;
}

const sqliteFull = 13;

export function failureOf(error: unknown): Failure {
  if (error instanceof ConfigError) return { text: error.message, exitCode: exitCodes.configuration };
  const chain = causesOf(error);
  if (chain.some(isDiskFull)) {
    const text = 'The disk that holds the data folder is full: make room, then start again.';
    return { text, exitCode: exitCodes.dataFolder };
  }
  const text = oneLine(chain.map(textOf)[0] ?? String(error));
  return { text, exitCode: error instanceof DataFolderError ? exitCodes.dataFolder : exitCodes.failed };
}

/** The error, then what caused it, and so on. */
function causesOf(error: unknown): readonly Error[] {
  const chain: Error[] = [];
  for (let next = error; next instanceof Error && chain.length < 10; next = next.cause) chain.push(next);
  return chain;
}

function isDiskFull(error: Error): boolean {
  if ('code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')) return true;
  return 'errcode' in error && typeof error.errcode === 'number' && (error.errcode & 0xff) === sqliteFull;
}

function textOf(error: Error): string {
  if (error instanceof RootSealedError) return error.told;
  return error instanceof DomainError && error.log !== undefined ? `${error.message} (${error.log})` : error.message;
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ');
}
