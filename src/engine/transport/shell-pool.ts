import { UnreachableError } from '../errors.ts';
import { becomeUser } from './become.ts';
import { nestShell } from './nest.ts';
import { RemoteShell } from './remote-shell.ts';
import { startShell } from './start-shell.ts';
import type { Become, Connection, Shell } from './types.ts';
import { type ShellStream, Wire } from './wire.ts';

/** A way to a machine over which shells can be opened. */
export interface Link {
  readonly description: string;
  /** A new shell of the login user; undefined when the host allows no more of them */
  open(): Promise<ShellStream | undefined>;
  /** Settles when the way itself is broken */
  readonly lost: Promise<Error>;
  close(): void;
  /** Milliseconds until a shell must have answered */
  readonly shellTimeout: number;
}

/** File descriptors that keep the way to a nested shell open; the highest first, 9 is the lock's. */
const NEST_DESCRIPTORS = [8, 7, 6, 5, 4, 3];

/** One shell a become user, opened when first asked for. */
export class ShellPool implements Connection {
  readonly lost: Promise<Error>;
  readonly #link: Link;
  readonly #shells = new Map<string, Promise<RemoteShell>>();
  readonly #wires = new Set<Wire>();
  readonly #descriptors = [...NEST_DESCRIPTORS];
  #login: { wire: Wire; shell: RemoteShell } | undefined;
  #closed = false;

  constructor(link: Link) {
    this.#link = link;
    this.lost = new Promise((resolve) => {
      link.lost.then((reason) => {
        if (!this.#closed) resolve(reason);
      });
    });
  }

  shell(become?: Become): Promise<Shell> {
    const key = become ? `${become.method} ${become.user}` : '';
    const known = this.#shells.get(key);
    if (known) return known;
    const opening = this.#open(become, () => this.#shells.delete(key));
    this.#shells.set(key, opening);
    opening.catch(() => this.#shells.delete(key));
    return opening;
  }

  close(): void {
    this.#closed = true;
    for (const wire of this.#wires) wire.end();
    this.#link.close();
  }

  async #open(become: Become | undefined, forget: () => void): Promise<RemoteShell> {
    const stream = await this.#link.open();
    if (this.#closed) {
      stream?.destroy();
      throw new UnreachableError('CONNECTION_LOST', `${this.#link.description}: closed`);
    }
    if (!stream) return this.#nest(become);
    const wire = new Wire(stream);
    this.#wires.add(wire);
    wire.closed.then(() => {
      this.#wires.delete(wire);
      forget();
    });
    const options = {
      description: this.#link.description,
      write: (text: string) => wire.write(text),
      end: () => wire.end(),
      timeout: this.#link.shellTimeout,
    };
    try {
      if (!become) {
        const shell = new RemoteShell(await startShell(wire, options));
        this.#login = { wire, shell };
        return shell;
      }
      const command = (text: string) => `${text}; exit`;
      const sshConnection = await becomeUser(wire, become, { ...options, command, start: options.write });
      return new RemoteShell(await startShell(wire, { ...options, sshConnection }));
    } catch (error) {
      wire.destroy();
      throw error;
    }
  }

  /** Where the host refuses a second channel: inside the login shell, which passes on what is written to it. */
  #nest(become: Become | undefined): Promise<RemoteShell> {
    const login = this.#login;
    const descriptor = this.#descriptors.shift();
    if (!login || !become || descriptor === undefined) {
      throw new UnreachableError(
        'SHELL_START',
        `${this.#link.description}: the host allows no further shell`,
        {
          hint: 'raise MaxSessions in its sshd_config',
        },
      );
    }
    const { description, shellTimeout } = this.#link;
    return nestShell(login, become, descriptor, { description, timeout: shellTimeout });
  }
}
