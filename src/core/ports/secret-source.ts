// Asked by registry/pull-through-cache, answered by services/secretsmanager or the configuration.

export interface UpstreamCredential {
  readonly username: string;
  readonly password: string;
}

export interface SecretSource {
  /** The credential a secret ARN holds; undefined when there is none. */
  find(secretArn: string): Promise<UpstreamCredential | undefined>;
}
