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
  readonly hostKey?: Connection['hostKey'];
  readonly asked?: Connection['asked'];
  learn?(): void;
  close(): void;
  /** Milliseconds until a shell must have answered */
  readonly shellTimeout: number;
}

/** File descriptors that keep the way to a nested shell open; the highest first, 9 is the lock's. */
const NEST_DESCRIPTORS = [8, 7, 6, 5, 4, 3];

/** A shell and the stream it is on. */
interface Opened {
  readonly wire: Wire;
  readonly shell: RemoteShell;
}

/** One shell a become user, opened when first asked for. */
export class ShellPool implements Connection {
  readonly lost: Promise<Error>;
  readonly hostKey: Connection['hostKey'];
  readonly asked: Connection['asked'];
  readonly #link: Link;
  readonly #opened = new Map<string, Promise<Opened>>();
  readonly #wires = new Set<Wire>();
  readonly #descriptors = [...NEST_DESCRIPTORS];
  #closed = false;

  constructor(link: Link) {
    this.#link = link;
    this.hostKey = link.hostKey;
    this.asked = link.asked;
    this.lost = new Promise((resolve) => {
      link.lost.then((reason) => {
        if (!this.#closed) resolve(reason);
      });
    });
  }

  async shell(become?: Become): Promise<Shell> {
    return (await this.#kept(become)).shell;
  }

  learn(): void {
    this.#link.learn?.();
  }

  close(): void {
    this.#closed = true;
    for (const wire of this.#wires) wire.end();
    this.#link.close();
  }

  #kept(become: Become | undefined): Promise<Opened> {
    const key = become ? `${become.method} ${become.user}` : '';
    const known = this.#opened.get(key);
    if (known) return known;
    const opening = this.#open(become);
    this.#opened.set(key, opening);
    const forget = () => this.#opened.delete(key);
    opening.then(({ wire }) => wire.closed.then(forget), forget);
    return opening;
  }

  async #open(become: Become | undefined): Promise<Opened> {
    // The login shell always comes first: others may have to start inside it
    const login = become && (await this.#kept(undefined));
    const { description, shellTimeout: timeout } = this.#link;
    const wire = await this.#wire();
    if (!wire) {
      if (become && login) return this.#nest(login, become);
      throw new UnreachableError(
        'SHELL_START',
        `${description}: the host allows no shell on the connection`,
        {
          hint: 'MaxSessions in its sshd_config must be 1 at least',
        },
      );
    }
    const write = (text: string) => wire.write(text);
    const options = { description, timeout, write, end: () => wire.end() };
    try {
      if (!become || !login) return { wire, shell: new RemoteShell(await startShell(wire, options)) };
      await becomeUser(wire, become, { ...options, command: (text) => `${text}; exit`, start: write });
      const { sshConnection } = login.shell.info;
      return { wire, shell: new RemoteShell(await startShell(wire, { ...options, sshConnection })) };
    } catch (error) {
      wire.destroy();
      throw error;
    }
  }

  /** A new shell stream; undefined when the host allows no more. */
  async #wire(): Promise<Wire | undefined> {
    const stream = await this.#link.open();
    if (this.#closed) {
      stream?.destroy();
      throw new UnreachableError('CONNECTION_LOST', `${this.#link.description}: closed`);
    }
    if (!stream) return undefined;
    const wire = new Wire(stream);
    this.#wires.add(wire);
    wire.closed.then(() => this.#wires.delete(wire));
    return wire;
  }

  /** Where the host refuses a second channel: inside the login shell, which passes on what is written to it. */
  async #nest(login: Opened, become: Become): Promise<Opened> {
    const { description, shellTimeout: timeout } = this.#link;
    const descriptor = this.#descriptors.shift();
    if (descriptor === undefined) {
      throw new UnreachableError('SHELL_START', `${description}: the host allows no further shell`, {
        hint: 'raise MaxSessions in its sshd_config',
      });
    }
    try {
      return {
        wire: login.wire,
        shell: await nestShell(login, become, descriptor, { description, timeout }),
      };
    } catch (error) {
      this.#descriptors.unshift(descriptor);
      throw error;
    }
  }
}
