import type { Backend } from '../backend.ts';
import { activate, restore } from './activate.ts';
import { evidence } from './commands.ts';
import { CONNECTION_GLOBS } from './connections.ts';
import { DISPATCHER } from './dispatcher.ts';
import { probe } from './facts.ts';
import { parse } from './parse.ts';
import { CONF_GLOBS } from './unmanaged.ts';
import { write } from './write.ts';

/** NetworkManager: keyfiles, and nmcli (nm-settings-keyfile(5), 1.42; names of ports as before 1.42, too). */
export const networkmanager: Backend = {
  name: 'networkmanager',
  globs: [...CONNECTION_GLOBS, ...CONF_GLOBS, DISPATCHER],
  probe,
  parse,
  write,
  activate,
  restore,
  evidence,
};
