import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { sshArguments } from '../../src/lab/access.ts';
import type { LabHost } from '../../src/lab/plan.ts';

/** One shell on a lab host by its management address, kept open, so that a command takes effect at once. */
export class HostShell {
  readonly #folder: string;
  readonly #host: LabHost;
  #ssh: ChildProcess | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(folder: string, host: LabHost) {
    this.#folder = folder;
    this.#host = host;
  }

  /** Runs a command as root. @returns what it printed on both ways out; throws when it fails or takes too long */
  run(command: string, seconds = 60): Promise<string> {
    const result = this.#last.then(() => this.#run(command, seconds));
    this.#last = result.catch(() => undefined);
    return result;
  }

  close(): void {
    this.#ssh?.kill('SIGKILL');
    this.#ssh = undefined;
  }

  #run(command: string, seconds: number): Promise<string> {
    this.#ssh ??= this.#open();
    const ssh = this.#ssh;
    const mark = randomUUID();
    return new Promise((resolve, reject) => {
      let printed = '';
      const end = (error?: Error): void => {
        clearTimeout(timer);
        ssh.off('close', closed);
        ssh.stdout!.off('data', read);
        if (error) reject(error);
      };
      const broke = (why: string): void => {
        this.close();
        end(new Error(`${this.#host.name}: ${why}: ${command}\n${printed}`));
      };
      const closed = (): void => broke('the connection closed');
      const timer = setTimeout(() => broke(`not over after ${seconds} s`), seconds * 1000);
      const read = (chunk: Buffer): void => {
        printed += chunk;
        const [, output, status] = new RegExp(`^([\\s\\S]*)\n${mark} (\\d+)\n`).exec(printed) ?? [];
        if (status === undefined) return;
        end(
          status === '0'
            ? undefined
            : new Error(`${this.#host.name}: status ${status}: ${command}\n${output}`),
        );
        resolve(output!);
      };
      ssh.once('close', closed);
      ssh.stdout!.on('data', read);
      ssh.stdin!.write(`(\n${command}\n) </dev/null 2>&1; printf '\\n%s %s\\n' ${mark} $?\n`);
    });
  }

  #open(): ChildProcess {
    const ssh = spawn('ssh', [...ALIVE, ...sshArguments(this.#folder, this.#host), 'exec bash'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    // A host that goes takes what was to be written to it along
    ssh.stdin.on('error', () => undefined);
    ssh.once('close', () => {
      if (this.#ssh === ssh) this.#ssh = undefined;
    });
    return ssh;
  }
}

const ALIVE = ['-o', 'ServerAliveInterval=3', '-o', 'ServerAliveCountMax=10'];

/** Waits without a process, each of which costs such a host some milliseconds. bash. */
export const NAP = 'exec 9<> <(:); nap() { read -rt "$1" -u 9 || :; }';

/** Says each step of a guarded change once, as it comes. */
const WATCH = `${NAP}
said=' '
say() { case $said in *" $1 "*) ;; *) said="$said$1 "; echo "$1" ;; esac; }
echo watching
while :; do
  for phase in preparing ready open confirmed failing rolledback; do
    set -- /var/lib/wirebook/txn/*/$phase
    [ ! -e "$1" ] || case $phase in preparing | ready) say begun ;; *) say $phase ;; esac
  done
  set -- /run/wirebook/*/steps.running
  [ ! -e "$1" ] || say steps
  set -- /run/wirebook/*/done
  [ ! -e "$1" ] || say done
  nap 0.1
done`;

/** Follows a guarded change from the host. There must be no journals of others. */
export class Watch {
  readonly #ssh: ChildProcess;
  /** Steps that came, and when (performance.now) */
  readonly seen = new Map<string, number>();
  readonly #waiting = new Set<() => void>();

  constructor(folder: string, host: LabHost) {
    this.#ssh = spawn('ssh', [...ALIVE, ...sshArguments(folder, host), WATCH], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let rest = '';
    this.#ssh.stdout!.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop()!;
      for (const line of lines) this.seen.set(line, performance.now());
      for (const look of this.#waiting) look();
    });
  }

  /** Waits for a step. @returns false when `instead` came first */
  until(step: string, instead: Promise<unknown>): Promise<boolean> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!this.seen.has(step)) return;
        this.#waiting.delete(look);
        resolve(true);
      };
      this.#waiting.add(look);
      const give = (): void => {
        this.#waiting.delete(look);
        resolve(this.seen.has(step));
      };
      instead.then(give, give);
      look();
    });
  }

  close(): void {
    this.#ssh.kill('SIGKILL');
  }
}
