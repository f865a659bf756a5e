import { EngineError } from '../../engine/errors.ts';
import type { ShellOutput } from '../../engine/module.ts';
import { quote, quoteAll } from '../../engine/transport/quote.ts';

/** One virsh command as its words: `['net-dumpxml', '--network', 'lan']`. Give names by their option, so that one with a leading dash stays a name. */
export type VirshCommand = readonly string[];

/** argv that runs one virsh command on a connection. */
export const virshArgv = (uri: string, ...command: VirshCommand): readonly string[] => [
  'virsh',
  '-q',
  '-c',
  uri,
  ...command,
];

/** A read in a batch, and the key its output is found under: letters, digits, `:`, `.`, `_`, `-`. */
export interface VirshRead {
  readonly key: string;
  readonly command: VirshCommand;
}

/** What one command of a batch printed. */
export interface VirshSegment {
  readonly stdout: string;
  /** Empty when the command succeeded: in a batch virsh's exit status says nothing */
  readonly stderr: string;
}

/** Longest batch of one process, in bytes; the kernel's limit for one argument is 128 KiB. */
const BATCH_LIMIT = 96 * 1024;

/**
 * POSIX sh that runs many reads in as few virsh processes as can be (22 ms a process, 0.4 ms a command).
 * Exits non-zero when virsh is missing or the connection fails; whether a command failed is in its segment.
 */
export function batchScript(uri: string, reads: readonly VirshRead[]): string {
  const batches: string[] = [];
  let batch = '';
  for (const read of reads) {
    const text = batchText(read.key, read.command);
    if (batch !== '' && Buffer.byteLength(batch + text) > BATCH_LIMIT) {
      batches.push(batch);
      batch = '';
    }
    batch += text;
  }
  batches.push(batch + batchEnd);
  return batches
    .map((text, index) => (index < batches.length - 1 ? `${text}echo ""\n` : text))
    .map((text) => `${quoteAll(virshArgv(uri, text))} || exit`)
    .join('\n');
}

/**
 * POSIX sh that lists objects by UUID, and reads each of them: `UUID` in a key or a command stands for its own. `fixed`
 * is read once before. One process lists, and as few as can be read.
 */
export function batchScriptOfAll(
  uri: string,
  fixed: readonly VirshRead[],
  list: VirshCommand,
  each: readonly VirshRead[],
): string {
  const virsh = quoteAll(virshArgv(uri));
  const text = (reads: readonly VirshRead[]): string =>
    reads.map(({ key, command }) => batchText(key, command)).join('');
  return `
all=$(${virsh} ${quoteAll(list)}) || exit
batch=${quote(text(fixed))}
for uuid in $all; do
  batch=$batch${text(each).split('UUID').map(quote).join('$uuid')}
  if [ \${#batch} -ge ${BATCH_LIMIT} ]; then
    ${virsh} "\${batch}echo ''" || exit
    batch=
  fi
done
${virsh} "$batch"${quote(batchEnd)}
`;
}

/** Objects of one kind to read in a batch. */
interface VirshGroup {
  /** POSIX sh that prints UUIDs of such objects as far as files tell them; libvirt says which there are */
  readonly guess: string;
  /** `UUID` in a key or a command stands for the object's own */
  readonly each: readonly VirshRead[];
}

/**
 * As `batchScriptOfAll`, in one process where files tell what there is: 22 ms less. `fixed` lists the objects of the
 * first group by UUID, and those that were not guessed are read in one more process. Of others what is guessed is read.
 */
export function batchScriptGuessing(
  uri: string,
  fixed: readonly VirshRead[],
  [first, ...others]: readonly [VirshGroup, ...VirshGroup[]],
): string {
  const virsh = quoteAll(virshArgv(uri));
  const text = (reads: readonly VirshRead[]): string =>
    reads.map(({ key, command }) => batchText(key, command)).join('');
  const add = (
    group: VirshGroup,
  ): string => `batch=$batch${text(group.each).split('UUID').map(quote).join('$uuid')}
  [ \${#batch} -lt ${BATCH_LIMIT} ] || read_batch || exit`;
  return `
seen= out=
batch=${quote(text(fixed))}
read_batch() {
  out="$out
$(${virsh} "\${batch}echo ''")" || return
  batch=
}
for uuid in $(${first.guess}); do
  seen="$seen $uuid "
  ${add(first)}
done
${others.map((group) => `for uuid in $(${group.guess}); do\n  ${add(group)}\ndone`).join('\n')}
[ -z "$batch" ] || read_batch || exit
for uuid in $(printf '%s\\n' "$out" | sed -n '/^<<read .*:/q; s/^ *\\([0-9a-f]\\{8\\}-[0-9a-f-]\\{27\\}\\) *$/\\1/p'); do
  case $seen in *" $uuid "*) continue ;; esac
  seen="$seen $uuid "
  ${add(first)}
done
[ -z "$batch" ] || read_batch || exit
printf '%s\\n\\n<<end>>\\n' "$out"
`;
}

