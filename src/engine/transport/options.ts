/** How to reach a machine. Plain data, so that it can be sent to a worker. */
export type TransportOptions = SshOptions | LocalOptions | CommandOptions;

/** Deadlines in milliseconds. */
export interface Timeouts {
  /** TCP, or the start of a ProxyCommand */
  readonly connect: number;
  /** From there to agreed keys, host key checked */
  readonly handshake: number;
  readonly auth: number;
  /** From asking for a shell to its first answer; becoming another user has the same again */
  readonly shell: number;
}

export const DEFAULT_TIMEOUTS: Timeouts = { connect: 10_000, handshake: 10_000, auth: 20_000, shell: 20_000 };

interface LocalOptions {
  readonly kind: 'local';
  /** Default `sh` */
  readonly shell?: string | undefined;
  readonly timeouts?: Partial<Timeouts> | undefined;
}

interface CommandOptions {
  readonly kind: 'command';
  /** A program that yields a shell: `['podman', 'exec', '-i', 'c1', 'sh']` */
  readonly argv: readonly string[];
  readonly timeouts?: Partial<Timeouts> | undefined;
}

/**
 * - `strict`: the key must be in known_hosts
 * - `accept-new`: a host that is not there is added, a changed key is refused
 * - `off`: any key will do
 */
export type HostKeyChecking = 'strict' | 'accept-new' | 'off';

/** What is left out is taken from ~/.ssh/config, then from OpenSSH's defaults. */
export interface SshOptions {
  readonly kind: 'ssh';
  /** Name or address, or an alias of ~/.ssh/config */
  readonly host: string;
  readonly port?: number | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly privateKeyFile?: string | undefined;
  /** Only the keys that are named, not whatever else the agent holds */
  readonly identitiesOnly?: boolean | undefined;
  readonly passphrase?: string | undefined;
  /** Read in this order; new keys go to the first */
  readonly knownHostsFiles?: readonly string[] | undefined;
  readonly hostKeyChecking?: HostKeyChecking | undefined;
  /** `user@host:port`, several with commas, first hop first; `none` */
  readonly jump?: string | undefined;
  /** Run by the local sh; %h, %p, %r, %n and %% are filled in */
  readonly proxyCommand?: string | undefined;
  /** Default `~/.ssh/config`; `none` reads no file at all */
  readonly sshConfigFile?: string | undefined;
  /** SSH_AUTH_SOCK */
  readonly agentSocket?: string | undefined;
  /** Home directory and name of the user who runs this */
  readonly home: string;
  readonly localUser: string;
  readonly timeouts?: Partial<Timeouts> | undefined;
}
