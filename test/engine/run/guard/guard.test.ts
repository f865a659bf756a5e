import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runGuarded } from '../../../../src/engine/run/guard.ts';
import { SHELLS } from '../../transport/shells.ts';
import { guardedPlan, type Host, isRoot, machineOn, startHost, step, wants } from './host.ts';

const WRITE = [
  step('write a', 'echo new >/srv/a'),
  step('write b', 'echo also >/srv/b'),
  step('remove c', 'rm /srv/c'),
];

describe.skipIf(!isRoot).each(SHELLS)('a host with $name', ({ name, argv }) => {
  let host: Host;
  beforeEach(async () => {
    host = await startHost(name === 'dash' ? 'sh' : argv[0]);
    host.sh('echo old >/srv/a; chmod 640 /srv/a; echo gone >/srv/c; ln -s /nowhere /srv/d');
  });
  afterEach(() => host.stop());

  const begin = async (reading?: string) => {
    const made = machineOn(host, reading);
    const shell = await made.machine.shell(undefined);
    await made.machine.lock(shell, []);
    return { ...made, shell };
  };
  const files = () =>
    host.sh('cd /srv; for f in *; do echo "$f $(cat "$f" 2>/dev/null) $(stat -c %a $f)"; done');
  const before = 'a old 640\nc gone 644\nd  777';

  test('what is confirmed holds, and nothing is left but the journal', async () => {
    const { machine, shell, watched } = await begin('cat /srv/a /srv/b');
    const outcome = await runGuarded(machine, shell, guardedPlan(WRITE), wants('new\nalso'));
    expect(outcome).toMatchObject({ error: undefined, mismatches: [], warnings: [] });
    expect(outcome.done).toHaveLength(3);
    expect(files()).toBe('a new 640\nb also 644\nd  777');
    expect(watched.connects).toHaveLength(2);
    expect(host.sh('ls -A /srv; ls /var/lib/wirebook/txn/*/confirmed | wc -l')).toBe('a\nb\nd\n1');
    await machine.close();
  });

  test('a step that fails: everything is put back', async () => {
    const { machine, shell } = await begin();
    // A write that was cut off, as file-step.ts would leave it
    const half = step('write half', 'echo half >/srv/.wirebook.12');
    const plan = guardedPlan([...WRITE, half, step('break', 'echo "no way" >&2; exit 3')]);
    const outcome = await runGuarded(machine, shell, plan, wants('new'));
    expect(outcome.error).toMatchObject({
      code: 'ROLLED_BACK',
      message: 'rolled back: could not break: no way',
    });
    expect(outcome.done).toEqual([]);
    expect(files()).toBe(before);
    expect(host.sh('ls -A /srv')).toBe('a\nc\nd');
    await machine.close();
  });

  test('a restore step is given what was noted before the change', async () => {
    const { machine, shell } = await begin();
    const undo = { ...step('undo', 'cat >/srv/noted'), note: ['cat', '/srv/a'] };
    const plan = guardedPlan([...WRITE, step('break', 'false')], { restore: [step('first', 'true'), undo] });
    await runGuarded(machine, shell, plan, wants('new'));
    expect(host.sh('cat /srv/noted')).toBe('old');
    await machine.close();
  });

  test.each(['note', 'require'])('a %s that fails: nothing is begun', async (which) => {
    const { machine, shell } = await begin();
    const look = ['sh', '-c', 'echo "no such thing" >&2; exit 3'];
    const restore = [{ ...step('undo', 'true'), ...(which === 'note' && { note: look }) }];
    const guard = { restore, ...(which === 'require' && { require: [look] }) };
    const { error } = await runGuarded(machine, shell, guardedPlan(WRITE, guard), wants('new'));
    expect(error?.message).toBe('the guard could not be set up, and nothing was changed: no such thing');
    expect(files()).toBe(before);
    expect(host.sh('ls -A /var/lib/wirebook/txn; ls -A /srv')).toBe('a\nc\nd');
    await machine.close();
  });

  test('what is not as wanted is put back, and said', async () => {
    const { machine, shell } = await begin('cat /srv/a');
    const outcome = await runGuarded(machine, shell, guardedPlan(WRITE), wants('other'));
    expect(outcome.error).toMatchObject({
      code: 'ROLLED_BACK',
      message: 'rolled back: did not converge: files: text is new, wanted other',
    });
    expect(outcome.mismatches).toHaveLength(1);
    expect(files()).toBe(before);
    await machine.close();
  });

  test('what persists is written after confirmation, and undone with the rest', async () => {
    const steps = [
      step('live', 'cat /srv/a >/run/seen; echo live >/srv/live'),
      step('store', 'echo new >/srv/a', { persists: true }),
    ];
    const plan = guardedPlan(steps, { restore: [step('undo', 'rm -f /srv/live')] });
    const stored = (state: unknown) => wants('new\nlive', 'stored')(String(state).replace('gone\n', ''));
    const good = await begin();
    expect(await runGuarded(good.machine, good.shell, plan, stored)).toMatchObject({
      error: undefined,
      mismatches: [],
    });
    expect(host.sh('cat /run/seen /srv/a')).toBe('old\nnew');
    // Lock, begin, waiting on the old connection, reading on the new one, confirming, reading again
    expect(good.watched.requests).toHaveLength(6);

    host.sh('echo old >/srv/a; rm /srv/live');
    const broken = guardedPlan(
      [...steps, step('break', 'echo oops >&2; false', { persists: true })],
      plan.guard,
    );
    const { error } = await runGuarded(good.machine, await good.machine.shell(undefined), broken, stored);
    expect(error?.message).toBe('rolled back: could not break: oops');
    expect(files()).toBe(before);
    await good.machine.close();
  });

  test('a login that cannot be repeated: refused before anything happens', async () => {
    const { machine, shell, watched } = await begin();
    watched.asked = 'Verification code:';
    await machine.disconnect();
    const again = await machine.shell(undefined);
    const outcome = await runGuarded(machine, again, guardedPlan(WRITE), wants('new'));
    expect(outcome.error).toMatchObject({
      code: 'GUARD_LOGIN',
      message:
        'test: the login asked "Verification code:", which cannot be answered again to confirm the change',
    });
    expect(files()).toBe(before);
    expect(shell).toBeDefined();
    await machine.close();
  });

  // busybox has its own setsid
  test.skipIf(name === 'busybox')('without what it takes: refused before anything happens', async () => {
    const { machine, shell } = await begin();
    host.sh('mount --bind /dev/null "$(command -v setsid)"');
    const { error } = await runGuarded(machine, shell, guardedPlan(WRITE), wants('new'));
    expect(error).toMatchObject({
      code: 'REQUIREMENT',
      message: 'the change cannot be guarded: it takes setsid, which the host does not have',
    });
    expect(files()).toBe(before);
    expect(host.sh('ls -A /var/lib/wirebook/txn; ls -A /srv')).toBe('a\nc\nd');
    await machine.close();
  });
});
