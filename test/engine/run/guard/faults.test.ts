import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Plan } from '../../../../src/engine/module.ts';
import { runGuarded } from '../../../../src/engine/run/guard.ts';
import { guardedPlan, type Host, isRoot, machineOn, startHost, step, wants } from './host.ts';

const SLOW = [
  step('write a', 'echo new >/srv/a'),
  step('wait', 'sleep 0.5'),
  step('write b', 'echo new >/srv/b'),
  step('remove c', 'rm /srv/c'),
];
/** The same on a host without systemd, where what persists is written after confirmation. */
const LATER = SLOW.map((each) => ({ ...each, persists: true }));
const BEFORE = 'a old\nc old';
const AFTER = 'a new\nb new';

describe.skipIf(!isRoot)('whatever fails, the host is as before or as after', () => {
  let host: Host;
  beforeEach(async () => {
    host = await startHost();
    host.sh('echo old >/srv/a; echo old >/srv/c');
  });
  afterEach(() => host.stop());

  const begin = async () => {
    const made = machineOn(host, 'cd /srv; grep . *');
    const shell = await made.machine.shell(undefined);
    await made.machine.lock(shell, []);
    return { ...made, shell };
  };
  const files = () => host.sh('cd /srv; for f in *; do echo "$f $(cat "$f")"; done');
  const journal = () => host.sh('ls /var/lib/wirebook/txn/* 2>/dev/null || true').split('\n');
  /** Waits until a transaction has ended, and nothing of it is left. */
  const ended = async () => {
    for (let tries = 0; tries < 150; tries++) {
      if (journal().some((name) => ['confirmed', 'rolledback'].includes(name)) && files() !== '') {
        if (host.sh('ls /run/wirebook; ls -A /srv | grep wirebook || true') === 'lock\ntxn.lock') return;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`not ended: ${journal().join(' ')} ${host.sh('ls -A /run/wirebook /srv')}`);
  };
  /** The next run gets the lock, whatever became of the last. @returns what it tells of that */
  const next = async () => {
    const { machine } = await begin();
    const warnings = machine.warnings();
    await machine.close();
    return warnings.map((warning) => warning.replaceAll(/[-\d]{10} [:\d]{8}|txn\/\w+/g, '…'));
  };
  const told = (why: string) =>
    `the host was put back from a change of ann@admin pid 1, since …: ${why}; the journal is /var/lib/wirebook/…`;
  const plan = (steps = SLOW, more: Partial<Plan<unknown>['guard']> = {}) =>
    guardedPlan(steps, { timeout: 2, ...more });

  describe.each([
    ['live', SLOW],
    ['stored', LATER],
  ] as const)('%s steps, the controller dies', (where, steps) => {
    // 1 lock, 2 begin, 3 wait on the old connection, 4 wait on the new one, 5 confirm
    test.each([
      ['sent', 2],
      ['answered', 2],
      ['sent', 3],
      ['answered', 3],
      ['sent', 4],
      ['answered', 4],
      ['sent', 5],
      ['answered', 5],
    ] as const)('request %s: %i', async (moment, request) => {
      const { machine, shell, watched } = await begin();
      const died = new Promise<void>((resolve) => {
        watched.onRequest = (number, when) => {
          if (number !== request || when !== moment) return;
          watched.die();
          resolve();
        };
      });
      runGuarded(machine, shell, plan(steps), wants('a:new\nb:new', where));
      await died;
      if (request === 2 && moment === 'sent') await next();
      else await ended();
      const found = files();
      const phase = journal().find((name) => ['confirmed', 'rolledback'].includes(name));
      expect(found).toBe(phase === 'confirmed' ? AFTER : BEFORE);
      if (request < 5) expect(found).toBe(BEFORE);
      if (request === 5 && moment === 'answered') expect(found).toBe(AFTER);
      const expected =
        phase === 'rolledback' && request > 2 ? [told('nobody confirmed it in time')] : undefined;
      expect(await next()).toEqual(expected ?? (phase === 'rolledback' ? [expect.anything()] : []));
      expect(files()).toBe(found);
    });
  });

  test.each([
    ['the supervisor', 'supervise'],
    ['what runs the steps', 'perform now'],
    ['a step', 'step'],
  ])('%s is killed in the middle of the steps', async (_, whom) => {
    const { machine, shell } = await begin();
    const running = runGuarded(
      machine,
      shell,
      plan([...SLOW, step('stay', whom === 'step' ? 'exec sleep 3' : 'sleep 3; echo new >/srv/a')]),
      () => [],
    );
    await until(() => host.sh('ls /srv').includes('b'));
    await until(() => host.kill(whom === 'step' ? 'sleep 3' : `guard ${whom}`));
    const { error, done } = await running;
    expect(error).toMatchObject({ code: 'ROLLED_BACK' });
    expect(error?.message).toMatch(
      whom === 'supervise' ? /the supervisor on the host was killed/ : /could not stay/,
    );
    expect(done).toEqual([]);
    await ended();
    expect(files()).toBe(BEFORE);
    await machine.close();
    // Nor does what was started write later
    await new Promise((resolve) => setTimeout(resolve, 3000));
    expect(files()).toBe(BEFORE);
  });

  test('the supervisor is killed while it waits: rolled back at once', async () => {
    const { machine, shell, watched } = await begin();
    watched.onRequest = (number, when) => {
      if (number === 4 && when === 'sent') host.kill('guard supervise');
    };
    const { error } = await runGuarded(machine, shell, plan(SLOW, { timeout: 30 }), () => [
      { object: 'files', field: 'text', want: 1 },
    ]);
    expect(error).toMatchObject({ code: 'ROLLED_BACK' });
    await ended();
    expect(files()).toBe(BEFORE);
    await machine.close();
    // It was heard of
    expect(await next()).toEqual([]);
  });

  test('supervisor and watcher are killed: the next run puts the host back', async () => {
    const { machine, shell, watched } = await begin();
    const died = new Promise<void>((resolve) => {
      watched.onRequest = (number, when) => {
        if (number !== 4 || when !== 'answered') return;
        watched.die();
        host.kill('guard watch');
        host.kill('guard supervise');
        resolve();
      };
    });
    runGuarded(machine, shell, plan(SLOW, { timeout: 30 }), () => []);
    await died;
    expect(files()).toBe(AFTER);
    expect(await next()).toEqual([told('what looked after it was killed')]);
    expect(files()).toBe(BEFORE);
    expect(await next()).toEqual([]);
  });

  test('not confirmed in time', async () => {
    const { machine, shell } = await begin();
    const plan2 = guardedPlan(SLOW, { timeout: 3 }, { settle: 60 });
    const { error, mismatches } = await runGuarded(machine, shell, plan2, wants('never'));
    expect(error?.message).toMatch(/^rolled back: did not converge: files: text is a:new/);
    expect(mismatches).toHaveLength(1);
    expect(files()).toBe(BEFORE);
    await machine.close();
  });

  test('others are told of an unfinished transaction, and wait for it', async () => {
    const { machine, shell, watched } = await begin();
    const died = new Promise<void>((resolve) => {
      watched.onRequest = (number, when) => {
        if (number !== 4 || when !== 'answered') return;
        watched.die();
        resolve();
      };
    });
    runGuarded(machine, shell, plan(SLOW, { timeout: 14 }), () => []);
    await died;
    await expect(begin()).rejects.toThrow(
      /^another run is changing this host: an unfinished transaction of ann@admin pid 1, since 2\d{3}-[-\d :]+, at most \d s left$/,
    );
    await next();
    expect(files()).toBe(BEFORE);
  });

  describe('a disk that is full', () => {
    test('of the journal: nothing is begun', async () => {
      const { machine, shell } = await begin();
      host.sh('head -c 3500000 /dev/zero >/var/lib/ballast');
      const { error } = await runGuarded(machine, shell, plan(), () => []);
      expect(error).toMatchObject({ code: 'COMMAND_FAILED' });
      expect(error?.message).toMatch(
        /nothing was changed: \/var\/lib\/wirebook\/txn\/\w+\/ has \d+ KiB free; it takes 1024$/,
      );
      expect(files()).toBe(BEFORE);
      expect(host.sh('ls -A /var/lib/wirebook/txn /run/wirebook; ls -A /srv')).not.toMatch(/mw|preparing/);
      await machine.close();
    });

    test('later: what the steps wrote is put back all the same', async () => {
      const { machine, shell } = await begin();
      const fill = step('fill', 'cat /dev/zero >/srv/ballast; cat /dev/zero >/var/lib/ballast; true');
      const steps = [...SLOW.slice(0, 3), fill, step('break', 'head -c 100000 /dev/zero >/srv/c')];
      const guard = { restore: [step('make room', 'rm -f /srv/ballast')] };
      const { error } = await runGuarded(machine, shell, plan(steps, guard), () => []);
      expect(error?.message).toMatch(/^rolled back: could not break: .*No space left on device/);
      expect(files()).toBe(BEFORE);
      await machine.close();
    });
  });

  test('a file that cannot be saved: nothing is begun', async () => {
    const { machine, shell } = await begin();
    const { error } = await runGuarded(machine, shell, plan(SLOW, { files: ['/srv/a', '/srv'] }), () => []);
    expect(error?.message).toMatch(/nothing was changed: \/srv is not a regular file/);
    expect(host.sh('ls -A /srv')).toBe('a\nc');
    await machine.close();
  });

  test('a power cut leaves no copies that no journal knows of: it is on disk before the first', async () => {
    const { machine, shell } = await begin();
    host.sh(`for tool in sync cp; do
      real=$(command -v $tool); cp "$real" /run/$tool.real
      printf '#!/bin/sh\\necho %s "$@" >>/run/log\\nexec /run/%s.real "$@"\\n' $tool $tool >/run/$tool.sh
      chmod 755 /run/$tool.sh; mount --bind /run/$tool.sh "$real"
    done`);
    const { error } = await runGuarded(machine, shell, plan(), wants('a:new\nb:new'));
    expect(error).toBeUndefined();
    const log = host.sh('cat /run/log').split('\n');
    const copied = log.findIndex((line) => /^cp .* \/srv\/\.wirebook-/.test(line));
    const known = log.findIndex((line) => /^sync .*\/files .*\/guard .*\/preparing/.test(line));
    expect(copied).toBeGreaterThan(0);
    expect(known).toBeGreaterThanOrEqual(0);
    expect(known).toBeLessThan(copied);
    await machine.close();
  });

  test('a journal that a power cut left before anything was in it is taken away by the next run', async () => {
    host.sh(
      'mkdir -p /var/lib/wirebook/txn/empty /var/lib/wirebook/txn/over; : >/var/lib/wirebook/txn/over/confirmed',
    );
    expect(await next()).toEqual([]);
    expect(host.sh('ls /var/lib/wirebook/txn')).toBe('over');
  });

  test('a restore step that fails does not stop the others, and is told', async () => {
    const { machine, shell } = await begin();
    const restore = [step('one', 'exit 7'), step('two', 'echo two >/srv/c')];
    const { error, warnings } = await runGuarded(
      machine,
      shell,
      plan([step('no', 'false')], { restore }),
      () => [],
    );
    expect(error?.message).toBe('rolled back: could not no: exit status 1');
    expect(warnings).toEqual(['not all could be put back: restoring: sh -c exit 7 ended with status 7']);
    expect(files()).toBe('a old\nc two');
    await machine.close();
  });

  test('only the last five journals are kept', async () => {
    const { machine, shell } = await begin();
    for (let count = 0; count < 7; count++) {
      await runGuarded(machine, await machine.shell(undefined), plan([step('no', 'false')]), () => []);
    }
    expect(host.sh('ls /var/lib/wirebook/txn | wc -l')).toBe('5');
    expect(shell).toBeDefined();
    await machine.close();
  });
});

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !condition(); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
