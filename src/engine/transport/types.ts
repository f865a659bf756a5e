/** A transport yields a `sh`; everything else is built on that. */
export interface Transport {
  /** For messages: `ssh root@10.0.0.1:22`, `local`, `command ip netns exec h1 sh` */
  readonly description: string;
  /** @throws UnreachableError with code CONNECT, HOST_KEY, AUTH or TIMEOUT */
  connect(dial?: Dial): Promise<Connection>;
}

/** How to reach again a machine that was reached before. Where there is nothing to dial it means nothing. */
export interface Dial {
  /** Another name or address; same port, user and jump hosts */
  readonly address?: string | undefined;
  /** The key it must have, whatever known_hosts says (SSH's own encoding) */
  readonly hostKey?: Buffer | undefined;
  /** Milliseconds for the TCP connection, when less than usual */
  readonly timeout?: number | undefined;
}

/** One open way to a machine, for the whole run. */
export interface Connection {
  /** The shell of the login user, or of the user it becomes; opened at first use, then the same one for ever */
  shell(become?: Become): Promise<Shell>;
  /** Settles when the connection is lost, with the reason; never settles on `close` */
  readonly lost: Promise<Error>;
  /** What the host showed; undefined where there are no host keys */
  readonly hostKey?: Buffer | undefined;
  /** What was asked at the login that could not be answered a second time (a one-time code); undefined: nothing */
  readonly asked?: string | undefined;
  /**
   * Has known_hosts know the host by what was dialled, unless host keys are not checked.
   * @throws EngineError FILE_READ when the file cannot be written
   */
  learn?(): void;
  close(): void;
}

export interface Become {
  readonly method: 'sudo' | 'su' | 'doas';
  readonly user: string;
  readonly password?: string | undefined;
}

/** What the shell said of itself when it started. */
export interface ShellInfo {
  readonly uname: string;
  readonly user: string;
  readonly uid: number;
  /** SSH_CONNECTION: client address and port, server address and port */
  readonly sshConnection: readonly [string, number, string, number] | undefined;
}

/**
 * A POSIX shell on a host that stays open. Requests are queued: one at a time. When the connection ends, the running
 * request is killed on the host, unless it is to survive or runs in place, and the shell exits.
 */
export interface Shell {
  readonly info: ShellInfo;
  /**
   * @throws UnreachableError CONNECTION_LOST when the connection breaks,
   * EngineError TIMEOUT when the deadline passes (the process group on the host is killed), OUTPUT_LIMIT
   */
  run(request: ShellRequest): Promise<ShellResult>;
  close(): void;
}

export interface ShellRequest {
  /** POSIX sh. Runs in a subshell, with file descriptor 9 closed */
  readonly script: string;
  readonly stdin?: string | Uint8Array;
  /** Seconds, default 60 */
  readonly timeout?: number;
  /** Added to the environment */
  readonly env?: Readonly<Record<string, string>>;
  /** Runs to its end even if the connection goes: output to a file sent at the end, HUP and PIPE ignored */
  readonly survive?: boolean;
  /**
   * Runs in the shell itself, not a subshell, so that it may open descriptors (the lock keeps 9). It must be sound sh,
   * not exit, and leave names that begin with `wbsh_` alone: they are the framing's
   */
  readonly inPlace?: boolean;
}

export interface ShellResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number;
}
