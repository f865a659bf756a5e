/** A guest's `<interface>`, in the words of the `domain-nic` module's parameters. */
export interface Nic {
  readonly mac: string;
}
