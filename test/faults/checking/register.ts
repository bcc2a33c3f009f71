// What a tag, an image, a layer and a policy have in common: a register that is written, removed and read.

export const absent = 'absent';

/** `found` and `holds` are what was answered; undefined when nothing was. */
export type RegisterOperation =
  | { readonly kind: 'put'; readonly value: string }
  /** Written only when the register has the expected value. */
  | { readonly kind: 'swap'; readonly expected: string; readonly value: string; readonly holds: boolean | undefined }
  | { readonly kind: 'remove'; readonly found: boolean | undefined }
  /** Removed only when it has this value, as the tags of an image that is deleted; says nothing about any other. */
  | { readonly kind: 'drop'; readonly value: string; readonly found: boolean | undefined }
  | { readonly kind: 'read'; readonly value: string };

export function stepRegister(state: string, operation: RegisterOperation): string | undefined {
  switch (operation.kind) {
    case 'put':
      return operation.value;
    case 'swap':
      return stepSwap(state, operation);
    case 'remove':
      if (operation.found !== undefined && operation.found !== (state !== absent)) return undefined;
      return absent;
    case 'drop':
      if (state !== operation.value) return state;
      return operation.found === false ? undefined : absent;
    case 'read':
      return state === operation.value ? state : undefined;
    default:
      return operation satisfies never;
  }
}

function stepSwap(state: string, operation: RegisterOperation & { kind: 'swap' }): string | undefined {
  const { expected, value, holds } = operation;
  if (state === expected) return holds === false ? undefined : value;
  return holds === true ? undefined : state;
}

/** A register that may become absent by itself, as a layer that no image needs does when it is collected. */
export function stepCollectible(state: string, operation: RegisterOperation): string | undefined {
  return stepRegister(state, operation) ?? stepRegister(absent, operation);
}