/** A command of a batch with its markers. Ends in a line break. */
function batchText(key: string, command: VirshCommand): string {
  if (!/^[\w:.-]+$/.test(key)) throw new TypeError(`not a key of a batch: ${key}`);
  return `${markers(key)}${command.map(virshWord).join(' ')}\n`;
}

/** Ends a batch: what comes out without it is not whole, and an echo makes virsh's exit status 0. */
const batchEnd = `echo "\n<<end>>\n"\n`;

// No XML that libvirt prints has << in it, so that a marker cannot come from a definition; parseBatch refuses repeats too
const markers = (key: string): string => `echo "\n<<read ${key}>>\n"\necho --err "<<read ${key}>>"\n`;

/** A word of virsh's own command language, in which only double quotes and backslashes are special between double quotes. */
export function virshWord(word: string): string {
  if (word.includes('\0')) throw new TypeError('a virsh word cannot hold a NUL byte');
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `"${word.replaceAll(/["\\]/g, '\\$&')}"`;
}

/**
 * Output of a batch by key.
 * @throws EngineError REQUIREMENT when virsh is missing, OBSERVE when libvirt does not answer or the output is not whole
 */
export function parseBatch(output: ShellOutput, uri: string): ReadonlyMap<string, VirshSegment> {
  if (output.status === 127) {
    throw new EngineError('REQUIREMENT', 'virsh is not installed on the host', {
      hint: 'install it: package libvirt-clients (Debian, Ubuntu), libvirt-client (Fedora, EL), with libvirt-daemon-system for the daemon',
    });
  }
  const [out, complete] = cutAt(output.stdout, '\n<<end>>');
  if (output.status !== 0) throw unreachable(output, uri);
  if (!complete) throw new EngineError('OBSERVE', `what virsh told of ${uri} is not whole`);
  // The last one's line break is not there where the shell cut it off behind an empty answer
  const stdout = segments(out, /(?:^|\n)<<read ([\w:.-]+)>>(?:\n|$)/);
  const stderr = segments(output.stderr, /(?:^|\n)error: <<read ([\w:.-]+)>>(?=\n|$)/);
  return new Map(
    [...stdout].map(([key, text]) => [key, { stdout: text, stderr: (stderr.get(key) ?? '').trim() }]),
  );
}

/** Whether a command failed because what it names is not there. */
export const isNotFound = (segment: VirshSegment): boolean =>
  /^error: (?:Network|Domain|Interface) not found: /m.test(segment.stderr);

/**
 * What a command of a batch printed; undefined when what it names is not there.
 * @throws EngineError OBSERVE when it failed otherwise
 */
export function segmentOutput(batch: ReadonlyMap<string, VirshSegment>, key: string): string | undefined {
  const segment = batch.get(key);
  if (segment === undefined) throw new EngineError('OBSERVE', `virsh did not answer ${key}`);
  if (segment.stderr === '') return segment.stdout;
  if (isNotFound(segment)) return undefined;
  throw new EngineError('OBSERVE', `virsh failed at ${key}: ${errorText(segment.stderr)}`);
}

/** virsh's error lines as one text. */
const errorText = (stderr: string): string =>
  stderr
    .split('\n')
    .map((line) => line.replace(/^error: /, '').trim())
    .filter((line) => line !== '')
    .join(': ');

function segments(text: string, marker: RegExp): Map<string, string> {
  const parts = text.split(marker);
  const found = new Map<string, string>();
  for (let index = 1; index < parts.length; index += 2) {
    const key = parts[index]!;
    if (found.has(key)) throw new EngineError('OBSERVE', `the output of virsh has the marker ${key} twice`);
    found.set(key, parts[index + 1] ?? '');
  }
  return found;
}

function cutAt(text: string, mark: string): [string, boolean] {
  const index = text.lastIndexOf(mark);
  return index < 0 ? [text, false] : [text.slice(0, index), true];
}

function unreachable(output: ShellOutput, uri: string): EngineError {
  const reason = errorText(output.stderr) || `exit status ${output.status}`;
  return new EngineError('OBSERVE', `libvirt at ${uri} cannot be read: ${reason}`, {
    hint: `see that libvirtd runs there (package libvirt-daemon-system) and that ${quote(uri)} is the right libvirt_uri`,
  });
}

/** Whether a version of libvirt, `9.0.0`, is at least the one given. */
export const atLeast = (version: string, major: number, minor: number): boolean => {
  const [haveMajor = 0, haveMinor = 0] = version.split('.').map(Number);
  return haveMajor > major || (haveMajor === major && haveMinor >= minor);
};
