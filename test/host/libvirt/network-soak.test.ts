/** The first edits of the soak (npm run soak), the same ones every time. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LibvirtHost, libvirtdMissing, startLibvirtd } from '../../libvirtd.ts';
import { type EditOutcome, setUpNetworks, soakNetworks } from '../../soak/network-soak.ts';

describe.skipIf(libvirtdMissing)(
  `random edits of networks on a real libvirtd (${libvirtdMissing ?? 'ready'})`,
  { timeout: 1_200_000 },
  () => {
    let host: LibvirtHost;
    beforeAll(async () => {
      host = await startLibvirtd();
      await setUpNetworks(host);
    });
    afterAll(() => host?.stop());

    it('come out as the dry run said, and the second run has nothing to do', async () => {
      const wrong: EditOutcome[] = [];
      const outcomes = new Set<string>();
      for await (const one of soakNetworks(host, { count: 20, seed: 1 })) {
        outcomes.add(one.outcome);
        if (one.wrong.length > 0) wrong.push(one);
      }
      expect(wrong).toEqual([]);
      expect([...outcomes]).toEqual(expect.arrayContaining(['changed', 'refused']));
    });
  },
);
