// npm test: installs what the tests need, builds, runs all of them. Arguments go to vitest.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  buildBundle,
  fetchGuestKernel,
  installDependencies,
  installPackages,
  LIBVIRTD,
  root,
} from './steps.mjs';

const PACKAGES = [
  ...LIBVIRTD,
  'ansible-core',
  'busybox-static',
  'libxml2-utils',
  'mmdebstrap',
  'openssh-client',
  'openssh-server',
  'python3-jmespath',
  'python3-netaddr',
  'sudo',
];

await installDependencies();
await installPackages(PACKAGES, 'the tests that need them');
fetchGuestKernel();
await buildBundle();

const folder = mkdtempSync(join(tmpdir(), 'wirebook-test-'));
const report = join(folder, 'results.json');
const vitest = join(root, 'node_modules/vitest/vitest.mjs');
const { status } = spawnSync(
  process.execPath,
  [
    vitest,
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: 'inherit' },
);
try {
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
  const brokenFiles = testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  );
  console.log(`${numPassedTests} passed, ${numFailedTests + brokenFiles.length} failed`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(status ?? 1);
