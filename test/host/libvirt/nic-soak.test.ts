/** The first edits of the soak (npm run soak), the same ones every time. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LibvirtHost, libvirtdMissing, startLibvirtd } from '../../libvirtd.ts';
import { type NicOutcome, setUpNics, soakNics } from '../../soak/nic-soak.ts';

describe.skipIf(libvirtdMissing)(
  `random edits of guest NICs on a real libvirtd (${libvirtdMissing ?? 'ready'})`,
  { timeout: 1_200_000 },
  () => {
    let host: LibvirtHost;
    beforeAll(async () => {
      host = await startLibvirtd();
      await setUpNics(host);
    });
    afterAll(() => host?.stop());

    it('come out as the dry run said, and the second run has nothing to do', async () => {
      const wrong: NicOutcome[] = [];
      const outcomes = new Set<string>();
      for await (const one of soakNics(host, { count: 20, seed: 1 })) {
        outcomes.add(one.outcome);
        if (one.wrong.length > 0) wrong.push(one);
      }
      expect(wrong).toEqual([]);
      expect([...outcomes]).toEqual(expect.arrayContaining(['changed', 'refused']));
    });
  },
);
