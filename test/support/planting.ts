// What those who plant markers in a site are given, and the policies that carry one.

import assert from 'node:assert/strict';
import { ECRClient } from '@aws-sdk/client-ecr';
import { IAMClient } from '@aws-sdk/client-iam';
import { KMSClient } from '@aws-sdk/client-kms';
import { STSClient } from '@aws-sdk/client-sts';
import { type AdministratorOptions, registryAuthorization } from './administrator.ts';
import type { Markers } from './markers.ts';
import { type OciClient, ociClient } from './oci-client.ts';

export interface Planting {
  readonly markers: Markers;
  readonly options: AdministratorOptions;
  readonly account: string;
  readonly ecr: ECRClient;
  readonly iam: IAMClient;
  readonly kms: KMSClient;
  readonly sts: STSClient;
  readonly oci: OciClient;
  close(): void;
}

/** As the administrator of a server. The token that it logs in with is to be found nowhere either. */
export async function openPlanting(markers: Markers, options: AdministratorOptions, account: string) {
  const authorization = await registryAuthorization(options);
  markers.secret('the registry token', Buffer.from(authorization.slice('Basic '.length), 'base64').subarray(4));
  const clients = {
    ecr: new ECRClient(options),
    iam: new IAMClient(options),
    kms: new KMSClient(options),
    sts: new STSClient(options),
  };
  const oci = ociClient(new URL(options.endpoint).host, authorization);
  const planting: Planting = {
    ...{ markers, options, account, oci },
    ...clients,
    close() {
      oci.close();
      for (const client of Object.values(clients)) client.destroy();
    },
  };
  return planting;
}

type Statement = Readonly<Record<string, unknown>>;

/** A policy of this one statement, whose Sid is a marker. */
export function policyWith(markers: Markers, what: string, statement: Statement): string {
  const named = { Sid: markers.text(what), Effect: 'Allow', ...statement };
  return JSON.stringify({ Version: '2012-10-17', Statement: [named] });
}

/** None: one of its elements is unknown, and named in the refusal. */
export function malformedWith(markers: Markers, what: string): string {
  return `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "${markers.text(what)}": "*"}]}`;
}

export async function refused(work: Promise<unknown>): Promise<void> {
  await assert.rejects(work);
}
