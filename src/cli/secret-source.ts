// Where passphrases and shares come from: a file descriptor, or the terminal without an echo. Never arguments.

import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

export interface SecretSource {
  /** From now on lines come from this file descriptor and no more from the terminal. */
  takeFrom(fileDescriptor: number): void;
  /** The next line; undefined when nobody can be asked and nothing is left. */
  next(prompt: string): Promise<string | undefined>;
}

const bytesMax = 64 * 1024;
const interrupt = '\u0003';
const endOfInput = '\u0004';
const rubouts = ['\u007f', '\b'];

export function openSecretSource(input: NodeJS.ReadStream, prompts: (text: string) => void): SecretSource {
  let lines: Promise<string[]> | undefined;
  return {
    takeFrom(fileDescriptor) {
      // Read once: a command may look at its flags twice.
      lines ??= readLines(fileDescriptor);
    },
    async next(prompt) {
      if (lines !== undefined) return (await lines).shift();
      return input.isTTY ? askHidden(input, prompt, prompts) : undefined;
    },
  };
}

async function readLines(fd: number): Promise<string[]> {
  const stream = createReadStream('', { fd, end: bytesMax, encoding: 'utf8' });
  const lines: string[] = [];
  for await (const line of createInterface({ input: stream })) if (line !== '') lines.push(line);
  return lines;
}

function askHidden(input: NodeJS.ReadStream, prompt: string, prompts: (text: string) => void) {
  prompts(prompt);
  input.setRawMode(true);
  input.setEncoding('utf8');
  input.resume();
  return new Promise<string | undefined>((resolve) => {
    let typed = '';
    const done = (line: string | undefined) => {
      input.off('data', take);
      input.setRawMode(false);
      input.pause();
      prompts('\n');
      resolve(line);
    };
    const take = (piece: string) => {
      for (const character of piece) {
        if (character === '\r' || character === '\n') return done(typed);
        if (character === endOfInput) return done(undefined);
        if (character === interrupt) {
          done(undefined);
          process.kill(process.pid, 'SIGINT');
          return;
        }
        typed = rubouts.includes(character) ? typed.slice(0, -1) : typed + character;
      }
    };
    input.on('data', take);
  });
}
