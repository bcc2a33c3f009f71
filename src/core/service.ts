// A service as the gateway sees it: a door with a protocol, its operations and how it spells errors.

import type { Caller } from './caller.ts';
import type { DomainError } from './errors.ts';
import type { ErrorSpelling, OperationTable } from './operation.ts';

export type ProtocolName = 'aws-json-1.1' | 'aws-query' | 'oci';

export interface Service<Rooms = unknown> {
  /** The door's name: `ecr`, `oci`, `iam`. */
  readonly name: string;
  readonly protocol: ProtocolName;
  /** The service name in a SigV4 credential scope; undefined where SigV4 is not spoken. */
  readonly signingName?: string;
  /** True for a service without regions (IAM) or with a global endpoint (STS): us-east-1 is a right signature too. */
  readonly global?: boolean;
  /** CloudTrail's eventSource. */
  readonly eventSource: string;
  /** JSON: the prefix of X-Amz-Target before the dot. */
  readonly target?: string;
  /** Query: the API version that requests carry, and the XML namespace of answers. */
  readonly version?: string;
  readonly namespace?: string;
  /** Name of the schema file in wire/schemas, where the protocol has one. */
  readonly schema?: string;
  readonly operations: OperationTable<Rooms>;
  /**
   * Checks an input's lengths, ranges, patterns and enums once it is read, before its needs are evaluated.
   * Throws invalid-parameter or validation-failed.
   */
  readonly check?: (operation: string, input: unknown) => void;
  /** The refusal of an input without a member that it must have, by its path; as ECR words it when left out. */
  readonly missing?: (path: string) => DomainError;
  /**
   * Turns away callers whose kind of credentials may not call an operation whatever policies say (iam.md §7), before
   * the input is read. Throws access-denied or unrecognized-client.
   */
  readonly admit?: (operation: string, caller: Caller) => void;
  /** Domain error kinds this door can meet; a kind that is not in it is answered as an internal error. */
  readonly errors: Readonly<Partial<Record<string, ErrorSpelling>>>;
  /** True where denials end with an encoded message for DecodeAuthorizationMessage, as EC2's do. */
  readonly encodesDenials?: true;
  /** What the handlers are given. */
  readonly rooms: Rooms;
}
