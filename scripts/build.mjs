// Bundles src/ into dist/, split so that a command loads only the parts it needs.
import { readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

// Into a folder of its own first, so that a failure leaves the old bundle as it is.
const fresh = join(root, `dist.${process.pid}`);
await build({
  absWorkingDir: root,
  entryPoints: { cli: 'src/cli/main.ts' },
  outdir: fresh,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: 'linked',
  minifySyntax: true,
  define: { WIREBOOK_VERSION: JSON.stringify(version) },
  // CommonJS packages in the bundle ask for node's own modules by require.
  banner: {
    js: "import { createRequire as wirebookRequire } from 'node:module'; const require = wirebookRequire(import.meta.url);",
  },
  // ssh2 stays in node_modules with its optional native parts; everything else is bundled.
  external: ['ssh2'],
  logLevel: 'warning',
}).catch(() => {
  rmSync(fresh, { recursive: true, force: true });
  process.exit(1);
});
rmSync(join(root, 'dist'), { recursive: true, force: true });
renameSync(fresh, join(root, 'dist'));
