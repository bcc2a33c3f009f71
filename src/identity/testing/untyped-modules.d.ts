// The one function of aws4 that the tests use; the package has no types of its own.

declare module 'aws4' {
  interface Options {
    readonly service: string;
    readonly region: string;
    readonly method: string;
    readonly path: string;
    readonly host: string;
    readonly body: string;
    /** Completed in place with the signature. */
    readonly headers: Record<string, string>;
  }
  interface Credentials {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
  }
  const aws4: { sign(options: Options, credentials: Credentials): void };
  export default aws4;
}
