import { own } from '../own.ts';
import type { HostState, LibvirtState } from '../state.ts';

/** The state with more known of one libvirt connection. */
export const withLibvirt = (state: HostState, uri: string, known: Partial<LibvirtState>): HostState => ({
  ...state,
  libvirt: {
    ...state.libvirt,
    [uri]: { version: '', networks: {}, domains: {}, ...own(state.libvirt, uri), ...known },
  },
});
