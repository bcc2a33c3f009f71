// Asked by edge, answered by services/ec2: which VPC endpoint a listener belongs to.

export interface EndpointDirectory {
  /** The endpoint id of the local address a connection arrived at, or undefined when it is not an endpoint. */
  endpointOf(localAddress: string, localPort: number): string | undefined;
}
