/** Tests and filters on paths of the controller. */
import { existsSync, lstatSync, statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import type { FunctionTable } from '../signature.ts';
import { str } from '../text.ts';

const stat = (path: unknown) => statSync(str(path), { throwIfNoEntry: false });

export const fileTests: FunctionTable = {
  'file|is_file()': (path) => stat(path)?.isFile() ?? false,
  'directory|is_dir()': (path) => stat(path)?.isDirectory() ?? false,
  'link|is_link()': (path) => lstatSync(str(path), { throwIfNoEntry: false })?.isSymbolicLink() ?? false,
  'exists()': (path) => existsSync(str(path)),
  'link_exists()': (path) => lstatSync(str(path), { throwIfNoEntry: false }) !== undefined,
  'abs|is_abs()': (path) => isAbsolute(str(path)),
};
