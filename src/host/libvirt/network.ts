/** A libvirt virtual network, in the words of the `network` module's parameters. */
export interface Network {
  readonly name: string;
}
