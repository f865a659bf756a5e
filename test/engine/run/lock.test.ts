import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { checkLock, lockScript, unlockScript } from '../../../src/engine/run/lock.ts';

// The lock is the host's own, so these tests run in a mount namespace with a /run of its own.
const root = process.getuid?.() === 0;
const inNamespace = (script: string): string[] => ['-m', 'sh', '-c', `mount -t tmpfs run /run && ${script}`];

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

/** Two shells in one namespace: the second tries while the first holds. */
function race(
  path: string,
  first: string,
  second: string,
): { status: number | null; stdout: string; stderr: string } {
  const script = `${path}
mkfifo /run/ready
sh <<'FIRST' &
${first}
FIRST
read x </run/ready
sh <<'SECOND'
${second}
SECOND
status=$?
kill $! 2>/dev/null
exit $status`;
  return spawnSync('unshare', inNamespace(script), { encoding: 'utf8' });
}

const withoutFlock = `mkdir /run/bin && for t in sh mkdir cat date rm sleep kill read mount mkfifo; do ln -s "$(command -v $t)" /run/bin/$t 2>/dev/null; done; PATH=/run/bin; export PATH`;

test.skipIf(!root).each([
  ['flock', ':'],
  ['a directory', withoutFlock],
])('with %s, a second run is refused and told who holds it', (_, path) => {
  const outcome = race(
    path,
    `${lockScript('ann@admin pid 1', 1)} && { echo > /run/ready; exec sleep 2; }`,
    `${lockScript('bob@admin pid 2', 1)}`,
  );
  expect(outcome.status).toBe(75);
  expect(outcome.stderr).toMatch(/^ann@admin pid 1 \(shell \d+ there\), since \d{4}-/);
});

test.skipIf(!root).each([
  ['flock', ':'],
  ['a directory', withoutFlock],
])('with %s, a lock that was let go can be taken', (_, path) => {
  const outcome = race(
    path,
    `${lockScript('ann', 1)} && { ${unlockScript}\n echo > /run/ready; exec sleep 2; }`,
    `${lockScript('bob', 1)} && echo taken`,
  );
  expect(outcome).toMatchObject({ status: 0, stdout: 'taken\n' });
});

test.skipIf(!root).each([
  ['flock', ':'],
  ['a directory', withoutFlock],
])('with %s, the lock of a shell that was killed can be taken', (_, path) => {
  const outcome = race(
    path,
    `sh <<'INNER'
${lockScript('ann', 1)}; kill -9 $$
INNER
echo > /run/ready; exec sleep 4`,
    `${lockScript('bob', 3)} && echo taken`,
  );
  expect(outcome).toMatchObject({ status: 0, stdout: 'taken\n' });
});

test.skipIf(!root)('a daemon started under the lock does not keep it', async () => {
  const script = `sh <<'FIRST'
${lockScript('ann', 1)}
(sleep 9 & echo $! > /run/daemon) 9>&-
FIRST
sh <<'SECOND'
${lockScript('bob', 1)} && echo taken
SECOND
kill "$(cat /run/daemon)"`;
  const child = spawn('unshare', inNamespace(script));
  started.push(child);
  let stdout = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  await once(child, 'close');
  expect(stdout).toBe('taken\n');
});

test('what the script says becomes an error', () => {
  expect(() => checkLock({ status: 75, stdout: '', stderr: 'ann@admin pid 1\n' })).toThrow(
    'another run is changing this host: ann@admin pid 1',
  );
  expect(() => checkLock({ status: 77, stdout: '', stderr: 'no directory' })).toThrow(
    'the host cannot be locked',
  );
  expect(() => checkLock({ status: 0, stdout: '', stderr: '' })).not.toThrow();
});

test.skipIf(!root)('a transaction that broke off before it had its program is cleared away', () => {
  const script = `mount -t tmpfs lib /var/lib && mkdir -p /var/lib/wirebook/txn/a && : >/var/lib/wirebook/txn/a/preparing &&
{ ${lockScript('ann', 1)} && ls -A /var/lib/wirebook/txn; }`;
  expect(spawnSync('unshare', inNamespace(script), { encoding: 'utf8' })).toMatchObject({
    status: 0,
    stdout: '',
    stderr: '',
  });
});

test.skipIf(!root)('one that cannot be taken back keeps the host locked, and says where to look', () => {
  const script = `mount -t tmpfs lib /var/lib && mkdir -p /var/lib/wirebook/txn/a && : >/var/lib/wirebook/txn/a/open &&
{ ${lockScript('ann', 1)}; }`;
  const { status, stderr } = spawnSync('unshare', inNamespace(script), { encoding: 'utf8' });
  expect(status).toBe(75);
  expect(stderr).toContain('look into /var/lib/wirebook/txn/a');
});
